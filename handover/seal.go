package handover

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"errors"

	"github.com/zoneblanche/zoneblanche/record"
)

// Contexts that nothing else of this program seals or signs under.
const (
	infoContext = "zoneblanche handover 1\x00"
	signContext = "zoneblanche handover package 1\x00"
)

// Seal makes a package of a content for a peer, whose sealing key it is.
func (i *Identity) Seal(h Header, to []byte, content []byte) ([]byte, error) {
	h.From, h.Size = i.ID, int64(len(content))
	head, err := h.bytes()
	if err != nil {
		return nil, err
	}
	if len(content) > MaxContent {
		return nil, &record.Error{Code: record.CodeTooLarge, Op: "seal package", Reason: ReasonPackage}
	}
	key, err := kem().NewPublicKey(to)
	if err != nil {
		return nil, err
	}
	sealed, err := hpke.Seal(key, kdf(), aead(), append([]byte(infoContext), head...), content)
	if err != nil {
		return nil, err
	}
	out := append(head, sealed...)
	return append(out, ed25519.Sign(i.sign, toSign(out))...), nil
}

func toSign(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append([]byte(signContext), sum[:]...)
}

// check reports whether a whole package was signed by that key. A package of another
// length than its header says is one that was cut.
func check(h Header, b []byte, sign ed25519.PublicKey) error {
	if int64(len(b)) != h.Length() {
		return wrong(ReasonPackageCut, "the package has not the length that it should have")
	}
	body, signature := b[:len(b)-signatureSize], b[len(b)-signatureSize:]
	if len(sign) != ed25519.PublicKeySize || !ed25519.Verify(sign, toSign(body), signature) {
		return wrong(ReasonPackage, "the signature does not hold")
	}
	return nil
}

// Open checks a package and returns its content. sign is the key of the peer that the
// header names. Nothing is decrypted before the signature holds.
func (i *Identity) Open(h Header, b []byte, sign ed25519.PublicKey) ([]byte, error) {
	if err := check(h, b, sign); err != nil {
		return nil, err
	}
	if h.To != i.ID {
		return nil, wrong(ReasonElsewhere, "the package is for another journal")
	}
	content, err := hpke.Open(i.seal, kdf(), aead(), append([]byte(infoContext), b[:headerSize]...), b[headerSize:len(b)-signatureSize])
	if err != nil {
		return nil, &record.Error{Code: record.CodeInvalid, Op: opOpen, Reason: ReasonPackage, Err: errors.New("the content does not open")}
	}
	return content, nil
}
