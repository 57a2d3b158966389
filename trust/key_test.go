package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestKeyIdentifierIsTheStartOfItsHash(t *testing.T) {
	for name, alg := range algorithms {
		k := testIssuerKey(t, testPractice, alg)
		der, err := x509.MarshalPKIXPublicKey(k.Signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(der)
		if string(k.Key.ID) != string(sum[:8]) {
			t.Errorf("%s: got identifier %x, want %x", name, k.Key.ID, sum[:8])
		}
	}
}

func TestNewIssuerKey(t *testing.T) {
	k := testIssuerKey(t, testPractice, 0)
	if k.Key.Algorithm != record.EdDSA {
		t.Errorf("got algorithm %d by default, want EdDSA", k.Key.Algorithm)
	}
	if want := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC); !k.Key.NotBefore.Equal(want) {
		t.Errorf("got a key valid from %v, want the beginning of its day, %v", k.Key.NotBefore, want)
	}
	if want := time.Date(2029, 11, 3, 0, 0, 0, 0, time.UTC); !k.Key.NotAfter.Equal(want) {
		t.Errorf("got a key valid until %v, want %v", k.Key.NotAfter, want)
	}
	if _, err := NewIssuerKey(testPractice, -35, testNow); record.CodeOf(err) != record.CodeInvalid {
		t.Errorf("ES384: got %v, want invalid", err)
	}
}

func TestIssuersThatACertificateMustNotName(t *testing.T) {
	for name, issuer := range map[string]record.Issuer{
		"no name":            {Kind: "practice"},
		"too long a name":    {Name: strings.Repeat("a", 201), Kind: "practice"},
		"a line break":       {Name: "Cabinet\nAuthentique", Kind: "practice"},
		"reversed text":      {Name: "Cabinet \u202egnol", Kind: "practice"},
		"an invisible space": {Name: "Cabinet\u200b", Kind: "practice"},
		"a space in front":   {Name: " Cabinet", Kind: "practice"},
		"broken UTF-8":       {Name: "Cabinet \xff", Kind: "practice"},
		"no kind":            {Name: "Cabinet"},
		"an unknown kind":    {Name: "Cabinet", Kind: "bakery"},
		"a wrong RPPS":       {Name: "Dr Essai", Kind: "practitioner", RPPS: "99700000006"},
		"a wrong FINESS":     {Name: "Cabinet", Kind: "practice", FINESS: "990000003"},
	} {
		if _, err := NewIssuerKey(issuer, 0, testNow); record.CodeOf(err) != record.CodeInvalid || err == nil {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
		k := testIssuerKey(t, testPractice, 0)
		if err := NewList(testNow, 0).Add(record.TrustedKey{Issuer: issuer, Key: k.Key}); err == nil {
			t.Errorf("%s: got on a list", name)
		}
	}
}

func TestWrongNumbersAreNamed(t *testing.T) {
	for reason, issuer := range map[string]record.Issuer{
		"rpps":   {Name: "Dr Essai", Kind: "practitioner", RPPS: "1"},
		"finess": {Name: "Cabinet", Kind: "practice", FINESS: "1"},
		"issuer": {Name: "", Kind: "practice"},
	} {
		_, err := NewIssuerKey(issuer, 0, testNow)
		wantError(t, err, record.CodeInvalid, reason)
	}
}

func TestKeysThatContradictThemselves(t *testing.T) {
	good := testIssuerKey(t, testPractice, 0).Key
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*record.Key){
		"another identifier":         func(k *record.Key) { k.ID = []byte("autre id") },
		"another algorithm":          func(k *record.Key) { k.Algorithm = record.ES256 },
		"an unknown algorithm":       func(k *record.Key) { k.Algorithm = 5 },
		"another curve":              func(k *record.Key) { k.ID, k.Algorithm, k.Public = nil, record.ES256, &p384.PublicKey },
		"no key":                     func(k *record.Key) { k.ID, k.Public = nil, nil },
		"an end before its start":    func(k *record.Key) { k.NotAfter = k.NotBefore },
		"a date before 1970":         func(k *record.Key) { k.NotBefore = time.Unix(-5, 0) },
		"a date after 9999":          func(k *record.Key) { k.NotAfter = time.Unix(maxTime+1, 0) },
		"compromised, never revoked": func(k *record.Key) { k.Compromised = true },
	} {
		k := good
		change(&k)
		if err := NewList(testNow, 0).Add(record.TrustedKey{Issuer: testPractice, Key: k}); record.CodeOf(err) != record.CodeInvalid || err == nil {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	k, r := testIssuerKey(t, testPractice, 0), testRoot(t, 0)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format+format, *k, *r); got != "[issuer key][root key]" {
			t.Errorf("%s of the values: got %q", format, got)
		}
		if got := fmt.Sprintf(format, k); got != "[issuer key]" {
			t.Errorf("%s of an issuer key: got %q", format, got)
		}
		if got := fmt.Sprintf(format, r); got != "[root key]" {
			t.Errorf("%s of a root: got %q", format, got)
		}
	}
	if got := k.LogValue().String() + r.LogValue().String(); got != "[issuer key][root key]" {
		t.Errorf("logged: got %q", got)
	}
}
