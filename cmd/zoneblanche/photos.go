package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// recordWithPhotos records a consultation and its photographs, all of them or
// nothing: a photograph that cannot be kept is said while the doctor is there. Each
// photograph is read as a stream.
func recordWithPhotos(ctx context.Context, journal *store.Journal, c record.Consultation, paths []string) (entry string, duplicate bool, err error) {
	draft, err := journal.SaveDraft(ctx, c)
	if err != nil {
		return "", false, err
	}
	defer func() {
		if err != nil {
			// What is left after a crash shows in "journal drafts".
			err = errors.Join(err, journal.DropDraft(context.WithoutCancel(ctx), draft))
		}
	}()
	for _, path := range paths {
		if err := attach(ctx, journal, draft, path); err != nil {
			return "", false, aboutFile(path, err)
		}
	}
	return signDraft(ctx, journal, c, fhir.SubmissionOptions{})
}

// signDraft freezes a consultation and each photograph of its draft, and makes entries
// of them. A draft that was signed already is a duplicate of itself.
func signDraft(ctx context.Context, journal *store.Journal, c record.Consultation, opt fhir.SubmissionOptions) (entry string, duplicate bool, err error) {
	kept, err := journal.Draft(ctx, c.ID)
	if err != nil && record.CodeOf(err) != record.CodeNotFound {
		return "", false, err
	}
	if opt, err = underHead(journal, opt); err != nil {
		return "", false, err
	}
	note, err := fhir.NewSubmission(c, opt)
	if err != nil {
		return "", false, err
	}
	var photos []record.PhotographSubmission
	for _, p := range kept.Photographs {
		id, err := uuid.NewV7()
		if err != nil {
			return "", false, err
		}
		s, err := fhir.NewPhotograph(c, fhir.Photograph{
			ID: id.String(), MediaType: p.MediaType, TakenAt: c.ActedAt, Caption: p.Caption,
			Open: func() (io.ReadCloser, error) { return journal.DraftPhotograph(c.ID, p.Number) },
		}, note.DocumentID, opt)
		if err != nil {
			return "", false, err
		}
		photos = append(photos, record.PhotographSubmission{Entry: id.String(), Number: p.Number, Submission: s})
	}
	return journal.Sign(ctx, c, note, photos)
}

func attach(ctx context.Context, journal *store.Journal, draft, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = journal.Attach(ctx, draft, f)
	return err
}
