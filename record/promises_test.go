package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// This file has one named property for each rule that the summary promises, as
// the design words it (section in brackets: 1 the promise, 4 the summary, 5 the card
// format); the rules with a property elsewhere:
//
//	the key of an INS [4]                      TestINSKey, TestParseINSOneWrongDigit
//	a core changes nothing and cuts no text [5] TestCores
//	the two messages are the whole [5]         TestSplitJoinIsIdentity
//	one more name before a dose [5]            TestNamesGoBeforeDoses
//	the verdict table [5]                      TestVerdicts
//	no two cards supersede each other [5]      TestNewerIsAnOrder
//	nine treatments in 600 characters [5]      package qr, rules_test.go

// anyDay draws a day within sixty years before today, written as precisely as it
// may be.
func anyDay(t *rapid.T, name string) Date {
	day := today.AddDate(0, 0, -rapid.IntRange(0, 60*365).Draw(t, name))
	return rapid.SampledFrom([]Date{DayOf(day), DayOf(day)[:7], DayOf(day)[:4], DateOf(day)}).Draw(t, name+" written")
}

// aged is a summary with something old in every section.
func aged(t *rapid.T) *Summary {
	s := drawSummary(t)
	enrich(t, s)
	for i := range s.Results.Entries {
		s.Results.Entries[i].Date = anyDay(t, fmt.Sprint("result ", i))
	}
	s.Immunizations = entriesOf(t, "immunizations", 3, func(i int) Immunization {
		return Immunization{Vaccine: Text(fmt.Sprint("v ", i)), Date: anyDay(t, fmt.Sprint("vaccine ", i))}
	})
	s.Directives = entriesOf(t, "directives", 2, func(i int) Statement {
		return Statement{What: Text(fmt.Sprint("d ", i)), Date: anyDay(t, fmt.Sprint("directive ", i))}
	})
	s.VitalSigns = entriesOf(t, "vital signs", 2, func(i int) Observation {
		return Observation{What: Text(fmt.Sprint("s ", i)), Date: anyDay(t, fmt.Sprint("sign ", i))}
	})
	s.Sort()
	return s
}

func text(t testing.TB, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// [4] The 5-year rule applies to results and documents only; never to allergies,
// problems, procedures, devices, immunizations, current treatments, pregnancy or
// directives.
func TestOnlyResultsGrowTooOld(t *testing.T) {
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		s := aged(t)
		before, whole := *s, s.Results.Len()
		told := s.ApplyAge(today)
		left += len(told)
		after := *s
		before.Results, after.Results = Section[Observation]{}, Section[Observation]{}
		if !reflect.DeepEqual(before, after) {
			t.Fatal("something else than a result grew too old")
		}
		for _, o := range s.Results.Entries {
			if !s.HasALD() && o.Date.Known() && o.Date.end().Before(today.AddDate(-ResultsYears, 0, -2)) {
				t.Fatalf("a result of %s is kept", o.Date)
			}
		}
		// [4] What is left out is said, entry by entry.
		if len(told)+s.Results.Len() != whole {
			t.Fatal("a result is gone and nobody was told")
		}
		if s.HasALD() && len(told) > 0 {
			t.Fatal("a long-term condition did not keep the results")
		}
		if s.Results.State() == NoneKnown && len(told) > 0 {
			t.Fatal("results that are too old became none known")
		}
	})
	if left == 0 {
		t.Error("nothing ever grew too old: the test does not test")
	}
}

// The cases that the rule is known for.
func TestWhatNeverGrowsTooOld(t *testing.T) {
	now := time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &Summary{
		Allergies:   Section[Allergy]{Entries: []Allergy{{Substance: Text("Pénicilline"), Onset: "1998"}}},
		Procedures:  Section[Procedure]{Entries: []Procedure{{Act: Text("Splénectomie"), Performed: "2009"}}},
		Devices:     Section[Device]{Entries: []Device{{Type: Text("Prothèse de hanche"), Since: "2001-04"}}},
		Medications: Section[Medication]{Entries: []Medication{{Drug: Text("Lévothyroxine"), Status: "active", Start: "1987"}}},
	}
	want := text(t, s)
	if left := s.ApplyAge(now); len(left) != 0 || text(t, s) != want {
		t.Errorf("got %v left out, %s", left, text(t, s))
	}
	if StaleAt("2125-12-31", now) {
		t.Error("an old allergy made a fresh summary stale")
	}
}

// [1] A summary not updated for 18 months is to be treated as obsolete: never
// later, and what is said of its age never contradicts the verdict.
func TestStaleIsEighteenMonths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := today.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "now"))
		day := now.AddDate(0, 0, -rapid.IntRange(0, 1000).Draw(t, "days"))
		stale := StaleAt(DayOf(day), now)
		if months := MonthsSince(DayOf(day), now); stale != (months >= StaleAfterMonths) {
			t.Fatalf("updated %s, read %s: stale %v at %d months", DayOf(day), DayOf(now), stale, months)
		}
		// Once stale, stale for ever; and less precise is never staler.
		if stale && !StaleAt(DayOf(day), now.AddDate(0, 0, 1)) {
			t.Fatal("a stale summary became fresh")
		}
		if month := DayOf(day)[:7]; StaleAt(month, now) && !stale {
			t.Fatalf("%s is stale and %s is not", month, DayOf(day))
		}
	})
	// The end of a month has no later anniversary than the end of a month.
	for updated, first := range map[Date]string{"2025-08-31": "2027-02-28", "2025-08-28": "2027-02-28", "2022-08-30": "2024-02-29"} {
		from, _ := time.Parse(time.DateOnly, first)
		if !StaleAt(updated, from) || StaleAt(updated, from.Add(-time.Second)) {
			t.Errorf("updated %s: not stale from %s on", updated, first)
		}
		if got := MonthsSince(updated, from); got != StaleAfterMonths {
			t.Errorf("updated %s, read %s: got %d months", updated, first, got)
		}
	}
}

// A summary from the future is in date for nobody: it is authentic and to be
// checked, as one that does not say when it was updated (never a green light
// that is not earned). A day of difference is a time zone.
func TestFutureIsNotInDate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead := time.Duration(rapid.IntRange(-48, 24*4000).Draw(t, "hours")) * time.Hour
		updated := DateOf(today.Add(ahead))
		j := JudgeAge(Judgement{Verdict: Authentic, Detail: "x"}, updated, today)
		if want := ahead > ClockSlack; (j.Verdict == Stale) != want || StaleAt(updated, today) != want {
			t.Fatalf("%v ahead: got %s", ahead, j.Verdict)
		}
		if j.Verdict == Stale && (j.Detail != "" || strings.Contains(j.Sentence(), "mois")) {
			t.Fatalf("got %q: an age that nobody knows", j.Sentence())
		}
	})
}

// [4] Three states per section, never an empty list: what is written says its state
// in words and comes back as it was.
func TestThreeStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aged(t)
		for _, info := range SectionInfos {
			if rapid.IntRange(0, 3).Draw(t, string(info.ID)) == 0 {
				s.Section(info.ID).cut(rapid.IntRange(0, 3).Draw(t, "keep"))
			}
		}
		var raw map[string]json.RawMessage
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &raw); err != nil {
			t.Fatal(err)
		}
		var back Summary
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(&back, s) {
			t.Fatalf("does not come back: %v", err)
		}
		for _, info := range SectionInfos {
			section := s.Section(info.ID)
			want := fmt.Sprintf(`{"state":%q`, section.State())
			if got := string(raw[string(info.ID)]); !strings.HasPrefix(got, want) || strings.Contains(got, `"entries":[]`) {
				t.Fatalf("%s: got %s", info.ID, got)
			}
			if (section.State() == HasEntries) != (section.Len()+section.Missing() > 0) {
				t.Fatalf("%s: %s with %d entries and %d elsewhere", info.ID, section.State(), section.Len(), section.Missing())
			}
		}
	})
}

// [1] The patient may mask any element, and a masked element leaves no trace: the
// summary is the one that never had it. [4] Masking the last entry of a section
// yields "no information", never "none known".
func TestMaskLeavesNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aged(t)
		names := []string{"contacts"}
		for _, info := range SectionInfos {
			names = append(names, string(info.ID))
		}
		name := rapid.SampledFrom(names).Draw(t, "section")
		list, _ := s.maskable(name)
		element, rank := name, -1
		if n := list.Len(); n > 0 && rapid.Bool().Draw(t, "one") {
			rank = rapid.IntRange(0, n-1).Draw(t, "rank")
			element = fmt.Sprintf("%s:%d", name, rank+1)
		}
		// The same summary of somebody who never told it.
		never := *s
		without, _ := never.maskable(name)
		without.mask(rank)

		whole := *s
		told, err := s.Mask(element)
		if err != nil || len(told) != 1 || told[0].Why != whyMasked {
			t.Fatalf("%s: got %v, %v", element, told, err)
		}
		if !reflect.DeepEqual(s, &never) {
			t.Fatalf("%s left a trace", element)
		}
		after, _ := s.maskable(name)
		if section, ok := after.(AnySection); ok && after.Len() == 0 {
			if state := section.State(); state != NoInformation {
				t.Fatalf("%s: got %s", element, state)
			}
		}
		for _, info := range SectionInfos {
			if string(info.ID) != name && !reflect.DeepEqual(s.Section(info.ID), whole.Section(info.ID)) {
				t.Fatalf("masking %s changed %s", element, info.ID)
			}
		}
	})
}

// A masked only allergy, and its elder sister: "none known" that is masked.
func TestMaskedOnlyAllergy(t *testing.T) {
	for _, allergies := range []Section[Allergy]{
		{Entries: []Allergy{{Substance: Text("Arachide")}}},
		{None: true},
	} {
		s := &Summary{Allergies: allergies}
		if _, err := s.Mask("allergies"); err != nil {
			t.Fatal(err)
		}
		if got := text(t, s.Allergies); got != `{"state":"no_information"}` {
			t.Errorf("got %s", got)
		}
	}
	s := &Summary{Allergies: Section[Allergy]{Entries: []Allergy{{Substance: Text("Arachide")}}}}
	if _, err := s.Mask("allergies:1"); err != nil {
		t.Fatal(err)
	}
	if got := text(t, s.Allergies); got != `{"state":"no_information"}` {
		t.Errorf("got %s", got)
	}
}

// [1] A long-term condition keeps old results, so that old results would tell of
// one that is masked: age comes after the mask.
func TestMaskedLongTermConditionKeepsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aged(t)
		for i := range s.Problems.Entries {
			s.Problems.Entries[i].ALD = false
		}
		plain := *s
		s.Problems.Entries = concat(s.Problems.Entries, []Problem{{Condition: Text("ALD"), ALD: true}})
		if _, err := s.Mask("problems:ALD"); err != nil {
			t.Fatal(err)
		}
		s.ApplyAge(today)
		plain.ApplyAge(today)
		if !reflect.DeepEqual(s.Results, plain.Results) {
			t.Fatal("old results tell of a masked long-term condition")
		}
	})
}

// [1] Consent is global and lasts at most one year, whatever it says of itself; one
// that is not given yet holds for nothing.
func TestConsentLastsAYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := today.AddDate(0, 0, -rapid.IntRange(-30, 1000).Draw(t, "given"))
		c := Consent{Status: rapid.SampledFrom([]string{"", "active", "inactive"}).Draw(t, "status"), Given: DayOf(given)}
		if rapid.Bool().Draw(t, "until") {
			c.Until = DayOf(today.AddDate(0, 0, rapid.IntRange(-500, 5000).Draw(t, "until day")))
		}
		s := &Summary{Consents: []Consent{c}}
		holds := !s.ConsentExpired(today)
		switch {
		case holds && c.Status == "inactive":
			t.Fatal("a consent that was withdrawn holds")
		case holds && given.Before(today.AddDate(-1, 0, 0)):
			t.Fatalf("given %s, it holds after a year", c.Given)
		case holds && given.After(today.Add(2*ClockSlack)):
			t.Fatalf("given %s, it holds before", c.Given)
		case holds && c.Until.Known() && c.Until.end().Before(today):
			t.Fatalf("until %s, it holds after", c.Until)
		}
		// No second consent takes away what the first gives.
		if s.Consents = append(s.Consents, Consent{Status: "inactive", Given: c.Given}); holds && s.ConsentExpired(today) {
			t.Fatal("another consent ended it")
		}
	})
}

// [1] Synchronise within 48 h of the consultation: of hours that pass, whatever the
// clocks on the walls do.
func TestDeadlineIsFortyEightHours(t *testing.T) {
	paris := time.FixedZone("", 3600)
	rapid.Check(t, func(t *rapid.T) {
		acted := today.Add(time.Duration(rapid.Int64Range(0, 400*24*3600).Draw(t, "acted")) * time.Second).In(paris)
		deadline := Consultation{ActedAt: acted}.Deadline()
		if deadline.Sub(acted) != 48*time.Hour {
			t.Fatalf("got %v", deadline.Sub(acted))
		}
		item := Item{State: Pending, Deadline: deadline}
		if item.Late(deadline) || !item.Late(deadline.Add(time.Nanosecond)) {
			t.Fatal("late too early, or not at all")
		}
	})
}

// [4] INS traits are Latin; an original spelling in another script is optional and
// stands beside them, never instead.
func TestOriginalNameStandsBeside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Patient{BirthName: rapid.StringMatching(`[A-Z]{0,5}`).Draw(t, "name"), Original: "Παπαδοπούλου"}
		if rapid.Bool().Draw(t, "given") {
			p.GivenNames = []string{"ELENI"}
		}
		if got := p.Name(); (got == p.Original) != (p.BirthName == "" && len(p.GivenNames) == 0) {
			t.Fatalf("got %q", got)
		}
	})
}

// [5] Emergency: allergies first, and all of them or no card; signed counts say what
// is not there. [4] What could not stay is never taken for nothing.
func TestEmergencyNeverHidesThatThereIsMore(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		s := aged(t)
		room := rapid.IntRange(0, 20).Draw(t, "room")
		e, rest, err := Split(s, func(e *Summary) (bool, error) { return e.Entries() <= room, nil })
		if s.Allergies.Len() > room {
			refused++
			if ReasonOf(err) != "allergies_do_not_fit" {
				t.Fatalf("%d allergies in room for %d: got %v", s.Allergies.Len(), room, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Allergies.Len() != s.Allergies.Len() {
			t.Fatal("an allergy is not in the emergency message")
		}
		for _, info := range SectionInfos {
			whole, part := s.Section(info.ID), e.Section(info.ID)
			if part.State() != whole.State() || part.Len()+part.Missing() != whole.Len() {
				t.Fatalf("%s: %d of %d, says %d more and %s", info.ID, part.Len(), whole.Len(), part.Missing(), part.State())
			}
		}
		if len(e.Contacts)+e.ContactsOmitted != len(s.Contacts) || !reflect.DeepEqual(Join(e, rest).Contacts, s.Contacts) {
			t.Fatal("a contact is gone uncounted")
		}
	})
	if refused == 0 {
		t.Error("the allergies always fitted: the test does not test")
	}
}

// Treatments that are over by their own date and still said to be active stand
// after the current ones, before those that are over, and are never left out of the
// names that the emergency message takes.
func TestLapsedTreatmentsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Summary{Medications: entriesOf(t, "medications", 9, func(i int) Medication {
			m := Medication{Drug: Text(fmt.Sprint("m ", i)), Status: rapid.SampledFrom([]string{"", "active", "intended", "on-hold", "unknown", "completed", "stopped"}).Draw(t, "status")}
			if rapid.Bool().Draw(t, "ends") {
				m.End = DayOf(today.AddDate(0, 0, rapid.IntRange(-20, 20).Draw(t, "end")))
			}
			return m
		})}
		n := s.Medications.Len()
		s.SortAt(today)
		if s.Medications.Len() != n {
			t.Fatal("a treatment is gone")
		}
		last := 0
		for _, m := range s.Medications.Entries {
			class := 2 * treatmentRank(m)
			if m.Lapsed(today) {
				class = 3
				if m.End >= DayOf(today) {
					t.Fatalf("lapsed on %s, read on %s", m.End, DayOf(today))
				}
			}
			if class < last {
				t.Fatalf("%+v stands after what matters less", m)
			}
			last = class
		}
		e, _, err := Split(s, func(*Summary) (bool, error) { return true, nil })
		if err != nil || e.Medications.Len() != n {
			t.Fatalf("got %d of %d, %v", e.Medications.Len(), n, err)
		}
		over := 0
		for _, m := range s.Medications.Entries {
			if treatmentRank(m) == pastTreatment {
				over++
			}
		}
		if got := currentTreatments(s); got != n-over {
			t.Fatalf("%d of %d treatments go first, want %d", got, n, n-over)
		}
	})
	for end, lapsed := range map[Date]bool{"": false, "2026-11-22": false, "2026-11-21": true, "2026-11": false, "2026-10": true, "2026": false, "2025": true, "2027-01-01": false} {
		if got := (Medication{Status: "active", End: end}).Lapsed(today); got != lapsed {
			t.Errorf("end %q: got %v, want %v", end, got, lapsed)
		}
	}
}

// [4] Sections have the LOINC codes of the IPS and of its French draft
// (FRCompositionDocumentIPS), and the mandatory ones are those that it demands.
func TestSectionsAreThoseOfTheIPS(t *testing.T) {
	want := map[SectionID]string{
		Problems: "11450-4", Allergies: "48765-2", Medications: "10160-0", Procedures: "47519-4", Devices: "46264-8",
		Immunizations: "11369-6", Results: "30954-2", VitalSigns: "8716-3", PregnancyID: "10162-6", CarePlan: "18776-5", Directives: "42348-3",
	}
	mandatory := map[SectionID]bool{Problems: true, Allergies: true, Medications: true, Procedures: true, Devices: true}
	for _, info := range SectionInfos {
		if info.LOINC != want[info.ID] || info.Mandatory != mandatory[info.ID] || info.Title == "" || info.NoneKnown == "" || info.NoneKnown == NotFilledIn {
			t.Errorf("got %+v", info)
		}
		delete(want, info.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
