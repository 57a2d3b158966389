package scan

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/zoneblanche/zoneblanche/internal/flatbed"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

func randomText(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// draw puts a symbol on the page with its upper left corner at (x, y) and its sides
// side long, in pixels, each pixel as dark as the ink that covers it.
func draw(t testing.TB, page *image.Gray, text string, level qrcode.RecoveryLevel, x, y, side float64) {
	t.Helper()
	q, err := qrcode.New(text, level)
	if err != nil {
		t.Fatal(err)
	}
	q.DisableBorder = true
	bits := q.Bitmap()
	n := float64(len(bits))
	const fine = 4
	for py := int(y); float64(py) < y+side; py++ {
		for px := int(x); float64(px) < x+side; px++ {
			ink := 0
			for s := range fine * fine {
				mx := (float64(px) + (float64(s%fine)+0.5)/fine - x) / side * n
				my := (float64(py) + (float64(s/fine)+0.5)/fine - y) / side * n
				if mx >= 0 && my >= 0 && mx < n && my < n && bits[int(my)][int(mx)] {
					ink++
				}
			}
			if image.Pt(px, py).In(page.Rect) && ink > 0 {
				page.Pix[page.PixOffset(px, py)] = uint8(255 - 255*ink/(fine*fine))
			}
		}
	}
}

func blank(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	return g
}

// sheet draws an A4 page of count symbols in two columns with lines of print between
// them, as our own sheets have it.
func sheet(t testing.TB, r *rand.Rand, dpi float64, count, chars int, sizeMM float64) (*image.Gray, []string) {
	t.Helper()
	mm := dpi / 25.4
	page := blank(int(210*mm), int(297*mm))
	d := font.Drawer{Dst: page, Src: image.NewUniform(color.Gray{0}), Face: basicfont.Face7x13}
	for y := 20; y < page.Rect.Dy()-20; y += 17 {
		d.Dot = fixed.P(40, y)
		for d.Dot.X < fixed.I(page.Rect.Dx()-100) {
			d.DrawString([]string{"Allergie ", "Paracétamol ", "1 g ", "3 fois par jour ", "oui ", "né le 12/03/1951 ", "##E ", "[X] "}[r.IntN(8)])
		}
	}
	var texts []string
	gap := (210 - 2*sizeMM) / 3
	rows := (count + 1) / 2
	vgap := (297 - float64(rows)*sizeMM) / float64(rows+1)
	for i := range count {
		text := "ZB1:" + randomText(r, chars-4)
		texts = append(texts, text)
		x := (gap + float64(i%2)*(sizeMM+gap)) * mm
		y := (vgap + float64(i/2)*(sizeMM+vgap)) * mm
		// A quiet zone of four modules and a bit.
		q := int(6 * mm)
		for j := int(y) - q; j < int(y+sizeMM*mm)+q; j++ {
			for k := int(x) - q; k < int(x+sizeMM*mm)+q; k++ {
				if image.Pt(k, j).In(page.Rect) {
					page.Pix[page.PixOffset(k, j)] = 255
				}
			}
		}
		draw(t, page, text, qrcode.Medium, x, y, sizeMM*mm)
	}
	return page, texts
}

func asJPEG(t testing.TB, g *image.Gray, quality int) *image.Gray {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return m.(*image.Gray)
}

func asBlackAndWhite(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		if v > 128 {
			out.Pix[i] = 255
		}
	}
	return out
}

// Every symbol of a sheet is found at 150 dpi and more, whatever an office scanner
// does to it.
func TestSheets(t *testing.T) {
	layouts := []struct {
		count, chars int
		mm           float64
	}{{1, 300, 60}, {2, 450, 60}, {4, 600, 75}, {6, 450, 70}, {6, 600, 70}, {8, 450, 60}, {8, 600, 62}}
	ways := []struct {
		name string
		dpi  float64
		make func(*image.Gray, uint64) *image.Gray
	}{
		{"drawn, 150 dpi", 150, func(g *image.Gray, _ uint64) *image.Gray { return g }},
		{"scanned, 150 dpi", 150, flatbed.Scan},
		{"scanned, 200 dpi", 200, flatbed.Scan},
		{"scanned, 300 dpi", 300, flatbed.Scan},
		{"scanned, 150 dpi, JPEG 75", 150, func(g *image.Gray, s uint64) *image.Gray { return asJPEG(t, flatbed.Scan(g, s), 75) }},
		{"scanned, 150 dpi, JPEG 40", 150, func(g *image.Gray, s uint64) *image.Gray { return asJPEG(t, flatbed.Scan(g, s), 40) }},
		{"scanned, 150 dpi, black and white", 150, func(g *image.Gray, s uint64) *image.Gray { return asBlackAndWhite(flatbed.Scan(g, s)) }},
		{"scanned, 200 dpi, black and white", 200, func(g *image.Gray, s uint64) *image.Gray { return asBlackAndWhite(flatbed.Scan(g, s)) }},
	}
	for wi, way := range ways {
		read, of := 0, 0
		var total, worst time.Duration
		for i, l := range layouts {
			if testing.Short() && i%3 != 1 {
				continue
			}
			seed := uint64(1000*wi + i)
			page, want := sheet(t, rand.New(rand.NewPCG(seed, 1)), way.dpi, l.count, l.chars, l.mm)
			page = way.make(page, seed)
			start := time.Now()
			symbols, err := Symbols(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			total += took
			worst = max(worst, took)
			var got []string
			for _, s := range symbols {
				got = append(got, s.Text)
				if !slices.Contains(want, s.Text) {
					t.Errorf("%s: misread %q", way.name, s.Text)
				}
			}
			n := 0
			for _, text := range want {
				if slices.Contains(got, text) {
					n++
				}
			}
			if n < len(want) || len(got) != n {
				t.Errorf("%s: %d symbols of %d characters at %v mm: read %d, returned %d", way.name, l.count, l.chars, l.mm, n, len(got))
			}
			read, of = read+n, of+len(want)
		}
		t.Logf("%-36s %3d of %3d, slowest page %v", way.name, read, of, worst.Round(time.Millisecond))
	}
}

func TestCornersAndOrder(t *testing.T) {
	page := blank(1000, 1400)
	places := []image.Point{{100, 100}, {600, 105}, {100, 600}}
	for i, at := range places {
		draw(t, page, fmt.Sprint("ZB", i, " ", alphabet), qrcode.Medium, float64(at.X), float64(at.Y), 300)
	}
	symbols, err := Symbols(t.Context(), page)
	if err != nil || len(symbols) != len(places) {
		t.Fatalf("got %d symbols, %v", len(symbols), err)
	}
	for i, s := range symbols {
		if want := fmt.Sprint("ZB", i, " ", alphabet); s.Text != want || s.Format != FormatQR {
			t.Errorf("symbol %d: got %q, want %q", i, s.Text, want)
		}
		for k, d := range []image.Point{{0, 0}, {300, 0}, {300, 300}, {0, 300}} {
			want := places[i].Add(d)
			if got := s.Corners[k]; max(got[0]-want.X, want.X-got[0], got[1]-want.Y, want.Y-got[1]) > 3 {
				t.Errorf("symbol %d, corner %d: got %v, want %v", i, k, got, want)
			}
		}
	}
}

func TestEnoughEndsTheSearch(t *testing.T) {
	page, _ := sheet(t, rand.New(rand.NewPCG(1, 1)), 150, 4, 300, 60)
	asked := 0
	symbols, err := Find(t.Context(), page, Options{Enough: func(s []Symbol) bool { asked++; return len(s) >= 4 }})
	if err != nil || len(symbols) != 4 || asked != 1 {
		t.Errorf("got %d symbols after %d questions, %v", len(symbols), asked, err)
	}
}

func TestSameTextTwiceAtTwoPlaces(t *testing.T) {
	page := blank(900, 500)
	draw(t, page, "EMERGENCY 1", qrcode.Medium, 50, 50, 300)
	draw(t, page, "EMERGENCY 1", qrcode.Medium, 500, 50, 300)
	if symbols, _ := Symbols(t.Context(), page); len(symbols) != 2 {
		t.Errorf("got %d symbols, want 2", len(symbols))
	}
}

func BenchmarkSheet(b *testing.B) {
	for _, dpi := range []float64{150, 200, 300} {
		page, want := sheet(b, rand.New(rand.NewPCG(1, 1)), dpi, 6, 450, 70)
		page = flatbed.Scan(page, 1)
		b.Run(fmt.Sprint(dpi, " dpi, 6 symbols"), func(b *testing.B) {
			for b.Loop() {
				if s, _ := Symbols(context.Background(), page); len(s) != len(want) {
					b.Fatalf("got %d symbols, want %d", len(s), len(want))
				}
			}
		})
	}
}

// turned rotates a page about its middle.
func turned(g *image.Gray, degrees float64) *image.Gray {
	out := blank(g.Rect.Dx(), g.Rect.Dy())
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(g.Rect.Dx())/2, float64(g.Rect.Dy())/2
	p := planeOf(g)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			dx, dy := float64(x)+0.5-cx, float64(y)+0.5-cy
			out.Pix[y*out.Stride+x] = uint8(p.at(cx+dx*cos-dy*sin, cy+dx*sin+dy*cos))
		}
	}
	return out
}
