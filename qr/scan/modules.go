package scan

import "math"

// modules are the grey values of one symbol's modules, row by row.
type modules struct {
	dim int
	v   []float32
}

// sample measures every module through the mesh: the mean of a few places about
// its middle, more of them when there are pixels enough.
func (p *plane) sample(m *mesh, dim int) *modules {
	out := &modules{dim: dim, v: make([]float32, dim*dim)}
	right, down := m.h.steps(float64(dim)/2, float64(dim)/2)
	size := min(right.length(), down.length())
	offsets := []point{{0, 0}}
	if size >= 2.5 {
		const o = 0.22
		offsets = []point{{0, 0}, {-o, -o}, {o, -o}, {-o, o}, {o, o}}
	}
	if size >= 6 {
		const o = 0.27
		offsets = append(offsets, point{-o, 0}, point{o, 0}, point{0, -o}, point{0, o})
	}
	for y := range dim {
		for x := range dim {
			c := m.at(float64(x)+0.5, float64(y)+0.5)
			// One module's steps hardly differ from the next one's.
			if x == 0 || x&7 == 0 {
				right, down = m.h.steps(float64(x)+0.5, float64(y)+0.5)
			}
			s := 0.0
			for _, o := range offsets {
				s += p.at(c.x+right.x*o.x+down.x*o.y, c.y+right.y*o.x+down.y*o.y)
			}
			out.v[y*dim+x] = float32(s / float64(len(offsets)))
		}
	}
	return out
}

// sharpened undoes part of the blur that spreads each module over its four
// neighbours.
func (m *modules) sharpened(k float32) *modules {
	out := &modules{dim: m.dim, v: make([]float32, len(m.v))}
	d := m.dim
	for y := range d {
		for x := range d {
			i := y*d + x
			c := m.v[i]
			l, r, u, b := c, c, c, c
			if x > 0 {
				l = m.v[i-1]
			}
			if x < d-1 {
				r = m.v[i+1]
			}
			if y > 0 {
				u = m.v[i-d]
			}
			if y < d-1 {
				b = m.v[i+d]
			}
			out.v[i] = c + k*(4*c-l-r-u-b)
		}
	}
	return out
}

// transposed is the symbol as it is seen in a mirror.
func (m *modules) transposed() *modules {
	out := &modules{dim: m.dim, v: make([]float32, len(m.v))}
	for y := range m.dim {
		for x := range m.dim {
			out.v[x*m.dim+y] = m.v[y*m.dim+x]
		}
	}
	return out
}

// signals are modules told apart: positive dark, negative light, and 1 as sure as
// it gets.
type signals struct {
	dim int
	v   []float32
}

// signals compares each module with the darkest and the lightest about it. A mask
// sees to it that both kinds are everywhere, so that nothing else is needed against
// shadows, stains and light that fades to one side. The two reaches are how far
// "about it" goes along the rows and along the columns: where toner fades in
// streaks, a line of modules is compared with itself alone.
func (m *modules) signals(across, along int) *signals {
	d := m.dim
	lo, hi := m.extremes(across, along, true), m.extremes(across, along, false)
	lo, hi = smooth(lo, d, across, along), smooth(hi, d, across, along)
	out := &signals{dim: d, v: make([]float32, d*d)}
	for i, v := range m.v {
		contrast := (hi[i] - lo[i]) / 2
		if contrast < 2 {
			continue // neither: nothing to be seen here
		}
		s := ((hi[i]+lo[i])/2 - v) / contrast
		out.v[i] = min(max(s, -1), 1)
	}
	return out
}

// extremes returns the least or greatest value in a rectangle about each module.
func (m *modules) extremes(across, along int, least bool) []float32 {
	d := m.dim
	v := m.v
	if !least { // the greatest is the least of the negatives
		v = make([]float32, len(m.v))
		for i, x := range m.v {
			v[i] = -x
		}
	}
	rows := make([]float32, d*d)
	for y := range d {
		row := v[y*d:][:d]
		for x := range d {
			e := row[x]
			for _, w := range row[max(0, x-across):min(d, x+across+1)] {
				if w < e {
					e = w
				}
			}
			rows[y*d+x] = e
		}
	}
	out := make([]float32, d*d)
	for y := range d {
		dst := out[y*d:][:d]
		copy(dst, rows[y*d:])
		for k := max(0, y-along); k < min(d, y+along+1); k++ {
			for x, w := range rows[k*d:][:d] {
				if w < dst[x] {
					dst[x] = w
				}
			}
		}
	}
	if !least {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

// smooth is the mean over a square about each module.
func smooth(v []float32, d, across, along int) []float32 {
	sums := make([]float64, (d+1)*(d+1))
	for y := range d {
		row := 0.0
		for x := range d {
			row += float64(v[y*d+x])
			sums[(y+1)*(d+1)+x+1] = sums[y*(d+1)+x+1] + row
		}
	}
	out := make([]float32, d*d)
	for y := range d {
		y0, y1 := max(0, y-along), min(d, y+along+1)
		for x := range d {
			x0, x1 := max(0, x-across), min(d, x+across+1)
			s := sums[y1*(d+1)+x1] - sums[y0*(d+1)+x1] - sums[y1*(d+1)+x0] + sums[y0*(d+1)+x0]
			out[y*d+x] = float32(s / float64((y1-y0)*(x1-x0)))
		}
	}
	return out
}

// agreement tells how well the timing and alignment patterns of a layout are there,
// from −1 to 1. Noise gives 0.
func (s *signals) agreement(l *layout) float64 {
	var sum, n float64
	for i, k := range l.fixed {
		switch k {
		case isDark:
			sum += math.Copysign(1, float64(s.v[i]))
			n++
		case isLight:
			sum -= math.Copysign(1, float64(s.v[i]))
			n++
		}
	}
	return sum / n
}
