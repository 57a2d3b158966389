package scan

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/flatbed"
)

func noise(w, h int, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 3))
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = uint8(r.Uint32())
	}
	return g
}

func checkerboard(w, h, size int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row := g.Pix[y*g.Stride:][:w]
		for x := range row {
			if (x/size+y/size)%2 == 0 {
				row[x] = 255
			}
		}
	}
	return g
}

// decoys is a page full of finder patterns, which make thousands of millions of
// triples.
func decoys(w, h, module int) *image.Gray {
	g := blank(w, h)
	for y := range h {
		for x := range w {
			i, j := x/module%9-4, y/module%9-4
			switch max(i, -i, j, -j) {
			case 0, 1, 3:
				g.Pix[y*g.Stride+x] = 0
			}
		}
	}
	return g
}

// flawed is a page of symbols whose function patterns are whole and whose content is
// not: each of them is tried in every way before it is given up.
func flawed(t *testing.T) *image.Gray {
	g := blank(1640, 1640)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 4 {
		x, y := 60+i%2*780, 60+i/2*780
		draw(t, g, randomText(r, 900), qrcode.Low, float64(x), float64(y), 700)
		for j := range 500 {
			for k := range 500 {
				g.Pix[(y+100+j)*g.Stride+x+100+k] = uint8(255 * (r.IntN(2)))
			}
		}
	}
	return g
}

func TestNothingThere(t *testing.T) {
	for name, g := range map[string]*image.Gray{
		"empty":       image.NewGray(image.Rectangle{}),
		"one pixel":   blank(1, 1),
		"one row":     blank(5000, 1),
		"one column":  blank(1, 5000),
		"white":       blank(1240, 1754),
		"black":       image.NewGray(image.Rect(0, 0, 1240, 1754)),
		"noise":       noise(600, 800, 1),
		"small noise": noise(20, 20, 2),
		"checks":      checkerboard(800, 800, 7),
		"part":        blank(800, 800).SubImage(image.Rect(100, 100, 130, 700)).(*image.Gray),
	} {
		symbols, err := Symbols(t.Context(), g)
		if err != nil || len(symbols) != 0 {
			t.Errorf("%s: got %v, %v", name, symbols, err)
		}
	}
}

// The work on any picture is bounded, by counts that do not depend on the machine.
// What it comes to in time is logged, and measured by bench/reading.
func TestBounds(t *testing.T) {
	cases := map[string]*image.Gray{
		"checks, 48 Mpx":              checkerboard(8000, 6000, 5),
		"noise, 3 Mpx":                noise(2000, 1500, 4),
		"decoys, 2 Mpx":               decoys(1600, 1250, 3),
		"symbols that cannot be read": flawed(t),
	}
	for name, page := range cases {
		s := &search{ctx: t.Context(), page: planeOf(page), effort: pageEffort}
		passes := 0
		s.observe = func(Step) { passes++ }
		start := time.Now()
		s.run()
		t.Logf("%-30s %8v", name, time.Since(start).Round(time.Millisecond))
		// One symbol of the largest version may be under way when the last effort goes.
		largest := effort(len(ways) * 4 * version(40).dimension() * version(40).dimension())
		if len(s.found) != 0 || passes > 12 || s.effort < -largest ||
			len(s.pairs) > passes*maxPairs || len(s.failed) > passes*3*maxAttempts {
			t.Errorf("%s: %d symbols, %d passes, effort left %d, %d pairs, %d frames", name, len(s.found), passes,
				s.effort, len(s.pairs), len(s.failed))
		}
	}
}

// ending is a context that ends when it was asked a number of times.
type ending struct {
	context.Context
	left int
}

func (e *ending) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// Whenever the context ends, the search does soon: it asks at every step, and hardly
// any more once it was told.
func TestContextIsHonoured(t *testing.T) {
	pages := map[string]*image.Gray{"decoys": decoys(1600, 1250, 3), "noise": noise(1200, 900, 4), "unreadable": flawed(t)}
	for name, page := range pages {
		for _, after := range []int{0, 1, 7, 30, 100, 200} {
			ctx := &ending{t.Context(), after}
			if _, err := Symbols(ctx, page); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, after %d: got %v, want an end", name, after, err)
			}
			if ctx.left < -40 {
				t.Errorf("%s, after %d: went on for %d more steps", name, after, -ctx.left)
			}
		}
	}
}

// As many codes as anybody puts into one picture, and all of them are read.
func TestSixtyCodes(t *testing.T) {
	page := blank(2400, 1500)
	r := rand.New(rand.NewPCG(60, 60))
	want := map[string]bool{}
	for i := range 60 {
		text := randomText(r, 40)
		want[text] = true
		draw(t, page, text, qrcode.Medium, float64(30+i%10*237), float64(30+i/10*245), 180)
	}
	symbols, err := Symbols(t.Context(), flatbed.Scan(page, 60))
	if err != nil || len(symbols) != len(want) {
		t.Errorf("got %d symbols, %v, want %d", len(symbols), err, len(want))
	}
	for _, s := range symbols {
		if !want[s.Text] {
			t.Errorf("misread %q", s.Text)
		}
	}
}

func TestMirroredAndInverted(t *testing.T) {
	for version, chars := range map[string]int{"small": 12, "large": 400} {
		page := blank(600, 600)
		text := randomText(rand.New(rand.NewPCG(5, 5)), chars)
		draw(t, page, text, qrcode.Medium, 60, 60, 480)
		mirror, negative := blank(600, 600), blank(600, 600)
		for y := range 600 {
			for x := range 600 {
				mirror.Pix[y*600+x] = page.Pix[y*600+599-x]
				negative.Pix[y*600+x] = 255 - page.Pix[y*600+x]
			}
		}
		for name, g := range map[string]*image.Gray{"upright": page, "mirrored": mirror, "inverted": negative} {
			symbols, err := Symbols(t.Context(), g)
			if err != nil || len(symbols) != 1 || symbols[0].Text != text {
				t.Errorf("%s, %s: got %d symbols, %v", version, name, len(symbols), err)
			}
		}
	}
}

// Quarter turns and angles between.
func TestTurned(t *testing.T) {
	text := randomText(rand.New(rand.NewPCG(6, 6)), 300)
	page := blank(700, 700)
	draw(t, page, text, qrcode.Medium, 150, 150, 400)
	for degrees := 0; degrees < 360; degrees += 15 {
		g := turned(page, float64(degrees))
		symbols, err := Symbols(t.Context(), g)
		if err != nil || len(symbols) != 1 || symbols[0].Text != text {
			t.Errorf("%d degrees: got %d symbols, %v", degrees, len(symbols), err)
		}
	}
}

func FuzzSymbols(f *testing.F) {
	f.Add(uint16(40), []byte("\x00\xff"))
	f.Add(uint16(21), []byte("some bytes that repeat"))
	f.Fuzz(func(t *testing.T, width uint16, pix []byte) {
		w := int(width%400) + 1
		h := len(pix) / w
		if h == 0 || h > 400 {
			return
		}
		g := &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
		symbols, err := Symbols(context.Background(), g)
		if err != nil || len(symbols) != 0 && len(symbols[0].Corners) != 4 {
			t.Fatalf("got %v, %v", symbols, err)
		}
	})
}
