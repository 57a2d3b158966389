package fhir

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// A Bundle may be sealed to the recipient itself, for a relay that delivers it and must
// not read it. The recipient publishes two keys; what it took it says in a receipt that
// it signs, so that the relay cannot invent one.
const (
	// SealedMediaType is what a sealed Bundle is sent as.
	SealedMediaType = "application/vnd.zoneblanche.sealed"
	// SealedPath is the operation that takes one, below the recipient's address.
	SealedPath = "/$deliver-sealed"
	// SealedKeysPath is where a recipient publishes its keys.
	SealedKeysPath = "/.well-known/zoneblanche-sealing"
	// SealedReceiptURL names the extension of a DocumentReference that holds the signed
	// receipt of a document that came sealed.
	SealedReceiptURL = "urn:uuid:6f0a2f0e-3c0b-4d53-9f5f-0e6c3a7d1b21"

	sealedMagic    = "zbseal\n\x01"
	sealedContext  = "zoneblanche sealed bundle 1\x00"
	receiptContext = "zoneblanche sealed receipt 1\x00"
	maxProof       = 4 << 10
)

// SealingKeys are a recipient's public keys: X25519 to seal to, Ed25519 to check its
// receipts with.
type SealingKeys struct {
	Seal []byte `json:"seal"`
	Sign []byte `json:"sign"`
}

// Valid reports whether both keys have the right form.
func (k SealingKeys) Valid() bool {
	_, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(k.Seal)
	return err == nil && len(k.Sign) == ed25519.PublicKeySize
}

var errSealed = errors.New("this is not a Bundle that was sealed to this recipient")

// SealSubmission seals the whole body of a submission to its recipient. What is left in
// clear is the unique identifier. It is another body at each call: who must send the
// same bytes again keeps them.
func SealSubmission(keys SealingKeys, documentID string, body []byte) (record.Submission, error) {
	public, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(keys.Seal)
	if err != nil || len(documentID) > 255 {
		return record.Submission{}, &record.Error{Code: record.CodeInvalid, Op: "seal submission", Reason: "sealing_keys", Err: err}
	}
	head := append([]byte(sealedMagic), byte(len(documentID)))
	head = append(head, documentID...)
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), append([]byte(sealedContext), head...), body)
	if err != nil {
		return record.Submission{}, err
	}
	return record.Submission{DocumentID: documentID, MediaType: SealedMediaType, Body: append(head, sealed...), Entries: 1}, nil
}

// OpenSealed opens a sealed Bundle with the recipient's key.
func OpenSealed(key hpke.PrivateKey, b []byte) (documentID string, bundle []byte, err error) {
	n := len(sealedMagic)
	if len(b) <= n || string(b[:n]) != sealedMagic || len(b) < n+1+int(b[n]) {
		return "", nil, errSealed
	}
	head := b[:n+1+int(b[n])]
	bundle, err = hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), append([]byte(sealedContext), head...), b[len(head):])
	if err != nil {
		return "", nil, errSealed
	}
	return string(head[n+1:]), bundle, nil
}

// SealedReceipt is what a recipient says of a document that came sealed.
type SealedReceipt struct {
	DocumentID   string    `json:"document_id"`
	BundleSHA256 []byte    `json:"bundle_sha256"` // of the Bundle as it was before it was sealed
	Location     string    `json:"location"`
	At           time.Time `json:"at"`
}

// Sign returns the receipt as a text: what it says, and the recipient's signature.
func (r SealedReceipt) Sign(key ed25519.PrivateKey) (string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	signature := ed25519.Sign(key, append([]byte(receiptContext), text...))
	return base64.RawURLEncoding.EncodeToString(text) + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// CheckSealedReceipt reads a receipt that the owner of the key signed about exactly that
// document and Bundle.
func CheckSealedReceipt(sign []byte, proof, documentID string, bundle [sha256.Size]byte) (SealedReceipt, error) {
	var r SealedReceipt
	fail := func(why string) (SealedReceipt, error) {
		return SealedReceipt{}, &record.Error{Code: record.CodeUntrusted, Op: "check receipt", Reason: "sealed_receipt", Err: errors.New(why)}
	}
	first, second, ok := strings.Cut(proof, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(first)
	signature, errSignature := base64.RawURLEncoding.Strict().DecodeString(second)
	switch {
	case !ok || len(proof) > maxProof || err != nil || errSignature != nil:
		return fail("there is no signed receipt")
	case len(sign) != ed25519.PublicKeySize || !ed25519.Verify(sign, append([]byte(receiptContext), text...), signature):
		return fail("the recipient did not sign it")
	case json.Unmarshal(text, &r) != nil:
		return fail("it cannot be read")
	case r.DocumentID != documentID || !bytes.Equal(r.BundleSHA256, bundle[:]) || locationForm.FindString(r.Location) != r.Location || r.Location == "":
		return fail("it is about another document")
	}
	return r, nil
}

// submitSealed sends a sealed Bundle and reads the recipient's signed receipt, which
// only whoever sealed it can check whole.
func (c *Client) submitSealed(ctx context.Context, s record.Submission) (record.Receipt, error) {
	a, failure := c.exchange(ctx, ask{method: http.MethodPost, target: c.BaseURL + SealedPath, mediaType: s.MediaType, body: bodyOf(s)})
	if failure != nil {
		return record.Receipt{}, failure
	}
	if failure := a.submitFailure(); failure != nil {
		return record.Receipt{}, c.whom(ctx, a, failure)
	}
	malformed := &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "answer_malformed", Err: errAnswer}
	tree, err := ParseResource(a.body)
	if err != nil {
		return record.Receipt{}, malformed
	}
	parameters := element{tree, "Parameters"}
	if parameters.kind() != "Parameters" {
		return record.Receipt{}, malformed
	}
	r := record.Receipt{At: time.Now(), Via: "response", Server: c.BaseURL}
	for _, p := range parameters.list("parameter") {
		switch p.text("name") {
		case "location":
			r.Location = locationForm.FindString(p.text("valueString"))
		case "receipt":
			r.Proof = p.text("valueString")
		}
	}
	if r.Location == "" || r.Proof == "" || len(r.Proof) > maxProof {
		return record.Receipt{}, malformed
	}
	return r, nil
}

// SealingKeysOf asks a recipient for its keys. Whoever relies on them compares their
// fingerprint with somebody who knows it, as with any key.
func (c *Client) SealingKeysOf(ctx context.Context) (SealingKeys, error) {
	var keys SealingKeys
	a, failure := c.exchange(ctx, ask{method: http.MethodGet, target: c.BaseURL + SealedKeysPath})
	if failure != nil {
		return keys, asLookup(failure)
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &keys) != nil || !keys.Valid() {
		return keys, &record.Error{Code: record.CodeNotFound, Op: "read sealing keys", Reason: "sealing_keys"}
	}
	return keys, nil
}
