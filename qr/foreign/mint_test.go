package foreign

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/zoneblanche/zoneblanche/qr/base45"
)

// This file makes cards and certificates of issuers that exist in tests only, for
// what nobody's vectors have.

func newECKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rawSignature is r then s, each of size bytes.
func rawSignature(t testing.TB, key *ecdsa.PrivateKey, data []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(data)
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// publicJWK is a key as an issuer of cards publishes it, with changes.
func publicJWK(t testing.TB, key *ecdsa.PrivateKey, changes map[string]any) map[string]any {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	x, y := encode(point[1:33]), encode(point[33:])
	out := map[string]any{"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "x": x, "y": y, "kid": thumbprint(x, y)}
	for k, v := range changes {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

func keySet(t testing.TB, keys ...map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func deflated(data []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func zlibbed(data []byte) []byte {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestCompression)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

// cardPayload is the least of a health card.
func cardPayload(issuer, times, rid string) string {
	if rid != "" {
		rid = `"rid":"` + rid + `",`
	}
	return fmt.Sprintf(`{"iss":%q,%s,"vc":{"type":["https://smarthealth.cards#health-card"],%s"credentialSubject":{"fhirVersion":"4.0.1","fhirBundle":{"resourceType":"Bundle","type":"collection","entry":[]}}}}`, issuer, times, rid)
}

// cardJWS signs a payload as it is; header is JSON or "" for the standard's.
func cardJWS(t testing.TB, key *ecdsa.PrivateKey, header string, payload []byte) string {
	t.Helper()
	if header == "" {
		header = fmt.Sprintf(`{"alg":"ES256","zip":"DEF","kid":%q}`, publicJWK(t, key, nil)["kid"])
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode(payload)
	return signed + "." + encode(rawSignature(t, key, []byte(signed)))
}

// numeric spells a JWS as the digits of a QR code.
func numeric(jws string) string {
	var out strings.Builder
	out.WriteString(prefixSHC)
	for i := range len(jws) {
		fmt.Fprintf(&out, "%02d", jws[i]-45)
	}
	return out.String()
}

// newCertificate is a certificate of a test's signer, itself signed by another
// name's key.
func newCertificate(t testing.TB, public crypto.PublicKey, subject, issuer string, from, to time.Time, usages ...asn1.ObjectIdentifier) []byte {
	t.Helper()
	parentKey := newECKey(t, elliptic.P256())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, NotBefore: from, NotAfter: to, UnknownExtKeyUsage: usages,
	}
	parent := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: issuer}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// covid is the content of a sound certificate, with changes by path "v/dn".
func covid(changes map[string]any) map[string]any {
	entry := map[string]any{
		"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 1, "sd": 2,
		"dt": "2021-05-01", "co": "FR", "is": "CNAM", "ci": "URN:UVCI:01:FR:TEST",
	}
	name := map[string]any{"fn": "Specimen", "fnt": "SPECIMEN", "gn": "Natacha", "gnt": "NATACHA"}
	out := map[string]any{"ver": "1.3.0", "nam": name, "dob": "1964-03-02", "v": []any{entry}}
	for path, value := range changes {
		to, key := out, path
		if rest, found := strings.CutPrefix(path, "v/"); found {
			to, key = entry, rest
		} else if rest, found := strings.CutPrefix(path, "nam/"); found {
			to, key = name, rest
		}
		if value == nil {
			delete(to, key)
		} else {
			to[key] = value
		}
	}
	return out
}

// hcertOptions make what real signers did, and what forgers may.
type hcertOptions struct {
	protected, unprotected map[any]any
	tags                   []uint64
	claims                 map[any]any
}

// newHCERT signs a certificate with an EC or RSA key.
func newHCERT(t testing.TB, key crypto.Signer, o hcertOptions) string {
	t.Helper()
	marshal := func(v any) []byte {
		data, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	protected := []byte{}
	if len(o.protected) > 0 {
		protected = marshal(o.protected)
	}
	if o.unprotected == nil {
		o.unprotected = map[any]any{}
	}
	payload := marshal(o.claims)
	signed := marshal([]any{"Signature1", protected, []byte{}, payload})
	var signature []byte
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		signature = rawSignature(t, k, signed)
	case *rsa.PrivateKey:
		sum := sha256.Sum256(signed)
		var err error
		if signature, err = rsa.SignPSS(rand.Reader, k, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: 32}); err != nil {
			t.Fatal(err)
		}
	}
	var message any = []any{protected, o.unprotected, payload, signature}
	for _, tag := range o.tags {
		message = cbor.Tag{Number: tag, Content: message}
	}
	return prefixHCERT + base45.Encode(zlibbed(marshal(message)))
}

// claimsOf are sound claims around a certificate.
func claimsOf(dcc any) map[any]any {
	return map[any]any{
		1: "FR", 6: date(2021, 6, 1).Unix(), 4: date(2021, 12, 1).Unix(), -260: map[any]any{1: dcc},
	}
}
