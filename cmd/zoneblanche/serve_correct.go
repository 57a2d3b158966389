package main

import (
	"context"
	"io"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Correct records a correction that was written on the pages, and wakes the worker.
func (d *desk) Correct(ctx context.Context, entry string, c record.Consultation, signedAt time.Time) (made string, duplicate bool, err error) {
	// Once it has begun, a browser that hangs up does not stop it.
	made, duplicate, err = correctAs(context.WithoutCancel(ctx), d.journal, entry, signedAt, func(first *record.Consultation) {
		first.Note, first.Prescriptions, first.Orders, first.Author = c.Note, c.Prescriptions, c.Orders, c.Author
	})
	d.wake(err)
	return made, duplicate, err
}

// Evidence writes the export of the journal, with the content of one entry or none.
func (d *desk) Evidence(ctx context.Context, w io.Writer, entry string, content bool) error {
	_, err := d.journal.ExportTo(ctx, w, store.ExportOptions{Content: content, Only: entry})
	return err
}
