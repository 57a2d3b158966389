package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

type scanOptions struct {
	verifyOptions
	record bool
	note   string
	author string
	photos []string
}

func newScan(a *app) *cobra.Command {
	var o scanOptions
	cmd := verb("scan IMAGE|PDF...", helpScan, atLeast(1, sayNoPicture), func(cmd *cobra.Command, args []string) error {
		return a.scan(cmd, args, o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.trust, "trust", "", flagTrust)
	flags.StringVar(&o.code, "code", "", flagOpen)
	flags.BoolVar(&o.record, "record", false, flagRecord)
	flags.StringVar(&o.note, "note", "", flagNote)
	flags.StringVar(&o.author, "author", "", flagAuthor)
	flags.StringArrayVar(&o.photos, "photo", nil, flagPhoto)
	o.at.flag(flags)
	o.foreign.flags(flags)
	a.jsonFlag(flags)
	return cmd
}

func (a *app) scan(cmd *cobra.Command, paths []string, o scanOptions) error {
	if err := a.checkRecord(cmd, o); err != nil {
		return err
	}
	var err error
	if o.code, err = a.typedCode(cmd, o.code, nil); err != nil {
		return err
	}
	go qr.Prepare() // while pictures are searched
	var c collection
	if err := c.addPictures(cmd.Context(), paths); err != nil {
		return err
	}
	o.repeats = true
	readings, err := a.judge(cmd, &c, o.verifyOptions)
	if err != nil {
		return err
	}
	now, err := o.at.time(cmd)
	if err != nil {
		return err
	}
	a.supersede(cmd.Context(), readings, now)
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
			if err != nil && entry != "" {
				return &plainError{say: fmt.Sprintf(sayRecordedUnshown, entry), next: nextRecordedUnshown, code: exitFailed}
			}
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
		if len(o.photos) > 0 {
			return &usageError{cmd: cmd, say: sayPhotosWithoutRecord}
		}
		return nil
	}
	switch {
	case o.author == "":
		return &usageError{cmd: cmd, say: sayAuthorMissing}
	case strings.TrimSpace(o.note) == "":
		return &usageError{cmd: cmd, say: sayNoteMissing}
	case !utf8.ValidString(o.note) || clean(o.note) != o.note || len(o.note) > fhir.MaxNote:
		return &usageError{cmd: cmd, say: sayNoteRefused}
	case o.at.text != "":
		// The act is now: an entry of another day would have another deadline.
		return &usageError{cmd: cmd, say: sayRecordNow}
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
	// Another card among the pictures, even one that cannot be believed, may be the
	// one that the doctor meant: nobody's note goes to somebody else.
	var only *reading
	cards := 0
	for i := range readings {
		if readings[i].Kind == qr.KindUnknown {
			continue
		}
		cards++
		if readings[i].recordable() {
			only = &readings[i]
		}
	}
	if cards > 1 {
		return "", &plainError{say: saySeveralCards, next: nextOneCard, code: exitFailed}
	}
	if only == nil {
		return "", &plainError{say: sayNothingToRecord, next: nextNothingToRecord, code: max(worst(readings), exitFailed)}
	}
	data, err := a.place()
	if err != nil {
		return "", err
	}
	c, err := consultationOf(*only, time.Now(), record.Author{RPPS: o.author}, o.note)
	if err != nil {
		return "", err
	}
	var made recordedAnswer
	asked := false
	if len(o.photos) == 0 { // serve takes no photographs over its door
		asked, err = a.askJSON(ctx, askRecord, c, &made)
	}
	if !asked && err == nil {
		made, err = a.recordHere(ctx, data, c, o.photos)
	}
	if err != nil {
		return "", err
	}
	if made.Duplicate {
		a.notef(sayAlreadyRecorded+"\n", made.Entry)
	}
	return made.Entry, nil
}

// recordHere opens the journal, records and closes it.
func (a *app) recordHere(ctx context.Context, data string, c record.Consultation, photos []string) (made recordedAnswer, err error) {
	if err := ownFolder(data); err != nil {
		return made, err
	}
	options := a.storeOptions()
	journal, err := store.Open(data, &options)
	if err != nil {
		return made, err
	}
	a.tellSalvaged(journal)
	if len(photos) > 0 {
		made.Entry, made.Duplicate, err = recordWithPhotos(ctx, journal, c, photos)
	} else {
		made.Entry, made.Duplicate, err = recordConsultation(ctx, journal, c)
	}
	if closeErr := journal.Close(); err == nil {
		err = closeErr
	}
	return made, err
}

// consultationOf is a consultation of now that rests on a reading.
func consultationOf(r reading, now time.Time, author record.Author, note string) (record.Consultation, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return record.Consultation{}, err
	}
	return record.Consultation{
		ID: id.String(), Patient: r.Summary.Patient, ActedAt: now, Author: author, Note: note, Card: cardOf(r),
	}, nil
}

// recordConsultation freezes a consultation and puts it in the journal. It
// returns after the entry is on disk.
func recordConsultation(ctx context.Context, journal *store.Journal, c record.Consultation) (entry string, duplicate bool, err error) {
	submission, err := freezeNote(journal, c, fhir.SubmissionOptions{})
	if err != nil {
		return "", false, err
	}
	return journal.Record(ctx, c, submission)
}
