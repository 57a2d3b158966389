package foreign

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
)

// jws is a compact JWS (RFC 7515, 7.1), taken apart and not yet verified.
type jws struct {
	alg, kid, zip string
	signed        string // what the signature is over: header, dot, payload
	payload       []byte
	signature     []byte
}

var (
	errJWS       = errors.New("not a compact JWS")
	errSignature = errors.New("the signature does not hold")
)

// looksLikeJWS reports whether a text can be one: three parts, the first of which
// starts as every JSON object does in base64.
func looksLikeJWS(text string) bool {
	t := strings.TrimSpace(text)
	return strings.HasPrefix(t, "eyJ") && strings.Count(t, ".") == 2 && strings.Trim(t, base64urlAlphabet+".=") == ""
}

// parseJWS takes a JWS apart. Base64 has one spelling here: what decodes to the
// same bytes in two ways would make one signature hold for two texts.
func parseJWS(text string) (*jws, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errJWS
	}
	var decoded [3][]byte
	for i, p := range parts {
		if strings.ContainsAny(p, "\r\n") { // which the decoder would skip
			return nil, errJWS
		}
		data, err := base64.RawURLEncoding.Strict().DecodeString(p)
		if err != nil {
			return nil, errJWS
		}
		decoded[i] = data
	}
	// A map, since a struct would take "ALG" for "alg".
	var header map[string]json.RawMessage
	if json.Unmarshal(decoded[0], &header) != nil || header == nil {
		return nil, errJWS
	}
	if _, critical := header["crit"]; critical {
		return nil, errJWS // extensions that must be understood; the standard has none
	}
	out := &jws{signed: parts[0] + "." + parts[1], payload: decoded[1], signature: decoded[2]}
	for name, to := range map[string]*string{"alg": &out.alg, "kid": &out.kid, "zip": &out.zip} {
		if raw, ok := header[name]; ok && json.Unmarshal(raw, to) != nil {
			return nil, errJWS
		}
	}
	return out, nil
}

// verify checks an ES256 signature: 64 bytes, r then s (RFC 7518, 3.4), and never
// the DER that X.509 has.
func (j *jws) verify(key *ecdsa.PublicKey) error {
	if j.alg != "ES256" || len(j.signature) != 64 {
		return errSignature
	}
	sum := sha256.Sum256([]byte(j.signed))
	r, s := new(big.Int).SetBytes(j.signature[:32]), new(big.Int).SetBytes(j.signature[32:])
	if !ecdsa.Verify(key, sum[:], r, s) {
		return errSignature
	}
	return nil
}
