package store

import (
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

func updated(on record.Date) record.CardRef {
	return record.CardRef{ID: "00", UpdatedAt: on, Verdict: record.Authentic}
}

// recordCard records a consultation that rests on a card.
func recordCard(t *testing.T, j *Journal, p record.Patient, card record.CardRef, at time.Time) {
	t.Helper()
	c := consultation(fmt.Sprint("note ", at.UnixNano()), at)
	c.Patient, c.Card = p, card
	if _, _, err := j.Record(ctx, c, submission(c)); err != nil {
		t.Fatal(err)
	}
}

func mustNewest(t testing.TB, j *Journal, p record.Patient) record.CardSeen {
	t.Helper()
	seen, err := j.NewestCard(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestNewestCardIsRemembered(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	p := consultation("", acted).Patient
	if seen := mustNewest(t, j, p); !seen.New.IsZero() {
		t.Fatalf("before any card: got %+v", seen)
	}
	recordCard(t, j, p, updated("2026-03-01"), acted)
	recordCard(t, j, p, updated("2026-01-01"), acted.Add(time.Hour))
	if err := j.OpenedCard(ctx, p, updated("2026-03-01"), acted.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	// An older one and one as new change nothing, not even when it was first seen.
	want := record.CardSeen{New: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), At: acted}
	if seen := mustNewest(t, j, p); !seen.New.Equal(want.New) || !seen.At.Equal(want.At) {
		t.Errorf("got %+v, want %+v", seen, want)
	}
	if err := j.OpenedCard(ctx, p, updated("2026-03-10"), acted.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, &Options{ReadOnly: true})
	if seen := mustNewest(t, j, p); !seen.At.Equal(acted.Add(3*time.Hour)) || seen.New.Day() != 10 {
		t.Errorf("after a card was only opened and the journal reopened: got %+v", seen)
	}
	if r := mustBeSound(t, j); r.Entries != 2 {
		t.Errorf("got %d entries, want 2: opening a card leaves none here", r.Entries)
	}
	for name, data := range readAll(t, dir) {
		mustNotContain(t, name, data, secretName, secretINS, "2026-03-10")
	}
}

func TestNewestCardOfWhom(t *testing.T) {
	whole := record.Patient{BirthName: "Le Goff", GivenNames: []string{"Anne", "Marie"}, BirthDate: "1950-01-02", Sex: record.Female}
	change := func(f func(*record.Patient)) record.Patient { p := whole; f(&p); return p }
	ins := change(func(p *record.Patient) { p.INS = record.INS{Matricule: secretINS, OID: record.OIDINSTest} })
	for _, c := range []struct {
		name          string
		first, second record.Patient
		same          bool
	}{
		{"the same traits", whole, whole, true},
		{"traits in capitals", whole, change(func(p *record.Patient) { p.BirthName = "LE GOFF" }), true},
		{"another identifier of another system", change(func(p *record.Patient) { p.Identifiers = []record.CodeValue{{System: "urn:x", Value: "1"}} }), whole, true},
		{"the same INS and another spelling", ins, change(func(p *record.Patient) { p.INS, p.BirthName = ins.INS, "LEGOFF" }), true},
		{"an INS and none", ins, whole, false},
		{"another birth date", whole, change(func(p *record.Patient) { p.BirthDate = "1950-01-03" }), false},
		{"another sex", whole, change(func(p *record.Patient) { p.Sex = record.Male }), false},
		{"no birth name", change(func(p *record.Patient) { p.BirthName = "" }), change(func(p *record.Patient) { p.BirthName = "" }), false},
		{"no given name", change(func(p *record.Patient) { p.GivenNames = nil }), change(func(p *record.Patient) { p.GivenNames = nil }), false},
		{"no birth date", change(func(p *record.Patient) { p.BirthDate = "" }), change(func(p *record.Patient) { p.BirthDate = "" }), false},
		{"no sex", change(func(p *record.Patient) { p.Sex = "" }), change(func(p *record.Patient) { p.Sex = "" }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := mustOpen(t, t.TempDir(), nil)
			recordCard(t, j, c.first, updated("2026-03-01"), acted)
			if got := !mustNewest(t, j, c.second).New.IsZero(); got != c.same {
				t.Errorf("remembered for the second: got %v, want %v", got, c.same)
			}
			mustBeSound(t, j)
		})
	}
}

// Cards that must not make others look old: those that anybody can make, and those
// whose date no clock has reached.
func TestCardsThatAreNotRemembered(t *testing.T) {
	p := consultation("", acted).Patient
	j := mustOpen(t, t.TempDir(), nil)
	at := acted
	for _, v := range []record.Verdict{"", record.PatientDeclared, record.Incomplete, record.UnknownIssuer, record.Expired, record.NotAuthentic, record.Revoked, record.Unsigned} {
		at = at.Add(time.Hour)
		recordCard(t, j, p, record.CardRef{UpdatedAt: "2026-03-01", Verdict: v}, at)
	}
	recordCard(t, j, p, updated("2090-01-01"), acted)
	recordCard(t, j, p, record.CardRef{Issued: acted.AddDate(5, 0, 0), Verdict: record.Authentic}, acted.Add(time.Minute))
	if seen := mustNewest(t, j, p); !seen.New.IsZero() {
		t.Errorf("got %+v, want nothing", seen)
	}
	// A card from the future counts as new as its issuing.
	card := updated("2090-01-01")
	card.Issued = acted.AddDate(0, -1, 0)
	recordCard(t, j, p, card, acted.Add(time.Hour*2))
	if seen := mustNewest(t, j, p); !seen.New.Equal(card.Issued) {
		t.Errorf("got %+v, want the issuing %v", seen, card.Issued)
	}
	mustBeSound(t, j)
}

// A refused or repeated consultation remembers nothing of its own: the memory is
// written with the entry or not at all.
func TestNewestCardGoesWithItsEntry(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	c := consultation("une note", acted)
	c.Card = updated("2026-03-01")
	s := submission(c)
	s.Body = nil
	if _, _, err := j.Record(ctx, c, s); err == nil {
		t.Fatal("an empty submission was accepted")
	}
	if seen := mustNewest(t, j, c.Patient); !seen.New.IsZero() {
		t.Errorf("got %+v after a refusal, want nothing", seen)
	}
}

func TestDamagedMemory(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	p := consultation("", acted).Patient
	recordCard(t, j, p, updated("2026-03-01"), acted)
	for k, row := range rawRows(t, j, bucketNewest) {
		row[len(row)/2] ^= 1
		rawPut(t, j, bucketNewest, []byte(k), row)
	}
	_, err := j.NewestCard(ctx, p)
	wantReason(t, err, record.CodeInternal, ReasonJournalDamaged)
	if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
		t.Errorf("verify: got %v, %v", r.Problems, err)
	}
	// It costs no entry, and the next card mends it.
	recordCard(t, j, p, updated("2026-03-02"), acted.Add(time.Hour))
	mustBeSound(t, j)
	// A memory that is gone is noticed.
	for k := range rawRows(t, j, bucketNewest) {
		rawPut(t, j, bucketNewest, []byte(k), nil)
	}
	if r, err := j.Verify(ctx); err != nil || len(r.Problems) == 0 {
		t.Errorf("verify without the row: got %v, %v", r.Problems, err)
	}
}

// Whatever the order in which cards are seen, the newest is remembered, and a card
// is superseded exactly when a surely newer one was seen before.
func TestNewestCardProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal-newest-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		j, err := Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		p := consultation("", acted).Patient
		newest := -1
		for i, day := range rapid.SliceOfN(rapid.IntRange(0, 20), 1, 8).Draw(t, "days") {
			card := updated(record.DayOf(acted.AddDate(0, 0, day-30)))
			now := acted.Add(time.Duration(i) * time.Hour)
			seen, err := j.NewestCard(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			j1 := record.JudgeSeen(record.Judgement{Verdict: record.Authentic}, card, seen, now)
			if got, want := j1.Verdict == record.Superseded, newest > day; got != want {
				t.Fatalf("day %d after %d: superseded %v, want %v", day, newest, got, want)
			}
			if err := j.OpenedCard(ctx, p, card, now); err != nil {
				t.Fatal(err)
			}
			newest = max(newest, day)
		}
	})
}
