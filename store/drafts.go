package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// Drafts live outside the chain and may be changed. Rows of their bucket:
//
//	id(16)            → the slot of the data key, then the sealed draft
//	id(16) number(2)  → nothing: a photograph of that number is being taken up
//
// A draft's data key becomes that of the entry, so that signing moves no photograph.

// Draft is a consultation that is not signed yet.
type Draft struct {
	Consultation record.Consultation `json:"consultation"`
	SavedAt      time.Time           `json:"saved_at"`
	Photographs  []record.Photograph `json:"photographs,omitempty"`
	// Codes are the texts of the card that it is about, so that the card can be opened
	// again with it. They go when it is signed.
	Codes []string `json:"codes,omitempty"`
}

func noDraft(op string) error {
	return &record.Error{Code: record.CodeNotFound, Op: op, Reason: ReasonNoDraft}
}

func (c codec) draftPlace(id uuid.UUID) []byte { return associate(c.journal, "draft", id[:]) }

// openDraft reads a draft and its data key; d is nil when there is none.
func (c codec) openDraft(tx *snapshot, id uuid.UUID) (d *Draft, slot, key []byte, err error) {
	row, err := get(tx, bucketDrafts, id[:])
	if err != nil || row == nil {
		return nil, nil, nil, err
	}
	return c.draftOf(id, row)
}

// draftOf reads the row of a draft.
func (c codec) draftOf(id uuid.UUID, row []byte) (d *Draft, slot, key []byte, err error) {
	const op = "read draft"
	if len(row) < slotSize+sealExtra {
		return nil, nil, nil, damaged(op, errShape)
	}
	slot = bytes.Clone(row[:slotSize])
	if key, err = c.unwrapKey(id, slot); err != nil {
		return nil, nil, nil, err
	}
	text, err := unseal(key, row[slotSize:], c.draftPlace(id))
	if err != nil {
		return nil, nil, nil, damaged(op, err)
	}
	d = new(Draft)
	if err := json.Unmarshal(text, d); err != nil || d.Consultation.ID != id.String() {
		return nil, nil, nil, damaged(op, errShape)
	}
	return d, slot, key, nil
}

func (t *writeTx) putDraft(id uuid.UUID, slot, key []byte, d *Draft) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return t.put(bucketDrafts, id[:], append(bytes.Clone(slot), seal(key, text, t.draftPlace(id))...))
}

// SaveDraft writes a draft in place of what was saved under its identifier, and
// returns when that is on disk. One without an identifier is given a UUIDv7, which
// the entry will have.
func (j *Journal) SaveDraft(ctx context.Context, c record.Consultation) (string, error) {
	return j.saveDraft(ctx, c, nil)
}

// SaveCardDraft is [Journal.SaveDraft] with the texts of the card that the draft is
// about; none leaves those that it has.
func (j *Journal) SaveCardDraft(ctx context.Context, c record.Consultation, codes []string) (string, error) {
	return j.saveDraft(ctx, c, codes)
}

func (j *Journal) saveDraft(ctx context.Context, c record.Consultation, codes []string) (string, error) {
	const op = "save draft"
	if c.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return "", fail(op, err)
		}
		c.ID = id.String()
	}
	id, err := uuid.Parse(c.ID)
	switch {
	case err != nil || id.String() != c.ID:
		return "", invalid(op, ReasonConsultation, "the identifier is not a UUID in lower case")
	case !utf8.ValidString(c.Text()):
		return "", invalid(op, ReasonConsultation, "the note is not UTF-8")
	case len(c.Text()) > maxFact:
		return "", &record.Error{Code: record.CodeTooLarge, Op: op, Reason: ReasonConsultation}
	}
	c.ActedAt = stamp(c.ActedAt)
	err = j.update(ctx, op, len(c.Text()), func(t *writeTx) error {
		if row, err := get(t.tx, bucketIDs, id[:]); err != nil {
			return err
		} else if row != nil {
			return conflict(op, ReasonEntryExists) // signed already
		}
		d, slot, key, err := t.openDraft(t.tx, id)
		if err != nil {
			return err
		}
		if d == nil {
			period, err := t.periods.current(j.now())
			if err != nil {
				return err
			}
			d, key = new(Draft), newDataKey()
			slot = t.wrapKey(period, id, key)
		}
		d.Consultation, d.SavedAt = c, stamp(j.now())
		if len(codes) > 0 {
			d.Codes = codes
		}
		return t.putDraft(id, slot, key, d)
	})
	return c.ID, err
}

// Draft returns a draft.
func (j *Journal) Draft(ctx context.Context, draft string) (d Draft, err error) {
	const op = "read draft"
	id, err := parseID(op, draft)
	if err != nil {
		return d, noDraft(op)
	}
	err = j.view(ctx, op, func(tx *snapshot) error {
		found, _, _, err := j.codec.openDraft(tx, id)
		if err == nil && found == nil {
			err = noDraft(op)
		}
		if err == nil {
			d = *found
		}
		return err
	})
	return d, err
}

// Drafts returns all drafts, the oldest identifier first. One that cannot be read is
// left out, and counted in the error that then comes with the others.
func (j *Journal) Drafts(ctx context.Context) (drafts []Draft, err error) {
	const op = "list drafts"
	bad := 0
	err = j.view(ctx, op, func(tx *snapshot) error {
		b, err := bucket(tx, bucketDrafts)
		if err != nil {
			return err
		}
		drafts, bad = nil, 0
		return b.ForEach(func(k, _ []byte) error {
			if len(k) != 16 {
				return nil
			}
			d, _, _, err := j.codec.openDraft(tx, uuid.UUID(k))
			if err != nil {
				bad++
				return nil
			}
			drafts = append(drafts, *d)
			return nil
		})
	})
	if err == nil && bad > 0 {
		err = damaged(op, errors.New("a draft cannot be read"))
	}
	return drafts, err
}

// DropDraft forgets a draft and its photographs. A draft that is not there is none.
func (j *Journal) DropDraft(ctx context.Context, draft string) error {
	const op = "drop draft"
	id, err := parseID(op, draft)
	if err != nil {
		return noDraft(op)
	}
	return j.update(ctx, op, 0, func(t *writeTx) error {
		row, err := get(t.tx, bucketDrafts, id[:])
		if err != nil || row == nil {
			return err
		}
		if err := t.deletePrefix(bucketPhotos, id[:]); err != nil {
			return err
		}
		return t.deletePrefix(bucketDrafts, id[:])
	})
}

// deletePrefix deletes the rows whose keys begin with prefix.
func (t *writeTx) deletePrefix(name, prefix []byte) error {
	b, err := bucket(t.tx, name)
	if err != nil {
		return err
	}
	var keys [][]byte
	cursor := b.Cursor()
	for k, _ := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := t.delete(name, k); err != nil {
			return err
		}
	}
	return nil
}
