package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// TestBundlesGoThroughTheCard takes every Bundle at hand from FHIR to a card and
// back to FHIR: what the card carries is what was imported, entry for entry; what
// it does not carry is named and counted; and what is exported of the card is valid
// R4 that imports to the same summary.
func TestBundlesGoThroughTheCard(t *testing.T) {
	var files []string
	for _, folder := range []string{"../../testdata/patients", "../../fhir/testdata/ips", "../../../shared/ips"} {
		found, err := filepath.Glob(folder + "/*.json")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("%d Bundles", len(files))
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	qr.Prepare()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, _, err := fhir.ImportBundle(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			s.ApplyAge(now)
			s.Sort()
			card, err := qr.Encode(s, qr.EncodeOptions{Declared: true, IssuedAt: now})
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, symbol := range card.Symbols {
				texts = append(texts, symbol.Text)
			}
			readings := qr.Reader{Now: now}.Read(texts)
			if len(readings) != 1 || !readings[0].Complete {
				t.Fatalf("got %d readings, the first of verdict %s", len(readings), readings[0].Judgement.Verdict)
			}
			read := readings[0].Summary

			// A declared card says of nobody that the identity was checked.
			s.Patient.Qualified = false
			if len(card.LeftOut) == 0 && jsonOf(t, read) != jsonOf(t, s) {
				t.Error("the card says something else than what was imported")
			}
			missing := 0
			for _, info := range record.SectionInfos {
				had, has := s.Section(info.ID), read.Section(info.ID)
				if has.Len()+has.Missing() != had.Len() || has.State() != had.State() {
					t.Errorf("%s: %d entries and %d said to be missing, of %d", info.ID, has.Len(), has.Missing(), had.Len())
				}
				missing += has.Missing()
			}
			if missing > len(card.LeftOut) {
				t.Errorf("%d entries are missing and %d are named", missing, len(card.LeftOut))
			}
			document, err := fhir.ExportBundle(read, fhir.ExportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := fhirschema.Validate(document); err != nil {
				t.Error(err)
			}
			again, left, err := fhir.ImportBundle(bytes.NewReader(document))
			if err != nil || len(left) > 0 {
				t.Fatalf("import what was exported: %v, %d entries left out", err, len(left))
			}
			if jsonOf(t, again) != jsonOf(t, read) {
				t.Error("FHIR does not say what the card said")
			}
		})
	}
}

func jsonOf(t *testing.T, s *record.Summary) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
