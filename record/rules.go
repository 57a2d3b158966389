package record

import (
	"strconv"
	"strings"
	"time"
)

// Rules of the programme (Mon Espace Santé, guidance to professionals).
const (
	// StaleAfterMonths is the age from which a summary that was not updated is to
	// be treated as obsolete.
	StaleAfterMonths = 18
	// ResultsYears is the age beyond which results and documents are not carried,
	// except for a long-term condition.
	ResultsYears = 5
	// SyncWithin is the time between the act and the latest moment at which its
	// entry should be delivered.
	SyncWithin = 48 * time.Hour
	// ConsentYears is how long a global consent lasts at most.
	ConsentYears = 1
)

// LeftOut tells the person printing what a card does not carry, and why. What is
// in French when it names a section, and the entry's own words otherwise.
type LeftOut struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// StaleAt reports whether a summary last updated on d is obsolete at now. A
// summary that does not say when it was updated is obsolete.
func StaleAt(d Date, now time.Time) bool {
	if !d.Known() {
		return true
	}
	return !d.Latest().AddDate(0, StaleAfterMonths, 0).After(now)
}

// MonthsSince counts the whole months between d and now, 0 at least.
func MonthsSince(d Date, now time.Time) int {
	t := d.Time()
	months := (now.Year()-t.Year())*12 + int(now.Month()) - int(t.Month())
	if now.Day() < t.Day() {
		months--
	}
	return max(months, 0)
}

// ConsentExpired reports whether no consent of s holds at now. A summary without
// any consent says nothing, and so has none that expired.
func (s *Summary) ConsentExpired(now time.Time) bool {
	if len(s.Consents) == 0 {
		return false
	}
	for _, c := range s.Consents {
		if c.Status == "inactive" || !c.Given.Known() {
			continue
		}
		end := c.Given.Time().AddDate(ConsentYears, 0, 0)
		if c.Until.Known() && c.Until.Latest().AddDate(0, 0, 1).Before(end) {
			end = c.Until.Latest().AddDate(0, 0, 1)
		}
		if now.Before(end) {
			return false
		}
	}
	return true
}

// HasALD reports whether a long-term condition is among the problems.
func (s *Summary) HasALD() bool {
	for _, p := range s.Problems.Entries {
		if p.ALD {
			return true
		}
	}
	return false
}

// ApplyAge removes the results that are older than [ResultsYears] at now, unless
// the patient has a long-term condition, and says which. Nothing else ever grows
// too old: an allergy of 1998 is an allergy.
func (s *Summary) ApplyAge(now time.Time) []LeftOut {
	if s.HasALD() {
		return nil
	}
	limit := now.AddDate(-ResultsYears, 0, 0)
	var left []LeftOut
	var kept []Observation
	for _, o := range s.Results.Entries {
		if o.Date.Known() && o.Date.Latest().Before(limit) {
			left = append(left, LeftOut{What: titleResults + " : " + o.Title() + " (" + o.Date.French() + ")", Why: whyTooOld})
			continue
		}
		kept = append(kept, o)
	}
	s.Results.Entries = kept
	return left
}

// Mask removes what the patient does not want on paper. An element is a section
// ("pregnancy"), one entry of it by its rank from 1 ("allergies:2"), or one by
// its exact title, whatever its case ("medications:Sertraline 50 mg"). A masked
// element leaves no trace: an emptied section says "no information", never "none
// known". An element that is not there is an error, so that a misspelt name never
// prints what it should have hidden.
func (s *Summary) Mask(elements ...string) ([]LeftOut, error) {
	type target struct {
		section AnySection
		title   string
		rank    int
	}
	// Every element is resolved before anything moves, so that ranks mean what the
	// person saw.
	var targets []target
	for _, element := range elements {
		name, which, one := strings.Cut(element, ":")
		section := s.Section(SectionID(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")))
		if section == nil {
			return nil, &Error{Code: CodeNotFound, Op: "mask element", Reason: "mask"}
		}
		info, _ := InfoOf(SectionID(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")))
		rank := -1
		if one {
			rank = entryRank(section, strings.TrimSpace(which))
			if rank < 0 {
				return nil, &Error{Code: CodeNotFound, Op: "mask element", Reason: "mask"}
			}
		}
		targets = append(targets, target{section, info.Title, rank})
	}
	var left []LeftOut
	done := map[AnySection]map[int]bool{}
	for _, t := range targets {
		if done[t.section] == nil {
			done[t.section] = map[int]bool{}
		}
		what := t.title
		if t.rank >= 0 {
			what += " : " + t.section.TitleOf(t.rank)
		}
		if !done[t.section][t.rank] {
			left = append(left, LeftOut{What: what, Why: whyMasked})
		}
		done[t.section][t.rank] = true
	}
	for section, ranks := range done {
		if ranks[-1] {
			section.mask(-1)
			continue
		}
		for i := section.Len() - 1; i >= 0; i-- {
			if ranks[i] {
				section.mask(i)
			}
		}
	}
	return left, nil
}

// entryRank finds an entry by rank from 1 or by title; -1 when there is none.
func entryRank(section AnySection, which string) int {
	if n, err := strconv.Atoi(which); err == nil {
		if n >= 1 && n <= section.Len() {
			return n - 1
		}
		return -1
	}
	for i := range section.Len() {
		if strings.EqualFold(section.TitleOf(i), which) {
			return i
		}
	}
	return -1
}
