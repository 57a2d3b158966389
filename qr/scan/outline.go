package scan

import "math"

// outline is where the four sides of one finder lie, found along the directions of
// the symbol that it is thought to belong to.
type outline struct {
	corner      [4]point // from the symbol's upper left, clockwise
	centre      point
	right, down point // one module
}

// trace looks for the outer edge of the finder around c on its four sides. right
// and down are one module each way, as far as it is known: within a quarter.
func (p *plane) trace(c point, right, down point) (outline, bool) {
	// Distance of each side from c, in modules of the guess, and its slant.
	var sides [4]struct{ d, slant float64 }
	for i, dir := range [4][2]point{{right, down}, {down, right}, {right.mul(-1), down}, {down.mul(-1), right}} {
		out, along := dir[0], dir[1]
		d0, ok := p.outerEdge(c, out, 0)
		if !ok || d0 < 2.2 || d0 > 5.2 {
			return outline{}, false
		}
		// More rays beside the middle one, each from the dark ring outwards.
		var n, st, sd, stt, std float64
		for t := -2.5; t <= 2.5; t += 0.5 {
			if d, ok := p.outerEdge(c.add(along.mul(t*d0/3.5)), out, d0); ok && math.Abs(d-d0) < 0.9 {
				t := t * d0 / 3.5
				n, st, sd, stt, std = n+1, st+t, sd+d, stt+t*t, std+t*d
			}
		}
		sides[i].d = d0
		if det := n*stt - st*st; n >= 5 && det > 1e-6 {
			sides[i].slant = (n*std - st*sd) / det
			sides[i].d = (sd - sides[i].slant*st) / n
		}
	}
	// Right side x = d0 + s0·y, lower side y = d1 + s1·x, left x = −d2 − s2·y,
	// upper y = −d3 − s3·x. The corners are where they meet.
	meet := func(dx, sx, dy, sy float64) point {
		x := (dx + sx*dy) / (1 - sx*sy)
		return c.add(right.mul(x)).add(down.mul(dy + sy*x))
	}
	r, b, l, t := sides[0], sides[1], sides[2], sides[3]
	o := outline{corner: [4]point{
		meet(-l.d, -l.slant, -t.d, -t.slant),
		meet(r.d, r.slant, -t.d, -t.slant),
		meet(r.d, r.slant, b.d, b.slant),
		meet(-l.d, -l.slant, b.d, b.slant),
	}}
	q := o.corner
	o.right = q[1].add(q[2]).sub(q[0]).sub(q[3]).mul(1. / 14)
	o.down = q[2].add(q[3]).sub(q[0]).sub(q[1]).mul(1. / 14)
	// Diagonals of a square meet in its middle, however it is seen.
	e, f := q[2].sub(q[0]), q[3].sub(q[1])
	den := e.cross(f)
	if math.Abs(den) < 1e-6 {
		return outline{}, false
	}
	o.centre = q[0].add(e.mul(q[1].sub(q[0]).cross(f) / den))
	return o, true
}

// outerEdge returns how many steps lead from c to where the dark ring ends. With
// near 0 the walk goes through the middle, the light ring and the dark ring; else
// it begins in the dark ring, near being where the middle ray left it.
func (p *plane) outerEdge(c, step point, near float64) (float64, bool) {
	px := step.length()
	if px < 0.5 {
		return 0, false
	}
	ds := min(0.25, 0.5/px)
	value := func(d float64) float64 { return p.at(c.x+step.x*d, c.y+step.y*d) }
	extreme := func(from, to float64, sign float64) (at, v float64) {
		best := math.Inf(1)
		for d := from; d <= to; d += ds {
			if s := sign * value(d); s < best {
				best, at = s, d
			}
		}
		return at, sign * best
	}
	var ring, dark float64
	if near == 0 {
		_, middle := extreme(0, 1, 1)
		at, light := extreme(1, 2.9, -1)
		if light-middle < 12 {
			return 0, false
		}
		ring, dark = extreme(at, at+1.9, 1)
		if light-dark < 8 {
			return 0, false
		}
	} else {
		ring, dark = extreme(near*2.6/3.5, near*3.3/3.5, 1)
	}
	at, light := extreme(ring, ring+1.7, -1)
	if light-dark < 12 {
		return 0, false
	}
	half := (light + dark) / 2
	// Back from the light to the crossing.
	for d := ring; d < at; d += ds {
		if a, b := value(d), value(d+ds); a <= half && b > half {
			return d + ds*(half-a)/(b-a), true
		}
	}
	return 0, false
}
