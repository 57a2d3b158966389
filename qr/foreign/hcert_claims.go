package foreign

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// cwt are the claims of a health certificate (RFC 8392, and -260 for "hcert").
type cwt struct {
	issuer          string
	issued, expires time.Time
	dcc             map[string]any
	dccJSON         json.RawMessage
}

// laxJSON reads the CBOR that JSON could have been, as eu_dcc is.
var laxJSON = func() cbor.DecMode {
	options := lax.DecOptions()
	options.DefaultMapType = reflect.TypeFor[map[string]any]()
	mode, err := options.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// parseCWT reads the claims. The specification requires both ends of validity, and
// not the issuer.
func parseCWT(payload []byte) (cwt, error) {
	var raw struct {
		Iss   any                       `cbor:"1,keyasint"`
		Exp   any                       `cbor:"4,keyasint"`
		Iat   any                       `cbor:"6,keyasint"`
		HCERT map[int64]cbor.RawMessage `cbor:"-260,keyasint"`
	}
	if len(payload) == 0 || payload[0]>>5 != 5 || lax.Unmarshal(payload, &raw) != nil {
		return cwt{}, errClaim
	}
	c := cwt{issued: claimedTime(raw.Iat), expires: claimedTime(raw.Exp)}
	c.issuer, _ = raw.Iss.(string)
	if c.issued.IsZero() || c.expires.IsZero() {
		return cwt{}, errClaim
	}
	if laxJSON.Unmarshal(raw.HCERT[1], &c.dcc) != nil || c.dcc == nil {
		return cwt{}, errClaim
	}
	text, err := json.Marshal(c.dcc)
	if err != nil {
		return cwt{}, errClaim
	}
	c.dccJSON = text
	return c, nil
}

// claimedTime reads a NumericDate, which some issuers write with decimals and some
// as a tagged date.
func claimedTime(v any) time.Time {
	switch n := v.(type) {
	case uint64:
		return numericDate(float64(n))
	case float64:
		return numericDate(n)
	case string:
		if t, err := time.Parse(time.RFC3339Nano, n); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// Extended key usages: what a signer's certificate is for (Implementing Decision
// (EU) 2021/1073, annex IV). Each has two spellings, since the first certificates
// were made with a zero too many.
var usages = map[string][]asn1.ObjectIdentifier{
	groupTest:        {{1, 3, 6, 1, 4, 1, 1847, 2021, 1, 1}, {1, 3, 6, 1, 4, 1, 0, 1847, 2021, 1, 1}},
	groupVaccination: {{1, 3, 6, 1, 4, 1, 1847, 2021, 1, 2}, {1, 3, 6, 1, 4, 1, 0, 1847, 2021, 1, 2}},
	groupRecovery:    {{1, 3, 6, 1, 4, 1, 1847, 2021, 1, 3}, {1, 3, 6, 1, 4, 1, 0, 1847, 2021, 1, 3}},
}

// usageVDS is what ICAO has signers of its own seals marked with (Doc 9303-13).
// Such a certificate is for another document.
var usageVDS = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 14, 2}

// entitled reports whether a certificate may sign statements of that group. With
// none of the usages above it may sign all of them; usages of general purpose, such
// as TLS, restrict nothing.
func entitled(c *x509.Certificate, group string) bool {
	restricted := false
	for _, have := range c.UnknownExtKeyUsage {
		for g, oids := range usages {
			if slices.ContainsFunc(oids, have.Equal) {
				if g == group {
					return true
				}
				restricted = true
			}
		}
		restricted = restricted || have.Equal(usageVDS)
	}
	return !restricted
}
