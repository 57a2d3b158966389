package fhir

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

// narrativeText parses the narratives of a document as XML that forgives nothing,
// checks that they hold no mark but ours, and returns their text.
func narrativeText(t failer, data []byte) string {
	t.Helper()
	var bundle struct {
		Entry []struct {
			Resource struct {
				Text    struct{ Div string }
				Section []struct{ Text struct{ Div string } }
			}
		}
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		t.Fatalf("%v", err)
	}
	composition := bundle.Entry[0].Resource
	divs := []string{composition.Text.Div}
	for _, s := range composition.Section {
		divs = append(divs, s.Text.Div)
	}
	var text strings.Builder
	for _, div := range divs {
		d := xml.NewDecoder(strings.NewReader(div))
		d.Entity = map[string]string{} // no named entity but the five of XML
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("the narrative is no XML: %v", err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if !slices.Contains([]string{"div", "ul", "li", "b"}, token.Name.Local) || token.Name.Local != "div" && len(token.Attr) > 0 {
					t.Errorf("got an element %q in the narrative", token.Name.Local)
				}
			case xml.CharData:
				text.Write(token)
			case xml.EndElement:
				text.WriteByte('\n')
			default:
				t.Errorf("got %T in the narrative", token)
			}
		}
	}
	return text.String()
}

// TestNarrativeSaysTheEntries checks that a person who reads the narrative alone
// meets every name and every note, as they are and as nothing else.
func TestNarrativeSaysTheEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genSummary().Draw(t, "summary")
		data, err := ExportBundle(s, ExportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		text := narrativeText(t, data)
		says := func(words string) {
			if words = strings.NewReplacer("\uFFFE", "\uFFFD", "\uFFFF", "\uFFFD").Replace(words); !strings.Contains(text, words) {
				t.Errorf("%q is not in the narrative", words)
			}
		}
		for _, info := range record.SectionInfos {
			section := s.Section(info.ID)
			for i := range section.Len() {
				says(section.TitleOf(i))
			}
			switch {
			case section.State() == record.NoneKnown:
				says(info.NoneKnown)
			case section.State() == record.NoInformation && info.Mandatory:
				says(record.NotFilledIn)
			}
			if section.Missing() > 0 {
				says(omittedWords(section.Missing(), section.Len()))
			}
		}
		for _, a := range s.Allergies.Entries {
			says(a.Note)
			for _, r := range a.Reactions {
				for _, m := range r.Manifestations {
					says(m.String())
				}
			}
		}
		for _, m := range s.Medications.Entries {
			says(m.Note)
			for _, d := range m.Dosages {
				says(d.Text)
			}
		}
		for _, o := range append(slices.Clone(s.Results.Entries), s.VitalSigns.Entries...) {
			says(o.Quantity.String())
			says(o.Value.String())
			says(o.Note)
		}
		for _, d := range append(slices.Clone(s.Directives.Entries), s.Pregnancy.Entries...) {
			says(d.Value.String())
			says(d.Note)
		}
		for _, c := range s.Contacts {
			says(c.Name)
			says(c.Phone)
		}
	})
}

func TestNarrativeIsEscaped(t *testing.T) {
	const hostile = `</b></li></ul></div><script>alert("1 & 2")</script><img src=x onerror='a()'>]]><!-- &lt;`
	s := &record.Summary{
		Patient:   record.Patient{BirthName: "<script>", GivenNames: []string{`"&`}},
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{{Substance: record.Text(hostile), Status: hostile, Note: hostile + "\x00\x1b\u202e\uFFFE"}}},
		Contacts:  []record.Contact{{Role: record.RoleOther, Name: hostile, Phone: "<15>"}},
	}
	data, err := ExportBundle(s, ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text := narrativeText(t, data)
	if got := strings.Count(text, hostile); got != 4 {
		t.Errorf("got the words %d times in %q, want 4", got, text)
	}
	if strings.ContainsAny(text, "\x00\x1b\u202e\uFFFE") {
		t.Errorf("got marks that hide or reorder text in %q", text)
	}
}
