package print

import (
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// A status that changes what an entry means is in its line: a title alone would
// show a stopped treatment as one that is taken.
func TestEntryTextSaysTheStatus(t *testing.T) {
	s := &record.Summary{
		Allergies:     record.Section[record.Allergy]{Entries: []record.Allergy{{Substance: record.Text("Latex"), Criticality: "high"}}},
		Medications:   record.Section[record.Medication]{Entries: []record.Medication{{Drug: record.Text("Sertraline"), Status: "stopped"}}},
		Immunizations: record.Section[record.Immunization]{Entries: []record.Immunization{{Vaccine: record.Text("Grippe"), Status: "not-done"}}},
		Problems:      record.Section[record.Problem]{Entries: []record.Problem{{Condition: record.Text("Diabète"), ALD: true}}},
	}
	for _, c := range []struct {
		id         record.SectionID
		title, say string
	}{
		{record.Allergies, "Latex", "[GRAVE]"},
		{record.Medications, "Sertraline", "[ARRÊTÉ]"},
		{record.Immunizations, "Grippe", "[NON FAIT"},
		{record.Problems, "Diabète", "[ALD]"},
	} {
		got := EntryText(s, c.id, 0)
		if !strings.Contains(got, c.say) || !strings.Contains(got, c.title) {
			t.Errorf("%s: got %q, want %q and %q", c.id, got, c.say, c.title)
		}
	}
	if got := EntryText(s, record.Results, 0); got != "" {
		t.Errorf("got %q for an entry that is not there", got)
	}
}

// A treatment whose dose is on other codes must not look as if it had none.
func TestEntryTextOfAPart(t *testing.T) {
	s := &record.Summary{Medications: record.Section[record.Medication]{Entries: []record.Medication{{Drug: record.Text("Apixaban")}}}}
	if got := EntryText(s, record.Medications, 0); !strings.Contains(got, noPosology) {
		t.Errorf("whole: got %q", got)
	}
	s.Abridged = 1
	if got := EntryText(s, record.Medications, 0); !strings.Contains(got, posologyElsewhere) || strings.Contains(got, noPosology) {
		t.Errorf("part: got %q", got)
	}
}

// Every section has its line.
func TestEntryTextKnowsEverySection(t *testing.T) {
	s := elder()
	for _, info := range record.SectionInfos {
		for i := range s.Section(info.ID).Len() {
			if got := EntryText(s, info.ID, i); !strings.Contains(got, s.Section(info.ID).TitleOf(i)) {
				t.Errorf("%s %d: got %q", info.ID, i, got)
			}
		}
	}
}
