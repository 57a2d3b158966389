package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

type scanOptions struct {
	verifyOptions
	record bool
	note   string
	author string
}

func newScan(a *app) *cobra.Command {
	var o scanOptions
	cmd := verb("scan IMAGE|PDF...", helpScan, atLeast(1, sayNoPicture), func(cmd *cobra.Command, args []string) error {
		return a.scan(cmd, args, o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.trust, "trust", "", flagTrust)
	flags.BoolVar(&o.record, "record", false, flagRecord)
	flags.StringVar(&o.note, "note", "", flagNote)
	flags.StringVar(&o.author, "author", "", flagAuthor)
	o.at.flag(flags)
	o.foreign.flags(flags)
	a.jsonFlag(flags)
	return cmd
}

func (a *app) scan(cmd *cobra.Command, paths []string, o scanOptions) error {
	if err := a.checkRecord(cmd, o); err != nil {
		return err
	}
	var c collection
	if err := c.addPictures(cmd.Context(), paths); err != nil {
		return err
	}
	o.repeats = true
	readings, err := a.judge(cmd, &c, o.verifyOptions)
	if err != nil {
		return err
	}
	var entry string
	var failed error
	if o.record {
		// What was read is shown even when it cannot be recorded: the doctor needs the
		// allergies now.
		entry, failed = a.recordReading(cmd.Context(), readings, o)
	}
	for _, r := range readings {
		recorded := ""
		if r.recordable() {
			recorded = entry
		}
		if a.asJSON {
			err := a.json(scanResult{
				verdictResult: verdictOf(r), Complete: r.Complete, Missing: nonNil(r.Missing),
				Warnings: nonNil(r.Warnings), Entry: recorded,
			})
			if err != nil {
				return err
			}
			continue
		}
		a.showReading(r)
	}
	if failed != nil {
		return failed
	}
	switch {
	case entry != "" && !a.asJSON:
		a.printf(sayRecorded, entry)
	case !o.record:
		a.notef("%s\n", sayNotRecorded)
	}
	return a.finish(&c, readings)
}

// checkRecord refuses, before anything is read, a command line that could not be
// recorded.
func (a *app) checkRecord(cmd *cobra.Command, o scanOptions) error {
	if !o.record {
		if o.note != "" || o.author != "" {
			return &usageError{cmd: cmd, say: sayRecordMissing}
		}
		return nil
	}
	switch {
	case o.author == "":
		return &usageError{cmd: cmd, say: sayAuthorMissing}
	case o.note == "":
		return &usageError{cmd: cmd, say: sayNoteMissing}
	case !record.LooksLikeRPPS(o.author):
		return &usageError{cmd: cmd, say: sayAuthorShape}
	}
	if record.CheckRPPS(o.author) != nil {
		// A mistyped digit must not cost the entry: the number is declared, not proved.
		a.notef(sayAuthorKey+"\n", o.author)
	}
	return nil
}

// recordable reports whether a consultation can rest on the reading: it says who
// the patient is and may be believed.
func (r reading) recordable() bool {
	return r.Summary != nil && r.Judgement.Verdict.Believed() && r.Summary.Patient.Name() != ""
}

// recordReading writes the consultation of the only card that was read.
func (a *app) recordReading(ctx context.Context, readings []reading, o scanOptions) (string, error) {
	var only *reading
	for i := range readings {
		if !readings[i].recordable() {
			continue
		}
		if only != nil {
			return "", &plainError{say: saySeveralCards, next: nextOneCard, code: exitFailed}
		}
		only = &readings[i]
	}
	if only == nil {
		return "", &plainError{say: sayNothingToRecord, next: nextNothingToRecord, code: max(worst(readings), exitFailed)}
	}
	now := time.Now()
	if o.at.text != "" {
		now, _ = time.Parse(time.RFC3339, o.at.text)
	}
	data, err := a.folder()
	if err != nil {
		return "", err
	}
	journal, err := store.Open(data, nil)
	if err != nil {
		return "", err
	}
	entry, duplicate, err := recordConsultation(ctx, journal, *only, now, record.Author{RPPS: o.author}, o.note)
	if closeErr := journal.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", err
	}
	if duplicate {
		a.notef(sayAlreadyRecorded+"\n", entry)
	}
	return entry, nil
}

// recordConsultation freezes a consultation and puts it in the journal. It
// returns after the entry is on disk.
func recordConsultation(ctx context.Context, journal *store.Journal, r reading, now time.Time, author record.Author, note string) (entry string, duplicate bool, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", false, err
	}
	c := record.Consultation{
		ID: id.String(), Patient: r.Summary.Patient, ActedAt: now, Author: author, Note: note,
		Card: record.CardRef{ID: hexID(r.CardID), Issuer: r.Issuer.Name, Issued: r.Issued, Verdict: r.Judgement.Verdict},
	}
	submission, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	if err != nil {
		return "", false, err
	}
	return journal.Record(ctx, c, submission)
}
