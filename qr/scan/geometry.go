package scan

import "math"

// point is a position in pixels, or a displacement.
type point struct{ x, y float64 }

func (p point) add(q point) point        { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point        { return point{p.x - q.x, p.y - q.y} }
func (p point) mul(k float64) point      { return point{p.x * k, p.y * k} }
func (p point) dot(q point) float64      { return p.x*q.x + p.y*q.y }
func (p point) cross(q point) float64    { return p.x*q.y - p.y*q.x }
func (p point) length() float64          { return math.Hypot(p.x, p.y) }
func (p point) distance(q point) float64 { return p.sub(q).length() }

// homography maps modules of a flat symbol to pixels.
type homography [9]float64

func (h *homography) at(x, y float64) point {
	w := h[6]*x + h[7]*y + h[8]
	return point{(h[0]*x + h[1]*y + h[2]) / w, (h[3]*x + h[4]*y + h[5]) / w}
}

// steps returns how far one module to the right and one down lead at (x, y).
func (h *homography) steps(x, y float64) (right, down point) {
	return h.at(x+0.5, y).sub(h.at(x-0.5, y)), h.at(x, y+0.5).sub(h.at(x, y-0.5))
}

// tie says that a module position was seen at a pixel position.
type tie struct {
	x, y   float64 // in modules
	at     point   // in pixels
	weight float64
}

// fit returns the homography that comes closest to the ties, by least squares on
// normalised coordinates. It needs four ties or more, not all on a line.
func fit(ties []tie) (homography, bool) {
	var n, mx, my, px, py float64
	for _, t := range ties {
		n++
		mx, my = mx+t.x, my+t.y
		px, py = px+t.at.x, py+t.at.y
	}
	if n < 4 {
		return homography{}, false
	}
	mx, my, px, py = mx/n, my/n, px/n, py/n
	var ms, ps float64
	for _, t := range ties {
		ms += math.Hypot(t.x-mx, t.y-my)
		ps += math.Hypot(t.at.x-px, t.at.y-py)
	}
	ms, ps = ms/n, ps/n
	if ms == 0 || ps == 0 {
		return homography{}, false
	}
	// Normal equations of the eight unknowns; the ninth element is 1.
	var a [8][9]float64
	for _, t := range ties {
		x, y := (t.x-mx)/ms, (t.y-my)/ms
		u, v := (t.at.x-px)/ps, (t.at.y-py)/ps
		for _, row := range [2][9]float64{
			{x, y, 1, 0, 0, 0, -u * x, -u * y, u},
			{0, 0, 0, x, y, 1, -v * x, -v * y, v},
		} {
			for i := range 8 {
				for j := range 9 {
					a[i][j] += t.weight * row[i] * row[j]
				}
			}
		}
	}
	// A hint of damping keeps the two perspective terms at nought when the ties do
	// not speak of them.
	a[6][6] += 1e-9
	a[7][7] += 1e-9
	h, ok := solve8(&a)
	if !ok {
		return homography{}, false
	}
	// Undo the normalisation: pixels ← unit ← unit ← modules.
	g := homography{h[0] / ms, h[1] / ms, h[2] - (h[0]*mx+h[1]*my)/ms,
		h[3] / ms, h[4] / ms, h[5] - (h[3]*mx+h[4]*my)/ms,
		h[6] / ms, h[7] / ms, 1 - (h[6]*mx+h[7]*my)/ms}
	for i := range 3 {
		g[i], g[3+i] = ps*g[i]+px*g[6+i], ps*g[3+i]+py*g[6+i]
	}
	return g, true
}

// solve8 is Gauss elimination with pivots.
func solve8(a *[8][9]float64) (x [8]float64, ok bool) {
	for i := range 8 {
		p := i
		for r := i + 1; r < 8; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		if math.Abs(a[p][i]) < 1e-12 {
			return x, false
		}
		a[i], a[p] = a[p], a[i]
		for r := i + 1; r < 8; r++ {
			f := a[r][i] / a[i][i]
			for c := i; c < 9; c++ {
				a[r][c] -= f * a[i][c]
			}
		}
	}
	for i := 7; i >= 0; i-- {
		s := a[i][8]
		for c := i + 1; c < 8; c++ {
			s -= a[i][c] * x[c]
		}
		x[i] = s / a[i][i]
	}
	return x, true
}
