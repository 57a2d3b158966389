package qr

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"time"

	"github.com/veraison/go-cose"
	"github.com/zoneblanche/zoneblanche/record"
)

// A message is a COSE_Sign1 (RFC 9052, section 4.2), tagged 18. Its protected
// header holds the algorithm, its unprotected header is empty, and its payload is
// a few bytes of ours, the head, before a compressed body. The head is no header
// parameter because the label of one for private use takes five bytes, and the
// signature covers the payload as well.
//
// What a reader must know besides, and nothing else, is said once: an issuer's
// emergency message names its key in the protected header, one that a patient
// declares carries it in its head, and a full message says nothing of its key, of
// its card or of its time, because the emergency message that it names says it.

// signingContext is what every signature covers besides the message (external_aad), so
// that a signature made for anything else is none of ours.
var signingContext = []byte("Zone Blanche card 1")

// kind is what a message is for. It is the first byte of what is signed, so that
// a message never passes for one of another kind.
type kind byte

const (
	kindEmergency kind = 1
	kindFull      kind = 2 // of either emergency message
	kindDeclared  kind = 3 // an emergency message that a patient signs (declared.go)
)

// The byte of an emergency message that holds the number of parts holds two flags
// as well. What they say decides what a reader may expect of the full message, and
// the signature covers it.
const (
	flagLocked   = 0x80
	flagWithheld = 0x40
)

const (
	cardIDSize    = 8
	bindingSize   = 8
	signatureSize = 64

	// maxFullParts is the largest number of data symbols of a full message.
	maxFullParts = maxSymbols - 2
)

// epoch is where the four bytes of an issuing time begin; they last until 2156.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// head is what must be known of a message before its body is read.
type head struct {
	kind       kind
	dictionary byte

	// Of a full message: the beginning of the SHA-256 of the emergency message that
	// it belongs to.
	binding [bindingSize]byte

	// Of an emergency message.
	issued time.Time // to the second
	card   [cardIDSize]byte
	parts  int // how many data symbols the full message takes; 0: there is none
	// locked says that the full message opens with the patient's code only
	// (locked.go); withheld that allergies and treatments are in it as well, at the
	// person's wish, and only counted here.
	locked, withheld bool
	self             [ed25519.PublicKeySize]byte // the key, when declared
}

var (
	errMessage   = errors.New("message: not the COSE_Sign1 of a card")
	errHead      = errors.New("message: not a head of this version")
	errAlgorithm = errors.New("message: algorithm and key do not fit")
	errSignature = errors.New("message: the signature does not hold")
	errIssued    = errors.New("message: an issuing time that a card cannot hold")
)

// declared says that nobody vouches for an emergency message.
func (h head) declared() bool { return h.kind == kindDeclared }

// size returns how many bytes the head takes, 0 for an unknown kind.
func (h head) size() int {
	switch h.kind {
	case kindEmergency:
		return 1 + 1 + 4 + cardIDSize + 1
	case kindDeclared:
		return 1 + 1 + 4 + cardIDSize + 1 + len(h.self)
	case kindFull:
		return 1 + 1 + bindingSize
	}
	return 0
}

func (h head) bytes() []byte {
	b := append(make([]byte, 0, h.size()), byte(h.kind), h.dictionary)
	if h.kind == kindFull {
		return append(b, h.binding[:]...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(h.issued.Sub(epoch)/time.Second))
	b = append(b, h.card[:]...)
	parts := byte(h.parts)
	if h.locked {
		parts |= flagLocked
	}
	if h.withheld {
		parts |= flagWithheld
	}
	b = append(b, parts)
	if h.declared() {
		b = append(b, h.self[:]...)
	}
	return b
}

// parseHead reads the head of a payload, and returns the body that follows.
func parseHead(payload []byte) (h head, body []byte, err error) {
	if len(payload) < 2 {
		return head{}, nil, errHead
	}
	h.kind, h.dictionary = kind(payload[0]), payload[1]
	size := h.size()
	if size == 0 || len(payload) < size {
		return head{}, nil, errHead
	}
	rest, body := payload[2:size], payload[size:]
	if h.kind == kindFull {
		copy(h.binding[:], rest)
		return h, body, nil
	}
	h.issued = epoch.Add(time.Duration(binary.BigEndian.Uint32(rest)) * time.Second)
	rest = rest[4:]
	rest = rest[copy(h.card[:], rest):]
	if err := h.parseParts(rest[0]); err != nil {
		return head{}, nil, err
	}
	copy(h.self[:], rest[1:]) // nothing when it is not declared
	return h, body, nil
}

// parseParts reads the byte that holds the number of parts and the flags. There is
// nothing to lock without a full message, and leaving allergies out in the open
// would only hide that somebody removed them.
func (h *head) parseParts(b byte) error {
	h.locked, h.withheld = b&flagLocked != 0, b&flagWithheld != 0
	h.parts = int(b &^ (flagLocked | flagWithheld))
	if h.parts > maxFullParts || h.locked && h.parts == 0 || h.withheld && !h.locked {
		return errHead
	}
	return nil
}

// bind returns what a full message says of the emergency message it belongs to.
func bind(emergency []byte) (b [bindingSize]byte) {
	sum := sha256.Sum256(emergency)
	copy(b[:], sum[:])
	return b
}

// message is a parsed message. Nothing in it is believed before verify.
type message struct {
	head       head
	kid        []byte // of an issuer's emergency message only
	raw        []byte
	compressed []byte // the body
	sign       cose.Sign1Message
}

// newSign1 builds the envelope, without its signature.
func newSign1(alg record.Algorithm, kid []byte, h head, compressed []byte) cose.Sign1Message {
	protected := cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.Algorithm(alg)}
	if h.kind == kindEmergency {
		protected[cose.HeaderLabelKeyID] = kid
	}
	return cose.Sign1Message{
		Headers: cose.Headers{Protected: protected, Unprotected: cose.UnprotectedHeader{}},
		Payload: append(h.bytes(), compressed...),
	}
}

// sealed returns how many bytes a message takes whose compressed body has n.
func sealed(alg record.Algorithm, h head, n int) (int, error) {
	m := newSign1(alg, make([]byte, record.KeyIDSize), h, make([]byte, n))
	m.Signature = make([]byte, signatureSize)
	b, err := m.MarshalCBOR()
	return len(b), err
}

// seal signs a compressed body.
func seal(key SigningKey, rand io.Reader, h head, compressed []byte) ([]byte, error) {
	signer, err := cose.NewSigner(cose.Algorithm(key.Algorithm), key.Signer)
	if err != nil {
		return nil, err
	}
	m := newSign1(key.Algorithm, key.ID, h, compressed)
	if err := m.Sign(rand, signingContext, signer); err != nil {
		return nil, err
	}
	if key.Algorithm == record.ES256 {
		lowS(m.Signature)
	}
	return m.MarshalCBOR()
}

// parseMessage reads raw without believing it. It accepts one spelling only: the
// message built anew from what was read must be the same to the byte, so that
// there is no other header, no longer integer and no second order.
func parseMessage(raw []byte) (*message, error) {
	m := &message{raw: raw}
	if err := m.sign.UnmarshalCBOR(raw); err != nil {
		return nil, errMessage
	}
	protected := m.sign.Headers.Protected
	alg, err := protected.Algorithm()
	if err != nil || alg != cose.AlgorithmEdDSA && alg != cose.AlgorithmES256 {
		return nil, errMessage
	}
	if m.head, m.compressed, err = parseHead(m.sign.Payload); err != nil {
		return nil, err
	}
	if len(m.sign.Signature) != signatureSize {
		return nil, errMessage
	}
	if m.head.kind == kindEmergency {
		kid, ok := protected[cose.HeaderLabelKeyID].([]byte)
		if !ok || len(kid) != record.KeyIDSize {
			return nil, errMessage
		}
		m.kid = kid
	}
	again := newSign1(record.Algorithm(alg), m.kid, m.head, m.compressed)
	again.Signature = m.sign.Signature
	if b, err := again.MarshalCBOR(); err != nil || !bytes.Equal(b, raw) {
		return nil, errMessage
	}
	return m, nil
}

// verify checks the signature against key. The algorithm is the key's own: a
// message that names another is refused before any arithmetic.
func (m *message) verify(key record.Key) error {
	alg, err := m.sign.Headers.Protected.Algorithm()
	if err != nil || alg != cose.Algorithm(key.Algorithm) {
		return errAlgorithm
	}
	switch public := key.Public.(type) {
	case ed25519.PublicKey:
		if key.Algorithm != record.EdDSA || len(public) != ed25519.PublicKeySize {
			return errAlgorithm
		}
	case *ecdsa.PublicKey:
		if key.Algorithm != record.ES256 || public == nil || public.Curve != elliptic.P256() {
			return errAlgorithm
		}
		if highS(m.sign.Signature) {
			return errSignature
		}
	default:
		return errAlgorithm
	}
	verifier, err := cose.NewVerifier(alg, key.Public)
	if err != nil {
		return errAlgorithm
	}
	if err := m.sign.Verify(signingContext, verifier); err != nil {
		return errSignature
	}
	return nil
}

// An ECDSA signature (r, s) has a twin (r, n − s) that anybody can make and that
// verifies as well. Cards carry the one with the lower s, so that a message has
// one spelling, which the full message's binding needs.

var (
	p256Order = elliptic.P256().Params().N
	p256Half  = new(big.Int).Rsh(p256Order, 1)
)

func highS(signature []byte) bool {
	return new(big.Int).SetBytes(signature[signatureSize/2:]).Cmp(p256Half) > 0
}

func lowS(signature []byte) {
	if len(signature) == signatureSize && highS(signature) {
		s := new(big.Int).SetBytes(signature[signatureSize/2:])
		s.Sub(p256Order, s).FillBytes(signature[signatureSize/2:])
	}
}
