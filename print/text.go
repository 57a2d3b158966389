package print

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// EntryText is one entry of a summary in one line of French, in the same words as
// on paper: what decides first, a status that changes its meaning in capitals. It
// returns "" for an entry that is not there.
func EntryText(s *record.Summary, id record.SectionID, i int) string {
	return EntryTextAt(s, id, i, time.Time{})
}

// EntryTextAt is [EntryText] for who reads at that time, which tells what is over
// by its own end date.
func EntryTextAt(s *record.Summary, id record.SectionID, i int, at time.Time) string {
	section := s.Section(id)
	if section == nil || i < 0 || i >= section.Len() {
		return ""
	}
	switch id {
	case record.Allergies:
		name, rest := allergy(s.Allergies.Entries[i])
		return sentence(name, rest, fr(" : "))
	case record.Medications:
		none := noPosology
		if s.Abridged > 0 {
			none = posologyElsewhere // it may well exist, on other codes
		}
		drug, use := medication(s.Medications.Entries[i], none, at)
		return sentence(drug, use, fr(" : "))
	case record.Problems:
		return problem(s.Problems.Entries[i]).text()
	case record.PregnancyID:
		return pregnancy(s.Pregnancy.Entries[i]).text()
	case record.Devices:
		return device(s.Devices.Entries[i]).text()
	case record.Procedures:
		return procedure(s.Procedures.Entries[i]).text()
	case record.Immunizations:
		return immunization(s.Immunizations.Entries[i]).text()
	case record.Results:
		return observation(s.Results.Entries[i]).text()
	case record.VitalSigns:
		return observation(s.VitalSigns.Entries[i]).text()
	case record.CarePlan:
		return statement(s.CarePlan.Entries[i]).text()
	case record.Directives:
		return statement(s.Directives.Entries[i]).text()
	}
	return section.TitleOf(i)
}

// ContactText is one contact in one line of French.
func ContactText(c record.Contact) string { return contact(c).text() }

// text is the phrase without its styles; a chip keeps apart by brackets.
func (p phrase) text() string {
	var b strings.Builder
	for _, s := range p {
		if s.chip {
			b.WriteString("[" + s.text + "]")
			continue
		}
		b.WriteString(s.text)
	}
	return b.String()
}

func sentence(name, rest phrase, between string) string {
	if tail := rest.text(); tail != "" {
		return name.text() + between + tail
	}
	return name.text()
}
