package advice

import (
	"flag"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/qr/scan"
)

var (
	seeds = flag.Int("advice.seeds", 6, "pictures of each cause")
	read  = flag.Bool("advice.read", false, "try to read each picture first, and leave out those that are")
)

// damages are what goes wrong, each with a good photograph to start from.
var damages = []struct {
	cause Cause
	do    func(s *scene, r *rand.Rand)
}{
	{Dark, func(s *scene, r *rand.Rand) { s.gain, s.noise = 0.03+0.15*r.Float64(), 3+3*r.Float64() }},
	{NoCode, func(s *scene, r *rand.Rand) { s.modules, s.text = nil, r.IntN(2) == 0 }},
	{Cut, func(s *scene, r *rand.Rand) {
		out := s.side() * (0.5 - 0.2 - 0.3*r.Float64()) // from 20 to 50 % of it
		switch r.IntN(4) {
		case 0:
			s.x = out
		case 1:
			s.x = float64(s.w) - out
		case 2:
			s.y = out
		case 3:
			s.y = float64(s.h) - out
		}
		s.angle /= 3
	}},
	{Glare, func(s *scene, r *rand.Rand) {
		a, d := 2*math.Pi*r.Float64(), s.side()*0.2*r.Float64()
		s.blobs = append(s.blobs, blob{s.x + d*math.Cos(a), s.y + d*math.Sin(a), s.side() * (0.26 + 0.1*r.Float64()), 275})
	}},
	{Hidden, func(s *scene, r *rand.Rand) {
		a, d := 2*math.Pi*r.Float64(), s.side()*0.2*r.Float64()
		s.blobs = append(s.blobs, blob{s.x + d*math.Cos(a), s.y + d*math.Sin(a), s.side() * (0.26 + 0.1*r.Float64()), 30})
	}},
	{Small, func(s *scene, r *rand.Rand) { s.module = 1 + 0.6*r.Float64() }},
	{Blurred, func(s *scene, r *rand.Rand) { s.blur = s.module * (0.9 + 0.5*r.Float64()) }},
}

// Pictures that were spoilt on purpose get the advice that mends them, nine times in
// ten. The table is printed with -v; -advice.seeds makes more pictures.
func TestAdvice(t *testing.T) {
	table := map[Cause]map[Cause]int{}
	for _, d := range damages {
		table[d.cause] = map[Cause]int{}
		good, n := 0, 0
		for seed := range *seeds {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(len(d.cause))))
			s := newScene(r)
			d.do(s, r)
			img := s.photograph(r)
			if *read {
				if symbols, err := scan.Symbols(t.Context(), img); err != nil {
					t.Fatal(err)
				} else if len(symbols) > 0 {
					table[d.cause]["(read)"]++
					continue
				}
			}
			n++
			a := Of(t.Context(), img)
			table[d.cause][a.Cause]++
			if a.Cause == d.cause {
				good++
			} else if testing.Verbose() {
				t.Logf("%s %d: %s %s", d.cause, seed, a.Cause, a.Measures)
			}
		}
		if good*10 < n*9-5 {
			t.Errorf("%s: right for %d of %d", d.cause, good, n)
		}
	}
	var b strings.Builder
	for _, d := range damages {
		fmt.Fprintf(&b, "\n%-14s", d.cause)
		for _, cause := range []Cause{Dark, NoCode, Cut, Glare, Hidden, Small, Blurred, Faint, Unknown, "(read)"} {
			if k := table[d.cause][cause]; k > 0 {
				fmt.Fprintf(&b, " %s %d", cause, k)
			}
		}
	}
	t.Log("spoilt by → advice", b.String())
}

// String is for the tests' own output.
func (m Measures) String() string {
	return fmt.Sprintf("%d×%d paper %.0f ink %.0f seen %v %v q %.2f finders %d module %.1f blur %.2f margin %.1f glare %.2f stain %.2f",
		m.Width, m.Height, m.Paper, m.Ink, m.Seen, m.patch.Rectangle, m.patch.quality, m.Finders, m.Module, m.Blur, m.Margin, m.Glare, m.Stain)
}

func TestEveryCauseHasASentence(t *testing.T) {
	for _, c := range []Cause{Dark, NoCode, Cut, Glare, Hidden, Small, Blurred, Faint, Unknown, NotOurs} {
		if c.French() == "" {
			t.Errorf("%s: no sentence", c)
		}
	}
}

// Any picture gets some advice, however small or odd, and in bounded time.
func TestOddPictures(t *testing.T) {
	for _, size := range []image.Point{{0, 0}, {1, 1}, {7, 300}, {30000, 1}, {30000, 40}, {16, 16}, {17, 900}} {
		img := image.NewGray(image.Rect(0, 0, size.X, size.Y))
		for i := range img.Pix {
			img.Pix[i] = uint8(i * i >> 3)
		}
		if c := Of(t.Context(), img).Cause; c.French() == "" {
			t.Errorf("%v: %q", size, c)
		}
	}
	// A part of a larger picture.
	whole := newScene(rand.New(rand.NewPCG(1, 1))).photograph(rand.New(rand.NewPCG(1, 2)))
	part := whole.SubImage(image.Rect(100, 50, 800, 600)).(*image.Gray)
	if slices.Contains([]Cause{"", Dark}, Of(t.Context(), part).Cause) {
		t.Errorf("part: got %q", Of(t.Context(), part).Cause)
	}
}

func BenchmarkOf(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 3))
	img := newScene(r).photograph(r)
	for b.Loop() {
		Of(b.Context(), img)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/0.63, "ms/Mpx")
}

func FuzzOf(f *testing.F) {
	f.Add(uint8(30), []byte("0123456789012345678901234567890123456789"))
	f.Add(uint8(0), []byte{})
	f.Fuzz(func(t *testing.T, width uint8, pixels []byte) {
		// Each byte is a square of four by four pixels, so that patches come about.
		w := int(width)
		if w == 0 || len(pixels) < w || len(pixels) > 1<<14 {
			return
		}
		h := len(pixels) / w
		img := image.NewGray(image.Rect(0, 0, 4*w, 4*h))
		for i := range img.Pix {
			img.Pix[i] = pixels[i/img.Stride/4*w+i%img.Stride/4]
		}
		if a := Of(t.Context(), img); a.French() == "" {
			t.Fatalf("%q", a.Cause)
		}
	})
}
