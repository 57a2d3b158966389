package scan

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/skip2/go-qrcode"

	"github.com/zoneblanche/zoneblanche/internal/capture"
)

// Frames of the recommended layout, a few of each degradation and of seeds that
// served tuning. bench/reading measures many more, of seeds that did not.
func TestGenerated(t *testing.T) {
	read, of := 0, 0
	for _, k := range capture.Kinds() {
		for seed := range uint64(2) {
			seed += 100
			r := rand.New(rand.NewPCG(seed, 0x5e7))
			text := randomText(r, 450+r.IntN(151))
			q, err := qrcode.New(text, qrcode.Medium)
			if err != nil {
				t.Fatal(err)
			}
			q.DisableBorder = true
			img, px := k.Frame(capture.Around(q.Bitmap(), 72), capture.Webcam, seed)
			symbols, err := Symbols(t.Context(), img)
			if err != nil {
				t.Fatal(err)
			}
			of++
			switch {
			case len(symbols) == 0:
				t.Logf("%s, seed %d, %.1f pixels a module: not read", k.Name, seed, px)
			case len(symbols) > 1 || symbols[0].Text != text:
				t.Errorf("%s, seed %d: misread %v", k.Name, seed, symbols)
			default:
				read++
			}
		}
	}
	// One of them may be beyond reading on an architecture that rounds otherwise.
	if read < of-1 {
		t.Errorf("read %d of %d", read, of)
	}
}

// What is tried on a block of noise passes for a correction less often than once in a
// thousand million times, whatever the version and the level: the share of all words
// that lie within reach of some codeword, erasures included.
func TestChance(t *testing.T) {
	const most = -9.0 // power of ten
	for v := 1; v <= 40; v++ {
		l := layouts[v]()
		n := l.tables.GetTotalCodewords()
		for _, level := range levels {
			bs, ok := blocks(l, level, make([]byte, n), make([]byte, n))
			if !ok {
				t.Fatalf("version %d: no blocks", v)
			}
			for _, b := range bs {
				if c := chance(len(b.words), b.ec, 0, spare(b.ec)); c > most {
					t.Errorf("version %d, level %v: 1e%.1f", v, level, c)
				}
				for _, erased := range erasures(b.ec) {
					if c := chance(len(b.words), b.ec, erased, spareSymbols); c > most {
						t.Errorf("version %d, level %v, %d erased: 1e%.1f", v, level, erased, c)
					}
				}
			}
		}
	}
}

var levels = []decoder.ErrorCorrectionLevel{decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
	decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H}

// chance is the share of words of n bytes that are corrected when some positions are
// taken for erased and some check symbols must be left over, as a power of ten.
func chance(n, ec, erased, spare int) float64 {
	errors := float64((ec - erased - spare) / 2)
	gamma := func(v float64) float64 { g, _ := math.Lgamma(v + 1); return g / math.Ln10 }
	rest := float64(n - erased)
	return gamma(rest) - gamma(errors) - gamma(rest-errors) + errors*math.Log10(255) - float64(ec-erased)*math.Log10(256)
}
