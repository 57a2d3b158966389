package record

import "errors"

// emergencyOrder is the order in which what the emergency message carries is
// chosen. Allergies come first and must all fit. A pregnancy is a few characters
// and changes every prescription, so it comes before the treatments, of which a
// long list would push it out. Then long-term and other active conditions,
// implants, and whom to call.
var emergencyOrder = []SectionID{Allergies, PregnancyID, Medications, Problems, Devices}

// ErrAllergiesDoNotFit is returned by [Split] when the emergency message cannot
// hold every allergy: a card that shows some of them would lie.
var ErrAllergiesDoNotFit = &Error{Code: CodeTooLarge, Op: "choose emergency content", Reason: "allergies_do_not_fit", Err: errors.New("the allergies alone do not fit")}

// Split divides a summary between the emergency message and the rest. fits
// reports whether a candidate for the emergency message can be carried; it is
// called O(log n) times a section. The emergency message counts, section by
// section, what it does not carry; the rest carries exactly that. s must be
// sorted ([Summary.Sort]) and is not changed.
func Split(s *Summary, fits func(*Summary) (bool, error)) (emergency, rest *Summary, err error) {
	e := emergencyFrame(s)
	e.Allergies = s.Allergies
	if ok, err := fits(e); err != nil {
		return nil, nil, err
	} else if !ok {
		return nil, nil, ErrAllergiesDoNotFit
	}
	for _, id := range emergencyOrder[1:] {
		if err := fill(e, s, id, fits); err != nil {
			return nil, nil, err
		}
	}
	if err := fillContacts(e, s, fits); err != nil {
		return nil, nil, err
	}
	return e, remainder(s, e), nil
}

// emergencyFrame is the emergency message with nothing chosen yet: identity,
// date, the state of every section and the count of what is elsewhere.
func emergencyFrame(s *Summary) *Summary {
	e := &Summary{Patient: s.Patient, UpdatedAt: s.UpdatedAt, Language: s.Language}
	e.Patient.Original = ""
	if !s.Patient.INS.Empty() {
		e.Patient.Identifiers = nil
	}
	withAll(e, s)
	for _, info := range SectionInfos {
		e.Section(info.ID).cut(0)
	}
	e.Contacts, e.ContactsOmitted = nil, len(s.Contacts)+s.ContactsOmitted
	return e
}

// withAll sets every section of e to that of s.
func withAll(e, s *Summary) {
	for _, info := range SectionInfos {
		setSection(e, s, info.ID)
	}
}

// setSection sets one section of e to that of s.
func setSection(e, s *Summary, id SectionID) {
	switch id {
	case Allergies:
		e.Allergies = s.Allergies
	case Medications:
		e.Medications = s.Medications
	case Problems:
		e.Problems = s.Problems
	case PregnancyID:
		e.Pregnancy = s.Pregnancy
	case Devices:
		e.Devices = s.Devices
	case Procedures:
		e.Procedures = s.Procedures
	case Immunizations:
		e.Immunizations = s.Immunizations
	case Results:
		e.Results = s.Results
	case VitalSigns:
		e.VitalSigns = s.VitalSigns
	case CarePlan:
		e.CarePlan = s.CarePlan
	case Directives:
		e.Directives = s.Directives
	}
}

// fill puts as many leading entries of one section as fit into e.
func fill(e, s *Summary, id SectionID, fits func(*Summary) (bool, error)) error {
	limit := s.Section(id).Len()
	if id == Problems {
		limit = majorProblems(s.Problems.Entries)
	}
	n, err := largest(limit, func(n int) (bool, error) {
		setSection(e, s, id)
		e.Section(id).cut(n)
		return fits(e)
	})
	setSection(e, s, id)
	e.Section(id).cut(n)
	return err
}

func fillContacts(e, s *Summary, fits func(*Summary) (bool, error)) error {
	set := func(n int) {
		e.Contacts = s.Contacts[:n:n]
		e.ContactsOmitted = len(s.Contacts) - n + s.ContactsOmitted
		if n == 0 {
			e.Contacts = nil
		}
	}
	n, err := largest(len(s.Contacts), func(n int) (bool, error) {
		set(n)
		return fits(e)
	})
	set(n)
	return err
}

// majorProblems counts the leading problems that are long-term or active.
func majorProblems(problems []Problem) int {
	for i, p := range problems {
		if !p.ALD && !activeStatus(p.Status) {
			return i
		}
	}
	return len(problems)
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
	if !s.Patient.INS.Empty() {
		r.Patient.Identifiers = s.Patient.Identifiers
	}
	r.UpdatedAt, r.Language = "", ""
	for _, info := range SectionInfos {
		r.Section(info.ID).drop(e.Section(info.ID).Len())
	}
	r.Allergies.None, r.Medications.None, r.Problems.None, r.Pregnancy.None = false, false, false, false
	r.Devices.None, r.Procedures.None, r.Immunizations.None, r.Results.None = false, false, false, false
	r.VitalSigns.None, r.CarePlan.None, r.Directives.None = false, false, false
	r.Contacts = nil
	if rest := s.Contacts[len(e.Contacts):]; len(rest) > 0 {
		r.Contacts = rest
	}
	return &r
}

// Join is the inverse of [Split].
func Join(emergency, rest *Summary) *Summary {
	s := *emergency
	s.Author, s.Consents = rest.Author, rest.Consents
	s.Patient.Original = rest.Patient.Original
	if s.Patient.Identifiers == nil {
		s.Patient.Identifiers = rest.Patient.Identifiers
	}
	s.Allergies = join(s.Allergies, rest.Allergies)
	s.Medications = join(s.Medications, rest.Medications)
	s.Problems = join(s.Problems, rest.Problems)
	s.Pregnancy = join(s.Pregnancy, rest.Pregnancy)
	s.Devices = join(s.Devices, rest.Devices)
	s.Procedures = join(s.Procedures, rest.Procedures)
	s.Immunizations = join(s.Immunizations, rest.Immunizations)
	s.Results = join(s.Results, rest.Results)
	s.VitalSigns = join(s.VitalSigns, rest.VitalSigns)
	s.CarePlan = join(s.CarePlan, rest.CarePlan)
	s.Directives = join(s.Directives, rest.Directives)
	s.Contacts = concat(emergency.Contacts, rest.Contacts)
	s.ContactsOmitted = rest.ContactsOmitted
	return &s
}

func join[E any](a, b Section[E]) Section[E] {
	return Section[E]{Entries: concat(a.Entries, b.Entries), None: a.None, Omitted: b.Omitted}
}

func concat[E any](a, b []E) []E {
	if len(a)+len(b) == 0 {
		return nil
	}
	return append(append(make([]E, 0, len(a)+len(b)), a...), b...)
}
