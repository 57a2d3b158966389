package record

import (
	"encoding/json"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func TestStaleAt(t *testing.T) {
	for _, c := range []struct {
		updated Date
		stale   bool
	}{
		{"2026-11-01", false},
		{"2025-05-23", false}, // 18 months tomorrow
		{"2025-05-22", true},  // 18 months today
		{"2025-05", false},    // may be the 31st
		{"2025-04", true},
		{"2025", false}, // may be December
		{"2024", true},
		{"", true},
	} {
		if got := StaleAt(c.updated, today); got != c.stale {
			t.Errorf("updated %q: got %v, want %v", c.updated, got, c.stale)
		}
	}
	if got := MonthsSince("2025-03-15", today); got != 20 {
		t.Errorf("months: got %d, want 20", got)
	}
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"", "2009", "2009-03", "2009-03-14", "2009-03-14T10:00:00Z", "2009-03-14T10:00:00.5+02:00"} {
		if _, err := ParseDate(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"14/03/2009", "2009-13", "2009-02-30", "2009-3-1", "2009-03-14T10:00", "2009-03-14T25:00:00Z", " 2009"} {
		if _, err := ParseDate(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
	if got := Date("2009-03-14").French(); got != "14/03/2009" {
		t.Errorf("got %s", got)
	}
	if got := Date("2009-03").French(); got != "03/2009" {
		t.Errorf("got %s", got)
	}
}

func TestApplyAge(t *testing.T) {
	results := Section[Observation]{Entries: []Observation{
		{What: Text("HbA1c"), Date: "2020-01-10"},
		{What: Text("INR"), Date: "2026-01-10"},
		{What: Text("Créatinine"), Date: "2021"}, // may be December: kept
		{What: Text("Groupe sanguin")},           // no date: kept
	}}
	s := &Summary{
		Results:       results,
		Allergies:     Section[Allergy]{Entries: []Allergy{{Substance: Text("Pénicilline"), Onset: "1998"}}},
		Procedures:    Section[Procedure]{Entries: []Procedure{{Act: Text("Splénectomie"), Performed: "2009-06"}}},
		Devices:       Section[Device]{Entries: []Device{{Type: Text("Prothèse de hanche"), Since: "2001"}}},
		Immunizations: Section[Immunization]{Entries: []Immunization{{Vaccine: Text("Tétanos"), Date: "1999"}}},
	}
	left := s.ApplyAge(today)
	if len(left) != 1 || s.Results.Len() != 3 {
		t.Fatalf("got %d left out and %d kept, want 1 and 3", len(left), s.Results.Len())
	}
	if s.Allergies.Len() != 1 || s.Procedures.Len() != 1 || s.Devices.Len() != 1 || s.Immunizations.Len() != 1 {
		t.Error("an allergy, an operation, an implant or a vaccine grew too old")
	}
	withALD := &Summary{Results: results, Problems: Section[Problem]{Entries: []Problem{{Condition: Text("Diabète"), ALD: true}}}}
	if left := withALD.ApplyAge(today); len(left) != 0 || withALD.Results.Len() != 4 {
		t.Errorf("with a long-term condition: got %d left out, want 0", len(left))
	}
}

func TestMask(t *testing.T) {
	full := func() *Summary {
		return &Summary{
			Allergies:   Section[Allergy]{Entries: []Allergy{{Substance: Text("Arachide")}}},
			Medications: Section[Medication]{Entries: []Medication{{Drug: Text("A")}, {Drug: Text("B")}, {Drug: Text("C")}}},
			Pregnancy:   Section[Statement]{None: true},
		}
	}
	s := full()
	left, err := s.Mask("allergies:1", "medications:1", "medications:c", "medications:3", "pregnancy")
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 4 {
		t.Errorf("got %d told, want 4", len(left))
	}
	if s.Allergies.State() != NoInformation {
		t.Errorf("masked only allergy: got %s, want no information", s.Allergies.State())
	}
	if s.Pregnancy.State() != NoInformation {
		t.Errorf("masked section: got %s, want no information", s.Pregnancy.State())
	}
	if s.Medications.Len() != 1 || s.Medications.Entries[0].Title() != "B" || s.Medications.Omitted != 0 {
		t.Errorf("got %v, want B alone and no trace", s.Medications)
	}
	for _, element := range []string{"allergie", "allergies:2", "allergies:0", "allergies:lait", "", "allergies:"} {
		s := full()
		if _, err := s.Mask("medications:1", element); err == nil {
			t.Errorf("%q was accepted", element)
		}
		if s.Medications.Len() != 3 {
			t.Errorf("%q: something was masked although the command was refused", element)
		}
	}
}

func TestConsentExpired(t *testing.T) {
	for _, c := range []struct {
		name    string
		consent []Consent
		expired bool
	}{
		{"none said", nil, false},
		{"given this year", []Consent{{Given: "2026-01-01"}}, false},
		{"given a year ago", []Consent{{Given: "2025-11-22"}}, true},
		{"given yesterday a year ago less one", []Consent{{Given: "2025-11-23"}}, false},
		{"withdrawn", []Consent{{Status: "inactive", Given: "2026-01-01"}}, true},
		{"ended early", []Consent{{Given: "2026-01-01", Until: "2026-06-30"}}, true},
		{"claims five years", []Consent{{Given: "2024-01-01", Until: "2029-01-01"}}, true},
		{"old one renewed", []Consent{{Given: "2020-01-01"}, {Given: "2026-10-01"}}, false},
	} {
		if got := (&Summary{Consents: c.consent}).ConsentExpired(today); got != c.expired {
			t.Errorf("%s: got %v, want %v", c.name, got, c.expired)
		}
	}
}

func TestSectionJSON(t *testing.T) {
	for _, c := range []struct {
		section Section[Allergy]
		want    string
	}{
		{Section[Allergy]{}, `{"state":"no_information"}`},
		{Section[Allergy]{None: true}, `{"state":"none_known"}`},
		{Section[Allergy]{Omitted: 3}, `{"state":"entries","omitted":3}`},
		{Section[Allergy]{Entries: []Allergy{{Substance: Text("Lait")}}}, `{"state":"entries","entries":[{"substance":{"label":"Lait"}}]}`},
	} {
		got, err := json.Marshal(c.section)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
		var back Section[Allergy]
		if err := json.Unmarshal(got, &back); err != nil || back.State() != c.section.State() {
			t.Errorf("%s does not come back: %v", got, err)
		}
	}
	for _, bad := range []string{`{}`, `{"state":"none_known","entries":[{}]}`, `{"state":"entries"}`, `{"state":"entries","omitted":-1}`} {
		var s Section[Allergy]
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
