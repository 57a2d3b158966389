package record

import (
	"crypto"
	"time"
)

// Issuer is a practitioner or practice whose keys sign cards.
type Issuer struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // practitioner | practice | pharmacy | care_home | town_hall
	RPPS   string `json:"rpps,omitempty"`
	FINESS string `json:"finess,omitempty"`
}

// Algorithm is a COSE signature algorithm (RFC 9053, section 2) that cards may
// use.
type Algorithm int

// The algorithms, by their COSE numbers.
const (
	EdDSA Algorithm = -8 // Ed25519
	ES256 Algorithm = -7 // ECDSA with P-256 and SHA-256
)

// Key is one public key of an issuer with what the trust list says of it.
type Key struct {
	ID        []byte // 8 bytes: the first of the SHA-256 of the public key (PKIX, DER)
	Algorithm Algorithm
	Public    crypto.PublicKey // ed25519.PublicKey or *ecdsa.PublicKey on P-256
	NotBefore time.Time
	NotAfter  time.Time // the zero time means no end
	RevokedAt time.Time // the zero time means not revoked
	// Compromised says that the revocation reaches back: nothing that the key
	// signed can be believed any more. Otherwise cards signed before stay good.
	Compromised bool
}

// TrustedKey is a key together with whose it is.
type TrustedKey struct {
	Issuer Issuer
	Key    Key
}

// KeyIDSize is the length in bytes of [Key.ID].
const KeyIDSize = 8
