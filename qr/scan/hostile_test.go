package scan

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"
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
	g := blank(2400, 3200)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 12 {
		x, y := 60+i%3*780, 60+i/3*780
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

// The work on any picture is bounded, and the context ends it soon.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("large pictures")
	}
	cases := []struct {
		name string
		page *image.Gray
	}{
		{"checks, 48 Mpx", checkerboard(8000, 6000, 5)},
		{"noise, 48 Mpx", noise(8000, 6000, 4)},
		{"decoys, 48 Mpx", decoys(8000, 6000, 4)},
		{"decoys, 2 Mpx", decoys(1600, 1250, 3)},
		{"symbols that cannot be read", flawed(t)},
	}
	for _, c := range cases {
		start := time.Now()
		if symbols, err := Symbols(t.Context(), c.page); len(symbols) != 0 || err != nil {
			t.Errorf("%s: got %v, %v", c.name, symbols, err)
		}
		whole := time.Since(start)
		const limit = 300 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		start = time.Now()
		_, err := Symbols(ctx, c.page)
		late := time.Since(start) - limit
		cancel()
		t.Logf("%-30s %8v; with a deadline, %v after it", c.name, whole.Round(time.Millisecond), late.Round(time.Millisecond))
		// Generous, because test machines are busy; the aim is a fifth of it.
		if whole > 60*time.Second || late > time.Second {
			t.Errorf("%s: %v, and %v after the deadline", c.name, whole, late)
		}
		if whole > 2*limit && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want the deadline", c.name, err)
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
