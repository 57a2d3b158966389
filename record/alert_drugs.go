package record

import (
	"slices"
	"strings"
	"time"
)

// This file compares a drug that is about to be prescribed with the allergies and
// the treatments of a summary, by class of the ATC (WHO Collaborating Centre for
// Drug Statistics Methodology). It knows classes and nothing else: it is no
// substitute for an interaction checker, which pages must say beside it
// ([NoInteractionChecker]).

// family is drugs that belong together for an allergy or a double prescription, and
// that the ATC puts in several places.
type family struct {
	name     string
	prefixes []string
}

// shareClass reports whether two ATC codes are of one class: one contains the
// other, they share the chemical subgroup (five characters), or a family has both.
// class names what they share.
func shareClass(a, b string) (class string, ok bool) {
	if len(a) < 3 || len(b) < 3 {
		return "", false
	}
	for _, f := range drugFamilies {
		if hasPrefix(a, f.prefixes) && hasPrefix(b, f.prefixes) {
			return f.name, true
		}
		// A code for a whole class may be wider than a prefix of the family.
		if hasPrefix(a, f.prefixes) && slices.ContainsFunc(f.prefixes, func(p string) bool { return strings.HasPrefix(p, b) }) ||
			hasPrefix(b, f.prefixes) && slices.ContainsFunc(f.prefixes, func(p string) bool { return strings.HasPrefix(p, a) }) {
			return f.name, true
		}
	}
	switch {
	case strings.HasPrefix(a, b), strings.HasPrefix(b, a):
		return classCode(a, b), true
	case len(a) >= 5 && len(b) >= 5 && a[:5] == b[:5]:
		return classCode(a[:5], b[:5]), true
	}
	return "", false
}

// classCode names a class by the shorter of two codes.
func classCode(a, b string) string {
	if len(b) < len(a) {
		a = b
	}
	return alertClassATC + a
}

// ATCOf returns the ATC codes of a drug or substance: those that it carries, else
// those of the substances that its label names. Without any, nothing can be
// compared.
func ATCOf(c Concept) []string {
	var codes []string
	for _, code := range c.Codes {
		if code.System == SystemATC {
			codes = append(codes, strings.ToUpper(code.Value))
		}
	}
	if len(codes) > 0 {
		return codes
	}
	words := wordsOf(c.String())
	for _, n := range drugNames {
		if holds(words, strings.Fields(n.name)) && !contains(codes, n.atc) {
			codes = append(codes, n.atc)
		}
	}
	return codes
}

// sharedClass is the class that two lists of codes have in common.
func sharedClass(a, b []string) (class string, ok bool) {
	for _, x := range a {
		for _, y := range b {
			if class, ok := shareClass(x, y); ok {
				return class, true
			}
		}
	}
	return "", false
}

// CheckPrescription compares a drug with the allergies and with the treatments that
// are still taken at now.
func (s *Summary) CheckPrescription(drug Concept, now time.Time) []Alert {
	name := drug.String()
	codes := ATCOf(drug)
	if len(codes) == 0 {
		return []Alert{{AlertAllergic, Unverifiable, unverifiableDrug(name), whyNoATC}}
	}
	return byLevel(append(s.checkAllergies(name, codes), s.checkTreatments(name, codes, now)...))
}

func (s *Summary) checkAllergies(name string, codes []string) []Alert {
	unverifiable := func(why string) Alert { return Alert{AlertAllergic, Unverifiable, unverifiableDrug(name), why} }
	var all []Alert
	var apart []string // allergies that could not be compared
	for _, a := range s.Allergies.Entries {
		if a.Verification == "refuted" || a.Verification == "entered-in-error" {
			continue
		}
		theirs := ATCOf(a.Substance)
		if len(theirs) == 0 {
			apart = append(apart, a.Title())
			continue
		}
		if class, ok := sharedClass(codes, theirs); ok {
			all = append(all, Alert{AlertAllergic, Danger, allergicTitle(name, a.Title()), allergicReason(name, class)})
		}
	}
	switch {
	case s.Allergies.State() == NoInformation:
		all = append(all, unverifiable(whyAllergiesEmpty))
	case s.Allergies.Missing() > 0:
		all = append(all, unverifiable(whyAllergiesPart))
	}
	if len(apart) > 0 {
		all = append(all, unverifiable(whyNotCompared(apart)))
	}
	return all
}

func (s *Summary) checkTreatments(name string, codes []string, now time.Time) []Alert {
	unverifiable := func(why string) Alert { return Alert{AlertSameClass, Unverifiable, unverifiableDrug(name), why} }
	var all []Alert
	var apart []string
	for _, m := range s.Medications.Entries {
		if treatmentRank(m) == pastTreatment {
			continue
		}
		theirs := ATCOf(m.Drug)
		if len(theirs) == 0 {
			apart = append(apart, m.Title())
			continue
		}
		if class, ok := sharedClass(codes, theirs); ok {
			all = append(all, Alert{AlertSameClass, Watch, sameClassTitle(m.Title()), sameClassReason(name, class)})
		}
	}
	switch {
	case s.Medications.State() == NoInformation:
		all = append(all, unverifiable(whyTreatmentsEmpty))
	case s.Medications.Missing() > 0:
		all = append(all, unverifiable(whyTreatmentsPart))
	}
	if len(apart) > 0 {
		all = append(all, unverifiable(whyTreatmentsApart(apart)))
	}
	return all
}
