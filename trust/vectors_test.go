package trust

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func vector(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Every list of version 1 stays readable.
func TestListVectors(t *testing.T) {
	for name, want := range map[string]struct {
		fingerprint, words string
		keys               []string
	}{
		"trust-list-1-eddsa.cose": {
			"74dcf222c8283dd662de401f992546daa2d413800a6d656d779d11237b99d80b",
			"lapin tapis vaisselle cactus safran cartable diamant sonnette",
			[]string{"30c3fe51ee029349", "2fc63d414bc571e4", "848d688435f4fe46"},
		},
		"trust-list-1-es256.cose": {
			"647f8d55bb6be7c3e984f2334d77c44d6687131bd4fac76db0ff9584f6cb8af9",
			"horloge machine navire fromage refuge jardin tonneau ruban",
			[]string{"2f570cb0496dd419", "0f5bca7bbdcdab8e", "efeebd0a5911f0a4"},
		},
	} {
		l, err := OpenList(vector(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := hex.EncodeToString(l.RootFingerprint()); got != want.fingerprint || Words(l.RootFingerprint()) != want.words {
			t.Errorf("%s: got root %s, %s, want %s, %s", name, got, Words(l.RootFingerprint()), want.fingerprint, want.words)
		}
		issued, next := l.ListDate()
		if l.Sequence() != 1 || !issued.Equal(testNow) || !next.Equal(testNow.Add(180*24*time.Hour)) {
			t.Errorf("%s: got list %d of %v, next %v", name, l.Sequence(), issued, next)
		}
		keys := l.Issuers()
		if len(keys) != 3 {
			t.Errorf("%s: got %d keys, want 3", name, len(keys))
			continue
		}
		for i, k := range keys {
			wantIssuer, wantAlg := testDoctor, record.EdDSA
			switch i {
			case 0:
				wantIssuer = testPractice
			case 1:
				wantAlg = record.ES256
			}
			if hex.EncodeToString(k.Key.ID) != want.keys[i] || k.Issuer != wantIssuer || k.Key.Algorithm != wantAlg {
				t.Errorf("%s, key %d: got %+v", name, i, k)
			}
			if revoked := i == 2; k.Key.Compromised != revoked || k.Key.RevokedAt.Equal(testNow.Add(time.Hour)) != revoked {
				t.Errorf("%s, key %d: got revoked %v, compromised %v", name, i, k.Key.RevokedAt, k.Key.Compromised)
			}
		}
		for _, id := range []string{"carte--1", "carte--2"} {
			if at, ok := l.RevokedCard([]byte(id)); !ok || !at.Equal(testNow.Add(2*time.Hour)) {
				t.Errorf("%s: card %s: got revoked %v, %v", name, id, at, ok)
			}
		}
	}
}

// A replaced root's list stays readable, and leads from the old root to the new.
func TestReplacedRootVector(t *testing.T) {
	l, err := OpenList(vector(t, "trust-list-1-replaced.cose"))
	if err != nil {
		t.Fatal(err)
	}
	const old, next = "e513a1119c63ffbe152df8c29d72c64b07f8cc3631d0fac0e2dcc2d6e6e2405d", "404a0983eef568e959396b006c06a509eff81e8cea3d9b3cb2da82c294aa8b71"
	if hex.EncodeToString(l.RootFingerprint()) != next || len(l.ancestors) != 1 || hex.EncodeToString(l.ancestors[0]) != old || l.Sequence() != 2 {
		t.Errorf("got list %d of root %x after %x", l.Sequence(), l.RootFingerprint(), l.ancestors)
	}
}

// Every certificate of version 1 stays readable.
func TestCertificateVectors(t *testing.T) {
	for name, want := range map[string]struct {
		alg record.Algorithm
		key string
	}{
		"certificate-1-eddsa.cert": {record.EdDSA, "c23355b9d719d4cc"},
		"certificate-1-es256.cert": {record.ES256, "c5450d75d6df3f99"},
	} {
		k, err := ParseCertificate(vector(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		day := testNow.Truncate(24 * time.Hour)
		if k.Issuer != testDoctor || k.Key.Algorithm != want.alg || hex.EncodeToString(k.Key.ID) != want.key ||
			!k.Key.NotBefore.Equal(day) || !k.Key.NotAfter.Equal(day.AddDate(3, 0, 0)) {
			t.Errorf("%s: got %+v", name, k)
		}
	}
}
