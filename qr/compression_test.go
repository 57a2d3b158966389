package qr

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// A dictionary that changed by one byte would make printed cards unreadable.
func TestDictionariesAreTheOnesOfTheFormat(t *testing.T) {
	for id, d := range dictionaries {
		sum := sha256.Sum256(d.data)
		if got := hex.EncodeToString(sum[:]); got != d.sha256 {
			t.Errorf("dictionary %d: got SHA-256 %s, want %s", id, got, d.sha256)
		}
	}
}
