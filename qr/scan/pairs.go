package scan

import "math"

// The least correlation at which a damaged finder is still taken for one.
const minFinder = 0.45

// fromPairs frames pairs of finders that have a timing pattern between them: the
// third finder of their symbol is under a stain, a fold or a thumb, and is looked for
// where it must be.
func (s *search) fromPairs(fs []finder) []candidate {
	var out []candidate
	pairs := 0
	for i, a := range fs {
		for j, b := range fs[:i] {
			if a.hits < 2 || b.hits < 2 || !alike(a.size, b.size) {
				continue
			}
			d := b.c.sub(a.c)
			if !spans(d.length(), d, a.size, b.size) || s.paired(a, b) {
				continue
			}
			if pairs++; pairs > maxPairs || pairs&7 == 0 && s.ctx.Err() != nil {
				return out
			}
			k := finest(min(a.size, b.size))
			for _, f := range s.level(k).pair(a.scaled(scaleOf(k)), b.scaled(scaleOf(k))) {
				out = append(out, candidate{f, k, [3]int{i, j, -1}, f.timing, false})
			}
		}
	}
	return out
}

// paired reports whether an earlier stage looked at the same two finders, and
// remembers them. Whichever stage found them, they are measured on the same pixels.
func (s *search) paired(a, b finder) bool {
	for _, o := range s.pairs {
		if o[0].distance(a.c) < a.size/2 && o[1].distance(b.c) < b.size/2 || o[0].distance(b.c) < b.size/2 && o[1].distance(a.c) < a.size/2 {
			return true
		}
	}
	s.pairs = append(s.pairs, [2]point{a.c, b.c})
	return false
}

// pair looks on both sides of a line from a to b for a timing pattern, and on the
// sides where there is one for a third finder at either end.
func (p *plane) pair(a, b finder) []frame {
	var out []frame
	along := unit(b.c.sub(a.c))
	m := (a.size + b.size) / 2 * max(math.Abs(along.x), math.Abs(along.y))
	for _, side := range []point{{-along.y, along.x}, {along.y, -along.x}} {
		oa, okA := p.trace(a.c, along.mul(m), side.mul(m))
		ob, okB := p.trace(b.c, along.mul(m), side.mul(m))
		if !okA || !okB {
			return nil // the other side fails alike
		}
		if p.timingBetween(&oa, &ob) < 0.4 {
			continue
		}
		reach := ob.centre.sub(oa.centre).length()
		step := oa.down.add(ob.down).mul(0.5)
		right := oa.right.add(ob.right).mul(0.5)
		modules := reach / right.length()
		for _, at := range []*outline{&oa, &ob} {
			expect := at.centre.add(unit(step).mul(reach))
			found, score := p.match(&finderPattern, expect, right, step, max(3, 0.12*modules))
			if score < minFinder {
				continue
			}
			third := square(found, right, step)
			if o, ok := p.trace(found, right, step); ok {
				third = o
			}
			// From the corner, what is right and what is down is a matter of turn.
			other := &ob
			if at == &ob {
				other = &oa
			}
			f := frame{corner: *at, right: *other, down: third}
			if f.right.centre.sub(f.corner.centre).cross(f.down.centre.sub(f.corner.centre)) < 0 {
				f.right, f.down = f.down, f.right
			}
			if !f.orient() {
				continue
			}
			if f.versions, f.timing = p.guessVersions(&f); len(f.versions) > 0 {
				out = append(out, f)
			}
		}
	}
	return out
}

// square is the outline of a finder of which only the middle is known.
func square(c, right, down point) outline {
	at := func(x, y float64) point { return c.add(right.mul(x)).add(down.mul(y)) }
	return outline{
		corner: [4]point{at(-3.5, -3.5), at(3.5, -3.5), at(3.5, 3.5), at(-3.5, 3.5)},
		centre: c, right: right, down: down,
	}
}

// orient names the corners, sides and steps of the three outlines after the
// directions of the frame, in place of those that they were traced along.
func (f *frame) orient() bool {
	right, down := unit(f.right.centre.sub(f.corner.centre)), unit(f.down.centre.sub(f.corner.centre))
	for _, o := range []*outline{&f.corner, &f.right, &f.down} {
		var q [4]point
		for _, c := range o.corner {
			d := c.sub(o.centre)
			i := 0
			switch x, y := d.dot(right) > 0, d.dot(down) > 0; {
			case x && !y:
				i = 1
			case x && y:
				i = 2
			case y:
				i = 3
			}
			q[i] = c
		}
		for _, c := range q {
			if c == (point{}) {
				return false
			}
		}
		o.corner = q
		o.right = q[1].add(q[2]).sub(q[0]).sub(q[3]).mul(1. / 14)
		o.down = q[2].add(q[3]).sub(q[0]).sub(q[1]).mul(1. / 14)
	}
	return true
}

// timingBetween tells how well a timing pattern alternates between two finders,
// three modules to the side that "down" of their outlines points to. The number of
// modules is not known, so that a few about the measured one are tried.
func (p *plane) timingBetween(a, b *outline) float64 {
	from, to := a.centre.add(a.down.mul(3)), b.centre.add(b.down.mul(3))
	d := to.sub(from)
	u := unit(d)
	modules := d.length() / ((a.right.dot(u) + b.right.dot(u)) / 2)
	if !(modules > minSpan*0.8 && modules < maxSpan*1.2) {
		return 0
	}
	best := 0.0
	slack := max(2, 0.1*modules)
	for n := int(modules - slack); n <= int(modules+slack)+1; n++ {
		if n%4 != 2 || n < minSpan {
			continue
		}
		best = max(best, p.alternation(func(i int) point { return from.add(d.mul(float64(i-3) / float64(n))) }, n+7))
	}
	return best
}
