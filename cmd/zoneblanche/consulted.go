package main

import (
	"context"
	"os"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// underHead adds to what submissions say the journal's head as it is now, signed. It is
// frozen with them: the same bytes at each attempt, and no entry can hold a head that
// covers itself.
func underHead(journal *store.Journal, opt fhir.SubmissionOptions) (fhir.SubmissionOptions, error) {
	head, err := journal.Head()
	opt.JournalHead = head.String()
	return opt, err
}

// freezeNote freezes what is delivered of a consultation, under the journal's head.
func freezeNote(journal *store.Journal, c record.Consultation, opt fhir.SubmissionOptions) (record.Submission, error) {
	opt, err := underHead(journal, opt)
	if err != nil {
		return record.Submission{}, err
	}
	return fhir.NewSubmission(c, opt)
}

// recordConsulted freezes the event that a card was opened and puts it in the journal,
// with the journal's head as it was just before. It returns after the entry is on disk.
// The same identifier again, for the same card, person and author, changes nothing.
func recordConsulted(ctx context.Context, journal *store.Journal, c record.Consulted) (entry string, duplicate bool, err error) {
	if c.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return "", false, err
		}
		c.ID = id.String()
	}
	head, err := journal.Head()
	if err != nil {
		return "", false, err
	}
	device, _ := os.Hostname() // a name of its own stands in for one that is not known
	submission, err := fhir.NewConsulted(c, fhir.ConsultedOptions{Device: device, JournalHead: head.String()})
	if err != nil {
		return "", false, err
	}
	return journal.RecordConsulted(ctx, c, submission)
}
