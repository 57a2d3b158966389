package trust

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/veraison/go-cose"

	"github.com/zoneblanche/zoneblanche/record"
)

// What a signature is for. Each is the external additional data of its COSE
// message: signed, not sent, so that no signature made for one purpose can be
// passed off as made for another.
const (
	contextList        = "zoneblanche trust list 1"
	contextCertificate = "zoneblanche issuer certificate 1"
	contextSuccession  = "zoneblanche root succession 1"
)

var (
	errSignature = errors.New("the signature does not hold")
	errTooLarge  = errors.New("larger than the format allows")
	errHeader    = errors.New("the protected header does not name the key that it carries")
)

// seal signs payload. The protected header carries the algorithm and the key's
// identifier, and nothing else is allowed in either header.
func seal(context string, key record.Key, signer crypto.Signer, payload []byte) ([]byte, error) {
	s, err := cose.NewSigner(cose.Algorithm(key.Algorithm), signer)
	if err != nil {
		return nil, err
	}
	m := message(key, payload)
	if err := m.Sign(rand.Reader, []byte(context), s); err != nil {
		return nil, err
	}
	return m.MarshalCBOR()
}

// open checks a message that carries its own key: keyIn finds it in the payload.
// It returns the payload only when the signature holds.
func open(context string, data []byte, limit int, keyIn func(payload []byte) (record.Key, error)) ([]byte, error) {
	if len(data) > limit {
		return nil, errTooLarge
	}
	var m cose.Sign1Message
	if err := m.UnmarshalCBOR(data); err != nil {
		return nil, err
	}
	key, err := keyIn(m.Payload)
	if err != nil {
		return nil, err
	}
	// The library accepts a message without an algorithm when there is external
	// data, and more than one spelling of a header; comparing with the only
	// message that we would write leaves no room for either.
	same := message(key, m.Payload)
	same.Signature = m.Signature
	again, err := same.MarshalCBOR()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w, or %w", errHeader, errSpelling)
	}
	v, err := cose.NewVerifier(cose.Algorithm(key.Algorithm), key.Public)
	if err != nil {
		return nil, err
	}
	if err := m.Verify([]byte(context), v); err != nil {
		return nil, errSignature
	}
	return m.Payload, nil
}

func message(key record.Key, payload []byte) *cose.Sign1Message {
	return &cose.Sign1Message{
		Headers: cose.Headers{
			Protected: cose.ProtectedHeader{
				cose.HeaderLabelAlgorithm: cose.Algorithm(key.Algorithm),
				cose.HeaderLabelKeyID:     key.ID,
			},
			Unprotected: cose.UnprotectedHeader{},
		},
		Payload: payload,
	}
}

// refused gives err its class: a signature that does not hold is told from a
// file that says nothing sensible, because the next step differs.
func refused(op, reason string, err error) error {
	e := &record.Error{Code: record.CodeInvalid, Op: op, Reason: reason, Err: err}
	switch {
	case errors.Is(err, errSignature):
		e.Code, e.Reason = record.CodeUntrusted, reason+"_signature"
	case errors.Is(err, errTooLarge):
		e.Code = record.CodeTooLarge
	}
	return e
}
