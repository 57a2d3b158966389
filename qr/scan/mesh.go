package scan

import "math"

// mesh maps the modules of one symbol to pixels: a homography for how the paper is
// seen, and shifts at the nodes of the alignment lattice for how it is bent.
type mesh struct {
	h     homography
	lines []float64 // module coordinates of the lattice's rows and columns
	shift []point   // in pixels, row by row

	dim  float64
	bend [4]point // at the corners of the symbol, from the upper left clockwise
}

// at returns where a position in modules lies. Beyond the lattice the shift of its
// border holds.
func (m *mesh) at(x, y float64) point {
	p := m.h.at(x, y)
	if u, v := x/m.dim, y/m.dim; m.bend != [4]point{} {
		top := m.bend[0].mul(1 - u).add(m.bend[1].mul(u))
		bottom := m.bend[3].mul(1 - u).add(m.bend[2].mul(u))
		p = p.add(top.mul(1 - v)).add(bottom.mul(v))
	}
	n := len(m.lines)
	if n == 0 {
		return p
	}
	i, fx := m.cell(x)
	j, fy := m.cell(y)
	a, b := m.shift[j*n+i], m.shift[j*n+i+1]
	c, d := m.shift[(j+1)*n+i], m.shift[(j+1)*n+i+1]
	top, bottom := a.add(b.sub(a).mul(fx)), c.add(d.sub(c).mul(fx))
	return p.add(top.add(bottom.sub(top).mul(fy)))
}

func (m *mesh) cell(x float64) (int, float64) {
	last := len(m.lines) - 2
	i := 0
	for i < last && x > m.lines[i+1] {
		i++
	}
	f := (x - m.lines[i]) / (m.lines[i+1] - m.lines[i])
	return i, min(max(f, 0), 1)
}

// The least correlation at which an alignment pattern is believed to be one.
const minAlignment = 0.6

// weave builds the mesh of a frame for one version. Alignment patterns are looked
// for from the finders outwards: each is expected where those already found say,
// so that the search stays narrow however far the paper bends away in the end. It
// returns the places that are known, too.
func (p *plane) weave(f *frame, l *layout) (*mesh, []tie, bool) {
	ties := f.ties(l.dim)
	walked := f.walked(l.dim)
	ties = append(ties, walked...)
	h, ok := fit(ties)
	if !ok {
		return nil, nil, false
	}
	m := &mesh{h: h, dim: float64(l.dim)}
	if len(l.centres) == 0 {
		return m, ties, true
	}
	for _, c := range l.centres {
		m.lines = append(m.lines, float64(c)+0.5)
	}
	n := len(m.lines)
	m.shift = make([]point, n*n)

	known := make([]tie, 0, n*n+3) // where the lattice is pinned
	for _, k := range []struct {
		o    *outline
		x, y float64
	}{{&f.corner, 3.5, 3.5}, {&f.right, float64(l.dim) - 3.5, 3.5}, {&f.down, 3.5, float64(l.dim) - 3.5}} {
		known = append(known, tie{k.x, k.y, k.o.centre, 1})
	}
	known = append(known, walked...)
	var todo [][2]int
	for j := range n {
		for i := range n {
			if !(i == 0 && j == 0 || i == n-1 && j == 0 || i == 0 && j == n-1) {
				todo = append(todo, [2]int{i, j})
			}
		}
	}
	for len(todo) > 0 {
		// The one nearest to anything known, so that expectations stay good.
		pick, dist := 0, math.Inf(1)
		for k, t := range todo {
			for _, a := range known {
				if d := math.Hypot(a.x-m.lines[t[0]], a.y-m.lines[t[1]]); d < dist {
					pick, dist = k, d
				}
			}
		}
		t := todo[pick]
		todo[pick] = todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x, y := m.lines[t[0]], m.lines[t[1]]
		expect := m.h.at(x, y).add(shiftNear(&m.h, known, x, y))
		right, down := m.h.steps(x, y)
		if !p.inside(expect, 3*right.length()) {
			continue
		}
		radius := min(1.2+0.06*dist, 4)
		at, score := p.match(&alignmentPattern, expect, right, down, radius)
		if score < minAlignment {
			continue
		}
		known = append(known, tie{x, y, at, 1})
		ties = append(ties, tie{x, y, at, 2})
		if h, ok := fit(ties); ok {
			m.h = h
		}
	}
	if len(walked) > 0 {
		if w, ok := newWarp(&m.h, append(f.ties(l.dim), known...)); ok {
			m.subdivide(3)
			n = len(m.lines)
			for j, y := range m.lines {
				for i, x := range m.lines {
					m.shift[j*n+i] = w.shift(x, y)
				}
			}
			return m, known, true
		}
	}
	for j, y := range m.lines {
		for i, x := range m.lines {
			m.shift[j*n+i] = shiftNear(&m.h, known, x, y)
		}
	}
	return m, known, true
}

// subdivide gives the mesh lines about every few modules, from border to border.
func (m *mesh) subdivide(spacing float64) {
	n := int(math.Ceil(m.dim/spacing)) + 1
	m.lines, m.shift = make([]float64, n), make([]point, n*n)
	for i := range m.lines {
		m.lines[i] = m.dim * float64(i) / float64(n-1)
	}
}

// shiftNear returns how far the known places about (x, y) lie from where the
// homography has them, the nearest counting most.
func shiftNear(h *homography, known []tie, x, y float64) point {
	var s point
	var total float64
	for _, k := range known {
		d2 := (k.x-x)*(k.x-x) + (k.y-y)*(k.y-y)
		w := 1 / (d2*d2 + 1)
		s = s.add(k.at.sub(h.at(k.x, k.y)).mul(w))
		total += w
	}
	return s.mul(1 / total)
}

// polish moves the corners of a mesh to where the modules stand out best from
// their neighbours: sampled beside their middles they fade into each other. It finds
// the last third of a module that small symbols lack, which have one alignment
// pattern or none.
func (p *plane) polish(m *mesh) {
	dim := int(m.dim)
	row := make([]float64, dim)
	contrast := func() float64 {
		total := 0.0
		for y := range dim {
			left := 0.0
			for x := range dim {
				q := m.at(float64(x)+0.5, float64(y)+0.5)
				v := p.at(q.x, q.y)
				if x > 0 {
					total += math.Abs(v - left)
				}
				if y > 0 {
					total += math.Abs(v - row[x])
				}
				left, row[x] = v, v
			}
		}
		return total
	}
	right, down := m.h.steps(m.dim/2, m.dim/2)
	best := contrast()
	for _, step := range []float64{0.5, 0.25, 0.12} {
		for range 3 {
			moved := false
			for _, i := range []int{2, 1, 3, 0} {
				for _, d := range []point{right.mul(step), right.mul(-step), down.mul(step), down.mul(-step)} {
					before := m.bend[i]
					m.bend[i] = before.add(d)
					if c := contrast(); c > best*1.0005 {
						best, moved = c, true
					} else {
						m.bend[i] = before
					}
				}
			}
			if !moved {
				break
			}
		}
	}
}
