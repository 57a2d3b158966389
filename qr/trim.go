package qr

import (
	"slices"
	"sort"

	"github.com/zoneblanche/zoneblanche/record"
)

// contacts stands among the sections in leavingOrder, being none itself.
const contacts record.SectionID = "contacts"

// leavingOrder is the order in which entries stay out when the symbols of a card
// cannot hold everything. Measures go first: they can be made again. Then plans,
// vaccines and past acts, which can be asked. What changes a decision within the
// hour goes last, and allergies never: all of them are in the emergency message.
// Within a section the last entries go first, which are the oldest, or the least
// important ([record.Summary.Sort]).
var leavingOrder = []record.SectionID{
	record.VitalSigns, record.Results, record.CarePlan, record.Immunizations, record.Procedures,
	contacts, record.Directives, record.Devices, record.PregnancyID, record.Problems, record.Medications,
}

// trim returns the full message with as much of rest as its symbols hold, and
// what stays out. What stays out is counted in its section.
func (w *writer) trim(rest *record.Summary) (*record.Summary, []record.LeftOut, error) {
	full := *rest
	k, err := w.fullParts(&full)
	if err != nil || k > 0 {
		return &full, nil, err
	}
	var left []record.LeftOut
	for _, id := range leavingOrder {
		total := count(&full, id)
		if total == 0 {
			continue
		}
		// The least number of entries to leave out; all of them when even that is
		// not enough, and the next section pays the rest.
		out := sort.Search(total, func(out int) bool {
			if err != nil {
				return true
			}
			candidate := full
			keep(&candidate, id, total-out)
			var k int
			k, err = w.fullParts(&candidate)
			return k > 0
		})
		if err != nil {
			return nil, nil, err
		}
		left = append(left, leftOut(&full, id, total-out)...)
		keep(&full, id, total-out)
		if k, err := w.fullParts(&full); err != nil || k > 0 {
			return &full, left, err
		}
	}
	return nil, nil, &record.Error{Code: record.CodeTooLarge, Op: "make card", Reason: "too_large", Err: errTooLong}
}

func count(s *record.Summary, id record.SectionID) int {
	if id == contacts {
		return len(s.Contacts)
	}
	return s.Section(id).Len()
}

// keep keeps the first n entries and counts the others as omitted.
func keep(s *record.Summary, id record.SectionID, n int) {
	if id != contacts {
		s.Keep(id, n)
		return
	}
	s.ContactsOmitted += len(s.Contacts) - n
	s.Contacts = slices.Clip(s.Contacts[:n])
	if n == 0 {
		s.Contacts = nil
	}
}

// leftOut names the entries of a section from the one at rank from on.
func leftOut(s *record.Summary, id record.SectionID, from int) []record.LeftOut {
	var left []record.LeftOut
	for i := from; i < count(s, id); i++ {
		what := wordContact
		if id == contacts {
			what += " : " + s.Contacts[i].Name
		} else {
			info, _ := record.InfoOf(id)
			what = info.Title + " : " + s.Section(id).TitleOf(i)
		}
		left = append(left, record.LeftOut{What: what, Why: record.WhyNoRoom})
	}
	return left
}
