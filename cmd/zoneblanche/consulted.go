package main

import (
	"context"
	"os"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

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
