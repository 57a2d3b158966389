package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func TestWordsAreDistinctAndPlain(t *testing.T) {
	starts := map[string]string{}
	for i, w := range words {
		if len(w) < 4 || len(w) > 10 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("word %d: got %q, want 4 to 10 unaccented lower-case letters", i, w)
			continue
		}
		if other, ok := starts[w[:4]]; ok {
			t.Errorf("%q and %q begin alike", w, other)
		}
		starts[w[:4]] = w
	}
	if len(starts) != 256 {
		t.Errorf("got %d words, want 256", len(starts))
	}
	if !slices.IsSorted(words[:]) {
		t.Error("the words are not in alphabetical order")
	}
}

// Fingerprints are written down on paper: the list must never change.
func TestWordsNeverChange(t *testing.T) {
	sum := sha256.Sum256([]byte(strings.Join(words[:], "\n")))
	const want = "21d9caf711aefd7f325a60abe2a2fb546080f87c5353b5aa402d3f3d7ccf4cc1"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got a word list with SHA-256 %s, want %s", got, want)
	}
}

func TestWordsOfAFingerprint(t *testing.T) {
	fingerprint := make([]byte, 32)
	copy(fingerprint, []byte{0, 1, 2, 3, 252, 253, 254, 255})
	const want = "abeille abricot aiguille album volcan voyage wagon yaourt"
	if got := Words(fingerprint); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !SameWords("  Abeille abricot AIGUILLE album\nvolcan voyage wagon yaourt ", fingerprint) {
		t.Error("words typed with other case and spaces are not recognised")
	}
	if SameWords("abeille abricot aiguille album volcan voyage wagon wagon", fingerprint) {
		t.Error("a wrong word is accepted")
	}
	if got := Words(nil); got != "" || SameWords("", nil) {
		t.Errorf("got %q for no fingerprint, want nothing", got)
	}
}
