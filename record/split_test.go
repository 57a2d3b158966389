package record

import (
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

func TestSplitJoinIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSummary(t)
		before := fmt.Sprintf("%+v", *s)
		room := rapid.IntRange(4, 30).Draw(t, "room")
		fits := func(e *Summary) (bool, error) { return e.Entries() <= room, nil }
		e, rest, err := Split(s, fits)
		if err != nil {
			t.Fatal(err)
		}
		if got := Join(e, rest); !reflect.DeepEqual(got, s) {
			t.Fatalf("got  %+v\nwant %+v", got, s)
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
		for _, info := range SectionInfos {
			part, whole := e.Section(info.ID), s.Section(info.ID)
			if part.Len()+part.Missing() != whole.Len() {
				t.Fatalf("%s: %d carried and %d counted, want %d together", info.ID, part.Len(), part.Missing(), whole.Len())
			}
			if part.State() != whole.State() {
				t.Fatalf("%s: the emergency message says %s, want %s", info.ID, part.State(), whole.State())
			}
		}
	})
}

func TestSplitRefusesSomeAllergies(t *testing.T) {
	s := &Summary{Allergies: Section[Allergy]{Entries: make([]Allergy, 3)}}
	_, _, err := Split(s, func(e *Summary) (bool, error) { return e.Allergies.Len() < 3, nil })
	if ReasonOf(err) != "allergies_do_not_fit" {
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
