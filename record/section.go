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
}

// State tells which of the three states the section is in.
func (s Section[E]) State() State {
	switch {
	case len(s.Entries) > 0 || s.Omitted > 0:
		return HasEntries
	case s.None:
		return NoneKnown
	}
	return NoInformation
}

// Len returns how many entries the section carries.
func (s Section[E]) Len() int { return len(s.Entries) }

// Missing returns how many entries exist that the section does not carry.
func (s Section[E]) Missing() int { return s.Omitted }

type sectionJSON[E any] struct {
	State   State `json:"state"`
	Entries []E   `json:"entries,omitempty"`
	Omitted int   `json:"omitted,omitempty"`
}

// MarshalJSON writes the state in words, so that no reader has to infer it.
func (s Section[E]) MarshalJSON() ([]byte, error) {
	return json.Marshal(sectionJSON[E]{State: s.State(), Entries: s.Entries, Omitted: s.Omitted})
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
