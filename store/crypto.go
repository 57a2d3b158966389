package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sizes of the pieces of a sealed value: a random nonce, the text, a tag.
const (
	nonceSize = chacha20poly1305.NonceSizeX
	sealExtra = nonceSize + chacha20poly1305.Overhead
	wrapSize  = sealExtra + keySize
)

// keys are the working keys, all derived from the store key: what one of them is
// used for never weakens another.
type keys struct {
	id        [8]byte // names the store key in the journal without telling it
	periods   []byte  // seals the period keys in their file
	sign      []byte  // seed of the key that signs heads and exports
	rows      []byte  // seals rows that change: head, items, attempts
	pseudonym []byte  // of patients, in the index
	content   []byte  // of consultations, to compare them; never stored
	handover  []byte  // seed of the key that packages are sealed to
}

func subkey(store []byte, use string, size int) []byte {
	k, err := hkdf.Key(sha256.New, store, nil, "zoneblanche store 1 "+use, size)
	if err != nil {
		panic(err) // only for a size that no caller here asks for
	}
	return k
}

func deriveKeys(store []byte) *keys {
	k := &keys{
		periods:   subkey(store, "periods", keySize),
		sign:      subkey(store, "sign", keySize),
		rows:      subkey(store, "rows", keySize),
		pseudonym: subkey(store, "pseudonym", keySize),
		content:   subkey(store, "content", keySize),
		handover:  subkey(store, "handover", keySize),
	}
	copy(k.id[:], subkey(store, "key id", len(k.id)))
	return k
}

// keyCheck is what the key's own file carries to notice a typing error.
func keyCheck(store []byte) []byte { return subkey(store, "file check", 4) }

// seal encrypts text with a fresh random nonce of 192 bits, which one key may
// draw for as many values as a journal will ever hold.
func seal(key, text, associated []byte) []byte {
	return appendSealed(make([]byte, 0, len(text)+sealExtra), key, text, associated)
}

// appendSealed appends what seal returns to out.
func appendSealed(out, key, text, associated []byte) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for a key of the wrong size
	}
	at := len(out)
	out = append(out, make([]byte, nonceSize)...)
	if _, err := rand.Read(out[at:]); err != nil {
		panic(err) // documented never to happen
	}
	return aead.Seal(out, out[at:], text, associated)
}

// unseal is the inverse of seal. The text never shares memory with sealed, which
// may be a mapped page.
func unseal(key, sealed, associated []byte) ([]byte, error) {
	if len(sealed) < sealExtra {
		return nil, errShape
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], associated)
	if err != nil {
		return nil, errFlipped
	}
	return text, nil
}

// associate builds associated data: the journal, the kind of value, and where it
// lives. Parts are preceded by their lengths, so that no two lists look alike.
func associate(journal [16]byte, kind string, parts ...[]byte) []byte {
	ad := append([]byte("zoneblanche 1\x00"), journal[:]...)
	ad = append(append(ad, byte(len(kind))), kind...)
	for _, p := range parts {
		ad = append(binary.BigEndian.AppendUint32(ad, uint32(len(p))), p...)
	}
	return ad
}

// keyed is an HMAC over parts, with the same framing.
func keyed(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		mac.Write(n[:])
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}
