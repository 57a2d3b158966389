package compress

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// The dictionary of these tests, and what is compressed with it: small summaries
// by hand, so that the tests do not depend on the dictionary of the format.
const (
	testDictionary = "\xa2\x05\x81\x6cP\xc3\xa9nicilline\x06\x82\x6cParac\xc3\xa9tamol\x6aMetformine" +
		"\xa1\x07\x82\x66Asthme\x70Diab\xc3\xa8te de type"
	testPrior = "\xa1\x05\x81\x6cP\xc3\xa9nicilline"
	testBody  = "\xa2\x05\x81\x6cP\xc3\xa9nicilline\x07\x82\x66Asthme\x68Migraine"
)

var testModel = sync.OnceValue(func() *Model { return NewModel([]byte(testDictionary)) })

func TestRoundTrip(t *testing.T) {
	m := testModel()
	bodies := []string{testBody, "\xa0", "\x80", "\x00", "\x18\x63", "\x60", "\x43\x00\x00\x00", "\xf5",
		"\x9b\x00\x00\x00\x00\x00\x00\x00\x01\x00", "\x61\x00", "\xa1\x00\x00"}
	for _, prior := range []string{"", testPrior} {
		for _, body := range bodies {
			code := m.Compress([]byte(prior), []byte(body))
			got, err := m.Decompress([]byte(prior), code, 1000)
			if err != nil || string(got) != body {
				t.Errorf("%x after %x: got %x, %v", body, prior, got, err)
			}
		}
	}
}

// randomItem writes a random CBOR item.
func randomItem(r *rand.Rand, depth int) []byte {
	head := func(major byte, n int) []byte {
		switch {
		case n < 24:
			return []byte{major<<5 | byte(n)}
		case n < 256:
			return []byte{major<<5 | 24, byte(n)}
		}
		return []byte{major<<5 | 25, byte(n >> 8), byte(n)}
	}
	kind := r.IntN(6)
	if depth == 0 {
		kind = r.IntN(4)
	}
	switch n := r.IntN(300); kind {
	case 0, 1:
		return head(byte(kind), n*r.IntN(2)+r.IntN(10))
	case 2, 3:
		out := head(byte(kind), n)
		for range n {
			out = append(out, byte(r.IntN(4)+'a'))
		}
		return out
	default:
		n = r.IntN(4)
		out := head(byte(kind), n)
		for range n * (kind - 3) {
			out = append(out, randomItem(r, depth-1)...)
		}
		return out
	}
}

func TestEveryItemRoundTrips(t *testing.T) {
	m := testModel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		prior, body := randomItem(r, 3), randomItem(r, 5)
		code := m.Compress(prior, body)
		got, err := m.Decompress(prior, code, len(body))
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if _, err := m.Decompress(prior, code, len(body)-1); !errors.Is(err, ErrTooLong) {
			t.Fatalf("seed %d, one byte too long: got %v", seed, err)
		}
	}
}

// A code is its body's only one, so whatever decodes is what would be written.
func TestOneSpelling(t *testing.T) {
	m := testModel()
	code := m.Compress(nil, []byte(testBody))
	tried := [][]byte{append(slices.Clone(code), 0), append(slices.Clone(code), 1), code[:len(code)-1], {}}
	for i := range code {
		for bit := range 8 {
			flipped := slices.Clone(code)
			flipped[i] ^= 1 << bit
			tried = append(tried, flipped)
		}
	}
	decoded := 0
	for _, c := range tried {
		body, err := m.Decompress(nil, c, 1<<12)
		if err != nil {
			continue
		}
		decoded++
		if again := m.Compress(nil, body); !bytes.Equal(again, c) {
			t.Errorf("%x decodes to what is written %x", c, again)
		}
	}
	if decoded == 0 {
		t.Error("nothing of it decoded: the test tests nothing")
	}
}

// What a program writes today must be what it wrote when the format was frozen.
// The code and the body are those that doc/card-format.md gives.
func TestKnownAnswers(t *testing.T) {
	for _, test := range []struct{ dictionary, prior, body, code string }{
		{"", "", testBody, knownPlain},
		{testDictionary, "", testBody, knownTaught},
		{testDictionary, testPrior, testBody, knownPrior},
	} {
		got := NewModel([]byte(test.dictionary)).Compress([]byte(test.prior), []byte(test.body))
		if fmt.Sprintf("%x", got) != test.code {
			t.Errorf("dictionary of %d bytes, prior of %d: got %x, want %s", len(test.dictionary), len(test.prior), got, test.code)
		}
	}
}

func TestPriorHelps(t *testing.T) {
	m := testModel()
	if alone, after := m.Compress(nil, []byte(testBody)), m.Compress([]byte(testBody), []byte(testBody)); len(after) >= len(alone) {
		t.Errorf("%d bytes alone, %d after the same", len(alone), len(after))
	}
}

// One message learns nothing from another.
func TestModelsDoNotChange(t *testing.T) {
	m := testModel()
	want := m.Compress(nil, []byte(testBody))
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 2))
			m.Compress(nil, randomItem(r, 5))
			if got := m.Compress(nil, []byte(testBody)); !bytes.Equal(got, want) {
				t.Error("another code for the same body")
			}
		})
	}
	wait.Wait()
}

// A short code can stand for a long body: a bomb costs the limit and no more.
func TestBomb(t *testing.T) {
	m := testModel()
	body := append([]byte{0x59, 0x7f, 0xfd}, make([]byte, 32765)...)
	code := m.Compress(nil, body)
	if len(code) > 400 {
		t.Errorf("a bomb of %d bytes: the test is not one", len(code))
	}
	const limit = 32 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := m.Decompress(nil, code, limit); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes of memory", used)
	}
}

func TestSquashAndStretch(t *testing.T) {
	for x := int32(-maxStretch); x < maxStretch; x++ {
		if squash(x) > squash(x+1) || squash(x) < 1 || squash(x+1) > 4095 {
			t.Fatalf("squash(%d) = %d, squash(%d) = %d", x, squash(x), x+1, squash(x+1))
		}
	}
	for p, x := range stretches {
		if x > -maxStretch && squash(x-1) >= int32(p) || squash(x) < int32(p) && x < maxStretch {
			t.Fatalf("stretch(%d) = %d, of which squash is %d", p, x, squash(x))
		}
	}
}

func FuzzDecompress(f *testing.F) {
	m := testModel()
	f.Add([]byte(testPrior), m.Compress([]byte(testPrior), []byte(testBody)))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, prior, code []byte) {
		if len(prior) > 1<<12 || len(code) > 1<<12 {
			t.Skip("longer than any card")
		}
		body, err := m.Decompress(prior, code, 1<<13)
		if err != nil {
			return
		}
		if again := m.Compress(prior, body); !bytes.Equal(again, code) {
			t.Errorf("%x decodes to what is written %x", code, again)
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	m := testModel()
	body := randomItem(rand.New(rand.NewPCG(4, 4)), 6)
	code := m.Compress(nil, body)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := m.Decompress(nil, code, len(body)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewModel(b *testing.B) {
	var dictionary []byte
	r := rand.New(rand.NewPCG(5, 5))
	for len(dictionary) < 64<<10 {
		dictionary = append(dictionary, randomItem(r, 6)...)
	}
	b.SetBytes(int64(len(dictionary)))
	for b.Loop() {
		NewModel(dictionary)
	}
}
