package trust

import (
	"cmp"
	"crypto"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/record"
)

// KeyValidity is how many years a new issuer key signs. Cards signed before its
// end stay good; a bounded life limits what a forgotten copy can do.
const KeyValidity = 3

// maxName bounds an issuer's name, in bytes. It is printed on every sheet.
const maxName = 200

// kinds are the kinds of issuer that a certificate may claim.
var kinds = []string{"practitioner", "practice", "pharmacy", "care_home", "town_hall"}

var (
	errName = errors.New("an issuer's name is 1 to 200 bytes of printable text without leading or trailing space")
	errKind = errors.New("not a kind of issuer")
)

// IssuerKey is the secret half of an issuer's key, with what its certificate
// says. Its fields are for reading.
type IssuerKey struct {
	Issuer record.Issuer
	Key    record.Key
	Signer crypto.Signer

	certificate []byte
}

// NewIssuerKey makes a key for issuer. The zero algorithm means Ed25519. The key
// is valid for [KeyValidity] years from the beginning of the day of now, because
// the date on a card may be rounded down and the clocks of two machines differ.
func NewIssuerKey(issuer record.Issuer, alg record.Algorithm, now time.Time) (*IssuerKey, error) {
	const op = "make issuer key"
	if err := checkIssuer(issuer); err != nil {
		return nil, refused(op, cmp.Or(record.ReasonOf(err), "issuer"), err)
	}
	key, signer, err := generate(alg)
	if err != nil {
		return nil, refused(op, "algorithm", err)
	}
	key.NotBefore = now.UTC().Truncate(24 * time.Hour)
	key.NotAfter = key.NotBefore.AddDate(KeyValidity, 0, 0)
	return newIssuerKey(op, issuer, key, signer)
}

func newIssuerKey(op string, issuer record.Issuer, key record.Key, signer crypto.Signer) (*IssuerKey, error) {
	key, err := checkKey(key)
	if err != nil {
		return nil, refused(op, "key_file", err)
	}
	certificate, err := certify(issuer, key, signer)
	if err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: op, Err: err}
	}
	return &IssuerKey{Issuer: issuer, Key: key, Signer: signer, certificate: certificate}, nil
}

// Retire returns the same key with an earlier end, and a certificate that says so
// for the keeper of the list: what the key signed until then stays good, and what
// it signs afterwards is refused. An end after the key's own changes nothing.
func (k *IssuerKey) Retire(at time.Time) (*IssuerKey, error) {
	const op = "retire issuer key"
	key := k.Key
	if at = at.UTC().Truncate(time.Second); !at.After(key.NotBefore) {
		at = key.NotBefore.Add(time.Second) // a key has a life, however short
	}
	if key.NotAfter.IsZero() || at.Before(key.NotAfter) {
		key.NotAfter = at
	}
	return newIssuerKey(op, k.Issuer, key, k.Signer)
}

// String and its like keep the secret out of logs and messages.
func (k IssuerKey) String() string { return "[issuer key]" }

// GoString keeps the secret out of %#v.
func (k IssuerKey) GoString() string { return k.String() }

// LogValue keeps the secret out of logs.
func (k IssuerKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// issuerWire is an issuer as certificates and lists write it. Keys appear in
// lists only.
type issuerWire struct {
	Name   string            `cbor:"1,keyasint"`
	Kind   string            `cbor:"2,keyasint"`
	RPPS   string            `cbor:"3,keyasint,omitempty"`
	FINESS string            `cbor:"4,keyasint,omitempty"`
	Keys   []cbor.RawMessage `cbor:"5,keyasint,omitempty"`
}

const issuerWireFields = 5

func (w issuerWire) issuer() record.Issuer {
	return record.Issuer{Name: w.Name, Kind: w.Kind, RPPS: w.RPPS, FINESS: w.FINESS}
}

func wireOf(i record.Issuer) issuerWire {
	return issuerWire{Name: i.Name, Kind: i.Kind, RPPS: i.RPPS, FINESS: i.FINESS}
}

// checkIssuer refuses what a certificate must not say. A name goes on screens
// and paper beside a verdict, so characters that hide or reorder others are out.
func checkIssuer(i record.Issuer) error {
	if i.Name == "" || len(i.Name) > maxName || !utf8.ValidString(i.Name) || strings.TrimSpace(i.Name) != i.Name ||
		strings.ContainsFunc(i.Name, func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == utf8.RuneError
		}) {
		return errName
	}
	if !knownKind(i.Kind) {
		return errKind
	}
	if i.RPPS != "" {
		if err := record.CheckRPPS(i.RPPS); err != nil {
			return err
		}
	}
	if i.FINESS != "" {
		return record.CheckFINESS(i.FINESS)
	}
	return nil
}

func knownKind(kind string) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}
