package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file takes the vaccinations of other people's documents over into a summary
// that is about to be printed, as declared by those documents.

// addedImmunization is what print --json tells of one vaccination of a document.
type addedImmunization struct {
	What   string      `json:"what"`
	Date   record.Date `json:"date"`
	Source string      `json:"source"`
	Added  bool        `json:"added"` // false: the summary had it already
	Lapsed bool        `json:"document_lapsed,omitempty"`
}

// immunizations are those of documents, with whose they are.
type immunizations struct {
	texts []string
	keys  foreign.Keys
	told  []addedImmunization
}

// readImmunizations collects the texts of documents, given as verify takes them. All
// are pooled: a card in several codes may be in several pictures.
func readImmunizations(ctx context.Context, in io.Reader, sources []string, flags foreignFlags) (*immunizations, error) {
	if len(sources) == 0 {
		return &immunizations{}, nil
	}
	var c collection
	if err := c.addTexts(ctx, in, sources); err != nil {
		return nil, err
	}
	switch {
	case len(c.failed) > 0:
		return nil, c.failed[0]
	case len(c.silent) > 0:
		return nil, aboutFile(c.silent[0].file, &record.Error{Code: record.CodeNotFound, Op: "read document", Reason: "no_code"})
	}
	keys, err := flags.keys()
	if err != nil {
		return nil, err
	}
	return &immunizations{texts: c.texts, keys: keys}, nil
}

// additions is what changes the summary that was read; nothing when there is no
// document.
func (m *immunizations) additions(now time.Time) []func(*record.Summary) error {
	if len(m.texts) == 0 {
		return nil
	}
	return []func(*record.Summary) error{func(s *record.Summary) error { return m.add(s, now) }}
}

// add adds the vaccinations to a summary, all of them or none. Every document must
// be authentic, or have been until time passed, and of the same person as the summary.
func (m *immunizations) add(s *record.Summary, now time.Time) error {
	readings, rest := foreign.Reader{Keys: m.keys, Now: now, Repeats: true}.Read(m.texts)
	if len(rest) > 0 {
		return &plainError{say: sayNoVaccineDocument, next: nextVaccineDocument, code: exitFailed}
	}
	entries := slices.Clone(s.Immunizations.Entries)
	for i := range readings {
		declared, err := declaredBy(&readings[i], s.Patient)
		if err != nil {
			return err
		}
		for _, v := range declared {
			there := slices.ContainsFunc(entries, v.SameAs)
			if !there {
				entries = append(entries, v)
			}
			m.told = append(m.told, addedImmunization{v.Title(), v.Date, v.Note, !there, readings[i].Lapsed})
		}
	}
	if len(entries) > 0 {
		s.Immunizations.Entries, s.Immunizations.None = entries, false
	}
	return nil
}

// declaredBy returns the vaccinations of one document, or says why it is refused.
func declaredBy(r *foreign.Reading, patient record.Patient) ([]record.Immunization, error) {
	judgement := r.Judgement
	judgement.Other = true
	if judgement.Verdict != record.Authentic && !r.Lapsed {
		return nil, &plainError{
			say:  fmt.Sprintf(sayVaccinesUnbelieved, judgement.Sentence()),
			next: judgement.NextStep(), code: max(judgement.Verdict.Exit(), exitFailed),
		}
	}
	whose := r.Patient
	var inBundle []record.Immunization
	if r.Kind == foreign.KindSHC {
		var err error
		if whose, inBundle, err = fhir.ImportImmunizations(r.Raw); err != nil {
			return nil, &plainError{say: sayNoVaccines, next: nextVaccineDocument, code: exitFailed}
		}
	}
	declared := r.Declared(inBundle)
	switch {
	case len(declared) == 0:
		return nil, &plainError{say: sayNoVaccines, next: nextVaccineDocument, code: exitFailed}
	case !patient.Agrees(whose):
		return nil, &plainError{say: sayVaccinesOfOther, next: nextVaccinesOfOther, code: exitFailed}
	}
	return declared, nil
}

// tellAdded says on stderr what was added and what the summary had already.
func (a *app) tellAdded(all []addedImmunization) {
	if slices.ContainsFunc(all, func(v addedImmunization) bool { return v.Lapsed }) {
		a.notef("%s\n", sayDocumentLapsed)
	}
	for _, v := range all {
		say := sayVaccineThere
		if v.Added {
			say = sayVaccineAdded
		}
		a.notef(say+"\n", clean(joined(" du ", v.What, v.Date.French())))
	}
}
