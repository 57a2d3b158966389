package print

import (
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestUndrawable(t *testing.T) {
	s := &record.Summary{
		Patient:   record.Patient{BirthName: "LE GOFF", Original: "李明"},
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{{Substance: record.Text("Œuf, ≥ 1 g")}, {Substance: record.Text("花生")}}},
		Contacts:  []record.Contact{{Name: "Anne"}},
	}
	got, err := Undrawable(s)
	if err != nil || len(got) != 1 || got[0] != "Allergies et intolérances, élément 2 (花生)" {
		t.Errorf("got %q, %v, want the second allergy alone", got, err)
	}
	s.Patient.BirthName, s.Contacts[0].Name = "李", "明"
	s.Allergies.Entries[0].Note = "voir 花"
	if got, _ := Undrawable(s); len(got) != 4 {
		t.Errorf("got %q, want the name, both allergies and the contact", got)
	}
}

func TestLapsedTreatmentOnPaperAndScreen(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	s := &record.Summary{Medications: record.Section[record.Medication]{Entries: []record.Medication{
		{Drug: record.Text("Amoxicilline"), Status: "active", End: "2026-02-20"},
		{Drug: record.Text("Prednisone"), Status: "intended", End: "2026-02"},
		{Drug: record.Text("Warfarine"), Status: "active", End: "2026-03-14"},
		{Drug: record.Text("Codéine"), Status: "completed", End: "2026-01-01"},
		{Drug: record.Text("Fer"), End: "2025"},
	}}}
	for i, want := range []string{
		"[À VÉRIFIER] Amoxicilline · terminé selon sa date de fin le 20/02/2026, encore marqué actif",
		"[À VÉRIFIER] Prednisone · terminé selon sa date de fin en 02/2026, encore marqué prévu",
		"Warfarine · jusqu’au 14/03/2026",
		"Codéine · jusqu’au 01/01/2026",
		"[À VÉRIFIER] Fer · terminé selon sa date de fin en 2025",
	} {
		got := strings.ReplaceAll(EntryTextAt(s, record.Medications, i, at), "\u00a0", " ")
		for _, part := range strings.Split(want, " · ") {
			if !strings.Contains(got, part) {
				t.Errorf("got %q, want %q", got, part)
			}
		}
		if strings.Contains(got, "VÉRIFIER") != strings.Contains(want, "VÉRIFIER") {
			t.Errorf("got %q", got)
		}
		// Without a moment nothing is said to be over.
		if got := EntryText(s, record.Medications, i); strings.Contains(got, "selon sa date") {
			t.Errorf("got %q", got)
		}
	}
	rows := medicationRows(s, at)
	if len(rows) != 5 || !strings.Contains(rows[0][1].text(), "encore marqué actif") {
		t.Errorf("on paper: got %v", rows)
	}
}
