package record

import "encoding/json"

// State is what a section says when it is asked "is there anything?".
type State string

// The three states of a section. A section is never an empty list.
const (
	HasEntries    State = "entries"
	NoneKnown     State = "none_known"     // explicitly none: "aucune connue"
	NoInformation State = "no_information" // nobody asked or answered: "non renseigné"
)

// Section is one part of a summary. Its zero value says "no information".
type Section[E any] struct {
	Entries []E
	// None is the explicit answer "none known". It holds only without entries.
	None bool
	// Omitted counts the entries that exist and that this message does not carry:
	// they are in the card's other message, or did not fit at all. Signed with
	// the rest, so that a reader never takes a part for the whole.
	Omitted int
	// Details completes entries that another message carries in part: Details[i]
	// holds what that message leaves out of its entry i, and is zero for nothing.
	// Only the rest of a [Split] has details, which mean nothing by themselves:
	// they are no part of the JSON form.
	Details []E
}

// State tells which of the three states the section is in.
func (s Section[E]) State() State {
	switch {
	case len(s.Entries) > 0 || s.Missing() > 0:
		return HasEntries
	case s.None:
		return NoneKnown
	}
	return NoInformation
}

// Len returns how many entries the section carries.
func (s Section[E]) Len() int { return len(s.Entries) }

// Missing returns how many entries are known to exist that the section does not
// carry. Details tell of the entries that they complete.
func (s Section[E]) Missing() int { return s.Omitted + len(s.Details) }

type sectionJSON[E any] struct {
	State   State `json:"state"`
	Entries []E   `json:"entries,omitempty"`
	Omitted int   `json:"omitted,omitempty"`
}

// MarshalJSON writes the state in words, so that no reader has to infer it.
func (s Section[E]) MarshalJSON() ([]byte, error) {
	return json.Marshal(sectionJSON[E]{State: s.State(), Entries: s.Entries, Omitted: s.Missing()})
}

// UnmarshalJSON refuses a state that its entries contradict.
func (s *Section[E]) UnmarshalJSON(data []byte) error {
	var in sectionJSON[E]
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	out := Section[E]{Entries: in.Entries, None: in.State == NoneKnown, Omitted: in.Omitted}
	if in.Omitted < 0 || in.State != out.State() || (out.None && len(out.Entries) > 0) {
		return &Error{Code: CodeInvalid, Op: "read section", Reason: "section_state"}
	}
	*s = out
	return nil
}

// DetailLen returns how many entries of another message the details reach.
func (s *Section[E]) DetailLen() int { return len(s.Details) }

// Detailed reports whether there are details of the other message's entry i.
func (s *Section[E]) Detailed(i int) bool { return i < len(s.Details) && !isZero(s.Details[i]) }

// set makes s the same as from.
func (s *Section[E]) set(from AnySection) { *s = *from.(*Section[E]) }

// cut keeps the first n entries and counts the others as omitted.
func (s *Section[E]) cut(n int) {
	if n < len(s.Entries) {
		s.Omitted += len(s.Entries) - n
		s.Entries = s.Entries[:n:n]
	}
	if len(s.Entries) == 0 {
		s.Entries = nil
	}
}

// raise puts the first n entries of from in place of the first n of s, which may
// have fewer.
func (s *Section[E]) raise(from AnySection, n int) {
	f := from.(*Section[E])
	s.Entries = concat(f.Entries[:n], s.Entries[min(n, len(s.Entries)):])
	s.Omitted = f.Omitted + len(f.Entries) - len(s.Entries)
}

// cutDetails keeps the details of the first n entries, and returns how many
// entries lose theirs.
func (s *Section[E]) cutDetails(n int) (lost int) {
	for i := n; i < len(s.Details); i++ {
		if s.Detailed(i) {
			lost++
		}
	}
	s.Details = withoutTail(s.Details[:min(n, len(s.Details))])
	return lost
}

// mask removes the entry at i without a trace, or all entries when i < 0.
func (s *Section[E]) mask(i int) {
	if i < 0 {
		*s = Section[E]{}
		return
	}
	kept := make([]E, 0, len(s.Entries))
	kept = append(append(kept, s.Entries[:i]...), s.Entries[i+1:]...)
	if len(kept) == 0 {
		kept = nil
	}
	s.Entries = kept
}

// abridged counts the entries of s that are not whole, as they are in whole.
func (s *Section[E]) abridged(whole AnySection) int {
	details := Section[E]{Details: detailsOf(whole.(*Section[E]).Entries, s.Entries)}
	return details.cutDetails(0)
}

// drop leaves of s what carried does not carry: the details of its entries, and
// the entries that follow.
func (s *Section[E]) drop(carried AnySection) {
	cores := carried.(*Section[E]).Entries
	s.Details = detailsOf(s.Entries, cores)
	if s.Entries = s.Entries[len(cores):]; len(s.Entries) == 0 {
		s.Entries = nil
	}
	s.None = false
}

// join is the inverse of drop: it completes the entries of s and appends the
// others. It returns false when rest is not the rest of s.
func (s *Section[E]) join(rest AnySection) bool {
	r := rest.(*Section[E])
	ok := s.Omitted == len(r.Entries)+r.Omitted && len(r.Details) <= len(s.Entries) && len(s.Details) == 0 && !r.None
	entries := concat(s.Entries, r.Entries)
	for i := range min(len(r.Details), len(s.Entries)) {
		entry, fits := merge(entries[i], r.Details[i])
		entries[i], ok = entry, ok && fits
	}
	*s = Section[E]{Entries: entries, None: s.None, Omitted: r.Omitted}
	return ok
}

func concat[E any](a, b []E) []E {
	if len(a)+len(b) == 0 {
		return nil
	}
	return append(append(make([]E, 0, len(a)+len(b)), a...), b...)
}
