package fhir

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"testing"
	"time"
)

// FuzzSealed feeds what a relay or a recipient may send: nothing panics, and what opens
// was sealed under the identifier that stands before it.
func FuzzSealed(f *testing.F) {
	key, err := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	sign := ed25519.NewKeyFromSeed(make([]byte, 32))
	keys := SealingKeys{Seal: key.PublicKey().Bytes(), Sign: sign.Public().(ed25519.PublicKey)}
	s, err := SealSubmission(keys, "urn:uuid:1", []byte("{}"))
	if err != nil {
		f.Fatal(err)
	}
	sum := sha256.Sum256([]byte("{}"))
	proof, err := SealedReceipt{DocumentID: "urn:uuid:1", BundleSHA256: sum[:], Location: "DocumentReference/1", At: time.Unix(0, 0)}.Sign(sign)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Body, proof)
	f.Fuzz(func(t *testing.T, b []byte, proof string) {
		if id, bundle, err := OpenSealed(key, b); err == nil && (id != "urn:uuid:1" || !bytes.Equal(bundle, []byte("{}"))) {
			t.Fatalf("opened %q as %q", bundle, id)
		}
		if r, err := CheckSealedReceipt(keys.Sign, proof, "urn:uuid:1", sum); err == nil && r.Location != "DocumentReference/1" {
			t.Fatalf("a receipt that nobody signed: %+v", r)
		}
	})
}
