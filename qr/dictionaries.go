package qr

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

// Preset dictionaries: what a French medical summary is likely to say, so that
// saying it costs a reference. A dictionary that was used once is part of the
// format for ever; a better one gets the next id. dictionary/1.txt is what the
// first is built from.

//go:generate go test -run TestDictionaryIsBuiltFromItsSource -update .

//go:embed dictionary/1.bin
var dictionary1 []byte

// currentDictionary is what new cards are written with.
const currentDictionary = 1

// dictionaries holds every dictionary by id, with the SHA-256 that the format
// gives for it. Id 0 is none.
var dictionaries = map[byte]struct {
	data   []byte
	sha256 string
}{
	0: {nil, hash(nil)},
	1: {dictionary1, "d1a0069de751da222e2cb05afc2495273330b0b605d2c4871ca741630f87c886"},
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
