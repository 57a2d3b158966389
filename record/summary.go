package record

import (
	"log/slog"
)

// Author is who wrote a summary or acted in a consultation. RPPS is declared by
// the signed-in person until a card or an identity provider vouches for it.
type Author struct {
	RPPS         string `json:"rpps,omitempty"`
	Name         string `json:"name,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	FINESS       string `json:"finess,omitempty"`
}

// LogValue shows the professional's number, which is public, and no name.
func (a Author) LogValue() slog.Value { return slog.StringValue(a.RPPS) }

// Summary is a patient summary. Sections stand in the order in which a doctor
// reads them; entries within a section stand in order of importance once
// [Summary.Sort] has run.
type Summary struct {
	Patient       Patient               `json:"patient"`
	UpdatedAt     Date                  `json:"updated_at,omitempty"`
	Author        Author                `json:"author,omitzero"`
	Language      string                `json:"language,omitempty"` // BCP 47, "" means fr-FR
	Allergies     Section[Allergy]      `json:"allergies"`
	Medications   Section[Medication]   `json:"medications"`
	Problems      Section[Problem]      `json:"problems"`
	Pregnancy     Section[Statement]    `json:"pregnancy"`
	Devices       Section[Device]       `json:"devices"`
	Procedures    Section[Procedure]    `json:"procedures"`
	Immunizations Section[Immunization] `json:"immunizations"`
	Results       Section[Observation]  `json:"results"`
	VitalSigns    Section[Observation]  `json:"vital_signs"`
	CarePlan      Section[Statement]    `json:"care_plan"`
	Directives    Section[Statement]    `json:"directives"`
	Contacts      []Contact             `json:"contacts,omitempty"`
	// ContactsOmitted counts contacts that this message does not carry.
	ContactsOmitted int       `json:"contacts_omitted,omitempty"`
	Consents        []Consent `json:"consents,omitempty"`
	// Abridged counts the entries that this message carries without all of their
	// details: they are in the card's other message, or did not fit at all.
	Abridged int `json:"abridged,omitempty"`
}

// LogValue hides everything.
func (s *Summary) LogValue() slog.Value { return slog.StringValue("[summary]") }

// SectionID names a section in commands and JSON.
type SectionID string

// The sections, in the order in which a doctor reads them.
const (
	Allergies     SectionID = "allergies"
	Medications   SectionID = "medications"
	Problems      SectionID = "problems"
	PregnancyID   SectionID = "pregnancy"
	Devices       SectionID = "devices"
	Procedures    SectionID = "procedures"
	Immunizations SectionID = "immunizations"
	Results       SectionID = "results"
	VitalSigns    SectionID = "vital_signs"
	CarePlan      SectionID = "care_plan"
	Directives    SectionID = "directives"
)

// SectionInfo is what does not change about a section: its LOINC code in the
// French IPS (ANS, FRCompositionDocumentIPS), whether that profile requires it,
// and its French title.
type SectionInfo struct {
	ID        SectionID
	LOINC     string
	Mandatory bool
	Title     string // French, plural: "Allergies et intolérances"
	NoneKnown string // French: "Aucune allergie connue"
}

// SectionInfos lists every section in reading order. Callers must not change it.
var SectionInfos = []SectionInfo{
	{Allergies, "48765-2", true, titleAllergies, noneAllergies},
	{Medications, "10160-0", true, titleMedications, noneMedications},
	{Problems, "11450-4", true, titleProblems, noneProblems},
	{PregnancyID, "10162-6", false, titlePregnancy, nonePregnancy},
	{Devices, "46264-8", true, titleDevices, noneDevices},
	{Procedures, "47519-4", true, titleProcedures, noneProcedures},
	{Immunizations, "11369-6", false, titleImmunizations, noneImmunizations},
	{Results, "30954-2", false, titleResults, noneResults},
	{VitalSigns, "8716-3", false, titleVitalSigns, noneVitalSigns},
	{CarePlan, "18776-5", false, titleCarePlan, noneCarePlan},
	{Directives, "42348-3", false, titleDirectives, noneDirectives},
}

// InfoOf returns what is known of a section by its identifier.
func InfoOf(id SectionID) (SectionInfo, bool) {
	for _, info := range SectionInfos {
		if info.ID == id {
			return info, true
		}
	}
	return SectionInfo{}, false
}

// AnySection is a section whatever its entries are; *[Section] implements it.
type AnySection interface {
	State() State
	Len() int
	Missing() int
	// TitleOf names the entry at index i (0 ≤ i < Len).
	TitleOf(i int) string
	// DetailLen and Detailed tell for which entries of another message the section
	// has details, by their rank there.
	DetailLen() int
	Detailed(i int) bool

	// What Split, Join and Mask need: section.go, and core.go for reduce.
	set(from AnySection)
	reduce(l level)
	cut(n int)
	raise(from AnySection, n int)
	cutDetails(n int) int
	mask(i int)
	abridged(whole AnySection) int
	drop(carried AnySection)
	join(rest AnySection) bool
}

// Section returns the section called id, or nil.
func (s *Summary) Section(id SectionID) AnySection {
	switch id {
	case Allergies:
		return &s.Allergies
	case Medications:
		return &s.Medications
	case Problems:
		return &s.Problems
	case PregnancyID:
		return &s.Pregnancy
	case Devices:
		return &s.Devices
	case Procedures:
		return &s.Procedures
	case Immunizations:
		return &s.Immunizations
	case Results:
		return &s.Results
	case VitalSigns:
		return &s.VitalSigns
	case CarePlan:
		return &s.CarePlan
	case Directives:
		return &s.Directives
	}
	return nil
}

// Entries counts the entries that the summary carries, contacts included. A nil
// summary, which is what a card without a full message has for it, carries none.
func (s *Summary) Entries() int {
	if s == nil {
		return 0
	}
	n := len(s.Contacts)
	for _, info := range SectionInfos {
		n += s.Section(info.ID).Len()
	}
	return n
}

// OmittedEntries counts the entries that exist and are not carried.
func (s *Summary) OmittedEntries() int {
	n := s.ContactsOmitted
	for _, info := range SectionInfos {
		n += s.Section(info.ID).Missing()
	}
	return n
}

// Keep keeps the first n entries of a section and counts the others as omitted.
// The slices that s shares with other summaries are not changed.
func (s *Summary) Keep(id SectionID, n int) {
	if section := s.Section(id); section != nil {
		section.cut(max(n, 0))
	}
}

// KeepDetails keeps the details of the first n entries of another message, and
// counts the entries that lose theirs.
func (s *Summary) KeepDetails(id SectionID, n int) {
	if section := s.Section(id); section != nil {
		s.Abridged += section.cutDetails(max(n, 0))
	}
}

// titled is what every entry type can do.
type titled interface{ Title() string }

// TitleOf names the entry at i.
func (s *Section[E]) TitleOf(i int) string {
	if t, ok := any(s.Entries[i]).(titled); ok {
		return t.Title()
	}
	return ""
}

// Whole reports whether nothing is counted as left out of s: neither entries nor
// details of entries.
func (s *Summary) Whole() bool {
	for _, info := range SectionInfos {
		if s.Section(info.ID).Missing() > 0 {
			return false
		}
	}
	return s.ContactsOmitted == 0 && s.Abridged == 0
}
