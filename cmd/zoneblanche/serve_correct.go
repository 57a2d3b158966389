package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Correct freezes a correction, makes an entry of it and wakes the worker. What the
// recipient refused is corrected in its place; anything else is replaced there.
func (d *desk) Correct(ctx context.Context, entry string, c record.Consultation, signedAt time.Time) (made string, duplicate bool, err error) {
	info, err := d.journal.Entry(ctx, entry)
	if err != nil {
		return "", false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", false, err
	}
	c.ID = id.String()
	of := store.Correction{Of: info.Item, Instead: info.Item.State == record.Attention}
	opt := fhir.SubmissionOptions{SignedAt: signedAt}
	if !of.Instead {
		opt.Replaces = &fhir.Replaced{DocumentID: info.Item.DocumentID, Location: resourceOf(info.Item.Receipt.Location)}
	}
	s, err := fhir.NewSubmission(c, opt)
	if err != nil {
		return "", false, err
	}
	// Once it has begun, a browser that hangs up does not stop it.
	made, duplicate, err = d.journal.Correct(context.WithoutCancel(ctx), of, c, s)
	d.wake(err)
	return made, duplicate, err
}

// resourceOf is "DocumentReference/id" of a receipt's location, or "" where that says
// anything else: the document is then named by its unique id alone.
func resourceOf(location string) string {
	parts := strings.Split(location, "/")
	if len(parts) < 2 || parts[0] != "DocumentReference" {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// Evidence writes the export of the journal, with the content of one entry or none.
func (d *desk) Evidence(ctx context.Context, w io.Writer, entry string, content bool) error {
	_, err := d.journal.ExportTo(ctx, w, store.ExportOptions{Content: content, Only: entry})
	return err
}
