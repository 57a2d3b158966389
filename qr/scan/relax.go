package scan

import "math"

// relax refines a mesh between the places that are known: nodes every few modules
// move to where the modules about them stand out best from their neighbours, for
// sampled beside their middles they fade into each other. Nodes are taken from the
// known ones outwards, and each begins with what those beside it found, so that
// half a module of doubt at each step is enough however far the paper bends away.
func (p *plane) relax(m *mesh, known []tie) *mesh {
	const spacing = 7.0
	n := int(math.Ceil(m.dim/spacing)) + 1
	out := &mesh{h: m.h, dim: m.dim, shift: make([]point, n*n)}
	for i := range n {
		out.lines = append(out.lines, m.dim*float64(i)/float64(n-1))
	}
	type node struct {
		at      point // in modules
		base    point // where the mesh so far has it, in pixels
		off     point // by how much it moves, in modules
		weight  float64
		visited bool
	}
	nodes := make([]node, n*n)
	distance := make([]float64, n*n)
	for k := range nodes {
		nd := &nodes[k]
		nd.at = point{out.lines[k%n], out.lines[k/n]}
		nd.base = m.at(nd.at.x, nd.at.y)
		distance[k] = math.Inf(1)
		for _, t := range known {
			distance[k] = min(distance[k], math.Hypot(t.x-nd.at.x, t.y-nd.at.y))
		}
	}
	for range nodes {
		pick := -1
		for k := range nodes {
			if !nodes[k].visited && (pick < 0 || distance[k] < distance[pick]) {
				pick = k
			}
		}
		nd := &nodes[pick]
		nd.visited = true
		// What the nodes beside it found.
		var start point
		var total float64
		x, y := pick%n, pick/n
		for j := max(0, y-1); j <= min(n-1, y+1); j++ {
			for i := max(0, x-1); i <= min(n-1, x+1); i++ {
				if o := &nodes[j*n+i]; o.visited && o != nd {
					w := o.weight / (1 + float64((i-x)*(i-x)+(j-y)*(j-y)))
					start, total = start.add(o.off.mul(w)), total+w
				}
			}
		}
		if total > 0 {
			start = start.mul(1 / total)
		}
		nd.off, nd.weight = p.settle(m, nd.at, start)
	}
	// Neighbours bear each other out.
	for k := range nodes {
		right, down := m.h.steps(nodes[k].at.x, nodes[k].at.y)
		var off point
		var total float64
		x, y := k%n, k/n
		for j := max(0, y-1); j <= min(n-1, y+1); j++ {
			for i := max(0, x-1); i <= min(n-1, x+1); i++ {
				o := &nodes[j*n+i]
				w := o.weight * []float64{1, 0.25, 0.12}[(i-x)*(i-x)+(j-y)*(j-y)]
				off, total = off.add(o.off.mul(w)), total+w
			}
		}
		if total > 0 {
			off = off.mul(1 / total)
		}
		at := nodes[k].base.add(right.mul(off.x)).add(down.mul(off.y))
		out.shift[k] = at.sub(m.h.at(nodes[k].at.x, nodes[k].at.y))
	}
	return out
}

// settle returns by how many modules a place should move for the modules about it
// to stand out best, beginning with a guess, and how sure that is.
func (p *plane) settle(m *mesh, at, guess point) (point, float64) {
	const window, reach = 4, 0.45
	x0, y0 := max(0, int(at.x)-window), max(0, int(at.y)-window)
	x1, y1 := min(int(m.dim), int(at.x)+window), min(int(m.dim), int(at.y)+window)
	w := x1 - x0
	// Middles and steps once; they move together.
	centres := make([]point, 0, w*(y1-y0))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			centres = append(centres, m.at(float64(x)+0.5, float64(y)+0.5))
		}
	}
	right, down := m.h.steps(at.x, at.y)
	row := make([]float64, w)
	contrast := func(off point) float64 {
		d := right.mul(off.x).add(down.mul(off.y))
		total, left := 0.0, 0.0
		for i, c := range centres {
			v := p.at(c.x+d.x, c.y+d.y)
			x := i % w
			if x > 0 {
				total += math.Abs(v - left)
			}
			if i >= w {
				total += math.Abs(v - row[x])
			}
			left, row[x] = v, v
		}
		return total
	}
	best, top, worst := guess, 0.0, math.Inf(1)
	try := func(from point, reach, step float64) {
		for b := -reach; b <= reach+1e-9; b += step {
			for a := -reach; a <= reach+1e-9; a += step {
				off := point{from.x + a, from.y + b}
				c := contrast(off)
				worst = min(worst, c)
				// Of two good places the nearer is likelier.
				c *= 1 - 0.1*math.Hypot(off.x-guess.x, off.y-guess.y)
				if c > top {
					best, top = off, c
				}
			}
		}
	}
	try(guess, reach, 0.15)
	try(best, 0.08, 0.08)
	if top == 0 {
		return guess, 1e-3
	}
	return best, 1e-3 + (top-worst)/top
}
