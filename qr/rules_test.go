package qr

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

// This file holds the rules of the emergency code to what is printed (doc/card-format.md, 5):
// always one symbol of 600 characters at most, readable by itself, allergies first,
// and signed counts of what is elsewhere.

const emergencyChars = 600

// nineTreatments is somebody of a nursing home: nine treatments with their doses, an
// allergy and a long-term condition.
func nineTreatments() *record.Summary {
	s := sampleSummary()
	for _, m := range []struct{ drug, atc, dose string }{
		{"Furosémide 40 mg", "C03CA01", "1 comprimé le matin"},
		{"Lévothyroxine 75 µg", "H03AA01", "1 comprimé le matin à jeun"},
		{"Macrogol 10 g", "A06AD15", "1 sachet le matin"},
	} {
		s.Medications.Entries = append(s.Medications.Entries, record.Medication{
			Drug: coded(m.drug, record.SystemATC, m.atc), Status: "active", Dosages: []record.Dosage{{Text: m.dose}},
		})
	}
	s.Problems.Entries = s.Problems.Entries[:1]
	s.Sort()
	return s
}

// emergencyAlone reads the emergency code of a card as a doctor does who has only
// that one.
func emergencyAlone(t testing.TB, card *Card, trusted record.TrustedKey) Reading {
	t.Helper()
	readings := Reader{Keys: testList(trusted), Now: testNow}.Read([]string{card.Symbols[0].Text})
	if len(readings) != 1 || readings[0].Summary == nil {
		t.Fatalf("the emergency code alone: got %+v", readings)
	}
	return readings[0]
}

func TestNineTreatmentsInSixHundredCharacters(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	s := nineTreatments()
	if s.Medications.Len() != 9 || !s.HasALD() {
		t.Fatalf("got %d treatments", s.Medications.Len())
	}
	card := mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow})
	code := card.Symbols[0]
	if code.Role != RoleEmergency || len(code.Text) > emergencyChars || code.Version > 15 {
		t.Fatalf("got %s, %d characters, version %d", code.Role, len(code.Text), code.Version)
	}
	r := emergencyAlone(t, card, trusted)
	e := r.Summary
	if e.Medications.Len() != 9 || e.Medications.Missing() != 0 {
		t.Errorf("got %d treatments, %d elsewhere", e.Medications.Len(), e.Medications.Missing())
	}
	for i, m := range e.Medications.Entries {
		if m.Title() != s.Medications.Entries[i].Title() {
			t.Errorf("treatment %d: got %q, want %q", i, m.Title(), s.Medications.Entries[i].Title())
		}
	}
	if e.Allergies.Len() != s.Allergies.Len() || !e.HasALD() || e.Devices.Len() != 1 || len(e.Contacts) == 0 {
		t.Errorf("got %d allergies, ALD %v, %d devices, %d contacts", e.Allergies.Len(), e.HasALD(), e.Devices.Len(), len(e.Contacts))
	}
	t.Logf("%d characters, version %d, %d of 9 with their dose", len(code.Text), code.Version, dosed(e))
}

func dosed(s *record.Summary) (n int) {
	for _, m := range s.Medications.Entries {
		if len(m.Dosages) > 0 {
			n++
		}
	}
	return n
}

// Whatever a person takes and has, the emergency code is one symbol of at most 600
// characters that holds every allergy and counts all that it does not hold, or there
// is no card.
func TestEmergencyCodeHoldsAndCounts(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	partial := 0
	rapid.Check(t, func(t *rapid.T) {
		s := nineTreatments()
		word := rapid.StringMatching(`[A-Z][a-zé]{5,14}( [a-z]{4,9})?`)
		for i := range rapid.IntRange(0, 12).Draw(t, "more treatments") {
			s.Medications.Entries = append(s.Medications.Entries, record.Medication{Drug: record.Text(word.Draw(t, "drug")), Status: "active",
				Dosages: []record.Dosage{{Text: fmt.Sprint(i, " par jour ", word.Draw(t, "dose"))}}})
		}
		for range rapid.IntRange(0, 15).Draw(t, "more allergies") {
			s.Allergies.Entries = append(s.Allergies.Entries, record.Allergy{Substance: record.Text(word.Draw(t, "allergy"))})
		}
		s.Sort()
		card, err := Encode(s, EncodeOptions{Key: key, IssuedAt: testNow})
		if err != nil {
			if record.ReasonOf(err) != "allergies_do_not_fit" {
				t.Fatal(err)
			}
			return
		}
		if n := len(card.Symbols[0].Text); n > emergencyChars {
			t.Fatalf("got %d characters", n)
		}
		r := Reader{Keys: testList(trusted), Now: testNow}.Read([]string{card.Symbols[0].Text})[0]
		e := r.Summary
		if e == nil || e.Allergies.Len() != s.Allergies.Len() {
			t.Fatal("an allergy is not in the emergency code")
		}
		for _, info := range record.SectionInfos {
			whole, part := s.Section(info.ID), e.Section(info.ID)
			if part.Len()+part.Missing() != whole.Len() || part.State() != whole.State() {
				t.Fatalf("%s: %d of %d, and %d said to be elsewhere", info.ID, part.Len(), whole.Len(), part.Missing())
			}
		}
		if e.Medications.Missing() > 0 {
			partial++
		}
		if r.Complete && len(card.Symbols) > 1 {
			t.Fatal("a part is taken for the whole")
		}
		var all []string
		for _, symbol := range card.Symbols {
			all = append(all, symbol.Text)
		}
		if back := (Reader{Keys: testList(trusted), Now: testNow}).Read(all)[0]; len(card.LeftOut) == 0 && !reflect.DeepEqual(back.Summary.Medications, s.Medications) {
			t.Fatal("the codes together are not the whole")
		}
	})
	if partial == 0 {
		t.Error("everything always fitted: the test does not test")
	}
}

// A core never says more than the entry, nor another thing: text is whole or absent.
func TestEmergencyCutsNoText(t *testing.T) {
	key, trusted := testKey("des Tilleuls")
	s := nineTreatments()
	for i := range s.Allergies.Entries {
		s.Allergies.Entries[i].Note = strings.Repeat("réaction croisée possible ; ", 3) + "a toléré l’amoxicilline en 2023"
	}
	e := emergencyAlone(t, mustEncode(t, s, EncodeOptions{Key: key, IssuedAt: testNow}), trusted).Summary
	for i, a := range e.Allergies.Entries {
		if whole := s.Allergies.Entries[i].Note; a.Note != "" && a.Note != whole {
			t.Errorf("got %q of %q", a.Note, whole)
		}
	}
	for i, m := range e.Medications.Entries {
		for k, d := range m.Dosages {
			if whole := s.Medications.Entries[i].Dosages[k].Text; d.Text != "" && d.Text != whole {
				t.Errorf("got %q of %q", d.Text, whole)
			}
		}
	}
}
