package scan

import "slices"

// path is a timing pattern that was followed module by module, as it must be where
// paper is rolled or folded: the straight line between two finders then misses it.
type path struct {
	at    []point // middles of the modules 6, 7, 8, … up to the far finder's border
	score float64 // how well they alternate, from −1 to 1
}

// dimension is that of the symbol, 0 when the length of the path is none's.
func (t *path) dimension() int {
	d := len(t.at) + 12
	if d < version(1).dimension() || d > version(40).dimension() || d%4 != 1 {
		return 0
	}
	return d
}

// The least alternation of a path that is believed. Where there is none, half of
// the modules have the wrong colour.
const minPath = 0.7

// follow walks from the middle of module 6 of one finder to that of the module of
// another that ends the timing pattern. Steps are one module, as the finders at both
// ends have it, and then as it was met on the way.
func (p *plane) follow(start, end point, first, last, side point) path {
	const (
		reach, fine = 0.3, 0.15 // modules searched about where the next one is expected
		inertia     = 0.7
	)
	t := path{at: []point{start}}
	total := end.distance(start)
	at, step := start, first
	var signed, sum, amplitude float64
	for len(t.at) < version(40).dimension() {
		left := end.sub(at)
		if left.length() < 0.6*step.length() {
			break
		}
		if left.dot(step) <= 0 {
			return path{} // walked past it
		}
		expect := at.add(step)
		sign := 1.0
		if len(t.at)%2 == 0 { // module 8, 10, …: dark
			sign = -1
		}
		best, rank, bestE := expect, -1e9, 0.0
		for a := -reach; a <= reach+1e-9; a += fine {
			for b := -reach; b <= reach+1e-9; b += fine {
				c := expect.add(step.mul(a)).add(side.mul(b))
				e := sign * (p.at(c.x, c.y) - (p.at(c.x-step.x, c.y-step.y)+p.at(c.x+step.x, c.y+step.y))/2)
				if r := e - 0.5*amplitude*(a*a+b*b); r > rank {
					best, rank, bestE = c, r, e
				}
			}
		}
		signed += bestE
		sum += max(bestE, -bestE)
		amplitude = sum / float64(len(t.at))
		moved := best.sub(at)
		// What the finders say weighs more the nearer they are.
		f := 1 - left.length()/total
		wanted := first.mul(1 - f).add(last.mul(f))
		step = step.mul(inertia).add(moved.mul(0.2)).add(wanted.mul(0.1))
		at = best
		t.at = append(t.at, at)
	}
	if sum < 8*float64(len(t.at)) {
		return path{}
	}
	t.score = signed / sum
	return t
}

// walkInstead looks for timing patterns that are not straight.
func (p *plane) walkInstead(f *frame) {
	walked := p.walk(f)
	if len(walked) == 0 {
		return
	}
	for _, v := range f.versions {
		if !slices.Contains(walked, v) {
			walked = append(walked, v)
		}
	}
	f.versions = walked
	f.timing = max(f.timing, (f.row.score+f.column.score)/2)
}

// walk follows both timing patterns of a frame and returns the versions that they
// speak for.
func (p *plane) walk(f *frame) []version {
	c, r, d := &f.corner, &f.right, &f.down
	start := c.centre.add(c.right.mul(3)).add(c.down.mul(3))
	f.row = p.between(start, r.centre.sub(r.right.mul(3)).add(r.down.mul(3)), c.right, r.right, c.down)
	f.column = p.between(start, d.centre.sub(d.down.mul(3)).add(d.right.mul(3)), c.down, d.down, c.right)
	var out []version
	for _, t := range []*path{&f.row, &f.column} {
		if v := version((t.dimension() - 17) / 4); t.at != nil && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// between follows a timing pattern from either end, whichever way gets through.
func (p *plane) between(start, end, first, last, side point) path {
	t := p.follow(start, end, first, last, side)
	if t.score >= minPath && t.dimension() > 0 {
		return t
	}
	t = p.follow(end, start, last.mul(-1), first.mul(-1), side)
	if t.score >= minPath && t.dimension() > 0 {
		slices.Reverse(t.at)
		return t
	}
	return path{}
}

// walked is what paths say of where modules lie, if they have the dimension.
func (f *frame) walked(dim int) []tie {
	const every, weight = 3, 0.3
	var out []tie
	if f.row.dimension() == dim {
		for i := 0; i < len(f.row.at); i += every {
			out = append(out, tie{float64(i) + 6.5, 6.5, f.row.at[i], weight})
		}
	}
	if f.column.dimension() == dim {
		for i := 0; i < len(f.column.at); i += every {
			out = append(out, tie{6.5, float64(i) + 6.5, f.column.at[i], weight})
		}
	}
	return out
}
