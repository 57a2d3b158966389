package trust

import (
	"bytes"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// The contract of the package qr, which asks for it by shape.
var _ interface {
	Keys(kid []byte) []record.TrustedKey
	RevokedCard(id []byte) (at time.Time, ok bool)
	ListDate() (issued, nextUpdate time.Time)
} = (*List)(nil)

func TestListFindsKeys(t *testing.T) {
	l := NewList(testNow, 0)
	k := testIssuerKey(t, testPractice, 0)
	mustAdd(t, l, trusted(k))
	got := l.Keys(k.Key.ID)
	if len(got) != 1 {
		t.Fatalf("got %d keys, want 1", len(got))
	}
	wantSameKey(t, got[0], trusted(k))
	for _, kid := range [][]byte{nil, {}, []byte("inconnue"), k.Key.ID[:7], append(bytes.Clone(k.Key.ID), 0)} {
		if got := l.Keys(kid); len(got) != 0 {
			t.Errorf("identifier %x: got %d keys, want none", kid, len(got))
		}
	}
	// What a caller does to its answer stays with the caller.
	got[0].Issuer.Name = "changé"
	if l.Keys(k.Key.ID)[0].Issuer != testPractice {
		t.Error("changing an answer changed the list")
	}
}

func TestTwoKeysThatShareAnIdentifierAreBothKept(t *testing.T) {
	// A true collision takes 2³² keys; the index is made to hold one instead.
	l := NewList(testNow, 0)
	a, b := testIssuerKey(t, testPractice, 0), testIssuerKey(t, testDoctor, 0)
	mustAdd(t, l, trusted(a))
	twin := trusted(b)
	twin.Key.ID = a.Key.ID
	id := [record.KeyIDSize]byte(a.Key.ID)
	l.byID[id] = append(l.byID[id], twin)
	if got := l.Keys(a.Key.ID); len(got) != 2 {
		t.Fatalf("got %d keys, want both", len(got))
	}
	renewed := trusted(a)
	renewed.Key.NotAfter = renewed.Key.NotAfter.AddDate(1, 0, 0)
	mustAdd(t, l, renewed)
	got := l.Keys(a.Key.ID)
	if len(got) != 2 {
		t.Fatalf("got %d keys after an update of one, want both", len(got))
	}
	wantSameKey(t, got[0], renewed)
	wantSameKey(t, got[1], twin)
	if err := l.RevokeKey(a.Key.ID, testNow, false); err != nil {
		t.Fatal(err)
	}
	for _, k := range l.Keys(a.Key.ID) {
		if k.Key.RevokedAt.IsZero() {
			t.Errorf("%s: not revoked with the identifier that it shares", k.Issuer.Name)
		}
	}
}

func TestAddingTheSameKeyAgainUpdatesIt(t *testing.T) {
	l := NewList(testNow, 0)
	k := testIssuerKey(t, testPractice, record.ES256)
	mustAdd(t, l, trusted(k))
	renamed := trusted(k)
	renamed.Issuer.Name = "Cabinet d’essai, nouveau nom (clé de test)"
	mustAdd(t, l, renamed)
	if got := l.Issuers(); len(got) != 1 || got[0].Issuer != renamed.Issuer {
		t.Errorf("got %+v, want the key once, under its new name", got)
	}
}

func TestRevocationSurvivesTheOldCertificate(t *testing.T) {
	l := NewList(testNow, 0)
	k := testIssuerKey(t, testPractice, 0)
	mustAdd(t, l, trusted(k))
	early, late := testNow.Add(time.Hour), testNow.Add(48*time.Hour)
	for _, r := range []struct {
		at          time.Time
		compromised bool
	}{{late, false}, {early, true}, {late, false}} {
		if err := l.RevokeKey(k.Key.ID, r.at, r.compromised); err != nil {
			t.Fatal(err)
		}
	}
	mustAdd(t, l, trusted(k))
	got := l.Keys(k.Key.ID)[0].Key
	if !got.RevokedAt.Equal(early) || !got.Compromised {
		t.Errorf("got revoked %v, compromised %v, want %v, true", got.RevokedAt, got.Compromised, early)
	}
	wantError(t, l.RevokeKey([]byte("inconnue"), testNow, false), record.CodeNotFound, "trust_key")
	wantError(t, l.RevokeKey(k.Key.ID, time.Time{}, false), record.CodeInvalid, "date")
	wantError(t, l.RevokeKey(k.Key.ID, time.Unix(0, 0), false), record.CodeInvalid, "date")
}

func TestRevokedCards(t *testing.T) {
	l := NewList(testNow, 0)
	id := []byte("carte--1")
	if err := l.RevokeCard(id, testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := l.RevokeCard(id, testNow.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if at, ok := l.RevokedCard(id); !ok || !at.Equal(testNow.Add(time.Hour)) {
		t.Errorf("got %v, %v, want the earlier date", at, ok)
	}
	for _, id := range [][]byte{nil, []byte("carte--2"), []byte("carte-1"), []byte("carte---1")} {
		if _, ok := l.RevokedCard(id); ok {
			t.Errorf("card %q: revoked", id)
		}
	}
	wantError(t, l.RevokeCard([]byte("court"), testNow), record.CodeInvalid, "card_id")
	wantError(t, l.RevokeCard(id, time.Time{}), record.CodeInvalid, "date")
	wantError(t, l.RevokeCard(id, time.Unix(1<<32, 0)), record.CodeInvalid, "date")
}

func TestListDates(t *testing.T) {
	l := NewList(testNow.Add(700*time.Millisecond), 10*24*time.Hour)
	issued, next := l.ListDate()
	if !issued.Equal(testNow) || !next.Equal(testNow.AddDate(0, 0, 10)) || l.Sequence() != 1 {
		t.Errorf("got list %d of %v, next %v", l.Sequence(), issued, next)
	}
	if l.StaleAt(next) || !l.StaleAt(next.Add(time.Second)) {
		t.Error("a list is stale from the second after the next one is due")
	}
	l.Renew(testNow.AddDate(1, 0, 0))
	issued, next = l.ListDate()
	if !issued.Equal(testNow.AddDate(1, 0, 0)) || next.Sub(issued) != 10*24*time.Hour || l.Sequence() != 2 {
		t.Errorf("renewed: got list %d of %v, next %v", l.Sequence(), issued, next)
	}
	if _, next := NewList(testNow, 0).ListDate(); !next.Equal(testNow.Add(DefaultValidity)) {
		t.Errorf("got next list %v by default, want %v", next, testNow.Add(DefaultValidity))
	}
}
