package record

import (
	"strconv"
	"strings"
)

// Mask removes what the patient does not want on paper; any element may be masked
// (the programme's rule). An element is a section ("pregnancy", or "contacts"), one
// entry of it by its rank from 1 ("allergies:2"), or one by its exact title, whatever
// its case ("medications:Sertraline 50 mg"). A masked element leaves no trace: an
// emptied section says "no information", never "none known". An element that is not
// there is an error, so that a misspelt name never prints what it should have hidden.
func (s *Summary) Mask(elements ...string) ([]LeftOut, error) {
	type target struct {
		section maskable
		title   string
		rank    int
	}
	// Every element is resolved before anything moves, so that ranks mean what the
	// person saw.
	var targets []target
	for _, element := range elements {
		name, which, one := strings.Cut(element, ":")
		section, title := s.maskable(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_"))
		if section == nil {
			return nil, &Error{Code: CodeNotFound, Op: "mask element", Reason: "mask"}
		}
		rank := -1
		if one {
			rank = entryRank(section, strings.TrimSpace(which))
			if rank < 0 {
				return nil, &Error{Code: CodeNotFound, Op: "mask element", Reason: "mask"}
			}
		}
		targets = append(targets, target{section, title, rank})
	}
	var left []LeftOut
	done := map[maskable]map[int]bool{}
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
func entryRank(section maskable, which string) int {
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

// maskable is a list of entries of which any may be masked.
type maskable interface {
	Len() int
	TitleOf(i int) string
	mask(i int)
}

// maskable returns the list of that name and its French title, or nil.
func (s *Summary) maskable(name string) (maskable, string) {
	if SectionID(name) == contactsStep {
		return maskedContacts{s}, titleContacts
	}
	info, ok := InfoOf(SectionID(name))
	if !ok {
		return nil, ""
	}
	return s.Section(info.ID), info.Title
}

// maskedContacts are the contacts of a summary, which are no section.
type maskedContacts struct{ *Summary }

func (s maskedContacts) Len() int { return len(s.Contacts) }

func (s maskedContacts) TitleOf(i int) string { return s.Contacts[i].Name }

func (s maskedContacts) mask(i int) {
	if i < 0 {
		s.Contacts, s.ContactsOmitted = nil, 0
		return
	}
	s.Contacts = append(s.Contacts[:i:i], s.Contacts[i+1:]...)
	if len(s.Contacts) == 0 {
		s.Contacts = nil
	}
}
