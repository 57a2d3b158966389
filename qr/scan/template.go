package scan

import "math"

// template is a square pattern of modules, light positive, of mean zero.
type template struct {
	n    int // modules on a side, odd
	v    []float64
	norm float64
	step float64 // modules between places that are tried first
}

// rings makes the template of concentric squares, from the middle outwards.
func rings(step float64, dark ...bool) template {
	r := len(dark) - 1
	t := template{n: 2*r + 1, step: step}
	mean := 0.0
	for i := range t.n * t.n {
		x, y := i%t.n-r, i/t.n-r
		v := 1.0
		if dark[max(x, -x, y, -y)] {
			v = -1
		}
		t.v = append(t.v, v)
		mean += v
	}
	mean /= float64(len(t.v))
	for i := range t.v {
		t.v[i] -= mean
		t.norm += t.v[i] * t.v[i]
	}
	t.norm = math.Sqrt(t.norm)
	return t
}

var (
	alignmentPattern = rings(0.4, true, false, true)
	// The border of a finder is light all round, whatever lies beyond.
	finderPattern = rings(0.8, true, true, false, true, false)
)

// score correlates a template with the place c, 1 being perfect.
func (p *plane) score(t *template, c, right, down point) float64 {
	r := float64(t.n / 2)
	var s, sum, squares float64
	row := c.sub(right.mul(r)).sub(down.mul(r))
	for y := range t.n {
		q := row.add(down.mul(float64(y)))
		for _, w := range t.v[y*t.n:][:t.n] {
			v := p.at(q.x, q.y)
			s += w * v
			sum += v
			squares += v * v
			q = q.add(right)
		}
	}
	n := float64(t.n * t.n)
	variance := squares - sum*sum/n
	if variance < 16*n { // a flat place
		return 0
	}
	return s / (math.Sqrt(variance) * t.norm)
}

// match looks for a template around a place, radius modules each way, and returns
// where it fits best, and how well.
func (p *plane) match(t *template, expect, right, down point, radius float64) (point, float64) {
	best, bestRank, bestScore := expect, math.Inf(-1), 0.0
	search := func(centre point, reach, step, penalty float64) {
		for b := -reach; b <= reach+1e-9; b += step {
			for a := -reach; a <= reach+1e-9; a += step {
				c := centre.add(right.mul(a)).add(down.mul(b))
				s := p.score(t, c, right, down)
				// Of two good places the nearer is likelier.
				if rank := s - penalty*math.Hypot(a, b); rank > bestRank {
					best, bestRank, bestScore = c, rank, s
				}
			}
		}
	}
	// Whatever the radius, the farthest place is nearly as good as the nearest.
	search(expect, radius, t.step, 0.15/max(radius, 3))
	if bestScore < minAlignment-0.15 {
		return expect, 0
	}
	for step := t.step / 2; step > 0.09; step /= 2 {
		bestRank = math.Inf(-1)
		search(best, 2*step, step, 0)
	}
	// In a sharp picture the score is level as long as every sample stays within its
	// module. The middle is halfway between where it drops on either side.
	const drop, reach = 0.12, 1.0
	edge := func(step point) float64 {
		last := bestScore
		for d := 0.1; d < reach; d += 0.1 {
			s := p.score(t, best.add(step.mul(d)), right, down)
			if s < bestScore-drop {
				return d - 0.1*(bestScore-drop-s)/(last-s)
			}
			last = s
		}
		return reach
	}
	for range 2 {
		for _, step := range []point{right, down} {
			best = best.add(step.mul((edge(step) - edge(step.mul(-1))) / 2))
			bestScore = max(bestScore, p.score(t, best, right, down))
		}
	}
	return best, bestScore
}
