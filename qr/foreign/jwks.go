package foreign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// smartKey is one key of a SMART Health Card issuer.
type smartKey struct {
	kid    string
	public *ecdsa.PublicKey
	issuer string // "" when nobody says whose it is
	// The validity of the certificate in x5c, if there is one.
	notBefore, notAfter time.Time
	crlVersion          int
}

// Why a key set is refused (SMART Health Cards Framework, "Determining keys
// associated with an issuer").
var (
	errKeySet       = errors.New("not a JSON Web Key Set with keys")
	errKeyType      = errors.New("kty and crv must be EC and P-256")
	errKeyUse       = errors.New("use must be sig")
	errKeyAlg       = errors.New("alg must be ES256")
	errKeyPrivate   = errors.New("carries a private key: it is no secret any more")
	errKeyPoint     = errors.New("x and y are no point of P-256")
	errKeyID        = errors.New("kid must be the key's SHA-256 thumbprint")
	errChain        = errors.New("x5c is no chain of certificates")
	errChainKey     = errors.New("the certificate in x5c is for another key")
	errChainIssuer  = errors.New("the certificate in x5c must name one issuer")
	errIssuers      = errors.New("one key set belongs to one issuer")
	errIssuerSyntax = errors.New("an issuer is an https address without a slash at its end")
)

type jwk struct {
	Kty        string          `json:"kty"`
	Kid        string          `json:"kid"`
	Use        string          `json:"use"`
	Alg        string          `json:"alg"`
	Crv        string          `json:"crv"`
	X          string          `json:"x"`
	Y          string          `json:"y"`
	D          json.RawMessage `json:"d"`
	X5c        []string        `json:"x5c"`
	CRLVersion int             `json:"crlVersion"`
}

const maxKeys = 1000

// parseKeySet checks a key set and binds its keys to their issuer.
func parseKeySet(data []byte, issuer string) ([]smartKey, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return nil, errKeySet
	}
	if issuer != "" && !issuerURL(issuer) {
		return nil, errIssuerSyntax
	}
	var keys []smartKey
	for i, j := range set.Keys {
		key, err := j.check()
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if issuer == "" {
			issuer = key.issuer
		}
		if key.issuer != "" && key.issuer != issuer {
			return nil, fmt.Errorf("key %d: %w", i+1, errIssuers)
		}
		keys = append(keys, key)
	}
	for i := range keys {
		keys[i].issuer = issuer
	}
	return keys, nil
}

// check applies the standard's rules for one key.
func (j jwk) check() (smartKey, error) {
	switch {
	case j.D != nil:
		return smartKey{}, errKeyPrivate
	case j.Kty != "EC" || j.Crv != "P-256":
		return smartKey{}, errKeyType
	case j.Use != "sig":
		return smartKey{}, errKeyUse
	case j.Alg != "ES256":
		return smartKey{}, errKeyAlg
	}
	x, errX := base64.RawURLEncoding.Strict().DecodeString(j.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(j.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return smartKey{}, errKeyPoint
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return smartKey{}, errKeyPoint
	}
	if j.Kid != thumbprint(j.X, j.Y) {
		return smartKey{}, errKeyID
	}
	key := smartKey{kid: j.Kid, public: public, crlVersion: j.CRLVersion}
	if j.X5c != nil {
		err = key.chain(j.X5c)
	}
	return key, err
}

// thumbprint is the SHA-256 thumbprint of a P-256 key (RFC 7638): the hash of its
// required members in the order of their names.
func thumbprint(x, y string) string {
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const maxChain = 10

// chain checks the certificates of x5c: the first is for this key and names the
// issuer in its subject alternative name, and each is signed by the next. Nobody's
// root is known here, so the chain proves no more than the file that it came in.
// Its dates are judged when a card is, since a card signed within them stays good.
func (k *smartKey) chain(x5c []string) error {
	if len(x5c) == 0 || len(x5c) > maxChain {
		return errChain
	}
	var chain []*x509.Certificate
	for _, text := range x5c {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return errChain
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return errChain
		}
		chain = append(chain, c)
	}
	leaf := chain[0]
	if public, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(k.public) {
		return errChainKey
	}
	for i := range len(chain) - 1 {
		if chain[i].CheckSignatureFrom(chain[i+1]) != nil {
			return errChain
		}
	}
	if len(leaf.URIs) != 1 || !issuerURL(leaf.URIs[0].String()) {
		return errChainIssuer
	}
	k.issuer, k.notBefore, k.notAfter = leaf.URIs[0].String(), leaf.NotBefore, leaf.NotAfter
	return nil
}

// issuerURL reports whether s may be an issuer: "SHALL use https, and SHALL NOT
// include a trailing /". Query and fragment could not be followed by
// /.well-known/jwks.json.
func issuerURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == "" && !strings.HasSuffix(s, "/")
}
