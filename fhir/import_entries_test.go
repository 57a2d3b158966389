package fhir

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestDosage(t *testing.T) {
	type dosage = record.Dosage
	quantity := record.Quantity{Value: "1.5", Unit: "comprimé"}
	for _, c := range []struct {
		name, json string
		want       dosage
		lost       string
	}{
		{"words", `{"text":"1 le soir"}`, dosage{Text: "1 le soir"}, ""},
		{"words to the patient", `{"patientInstruction":"1 le soir"}`, dosage{Text: "1 le soir"}, ""},
		{"numbers", `{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":1.5,"unit":"comprimé"}}]}`, dosage{Dose: quantity, Frequency: 2, Period: "1", PeriodUnit: "d"}, ""},
		{"numbers in quotes", `{"timing":{"repeat":{"frequency":"2","period":"1","periodUnit":"d"}}}`, dosage{Frequency: 2, Period: "1", PeriodUnit: "d"}, ""},
		{"once where no frequency is said", `{"timing":{"repeat":{"period":1,"periodUnit":"wk"}}}`, dosage{Frequency: 1, Period: "1", PeriodUnit: "wk"}, ""},
		{"moments", `{"timing":{"repeat":{"when":["MORN","HS"]}}}`, dosage{When: []string{"MORN", "HS"}}, ""},
		{"as needed", `{"text":"si douleur","asNeededBoolean":true}`, dosage{Text: "si douleur", AsNeeded: true}, ""},
		{"as needed for a reason", `{"asNeededCodeableConcept":{"text":"douleur"}}`, dosage{Text: "si besoin : douleur", AsNeeded: true}, ""},
		{"days of the week without words", `{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d","dayOfWeek":["mon"]}}}`, dosage{Text: "1 fois par 1\u00a0jour(s), lundi"}, ""},
		{"days of the week with words", `{"text":"le lundi seulement","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d","dayOfWeek":["mon"]}}}`, dosage{Text: "le lundi seulement"}, "rythme"},
		{"one to two", `{"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"cp"},"high":{"value":2,"unit":"cp"}}}]}`, dosage{Text: "1 à 2\u00a0cp"}, ""},
		{"one to three times", `{"timing":{"repeat":{"frequency":1,"frequencyMax":3,"period":1,"periodUnit":"d"}}}`, dosage{Text: "1 à 3 fois par 1\u00a0jour(s)"}, ""},
		{"unit that is none", `{"text":"x","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"week"}}}`, dosage{Text: "x"}, "rythme"},
		{"code of a rhythm", `{"timing":{"code":{"text":"deux fois par jour"}}}`, dosage{Text: "deux fois par jour"}, ""},
		{"route", `{"route":{"text":"orale"}}`, dosage{Route: record.Text("orale")}, ""},
		{"rate and method", `{"text":"x","method":{"text":"lente"},"doseAndRate":[{"rateQuantity":{"value":1}}]}`, dosage{Text: "x"}, "débit, méthode"},
		{"older form", `{"text":"x","doseQuantity":{"value":1.5,"unit":"comprimé"}}`, dosage{Text: "x", Dose: quantity}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left := importText(t, ipsBundle(ipsSection("10160-0", "", 1), `{"resourceType":"MedicationStatement","medicationCodeableConcept":{"text":"M"},"dosage":[`+c.json+`]}`))
			got := s.Medications.Entries[0].Dosages
			if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if why := whyOf(left, "Traitements : M"); strings.TrimPrefix(why, whyDetails) != c.lost {
				t.Errorf("got %q lost, want %q", why, c.lost)
			}
		})
	}
}

func TestMedication(t *testing.T) {
	const drug = `{"resourceType":"Medication","id":"d","code":{"coding":[{"system":"http://www.whocc.no/atc","code":"C03CA01","display":"furosémide"}]},"form":{"text":"comprimé"}}`
	for _, c := range []struct {
		name, json, label, status string
		start, end                record.Date
		note                      string
	}{
		{"beside", `{"resourceType":"MedicationStatement","status":"active","medicationReference":{"reference":"urn:uuid:2"},"effectivePeriod":{"start":"2019-03","end":"2027"}}`, "furosémide", "active", "2019-03", "2027", ""},
		{"contained", `{"resourceType":"MedicationStatement","status":"active","contained":[{"resourceType":"Medication","id":"m","code":{"text":"Aspirine"}}],"medicationReference":{"reference":"#m"},"effectiveDateTime":"2020"}`, "Aspirine", "active", "2020", "", ""},
		{"words of the reference", `{"resourceType":"MedicationStatement","status":"not-taken","medicationReference":{"reference":"urn:uuid:99","display":"Aspirine"}}`, "Aspirine", "not-taken", "", "", ""},
		{"prescription", `{"resourceType":"MedicationRequest","status":"cancelled","intent":"order","authoredOn":"2024-03-12","medicationCodeableConcept":{"text":"Aspirine"},"dosageInstruction":{"text":"x","timing":{"repeat":{"boundsPeriod":{"start":"2024-03-13","end":"2024-04"}}}}}`, "Aspirine", "stopped", "2024-03-13", "2024-04", "Prescrit le 12/03/2024"},
		{"named by its ingredients", `{"resourceType":"MedicationStatement","status":"active","contained":[{"resourceType":"Medication","id":"m","ingredient":[{"itemCodeableConcept":{"text":"A"}},{"itemCodeableConcept":{"text":"B"}}]}],"medicationReference":{"reference":"#m"}}`, "A + B", "active", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left := importText(t, ipsBundle(ipsSection("10160-0", "", 1), c.json, drug))
			if len(s.Medications.Entries) != 1 {
				t.Fatalf("got no treatment; left out %q", left)
			}
			m := s.Medications.Entries[0]
			if m.Title() != c.label || m.Status != c.status || m.Start != c.start || m.End != c.end || m.Note != c.note {
				t.Errorf("got %+v, want %+v", m, c)
			}
		})
	}
}

func TestObservationValues(t *testing.T) {
	for _, c := range []struct{ name, json, want string }{
		{"quantity", `"valueQuantity":{"value":5.0,"comparator":"<","unit":"mmol/L"}`, "<5,0\u00a0mmol/L"},
		{"quantity with a UCUM code alone", `"valueQuantity":{"value":7,"system":"http://unitsofmeasure.org","code":"kg"}`, "7\u00a0kg"},
		{"quantity in quotes", `"valueQuantity":{"value":"7","unit":"kg"}`, "7\u00a0kg"},
		{"concept", `"valueCodeableConcept":{"coding":[{"system":"s","code":"c","display":"Négatif"}]}`, "Négatif"},
		{"concept without a label", `"valueCodeableConcept":{"coding":[{"system":"s","code":"c"}]}`, "c"},
		{"words", `"valueString":"  trouble\nléger "`, "trouble léger"},
		{"integer", `"valueInteger":3`, "3"},
		{"yes", `"valueBoolean":true`, "oui"},
		{"no", `"valueBoolean":false`, "non"},
		{"range", `"valueRange":{"low":{"value":4,"unit":"h"},"high":{"value":6,"unit":"h"}}`, "4 à 6\u00a0h"},
		{"ratio", `"valueRatio":{"numerator":{"value":1},"denominator":{"value":128}}`, "1 / 128"},
		{"date", `"valueDateTime":"2026-03-14"`, "14/03/2026"},
		{"time", `"valueTime":"08:30:00"`, "08:30:00"},
		{"period", `"valuePeriod":{"start":"2026-03","end":"2026-04"}`, "du 03/2026 au 04/2026"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left := importText(t, ipsBundle(ipsSection("30954-2", "", 1), `{"resourceType":"Observation","status":"final","code":{"text":"R"},`+c.json+`}`))
			if len(s.Results.Entries) != 1 {
				t.Fatalf("got no result; left out %q", left)
			}
			o := s.Results.Entries[0]
			if got := o.Quantity.String() + o.Value.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("numbers that are none", func(t *testing.T) {
		s, left := importText(t, ipsBundle(ipsSection("30954-2", "", 1), `{"resourceType":"Observation","code":{"text":"R"},"valueQuantity":{"value":"beaucoup","unit":"kg"}}`))
		if len(s.Results.Entries) != 0 || whyOf(left, "R") != whyNoValue {
			t.Errorf("got %+v and %q, want it listed as without a value", s.Results.Entries, left)
		}
	})
}

func TestObservationParts(t *testing.T) {
	s, left := importText(t, ipsBundle(ipsSection("8716-3", "", 1, 2),
		`{"resourceType":"Observation","status":"final","code":{"text":"PA"},"effectivePeriod":{"start":"2026-01-01T08:00:00Z","end":"2026-01-01T08:05:00Z"},"component":[{"code":{"text":"Systolique"},"valueQuantity":{"value":118,"unit":"mmHg"},"interpretation":[{"text":"Normal"}]},{"code":{"text":"Position"}}],"referenceRange":[{"low":{"value":100,"unit":"mmHg"},"high":{"value":140,"unit":"mmHg"}},{"text":"selon l’âge"}]}`,
		`{"resourceType":"Observation","code":{"text":"Bilan"},"hasMember":[{"reference":"urn:uuid:3"}]}`,
		`{"resourceType":"Observation","code":{"text":"Poids"},"valueQuantity":{"value":70,"unit":"kg"}}`))
	want := []record.Observation{
		{What: record.Text("PA"), Status: "final", Date: "2026-01-01T08:00:00Z", Reference: "100 à 140\u00a0mmHg ; selon l’âge",
			Components: []record.Observation{{What: record.Text("Systolique"), Quantity: record.Quantity{Value: "118", Unit: "mmHg"}, Interpretation: record.Text("Normal")}}},
		{What: record.Text("Poids"), Quantity: record.Quantity{Value: "70", Unit: "kg"}},
	}
	if got := s.VitalSigns.Entries; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if whyOf(left, "Bilan") != whyGrouping || whyOf(left, "PA") != whyDetails+"composants" {
		t.Errorf("got %q", left)
	}
}

func TestReport(t *testing.T) {
	s, left := importText(t, ipsBundle(ipsSection("30954-2", "", 1),
		`{"resourceType":"DiagnosticReport","status":"final","code":{"text":"NFS"},"conclusion":"Anémie","result":[{"reference":"urn:uuid:2"},{"reference":"urn:uuid:9"}]}`,
		`{"resourceType":"Observation","code":{"text":"Hémoglobine"},"valueQuantity":{"value":10,"unit":"g/dL"}}`))
	if len(s.Results.Entries) != 1 || whyOf(left, "NFS") != whyGrouping+" ; "+whyDetails+"conclusion" {
		t.Errorf("got %d results and %q", len(s.Results.Entries), left)
	}
}

func TestProblem(t *testing.T) {
	const code = `"code":{"text":"Diabète","coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E10.9","display":"Diabète de type 1"}]}`
	ald := func(system, code string) string {
		return `,"category":[{"coding":[{"code":"problem-list-item"}]},{"coding":[{"system":"` + system + `","code":"` + code + `"}]}]`
	}
	for _, c := range []struct {
		name, section, json string
		ald                 bool
		status, note        string
	}{
		{"plain", "11450-4", ``, false, "", ""},
		{"ALD", "11450-4", ald(systemsALD[0], "MED-574"), true, "", ""},
		{"ALD by its object identifier", "11450-4", ald(systemsALD[1], "MED-574"), true, "", ""},
		{"another code of that system", "11450-4", ald(systemsALD[0], "MED-575"), false, "", ""},
		{"status as a word", "11450-4", `,"clinicalStatus":"active"`, false, "active", ""},
		{"past illness", "11348-0", ``, false, "inactive", ""},
		{"past illness that is not over", "11348-0", `,"clinicalStatus":{"coding":[{"code":"recurrence"}]}`, false, "recurrence", ""},
		{"provisional", "11450-4", `,"verificationStatus":{"coding":[{"code":"provisional"}]},"note":[{"text":"à revoir"}]`, false, "", "Diagnostic provisoire / à revoir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := importText(t, ipsBundle(ipsSection(c.section, "", 1), `{"resourceType":"Condition",`+code+c.json+`}`))
			p := s.Problems.Entries[0]
			if p.ALD != c.ald || p.Status != c.status || p.Note != c.note {
				t.Errorf("got ALD %v, status %q, note %q; want %v, %q, %q", p.ALD, p.Status, p.Note, c.ald, c.status, c.note)
			}
			want := record.Concept{Label: "Diabète", Codes: []record.CodeValue{{System: record.SystemICD10, Value: "E10.9", Label: "Diabète de type 1"}}}
			if !reflect.DeepEqual(p.Condition, want) {
				t.Errorf("got %+v, want %+v", p.Condition, want)
			}
		})
	}
}

func TestLabels(t *testing.T) {
	const french = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"fr-CA"},{"url":"content","valueString":"Asthme"}]}]}`
	for _, c := range []struct{ name, json, want string }{
		{"words", `{"text":"Asthma","coding":[{"system":"s","code":"c","display":"Asthma (disorder)"}]}`, "Asthma"},
		{"first display", `{"coding":[{"system":"s","code":"c"},{"system":"t","code":"d","display":"Asthma"}]}`, "Asthma"},
		{"the code as it is", `{"coding":[{"system":"s","code":"c"}]}`, "c"},
		{"French of a display", `{"text":"Asthma","coding":[{"system":"s","code":"c","display":"Asthma","_display":` + french + `}]}`, "Asthme"},
		{"French of the words", `{"text":"Asthma","_text":` + french + `}`, "Asthme"},
		{"one coding without a list", `{"coding":{"system":"s","code":"c","display":"Asthma"}}`, "Asthma"},
		{"marks that reverse text", `{"text":"As\u202ethma\u200b"}`, "Asthma"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := importText(t, ipsBundle(ipsSection("11450-4", "", 1), `{"resourceType":"Condition","code":`+c.json+`}`))
			if got := s.Problems.Entries[0].Title(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	patient := func(json string) string {
		return `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient",` + json + `}}]}`
	}
	identifier := func(system, value string) string {
		return `"identifier":[{"system":"` + system + `","value":"` + value + `"}]`
	}
	test := "urn:oid:" + record.OIDINSTest
	for _, c := range []struct {
		name, json string
		want       record.Patient
		what, why  string
	}{
		{"INS", identifier(test, "279035121518989"), record.Patient{INS: record.INS{Matricule: "279035121518989", OID: record.OIDINSTest}}, "", ""},
		{"INS with a wrong key", identifier(test, "279035121518988"), record.Patient{}, wordINS, whyINSKey},
		{"INS without a key", identifier(test, "2790351215189"), record.Patient{}, wordINS, whyINSKey},
		{"withdrawn INS-C", identifier("urn:oid:1.2.250.1.213.1.4.2", "279035121518989"), record.Patient{}, wordINS, whyINSKey},
		{"local number", identifier("http://h.example/ipp", "42"), record.Patient{Identifiers: []record.CodeValue{{System: "http://h.example/ipp", Value: "42"}}}, "", ""},
		{"birth name and used name", `"name":[{"use":"usual","family":"B"},{"use":"official","family":"A","given":["X"]}]`, record.Patient{BirthName: "A", GivenNames: []string{"X"}, UsedName: "B"}, "", ""},
		{"maiden name", `"name":[{"use":"official","family":"B","given":["X"]},{"use":"maiden","family":"A"}]`, record.Patient{BirthName: "A", GivenNames: []string{"X"}, UsedName: "B"}, "", ""},
		{"words alone", `"name":[{"text":"Anne Essai"}]`, record.Patient{BirthName: "Anne Essai"}, "", ""},
		{"two scripts", `"name":[{"family":"田中","given":["花子"]},{"family":"TANAKA","given":["Hanako"]}]`, record.Patient{BirthName: "TANAKA", GivenNames: []string{"Hanako"}, Original: "花子 田中"}, "", ""},
		{"one name without a list", `"name":{"family":"A","given":"X"}`, record.Patient{BirthName: "A", GivenNames: []string{"X"}}, "", ""},
		{"wrong birthplace", `"extension":[{"url":"` + extBirthPlace + `","valueAddress":{"extension":[{"url":"` + extINSEE + `","valueCoding":{"code":"Paris"}}]}}]`, record.Patient{}, wordBirthCode, whyBirthPlace},
		{"birthplace by name alone", `"extension":[{"url":"` + extBirthPlace + `","valueAddress":{"city":"Paris"}}]`, record.Patient{}, wordPatient, whyDetails + "lieu de naissance"},
		{"sex", `"gender":"other"`, record.Patient{Sex: record.Other}, "", ""},
		{"sex that is none", `"gender":"F"`, record.Patient{}, wordPatient, whyDetails + "sexe " + wordHidden},
		{"birth date that is none", `"birthDate":"1950-00-00"`, record.Patient{}, wordPatient, whyDetails + "date de naissance " + wordHidden},
		{"deceased", `"deceasedBoolean":true`, record.Patient{}, wordPatient, whyDetails + "décès"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left := importText(t, patient(c.json))
			if !reflect.DeepEqual(s.Patient, c.want) {
				t.Errorf("got %+v, want %+v", s.Patient, c.want)
			}
			if got := whyOf(left, c.what); c.what != "" && got != c.why {
				t.Errorf("got %q of %q, want %q; all: %q", got, c.what, c.why, left)
			}
		})
	}
}

func TestContacts(t *testing.T) {
	bundle := `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p",
	"contact":[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0131","code":"C"}]},{"text":"sœur"}],"name":{"family":"A","given":["B"]},"telecom":[{"system":"email","value":"a@b.example"},{"system":"phone","value":"2","rank":2},{"system":"phone","value":"1","rank":1}]},
	{"relationship":[{"text":"voisin"}],"name":{"text":"C"}},{}],
	"generalPractitioner":[{"reference":"PractitionerRole/r"},{"display":"Dr D"},{"reference":"Practitioner/none"}]}},
	{"resource":{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/d"},"organization":{"reference":"Organization/o"}}},
	{"resource":{"resourceType":"Practitioner","id":"d","identifier":[{"system":"urn:oid:1.2.250.1.71.4.2.1","value":"899970000024"}],"name":[{"family":"E"}],"telecom":[{"system":"phone","value":"3"}]}},
	{"resource":{"resourceType":"Organization","id":"o","name":"Cabinet"}},
	{"resource":{"resourceType":"RelatedPerson","id":"q","patient":{"reference":"Patient/p"},"name":[{"family":"F"}]}}]}`
	s, left := importText(t, bundle)
	want := []record.Contact{
		{Role: record.RoleEmergency, Name: "B A", Relation: "sœur", Phone: "1"},
		{Role: record.RoleDoctor, Name: "E", Phone: "3", RPPS: "99970000024", Organisation: "Cabinet"},
		{Role: record.RoleDoctor, Name: "Dr D"},
		{Role: record.RoleOther, Name: "C", Relation: "voisin"},
		{Role: record.RoleOther, Name: "F"},
	}
	if !reflect.DeepEqual(s.Contacts, want) {
		t.Errorf("got %+v, want %+v", s.Contacts, want)
	}
	if whyOf(left, "Contacts : Médecin traitant") != whyUnresolved {
		t.Errorf("nothing says that a doctor was not found: %q", left)
	}
}

// TestPatients reads each of our patients and checks what makes it worth having.
func TestPatients(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	checks := map[string]func(t *testing.T, s *record.Summary, left []record.LeftOut){
		"enfant-diabete-type-1": func(t *testing.T, s *record.Summary, left []record.LeftOut) {
			if !s.HasALD() || s.Contacts[0].Role != record.RoleHolder || len(s.Devices.Entries) != 2 || len(s.CarePlan.Entries) != 1 || len(left) != 0 {
				t.Errorf("got ALD %v, contacts %+v, %d devices, %d plans, left out %q", s.HasALD(), s.Contacts, len(s.Devices.Entries), len(s.CarePlan.Entries), left)
			}
		},
		"ehpad-neuf-traitements": func(t *testing.T, s *record.Summary, left []record.LeftOut) {
			if len(s.Medications.Entries) != 9 || !s.Problems.Entries[0].ALD || s.Contacts[len(s.Contacts)-1].Role != record.RoleFacility || len(left) != 0 {
				t.Errorf("got %d treatments, first problem %+v, contacts %+v, left out %q", len(s.Medications.Entries), s.Problems.Entries[0], s.Contacts, left)
			}
		},
		"grossesse-allergie-penicilline": func(t *testing.T, s *record.Summary, _ []record.LeftOut) {
			if a := s.Allergies.Entries[0]; a.Criticality != "high" || a.Reactions[0].Severity != "severe" {
				t.Errorf("got %+v, want a severe allergy", a)
			}
			if p := s.Pregnancy.Entries[0]; p.Until != "2027-03-08" {
				t.Errorf("got %+v, want a date of delivery", p)
			}
		},
		"aucune-allergie-connue": func(t *testing.T, s *record.Summary, _ []record.LeftOut) {
			if s.Allergies.State() != record.NoneKnown || s.Medications.State() != record.NoneKnown || s.Devices.State() != record.NoneKnown {
				t.Errorf("got %q, %q, %q, want none known thrice", s.Allergies.State(), s.Medications.State(), s.Devices.State())
			}
			if left := s.ApplyAge(now); len(left) != 1 {
				t.Errorf("got %q too old, want one result", left)
			}
		},
		"allergies-non-renseignees": func(t *testing.T, s *record.Summary, _ []record.LeftOut) {
			if s.Allergies.State() != record.NoInformation || s.Devices.State() != record.NoInformation || s.Procedures.State() != record.NoInformation {
				t.Errorf("got %q, %q, %q, want no information thrice", s.Allergies.State(), s.Devices.State(), s.Procedures.State())
			}
			if !record.StaleAt(s.UpdatedAt, now) || record.MonthsSince(s.UpdatedAt, now) != 20 {
				t.Errorf("got %d months, want 20 and stale", record.MonthsSince(s.UpdatedAt, now))
			}
		},
		"plaie-chronique-photographies": func(t *testing.T, _ *record.Summary, left []record.LeftOut) {
			n := 0
			for _, l := range left {
				if l.Why == whyPhotograph {
					n++
				}
			}
			if n != 3 || len(left) != 3 {
				t.Errorf("got %d photographs of %q, want 3 alone", n, left)
			}
		},
		"naissance-corse-diacritiques": func(t *testing.T, s *record.Summary, left []record.LeftOut) {
			if s.Patient.BirthPlace != "2A004" || s.Patient.BirthName != "COLONNA-ÇELIK" || s.Devices.State() != record.NoneKnown {
				t.Errorf("got %+v", s.Patient)
			}
			if whyOf(left, "Aspirine") != whyRefuted || whyOf(left, "Antécédents familiaux") != record.WhyNarrativeOnly {
				t.Errorf("got %q", left)
			}
		},
	}
	files, err := filepath.Glob("../testdata/patients/*.json")
	if err != nil || len(files) != len(checks) {
		t.Fatalf("got %d patients and %v, want %d", len(files), err, len(checks))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			s, left, err := ImportBundle(bytes.NewReader(readFile(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			p := s.Patient
			if p.INS.OID != record.OIDINSTest || !p.Qualified || record.CheckBirthPlace(p.BirthPlace) != nil {
				t.Errorf("got %+v, want a qualified test identity", p)
			}
			sex := map[record.Sex]string{record.Male: "1", record.Female: "2"}[p.Sex]
			if traits := sex + string(p.BirthDate[2:4]) + string(p.BirthDate[5:7]) + p.BirthPlace; !strings.HasPrefix(p.INS.Matricule, traits) {
				t.Error("the matricule disagrees with the traits")
			}
			if !strings.HasPrefix(s.Author.RPPS, "9997") || record.CheckRPPS(s.Author.RPPS) != nil || record.CheckFINESS(s.Author.FINESS) != nil {
				t.Errorf("got author %+v, want fictitious numbers with good check digits", s.Author)
			}
			if s.Language != "" {
				t.Errorf("got language %q, want French", s.Language)
			}
			checks[name](t, s, left)
		})
	}
}
