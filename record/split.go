package record

import "errors"

// ErrAllergiesDoNotFit is returned by [Split] when the emergency message cannot
// hold every allergy: a card that shows some of them would lie.
var ErrAllergiesDoNotFit = &Error{Code: CodeTooLarge, Op: "choose emergency content", Reason: "allergies_do_not_fit", Err: errors.New("the allergies alone do not fit")}

// errIdentityDoesNotFit is for names beyond all measure.
var errIdentityDoesNotFit = &Error{Code: CodeTooLarge, Op: "choose emergency content", Reason: "identity_does_not_fit", Err: errors.New("the identity alone does not fit")}

// step is one step in filling the emergency message: it brings leading entries of
// a section to a level, those that it did not carry yet included, as many as fit.
type step struct {
	id    SectionID
	level level
	limit func(s *Summary) int // how many entries at most; nil: all
}

// contactsStep stands among the sections, the contacts being none.
const contactsStep SectionID = "contacts"

// urgent is the order of the steps, which is clinical. Allergies come first; all
// of them must fit. A pregnancy is a few characters and changes every
// prescription. Then what a person takes, has and wears, by name: one more name
// is worth more than how another is taken. Then a person to call, short notes,
// doses, and the others to call. What is over comes last.
var urgent = []step{
	{Allergies, named, nil},
	{Allergies, worded, nil},
	{PregnancyID, worded, nil},
	{Medications, named, currentTreatments},
	{Problems, worded, longTerm},
	{Devices, named, nil},
	{Problems, worded, activeProblems},
	{contactsStep, entire, func(s *Summary) int { return min(1, len(s.Contacts)) }},
	{Allergies, noted, nil},
	{PregnancyID, noted, nil},
	{Medications, worded, currentTreatments},
	{Devices, worded, nil},
	{contactsStep, entire, nil},
	{Medications, worded, nil},
}

// ample is what room is used for once everything urgent is carried: codes, and
// then whole entries.
var ample = []step{
	{Allergies, coded, nil},
	{Medications, coded, nil},
	{PregnancyID, coded, nil},
	{Problems, coded, activeProblems},
	{Devices, coded, nil},
	{Allergies, entire, nil},
	{Medications, entire, nil},
	{PregnancyID, entire, nil},
	{Problems, entire, activeProblems},
	{Devices, entire, nil},
}

// Split divides a summary between the emergency message and the rest. fits
// reports whether a candidate for the emergency message can be carried; it is
// called some fifty times. s must be sorted ([Summary.Sort]), and is not changed.
//
// The emergency message carries entries whole when all of them fit, else the core
// of as many as fit (core.go). It counts, section by section, the entries that it
// does not carry, and those that it does not carry whole. The rest carries exactly
// what the emergency message does not: entries, and details of entries.
func Split(s *Summary, fits func(*Summary) (bool, error)) (emergency, rest *Summary, err error) {
	c := newChoice(s, fits)
	frame := c.frame()
	ok, err := fits(frame)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, errIdentityDoesNotFit
	}
	e, ok, err := c.take(*frame, urgent)
	if err == nil && e.Allergies.Len() < s.Allergies.Len() {
		err = ErrAllergiesDoNotFit
	}
	if err == nil && ok {
		e, ok, err = c.take(e, ample)
	}
	if err == nil && ok {
		e, err = c.identified(e)
	}
	if err != nil {
		return nil, nil, err
	}
	return &e, remainder(s, &e), nil
}

// choice is one call to Split.
type choice struct {
	s     *Summary
	cores [entire + 1]*Summary // s with the entries of the emergency message reduced, by level
	room  func(*Summary) (bool, error)
}

func newChoice(s *Summary, room func(*Summary) (bool, error)) *choice {
	c := &choice{s: s, room: room}
	for l := range c.cores {
		core := *s
		for _, st := range ample {
			core.Section(st.id).reduce(level(l))
		}
		c.cores[l] = &core
	}
	return c
}

// take takes the steps one after the other, and reports whether each brought all
// of its entries. A step that did not leaves what room there is to the next ones:
// what they bring may be shorter. Allergies are the exception.
func (c *choice) take(e Summary, steps []step) (Summary, bool, error) {
	all := true
	for _, st := range steps {
		limit := c.limit(st)
		n, err := largest(limit, func(n int) (bool, error) { return c.room(c.with(e, st, n)) })
		if err != nil {
			return e, false, err
		}
		e = *c.with(e, st, n)
		all = all && n == limit
		if st.id == Allergies && e.Allergies.Omitted > 0 {
			return e, false, nil
		}
	}
	return e, all, nil
}

func (c *choice) limit(st step) int {
	switch {
	case st.limit != nil:
		return st.limit(c.s)
	case st.id == contactsStep:
		return len(c.s.Contacts)
	}
	return c.s.Section(st.id).Len()
}

// with is e after n entries of a step.
func (c *choice) with(e Summary, st step, n int) *Summary {
	if st.id == contactsStep {
		setContacts(&e, c.s, max(n, len(e.Contacts)))
		return &e
	}
	e.Section(st.id).raise(c.cores[st.level].Section(st.id), n)
	e.Abridged = c.s.Abridged
	for _, info := range SectionInfos {
		e.Abridged += e.Section(info.ID).abridged(c.s.Section(info.ID))
	}
	return &e
}

// frame is the emergency message with nothing chosen yet: identity, date, the
// state of every section and the count of what is elsewhere. Next to an INS other
// identifiers say nothing more; without one the first goes with the name.
func (c *choice) frame() *Summary {
	s := c.s
	e := &Summary{Patient: s.Patient, UpdatedAt: s.UpdatedAt, Language: s.Language, Abridged: s.Abridged}
	e.Patient.Original = ""
	switch {
	case !s.Patient.INS.Empty():
		e.Patient.Identifiers = nil
	case len(s.Patient.Identifiers) > 1:
		e.Patient.Identifiers = s.Patient.Identifiers[:1:1]
	}
	for _, info := range SectionInfos {
		e.Section(info.ID).set(s.Section(info.ID))
		e.Section(info.ID).cut(0)
	}
	setContacts(e, s, 0)
	return e
}

// identified is e with the other identifiers of a person who has no INS, if they
// fit.
func (c *choice) identified(e Summary) (Summary, error) {
	if !c.s.Patient.INS.Empty() {
		return e, nil
	}
	with := e
	with.Patient.Identifiers = c.s.Patient.Identifiers
	ok, err := c.room(&with)
	if err == nil && ok {
		return with, nil
	}
	return e, err
}

// setContacts sets the contacts of e to the first n of s.
func setContacts(e, s *Summary, n int) {
	e.Contacts = s.Contacts[:n:n]
	e.ContactsOmitted = len(s.Contacts) - n + s.ContactsOmitted
	if n == 0 {
		e.Contacts = nil
	}
}

// leading counts the entries before the first that is not good.
func leading[E any](entries []E, good func(E) bool) int {
	for i, e := range entries {
		if !good(e) {
			return i
		}
	}
	return len(entries)
}

func currentTreatments(s *Summary) int {
	return leading(s.Medications.Entries, func(m Medication) bool { return treatmentRank(m) < pastTreatment })
}

func longTerm(s *Summary) int {
	return leading(s.Problems.Entries, func(p Problem) bool { return p.ALD })
}

func activeProblems(s *Summary) int {
	return leading(s.Problems.Entries, func(p Problem) bool { return p.ALD || activeStatus(p.Status) })
}

// largest returns the greatest n in 0..limit for which ok(n) holds, taking ok to
// be monotone and ok(0) to hold.
func largest(limit int, ok func(n int) (bool, error)) (int, error) {
	low, high := 0, limit
	for low < high {
		mid := (low + high + 1) / 2
		good, err := ok(mid)
		if err != nil {
			return 0, err
		}
		if good {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}

// remainder is what s says and e does not carry.
func remainder(s, e *Summary) *Summary {
	r := *s
	r.Patient = Patient{Original: s.Patient.Original}
	if rest := s.Patient.Identifiers[len(e.Patient.Identifiers):]; len(rest) > 0 {
		r.Patient.Identifiers = rest
	}
	r.UpdatedAt, r.Language = "", ""
	for _, info := range SectionInfos {
		r.Section(info.ID).drop(e.Section(info.ID))
	}
	r.Contacts = nil
	if rest := s.Contacts[len(e.Contacts):]; len(rest) > 0 {
		r.Contacts = rest
	}
	return &r
}
