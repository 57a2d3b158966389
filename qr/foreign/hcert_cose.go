package foreign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/zoneblanche/zoneblanche/record"
)

// sign1 is a COSE_Sign1 message (RFC 9052, 4.2), taken apart and not yet verified.
// The library's own message type wants the algorithm in the protected header and
// one of two tags; real certificates have it in the other header, or a CWT tag
// around, so that only the signature itself is left to the library.
type sign1 struct {
	protected []byte
	alg       cose.Algorithm
	kid       []byte // nil when there is none
	payload   []byte
	signature []byte
}

var (
	errSign1 = errors.New("not a COSE_Sign1 message")
	errClaim = errors.New("not the claims of a health certificate")
)

// Header labels (RFC 9052, 3.1) and tags (RFC 9052, 2; RFC 8392, 6).
const (
	headerAlg  = 1
	headerCrit = 2
	headerKid  = 4

	tagSign1 = 18
	tagCWT   = 61
)

// lax reads other people's CBOR: bounded, without duplicate keys, but not only
// deterministic, since real issuers write indefinite lengths.
var lax = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:            cbor.DupMapKeyEnforcedAPF,
		IndefLength:          cbor.IndefLengthAllowed,
		MaxNestedLevels:      16,
		MaxArrayElements:     1024,
		MaxMapPairs:          1024,
		TimeTagToAny:         cbor.TimeTagToRFC3339Nano,
		UnrecognizedTagToAny: cbor.UnrecognizedTagContentToAny,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// parseSign1 takes a message apart: tagged, untagged, or inside a CWT tag.
func parseSign1(data []byte) (*sign1, error) {
	for _, tag := range []uint64{tagCWT, tagSign1} {
		var tagged cbor.RawTag
		if len(data) > 0 && data[0]>>5 == 6 && lax.Unmarshal(data, &tagged) == nil && tagged.Number == tag {
			data = tagged.Content
		}
	}
	var message struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected map[any]cbor.RawMessage
		Payload     []byte
		Signature   []byte
	}
	if len(data) == 0 || data[0]>>5 != 4 || lax.Unmarshal(data, &message) != nil {
		return nil, errSign1
	}
	protected := map[any]cbor.RawMessage{}
	if len(message.Protected) > 0 && lax.Unmarshal(message.Protected, &protected) != nil {
		return nil, errSign1
	}
	if _, critical := protected[uint64(headerCrit)]; critical {
		return nil, errSign1 // what must be understood, and is not
	}
	m := &sign1{protected: message.Protected, payload: message.Payload, signature: message.Signature}
	var alg int64
	if header(protected, message.Unprotected, headerAlg, &alg) != nil || header(protected, message.Unprotected, headerKid, &m.kid) != nil {
		return nil, errSign1
	}
	m.alg = cose.Algorithm(alg)
	return m, nil
}

// header reads one header parameter: the protected one first, since a stranger may
// have added the other ("verifiers MUST accept both options", of the key id).
func header(protected, unprotected map[any]cbor.RawMessage, label uint64, to any) error {
	for _, h := range []map[any]cbor.RawMessage{protected, unprotected} {
		if raw, ok := h[label]; ok {
			return lax.Unmarshal(raw, to)
		}
	}
	return nil
}

// signer finds the certificate that made the signature. With a key id only
// certificates of that id count, and every one of them is tried, since ids are
// short; a text that names a certificate that was not given is of an unknown
// issuer. Without an id each certificate is tried.
func (k Keys) signer(m *sign1) (*certificate, record.Verdict) {
	var candidates []certificate
	for _, c := range k.certificates {
		if m.kid == nil || bytes.Equal(m.kid, c.kid[:]) {
			candidates = append(candidates, c)
		}
	}
	for _, c := range candidates {
		if m.verify(c) == nil {
			return &c, ""
		}
	}
	if m.kid != nil && len(candidates) > 0 {
		return nil, record.NotAuthentic
	}
	return nil, record.UnknownIssuer
}

// verify checks the signature by the certificate's key, with the one algorithm
// that the specification has for such a key: ES256 or PS256.
func (m *sign1) verify(c certificate) error {
	var alg cose.Algorithm
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return errSignature
		}
		alg = cose.AlgorithmES256
	case *rsa.PublicKey:
		alg = cose.AlgorithmPS256
	default:
		return errSignature
	}
	if m.alg != alg {
		return errSignature
	}
	verifier, err := cose.NewVerifier(alg, c.PublicKey)
	if err != nil {
		return errSignature
	}
	// Sig_structure (RFC 9052, 4.4), over the protected header as it was written.
	protected := m.protected
	if protected == nil {
		protected = []byte{}
	}
	toBeSigned, err := cbor.Marshal([]any{"Signature1", protected, []byte{}, m.payload})
	if err != nil {
		return errSignature
	}
	return verifier.Verify(toBeSigned, m.signature)
}
