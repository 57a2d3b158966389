package record

import (
	"cmp"
	"slices"
	"time"
)

// SortAt is [Summary.Sort] for somebody who prints at now: treatments that are over
// by their own end date and still said to be active come after those that are
// current. They stay before those that somebody said are over, and go into the
// emergency message by name as they do: a date that lapsed may well be that of the
// last prescription, not of the last tablet.
func (s *Summary) SortAt(now time.Time) {
	s.Sort()
	sortBy(&s.Medications, func(m Medication) int {
		rank := 2 * treatmentRank(m)
		if m.Lapsed(now) {
			rank = 2*pastTreatment - 1
		}
		return rank
	})
}

// Lapsed reports whether a treatment whose status is active, planned or not said
// has an end date that is wholly past at now. Which of the two is wrong, only a
// person can tell.
func (m Medication) Lapsed(now time.Time) bool {
	return treatmentRank(m) == 0 && m.End.Known() && m.End.end().Before(now)
}

// Sort puts the entries of every section in order of importance, which is the
// order in which the emergency message takes them and a doctor reads them. Equal
// entries keep their order. It does not change slices that s shares with other
// summaries.
func (s *Summary) Sort() {
	sortBy(&s.Allergies, func(a Allergy) int {
		rank := 0
		if !activeStatus(a.Status) {
			rank += 4
		}
		if a.Criticality != "high" && !severe(a.Reactions) {
			rank += 2
		}
		if a.Type == "intolerance" {
			rank++
		}
		return rank
	})
	sortBy(&s.Medications, treatmentRank)
	sortBy(&s.Problems, func(p Problem) int {
		switch {
		case p.ALD && activeStatus(p.Status):
			return 0
		case p.ALD:
			return 1
		case activeStatus(p.Status):
			return 2
		}
		return 3
	})
	sortBy(&s.Devices, func(d Device) int {
		if d.Status == "" || d.Status == "active" {
			return 0
		}
		return 1
	})
	newestFirst(&s.Procedures, func(p Procedure) Date { return p.Performed })
	newestFirst(&s.Immunizations, func(i Immunization) Date { return i.Date })
	newestFirst(&s.Results, func(o Observation) Date { return o.Date })
	newestFirst(&s.VitalSigns, func(o Observation) Date { return o.Date })
	newestFirst(&s.Pregnancy, func(p Statement) Date { return p.Date })
	newestFirst(&s.CarePlan, func(p Statement) Date { return p.Date })
	newestFirst(&s.Directives, func(p Statement) Date { return p.Date })
	s.Contacts = slices.Clone(s.Contacts)
	slices.SortStableFunc(s.Contacts, func(a, b Contact) int {
		return cmp.Compare(contactRank(a.Role), contactRank(b.Role))
	})
}

// pastTreatment is the rank of treatments that are over, or never were.
const pastTreatment = 2

func treatmentRank(m Medication) int {
	switch m.Status {
	case "", "active", "intended":
		return 0
	case "on-hold", "unknown":
		return 1
	}
	return pastTreatment
}

func contactRank(r Role) int {
	switch r {
	case RoleEmergency, RoleHolder:
		return 0
	case RoleTrusted:
		return 1
	case RoleDoctor:
		return 2
	}
	return 3
}

func severe(reactions []Reaction) bool {
	return slices.ContainsFunc(reactions, func(r Reaction) bool { return r.Severity == "severe" })
}

// activeStatus reports whether a clinical status means "now"; an unknown status
// does, since the safe reading of a problem is that it is still there.
func activeStatus(status string) bool {
	switch status {
	case "", "active", "recurrence", "relapse":
		return true
	}
	return false
}

func sortBy[E any](s *Section[E], rank func(E) int) {
	s.Entries = slices.Clone(s.Entries)
	slices.SortStableFunc(s.Entries, func(a, b E) int { return cmp.Compare(rank(a), rank(b)) })
}

// newestFirst sorts by date, entries without a date last.
func newestFirst[E any](s *Section[E], date func(E) Date) {
	s.Entries = slices.Clone(s.Entries)
	slices.SortStableFunc(s.Entries, func(a, b E) int { return date(b).Time().Compare(date(a).Time()) })
}
