package foreign

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// Keys are the keys of other people's issuers, and what they revoked, as files
// given by whoever runs the program. The zero value knows nobody: every signed
// code is then of an unknown issuer.
type Keys struct {
	smart        map[string][]smartKey // by kid
	revoked      map[string]revocations
	certificates []certificate
}

// certificate is one X.509 certificate with the key id that HCERT gives it.
type certificate struct {
	*x509.Certificate
	kid [kidSize]byte
}

// kidSize is the length of an HCERT key id: the first bytes of the SHA-256 of the
// certificate in DER.
const kidSize = 8

// maxKeyFile bounds a file of keys: Europe's whole list of signers has 1 MB.
const maxKeyFile = 8 << 20

var (
	errNoCertificate = errors.New("no certificate in PEM, DER or base64")
	errNeither       = errors.New("neither a set of keys nor a list of revoked cards")
	errTooLarge      = errors.New("too large for a file of keys")
)

func invalid(op string, err error) error {
	return &record.Error{Code: record.CodeInvalid, Op: op, Reason: "foreign_keys", Err: err}
}

// AddCertificates takes X.509 certificates: PEM blocks, one in DER, or one in
// bare base64 as lists of COVID signers have them. They sign COVID certificates
// and 2D-DOC.
func (k *Keys) AddCertificates(data []byte) error {
	const op = "read certificates"
	if len(data) > maxKeyFile {
		return invalid(op, errTooLarge)
	}
	var blocks [][]byte
	for rest := data; ; {
		block, next := pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			blocks = append(blocks, block.Bytes)
		}
		rest = next
	}
	if blocks == nil {
		der := data
		if plain, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(data))); err == nil {
			der = plain
		}
		blocks = [][]byte{der}
	}
	var parsed []certificate
	for _, der := range blocks {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return invalid(op, errNoCertificate)
		}
		sum := sha256.Sum256(c.Raw)
		parsed = append(parsed, certificate{c, [kidSize]byte(sum[:kidSize])})
	}
	k.certificates = append(k.certificates, parsed...)
	return nil
}

// AddKeySet takes a JSON Web Key Set of a SMART Health Card issuer, checked
// strictly: one wrong key refuses the file.
//
// A key set does not name its issuer: on the net, its address does
// (issuer/.well-known/jwks.json). Offline there are three cases. issuer is given
// and binds every key. It is empty, and certificates inside the set name it: it is
// theirs. Nobody names it: the keys are believed for whatever issuer they sign
// for, as the person who gave the file does, and readings carry
// [WarnIssuerUnbound].
func (k *Keys) AddKeySet(data []byte, issuer string) error {
	const op = "read key set"
	if len(data) > maxKeyFile {
		return invalid(op, errTooLarge)
	}
	keys, err := parseKeySet(data, issuer)
	if err != nil {
		return invalid(op, err)
	}
	if k.smart == nil {
		k.smart = map[string][]smartKey{}
	}
	for _, key := range keys {
		k.smart[key.kid] = append(k.smart[key.kid], key)
	}
	return nil
}

// AddRevocations takes a SMART Health Card revocation list. Of two lists for one
// key the one with the higher counter stays.
func (k *Keys) AddRevocations(data []byte) error {
	const op = "read revocation list"
	if len(data) > maxKeyFile {
		return invalid(op, errTooLarge)
	}
	kid, list, err := parseRevocations(data)
	if err != nil {
		return invalid(op, err)
	}
	if k.revoked == nil {
		k.revoked = map[string]revocations{}
	}
	if old, known := k.revoked[kid]; !known || list.counter >= old.counter {
		k.revoked[kid] = list
	}
	return nil
}

// AddJSON takes a key set or a revocation list, by what is in it, so that one
// command line option serves both.
func (k *Keys) AddJSON(data []byte, issuer string) error {
	var shape struct {
		Keys json.RawMessage `json:"keys"`
		Rids json.RawMessage `json:"rids"`
	}
	const op = "read key set"
	if len(data) > maxKeyFile {
		return invalid(op, errTooLarge)
	}
	if json.Unmarshal(data, &shape) != nil {
		return invalid(op, errNeither)
	}
	switch {
	case shape.Keys != nil:
		return k.AddKeySet(data, issuer)
	case shape.Rids != nil:
		return k.AddRevocations(data)
	}
	return invalid(op, errNeither)
}

// name is what a certificate calls its holder: the organisation and its country,
// else the common name.
func (c certificate) name() string {
	s := strings.Join(c.Subject.Organization, ", ")
	if s == "" {
		s = c.Subject.CommonName
	}
	if country := strings.Join(c.Subject.Country, ", "); country != "" && s != country {
		s = strings.TrimSpace(s + " (" + country + ")")
	}
	return s
}
