package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// ipsBundle makes a Bundle of a patient, a Composition with the given sections,
// and resources; fullUrls are "urn:uuid:" with the number of the resource from 1.
func ipsBundle(sections string, resources ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"resourceType":"Bundle","type":"document","language":"fr","timestamp":"2026-01-02T00:00:00Z","entry":[
	{"fullUrl":"urn:uuid:c","resource":{"resourceType":"Composition","status":"final","date":"2025-06-07","subject":{"reference":"urn:uuid:p"},"section":[%s]}},
	{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","name":[{"family":"ESSAI","given":["Anne"]}]}}`, sections)
	for i, r := range resources {
		fmt.Fprintf(&b, `,{"fullUrl":"urn:uuid:%d","resource":%s}`, i+1, r)
	}
	return b.String() + "]}"
}

// ipsSection makes a section of a LOINC code that refers to resources by number.
func ipsSection(loinc, rest string, entries ...int) string {
	var refs []string
	for _, e := range entries {
		refs = append(refs, fmt.Sprintf(`{"reference":"urn:uuid:%d"}`, e))
	}
	s := `{"title":"T","code":{"coding":[{"system":"http://loinc.org","code":"` + loinc + `"}]}`
	if len(refs) > 0 {
		s += `,"entry":[` + strings.Join(refs, ",") + `]`
	}
	return s + rest + "}"
}

func importText(t *testing.T, bundle string) (*record.Summary, []record.LeftOut) {
	t.Helper()
	im, err := importIPS([]byte(bundle))
	if err != nil {
		t.Fatal(err)
	}
	checkFates(t, im)
	return im.summary, im.left
}

func whyOf(left []record.LeftOut, what string) string {
	for _, l := range left {
		if strings.Contains(l.What, what) {
			return l.Why
		}
	}
	return ""
}

func TestImportRefuses(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for _, c := range []struct{ name, in, reason string }{
		{"nothing", "", "json"},
		{"not JSON", "bonjour", "json"},
		{"half of it", `{"resourceType":"Bundle",`, "json"},
		{"more than one value", `{"resourceType":"Bundle"}{}`, "json"},
		{"a list", "[]", "not_a_bundle"},
		{"a number", "7", "not_a_bundle"},
		{"another resource", `{"resourceType":"Patient"}`, "not_a_bundle"},
		{"type that is no word", `{"resourceType":{}}`, "not_a_bundle"},
		{"empty Bundle", `{"resourceType":"Bundle"}`, "no_patient"},
		{"Bundle without patient", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Composition"}}]}`, "no_patient"},
		{"withdrawn document", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Composition","status":"entered-in-error"}},{"resource":{"resourceType":"Patient"}}]}`, "entered_in_error"},
		{"too deep", `{"resourceType":"Bundle","x":` + deep + `}`, "too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ImportBundle(strings.NewReader(c.in))
			if record.CodeOf(err) != record.CodeInvalid || record.ReasonOf(err) != c.reason {
				t.Errorf("got %v (code %q, reason %q), want invalid, %q", err, record.CodeOf(err), record.ReasonOf(err), c.reason)
			}
		})
	}
}

func TestImportIsBounded(t *testing.T) {
	_, _, err := ImportBundle(io.MultiReader(strings.NewReader(`{"x":"`), bytes.NewReader(make([]byte, ipsMaxBytes))))
	if record.ReasonOf(err) != "too_large" {
		t.Errorf("got %v, want too_large", err)
	}
	_, _, err = ImportBundle(iotest.ErrReader(errors.New("broken")))
	if record.CodeOf(err) != record.CodeUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestErrorsQuoteNothing(t *testing.T) {
	_, _, err := ImportBundle(strings.NewReader(`{"resourceType":"SECRET"`))
	if err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %v, want an error without the input", err)
	}
}

func TestThreeStates(t *testing.T) {
	absent := func(resource, element, code string) string {
		return `{"resourceType":"` + resource + `","` + element + `":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"` + code + `","display":"absent"}]}}`
	}
	snomed := func(resource, element, code string) string {
		return `{"resourceType":"` + resource + `","` + element + `":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]}}`
	}
	empty := func(code string) string { return `,"emptyReason":{"coding":[{"code":"` + code + `"}]}` }
	const penicillin = `{"resourceType":"AllergyIntolerance","code":{"text":"Pénicilline"}}`
	const refuted = `{"resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"Pénicilline"}}`
	const nameless = `{"resourceType":"AllergyIntolerance","criticality":"high"}`
	for _, c := range []struct {
		name      string
		section   string
		resources []string
		id        record.SectionID
		want      record.State
		why       string // of the line about the absence, "" for none
	}{
		{"no section", "", nil, record.Allergies, record.NoInformation, ""},
		{"empty section", ipsSection("48765-2", ""), nil, record.Allergies, record.NoInformation, ""},
		{"no known allergies", ipsSection("48765-2", "", 1), []string{absent("AllergyIntolerance", "code", "no-known-allergies")}, record.Allergies, record.NoneKnown, ""},
		{"no known allergy in SNOMED CT", ipsSection("48765-2", "", 1), []string{snomed("AllergyIntolerance", "code", "716186003")}, record.Allergies, record.NoneKnown, ""},
		{"allergies nil known", ipsSection("48765-2", empty("nilknown")), nil, record.Allergies, record.NoneKnown, ""},
		{"allergies unavailable", ipsSection("48765-2", empty("unavailable")), nil, record.Allergies, record.NoInformation, ""},
		{"allergies not asked", ipsSection("48765-2", empty("notasked")), nil, record.Allergies, record.NoInformation, ""},
		{"allergies withheld", ipsSection("48765-2", empty("withheld")), nil, record.Allergies, record.NoInformation, ""},
		{"no information on allergies", ipsSection("48765-2", "", 1), []string{absent("AllergyIntolerance", "code", "no-allergy-info")}, record.Allergies, record.NoInformation, ""},
		{"no known food allergy", ipsSection("48765-2", "", 1), []string{absent("AllergyIntolerance", "code", "no-known-food-allergies")}, record.Allergies, record.NoInformation, whyPartialNone},
		{"no known allergies, and one", ipsSection("48765-2", "", 1, 2), []string{absent("AllergyIntolerance", "code", "no-known-allergies"), penicillin}, record.Allergies, record.HasEntries, whyContradicted},
		{"nil known, and one", ipsSection("48765-2", empty("nilknown"), 1), []string{penicillin}, record.Allergies, record.HasEntries, whyContradicted},
		{"no information, and one", ipsSection("48765-2", "", 1, 2), []string{absent("AllergyIntolerance", "code", "no-allergy-info"), penicillin}, record.Allergies, record.HasEntries, whyInformation},
		{"no known, and no information", ipsSection("48765-2", "", 1, 2), []string{absent("AllergyIntolerance", "code", "no-allergy-info"), absent("AllergyIntolerance", "code", "no-known-allergies")}, record.Allergies, record.NoInformation, whyContradicted},
		{"no known, and one refuted", ipsSection("48765-2", "", 1, 2), []string{refuted, absent("AllergyIntolerance", "code", "no-known-allergies")}, record.Allergies, record.NoneKnown, ""},
		{"no known, and one unreadable", ipsSection("48765-2", "", 1, 2), []string{nameless, absent("AllergyIntolerance", "code", "no-known-allergies")}, record.Allergies, record.NoInformation, whyContradicted},
		{"no known, and one not found", ipsSection("48765-2", "", 1, 9), []string{absent("AllergyIntolerance", "code", "no-known-allergies")}, record.Allergies, record.NoInformation, whyContradicted},
		{"no known, and one outside the section", ipsSection("48765-2", "", 1), []string{absent("AllergyIntolerance", "code", "no-known-allergies"), penicillin}, record.Allergies, record.NoInformation, whyContradicted},
		{"no known, entered in error", ipsSection("48765-2", "", 1), []string{strings.Replace(absent("AllergyIntolerance", "code", "no-known-allergies"), `{"resource`, `{"verificationStatus":{"coding":[{"code":"entered-in-error"}]},"resource`, 1)}, record.Allergies, record.NoInformation, whyError},
		{"one refuted", ipsSection("48765-2", "", 1), []string{refuted}, record.Allergies, record.NoInformation, ""},
		{"no known medications", ipsSection("10160-0", "", 1), []string{absent("MedicationStatement", "medicationCodeableConcept", "no-known-medications")}, record.Medications, record.NoneKnown, ""},
		{"no medication information", ipsSection("10160-0", "", 1), []string{absent("MedicationStatement", "medicationCodeableConcept", "no-medication-info")}, record.Medications, record.NoInformation, ""},
		{"no known medications in SNOMED CT", ipsSection("10160-0", "", 1), []string{snomed("MedicationStatement", "medicationCodeableConcept", "787481004")}, record.Medications, record.NoneKnown, ""},
		{"no known problems", ipsSection("11450-4", "", 1), []string{absent("Condition", "code", "no-known-problems")}, record.Problems, record.NoneKnown, ""},
		{"no known past problems", ipsSection("11348-0", "", 1), []string{absent("Condition", "code", "no-known-problems")}, record.Problems, record.NoInformation, whyPastNone},
		{"past problems nil known", ipsSection("11348-0", empty("nilknown")), nil, record.Problems, record.NoInformation, ""},
		{"no known procedures", ipsSection("47519-4", "", 1), []string{absent("Procedure", "code", "no-known-procedures")}, record.Procedures, record.NoneKnown, ""},
		{"no known immunizations", ipsSection("11369-6", "", 1), []string{absent("Immunization", "vaccineCode", "no-known-immunizations")}, record.Immunizations, record.NoneKnown, ""},
		{"no known devices", ipsSection("46264-8", "", 1), []string{`{"resourceType":"DeviceUseStatement","device":{"reference":"urn:uuid:2"}}`, absent("Device", "type", "no-known-devices")}, record.Devices, record.NoneKnown, ""},
		{"results nil known", ipsSection("30954-2", empty("nilknown")), nil, record.Results, record.NoneKnown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left := importText(t, ipsBundle(c.section, c.resources...))
			if got := s.Section(c.id).State(); got != c.want {
				t.Errorf("got state %q, want %q", got, c.want)
			}
			found := false
			for _, l := range left {
				switch l.Why {
				case whyPartialNone, whyContradicted, whyInformation, whyPastNone, whyError:
					found = found || l.Why == c.why
					if l.Why != c.why {
						t.Errorf("got %q said of the absence, want %q", l.Why, c.why)
					}
				}
			}
			if c.why != "" && !found {
				t.Errorf("nothing says %q", c.why)
			}
		})
	}
}

func TestLeftOut(t *testing.T) {
	const person = `{"resourceType":"Patient","id":"x"}`
	for _, c := range []struct {
		name, section string
		resources     []string
		what, why     string
	}{
		{"narrative alone", ipsSection("18776-5", `,"text":{"status":"generated","div":"<div>Repos</div>"}`), nil, "Plan de soins", record.WhyNarrativeOnly},
		{"narrative of an unknown section", ipsSection("10157-6", `,"text":{"status":"generated","div":"<div>Père</div>"}`), nil, "T", record.WhyNarrativeOnly},
		{"narrative beside entries", ipsSection("11450-4", `,"text":{"status":"additional","div":"<div>Aussi</div>"}`, 1), []string{`{"resourceType":"Condition","code":{"text":"Asthme"}}`}, "Problèmes", whyDetails + wordNarrative},
		{"unknown section", ipsSection("29762-2", "", 1), []string{`{"resourceType":"Observation","code":{"text":"Tabac"},"valueBoolean":true}`}, "T : Tabac", whySection},
		{"reference to nothing", ipsSection("11450-4", "", 5), nil, "Problèmes de santé", whyUnresolved},
		{"unexpected type", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Flag","code":{"text":"Alerte"}}`}, "Alerte", whyType},
		{"no section leads there", "", []string{`{"resourceType":"Goal","description":{"text":"Marcher"}}`}, "Objectif", whyOrphan},
		{"photograph", ipsSection("30954-2", "", 1), []string{`{"resourceType":"Media","type":{"text":"Plaie"}}`}, "Plaie", whyPhotograph},
		{"photograph as a document", "", []string{`{"resourceType":"DocumentReference","type":{"text":"Plaie"},"content":[{"attachment":{"contentType":"image/jpeg"}}]}`}, "Plaie", whyPhotograph},
		{"document", "", []string{`{"resourceType":"DocumentReference","type":{"text":"Lettre"},"content":[{"attachment":{"contentType":"application/pdf"}}]}`}, "Lettre", whyDocument},
		{"somebody else's", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Condition","code":{"text":"Asthme"},"subject":{"reference":"urn:uuid:2"}}`, person}, "Asthme", whyOtherPerson},
		{"somebody else", "", []string{person}, "Autre patient", whyOtherPerson},
		{"entered in error", ipsSection("10160-0", "", 1), []string{`{"resourceType":"MedicationStatement","status":"entered-in-error","medicationCodeableConcept":{"text":"Aspirine"}}`}, "Aspirine", whyError},
		{"diagnosis entered in error", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Condition","verificationStatus":{"coding":[{"code":"entered-in-error"}]},"code":{"text":"Asthme"}}`}, "Asthme", whyError},
		{"diagnosis refuted", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Condition","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"Asthme"}}`}, "Asthme", whyRefuted},
		{"must not be given", ipsSection("10160-0", "", 1), []string{`{"resourceType":"MedicationRequest","doNotPerform":true,"medicationCodeableConcept":{"text":"Aspirine"}}`}, "Aspirine", whyDoNotPerform},
		{"changed by a modifier", ipsSection("10160-0", "", 1), []string{`{"resourceType":"MedicationStatement","modifierExtension":[{"url":"x"}],"medicationCodeableConcept":{"text":"Aspirine"}}`}, "Aspirine", whyModifier},
		{"drug not found", ipsSection("10160-0", "", 1), []string{`{"resourceType":"MedicationStatement","medicationReference":{"reference":"urn:uuid:9"}}`}, "Traitements", whyUnresolved},
		{"result without a value", ipsSection("30954-2", "", 1), []string{`{"resourceType":"Observation","code":{"text":"TSH"},"dataAbsentReason":{"text":"non fait"}}`}, "TSH", whyNoValue},
		{"empty entry", "", []string{`null`}, wordOther, whyNoResource},
		{"elements that are not held", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Condition","code":{"text":"Asthme"},"stage":[{"summary":{"text":"II"}}],"evidence":[{}]}`}, "Asthme", whyDetails + "éléments de preuve, stade"},
		{"date that is none", ipsSection("11450-4", "", 1), []string{`{"resourceType":"Condition","code":{"text":"Asthme"},"onsetDateTime":"12/03/2009"}`}, "Asthme", whyDetails + "début " + wordHidden},
		{"second document", "", []string{`{"resourceType":"Composition","title":"Autre","type":{"text":"Autre"}}`}, "Autre", whySecondDoc},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, left := importText(t, ipsBundle(c.section, c.resources...))
			if got := whyOf(left, c.what); got != c.why {
				t.Errorf("got %q of %q, want %q; all: %q", got, c.what, c.why, left)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	entry := func(fullURL, id string) string {
		return `{"fullUrl":"` + fullURL + `","resource":{"resourceType":"Condition","id":"` + id + `","identifier":[{"system":"s","value":"v"}],"code":{"text":"Asthme"}}}`
	}
	for _, c := range []struct{ name, entry, ref string }{
		{"full URL", entry("http://a.example/fhir/Condition/7", "7"), `"reference":"http://a.example/fhir/Condition/7"`},
		{"relative to the server", entry("http://a.example/fhir/Condition/7", "7"), `"reference":"Condition/7"`},
		{"URN", entry("urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d", "7"), `"reference":"urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d"`},
		{"URN in capitals", entry("urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d", "7"), `"reference":"urn:uuid:3FDC72F4-A11D-4A9D-9260-A9F745779E1D"`},
		{"type and id where fullUrl is a URN", entry("urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d", "7"), `"reference":"Condition/7"`},
		{"type and the URN's id", entry("urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d", ""), `"reference":"Condition/3fdc72f4-a11d-4a9d-9260-a9f745779e1d"`},
		{"URN of the id", entry("", "3fdc72f4"), `"reference":"urn:uuid:3fdc72f4"`},
		{"bare id", entry("", "7"), `"reference":"7"`},
		{"another server's URL", entry("urn:uuid:1", "7"), `"reference":"https://b.example/Condition/7"`},
		{"with a version", entry("http://a.example/Condition/7", "7"), `"reference":"http://a.example/Condition/7/_history/3"`},
		{"identifier", entry("urn:uuid:1", "7"), `"identifier":{"system":"s","value":"v"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			bundle := `{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"http://a.example/fhir/Composition/1","resource":{"resourceType":"Composition","id":"1","section":[{"code":{"coding":[{"system":"http://loinc.org","code":"11450-4"}]},"entry":[{` + c.ref + `}]}]}},{"resource":{"resourceType":"Patient"}},` + c.entry + `]}`
			s, left := importText(t, bundle)
			if len(s.Problems.Entries) != 1 {
				t.Errorf("got %d problems, want 1; left out %q", len(s.Problems.Entries), left)
			}
		})
	}
	t.Run("an id of two resources is nobody's", func(t *testing.T) {
		bundle := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Composition","section":[{"code":{"coding":[{"system":"http://loinc.org","code":"11450-4"}]},"entry":[{"reference":"urn:uuid:7"}]}]}},{"resource":{"resourceType":"Patient","id":"p"}},{"resource":{"resourceType":"Goal","id":"7"}},` + entry("", "7") + `]}`
		if s, _ := importText(t, bundle); len(s.Problems.Entries) != 0 {
			t.Errorf("got %d problems, want none", len(s.Problems.Entries))
		}
	})
}

func TestWithoutComposition(t *testing.T) {
	s, left := importText(t, `{"resourceType":"Bundle","type":"collection","timestamp":"2026-01-02T03:04:05Z","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"AllergyIntolerance","code":{"text":"Latex"}}},{"resource":{"resourceType":"Observation","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Poids"},"valueQuantity":{"value":70}}}]}`)
	if len(s.Allergies.Entries) != 1 || len(s.VitalSigns.Entries) != 1 || s.UpdatedAt != "2026-01-02T03:04:05Z" || s.Language != "und" {
		t.Errorf("got %d allergies, %d vital signs, updated %q, language %q", len(s.Allergies.Entries), len(s.VitalSigns.Entries), s.UpdatedAt, s.Language)
	}
	if whyOf(left, wordSummary) != whyNotDocument {
		t.Errorf("nothing says that this is no document: %q", left)
	}
}

func TestUpdatedAt(t *testing.T) {
	if s, _ := importText(t, ipsBundle("")); s.UpdatedAt != "2025-06-07" || s.Language != "" {
		t.Errorf("got %q in %q, want the Composition's date, 2025-06-07, in French", s.UpdatedAt, s.Language)
	}
	s, left := importText(t, strings.Replace(ipsBundle(""), `"date":"2025-06-07",`, "", 1))
	if s.UpdatedAt != "2026-01-02T00:00:00Z" || whyOf(left, wordSummary) != wordDateOf {
		t.Errorf("got %q and %q, want the Bundle's timestamp and a line that says so", s.UpdatedAt, left)
	}
}

func TestOwnJSON(t *testing.T) {
	s, _, err := ImportSummary(bytes.NewReader(readFile(t, "../testdata/patients/ehpad-neuf-traitements.json")))
	if err != nil {
		t.Fatal(err)
	}
	own, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, left, err := ImportSummary(bytes.NewReader(own))
	if err != nil || len(left) != 0 {
		t.Fatalf("got %v and %q, want neither error nor loss", err, left)
	}
	if twice, _ := json.Marshal(again); !bytes.Equal(own, twice) {
		t.Error("the summary changed on its way through our own JSON")
	}
	for _, c := range []struct{ name, old, new, what, why string }{
		{"date that is none", `"onset":"2004"`, `"onset":"depuis 2004"`, "Hypothyroïdie", whyDate},
		{"day that is none", `"birth_date":"1937-11-02"`, `"birth_date":"1937-02-30"`, wordPatient, whyDate},
		{"misspelt field", `"onset":"2004"`, `"onsett":"2004"`, "problems.entries.onsett", whyUnknownField},
		{"wrong key", `237112923201709`, `237112923201710`, wordINS, whyINSKey},
		{"wrong birthplace", `"birth_place":"29232"`, `"birth_place":"QUIMPER"`, wordBirthCode, whyBirthPlace},
		{"wrong RPPS", `"rpps":"99970000024","name"`, `"rpps":"99970000025","name"`, wordSummary, whyRPPS},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(string(own), c.old, c.new, 1)
			if changed == string(own) {
				t.Fatal("the change changes nothing")
			}
			_, left, err := ImportSummary(strings.NewReader(changed))
			if err != nil {
				t.Fatal(err)
			}
			if got := whyOf(left, c.what); got != c.why {
				t.Errorf("got %q of %q, want %q; all: %q", got, c.what, c.why, left)
			}
		})
	}
	for _, c := range []struct{ name, in, reason string }{
		{"not JSON", "{", "json"},
		{"no object", "[]", "not_a_bundle"},
		{"wrong shape", `{"patient":7}`, "json"},
		{"nobody", `{"patient":{}}`, "no_patient"},
		{"contradiction", `{"patient":{"birth_name":"X"},"allergies":{"state":"none_known","entries":[{"substance":{"label":"Latex"}}]}}`, "section_state"},
		{"another resource", `{"resourceType":"Patient"}`, "not_a_bundle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ImportSummary(strings.NewReader(c.in))
			if record.ReasonOf(err) != c.reason || record.CodeOf(err) != record.CodeInvalid {
				t.Errorf("got %v, want invalid, %q", err, c.reason)
			}
		})
	}
}

// TestHostileShapes imports what would make a careless reader run for ever.
func TestHostileShapes(t *testing.T) {
	round := func(loinc string) string {
		return ipsBundle(ipsSection(loinc, "", 1),
			`{"resourceType":"Observation","code":{"text":"A"},"valueInteger":1,"hasMember":[{"reference":"urn:uuid:2"},{"reference":"urn:uuid:1"}]}`,
			`{"resourceType":"Observation","code":{"text":"B"},"valueInteger":1,"hasMember":[{"reference":"urn:uuid:1"}]}`)
	}
	var chain, crowd []string
	for i := range 20000 {
		chain = append(chain, fmt.Sprintf(`{"resourceType":"Observation","code":{"text":"A"},"valueInteger":1,"hasMember":[{"reference":"urn:uuid:%d"}]}`, i+2))
		crowd = append(crowd, fmt.Sprintf(`{"resourceType":"RelatedPerson","patient":{"reference":"urn:uuid:p"},"name":[{"family":"F%d"}]}`, i))
	}
	for _, c := range []struct{ name, bundle string }{
		{"results that name each other", round("30954-2")},
		{"pregnancies that name each other", round("10162-6")},
		{"long chain of results", ipsBundle(ipsSection("30954-2", "", 1), chain...)},
		{"long chain of pregnancies", ipsBundle(ipsSection("10162-6", "", 1), chain...)},
		{"crowd of relatives", ipsBundle("", crowd...)},
		{"drugs that name each other", ipsBundle("", `{"resourceType":"Medication","medicationReference":{"reference":"urn:uuid:2"}}`, `{"resourceType":"Medication","medicationReference":{"reference":"urn:uuid:1"}}`)},
		{"role of a role", strings.Replace(ipsBundle("", `{"resourceType":"PractitionerRole","practitioner":{"reference":"urn:uuid:1"}}`), `"date"`, `"author":[{"reference":"urn:uuid:1"}],"date"`, 1)},
		{"report of itself", ipsBundle(ipsSection("30954-2", "", 1), `{"resourceType":"DiagnosticReport","code":{"text":"A"},"result":[{"reference":"urn:uuid:1"}]}`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			im, err := importIPS([]byte(c.bundle))
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range im.resources {
				if r.fate == ipsPending {
					t.Fatalf("entry %d has no fate", i)
				}
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
