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
// hour goes last. Within a section the last entries go first, which are the
// oldest, or the least important ([record.Summary.Sort]), and after them the
// details of those that the emergency message has: an entry is worth more than
// what completes another. Allergies are all in the emergency message; only their
// details can stay out.
var leavingOrder = []record.SectionID{
	record.VitalSigns, record.Results, record.CarePlan, record.Immunizations, record.Procedures,
	contacts, record.Directives, record.Devices, record.PregnancyID, record.Problems, record.Medications,
	record.Allergies,
}

// trim returns the full message with as much of rest as its symbols hold, how many
// symbols it takes, and what stays out. What stays out is counted in its section.
// The emergency message names the entries that rest has details of.
func (w *writer) trim(emergency, rest *record.Summary) (*record.Summary, int, []record.LeftOut, error) {
	full := *rest
	k, err := w.fullParts(&full)
	if err != nil || k > 0 {
		return &full, k, nil, err
	}
	var left []record.LeftOut
	for _, id := range leavingOrder {
		total := count(&full, id)
		if total == 0 {
			continue
		}
		// The least number of items to leave out; all of them when even that is
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
			return nil, 0, nil, err
		}
		left = append(left, leftOut(emergency, &full, id, total-out)...)
		keep(&full, id, total-out)
		if k, err := w.fullParts(&full); err != nil || k > 0 {
			return &full, k, left, err
		}
	}
	return nil, 0, nil, &record.Error{Code: record.CodeTooLarge, Op: "make card", Err: errTooLong}
}

// count counts the items of a section: details, which come first, and entries.
func count(s *record.Summary, id record.SectionID) int {
	if id == contacts {
		return len(s.Contacts)
	}
	section := s.Section(id)
	return section.DetailLen() + section.Len()
}

// keep keeps the first n items and counts the others, entries as omitted and
// details as abridging theirs.
func keep(s *record.Summary, id record.SectionID, n int) {
	if id != contacts {
		details := s.Section(id).DetailLen()
		s.Keep(id, n-details)
		s.KeepDetails(id, n)
		return
	}
	s.ContactsOmitted += len(s.Contacts) - n
	s.Contacts = slices.Clip(s.Contacts[:n])
	if n == 0 {
		s.Contacts = nil
	}
}

// leftOut names the items of a section from the one at rank from on.
func leftOut(emergency, s *record.Summary, id record.SectionID, from int) []record.LeftOut {
	var left []record.LeftOut
	add := func(what string) { left = append(left, record.LeftOut{What: what, Why: record.WhyNoRoom}) }
	if id == contacts {
		for _, c := range s.Contacts[from:] {
			add(wordContact + " : " + c.Name)
		}
		return left
	}
	info, _ := record.InfoOf(id)
	section := s.Section(id)
	for i := from; i < section.DetailLen(); i++ {
		if section.Detailed(i) {
			add(info.Title + " : " + emergency.Section(id).TitleOf(i) + wordDetails)
		}
	}
	for i := max(from-section.DetailLen(), 0); i < section.Len(); i++ {
		add(info.Title + " : " + section.TitleOf(i))
	}
	return left
}
