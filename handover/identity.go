package handover

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"

	"github.com/zoneblanche/zoneblanche/store"
)

// Identity is a journal's keys towards its peers.
type Identity struct {
	ID   string
	sign ed25519.PrivateKey
	seal hpke.PrivateKey
}

// kem, kdf and aead are the suite of version 1.
func kem() hpke.KEM   { return hpke.DHKEM(ecdh.X25519()) }
func kdf() hpke.KDF   { return hpke.HKDFSHA256() }
func aead() hpke.AEAD { return hpke.ChaCha20Poly1305() }

// NewIdentity derives a journal's identity. The seed has 32 bytes.
func NewIdentity(sign ed25519.PrivateKey, seed []byte) (*Identity, error) {
	seal, err := kem().DeriveKeyPair(seed)
	if err != nil {
		return nil, err
	}
	id := &Identity{sign: sign, seal: seal}
	id.ID = store.PeerID(id.SignKey(), id.SealKey())
	return id, nil
}

// SignKey is the public key that checks what the journal signs, and the key of its TLS.
func (i *Identity) SignKey() ed25519.PublicKey { return i.sign.Public().(ed25519.PublicKey) }

// SealKey is the public key that packages for the journal are sealed to.
func (i *Identity) SealKey() []byte { return i.seal.PublicKey().Bytes() }
