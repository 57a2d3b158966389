package ruler

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// camera is a pinhole at some height above the plane, tilted.
type camera struct{ height, tilt, turn, focal float64 }

// sees projects a place of the plane, in mm, to pixels.
func (c camera) sees(p Point) Point {
	sin, cos := math.Sincos(c.turn)
	x, y := p.X*cos-p.Y*sin, p.X*sin+p.Y*cos
	s, k := math.Sincos(c.tilt)
	depth := c.height + y*s
	return Point{2000 + c.focal*x/depth, 1500 + c.focal*y*k/depth}
}

func (c camera) square(side float64) (corners [4]Point) {
	for i, p := range [4]Point{{0, 0}, {side, 0}, {side, side}, {0, side}} {
		corners[i] = c.sees(p)
	}
	return corners
}

const degree = math.Pi / 180

// Without errors of corners and of pointing, lengths are exact whatever the pose.
func TestLengthsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		c := camera{200 + 300*r.Float64(), 35 * degree * r.Float64(), 2 * math.Pi * r.Float64(), 3000}
		rule, err := New(c.square(62), 62, 0.01)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		a, b := Point{-80 * r.Float64(), 60 * r.Float64()}, Point{-80 * r.Float64(), 60 * r.Float64()}
		want := math.Hypot(a.X-b.X, a.Y-b.Y)
		got, err := rule.Between(c.sees(a), c.sees(b), 1)
		if err != nil && !errors.Is(err, ErrUncertain) || math.Abs(got.MM-want) > 1e-6*(1+want) {
			t.Errorf("%+v: got %.6f mm, %v, want %.6f", c, got.MM, err, want)
		}
	}
}

// With corners that are off by rounding and ends pointed at by hand, 95 of 100 lengths
// are within what is said.
func TestWithinHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	within, all := 0, 0
	for range 2000 {
		c := camera{200 + 300*r.Float64(), 35 * degree * r.Float64(), 2 * math.Pi * r.Float64(), 3000}
		corners := c.square(62 * (1 + 0.01*(2*r.Float64()-1)))
		for i, p := range corners {
			corners[i] = Point{math.Round(p.X + 0.6*r.NormFloat64()), math.Round(p.Y + 0.6*r.NormFloat64())}
		}
		rule, err := New(corners, 62, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		a, b := Point{-80 * r.Float64(), 60 * r.Float64()}, Point{-80 * r.Float64(), 60 * r.Float64()}
		hand := func(p Point) Point { return Point{p.X + 1.5*r.NormFloat64(), p.Y + 1.5*r.NormFloat64()} }
		got, err := rule.Between(hand(c.sees(a)), hand(c.sees(b)), 1)
		if err != nil {
			continue
		}
		all++
		if math.Abs(got.MM-math.Hypot(a.X-b.X, a.Y-b.Y)) <= got.Within {
			within++
		}
	}
	if share := float64(within) / float64(all); share < 0.95 || all < 1500 {
		t.Errorf("%.3f of %d lengths within what was said", share, all)
	}
}

func TestWhatIsRefused(t *testing.T) {
	far := camera{3000, 0, 0, 3000}
	flat := camera{300, 65 * degree, 0, 3000}
	near := camera{300, 0, 0, 3000}
	square := near.square(62)
	for name, test := range map[string]struct {
		corners [4]Point
		side    float64
		want    error
	}{
		"too small":      {far.square(62), 62, ErrSmall},
		"too oblique":    {flat.square(62), 62, ErrOblique},
		"crossed":        {[4]Point{square[0], square[2], square[1], square[3]}, 62, ErrShape},
		"one point":      {[4]Point{}, 62, ErrShape},
		"not a number":   {[4]Point{{math.NaN(), 0}, {1, 0}, {1, 1}, {0, 1}}, 62, ErrShape},
		"of no size":     {square, 0, ErrShape},
		"what is usable": {square, 62, nil},
	} {
		if _, err := New(test.corners, test.side, 0.01); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	// A small code seen at an angle says nothing of what is far away from it.
	c := camera{900, 40 * degree, 0, 3000}
	rule, err := New(c.square(62), 62, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := rule.Between(c.sees(Point{-400, -500}), c.sees(Point{-300, -500}), 2); !errors.Is(err, ErrUncertain) {
		t.Errorf("far away: got %+v, %v", l, err)
	}
}
