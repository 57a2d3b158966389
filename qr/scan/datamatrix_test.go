package scan

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"github.com/zoneblanche/zoneblanche/internal/flatbed"
)

// drawDataMatrix puts a symbol on the page, module pixels a module, on a white patch.
func drawDataMatrix(t *testing.T, page *image.Gray, text string, x, y, module int) {
	t.Helper()
	b, err := datamatrix.NewDataMatrixWriter().EncodeWithoutHint(text, gozxing.BarcodeFormat_DATA_MATRIX, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, h := b.GetWidth()*module, b.GetHeight()*module
	const quiet = 16
	for j := -quiet; j < h+quiet; j++ {
		for i := -quiet; i < w+quiet; i++ {
			v := uint8(255)
			if i >= 0 && j >= 0 && i < w && j < h && b.Get(i/module, j/module) {
				v = 0
			}
			page.Pix[page.PixOffset(x+i, y+j)] = v
		}
	}
}

func TestDataMatrixBesideQR(t *testing.T) {
	page, want := sheet(t, rand.New(rand.NewPCG(8, 8)), 200, 2, 450, 60)
	// The shape of the datamatrix of a national health identity, invented.
	text := "IS010000000000000000000000S1ADRIEN JEAN\x1dS2ADRIEN\x1dS3TEST-DUPONT\x1dS4MS513-05-1951S663220"
	drawDataMatrix(t, page, text, 700, 60, 5)
	want = append(want, text)
	for name, g := range map[string]*image.Gray{"drawn": page, "scanned": flatbed.Scan(page, 3)} {
		symbols, err := Symbols(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range symbols {
			if i := slices.Index(want, s.Text); i < 0 {
				t.Errorf("%s: misread %q", name, s.Text)
			} else if (s.Format == FormatDataMatrix) != (i == 2) {
				t.Errorf("%s: %q is said to be %s", name, s.Text, s.Format)
			} else if c := s.Corners[0]; i == 2 && (max(c[0]-700, 700-c[0]) > 60 || max(c[1]-60, 60-c[1]) > 60) {
				t.Errorf("%s: upper left corner at %v", name, c)
			}
		}
		if len(symbols) != len(want) {
			t.Errorf("%s: got %d symbols, want %d", name, len(symbols), len(want))
		}
	}
}
