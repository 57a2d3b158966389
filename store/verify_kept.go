package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// verifyKept checks what is kept beside the chain: drafts, the rows of photographs
// from their own side, and what is remembered of backups.
func (j *Journal) verifyKept(ctx context.Context, r *Report) error {
	err := j.view(ctx, "verify backups", func(tx *snapshot) error {
		_, err := j.codec.backups(tx)
		return err
	})
	if err != nil && !isDamaged(err) {
		return err
	}
	if err != nil {
		r.add("", ProblemBackups, "%v", err)
	}
	if err := j.verifyDrafts(ctx, r); err != nil {
		return err
	}
	return j.verifyPhotoRows(ctx, r)
}

func (j *Journal) verifyDrafts(ctx context.Context, r *Report) error {
	return j.reported(ctx, r, bucketDrafts, func(tx *snapshot, b *bucketView) error {
		return b.ForEach(func(k, v []byte) error {
			switch {
			case len(k) == 18 && len(v) == 0:
				if draft, err := get(tx, bucketDrafts, k[:16]); err != nil || draft == nil {
					r.add("", ProblemDraft, "drafts: a photograph is being kept for a draft that is not there")
				}
				return ctx.Err()
			case len(k) != 16:
				r.add("", ProblemDraft, "drafts: a row whose key has the wrong size")
				return ctx.Err()
			}
			id := uuid.UUID(k)
			d, _, key, err := j.codec.openDraft(tx, id)
			if err != nil {
				r.add(id.String(), ProblemDraft, "draft: %v", err)
				return ctx.Err()
			}
			for _, p := range d.Photographs {
				if err := j.codec.checkPhoto(tx, id, key, p); err != nil {
					r.add(id.String(), ProblemPhotograph, "draft: %v", err)
				}
			}
			return ctx.Err()
		})
	})
}

// verifyPhotoRows looks for chunks that belong to nothing.
func (j *Journal) verifyPhotoRows(ctx context.Context, r *Report) error {
	return j.reported(ctx, r, bucketPhotos, func(tx *snapshot, b *bucketView) error {
		cursor := b.Cursor()
		for k, _ := cursor.First(); k != nil; {
			if len(k) != 22 {
				r.add("", ProblemPhotograph, "photographs: a row whose key has the wrong size")
				k, _ = cursor.Next()
				continue
			}
			prefix := bytes.Clone(k[:18])
			id, number := uuid.UUID(k[:16]), int(binary.BigEndian.Uint16(k[16:18]))
			of, uploading := j.codec.chunksOf(tx, id, number)
			n := 0
			for ; k != nil && bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
				if !uploading && (len(k) != 22 || int(binary.BigEndian.Uint32(k[18:])) != n) {
					r.add(id.String(), ProblemPhotograph, "photograph %d: a part is not in its place", number)
				}
				n++
			}
			if !uploading && n != of {
				r.add(id.String(), ProblemPhotograph, "photograph %d has %d parts instead of %d", number, n, of)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
}

// chunksOf returns how many rows a photograph has, 0 when nothing knows it.
func (c codec) chunksOf(tx *snapshot, id uuid.UUID, number int) (of int, uploading bool) {
	if mark, err := get(tx, bucketDrafts, photoPrefix(id, number)); err == nil && mark != nil {
		return 0, true
	}
	var photos []record.Photograph
	if d, _, _, err := c.openDraft(tx, id); err == nil && d != nil {
		photos = d.Photographs
	} else if o, err := c.entryByID(tx, id.String()); err == nil {
		for _, p := range o.fact.Photographs {
			photos = append(photos, p.Photograph)
		}
	}
	for _, p := range photos {
		if p.Number == number {
			return photoChunks(p.Size), false
		}
	}
	return 0, false
}

// reported runs fn on a bucket in one transaction; damage becomes a problem.
func (j *Journal) reported(ctx context.Context, r *Report, name []byte, fn func(*snapshot, *bucketView) error) error {
	err := j.view(ctx, "verify "+string(name), func(tx *snapshot) error {
		b, err := bucket(tx, name)
		if err != nil {
			return err
		}
		return fn(tx, b)
	})
	if isDamaged(err) {
		r.add("", ProblemBucket, "%s cannot be read to its end: %v", name, err)
		return nil
	}
	return err
}

// checkPhoto reads a photograph to its end and compares it with what is said of it.
func (c codec) checkPhoto(tx *snapshot, id uuid.UUID, key []byte, p record.Photograph) error {
	strong, size := sha256.New(), int64(0)
	for n := range photoChunks(p.Size) {
		text, err := c.photoChunk(tx, id, key, p, n)
		if err != nil {
			return err
		}
		strong.Write(text)
		size += int64(len(text))
	}
	if size != p.Size || !bytes.Equal(strong.Sum(nil), p.SHA256) {
		return damaged("read photograph", errFlipped)
	}
	return nil
}
