package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// Sign turns a draft into an entry, and each of its photographs into one, in one
// transaction. c is the consultation as it is signed, under the draft's identifier,
// and photos has a submission for each photograph that the draft has.
//
// What [Journal.Record] says of duplicates holds here too, for drafts whose
// photographs are the same; the draft is dropped then. A draft that was signed
// already is a duplicate of itself. A photograph that the draft got or lost meanwhile
// is a conflict "stale_item".
func (j *Journal) Sign(ctx context.Context, c record.Consultation, s record.Submission, photos []record.PhotographSubmission) (entry string, duplicate bool, err error) {
	const op = "sign draft"
	id, err := checkRecord(&c, s)
	if err != nil {
		return "", false, err
	}
	for _, p := range photos {
		if _, err := parseID(op, p.Entry); err != nil || !sound(p.Submission) {
			return "", false, invalid(op, ReasonSubmission, "the submission of a photograph is not complete")
		}
	}
	content := j.codec.contentHash(c)
	who := j.codec.person(c.Patient)
	boot, since := j.bootClock()
	made := fact{RecordedAt: stamp(j.now()), Boot: boot, SinceBoot: since, Device: j.device}

	size := len(s.Body) + len(c.Text())
	err = j.update(ctx, op, size, func(t *writeTx) error {
		entry, duplicate = id.String(), false
		d, _, key, err := t.openDraft(t.tx, id)
		if err != nil {
			return err
		}
		found, err := t.findSame(id, content, c, who)
		if err != nil {
			return err
		}
		switch {
		case found != "" && (d == nil || t.samePhotos(found, d.Photographs)):
			entry, duplicate = found, true
			if d == nil {
				return nil
			}
			if err := t.deletePrefix(bucketPhotos, id[:]); err != nil {
				return err
			}
			return t.deletePrefix(bucketDrafts, id[:])
		case found == entry:
			return conflict(op, ReasonEntryExists) // recorded in another way, with other photographs
		case d == nil:
			return noDraft(op)
		case len(photos) != len(d.Photographs):
			return conflict(op, ReasonStaleItem)
		}
		defer clear(key)
		entries, err := t.signedEntries(id, key, made, c, s, d.Photographs, photos)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if taken, err := get(t.tx, bucketIDs, e.id[:]); err != nil || taken != nil {
				return errors.Join(err, conflict(op, ReasonEntryExists))
			}
			if err := t.appendEntry(e, j.now()); err != nil {
				return err
			}
		}
		// An upload that is under way loses its mark, and ends with an error.
		b, err := bucket(t.tx, bucketDrafts)
		if err != nil {
			return err
		}
		cursor := b.Cursor()
		var unfinished [][]byte
		for k, _ := cursor.Seek(id[:]); k != nil && bytes.HasPrefix(k, id[:]); k, _ = cursor.Next() {
			if len(k) == 18 {
				unfinished = append(unfinished, bytes.Clone(k))
			}
		}
		for _, k := range unfinished {
			if err := t.deletePrefix(bucketPhotos, k); err != nil {
				return err
			}
		}
		return t.deletePrefix(bucketDrafts, id[:])
	})
	if err != nil {
		return "", false, err
	}
	return entry, duplicate, nil
}

// signedEntries are the entries that a draft becomes: the consultation, then its
// photographs.
func (t *writeTx) signedEntries(id uuid.UUID, key []byte, made fact, c record.Consultation, s record.Submission,
	kept []record.Photograph, photos []record.PhotographSubmission) ([]newEntry, error) {
	const op = "sign draft"
	main := made
	main.Consultation, main.Submission = c, freeze(s)
	var out []newEntry
	for _, info := range kept {
		i := slices.IndexFunc(photos, func(p record.PhotographSubmission) bool { return p.Number == info.Number })
		if i < 0 {
			return nil, conflict(op, ReasonStaleItem)
		}
		p := photos[i]
		pid, err := parseID(op, p.Entry)
		if err != nil {
			return nil, err
		}
		main.Photographs = append(main.Photographs, photoRef{p.Entry, info})
		its := made
		its.Consultation = record.Consultation{ID: p.Entry, Patient: c.Patient, ActedAt: c.ActedAt, Author: c.Author}
		its.Submission = freeze(p.Submission)
		its.Of = &photoOf{id.String(), info, p.Submission.Attached.At}
		text, err := factText(its)
		if err != nil {
			return nil, err
		}
		dataKey := newDataKey()
		out = append(out, newEntry{
			kind: kindPhotograph, id: pid, key: dataKey, fact: text,
			body: t.sealBody(pid, dataKey, p.Submission.Body), consultation: its.Consultation, documentID: p.Submission.DocumentID,
		})
	}
	text, err := factText(main)
	if err != nil {
		return nil, err
	}
	return append([]newEntry{{
		kind: kindConsultation, id: id, key: key, fact: text,
		body: t.sealBody(id, key, s.Body), consultation: c, documentID: s.DocumentID,
	}}, out...), nil
}

// sound reports whether the submission of a photograph can be delivered.
func sound(s record.Submission) bool {
	return s.DocumentID != "" && len(s.Body) <= MaxBody && s.Attached != nil &&
		s.Attached.At > 0 && s.Attached.At < len(s.Body)
}

func factText(f fact) ([]byte, error) {
	const op = "record consultation"
	text, err := json.Marshal(f)
	if err != nil {
		return nil, &record.Error{Code: record.CodeInvalid, Op: op, Reason: ReasonConsultation, Err: err}
	}
	if len(text) > maxFact {
		return nil, &record.Error{Code: record.CodeTooLarge, Op: op, Reason: ReasonConsultation}
	}
	return text, nil
}

// samePhotos reports whether an entry has these photographs, in whatever order.
func (t *writeTx) samePhotos(entry string, photos []record.Photograph) bool {
	o, err := t.entryByID(t.tx, entry)
	if err != nil || len(o.fact.Photographs) != len(photos) {
		return false
	}
	for _, p := range photos {
		if !slices.ContainsFunc(o.fact.Photographs, func(r photoRef) bool { return bytes.Equal(r.SHA256, p.SHA256) }) {
			return false
		}
	}
	return true
}
