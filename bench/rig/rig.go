// Package rig holds the keys and encoders of a measure. The keys are the same at
// each run, so that the figures are; they are worth nothing anywhere else.
package rig

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"math/rand/v2"
	"time"

	"github.com/zoneblanche/zoneblanche/bench/peer"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// IssuedAt is when every code is made, so that nothing depends on the day.
var IssuedAt = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Rig is what one run needs.
type Rig struct {
	Reader  qr.Reader // believes the cards made with Options
	SHC     *peer.SHC
	HCERT   *peer.HCERT
	PeerKey *ecdsa.PublicKey // of both peers
	key     qr.SigningKey
}

// New makes the keys and the encoders.
func New() (*Rig, error) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(der)
	trusted := record.TrustedKey{
		Issuer: record.Issuer{Name: "Mesures", Kind: "practice"},
		Key:    record.Key{ID: id[:record.KeyIDSize], Algorithm: record.EdDSA, Public: private.Public(), NotBefore: IssuedAt.AddDate(-1, 0, 0)},
	}
	peers, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), 1))
	if err != nil {
		return nil, err
	}
	r := &Rig{
		Reader:  qr.Reader{Keys: list{trusted}, Now: IssuedAt},
		PeerKey: &peers.PublicKey,
		key:     qr.SigningKey{ID: trusted.Key.ID, Algorithm: record.EdDSA, Signer: private},
	}
	if r.SHC, err = peer.NewSHC(peers, IssuedAt); err != nil {
		return nil, err
	}
	r.HCERT, err = peer.NewHCERT(peers, id[:8], IssuedAt)
	return r, err
}

// Options are those of a card that comes out the same each time.
func (r *Rig) Options() qr.EncodeOptions {
	return qr.EncodeOptions{Key: r.key, IssuedAt: IssuedAt, CardID: make([]byte, 8), Rand: rand.NewChaCha8([32]byte{})}
}

// list is a trust list of one key.
type list struct{ key record.TrustedKey }

func (l list) Keys(kid []byte) []record.TrustedKey {
	if string(kid) != string(l.key.Key.ID) {
		return nil
	}
	return []record.TrustedKey{l.key}
}

func (list) RevokedCard([]byte) (time.Time, bool) { return time.Time{}, false }

func (list) ListDate() (issued, next time.Time) { return IssuedAt, IssuedAt.AddDate(1, 0, 0) }
