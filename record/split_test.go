package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// entriesOf draws up to n entries made by make.
func entriesOf[E any](t *rapid.T, name string, n int, make func(i int) E) Section[E] {
	count := rapid.IntRange(0, n).Draw(t, name)
	s := Section[E]{None: count == 0 && rapid.Bool().Draw(t, name+" none")}
	for i := range count {
		s.Entries = append(s.Entries, make(i))
	}
	return s
}

func drawSummary(t *rapid.T) *Summary {
	title := func(kind string, i int) Concept { return Text(fmt.Sprintf("%s %d", kind, i)) }
	status := func(i int) string { return []string{"", "active", "resolved", "inactive"}[i%4] }
	s := &Summary{
		Patient:   Patient{BirthName: "TEST", Original: "Τεστ", Identifiers: []CodeValue{{System: "urn:x", Value: "1"}}},
		UpdatedAt: "2026-11-01",
		Author:    Author{Name: "Dr Test"},
		Allergies: entriesOf(t, "allergies", 4, func(i int) Allergy {
			return Allergy{Substance: title("a", i), Status: status(i), Criticality: []string{"", "high"}[i%2]}
		}),
		Medications: entriesOf(t, "medications", 12, func(i int) Medication { return Medication{Drug: title("m", i), Status: status(i)} }),
		Problems: entriesOf(t, "problems", 6, func(i int) Problem {
			return Problem{Condition: title("p", i), Status: status(i), ALD: i%3 == 0}
		}),
		Pregnancy:  entriesOf(t, "pregnancy", 2, func(i int) Statement { return Statement{What: title("g", i)} }),
		Devices:    entriesOf(t, "devices", 3, func(i int) Device { return Device{Type: title("d", i)} }),
		Results:    entriesOf(t, "results", 9, func(i int) Observation { return Observation{What: title("r", i), Date: Date(fmt.Sprint(2010 + i))} }),
		Procedures: entriesOf(t, "procedures", 3, func(i int) Procedure { return Procedure{Act: title("o", i)} }),
	}
	if rapid.Bool().Draw(t, "ins") {
		s.Patient.INS = INS{Matricule: "279035121518989", OID: OIDINSTest}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "contacts") {
		s.Contacts = append(s.Contacts, Contact{Role: []Role{RoleDoctor, RoleEmergency, RoleOther}[i], Name: fmt.Sprint("c ", i)})
	}
	s.Sort()
	return s
}

// enrich gives the entries of s details of every kind, names and what sorts them
// set aside.
func enrich(t *rapid.T, s *Summary) {
	for i := range s.Allergies.Entries {
		a := draw[Allergy](t)
		a.Substance.Label = s.Allergies.Entries[i].Substance.Label
		s.Allergies.Entries[i] = a
	}
	for i := range s.Medications.Entries {
		m := draw[Medication](t)
		m.Drug.Label = s.Medications.Entries[i].Drug.Label
		s.Medications.Entries[i] = m
	}
	for i := range s.Problems.Entries {
		p := draw[Problem](t)
		p.Condition.Label = s.Problems.Entries[i].Condition.Label
		s.Problems.Entries[i] = p
	}
	for i := range s.Devices.Entries {
		s.Devices.Entries[i] = draw[Device](t)
	}
	for i := range s.Pregnancy.Entries {
		s.Pregnancy.Entries[i] = draw[Statement](t)
	}
	s.Sort()
}

func TestSplitJoinIsIdentity(t *testing.T) {
	abridged := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawSummary(t)
		if rapid.Bool().Draw(t, "rich") {
			enrich(t, s)
		}
		before := fmt.Sprintf("%+v", *s)
		room := rapid.IntRange(500, 6000).Draw(t, "room")
		fits := func(e *Summary) (bool, error) {
			b, err := json.Marshal(e)
			return len(b) <= room, err
		}
		e, rest, err := Split(s, fits)
		if CodeOf(err) == CodeTooLarge {
			t.Skip("no card")
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := JoinStrict(e, rest); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("got  %+v, %v\nwant %+v", got, err, s)
		}
		if after := fmt.Sprintf("%+v", *s); after != before {
			t.Fatal("Split changed what it was given")
		}
		if ok, _ := fits(e); !ok {
			t.Fatal("the emergency message does not fit")
		}
		if e.Allergies.Len() != s.Allergies.Len() {
			t.Fatalf("%d allergies of %d", e.Allergies.Len(), s.Allergies.Len())
		}
		details := 0
		for _, info := range SectionInfos {
			part, whole := e.Section(info.ID), s.Section(info.ID)
			if part.Len()+part.Missing() != whole.Len() {
				t.Fatalf("%s: %d carried and %d counted, want %d together", info.ID, part.Len(), part.Missing(), whole.Len())
			}
			if part.State() != whole.State() {
				t.Fatalf("%s: the emergency message says %s, want %s", info.ID, part.State(), whole.State())
			}
			for i := range part.Len() {
				if part.TitleOf(i) != whole.TitleOf(i) {
					t.Fatalf("%s: %q is called %q", info.ID, whole.TitleOf(i), part.TitleOf(i))
				}
				if rest.Section(info.ID).Detailed(i) {
					details++
				}
			}
		}
		if e.Abridged != details {
			t.Fatalf("%d entries are said to be abridged, %d are", e.Abridged, details)
		}
		abridged += details
	})
	if abridged == 0 {
		t.Error("no entry was ever abridged")
	}
}

// TestNamesGoBeforeDoses: with room for less than everything, all treatments are
// there by name before one is there with how it is taken.
func TestNamesGoBeforeDoses(t *testing.T) {
	s := &Summary{Patient: Patient{BirthName: "TEST"}}
	for i := range 9 {
		s.Medications.Entries = append(s.Medications.Entries, Medication{
			Drug:    Concept{Label: fmt.Sprint("traitement ", i), Codes: []CodeValue{{System: SystemATC, Value: "B01AF02"}}},
			Dosages: []Dosage{{Text: "1 comprimé le matin"}}})
	}
	s.Problems.Entries = []Problem{{Condition: Text("ALD"), ALD: true}}
	s.Contacts = []Contact{{Name: "premier"}, {Name: "second"}}
	size := func(e *Summary) int {
		b, _ := json.Marshal(e)
		return len(b)
	}
	doses := 0
	for room := size(&Summary{Patient: s.Patient}) + 80; room < size(s)+200; room++ {
		e, _, err := Split(s, func(e *Summary) (bool, error) { return size(e) <= room, nil })
		if err != nil {
			t.Fatal(err)
		}
		dosed, coded := 0, 0
		for _, m := range e.Medications.Entries {
			dosed += len(m.Dosages)
			coded += len(m.Drug.Codes)
		}
		if dosed > 0 && (e.Medications.Omitted > 0 || e.Problems.Omitted > 0 || len(e.Contacts) == 0) {
			t.Fatalf("room for %d: %d doses, and %d treatments of 9", room, dosed, e.Medications.Len())
		}
		if coded > 0 && (dosed < 9 || e.ContactsOmitted > 0) {
			t.Fatalf("room for %d: %d codes, and %d doses of 9", room, coded, dosed)
		}
		if dosed < doses {
			t.Fatalf("room for %d holds %d doses, less room held %d", room, dosed, doses)
		}
		doses = dosed
	}
	if doses != 9 {
		t.Errorf("got %d doses in the end", doses)
	}
}

func TestIdentifiersWithoutINS(t *testing.T) {
	s := &Summary{Patient: Patient{BirthName: "TEST", Identifiers: []CodeValue{{System: "urn:x", Value: "1"}, {System: "urn:x", Value: "2"}}}}
	for _, c := range []struct {
		room int
		want int
	}{{2, 2}, {1, 1}} {
		e, rest, err := Split(s, func(e *Summary) (bool, error) { return len(e.Patient.Identifiers) <= c.room, nil })
		if err != nil || len(e.Patient.Identifiers) != c.want || !reflect.DeepEqual(Join(e, rest), s) {
			t.Errorf("room for %d: got %+v and %+v, %v", c.room, e.Patient, rest.Patient, err)
		}
	}
}

func TestJoinStrict(t *testing.T) {
	s := &Summary{
		Allergies:   Section[Allergy]{Entries: []Allergy{{Substance: Text("latex"), Note: "n", Categories: []string{"medication"}}}},
		Medications: Section[Medication]{Entries: []Medication{{Drug: Text("a"), Note: "n"}, {Drug: Text("b")}}},
		Contacts:    []Contact{{Name: "c"}},
	}
	small := func(e *Summary) (bool, error) {
		return e.Medications.Len() < 2 && len(e.Contacts) == 0 && e.Abridged == e.Entries(), nil
	}
	for _, c := range []struct {
		name   string
		change func(e, rest *Summary)
		ok     bool
	}{
		{"what Split gave", func(e, rest *Summary) {}, true},
		{"details left out and counted", func(e, rest *Summary) { rest.KeepDetails(Medications, 0) }, true},
		{"entries left out and counted", func(e, rest *Summary) { rest.Keep(Medications, 0) }, true},
		{"details left out", func(e, rest *Summary) { rest.Medications.Details = nil }, false},
		{"entries left out", func(e, rest *Summary) { rest.Medications.Entries = nil }, false},
		{"an entry too many", func(e, rest *Summary) { rest.Problems.Entries = make([]Problem, 1) }, false},
		{"a contact too many", func(e, rest *Summary) { rest.Contacts = make([]Contact, 2) }, false},
		{"details of an entry that is not there", func(e, rest *Summary) { rest.Problems.Details = []Problem{{Note: "n"}}; e.Abridged++ }, false},
		{"details that contradict", func(e, rest *Summary) { rest.Medications.Details[0].Drug.Label = "z" }, false},
		{"details in the emergency message", func(e, rest *Summary) { e.Medications.Details = []Medication{{Note: "n"}} }, false},
		{"none known in the rest", func(e, rest *Summary) { rest.Devices.None = true }, false},
		{"an author in the rest", func(e, rest *Summary) { rest.Author.Name = "a" }, true},
		{"an author in each", func(e, rest *Summary) { e.Author.Name, rest.Author.Name = "a", "a" }, false},
		{"consents in each", func(e, rest *Summary) { e.Consents, rest.Consents = make([]Consent, 1), make([]Consent, 1) }, false},
		{"an original name in each", func(e, rest *Summary) { e.Patient.Original, rest.Patient.Original = "a", "b" }, false},
		{"entries that are nowhere", func(e, rest *Summary) { e.Devices.Omitted = 1 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, rest, err := Split(s, small)
			if err != nil || e.Abridged != 2 {
				t.Fatalf("got %+v, %v", e, err)
			}
			c.change(e, rest)
			if _, err := JoinStrict(e, rest); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	s.Author.Name, s.Patient.Original, s.Consents = "a", "o", []Consent{{Status: "active"}}
	if got := Join(s, nil); !reflect.DeepEqual(got, s) {
		t.Errorf("with nothing: got %+v", got)
	}
}

// TestDetailsAloneTellOfEntries: a rest that is read by itself does not say that
// there is nothing where the other message has entries.
func TestDetailsAloneTellOfEntries(t *testing.T) {
	s := Section[Allergy]{Details: []Allergy{{}, {Note: "n"}}}
	b, err := json.Marshal(s)
	if err != nil || s.State() != HasEntries || s.Missing() != 2 || string(b) != `{"state":"entries","omitted":2}` {
		t.Errorf("got %s, %s, %d missing, %v", b, s.State(), s.Missing(), err)
	}
}

func TestSplitRefusesSomeAllergies(t *testing.T) {
	s := &Summary{Allergies: Section[Allergy]{Entries: make([]Allergy, 3)}}
	_, _, err := Split(s, func(e *Summary) (bool, error) { return e.Allergies.Len() < 3, nil })
	if ReasonOf(err) != "allergies_do_not_fit" {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, _, err := Split(s, func(e *Summary) (bool, error) { return false, nil }); ReasonOf(err) != "identity_does_not_fit" {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestSortPutsWhatMattersFirst(t *testing.T) {
	s := &Summary{
		Allergies: Section[Allergy]{Entries: []Allergy{
			{Substance: Text("lactose"), Type: "intolerance"},
			{Substance: Text("ancienne"), Status: "resolved", Criticality: "high"},
			{Substance: Text("pénicilline"), Criticality: "high"},
		}},
		Problems: Section[Problem]{Entries: []Problem{{Condition: Text("grippe"), Status: "resolved"}, {Condition: Text("asthme")}, {Condition: Text("diabète"), ALD: true}}},
		Results:  Section[Observation]{Entries: []Observation{{What: Text("sans date")}, {What: Text("2020"), Date: "2020"}, {What: Text("2026"), Date: "2026-01"}}},
	}
	s.Sort()
	if got := s.Allergies.Entries[0].Title(); got != "pénicilline" {
		t.Errorf("first allergy: got %s", got)
	}
	if got := s.Problems.Entries[0].Title(); got != "diabète" {
		t.Errorf("first problem: got %s", got)
	}
	if got := s.Results.Entries[0].Title(); got != "2026" {
		t.Errorf("first result: got %s", got)
	}
}
