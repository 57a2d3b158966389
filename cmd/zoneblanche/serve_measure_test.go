package main

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/capture"
	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/record"
)

// wound is a mark of 3 mm, whose middle is a place that is known.
var wound = [][]bool{{true}}

// origin is where on a large sheet the page begins: no border of it is in the picture.
const origin = 120.0

// marks are the middles of the marks in mm of the sheet, left of the code.
var marks = []ruler.Point{{X: 30, Y: 40}, {X: 30, Y: 74}, {X: 55, Y: 90}, {X: 60, Y: 30}}

// summaryOf is a sample patient's summary.
func summaryOf(t *testing.T, patient string) *record.Summary {
	t.Helper()
	data, err := os.ReadFile(patientFile(patient))
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := (&sheetPrinter{}).Import(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	s.Sort()
	return s
}

// declaredCode is the emergency code of a patient's declared card.
func declaredCode(t *testing.T, patient string) string {
	t.Helper()
	card, err := qr.Encode(summaryOf(t, patient), qr.EncodeOptions{Declared: true, IssuedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return card.Symbols[0].Text
}

// markedSheet is a code, as large as on a sheet, with marks beside it.
func markedSheet(t *testing.T, text string) capture.Sheet {
	t.Helper()
	symbol, err := qr.NewSymbol(text)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := symbol.Modules()
	if err != nil {
		t.Fatal(err)
	}
	sheet := capture.Sheet{W: 450, H: 400, Codes: []capture.Code{{Modules: modules, X: origin + 90, Y: origin + 30, Size: emergencySizeMM}}}
	for _, m := range marks {
		sheet.Codes = append(sheet.Codes, capture.Code{Modules: wound, X: origin + m.X - 1.5, Y: origin + m.Y - 1.5, Size: 3})
	}
	return sheet
}

// woundShot photographs it, from some side.
func woundShot(sheet capture.Sheet, seed uint64) (*image.Gray, float64) {
	r := rand.New(rand.NewPCG(seed, 11))
	shot := capture.Shot{
		Sheet: sheet, Printer: capture.Printer{Gain: 20}, Paper: capture.Paper{White: 0.86, Fibre: 0.008},
		Pose: capture.Pose{W: 1600, H: 1200, View: 1.15, Scale: 5 + 1.5*r.Float64(), X: origin + 95, Y: origin + 60,
			Tilt: 35 * r.Float64() * math.Pi / 180, Toward: 2 * math.Pi * r.Float64(), Roll: 2 * math.Pi * r.Float64(), Barrel: 0.01 * r.Float64()},
		Lens: capture.Lens{Sigma: 0.7}, Sensor: capture.Sensor{Exposure: 0.8, Noise: 0.01},
	}
	return shot.Take(r), shot.Pose.Scale
}

func jpegOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// distances are all that lie between points, in order.
func distances(points []ruler.Point, between func(a, b ruler.Point) float64) (all []float64) {
	for i, a := range points {
		for _, b := range points[:i] {
			all = append(all, between(a, b))
		}
	}
	slices.Sort(all)
	return all
}

// blobs are the middles of what is dark and about as large as a mark.
func blobs(g *image.Gray, least, most int) (middles []ruler.Point) {
	seen := make([]bool, len(g.Pix))
	w := g.Rect.Dx()
	for start := range g.Pix {
		if seen[start] || g.Pix[start] > 90 {
			continue
		}
		var n, sx, sy int
		seen[start] = true
		for stack := []int{start}; len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			n, sx, sy = n+1, sx+at%w, sy+at/w
			for _, next := range []int{at - 1, at + 1, at - w, at + w} {
				if next >= 0 && next < len(g.Pix) && !seen[next] && g.Pix[next] <= 90 {
					seen[next] = true
					stack = append(stack, next)
				}
			}
		}
		if n >= least && n <= most {
			middles = append(middles, ruler.Point{X: float64(sx) / float64(n), Y: float64(sy) / float64(n)})
		}
	}
	return middles
}

// outside leaves out what lies within the box around a code.
func outside(points []ruler.Point, corners [4]ruler.Point) []ruler.Point {
	low, high := corners[0], corners[0]
	for _, c := range corners {
		low.X, low.Y, high.X, high.Y = min(low.X, c.X), min(low.Y, c.Y), max(high.X, c.X), max(high.Y, c.Y)
	}
	return slices.DeleteFunc(points, func(p ruler.Point) bool {
		return p.X > low.X && p.X < high.X && p.Y > low.Y && p.Y < high.Y
	})
}

// measureRuns is how many photographs are measured: some to see that it works, more for
// the figures of doc/pages.md.
var measureRuns = flag.Int("measure-runs", 3, "how many photographs of a sheet are measured")

// Known lengths beside a code of known size, photographed from various sides, are what
// is measured, within what is said.
func TestMeasuringInAPhotograph(t *testing.T) {
	text := declaredCode(t, "plaie-chronique-photographies")
	sheet := markedSheet(t, text)
	want := distances(marks, func(a, b ruler.Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) })
	var errs, said []float64
	for i := range *measureRuns {
		shot, scale := woundShot(sheet, uint64(i+1))
		w, h, codes, err := new(desk).Codes(context.Background(), jpegOf(t, shot))
		if err != nil || w != 1600 || h != 1200 || len(codes) != 1 || codes[0].Text != text {
			t.Fatalf("photograph %d: %d×%d, %d codes, %v", i, w, h, len(codes), err)
		}
		rule, err := ruler.New(codes[0].Corners, emergencySizeMM, 0.01)
		if err != nil {
			t.Fatalf("photograph %d: %v", i, err)
		}
		side := scale * 3
		found := outside(blobs(shot, int(side*side/3), int(side*side*1.6)), codes[0].Corners)
		if len(found) != len(marks) {
			t.Logf("photograph %d: %d of %d marks are in it", i, len(found), len(marks))
			continue
		}
		got := distances(found, func(a, b ruler.Point) float64 {
			l, err := rule.Between(a, b, 1)
			if err != nil {
				t.Errorf("photograph %d: %v, %+v", i, err, l)
			}
			said = append(said, l.Within)
			return l.MM
		})
		for k := range want {
			errs = append(errs, math.Abs(got[k]-want[k]))
		}
	}
	if len(errs) < 6**measureRuns/2 {
		t.Fatalf("only %d lengths were measured", len(errs))
	}
	slices.Sort(errs)
	slices.Sort(said)
	t.Logf("%d lengths of 30 to 60 mm: error median %.2f mm, 95th percentile %.2f, largest %.2f; said to be within %.2f (median)",
		len(errs), errs[len(errs)/2], errs[len(errs)*95/100], errs[len(errs)-1], said[len(said)/2])
	if largest := errs[len(errs)-1]; largest > said[0] {
		t.Errorf("off by %.2f mm, said to be within %.2f", largest, said[0])
	}
}

// Each further code of a card belongs to it beside the emergency code alone: that is how
// the page knows a code in a photograph for the patient's own.
func TestEachCodeBelongsToItsCard(t *testing.T) {
	card, err := qr.Encode(summaryOf(t, "ehpad-neuf-traitements"), qr.EncodeOptions{Declared: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(card.Symbols) < 3 {
		t.Fatalf("%d codes", len(card.Symbols))
	}
	other := declaredCode(t, "aucune-allergie-connue")
	for i, s := range append(card.Symbols[1:], qr.Symbol{Text: other}) {
		belongs := false
		for _, r := range (qr.Reader{}).Read([]string{card.Symbols[0].Text, s.Text}) {
			if r.Summary != nil && bytes.Equal(r.CardID, card.ID) {
				belongs = slices.Contains(r.Texts, s.Text)
			}
		}
		if belongs != (s.Text != other) {
			t.Errorf("code %d of %d: belongs %v", i+2, len(card.Symbols), belongs)
		}
	}
}

// The sizes that photographs are measured by are those that sheets are printed at.
func TestCodesAreAsLargeAsSaid(t *testing.T) {
	data := practice(t)
	pdf, err := os.ReadFile(sheetOf(t, data, "ehpad-neuf-traitements", "--wallet"))
	if err != nil {
		t.Fatal(err)
	}
	const dpi = 150
	pages, err := picture.RenderPDF(t.Context(), pdf, dpi)
	if err != nil {
		t.Fatal(err)
	}
	sizes := new(desk).Sizes()
	emergency := map[int]bool{}
	first := ""
	for i, page := range pages {
		_, _, codes, err := new(desk).Codes(t.Context(), jpegOf(t, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range codes {
			if first == "" {
				first = c.Text
			}
			side := math.Hypot(c.Corners[0].X-c.Corners[1].X, c.Corners[0].Y-c.Corners[1].Y) / dpi * 25.4
			near := func(want float64) bool { return math.Abs(side-want) < 0.4 }
			switch {
			case c.Text != first && (side < sizes.FullMin-0.4 || side > sizes.FullMax+0.4):
				t.Errorf("page %d: a code of %.1f mm", i+1, side)
			case c.Text == first && near(sizes.Emergency), c.Text == first && near(sizes.Wallet):
				emergency[int(math.Round(side))] = true
			case c.Text == first:
				t.Errorf("page %d: the emergency code at %.1f mm", i+1, side)
			}
		}
	}
	if len(emergency) != 2 {
		t.Errorf("the emergency code at %v mm", emergency)
	}
}
