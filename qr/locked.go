package qr

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/zoneblanche/zoneblanche/record"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// A locked message is a COSE_Encrypt0 (RFC 9052, section 5.2), tagged 16, around
// the whole signed full message. Its key comes from the patient's code alone:
// nobody needs a key of anybody else to read a card.
//
// Everything that a second spelling could vary is fixed: the algorithm, the two
// parameters of the unprotected header and their lengths. The emergency message
// enters both the key's salt and the associated data, so that a locked message
// opens beside its own emergency message and no other.

// lockedByte is the first byte of a locked message, the CBOR tag 16.
const lockedByte = 0xd0

// Argon2id (RFC 9106, version 0x13), fixed by the version of the format: three
// passes over 64 MiB, one lane. It takes some tenths of a second on a small
// laptop, and runs only when a person has typed a code.
const (
	argonPasses    = 3
	argonKiB       = 64 << 10
	argonLanes     = 1
	lockKeySize    = chacha20poly1305.KeySize
	lockNonceSize  = chacha20poly1305.NonceSize
	lockTagSize    = chacha20poly1305.Overhead
	maxDerivations = 4
)

// lockContext begins what is authenticated besides a locked message.
const lockContext = "Zone Blanche patient code 1"

// lockProtected is the protected header: the algorithm, ChaCha20/Poly1305 (24).
var lockProtected = []byte{0xa1, 0x01, 0x18, 0x18}

// The remaining parts of the structure that wire.go has no name for.
const (
	majorTag       = 6
	tagEncrypt0    = 16
	labelKeyID     = 4
	labelIV        = 5
	lockHeadFixed  = 28 // bytes before the ciphertext's own head
	lockHintOffset = 10
	lockIVOffset   = 16
)

var (
	errLocked    = errors.New("locked message: not the COSE_Encrypt0 of a card")
	errWrongCode = errors.New("locked message: the code does not open it")
)

// lockedMessage is a parsed locked message.
type lockedMessage struct {
	// hint is the beginning of the card's id, for naming whose it is; what binds is
	// the associated data.
	hint       [hintSize]byte
	nonce      [lockNonceSize]byte
	ciphertext []byte // with its tag
}

func (m lockedMessage) bytes() []byte {
	var e encoder
	e.head(majorTag, tagEncrypt0)
	e.head(majorArray, 3)
	e.bytes(lockProtected)
	e.head(majorMap, 2)
	e.int(labelKeyID)
	e.bytes(m.hint[:])
	e.int(labelIV)
	e.bytes(m.nonce[:])
	e.bytes(m.ciphertext)
	return e.b
}

// lockedSize returns how many bytes a signed message of n bytes takes once locked.
func lockedSize(n int) int {
	return len(lockedMessage{ciphertext: make([]byte, n+lockTagSize)}.bytes())
}

// parseLocked reads raw without opening it. It accepts one spelling only.
func parseLocked(raw []byte) (lockedMessage, error) {
	if len(raw) <= lockHeadFixed {
		return lockedMessage{}, errLocked
	}
	var m lockedMessage
	copy(m.hint[:], raw[lockHintOffset:])
	copy(m.nonce[:], raw[lockIVOffset:])
	d := decoder{data: raw, pos: lockHeadFixed}
	var err error
	if m.ciphertext, err = d.bytes(); err != nil || len(m.ciphertext) <= lockTagSize || !bytes.Equal(m.bytes(), raw) {
		return lockedMessage{}, errLocked
	}
	return m, nil
}

// lock is a key for one card, with what is authenticated besides the message.
type lock struct {
	aead cipher.AEAD
	aad  []byte
}

// newLock derives the key of the card whose emergency message is raw. It takes
// 64 MiB of memory and some tenths of a second.
func newLock(code PatientCode, card [cardIDSize]byte, emergency []byte) (*lock, error) {
	hash := sha256.Sum256(emergency)
	external := append(append([]byte(lockContext), card[:]...), hash[:]...)
	salt := sha256.Sum256(external)
	key := argon2.IDKey(code.text[:], salt[:], argonPasses, argonKiB, argonLanes, lockKeySize)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	// Enc_structure of RFC 9052, section 5.3.
	var e encoder
	e.head(majorArray, 3)
	e.text("Encrypt0")
	e.bytes(lockProtected)
	e.bytes(external)
	return &lock{aead, e.b}, nil
}

// close locks a signed full message. The nonce is random: a card printed again
// under the same id, at the same second and with the same code would otherwise
// use one twice.
func (l *lock) close(random io.Reader, card [cardIDSize]byte, signed []byte) ([]byte, error) {
	m := lockedMessage{hint: [hintSize]byte(card[:hintSize])}
	if _, err := io.ReadFull(random, m.nonce[:]); err != nil {
		return nil, err
	}
	m.ciphertext = l.aead.Seal(nil, m.nonce[:], signed, l.aad)
	return m.bytes(), nil
}

// open returns the signed message inside, of which nothing is believed yet.
func (l *lock) open(m lockedMessage) ([]byte, error) {
	signed, err := l.aead.Open(nil, m.nonce[:], m.ciphertext, l.aad)
	if err != nil {
		return nil, errWrongCode
	}
	return signed, nil
}

// onlyCounts reports whether an emergency message that leaves out allergies and
// treatments at the person's wish does so: it counts them, and names none.
func onlyCounts(s *record.Summary) bool {
	return s.Allergies.Len()+s.Medications.Len() == 0 && s.Allergies.Omitted+s.Medications.Omitted > 0
}

// withhold divides a summary as [record.Split] does, but for allergies and
// treatments: the emergency message counts them, and the rest carries them.
func withhold(s *record.Summary, fits func(*record.Summary) (bool, error)) (emergency, rest *record.Summary, err error) {
	open := *s
	open.Allergies = record.Section[record.Allergy]{None: s.Allergies.None}
	open.Medications = record.Section[record.Medication]{None: s.Medications.None}
	counted := func(e *record.Summary) *record.Summary {
		c := *e
		c.Allergies.Omitted = s.Allergies.Omitted + s.Allergies.Len()
		c.Medications.Omitted = s.Medications.Omitted + s.Medications.Len()
		return &c
	}
	emergency, rest, err = record.Split(&open, func(e *record.Summary) (bool, error) { return fits(counted(e)) })
	if err != nil {
		return nil, nil, err
	}
	rest.Allergies, rest.Medications = s.Allergies, s.Medications
	rest.Allergies.None, rest.Medications.None = false, false
	return counted(emergency), rest, nil
}
