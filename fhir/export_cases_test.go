package fhir

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestExportGolden keeps one whole document to be read by people.
func TestExportGolden(t *testing.T) {
	s, _, err := ImportBundle(bytes.NewReader(readFile(t, "../testdata/patients/aucune-allergie-connue.json")))
	if err != nil {
		t.Fatal(err)
	}
	s.Results.Omitted, s.ContactsOmitted = 3, 1
	var out bytes.Buffer
	if err := json.Indent(&out, checkRoundTrip(t, s, ExportOptions{}), "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	file := filepath.Join("testdata", "export", "aucune-allergie-connue.json")
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, file); !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the document is not that of %s; run with -update and review what changes", file)
	}
}

func TestExportRefuses(t *testing.T) {
	found := func(o record.Observation) *record.Summary {
		o.What = record.Text("SECRET")
		return &record.Summary{Results: record.Section[record.Observation]{Entries: []record.Observation{o}}}
	}
	for _, c := range []struct {
		name   string
		s      *record.Summary
		reason string
	}{
		{"no summary", nil, "summary"},
		{"a date in words", &record.Summary{UpdatedAt: "hier"}, "date"},
		{"a day that is none", &record.Summary{Patient: record.Patient{BirthDate: "2024-02-30"}}, "date"},
		{"a year that FHIR lacks", &record.Summary{UpdatedAt: "0000"}, "date"},
		{"an offset that FHIR lacks", &record.Summary{UpdatedAt: "2024-01-01T00:00:00+14:30"}, "date"},
		{"a number in words", found(record.Observation{Quantity: record.Quantity{Value: "beaucoup"}}), "number"},
		{"a comparator that is none", found(record.Observation{Quantity: record.Quantity{Value: "1", Comparator: "~"}}), "number"},
		{"fewer than no entries", &record.Summary{ContactsOmitted: -1}, "count"},
		{"none known with entries", &record.Summary{Problems: record.Section[record.Problem]{None: true, Entries: make([]record.Problem, 1)}}, "section_state"},
		{"two values", found(record.Observation{Quantity: record.Quantity{Value: "1"}, Value: record.Text("un")}), "observation_value"},
		{"a component with a date", found(record.Observation{Components: []record.Observation{{What: record.Text("a"), Date: "2020"}}}), "component"},
		{"a component with components", found(record.Observation{Components: []record.Observation{{Components: make([]record.Observation, 1)}}}), "component"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := ExportBundle(c.s, ExportOptions{})
			if data != nil || record.CodeOf(err) != record.CodeInvalid || record.ReasonOf(err) != c.reason {
				t.Fatalf("got %v (reason %q), want invalid, %q", err, record.ReasonOf(err), c.reason)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Error("the error quotes the summary")
			}
		})
	}
}

// TestExportOfNothing exports the zero summary: nothing known of nobody.
func TestExportOfNothing(t *testing.T) {
	data := checkRoundTrip(t, &record.Summary{}, ExportOptions{})
	for _, want := range []string{`"timestamp":"1970-01-01T00:00:00Z"`, `"code":"unavailable"`, `"name":"Zone Blanche"`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is not in the document", want)
		}
	}
}

// TestExportedThenRefused checks what the import does with entries that the export
// writes as they are and that must not be carried.
func TestExportedThenRefused(t *testing.T) {
	s := &record.Summary{
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{{Substance: record.Text("Latex"), Verification: "refuted"}}},
		Problems:  record.Section[record.Problem]{Entries: []record.Problem{{Condition: record.Text("Asthme")}}},
		Results: record.Section[record.Observation]{Entries: []record.Observation{
			{What: record.Text("TSH"), Status: "cancelled", Note: "x"}, {What: record.Text("CRP"), Status: "final"},
		}},
	}
	data, err := ExportBundle(s, ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, left, err := ImportBundle(bytes.NewReader(data))
	if err != nil || got.Allergies.State() != record.NoInformation || got.Problems.Len() != 1 || got.Results.Len() != 0 {
		t.Fatalf("got %v and %+v", err, got)
	}
	for what, why := range map[string]string{"Latex": whyRefuted, "TSH": whyCancelled, "CRP": whyNoValue} {
		if whyOf(left, what) != why {
			t.Errorf("got %q of %s, want %q", whyOf(left, what), what, why)
		}
	}
}

// TestExtensionsAreReadStrictly checks that an extension of ours never says
// something else than what the elements say.
func TestExtensionsAreReadStrictly(t *testing.T) {
	written := func(words string) string {
		return `{"extension":[{"url":"` + extAsWritten + `","valueString":"` + words + `"}]}`
	}
	count := func(n string) string {
		return `"extension":[{"url":"` + extOmitted + `","valueUnsignedInt":` + n + `}]`
	}
	const none = `{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-allergies"}]}}`
	t.Run("a status beside a status", func(t *testing.T) {
		s, left := importText(t, ipsBundle(ipsSection("10160-0", "", 1), `{"resourceType":"MedicationStatement","status":"active","_status":`+written("stopped")+`,"medicationCodeableConcept":{"text":"Aspirine"}}`))
		if s.Medications.Entries[0].Status != "active" || len(left) == 0 {
			t.Errorf("got %q and %q, want active and a line that an extension is not carried", s.Medications.Entries[0].Status, left)
		}
	})
	t.Run("a hidden mistake", func(t *testing.T) {
		_, left := importText(t, ipsBundle(ipsSection("10160-0", "", 1), `{"resourceType":"MedicationStatement","_status":`+written("entered-in-error")+`,"medicationCodeableConcept":{"text":"Aspirine"}}`))
		if whyOf(left, "Aspirine") != whyError {
			t.Errorf("got %q, want the entry refused", left)
		}
	})
	t.Run("none known, and some omitted", func(t *testing.T) {
		s, left := importText(t, ipsBundle(ipsSection("48765-2", ","+count("2"), 1), none))
		if s.Allergies.State() != record.HasEntries || s.Allergies.None || whyOf(left, "Allergies") != whyContradicted {
			t.Errorf("got %+v and %q, want two entries elsewhere", s.Allergies, left)
		}
	})
	for _, n := range []string{"-1", "1.5", "99999999999", `"x"`, "{}"} {
		t.Run("a count of "+n, func(t *testing.T) {
			s, _ := importText(t, ipsBundle(ipsSection("48765-2", ","+count(n))))
			if s.Allergies.Omitted != 0 {
				t.Errorf("got %d omitted, want none", s.Allergies.Omitted)
			}
		})
	}
	t.Run("an extension that stands twice", func(t *testing.T) {
		twice := `"extension":[{"url":"` + extNote + `","valueString":"a"},{"url":"` + extNote + `","valueString":"b"}]`
		s, left := importText(t, ipsBundle(ipsSection("42348-3", "", 1), `{"resourceType":"Consent",`+twice+`,"status":"active","scope":{"coding":[{"code":"adr"}]},"category":[{"text":"Directives"}]}`))
		if s.Directives.Entries[0].Note != "" || len(left) == 0 {
			t.Errorf("got %q and %q, want no note and a line", s.Directives.Entries[0].Note, left)
		}
	})
	t.Run("an extension beside ours", func(t *testing.T) {
		both := `"extension":[{"url":"` + extNote + `","valueString":"a"},{"url":"http://example.org/x","valueString":"b"}]`
		s, left := importText(t, ipsBundle(ipsSection("42348-3", "", 1), `{"resourceType":"Consent",`+both+`,"status":"active","scope":{"coding":[{"code":"adr"}]},"category":[{"text":"Directives"}]}`))
		if s.Directives.Entries[0].Note != "a" || whyOf(left, wordEverySect) == "" {
			t.Errorf("got %q and %q, want the note and a line for the other", s.Directives.Entries[0].Note, left)
		}
	})
}

// TestImportForExport checks what the import reads since documents come back.
func TestImportForExport(t *testing.T) {
	t.Run("no known medications by reference", func(t *testing.T) {
		s, _ := importText(t, ipsBundle(ipsSection("10160-0", "", 1), `{"resourceType":"MedicationStatement","status":"unknown","medicationReference":{"reference":"urn:uuid:2"}}`,
			`{"resourceType":"Medication","code":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-medications"}]}}`))
		if s.Medications.State() != record.NoneKnown {
			t.Errorf("got %s, want none known: the words must not pass for a drug", s.Medications.State())
		}
	})
	t.Run("author known by a number", func(t *testing.T) {
		bundle := ipsBundle("", `{"resourceType":"Practitioner","identifier":[{"system":"https://rpps.esante.gouv.fr","value":"99970000024"}]}`,
			`{"resourceType":"Organization","identifier":[{"system":"https://finess.esante.gouv.fr","value":"990000028"}]}`)
		s, left := importText(t, strings.Replace(bundle, `"status":"final"`, `"status":"final","author":[{"reference":"urn:uuid:1"},{"reference":"urn:uuid:2"}]`, 1))
		if want := (record.Author{RPPS: "99970000024", FINESS: "990000028"}); s.Author != want || len(left) != 0 {
			t.Errorf("got %+v and %q, want %+v", s.Author, left, want)
		}
	})
	t.Run("birth date with a time", func(t *testing.T) {
		s, left := importText(t, strings.Replace(ipsBundle(""), `"resourceType":"Patient"`, `"resourceType":"Patient","birthDate":"1990-05-06T10:00:00Z"`, 1))
		if s.Patient.BirthDate != "1990-05-06" || whyOf(left, wordPatient) == "" {
			t.Errorf("got %q and %q, want the day and a line", s.Patient.BirthDate, left)
		}
	})
	t.Run("date said to be unknown", func(t *testing.T) {
		s, left := importText(t, strings.Replace(ipsBundle(""), `"date":"2025-06-07"`, `"_date":{"extension":[{"url":"`+extAbsent+`","valueCode":"unknown"}]}`, 1))
		if s.UpdatedAt != "" || len(left) != 0 {
			t.Errorf("got %q and %q, want no date", s.UpdatedAt, left)
		}
	})
	t.Run("numbers with zeros before them", func(t *testing.T) {
		s, _ := importText(t, ipsBundle(ipsSection("30954-2", "", 1, 2), `{"resourceType":"Observation","code":{"text":"A"},"valueQuantity":{"value":"007.50"}}`,
			`{"resourceType":"Observation","code":{"text":"B"},"valueQuantity":{"value":"-00"}}`))
		if a, b := s.Results.Entries[0].Quantity.Value, s.Results.Entries[1].Quantity.Value; a != "7.50" || b != "-0" {
			t.Errorf("got %q and %q, want 7.50 and -0", a, b)
		}
	})
	t.Run("rhythm without a unit", func(t *testing.T) {
		s, _ := importText(t, ipsBundle(ipsSection("10160-0", "", 1), `{"resourceType":"MedicationStatement","medicationCodeableConcept":{"text":"Aspirine"},"dosage":[{"timing":{"repeat":{"frequency":2,"period":1}}}]}`))
		if got := s.Medications.Entries[0].Dosages[0].Text; got != "2 fois par 1" {
			t.Errorf("got %q, want no space at the end", got)
		}
	})
	t.Run("codes of a plan and of a rule", func(t *testing.T) {
		const coded = `{"coding":[{"system":"http://snomed.info/sct","code":"1"}],"text":"Plan"}`
		s, _ := importText(t, ipsBundle(ipsSection("18776-5", "", 1, 2), `{"resourceType":"CarePlan","title":"Plan","category":[`+coded+`]}`,
			`{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"adr"}]},"category":[{"text":"Directives"}],"policyRule":`+coded+`}`))
		want := record.Concept{Label: "Plan", Codes: []record.CodeValue{{System: record.SystemSNOMED, Value: "1"}}}
		if got := []record.Concept{s.CarePlan.Entries[0].What, s.Directives.Entries[0].Value}; !reflect.DeepEqual(got, []record.Concept{want, want}) {
			t.Errorf("got %+v, want the codes too", got)
		}
	})
	t.Run("vaccine known from a written record", func(t *testing.T) {
		const origin = `"reportOrigin":{"coding":[{"system":"` + systemOrigin + `","code":"record"}]}`
		s, left := importText(t, ipsBundle(ipsSection("11369-6", "", 1, 2), `{"resourceType":"Immunization","primarySource":false,`+origin+`,"vaccineCode":{"text":"A"}}`,
			`{"resourceType":"Immunization","primarySource":false,"vaccineCode":{"text":"B"}}`))
		if v := s.Immunizations.Entries; !v[0].Declared || v[1].Declared || whyOf(left, wordEverySect) != whyAdmin {
			t.Errorf("got %+v and %q, want the first declared", v, left)
		}
	})
}

func BenchmarkExportBundle(b *testing.B) {
	s, _, err := ImportBundle(bytes.NewReader(readFile(b, "../testdata/patients/ehpad-neuf-traitements.json")))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := ExportBundle(s, ExportOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
