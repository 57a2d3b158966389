package trust

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestChangesSinceTheListBefore(t *testing.T) {
	root := testRoot(t, 0)
	kept, renamed := testIssuerKey(t, testPractice, 0), testIssuerKey(t, testDoctor, 0)
	gone, revoked := testIssuerKey(t, testPractice, record.ES256), testIssuerKey(t, testDoctor, record.ES256)
	before := NewList(testNow, 0)
	mustAdd(t, before, trusted(kept), trusted(renamed), trusted(gone), trusted(revoked))
	if err := before.RevokeCard([]byte("carte--1"), testNow); err != nil {
		t.Fatal(err)
	}
	before, err := OpenList(mustSign(t, before, root))
	if err != nil {
		t.Fatal(err)
	}
	if c := before.Since(before); len(c.Added)+len(c.Removed)+len(c.Revoked)+len(c.Changed)+len(c.Cards) != 0 || c.RootReplaced {
		t.Errorf("a list since itself: got %+v, want nothing", c)
	}
	if c := before.Since(nil); len(c.Added) != 4 || len(c.Cards) != 1 || c.RootReplaced {
		t.Errorf("a first list: got %+v, want all of it", c)
	}

	after := NewList(testNow, 0)
	fresh := testIssuerKey(t, testDoctor, 0)
	other := trusted(renamed)
	other.Issuer.Name = "Dr Autre (clé de test)"
	mustAdd(t, after, trusted(kept), other, trusted(revoked), trusted(fresh))
	if err := after.RevokeKey(revoked.Key.ID, testNow.Add(time.Hour), false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"carte--2", "carte--1"} {
		if err := after.RevokeCard([]byte(id), testNow); err != nil {
			t.Fatal(err)
		}
	}
	next := testRoot(t, 0)
	after.successions = [][]byte{mustVouch(t, root, next)}
	if after, err = OpenList(mustSign(t, after, next)); err != nil {
		t.Fatal(err)
	}
	c := after.Since(before)
	for name, got := range map[string][]record.TrustedKey{
		"added": c.Added, "removed": c.Removed, "revoked": c.Revoked, "changed": c.Changed,
	} {
		want := map[string]*IssuerKey{"added": fresh, "removed": gone, "revoked": revoked, "changed": renamed}[name]
		if len(got) != 1 || !samePublic(got[0].Key, want.Key) {
			t.Errorf("%s: got %+v, want %s", name, got, hex.EncodeToString(want.Key.ID))
		}
	}
	if len(c.Cards) != 1 || string(c.Cards[0]) != "carte--2" || !c.RootReplaced {
		t.Errorf("got cards %q, root replaced %v", c.Cards, c.RootReplaced)
	}
}

// A key that was known as revoked and turns out to be stolen is news.
func TestCompromiseIsAChange(t *testing.T) {
	k := testIssuerKey(t, testPractice, 0)
	before, after := NewList(testNow, 0), NewList(testNow, 0)
	mustAdd(t, before, trusted(k))
	mustAdd(t, after, trusted(k))
	for l, compromised := range map[*List]bool{before: false, after: true} {
		if err := l.RevokeKey(k.Key.ID, testNow, compromised); err != nil {
			t.Fatal(err)
		}
	}
	if c := after.Since(before); len(c.Revoked) != 1 || len(c.Changed) != 0 {
		t.Errorf("got %+v, want the key among the revoked", c)
	}
}

func TestARetiredKeyEndsAndItsCertificateSaysSo(t *testing.T) {
	for name, c := range map[string]struct{ at, want time.Time }{
		"now":                   {testNow.Add(time.Hour + time.Millisecond), testNow.Add(time.Hour)},
		"before its beginning":  {testNow.AddDate(-1, 0, 0), testNow.Truncate(24 * time.Hour).Add(time.Second)},
		"after its own end":     {testNow.AddDate(9, 0, 0), testNow.Truncate(24*time.Hour).AddDate(KeyValidity, 0, 0)},
		"exactly its beginning": {testNow.Truncate(24 * time.Hour), testNow.Truncate(24 * time.Hour).Add(time.Second)},
	} {
		k := testIssuerKey(t, testPractice, record.ES256)
		retired, err := k.Retire(c.at)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cert, err := ParseCertificate(retired.Certificate())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !cert.Key.NotAfter.Equal(c.want) || !samePublic(cert.Key, k.Key) {
			t.Errorf("%s: got an end at %v, want %v", name, cert.Key.NotAfter, c.want)
		}
		l := NewList(testNow, 0)
		mustAdd(t, l, trusted(k), cert)
		if got := l.Keys(k.Key.ID); len(got) != 1 || !got[0].Key.NotAfter.Equal(c.want) {
			t.Errorf("%s: on the list: got %+v", name, got)
		}
	}
}
