package main

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

type correctOptions struct {
	note   string
	author string
}

func newJournalCorrect(a *app) *cobra.Command {
	var o correctOptions
	cmd := verb("correct ENTRÉE --note TEXTE --author RPPS", helpJournalCorrect, exactly(1, sayOneEntry), a.beside(func(cmd *cobra.Command, args []string) error {
		return a.journalCorrect(cmd, args[0], o)
	}))
	cmd.Flags().StringVar(&o.note, "note", "", flagCorrectNote)
	cmd.Flags().StringVar(&o.author, "author", "", flagAuthor)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// correctResult is what journal correct --json tells.
type correctResult struct {
	Entry    string `json:"entry"`
	Replaces string `json:"replaces"`
	Instead  bool   `json:"instead"` // the recipient had refused the first one
	Waits    bool   `json:"waits"`   // the first one has no receipt yet
}

func (a *app) journalCorrect(cmd *cobra.Command, id string, o correctOptions) error {
	switch {
	case o.author == "":
		return &usageError{cmd: cmd, say: sayAuthorMissing}
	case strings.TrimSpace(o.note) == "":
		return &usageError{cmd: cmd, say: sayNoteMissing}
	case !utf8.ValidString(o.note) || clean(o.note) != o.note || len(o.note) > fhir.MaxNote:
		return &usageError{cmd: cmd, say: sayNoteRefused}
	case !record.LooksLikeRPPS(o.author):
		return &usageError{cmd: cmd, say: sayAuthorShape}
	}
	if record.CheckRPPS(o.author) != nil {
		a.notef(sayAuthorKey+"\n", o.author)
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	c, err := journal.Consultation(cmd.Context(), id)
	if err != nil {
		return err
	}
	entry, duplicate, err := correct(cmd.Context(), journal, id, o.apply(c), time.Now())
	if err != nil {
		return err
	}
	info, err := journal.Entry(cmd.Context(), entry)
	if err != nil {
		return err
	}
	if duplicate {
		a.notef(sayAlreadyRecorded+"\n", entry)
	}
	if a.asJSON {
		return a.json(correctResult{entry, info.Item.Replaces, info.Item.Instead, info.Item.Waits})
	}
	a.printf(sayCorrected, entry, id)
	switch {
	case info.Item.Instead:
		a.printf("%s\n", sayCorrectInstead)
	case info.Item.Waits:
		a.printf("%s\n", sayCorrectWaits)
	}
	return nil
}

// correctTries is how often a correction is built anew when what it corrects moves
// meanwhile.
const correctTries = 5

// apply is a consultation as it reads corrected: what was prescribed and ordered stays.
func (o correctOptions) apply(c record.Consultation) record.Consultation {
	c.Note = o.note
	if c.Author.RPPS != o.author {
		c.Author = record.Author{RPPS: o.author}
	}
	return c
}

// correct records a correction of an entry, which reads as c says. Its document tells
// when the patient was seen; the entry, when it was corrected, which is what its 48
// hours count from.
func correct(ctx context.Context, journal *store.Journal, id string, c record.Consultation, now time.Time) (entry string, duplicate bool, err error) {
	made, err := uuid.NewV7()
	if err != nil {
		return "", false, err
	}
	c.ID = made.String()
	for try := 1; ; try++ {
		entry, duplicate, err = correctOnce(ctx, journal, id, c, now)
		if record.ReasonOf(err) != store.ReasonStaleItem || try == correctTries {
			return entry, duplicate, err
		}
	}
}

func correctOnce(ctx context.Context, journal *store.Journal, id string, c record.Consultation, now time.Time) (string, bool, error) {
	first, err := journal.Entry(ctx, id)
	if err != nil {
		return "", false, err
	}
	if first.Kind != record.KindConsultation && first.Kind != record.KindCorrection {
		return "", false, &record.Error{Code: record.CodeInvalid, Op: "correct entry", Reason: store.ReasonNotCorrectable}
	}
	of := store.Correction{Of: first.Item}
	if of.Instead, err = refusedOutright(ctx, journal, first.Item); err != nil {
		return "", false, err
	}
	opt := fhir.SubmissionOptions{SignedAt: now}
	if opt.Replaces, err = replacedBy(ctx, journal, first.Item, of.Instead); err != nil {
		return "", false, err
	}
	document := c
	if document.ActedAt, err = seenAt(ctx, journal, first); err != nil {
		return "", false, err
	}
	s, err := freezeNote(journal, document, opt)
	if err != nil {
		return "", false, err
	}
	c.ActedAt = now
	return journal.Correct(ctx, of, c, s)
}

// seenAt is when the patient was seen: the time of the first note, along corrections.
func seenAt(ctx context.Context, journal *store.Journal, e store.EntryInfo) (time.Time, error) {
	for e.Item.Replaces != "" {
		var err error
		if e, err = journal.Entry(ctx, e.Item.Replaces); err != nil {
			return time.Time{}, err
		}
	}
	return e.ActedAt, nil
}

// refusedOutright reports whether the recipient refused an entry, and so does not hold
// it: then its correction is delivered in its place. Of what needs a person for another
// reason (held twice, held with another content) that is not known.
func refusedOutright(ctx context.Context, journal *store.Journal, item record.Item) (bool, error) {
	if item.State != record.Attention {
		return false, nil
	}
	tries, err := journal.Attempts(ctx, item.Entry)
	if err != nil || len(tries) == 0 {
		return false, err
	}
	cause := tries[len(tries)-1].Cause
	return strings.HasPrefix(cause, "status_") || strings.HasPrefix(cause, "record_"), nil
}

// replacedBy is the document that a correction replaces at the recipient: what it
// corrects or, when that was refused, what that would have replaced.
func replacedBy(ctx context.Context, journal *store.Journal, item record.Item, refused bool) (*fhir.Replaced, error) {
	for refused {
		if item.Replaces == "" {
			return nil, nil
		}
		info, err := journal.Entry(ctx, item.Replaces)
		if err != nil {
			return nil, err
		}
		refused, item = item.Instead, info.Item
	}
	return &fhir.Replaced{DocumentID: item.DocumentID, Location: resourceOf(item.Receipt.Location)}, nil
}
