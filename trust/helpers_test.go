package trust

import (
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Every key of these tests is made when they run and thrown away; the issuers'
// names say so. The numbers are invented and pass their checks.
var (
	testNow      = time.Date(2026, 11, 3, 9, 30, 15, 0, time.UTC)
	testPractice = record.Issuer{Name: "Cabinet d’essai (clé de test)", Kind: "practice", FINESS: "990000002"}
	testDoctor   = record.Issuer{Name: "Dr Essai (clé de test)", Kind: "practitioner", RPPS: "99700000005"}
	algorithms   = map[string]record.Algorithm{"EdDSA": record.EdDSA, "ES256": record.ES256}
)

func testIssuerKey(t testing.TB, issuer record.Issuer, alg record.Algorithm) *IssuerKey {
	t.Helper()
	k, err := NewIssuerKey(issuer, alg, testNow)
	if err != nil {
		t.Fatalf("NewIssuerKey(%v): %v", alg, err)
	}
	return k
}

func testRoot(t testing.TB, alg record.Algorithm) *Root {
	t.Helper()
	r, err := NewRoot(alg, testNow)
	if err != nil {
		t.Fatalf("NewRoot(%v): %v", alg, err)
	}
	return r
}

func trusted(k *IssuerKey) record.TrustedKey {
	return record.TrustedKey{Issuer: k.Issuer, Key: k.Key}
}

func mustAdd(t testing.TB, l *List, keys ...record.TrustedKey) {
	t.Helper()
	for _, k := range keys {
		if err := l.Add(k); err != nil {
			t.Fatalf("Add: %v", err)
		}
	}
}

func mustSign(t testing.TB, l *List, r *Root) []byte {
	t.Helper()
	data, err := l.Sign(r)
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return data
}

// testList is a list with a bit of everything.
func testList(t testing.TB) *List {
	t.Helper()
	l := NewList(testNow, 0)
	doctor := testIssuerKey(t, testDoctor, record.EdDSA)
	mustAdd(t, l, trusted(doctor), trusted(testIssuerKey(t, testDoctor, record.ES256)),
		trusted(testIssuerKey(t, testPractice, record.EdDSA)))
	if err := l.RevokeKey(doctor.Key.ID, testNow.Add(time.Hour), true); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"carte--2", "carte--1"} {
		if err := l.RevokeCard([]byte(id), testNow.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// wantError checks an error's class and reason.
func wantError(t testing.TB, err error, code record.Code, reason string) {
	t.Helper()
	if err == nil || record.CodeOf(err) != code || record.ReasonOf(err) != reason {
		t.Errorf("got error %v (%s, %q), want %s, %q", err, record.CodeOf(err), record.ReasonOf(err), code, reason)
	}
}
