package qr

import (
	"crypto/ed25519"
	"io"

	"github.com/zoneblanche/zoneblanche/record"
)

// A declared card is one that a patient makes without a practice: nobody vouches
// for what it says. It is signed all the same, with a key that is made for the
// one card and thrown away, so that its two messages are known to belong together
// and damage shows. It protects from no one: who alters it signs it anew.
//
// It cannot be taken for an issuer's. Its emergency message says so in the first
// byte of its head, has no key id in its header, and carries the public key
// itself; a reader asks the trust list for no key, and shows no issuer.

// newSelfKey makes the key of one declared card.
func newSelfKey(random io.Reader) (key SigningKey, public [ed25519.PublicKeySize]byte, err error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return SigningKey{}, public, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	copy(public[:], private.Public().(ed25519.PublicKey))
	return SigningKey{Algorithm: record.EdDSA, Signer: private}, public, nil
}

// judgeSelf checks a declared emergency message against the key that it carries.
func (o *outcome) judgeSelf() {
	key := record.Key{Algorithm: record.EdDSA, Public: ed25519.PublicKey(o.head.self[:])}
	if o.verify(key) != nil {
		o.judgement.Verdict = record.NotAuthentic
		return
	}
	o.judgement.Verdict, o.key = record.PatientDeclared, key
}
