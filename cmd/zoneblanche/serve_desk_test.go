package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/web"
)

// What the pages do is what the journal has: an opening with its reason, a draft that
// becomes an entry, a correction, evidence that can be checked.
func TestDeskAndJournal(t *testing.T) {
	ctx := context.Background()
	journal, err := store.Open(t.TempDir(), &store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	d := &desk{journal: journal}
	author := record.Author{Name: doctorName, RPPS: demoAuthor}
	patient := record.Patient{BirthName: "ESSAI", GivenNames: []string{"Ines"}, BirthDate: "1979-03-14", Sex: record.Female}
	card := record.CardRef{ID: "00112233aabbccdd", Issuer: "Cabinet d’essai", Verdict: record.Authentic}
	now := time.Now()
	if err := d.Opened(ctx, web.Opening{At: now, Author: author, Patient: patient, Card: card, Reason: "malaise"}); err != nil {
		t.Fatal(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	c := record.Consultation{ID: id.String(), Patient: patient, Card: card, ActedAt: now, Author: author, Note: "Angine.", Orders: []string{"TDR"}, Reason: "malaise"}
	if err := d.SaveDraft(ctx, web.Draft{Consultation: c, Codes: []string{"ZB1:A"}}); err != nil {
		t.Fatal(err)
	}
	if kept, err := d.Draft(ctx, c.ID); err != nil || kept.Codes[0] != "ZB1:A" || kept.SavedAt.IsZero() {
		t.Fatalf("%+v, %v", kept, err)
	}
	entry, duplicate, err := d.Sign(ctx, c, now)
	if err != nil || duplicate || entry != c.ID {
		t.Fatalf("sign: %s, %v, %v", entry, duplicate, err)
	}
	if _, duplicate, err = d.Sign(ctx, c, now); err != nil || !duplicate {
		t.Errorf("signed twice: %v, %v", duplicate, err)
	}
	if err := d.SaveDraft(ctx, web.Draft{Consultation: c}); record.CodeOf(err) != record.CodeConflict || record.ReasonOf(err) != "entry_exists" {
		t.Errorf("a draft of what is signed: %v", err)
	}
	fixed := c
	fixed.ID, fixed.Note = "", "Angine virale."
	made, duplicate, err := d.Correct(ctx, entry, fixed, now)
	if err != nil || duplicate {
		t.Fatalf("correct: %v, %v", duplicate, err)
	}
	if again, duplicate, err := d.Correct(ctx, entry, fixed, now); err != nil || !duplicate || again != made {
		t.Errorf("corrected twice: %s, %v, %v", again, duplicate, err)
	}
	all, err := d.Entries(ctx, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	for _, e := range all {
		detail, err := d.Entry(ctx, e.Item.Entry)
		if err != nil {
			t.Fatal(err)
		}
		switch e.Item.Kind {
		case record.KindConsulted:
			if detail.Reason != "malaise" {
				t.Errorf("the opening's reason: got %q", detail.Reason)
			}
		case record.KindCorrection:
			if e.Item.Replaces != entry || !e.Item.Waits || detail.Consultation.Note != "Angine virale." {
				t.Errorf("the correction: got %+v", e.Item)
			}
		case record.KindConsultation:
			if e.Item.CorrectedBy != made {
				t.Errorf("what is corrected: got %+v", e.Item)
			}
		}
	}
	var out bytes.Buffer
	if err := d.Evidence(ctx, &out, entry, true); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "preuve.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := store.VerifyExport(path); err != nil || len(r.Problems) > 0 {
		t.Errorf("evidence: %+v, %v", r, err)
	}
}
