package scan

import "math"

// warp is a smooth surface of shifts through the ties of a bent symbol: the thin
// plate spline, which bends as little as it can. See Bookstein, "Principal warps:
// thin-plate splines and the decomposition of deformations", 1989.
type warp struct {
	x, y   []float64 // of the ties, in modules
	wx, wy []float64 // weights of the ties, then of 1, x and y
}

// stiffness lets the surface pass beside ties by as much as these are measured
// wrong, a tenth of a module or so.
const stiffness = 0.5

// newWarp fits the surface of what the homography lacks at the ties.
func newWarp(h *homography, ties []tie) (*warp, bool) {
	n := len(ties)
	w := &warp{}
	// Rows of the linear system with both right hand sides.
	a := make([][]float64, n+3)
	for i := range a {
		a[i] = make([]float64, n+5)
	}
	for i, t := range ties {
		w.x, w.y = append(w.x, t.x), append(w.y, t.y)
		for j := range i {
			k := plate(t.x-w.x[j], t.y-w.y[j])
			a[i][j], a[j][i] = k, k
		}
		a[i][i] = stiffness
		for k, v := range [3]float64{1, t.x, t.y} {
			a[i][n+k], a[n+k][i] = v, v
		}
		s := t.at.sub(h.at(t.x, t.y))
		a[i][n+3], a[i][n+4] = s.x, s.y
	}
	if !eliminate(a) {
		return nil, false
	}
	for _, row := range a {
		w.wx, w.wy = append(w.wx, row[n+3]), append(w.wy, row[n+4])
	}
	return w, true
}

func plate(x, y float64) float64 {
	q := x*x + y*y
	if q == 0 {
		return 0
	}
	return q * math.Log(q)
}

func (w *warp) shift(x, y float64) point {
	n := len(w.x)
	s := point{w.wx[n] + w.wx[n+1]*x + w.wx[n+2]*y, w.wy[n] + w.wy[n+1]*x + w.wy[n+2]*y}
	for i := range n {
		k := plate(x-w.x[i], y-w.y[i])
		s.x, s.y = s.x+k*w.wx[i], s.y+k*w.wy[i]
	}
	return s
}

// eliminate solves a system in place; columns beyond the square become solutions.
func eliminate(a [][]float64) bool {
	n := len(a)
	for i := range n {
		p := i
		for r := i + 1; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		if math.Abs(a[p][i]) < 1e-9 {
			return false
		}
		a[i], a[p] = a[p], a[i]
		top := a[i]
		for c := len(top) - 1; c >= i; c-- {
			top[c] /= top[i]
		}
		for r := range n {
			f := a[r][i]
			if r == i || f == 0 {
				continue
			}
			row := a[r]
			for c := i; c < len(row); c++ {
				row[c] -= f * top[c]
			}
		}
	}
	return true
}
