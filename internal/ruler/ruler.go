// Package ruler measures lengths in a photograph of something flat, by a square of
// known size that lies in the same plane: a code of a printed sheet beside a wound.
//
// Four corners fix the projective map from the picture to the plane, whatever the
// camera's distance, tilt and zoom. A [Length] comes with its uncertainty: corners are
// found, and ends are pointed at, to about a pixel, the square's size is known to a
// tolerance, and all of it counts the more the farther the ends lie from the square.
//
// Caveats. What is measured must lie in the plane of the square: something that is h
// nearer to a camera at distance d appears h/d larger, and no picture tells. The lens
// is taken for one without distortion. Neither is part of the uncertainty.
package ruler

import (
	"errors"
	"math"
)

// Point is a place in the picture, in pixels, or in the plane, in millimetres.
type Point struct{ X, Y float64 }

// Length is a distance in millimetres, and how far off it may be: with 95 of 100
// measures the true one lies within.
type Length struct{ MM, Within float64 }

// Limits of a square that is believed, and of a length.
const (
	// MinSide is the shortest edge in pixels: a pixel is then 1.3 %.
	MinSide = 80
	// maxSlant is how far the square may be foreshortened, by about 50°.
	maxSlant = 0.64
	// maxShare is how uncertain a length may be, and leastWithin what is good enough
	// for a short one, in mm.
	maxShare    = 0.10
	leastWithin = 2.0
	// cornerError and pointError are deviations in pixels: of where a reader finds a
	// corner, rounded to whole pixels, and of where a person points, at the scale of
	// the picture as it is shown.
	cornerError = 0.8
	pointError  = 1.5
)

// Errors of [New] and [Ruler.Between].
var (
	ErrSmall     = errors.New("the square is too small in the picture")
	ErrOblique   = errors.New("the square is seen at too flat an angle")
	ErrShape     = errors.New("the corners are not those of a square")
	ErrUncertain = errors.New("the length is too uncertain")
)

// Ruler measures in one picture.
type Ruler struct {
	corners   [4]Point
	side      float64
	tolerance float64 // share of side
	plane     homography
}

// New makes a ruler of the corners of a square, in order around it, and of its side in
// mm, which is known to the tolerance: a share of it, with 95 of 100.
func New(corners [4]Point, side, tolerance float64) (*Ruler, error) {
	r := &Ruler{corners: corners, side: side, tolerance: tolerance}
	turn := 0.0
	for i, a := range corners {
		b, c := corners[(i+1)%4], corners[(i+2)%4]
		cross := (b.X-a.X)*(c.Y-b.Y) - (b.Y-a.Y)*(c.X-b.X)
		switch {
		case math.IsNaN(cross) || cross*turn < 0 || cross == 0 || side <= 0:
			return nil, ErrShape
		case math.Hypot(b.X-a.X, b.Y-a.Y) < MinSide:
			return nil, ErrSmall
		}
		turn = cross
	}
	var ok bool
	if r.plane, ok = toSquare(corners, side); !ok {
		return nil, ErrShape
	}
	if r.slant() < maxSlant {
		return nil, ErrOblique
	}
	return r, nil
}

// slant is the foreshortening in the middle of the square: 1 from straight above, about
// the cosine of the tilt.
func (r *Ruler) slant() float64 {
	var m Point
	for _, c := range r.corners {
		m.X, m.Y = m.X+c.X/4, m.Y+c.Y/4
	}
	at, right, down := r.plane.of(m), r.plane.of(Point{m.X + 1, m.Y}), r.plane.of(Point{m.X, m.Y + 1})
	// Singular values of the two differences as a matrix.
	a, b, c, d := right.X-at.X, down.X-at.X, right.Y-at.Y, down.Y-at.Y
	sum, diff := math.Hypot(a+d, c-b), math.Hypot(a-d, b+c)
	return math.Abs(sum-diff) / (sum + diff)
}

// Between measures from one point of the picture to another. scale is how many pixels
// of the picture one pixel of the screen showed: pointing is as coarse as that.
// [ErrUncertain] comes with what was measured.
func (r *Ruler) Between(a, b Point, scale float64) (Length, error) {
	for _, p := range []Point{a, b} {
		if r.plane.weight(p)*r.plane.weight(r.corners[0]) <= 0 {
			return Length{}, ErrUncertain // beyond the plane's horizon
		}
	}
	length := func(h homography) float64 { p, q := h.of(a), h.of(b); return math.Hypot(p.X-q.X, p.Y-q.Y) }
	at := length(r.plane)
	variance := math.Pow(at*r.tolerance/2, 2)
	for i := range r.corners {
		for axis := range 2 {
			moved := r.corners
			if axis == 0 {
				moved[i].X += cornerError
			} else {
				moved[i].Y += cornerError
			}
			h, ok := toSquare(moved, r.side)
			if !ok {
				return Length{}, ErrShape
			}
			variance += math.Pow(length(h)-at, 2)
		}
	}
	hand := pointError * max(scale, 1)
	for _, end := range []*Point{&a, &b} {
		for _, axis := range []*float64{&end.X, &end.Y} {
			*axis += hand
			variance += math.Pow(length(r.plane)-at, 2)
			*axis -= hand
		}
	}
	l := Length{at, 2 * math.Sqrt(variance)}
	if math.IsNaN(l.Within) || math.IsInf(l.Within, 0) || l.Within > max(maxShare*l.MM, leastWithin) {
		return l, ErrUncertain
	}
	return l, nil
}

// homography maps pixels to millimetres; its last element is 1.
type homography [8]float64

func (h homography) weight(p Point) float64 { return h[6]*p.X + h[7]*p.Y + 1 }

func (h homography) of(p Point) Point {
	w := h.weight(p)
	return Point{(h[0]*p.X + h[1]*p.Y + h[2]) / w, (h[3]*p.X + h[4]*p.Y + h[5]) / w}
}

// toSquare is the map of four corners to those of a square. Pixels are counted from
// the corners' middle and in units of their extent, so that the equations are well
// conditioned.
func toSquare(corners [4]Point, side float64) (homography, bool) {
	var m Point
	for _, c := range corners {
		m.X, m.Y = m.X+c.X/4, m.Y+c.Y/4
	}
	unit := math.Hypot(corners[0].X-corners[2].X, corners[0].Y-corners[2].Y) / 2
	if unit == 0 {
		return homography{}, false
	}
	to := [4]Point{{0, 0}, {side, 0}, {side, side}, {0, side}}
	var rows [8][9]float64
	for i, c := range corners {
		x, y, u, v := (c.X-m.X)/unit, (c.Y-m.Y)/unit, to[i].X, to[i].Y
		rows[2*i] = [9]float64{x, y, 1, 0, 0, 0, -u * x, -u * y, u}
		rows[2*i+1] = [9]float64{0, 0, 0, x, y, 1, -v * x, -v * y, v}
	}
	s, ok := solve(&rows)
	if !ok {
		return homography{}, false
	}
	// Back to pixels from the upper left corner of the picture.
	k := 1 / unit
	w := 1 - k*(s[6]*m.X+s[7]*m.Y)
	if math.Abs(w) < 1e-9 {
		return homography{}, false
	}
	h := homography{
		s[0] * k, s[1] * k, s[2] - k*(s[0]*m.X+s[1]*m.Y),
		s[3] * k, s[4] * k, s[5] - k*(s[3]*m.X+s[4]*m.Y),
		s[6] * k, s[7] * k,
	}
	for i := range h {
		h[i] /= w
	}
	return h, true
}

// solve is Gauss elimination with pivots.
func solve(rows *[8][9]float64) (x [8]float64, ok bool) {
	for i := range rows {
		pivot := i
		for j := i + 1; j < 8; j++ {
			if math.Abs(rows[j][i]) > math.Abs(rows[pivot][i]) {
				pivot = j
			}
		}
		rows[i], rows[pivot] = rows[pivot], rows[i]
		if math.Abs(rows[i][i]) < 1e-12 {
			return x, false
		}
		for j := range rows {
			if j == i {
				continue
			}
			f := rows[j][i] / rows[i][i]
			for k := i; k < 9; k++ {
				rows[j][k] -= f * rows[i][k]
			}
		}
	}
	for i := range x {
		x[i] = rows[i][8] / rows[i][i]
	}
	return x, true
}
