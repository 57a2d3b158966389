package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// TestRecordConsulted: an opening is an entry that is owed like any other, under the
// head of what was there before.
func TestRecordConsulted(t *testing.T) {
	journal, err := store.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	ctx := context.Background()
	before, err := journal.Head()
	if err != nil {
		t.Fatal(err)
	}
	c := record.Consulted{
		Patient: record.Patient{INS: record.INS{Matricule: "279035121518989", OID: record.OIDINSTest}, BirthName: "ESSAI"},
		Card:    record.CardRef{ID: "00ff"}, At: time.Now(), Author: record.Author{RPPS: "10003456785"}, Reason: "urgence",
	}
	id, duplicate, err := recordConsulted(ctx, journal, c)
	if err != nil || duplicate {
		t.Fatalf("%v, %v", duplicate, err)
	}
	c.ID = id
	if again, duplicate, err := recordConsulted(ctx, journal, c); err != nil || !duplicate || again != id {
		t.Errorf("the same opening again: %q, %v, %v", again, duplicate, err)
	}
	info, err := journal.Entry(ctx, id)
	if err != nil || info.Kind != record.KindConsulted || info.Reason != "urgence" || info.Item.State != record.Pending {
		t.Fatalf("%+v, %v", info, err)
	}
	s, err := journal.Submission(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := fhirschema.Validate(s.Body); err != nil {
		t.Error(err)
	}
	// The head is the same but for the time.
	if !bytes.Contains(s.Body, []byte(`"journal-head","valueString":"`+before.String()[:20])) {
		t.Errorf("no head in %s", s.Body)
	}
}
