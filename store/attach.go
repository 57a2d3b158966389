package store

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/internal/photo"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file takes photographs up into drafts.

// Attach takes a photograph up into a draft and returns when it is on disk. What the
// camera wrote beside the pixels is left out (package photo). A photograph that the
// draft has already is not kept twice. Memory does not grow with the photograph.
//
// Errors are invalid "photo_format", too_large "photo_too_large", not_found
// "no_draft" and those of writing; nothing of the photograph is left then, or it is
// collected when the journal is opened next.
func (j *Journal) Attach(ctx context.Context, draft string, r io.Reader) (record.Photograph, error) {
	const op = "keep photograph"
	var none record.Photograph
	id, err := parseID(op, draft)
	if err != nil {
		return none, noDraft(op)
	}
	w := &photoWriter{c: j.codec, id: id, strong: sha256.New(), plain: sha1.New()}
	err = j.update(ctx, op, 0, func(t *writeTx) (err error) {
		w.key, w.number, err = t.beginPhoto(id)
		return err
	})
	if err != nil {
		return none, err
	}
	defer clear(w.key)
	w.keep = func(first int, sealed [][]byte) error {
		return j.update(ctx, op, len(sealed)*photoChunk, func(t *writeTx) error { return t.putChunks(id, w.number, first, sealed) })
	}
	p, err := j.takeUp(ctx, w, r)
	if err != nil {
		// What is left, a crash included, is collected when the journal is opened.
		_ = j.update(context.WithoutCancel(ctx), op, 0, func(t *writeTx) error { return t.dropPhoto(id, w.number) })
		return none, fail(op, err)
	}
	return p, nil
}

func (j *Journal) takeUp(ctx context.Context, w *photoWriter, r io.Reader) (p record.Photograph, err error) {
	const op = "keep photograph"
	mediaType, err := photo.Clean(w, r)
	switch {
	case errors.Is(err, photo.ErrFormat), errors.Is(err, photo.ErrTruncated):
		return p, &record.Error{Code: record.CodeInvalid, Op: op, Reason: ReasonPhotoFormat, Err: err}
	case err != nil:
		return p, err
	}
	if err := w.flush(true); err != nil {
		return p, err
	}
	p = record.Photograph{Number: w.number, MediaType: mediaType, Size: w.size, SHA256: w.strong.Sum(nil), SHA1: w.plain.Sum(nil)}
	err = j.update(ctx, op, 0, func(t *writeTx) (err error) {
		p, err = t.endPhoto(w.id, p, j.now())
		return err
	})
	return p, err
}

// beginPhoto reserves the next number of a draft.
func (t *writeTx) beginPhoto(id uuid.UUID) (key []byte, number int, err error) {
	const op = "keep photograph"
	d, _, key, err := t.openDraft(t.tx, id)
	if err != nil {
		return nil, 0, err
	}
	if d == nil {
		return nil, 0, noDraft(op)
	}
	if len(d.Photographs) >= MaxPhotos {
		return nil, 0, &record.Error{Code: record.CodeTooLarge, Op: op, Reason: ReasonPhotoTooLarge,
			Err: errors.New("a consultation has at most 50 photographs")}
	}
	for _, p := range d.Photographs {
		number = max(number, p.Number)
	}
	b, err := bucket(t.tx, bucketDrafts)
	if err != nil {
		return nil, 0, err
	}
	cursor := b.Cursor()
	for k, _ := cursor.Seek(id[:]); k != nil && bytes.HasPrefix(k, id[:]); k, _ = cursor.Next() {
		if len(k) == 18 {
			number = max(number, int(binary.BigEndian.Uint16(k[16:])))
		}
	}
	number++
	return key, number, t.put(bucketDrafts, photoPrefix(id, number), nil)
}

func (t *writeTx) putChunks(id uuid.UUID, number, first int, sealed [][]byte) error {
	mark, err := get(t.tx, bucketDrafts, photoPrefix(id, number))
	if err != nil {
		return err
	}
	if mark == nil {
		return noDraft("keep photograph") // signed or dropped meanwhile
	}
	for i, row := range sealed {
		if err := t.put(bucketPhotos, photoKey(id, number, first+i), row); err != nil {
			return err
		}
	}
	return nil
}

// endPhoto makes a photograph part of its draft, unless it is there already.
func (t *writeTx) endPhoto(id uuid.UUID, p record.Photograph, now time.Time) (record.Photograph, error) {
	const op = "keep photograph"
	d, slot, key, err := t.openDraft(t.tx, id)
	if err != nil {
		return p, err
	}
	if d == nil {
		return p, noDraft(op)
	}
	for _, there := range d.Photographs {
		if bytes.Equal(there.SHA256, p.SHA256) {
			return there, t.dropPhoto(id, p.Number)
		}
	}
	d.Photographs, d.SavedAt = append(d.Photographs, p), stamp(now)
	if err := t.delete(bucketDrafts, photoPrefix(id, p.Number)); err != nil {
		return p, err
	}
	return p, t.putDraft(id, slot, key, d)
}

// dropPhoto removes what was taken up of a photograph that no draft names.
func (t *writeTx) dropPhoto(id uuid.UUID, number int) error {
	mark, err := get(t.tx, bucketDrafts, photoPrefix(id, number))
	if err != nil || mark == nil {
		return err
	}
	if err := t.deletePrefix(bucketPhotos, photoPrefix(id, number)); err != nil {
		return err
	}
	return t.delete(bucketDrafts, photoPrefix(id, number))
}

// Detach takes a photograph out of a draft.
func (j *Journal) Detach(ctx context.Context, draft string, number int) error {
	return j.changePhotograph(ctx, "drop photograph", draft, number, func(t *writeTx, id uuid.UUID, d *Draft, i int) error {
		d.Photographs = slices.Delete(d.Photographs, i, i+1)
		return t.deletePrefix(bucketPhotos, photoPrefix(id, number))
	})
}

// maxCaption bounds what is said of a photograph, in bytes.
const maxCaption = 1 << 10

// Caption says what a photograph of a draft shows, in place of what was said before.
func (j *Journal) Caption(ctx context.Context, draft string, number int, caption string) error {
	const op = "caption photograph"
	if len(caption) > maxCaption || !utf8.ValidString(caption) {
		return invalid(op, ReasonConsultation, "the caption is not UTF-8 or longer than 1 KiB")
	}
	return j.changePhotograph(ctx, op, draft, number, func(_ *writeTx, _ uuid.UUID, d *Draft, i int) error {
		d.Photographs[i].Caption = caption
		return nil
	})
}

// changePhotograph changes the draft that has a photograph, which is at index i.
func (j *Journal) changePhotograph(ctx context.Context, op, draft string, number int, change func(t *writeTx, id uuid.UUID, d *Draft, i int) error) error {
	id, err := parseID(op, draft)
	if err != nil {
		return noDraft(op)
	}
	return j.update(ctx, op, 0, func(t *writeTx) error {
		d, slot, key, err := t.openDraft(t.tx, id)
		if err != nil {
			return err
		}
		if d == nil {
			return noDraft(op)
		}
		i := slices.IndexFunc(d.Photographs, func(p record.Photograph) bool { return p.Number == number })
		if i < 0 {
			return noEntry(op)
		}
		if err := change(t, id, d, i); err != nil {
			return err
		}
		d.SavedAt = stamp(j.now())
		return t.putDraft(id, slot, key, d)
	})
}

// collectUploads removes the photographs that were being taken up when the program
// ended.
func (j *Journal) collectUploads(ctx context.Context) error {
	const op = "collect photographs"
	var marks [][]byte
	err := j.view(ctx, op, func(tx *snapshot) error {
		b, err := bucket(tx, bucketDrafts)
		if err != nil {
			return err
		}
		marks = nil
		return b.ForEach(func(k, _ []byte) error {
			if len(k) == 18 {
				marks = append(marks, bytes.Clone(k))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, k := range marks {
		err := j.update(ctx, op, 0, func(t *writeTx) error {
			return t.dropPhoto(uuid.UUID(k[:16]), int(binary.BigEndian.Uint16(k[16:])))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
