package record

import "errors"

// ErrNotTheRest is returned by [JoinStrict] for messages that are not of one
// [Split].
var ErrNotTheRest = &Error{Code: CodeInvalid, Op: "join messages", Err: errors.New("the messages contradict each other")}

// Join is the inverse of [Split], for messages that this program made. A rest
// that is nil says nothing.
func Join(emergency, rest *Summary) *Summary {
	s, _ := join(emergency, rest)
	return s
}

// JoinStrict is [Join] for messages that were read. It refuses two that
// contradict each other: details of an entry that is not there, or of a field
// that is, and counts of what is elsewhere that are not those of what is there.
func JoinStrict(emergency, rest *Summary) (*Summary, error) {
	s, ok := join(emergency, rest)
	if !ok {
		return nil, ErrNotTheRest
	}
	return s, nil
}

func join(emergency, rest *Summary) (*Summary, bool) {
	if rest == nil {
		rest = new(Summary)
	}
	s := *emergency
	// An emergency message that is the whole card says these itself; two that say
	// them contradict each other even if they agree.
	ok := true
	if rest.Author != (Author{}) {
		ok = ok && s.Author == (Author{})
		s.Author = rest.Author
	}
	if len(rest.Consents) > 0 {
		ok = ok && len(s.Consents) == 0
		s.Consents = rest.Consents
	}
	if rest.Patient.Original != "" {
		ok = ok && s.Patient.Original == ""
		s.Patient.Original = rest.Patient.Original
	}
	s.Patient.Identifiers = concat(emergency.Patient.Identifiers, rest.Patient.Identifiers)
	abridged := rest.Abridged
	ok = ok && s.ContactsOmitted == len(rest.Contacts)+rest.ContactsOmitted
	for _, info := range SectionInfos {
		section := rest.Section(info.ID)
		for i := range section.DetailLen() {
			if section.Detailed(i) {
				abridged++
			}
		}
		ok = s.Section(info.ID).join(section) && ok
	}
	ok = ok && s.Abridged == abridged
	s.Contacts = concat(emergency.Contacts, rest.Contacts)
	s.ContactsOmitted, s.Abridged = rest.ContactsOmitted, rest.Abridged
	return &s, ok
}
