package scan

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/flatbed"
	"github.com/zoneblanche/zoneblanche/qr/picture"
)

// printed makes a PDF of one A4 page with six symbols drawn as rectangles.
func printed(t testing.TB) ([]byte, []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	p := fpdf.New("P", "mm", "A4", "")
	p.AddPage()
	p.SetFont("Helvetica", "", 9)
	var texts []string
	for i := range 6 {
		text := "ZB1:" + randomText(r, 446)
		texts = append(texts, text)
		q, err := qrcode.New(text, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		q.DisableBorder = true
		bits := q.Bitmap()
		x0, y0, m := 23+float64(i%2)*94, 20+float64(i/2)*90, 70/float64(len(bits))
		p.Text(x0, y0-5, "Code de la synthese medicale, a presenter au medecin")
		for y, row := range bits {
			for x := 0; x < len(row); x++ {
				n := 0
				for x+n < len(row) && row[x+n] {
					n++
				}
				if n > 0 {
					p.Rect(x0+float64(x)*m, y0+float64(y)*m, float64(n)*m, m, "F")
				}
				x += n
			}
		}
	}
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), texts
}

// From a PDF to paper, under a scanner, and back to text.
func TestPaper(t *testing.T) {
	pdf, want := printed(t)
	slices.Sort(want)
	for _, dpi := range []int{150, 200, 300} {
		pages, err := picture.RenderPDF(t.Context(), pdf, dpi)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(4) {
			symbols, err := Symbols(t.Context(), flatbed.Scan(pages[0], seed))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range symbols {
				got = append(got, s.Text)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d dpi, seed %d: read %d of %d", dpi, seed, len(got), len(want))
			}
		}
	}
}

func BenchmarkPaper(b *testing.B) {
	pdf, want := printed(b)
	read := func(b *testing.B, open func() *picture.File) {
		for b.Loop() {
			f := open()
			page, err := f.Page(b.Context(), 0)
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
			if s, _ := Symbols(b.Context(), page); len(s) != len(want) {
				b.Fatalf("got %d symbols, want %d", len(s), len(want))
			}
		}
	}
	b.Run("PDF drawn at 200 dpi and read", func(b *testing.B) {
		read(b, func() *picture.File {
			f, err := picture.OpenBytes(b.Context(), pdf, picture.Options{DPI: 200})
			if err != nil {
				b.Fatal(err)
			}
			return f
		})
	})
	pages, err := picture.RenderPDF(b.Context(), pdf, 200)
	if err != nil {
		b.Fatal(err)
	}
	scanned := flatbed.Scan(pages[0], 1)
	b.Run("page scanned at 200 dpi, in memory", func(b *testing.B) {
		for b.Loop() {
			if s, _ := Symbols(b.Context(), scanned); len(s) != len(want) {
				b.Fatalf("got %d symbols, want %d", len(s), len(want))
			}
		}
	})
}
