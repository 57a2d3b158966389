package record

import "time"

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

// StaleAt reports whether a summary last updated on d is obsolete at now. One that
// does not say when it was updated is obsolete, and so is one that says a day to
// come: whatever it means, nobody can tell that it is in date.
func StaleAt(d Date, now time.Time) bool {
	if !d.Known() || d.InFuture(now) {
		return true
	}
	return !addMonths(d.Latest(), StaleAfterMonths).After(now)
}

// MonthsSince counts the whole months between d and now, 0 at least.
func MonthsSince(d Date, now time.Time) int {
	t := d.Time()
	now = now.In(t.Location())
	months := (now.Year()-t.Year())*12 + int(now.Month()) - int(t.Month())
	if addMonths(t, months).After(now) {
		months--
	}
	return max(months, 0)
}

// addMonths is the same day n months later, or the last of that month where it has
// no such day (code de procédure civile, art. 641).
func addMonths(t time.Time, n int) time.Time {
	later := t.AddDate(0, n, 0)
	if later.Day() != t.Day() {
		later = later.AddDate(0, 0, -later.Day())
	}
	return later
}

// ConsentExpired reports whether no consent of s holds at now: each ends after a
// year at the latest, whatever it says, and none holds before it is given. A summary
// without any consent says nothing, and so has none that expired.
func (s *Summary) ConsentExpired(now time.Time) bool {
	if len(s.Consents) == 0 {
		return false
	}
	for _, c := range s.Consents {
		if c.Status == "inactive" || !c.Given.Known() || c.Given.InFuture(now) {
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
	limit := addMonths(now, -12*ResultsYears)
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
