package record

import (
	"slices"
	"strings"
	"time"
)

// This file tells whether an exam that is about to be ordered was done already, so
// recently that its result usually still holds.

// exam is one row of the table: the LOINC codes and the words by which it is known,
// and for how many months a result usually holds (0: for life).
type exam struct {
	name   string
	loinc  []string
	words  []string // phrases, as wordsOf gives them, one space between words
	months int
}

// exams are the ones for which a French source gives an interval. A result that
// worries is repeated earlier: the alert informs, the doctor decides.
//
//   - HbA1c every 3 months at most: HAS, diabète de type 2, 2013 and 2024.
//   - lipids, creatinine, albuminuria once a year in the follow-up of a patient at
//     risk: HAS, maladie rénale chronique, 2021; risque cardio-vasculaire, 2017.
//   - TSH once a year when stable: HAS, hypothyroïdie, 2019.
//   - ferritin not again before 3 months: HAS, bilan martial, 2011.
//   - mammography and faecal test every 2 years: national screening programmes.
//   - cervical screening: HPV test every 5 years from 30: HAS and INCa, 2020.
//   - blood group: for life (arrêté du 15 mai 2018).
var exams = []exam{
	{"HbA1c", []string{"4548-4", "17856-6", "59261-8"}, []string{"hba1c", "hemoglobine glyquee"}, 3},
	{"bilan lipidique", []string{"13457-7", "18262-6", "2089-1", "2093-3", "2085-9", "2571-8", "22748-8", "14647-2"},
		[]string{"bilan lipidique", "cholesterol", "ldl", "exploration d une anomalie lipidique", "eal"}, 12},
	{"créatinine", []string{"14682-9", "2160-0", "35591-7", "62238-1", "98979-8", "33914-3"},
		[]string{"creatinine", "creatininemie", "dfg", "clairance de la creatinine"}, 12},
	{"albuminurie", []string{"14959-1", "9318-7", "32294-1"}, []string{"albuminurie", "microalbuminurie", "rac"}, 12},
	{"TSH", []string{"3016-3", "11580-8"}, []string{"tsh"}, 12},
	{"ferritine", []string{"2276-4", "20567-4", "24373-3"}, []string{"ferritine", "ferritinemie"}, 3},
	{"mammographie", []string{"24606-6", "26175-0", "36625-2"}, []string{"mammographie"}, 24},
	{"test immunologique de dépistage colorectal", []string{"29771-3", "57905-2", "56490-6"},
		[]string{"test immunologique fecal", "fit", "depistage colorectal"}, 24},
	{"test HPV", []string{"82675-0", "59420-0", "21440-3"}, []string{"hpv", "test hpv"}, 60},
	{"groupe sanguin", []string{"882-1", "883-9"}, []string{"groupe sanguin"}, 0},
}

// is reports whether something that was observed or ordered is this exam.
func (e exam) is(c Concept) bool {
	for _, code := range e.loinc {
		if c.Has(SystemLOINC, code) {
			return true
		}
	}
	words := wordsOf(c.String())
	for _, phrase := range e.words {
		if holds(words, strings.Fields(phrase)) {
			return true
		}
	}
	return false
}

// CheckOrder looks in the results for what is about to be ordered. An exam without a
// row in the table has no interval that anybody published: its last result is told,
// and that its validity is not known.
func (s *Summary) CheckOrder(order Concept, now time.Time) []Alert {
	name := order.String()
	row, listed := examOf(order)
	same := func(o Observation) bool {
		if listed {
			return row.is(o.What)
		}
		return sameConcept(order, o.What)
	}
	last, ok := s.lastResult(same, now)
	switch {
	case ok && !listed:
		return []Alert{{AlertAlreadyDone, Information, alreadyTitle(name, last.Date), alertValidityUnknown + resultWords(last)}}
	case ok && (row.months == 0 || addMonths(last.Date.Latest(), row.months).After(now)):
		return []Alert{{AlertAlreadyDone, Information, alreadyTitle(name, last.Date), validityReason(row.months) + resultWords(last)}}
	case s.undatedResult(same, now):
		return []Alert{{AlertAlreadyDone, Unverifiable, unverifiableExam(name), whyResultUndated}}
	case ok:
		return nil
	case s.Results.State() == NoInformation:
		return []Alert{{AlertAlreadyDone, Unverifiable, unverifiableExam(name), whyNoResults}}
	case s.Results.Missing() > 0:
		return []Alert{{AlertAlreadyDone, Unverifiable, unverifiableExam(name), whyResultsPart}}
	case !listed:
		return []Alert{{AlertAlreadyDone, Unverifiable, unverifiableExam(name), whyExamUnknown}}
	}
	return nil
}

func examOf(order Concept) (exam, bool) {
	for _, e := range exams {
		if e.is(order) {
			return e, true
		}
	}
	return exam{}, false
}

// sameConcept reports whether two concepts share a code or, without any, their words.
func sameConcept(a, b Concept) bool {
	for _, code := range a.Codes {
		if b.Has(code.System, code.Value) {
			return true
		}
	}
	x, y := wordsOf(a.String()), wordsOf(b.String())
	return len(x) > 0 && strings.Join(x, " ") == strings.Join(y, " ")
}

// lastResult is the latest dated result for which is holds. Results that were
// entered in error or cancelled are none.
func (s *Summary) lastResult(is func(Observation) bool, now time.Time) (last Observation, ok bool) {
	for _, o := range s.Results.Entries {
		if o.Status == "entered-in-error" || o.Status == "cancelled" || !o.Date.Known() || o.Date.InFuture(now) || !is(o) {
			continue
		}
		if !ok || o.Date.Latest().After(last.Date.Latest()) {
			last, ok = o, true
		}
	}
	return last, ok
}

// undatedResult reports whether a result for which is holds has no date to go by.
func (s *Summary) undatedResult(is func(Observation) bool, now time.Time) bool {
	return slices.ContainsFunc(s.Results.Entries, func(o Observation) bool {
		return (!o.Date.Known() || o.Date.InFuture(now)) && is(o)
	})
}
