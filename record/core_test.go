package record

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// named and cored together are what the emergency message's entries can do.
type coredEntry[E any] interface {
	titled
	cored[E]
}

// coresAddUp checks that every level is a part of the next, and that none takes
// an entry's name away.
func coresAddUp[E coredEntry[E]](t *rapid.T) {
	entry := draw[E](t)
	for l := named; l <= entire; l++ {
		core := entry.core(l)
		comesBack(t, entry, core)
		if any(core).(titled).Title() != entry.Title() {
			t.Fatalf("%q became %q", entry.Title(), any(core).(titled).Title())
		}
		if l < entire && !isPart(entry.core(l+1), core) {
			t.Fatalf("level %d says what level %d does not:\n%+v\n%+v", l, l+1, core, entry.core(l+1))
		}
		for _, name := range []string{"Status", "Verification", "Criticality", "ALD", "End", "Abatement", "Until"} {
			if f := reflect.ValueOf(entry).FieldByName(name); f.IsValid() && !f.Equal(reflect.ValueOf(core).FieldByName(name)) {
				t.Fatalf("level %d drops %s", l, name)
			}
		}
	}
}

func TestCores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coresAddUp[Allergy](t)
		coresAddUp[Medication](t)
		coresAddUp[Problem](t)
		coresAddUp[Device](t)
		coresAddUp[Statement](t)
	})
}

func TestWhatCoresKeep(t *testing.T) {
	coded2 := func(label string) Concept {
		return Concept{Label: label, Codes: []CodeValue{{SystemATC, "B01AF02", "apixaban"}, {SystemCIS, "1", ""}}}
	}
	first := func(label string) Concept {
		return Concept{Label: label, Codes: []CodeValue{{System: SystemATC, Value: "B01AF02"}}}
	}
	unlabelled := Concept{Codes: []CodeValue{{System: SystemCIS, Value: "1"}, {SystemATC, "B01AF02", "apixaban"}, {System: SystemCCAM, Value: "2"}}}
	long := strings.Repeat("é", maxCoreNote+1)
	dose := Quantity{Value: "2", Unit: "mg"}
	route := coded2("orale")
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"a code", coded.concept(coded2("x")), first("x")},
		{"no code", named.concept(coded2("x")), Text("x")},
		{"a concept without a label", named.concept(unlabelled), Concept{Codes: unlabelled.Codes[:2]}},
		{"a concept without any label", named.concept(Concept{Codes: []CodeValue{{Value: "1"}, {Value: "2"}}}), Concept{Codes: []CodeValue{{Value: "1"}}}},
		{"a long label", named.concept(coded2(long)), Text(long)},
		{"a short note", noted.note("a toléré"), "a toléré"},
		{"a long note", coded.note(long), ""},
		{"severities", named.reactions([]Reaction{{}, {Manifestations: []Concept{Text("choc")}, Severity: "severe"}, {Onset: "2001"}}), []Reaction{{}, {Severity: "severe"}}},
		{"what an allergy did", worded.reactions([]Reaction{{Manifestations: []Concept{coded2("choc")}, Onset: "2001"}}), []Reaction{{Manifestations: []Concept{Text("choc")}}}},
		{"a dose in words", worded.dosage(Dosage{Text: "1 le matin", Dose: dose, Frequency: 1, AsNeeded: true, Route: route}), Dosage{Text: "1 le matin", AsNeeded: true}},
		{"a remark and a dose", worded.dosage(Dosage{Text: "au repas", Dose: dose, Frequency: 1, Route: route}), Dosage{Text: "au repas", Dose: dose, Frequency: 1}},
		{"a dose in numbers", worded.dosage(Dosage{Dose: dose, Route: route}), Dosage{Dose: dose, Route: Text("orale")}},
		{"the start of a treatment to come", Medication{Status: "intended", Start: "2027"}.core(named), Medication{Status: "intended", Start: "2027"}},
		{"the end of a treatment", Medication{Status: "active", Start: "2026", End: "2027"}.core(coded), Medication{Status: "active", End: "2027"}},
		{"when needed", Medication{Dosages: []Dosage{{Text: "1 le matin"}, {Text: "2", AsNeeded: true}, {Text: "3"}}}.core(named), Medication{Dosages: []Dosage{{}, {AsNeeded: true}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !reflect.DeepEqual(c.got, c.want) {
				t.Errorf("got %+v, want %+v", c.got, c.want)
			}
		})
	}
}
