package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Correct freezes a correction, makes an entry of it and wakes the worker.
func (d *desk) Correct(ctx context.Context, entry string, c record.Consultation, signedAt time.Time) (made string, duplicate bool, err error) {
	// Once it has begun, a browser that hangs up does not stop it.
	made, duplicate, err = correct(context.WithoutCancel(ctx), d.journal, entry, c, signedAt)
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
