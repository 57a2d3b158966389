package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

var (
	errAlgorithm = errors.New("not an algorithm that cards may use")
	errPublic    = errors.New("not a public key of that algorithm")
	errKeyID     = errors.New("the identifier is not that of the key")
	errPeriod    = errors.New("the dates are out of order or out of range")
)

// maxTime is the last second of the year 9999: a date beyond cannot be shown.
const maxTime = 253402300799

// keyWire is a public key as certificates and lists write it. Its identifier is
// computed, never carried, so that it cannot lie.
type keyWire struct {
	Algorithm   int64  `cbor:"1,keyasint"`
	Public      []byte `cbor:"2,keyasint"` // Ed25519: 32 bytes; P-256: 65, uncompressed
	NotBefore   uint64 `cbor:"3,keyasint,omitempty"`
	NotAfter    uint64 `cbor:"4,keyasint,omitempty"`
	RevokedAt   uint64 `cbor:"5,keyasint,omitempty"`
	Compromised bool   `cbor:"6,keyasint,omitempty"`
}

const keyWireFields = 6

func writeKey(k record.Key) ([]byte, error) {
	public, err := publicBytes(k)
	if err != nil {
		return nil, err
	}
	return encMode.Marshal(keyWire{
		Algorithm: int64(k.Algorithm), Public: public,
		NotBefore: seconds(k.NotBefore), NotAfter: seconds(k.NotAfter),
		RevokedAt: seconds(k.RevokedAt), Compromised: k.Compromised,
	})
}

func readKey(raw []byte) (record.Key, error) {
	var w keyWire
	if err := decode(raw, &w, keyWireFields); err != nil {
		return record.Key{}, err
	}
	k := record.Key{Algorithm: record.Algorithm(w.Algorithm), Compromised: w.Compromised}
	var err error
	if k.Public, err = parsePublic(k.Algorithm, w.Public); err != nil {
		return record.Key{}, err
	}
	for _, t := range []struct {
		seconds uint64
		to      *time.Time
	}{{w.NotBefore, &k.NotBefore}, {w.NotAfter, &k.NotAfter}, {w.RevokedAt, &k.RevokedAt}} {
		if *t.to, err = instant(t.seconds); err != nil {
			return record.Key{}, err
		}
	}
	return checkKey(k)
}

// checkKey fills in what is computed and refuses what contradicts itself.
func checkKey(k record.Key) (record.Key, error) {
	fingerprint, err := fingerprintOf(k)
	if err != nil {
		return k, err
	}
	if len(k.ID) > 0 && !bytes.Equal(k.ID, fingerprint[:record.KeyIDSize]) {
		return k, errKeyID
	}
	k.ID = fingerprint[:record.KeyIDSize:record.KeyIDSize]
	for _, t := range []*time.Time{&k.NotBefore, &k.NotAfter, &k.RevokedAt} {
		if *t, err = instant(seconds(*t)); err != nil {
			return k, err
		}
	}
	if !k.NotAfter.IsZero() && !k.NotAfter.After(k.NotBefore) {
		return k, errPeriod
	}
	if k.Compromised && k.RevokedAt.IsZero() {
		return k, errPeriod
	}
	return k, nil
}

// fingerprintOf is the SHA-256 of the public key in its usual form (PKIX, DER).
// Its first bytes are the key's identifier.
func fingerprintOf(k record.Key) ([]byte, error) {
	if _, err := publicBytes(k); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	return sum[:], nil
}

func publicBytes(k record.Key) ([]byte, error) {
	switch k.Algorithm {
	case record.EdDSA:
		if p, ok := k.Public.(ed25519.PublicKey); ok && len(p) == ed25519.PublicKeySize {
			return p, nil
		}
	case record.ES256:
		if p, ok := k.Public.(*ecdsa.PublicKey); ok && p != nil && p.Curve == elliptic.P256() {
			return p.Bytes()
		}
	default:
		return nil, errAlgorithm
	}
	return nil, errPublic
}

func parsePublic(alg record.Algorithm, raw []byte) (crypto.PublicKey, error) {
	switch alg {
	case record.EdDSA:
		if len(raw) != ed25519.PublicKeySize {
			return nil, errPublic
		}
		return ed25519.PublicKey(bytes.Clone(raw)), nil
	case record.ES256:
		p, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
		if err != nil {
			return nil, errPublic
		}
		return p, nil
	}
	return nil, errAlgorithm
}

// generate makes a key pair; the zero algorithm stands for the default, EdDSA.
func generate(alg record.Algorithm) (record.Key, crypto.Signer, error) {
	var signer crypto.Signer
	var err error
	switch alg {
	case 0, record.EdDSA:
		alg = record.EdDSA
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	case record.ES256:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = errAlgorithm
	}
	if err != nil {
		return record.Key{}, nil, err
	}
	key, err := checkKey(record.Key{Algorithm: alg, Public: signer.Public()})
	return key, signer, err
}

// privateBytes and parsePrivate are the secret half as key files write it: the
// seed of Ed25519, the scalar of P-256, 32 bytes each.
func privateBytes(signer crypto.Signer) ([]byte, error) {
	switch s := signer.(type) {
	case ed25519.PrivateKey:
		return s.Seed(), nil
	case *ecdsa.PrivateKey:
		return s.Bytes()
	}
	return nil, errors.New("the secret key cannot leave its holder")
}

func parsePrivate(k record.Key, raw []byte) (crypto.Signer, error) {
	var signer crypto.Signer
	switch k.Algorithm {
	case record.EdDSA:
		if len(raw) != ed25519.SeedSize {
			return nil, errPublic
		}
		signer = ed25519.NewKeyFromSeed(raw)
	case record.ES256:
		p, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
		if err != nil {
			return nil, errPublic
		}
		signer = p
	default:
		return nil, errAlgorithm
	}
	// A damaged secret would make signatures that nobody can verify.
	if same, ok := k.Public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !same.Equal(signer.Public()) {
		return nil, errors.New("the secret key does not belong to the public one")
	}
	return signer, nil
}

// seconds is t as files write it; the zero time is 0, which they leave out.
func seconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

func instant(s uint64) (time.Time, error) {
	if s == 0 {
		return time.Time{}, nil
	}
	if s > maxTime {
		return time.Time{}, errPeriod
	}
	return time.Unix(int64(s), 0).UTC(), nil
}
