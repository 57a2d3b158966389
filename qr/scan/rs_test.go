package scan

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/skip2/go-qrcode"
)

func codeword(t *testing.T, r *rand.Rand, n, ec int) []byte {
	t.Helper()
	words := make([]int, n)
	for i := range n - ec {
		words[i] = r.IntN(256)
	}
	if err := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_QR_CODE_FIELD_256).Encode(words, ec); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, n)
	for i, w := range words {
		out[i] = byte(w)
	}
	return out
}

// Whatever twice the errors and the erasures allow is repaired, against another
// implementation's code words.
func TestCorrect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		n := 10 + r.IntN(140)
		ec := 4 + r.IntN(min(n-4, 40))
		want := codeword(t, r, n, ec)
		got := bytes.Clone(want)
		erasures := r.IntN(ec + 1)
		errors := r.IntN((ec-erasures)/2 + 1)
		places := r.Perm(n)
		for _, p := range places[:min(n, erasures)] {
			got[p] = byte(r.IntN(256)) // may be right by chance
		}
		errors = min(errors, max(0, n-erasures))
		for _, p := range places[erasures:][:errors] {
			got[p] ^= byte(1 + r.IntN(255))
		}
		count, ok := correct(got, ec, places[:erasures], 0)
		if !ok || count > errors || !bytes.Equal(got, want) {
			t.Fatalf("%d words, %d check, %d erased, %d wrong: got %v, %d corrected", n, ec, erasures, errors, ok, count)
		}
	}
}

// Noise does not become text: what is spared tells it.
func TestCorrectRefusesNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, ec := range []int{7, 10, 13, 16, 26} {
		for range 20000 {
			b := make([]byte, 26+r.IntN(40))
			for i := range b {
				b[i] = byte(r.IntN(256))
			}
			before := bytes.Clone(b)
			if _, ok := correct(b, ec, nil, spare(ec)); ok {
				t.Fatalf("%d check words: noise was corrected", ec)
			}
			if _, ok := correct(b, ec, r.Perm(len(b))[:ec/2], spareSymbols); ok && ec/2 <= ec-spareSymbols {
				t.Fatalf("%d check words, half erased: noise was corrected", ec)
			}
			if !bytes.Equal(b, before) {
				t.Fatal("a block that was refused was changed")
			}
		}
	}
}

// Layouts are compared with symbols that another library draws.
func TestLayouts(t *testing.T) {
	for v := 1; v <= 40; v++ {
		l := layouts[v]()
		if want := l.tables.GetTotalCodewords(); len(l.order)/8 != want {
			t.Errorf("version %d: %d data modules, want %d codewords", v, len(l.order), want)
		}
		q, err := qrcode.NewWithForcedVersion("0", v, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		q.DisableBorder = true
		bits := q.Bitmap()
		s := &signals{dim: l.dim, v: make([]float32, l.dim*l.dim)}
		for y, row := range bits {
			for x, dark := range row {
				s.v[y*l.dim+x] = -1
				if dark {
					s.v[y*l.dim+x] = 1
				}
			}
		}
		if got := s.agreement(l); got != 1 {
			t.Errorf("version %d: patterns agree %.3f, want 1", v, got)
		}
		if f := s.formats(1)[0]; f.level != decoder.ErrorCorrectionLevel_M {
			t.Errorf("version %d: level %v, want M", v, f.level)
		}
		if text, ok := s.read(l, 1); !ok || text != "0" {
			t.Errorf("version %d: read %q, %v", v, text, ok)
		}
		if v >= 7 && versionBits(version(v)) != uint32(decoder.VERSION_DECODE_INFO[v-7]) {
			t.Errorf("version %d: version bits %x", v, versionBits(version(v)))
		}
	}
}
