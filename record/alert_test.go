package record

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var alertNow = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func inSystem(label, system, code string) Concept {
	return Concept{Label: label, Codes: []CodeValue{{System: system, Value: code}}}
}

// answered is a summary of which every alert rule is content at alertNow.
func answered() *Summary {
	s := &Summary{Patient: Patient{BirthDate: "1985-03-14"}, UpdatedAt: "2026-11-01",
		Consents: []Consent{{Status: "active", Given: "2026-06-01"}}}
	s.Allergies.None, s.Medications.None, s.Results.None = true, true, true
	s.Immunizations.Entries = []Immunization{{Vaccine: inSystem("rappel", SystemATC, "J07CA01"), Date: "2012-01-10"}}
	return s
}

func alertOf(all []Alert, kind AlertKind) (Alert, bool) {
	i := slices.IndexFunc(all, func(a Alert) bool { return a.Kind == kind })
	if i < 0 {
		return Alert{}, false
	}
	return all[i], true
}

func TestAnAnsweredSummaryGivesNoAlert(t *testing.T) {
	if all := answered().Alerts(alertNow); len(all) != 0 {
		t.Errorf("got %+v, want none", all)
	}
}

func TestAlerts(t *testing.T) {
	flu := Immunization{Vaccine: inSystem("grippe", SystemATC, "J07BB02"), Date: "2026-10-20"}
	for _, c := range []struct {
		name   string
		change func(*Summary)
		now    time.Time
		kind   AlertKind
		want   AlertLevel // "" for no alert of that kind
	}{
		{"allergies not filled in", func(s *Summary) { s.Allergies.None = false }, alertNow, AlertAllergies, Danger},
		{"allergies in part", func(s *Summary) { s.Allergies.Omitted = 1 }, alertNow, AlertAllergies, Danger},
		{"updated 18 months ago", func(s *Summary) { s.UpdatedAt = "2025-05-20" }, alertNow, AlertStale, Watch},
		{"updated a day less than 18 months ago", func(s *Summary) { s.UpdatedAt = "2025-05-21" }, alertNow, AlertStale, ""},
		{"no date of update", func(s *Summary) { s.UpdatedAt = "" }, alertNow, AlertStale, Watch},
		{"no consent", func(s *Summary) { s.Consents = nil }, alertNow, AlertConsent, Unverifiable},
		{"consent a year old", func(s *Summary) { s.Consents[0].Given = "2025-11-20" }, alertNow, AlertConsent, Watch},
		{"last booster at 24, now 41", func(*Summary) {}, alertNow, AlertTetanus, ""},
		{"last booster at 19, due at 25", func(s *Summary) { s.Immunizations.Entries[0].Date = "2004-05-02" }, alertNow, AlertTetanus, Information},
		{"booster not done", func(s *Summary) { s.Immunizations.Entries[0].Status = "not-done" }, alertNow, AlertTetanus, Information},
		{"no vaccination known", func(s *Summary) { s.Immunizations = Section[Immunization]{None: true} }, alertNow, AlertTetanus, Information},
		{"vaccinations not filled in", func(s *Summary) { s.Immunizations = Section[Immunization]{} }, alertNow, AlertTetanus, Unverifiable},
		{"vaccinations on another code", func(s *Summary) { s.Immunizations = Section[Immunization]{Omitted: 3} }, alertNow, AlertTetanus, Unverifiable},
		{"a vaccine nobody can tell", func(s *Summary) { s.Immunizations.Entries[0].Vaccine = Text("vaccin") }, alertNow, AlertTetanus, Unverifiable},
		{"a vaccine known by its words", func(s *Summary) { s.Immunizations.Entries[0].Vaccine = Text("Rappel DTP") }, alertNow, AlertTetanus, ""},
		{"another vaccine by its code", func(s *Summary) { s.Immunizations.Entries[0].Vaccine = inSystem("ROR", SystemATC, "J07BD52") }, alertNow, AlertTetanus, Information},
		{"no birth date", func(s *Summary) { s.Patient.BirthDate = "" }, alertNow, AlertTetanus, Unverifiable},
		{"an infant", func(s *Summary) { s.Patient.BirthDate = "2026-08-01" }, alertNow, AlertTetanus, Unverifiable},
		{"influenza at 41", func(*Summary) {}, alertNow, AlertInfluenza, ""},
		{"influenza at 70", func(s *Summary) { s.Patient.BirthDate = "1956-01-01" }, alertNow, AlertInfluenza, Information},
		{"influenza at 70, in February", func(s *Summary) { s.Patient.BirthDate = "1956-01-01" }, alertNow.AddDate(0, 3, 0), AlertInfluenza, Information},
		{"influenza at 70, in June", func(s *Summary) { s.Patient.BirthDate = "1956-01-01" }, alertNow.AddDate(0, 7, 0), AlertInfluenza, ""},
		{"influenza at 70, done", func(s *Summary) {
			s.Patient.BirthDate = "1956-01-01"
			s.Immunizations.Entries = append(s.Immunizations.Entries, flu)
		}, alertNow, AlertInfluenza, ""},
		{"influenza at 70, done last year", func(s *Summary) {
			s.Patient.BirthDate = "1956-01-01"
			last := flu
			last.Date = "2025-11-20"
			s.Immunizations.Entries = append(s.Immunizations.Entries, last)
		}, alertNow, AlertInfluenza, Information},
		{"influenza when pregnant", func(s *Summary) {
			s.Pregnancy.Entries = []Statement{{Value: inSystem("enceinte", SystemSNOMED, "77386006")}}
		}, alertNow, AlertInfluenza, Information},
		{"influenza with an ALD", func(s *Summary) {
			s.Problems.Entries = []Problem{{Condition: Text("asthme"), ALD: true}}
		}, alertNow, AlertInfluenza, Unverifiable},
	} {
		s := answered()
		c.change(s)
		got, _ := alertOf(s.Alerts(c.now), c.kind)
		if got.Level != c.want {
			t.Errorf("%s: got %q (%s), want %q", c.name, got.Level, got.Reason, c.want)
		}
		if got.Level != "" && (got.Title == "" || got.Reason == "") {
			t.Errorf("%s: got %+v, want a title and a reason", c.name, got)
		}
	}
}

func TestTheLoudestAlertComesFirst(t *testing.T) {
	s := &Summary{}
	last := 0
	order := []AlertLevel{Danger, Watch, Information, Unverifiable}
	for _, a := range s.Alerts(alertNow) {
		if i := slices.Index(order, a.Level); i < last {
			t.Errorf("got %q after %q", a.Level, order[last])
		} else {
			last = i
		}
	}
}

func TestCheckPrescription(t *testing.T) {
	penicillin := Allergy{Substance: inSystem("Pénicilline", SystemATC, "J01C")}
	sulfa := Allergy{Substance: inSystem("Sulfamides", SystemATC, "J01E")}
	for _, c := range []struct {
		name      string
		allergies []Allergy
		taken     []Medication
		drug      Concept
		kind      AlertKind
		want      AlertLevel
	}{
		{"amoxicillin to a penicillin allergy, by name", []Allergy{penicillin}, nil, Text("Amoxicilline 1 g"), AlertAllergic, Danger},
		{"by code", []Allergy{penicillin}, nil, inSystem("Orbenine", SystemATC, "J01CF02"), AlertAllergic, Danger},
		{"a combination", []Allergy{{Substance: Text("amoxicilline")}}, nil, Text("Augmentin 500 mg"), AlertAllergic, Danger},
		{"a sulfonamide by name", []Allergy{sulfa}, nil, Text("Bactrim forte"), AlertAllergic, Danger},
		{"codeine and morphine are opioids", []Allergy{{Substance: inSystem("Codéine", SystemATC, "R05DA04")}}, nil, Text("morphine 10 mg"), AlertAllergic, Danger},
		{"aspirin and ibuprofen", []Allergy{{Substance: Text("Aspirine")}}, nil, Text("Ibuprofène 400"), AlertAllergic, Danger},
		{"aspirin and paracetamol", []Allergy{{Substance: Text("Aspirine")}}, nil, Text("Paracétamol 1 g"), AlertAllergic, ""},
		{"penicillin and a macrolide", []Allergy{penicillin}, nil, Text("azithromycine"), AlertAllergic, ""},
		{"a refuted allergy", []Allergy{{Substance: penicillin.Substance, Verification: "refuted"}}, nil, Text("amoxicilline"), AlertAllergic, ""},
		{"a drug nobody can tell", []Allergy{penicillin}, nil, Text("Zorglubine"), AlertAllergic, Unverifiable},
		{"an allergy nobody can compare", []Allergy{{Substance: Text("Latex")}}, nil, Text("amoxicilline"), AlertAllergic, Unverifiable},
		{"already takes one of the class", []Allergy{penicillin}, []Medication{{Drug: inSystem("Ramipril", SystemATC, "C09AA05"), Status: "active"}}, Text("périndopril"), AlertSameClass, Watch},
		{"took one of the class", []Allergy{penicillin}, []Medication{{Drug: inSystem("Ramipril", SystemATC, "C09AA05"), Status: "stopped"}}, Text("périndopril"), AlertSameClass, ""},
		{"takes what nobody can compare", []Allergy{penicillin}, []Medication{{Drug: Text("tisane")}}, Text("périndopril"), AlertSameClass, Unverifiable},
	} {
		s := answered()
		s.Allergies = Section[Allergy]{Entries: c.allergies}
		if c.taken != nil {
			s.Medications = Section[Medication]{Entries: c.taken}
		}
		got, _ := alertOf(s.CheckPrescription(c.drug, alertNow), c.kind)
		if got.Level != c.want {
			t.Errorf("%s: got %q (%s %s), want %q", c.name, got.Level, got.Title, got.Reason, c.want)
		}
	}
}

func TestAPrescriptionIsNeverComparedWithNothing(t *testing.T) {
	var s Summary
	all := s.CheckPrescription(Text("amoxicilline"), alertNow)
	for _, kind := range []AlertKind{AlertAllergic, AlertSameClass} {
		if a, ok := alertOf(all, kind); !ok || a.Level != Unverifiable {
			t.Errorf("%s: got %+v, want unverifiable", kind, a)
		}
	}
}

func TestCheckOrder(t *testing.T) {
	result := func(what Concept, day Date) Observation {
		return Observation{What: what, Date: day, Quantity: Quantity{Value: "7.2", Unit: "%"}}
	}
	hba1c := inSystem("HbA1c", SystemLOINC, "4548-4")
	for _, c := range []struct {
		name    string
		results Section[Observation]
		order   string
		want    AlertLevel
	}{
		{"done two months ago", Section[Observation]{Entries: []Observation{result(hba1c, "2026-09-25")}}, "hémoglobine glyquée", Information},
		{"done four months ago", Section[Observation]{Entries: []Observation{result(hba1c, "2026-07-19")}}, "HbA1c", ""},
		{"blood group of long ago", Section[Observation]{Entries: []Observation{result(inSystem("Groupe sanguin", SystemLOINC, "882-1"), "2009")}}, "groupe sanguin", Information},
		{"a later one decides", Section[Observation]{Entries: []Observation{result(hba1c, "2020-01-01"), result(hba1c, "2026-10-01")}}, "HbA1c", Information},
		{"dated in the future", Section[Observation]{Entries: []Observation{result(hba1c, "2027-10-01")}}, "HbA1c", Unverifiable},
		{"without a date", Section[Observation]{Entries: []Observation{result(hba1c, "")}}, "HbA1c", Unverifiable},
		{"an exam without a row, done", Section[Observation]{Entries: []Observation{result(Text("Vitamine D"), "2026-10-01")}}, "vitamine D", Information},
		{"an exam without a row", Section[Observation]{None: true}, "scanner cérébral", Unverifiable},
		{"never done", Section[Observation]{None: true}, "TSH", ""},
		{"results not filled in", Section[Observation]{}, "TSH", Unverifiable},
		{"results on another code", Section[Observation]{Omitted: 2}, "TSH", Unverifiable},
	} {
		s := answered()
		s.Results = c.results
		got, _ := alertOf(s.CheckOrder(Text(c.order), alertNow), AlertAlreadyDone)
		if got.Level != c.want {
			t.Errorf("%s: got %q (%s %s), want %q", c.name, got.Level, got.Title, got.Reason, c.want)
		}
	}
}

func TestDrugTableIsWellFormed(t *testing.T) {
	for _, n := range drugNames {
		if strings.Join(wordsOf(n.name), " ") != n.name {
			t.Errorf("%q is not as texts are compared", n.name)
		}
		if len(n.atc) < 3 || strings.ToUpper(n.atc) != n.atc {
			t.Errorf("%s: got the code %q", n.name, n.atc)
		}
	}
	for _, e := range exams {
		for _, phrase := range e.words {
			if strings.Join(wordsOf(phrase), " ") != phrase {
				t.Errorf("%q is not as texts are compared", phrase)
			}
		}
	}
}

// Whatever is typed, a check is an answer: an alert, or nothing to be found where
// everything could be compared.
func FuzzChecks(f *testing.F) {
	for _, seed := range []string{"Amoxicilline 1 g", "Kardégic 75", "", "\x00", "TSH", "É’œ", "groupe sanguin"} {
		f.Add(seed, "J01CA04")
	}
	f.Fuzz(func(t *testing.T, words, code string) {
		s := answered()
		s.Allergies = Section[Allergy]{Entries: []Allergy{{Substance: Concept{Label: words, Codes: []CodeValue{{System: SystemATC, Value: code}}}}}}
		for _, a := range append(s.CheckPrescription(Text(words), alertNow), s.CheckOrder(Text(words), alertNow)...) {
			if a.Title == "" || a.Reason == "" || a.Level == "" {
				t.Errorf("got %+v", a)
			}
		}
		if len(ATCOf(Text(words))) == 0 {
			if all := s.CheckPrescription(Text(words), alertNow); len(all) != 1 || all[0].Level != Unverifiable {
				t.Errorf("%q is not known: got %+v, want unverifiable", words, all)
			}
		}
	})
}
