package foreign

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/base45"
	"github.com/zoneblanche/zoneblanche/record"
)

// signer is a test's signer of certificates.
type signer struct {
	key crypto.Signer
	der []byte
	kid []byte
}

func newSigner(t testing.TB, key crypto.Signer, usages ...asn1.ObjectIdentifier) signer {
	t.Helper()
	der := newCertificate(t, key.Public(), "Test", "Test root", date(2021, 5, 1), date(2023, 5, 1), usages...)
	sum := sha256.Sum256(der)
	return signer{key, der, sum[:8]}
}

func (s signer) keys(t testing.TB) (k Keys) {
	t.Helper()
	if err := k.AddCertificates(s.der); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestHeadersOfCertificates: the ways in which real signers wrap a certificate are
// read, and a forger's are not.
func TestHeadersOfCertificates(t *testing.T) {
	ec := newSigner(t, newECKey(t, elliptic.P256()))
	p384 := newSigner(t, newECKey(t, elliptic.P384()))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaSigner := newSigner(t, rsaKey)
	type header = map[any]any
	for _, c := range []struct {
		name                   string
		by                     signer
		protected, unprotected header
		tags                   []uint64
		want                   record.Verdict
		warning                string
	}{
		{"tagged", ec, header{1: -7, 4: ec.kid}, nil, []uint64{18}, record.Authentic, ""},
		{"untagged", ec, header{1: -7, 4: ec.kid}, nil, nil, record.Authentic, ""},
		{"in a CWT tag", ec, header{1: -7, 4: ec.kid}, nil, []uint64{18, 61}, record.Authentic, ""},
		{"in a CWT tag alone", ec, header{1: -7, 4: ec.kid}, nil, []uint64{61}, record.Authentic, ""},
		{"in another tag", ec, header{1: -7, 4: ec.kid}, nil, []uint64{18, 62}, record.Unreadable, ""},
		{"in a tag for several signatures", ec, header{1: -7, 4: ec.kid}, nil, []uint64{98}, record.Unreadable, ""},
		{"the key id unprotected", ec, header{1: -7}, header{4: ec.kid}, []uint64{18}, record.Authentic, ""},
		{"the algorithm unprotected", ec, header{4: ec.kid}, header{1: -7}, []uint64{18}, record.Authentic, ""},
		{"nothing protected", ec, nil, header{1: -7, 4: ec.kid}, []uint64{18}, record.Authentic, ""},
		{"another id unprotected", ec, header{1: -7, 4: ec.kid}, header{4: []byte("stranger")}, []uint64{18}, record.Authentic, ""},
		{"another id protected", ec, header{1: -7, 4: []byte("stranger")}, header{4: ec.kid}, []uint64{18}, record.UnknownIssuer, WarnUnverified},
		{"no key id", ec, header{1: -7}, nil, []uint64{18}, record.Authentic, WarnNoKeyID},
		{"an empty key id", ec, header{1: -7, 4: []byte{}}, nil, []uint64{18}, record.UnknownIssuer, WarnUnverified},
		{"no algorithm", ec, header{4: ec.kid}, nil, []uint64{18}, record.NotAuthentic, ""},
		{"another algorithm", ec, header{1: -37, 4: ec.kid}, nil, []uint64{18}, record.NotAuthentic, ""},
		{"the algorithm in words", ec, header{1: "ES256", 4: ec.kid}, nil, []uint64{18}, record.Unreadable, ""},
		{"something critical", ec, header{1: -7, 4: ec.kid, 2: []int{99}, 99: 1}, nil, []uint64{18}, record.Unreadable, ""},
		{"PS256", rsaSigner, header{1: -37, 4: rsaSigner.kid}, nil, []uint64{18}, record.Authentic, ""},
		{"ES256 said of an RSA key", rsaSigner, header{1: -7, 4: rsaSigner.kid}, nil, []uint64{18}, record.NotAuthentic, ""},
		{"P-384 under ES256", p384, header{1: -7, 4: p384.kid}, nil, []uint64{18}, record.NotAuthentic, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := newHCERT(t, c.by.key, hcertOptions{c.protected, c.unprotected, c.tags, claimsOf(covid(nil))})
			r := one(t, Reader{Keys: c.by.keys(t), Now: date(2021, 7, 1)}, text)
			wantVerdict(t, r, c.want)
			if (c.warning == "") != (len(r.Warnings) == 0) || c.warning != "" && !hasCode(r, c.warning) {
				t.Errorf("got warnings %v, want %q", codes(r), c.warning)
			}
		})
	}
}

// TestOneKeyIDForTwo: two certificates may share a key id; each is tried.
func TestOneKeyIDForTwo(t *testing.T) {
	s := newSigner(t, newECKey(t, elliptic.P256()))
	k := newSigner(t, newECKey(t, elliptic.P256())).keys(t)
	k.certificates[0].kid = [kidSize]byte(s.kid)
	text := newHCERT(t, s.key, hcertOptions{map[any]any{1: -7, 4: s.kid}, nil, nil, claimsOf(covid(nil))})
	wantVerdict(t, one(t, Reader{Keys: k, Now: date(2021, 7, 1)}, text), record.NotAuthentic)
	if err := k.AddCertificates(s.der); err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, one(t, Reader{Keys: k, Now: date(2021, 7, 1)}, text), record.Authentic)
}

func TestClaimsOfCertificates(t *testing.T) {
	s := newSigner(t, newECKey(t, elliptic.P256()))
	change := func(key, value any) map[any]any {
		c := claimsOf(covid(nil))
		if value == nil {
			delete(c, key)
		} else {
			c[key] = value
		}
		return c
	}
	long := strings.Repeat("a", 81)
	test := map[string]any{"tg": "840539006", "tt": "LP6464-4", "sc": "2021-05-30T10:00:00Z", "tr": "260415000", "tc": "A", "co": "FR", "is": "CNAM", "ci": "URN"}
	for _, c := range []struct {
		name   string
		claims map[any]any
		now    time.Time
		want   record.Verdict
	}{
		{"sound", claimsOf(covid(nil)), date(2021, 7, 1), record.Authentic},
		{"without its issuer", change(1, nil), date(2021, 7, 1), record.Authentic},
		{"its last second", change(4, date(2021, 7, 1).Unix()), date(2021, 7, 1), record.Authentic},
		{"a second later", change(4, date(2021, 7, 1).Unix()-1), date(2021, 7, 1), record.Expired},
		{"dates with decimals", change(6, float64(date(2021, 6, 1).Unix())+0.25), date(2021, 7, 1), record.Authentic},
		{"a minute early", change(6, date(2021, 7, 1).Unix()+60), date(2021, 7, 1), record.Authentic},
		{"an hour early", change(6, date(2021, 7, 1).Unix()+3600), date(2021, 7, 1), record.Expired},
		{"issued before its signer was", change(6, date(2021, 4, 1).Unix()), date(2021, 7, 1), record.Expired},
		{"after its signer's certificate", change(4, date(2030, 1, 1).Unix()), date(2023, 6, 1), record.Expired},
		{"no end", change(4, nil), date(2021, 7, 1), record.Unreadable},
		{"no beginning", change(6, nil), date(2021, 7, 1), record.Unreadable},
		{"a text for an end", change(4, "2021"), date(2021, 7, 1), record.Unreadable},
		{"nothing certified", change(-260, nil), date(2021, 7, 1), record.Unreadable},
		{"another kind of certificate", change(-260, map[any]any{2: covid(nil)}), date(2021, 7, 1), record.Unreadable},
		{"keys that are numbers", claimsOf(map[any]any{1: 2}), date(2021, 7, 1), record.Unreadable},
		{"no name", claimsOf(covid(map[string]any{"nam": nil})), date(2021, 7, 1), record.Unreadable},
		{"no standardised name", claimsOf(covid(map[string]any{"nam/fnt": nil, "nam/gnt": nil})), date(2021, 7, 1), record.Unreadable},
		{"only a given name", claimsOf(covid(map[string]any{"nam/fnt": "", "nam/fn": nil})), date(2021, 7, 1), record.Authentic},
		{"a standardised name with an accent", claimsOf(covid(map[string]any{"nam/fnt": "É"})), date(2021, 7, 1), record.Unreadable},
		{"no birth", claimsOf(covid(map[string]any{"dob": nil})), date(2021, 7, 1), record.Unreadable},
		{"an unknown birth", claimsOf(covid(map[string]any{"dob": ""})), date(2021, 7, 1), record.Authentic},
		{"a year of birth", claimsOf(covid(map[string]any{"dob": "1964"})), date(2021, 7, 1), record.Authentic},
		{"born too long ago", claimsOf(covid(map[string]any{"dob": "1815-08-24"})), date(2021, 7, 1), record.Unreadable},
		{"not born yet", claimsOf(covid(map[string]any{"dob": "2023-01-01"})), date(2021, 7, 1), record.Unreadable},
		{"a day that is none", claimsOf(covid(map[string]any{"dob": "1964-02-30"})), date(2021, 7, 1), record.Unreadable},
		{"no version", claimsOf(covid(map[string]any{"ver": nil})), date(2021, 7, 1), record.Unreadable},
		{"no group", claimsOf(covid(map[string]any{"v": nil})), date(2021, 7, 1), record.Unreadable},
		{"an empty group", claimsOf(covid(map[string]any{"v": []any{}})), date(2021, 7, 1), record.Unreadable},
		{"two groups", claimsOf(covid(map[string]any{"t": []any{test}})), date(2021, 7, 1), record.Unreadable},
		{"a group that is no list", claimsOf(covid(map[string]any{"v": test})), date(2021, 7, 1), record.Unreadable},
		{"a group of numbers", claimsOf(covid(map[string]any{"v": []any{1}})), date(2021, 7, 1), record.Unreadable},
		{"a test", claimsOf(covid(map[string]any{"v": nil, "t": []any{test}})), date(2021, 7, 1), record.Authentic},
		{"no date of vaccination", claimsOf(covid(map[string]any{"v/dt": nil})), date(2021, 7, 1), record.Unreadable},
		{"no identifier", claimsOf(covid(map[string]any{"v/ci": nil})), date(2021, 7, 1), record.Unreadable},
		{"half a dose", claimsOf(covid(map[string]any{"v/dn": 1.5})), date(2021, 7, 1), record.Unreadable},
		{"a dose in words", claimsOf(covid(map[string]any{"v/dn": "1"})), date(2021, 7, 1), record.Unreadable},
		{"a product that is a number", claimsOf(covid(map[string]any{"v/mp": 7})), date(2021, 7, 1), record.Unreadable},
		{"nobody's number", claimsOf(covid(map[string]any{"v/ma": "ORG-99999999"})), date(2021, 7, 1), record.Unreadable},
		{"no country's code", claimsOf(covid(map[string]any{"v/co": "XY"})), date(2021, 7, 1), record.Unreadable},
		{"Kosovo", claimsOf(covid(map[string]any{"v/co": "XK"})), date(2021, 7, 1), record.Authentic},
		{"a country in small letters", claimsOf(covid(map[string]any{"v/co": "fr"})), date(2021, 7, 1), record.Unreadable},
		{"a long name", claimsOf(covid(map[string]any{"nam/fn": long})), date(2021, 7, 1), record.Authentic},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := newHCERT(t, s.key, hcertOptions{map[any]any{1: -7, 4: s.kid}, nil, []uint64{18}, c.claims})
			r := one(t, Reader{Keys: s.keys(t), Now: c.now}, text)
			wantVerdict(t, r, c.want)
			if !r.Verified {
				t.Error("the signature is not said to hold")
			}
		})
	}
}

func TestKeyUsages(t *testing.T) {
	for _, c := range []struct {
		name   string
		usages []asn1.ObjectIdentifier
		want   record.Verdict
	}{
		{"none", nil, record.Authentic},
		{"vaccination", usages[groupVaccination][:1], record.Authentic},
		{"vaccination, the first spelling", usages[groupVaccination][1:], record.Authentic},
		{"test", usages[groupTest][:1], record.UnknownIssuer},
		{"recovery, the first spelling", usages[groupRecovery][1:], record.UnknownIssuer},
		{"test and vaccination", []asn1.ObjectIdentifier{usages[groupTest][0], usages[groupVaccination][1]}, record.Authentic},
		{"a seal of ICAO", []asn1.ObjectIdentifier{usageVDS}, record.UnknownIssuer},
		{"something else", []asn1.ObjectIdentifier{{1, 2, 3, 4}}, record.Authentic},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSigner(t, newECKey(t, elliptic.P256()), c.usages...)
			text := newHCERT(t, s.key, hcertOptions{map[any]any{1: -7, 4: s.kid}, nil, []uint64{18}, claimsOf(covid(nil))})
			r := one(t, Reader{Keys: s.keys(t), Now: date(2021, 7, 1)}, text)
			wantVerdict(t, r, c.want)
			if hasCode(r, WarnNotEntitled) != (c.want == record.UnknownIssuer) || r.Judgement.Verdict != record.Authentic && (r.Raw != nil || r.Immunizations != nil) {
				t.Errorf("got warnings %v, %d bytes of content", codes(r), len(r.Raw))
			}
		})
	}
}

// TestTamperedCertificates changes each byte of a message in turn: none is
// believed any more.
func TestTamperedCertificates(t *testing.T) {
	s := newSigner(t, newECKey(t, elliptic.P256()))
	text := newHCERT(t, s.key, hcertOptions{map[any]any{1: -7, 4: s.kid}, nil, []uint64{18}, claimsOf(covid(nil))})
	message, err := unpackHCERT(text[len(prefixHCERT):])
	if err != nil {
		t.Fatal(err)
	}
	reader := Reader{Keys: s.keys(t), Now: date(2021, 7, 1)}
	for i := range message {
		changed := bytes.Clone(message)
		changed[i] ^= 1
		r := one(t, reader, prefixHCERT+base45.Encode(zlibbed(changed)))
		if v := r.Judgement.Verdict; v == record.Authentic || v == record.Expired || r.Raw != nil {
			t.Errorf("byte %d: got %q", i, v)
		}
	}
	for name, body := range map[string][]byte{
		"bytes after the message": append(bytes.Clone(message), 0),
		"nothing":                 {},
		"no array":                {0xa0},
		"a short array":           {0x81, 0x40},
		"nested without end":      bytes.Repeat([]byte{0x81}, 10000),
		"tagged without end":      bytes.Repeat([]byte{0xd2}, 10000),
	} {
		if r := one(t, reader, prefixHCERT+base45.Encode(zlibbed(body))); r.Judgement.Verdict != record.Unreadable {
			t.Errorf("%s: got %q", name, r.Judgement.Verdict)
		}
	}
	compressed := zlibbed(message)
	for name, body := range map[string][]byte{
		"not compressed":             message,
		"bytes after the stream":     append(bytes.Clone(compressed), 0),
		"a stream that ends early":   compressed[:len(compressed)-1],
		"raw deflate without a head": deflated(message),
	} {
		if r := one(t, reader, prefixHCERT+base45.Encode(body)); r.Judgement.Verdict != record.Unreadable {
			t.Errorf("%s: got %q", name, r.Judgement.Verdict)
		}
	}
	for _, text := range []string{"HC2:6BF", "HC1:", "HC1:6", "HC1:é"} {
		wantVerdict(t, one(t, reader, text), record.Unreadable)
	}
}

func TestFilesOfCertificates(t *testing.T) {
	a, b := newSigner(t, newECKey(t, elliptic.P256())), newSigner(t, newECKey(t, elliptic.P256()))
	pemOf := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"DER":          {a.der, 1},
		"base64":       {[]byte(base64.StdEncoding.EncodeToString(a.der) + "\n"), 1},
		"PEM":          {append([]byte("Test\n"), pemOf(a.der)...), 1},
		"two in PEM":   {append(pemOf(a.der), pemOf(b.der)...), 2},
		"nothing":      {nil, 0},
		"words":        {[]byte("certificate"), 0},
		"a public key": {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}), 0},
		"half of two":  {append(pemOf(a.der), pemOf(b.der[:50])...), 0},
	} {
		var k Keys
		err := k.AddCertificates(c.data)
		if len(k.certificates) != c.want || (err == nil) != (c.want > 0) || err != nil && record.CodeOf(err) != record.CodeInvalid {
			t.Errorf("%s: got %d, %v", name, len(k.certificates), err)
		}
	}
}
