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
// It cannot be taken for an issuer's. A declared message says so in the first
// byte of its head, has no key id in its header, and carries the public key
// itself; a reader asks the trust list nothing about it, and shows no issuer.

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

// verifySelf checks a declared message against the key of its card, which the
// emergency message carries.
func (m *message) verifySelf(emergency *message) error {
	return m.verify(record.Key{Algorithm: record.EdDSA, Public: ed25519.PublicKey(emergency.head.self[:])})
}

// judgeDeclared judges a declared message. The full one waits, without a verdict,
// for the emergency message that has its key.
func (r Reader) judgeDeclared(m *message) outcome {
	o := outcome{message: m}
	if m.head.kind == kindFull {
		o.judgement = record.Judgement{Verdict: record.Incomplete, Detail: wordEmergencyCode}
		return o
	}
	o.judgement.Verdict = record.NotAuthentic
	if m.verifySelf(m) != nil {
		return o
	}
	o.judgement.Verdict = record.PatientDeclared
	if r.Keys != nil {
		if at, revoked := r.Keys.RevokedCard(m.head.card[:]); revoked {
			o.judgement = record.Judgement{Verdict: record.Revoked, Detail: frenchDay(at)}
			return o
		}
	}
	o.read()
	return o
}
