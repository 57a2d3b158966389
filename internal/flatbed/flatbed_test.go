package flatbed

import (
	"bytes"
	"image"
	"image/color"
	"testing"
)

func checks(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if (x/40+y/40)%2 == 0 {
				g.SetGray(x, y, color.Gray{255})
			}
		}
	}
	return g
}

func TestSameSeedSameScan(t *testing.T) {
	page := checks(300, 400)
	a, b, c := Scan(page, 7), Scan(page, 7), Scan(page, 8)
	if !bytes.Equal(a.Pix, b.Pix) {
		t.Error("the same seed gave two scans")
	}
	if bytes.Equal(a.Pix, c.Pix) {
		t.Error("two seeds gave the same scan")
	}
	if a.Rect != page.Rect {
		t.Errorf("got %v, want %v", a.Rect, page.Rect)
	}
}

func TestScanLooksLikePaper(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for y := 100; y < 300; y++ {
		for x := 100; x < 300; x++ {
			page.SetGray(x, y, color.Gray{0})
		}
	}
	for seed := range uint64(20) {
		s := Scan(page, seed)
		mean := func(r image.Rectangle) (m float64, spread int) {
			lo, hi, sum := 255, 0, 0
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					v := int(s.GrayAt(x, y).Y)
					sum += v
					lo, hi = min(lo, v), max(hi, v)
				}
			}
			return float64(sum) / float64(r.Dx()*r.Dy()), hi - lo
		}
		light, a := mean(image.Rect(40, 40, 80, 80))
		dark, b := mean(image.Rect(150, 150, 250, 250))
		if light < 215 || light > 250 || dark < 15 || dark > 60 {
			t.Errorf("seed %d: paper %.0f, toner %.0f", seed, light, dark)
		}
		if a < 4 || a > 60 || b < 15 || b > 120 {
			t.Errorf("seed %d: noise spans %d on paper and %d on toner", seed, a, b)
		}
	}
}

func TestOddSizes(t *testing.T) {
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 1, 1), image.Rect(5, 5, 6, 90), image.Rect(-3, -3, 40000, -1)} {
		if got := Scan(image.NewGray(r), 1).Rect; got.Dx() != r.Dx() || got.Dy() != r.Dy() {
			t.Errorf("got %v for %v", got, r)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	for name, r := range map[string]image.Rectangle{"A4 at 150 dpi": image.Rect(0, 0, 1240, 1754), "A4 at 200 dpi": image.Rect(0, 0, 1654, 2339)} {
		page := checks(r.Dx(), r.Dy())
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Scan(page, 1)
			}
		})
	}
}
