package trust

import (
	"bytes"
	"crypto"
	"log/slog"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Root is the secret key that signs trust lists. It is kept offline, away from
// the machines that print and read. Its fields are for reading.
type Root struct {
	Key    record.Key
	Signer crypto.Signer
}

// NewRoot makes a root. The zero algorithm means Ed25519. Its file tells when it
// was made. It has no end: a root is replaced, never left to expire where nobody
// can reach it.
func NewRoot(alg record.Algorithm, now time.Time) (*Root, error) {
	key, signer, err := generate(alg)
	if err != nil {
		return nil, refused("make root", "algorithm", err)
	}
	key.NotBefore = now.UTC().Truncate(time.Second)
	return &Root{Key: key, Signer: signer}, nil
}

// Fingerprint is the SHA-256 of the public key: what readers pin, and what
// [Words] says aloud.
func (r *Root) Fingerprint() []byte {
	fingerprint, err := fingerprintOf(r.Key)
	if err != nil {
		return nil
	}
	return fingerprint
}

// String and its like keep the secret out of logs and messages.
func (r Root) String() string { return "[root key]" }

// GoString keeps the secret out of %#v.
func (r Root) GoString() string { return r.String() }

// LogValue keeps the secret out of logs.
func (r Root) LogValue() slog.Value { return slog.StringValue(r.String()) }

// wordCount is how many words stand for a fingerprint. Eight bits each, they
// carry 64: enough that nobody makes a second key that says the same, few enough
// to be read over a telephone.
const wordCount = 8

// Words says the beginning of a fingerprint in eight common words, to compare by
// telephone or letter. A fingerprint that is too short has none.
func Words(fingerprint []byte) string {
	if len(fingerprint) < wordCount {
		return ""
	}
	said := make([]string, wordCount)
	for i := range said {
		said[i] = words[fingerprint[i]]
	}
	return strings.Join(said, " ")
}

// SameWords reports whether said, as a person typed it, stands for fingerprint.
func SameWords(said string, fingerprint []byte) bool {
	want := Words(fingerprint)
	return want != "" && strings.Join(strings.Fields(strings.ToLower(said)), " ") == want
}

func (r *Root) signed(fingerprint []byte) bool { return bytes.Equal(r.Fingerprint(), fingerprint) }
