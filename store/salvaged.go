package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// salvageReport is the file in the journal's folder that lists what each salvage could
// not save, the oldest first.
const salvageReport = "journal-salvaged.json"

// maxSalvageReport bounds the file: some hundred thousand losses.
const maxSalvageReport = 16 << 20

// Salvages returns what became of the journal's file each time that it was found
// damaged, the oldest first. Nothing means that it never was.
func (j *Journal) Salvages() ([]Salvaged, error) {
	const op = "read salvages"
	var list []Salvaged
	text, err := readSmall(filepath.Join(j.dir, salvageReport), maxSalvageReport, j.openFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(op, err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, damaged(op, errors.New(salvageReport+" is not what this program wrote"))
	}
	return list, nil
}

// rememberSalvage adds the latest salvage to the list. A list that cannot be read is
// kept beside the new one.
func (j *Journal) rememberSalvage() error {
	list, err := j.Salvages()
	if isDamaged(err) {
		path := filepath.Join(j.dir, salvageReport)
		err = keepAs(path, path+"-"+j.salvaged.At.Format("20060102T150405"))
	}
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s Salvaged) bool { return s.At.Equal(j.salvaged.At) }) // a repair that was cut short
	text, err := json.MarshalIndent(append(list, *j.salvaged), "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(j.dir, salvageReport, false, func(temporary string) error {
		return writeWhole(temporary, append(text, '\n'), j.openFile)
	})
}

// repairKept looks at what is kept beside the chain. A draft loses the photographs
// that are not whole, so that it can be signed with the others; parts of photographs
// that nothing names any more go.
func (j *Journal) repairKept(ctx context.Context) error {
	var drafts []uuid.UUID
	var orphans [][]byte
	err := j.view(ctx, opRepair, func(tx *snapshot) error {
		drafts, orphans = nil, nil
		b, err := bucket(tx, bucketDrafts)
		if err != nil {
			return err
		}
		err = b.ForEach(func(k, _ []byte) error {
			if len(k) == 16 {
				drafts = append(drafts, uuid.UUID(k))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if b, err = bucket(tx, bucketPhotos); err != nil {
			return err
		}
		return b.ForEach(func(k, _ []byte) error {
			prefix := k[:min(18, len(k))]
			if n := len(orphans); n > 0 && bytes.Equal(orphans[n-1], prefix) {
				return nil
			}
			if len(k) == 22 {
				if of, uploading := j.codec.chunksOf(tx, uuid.UUID(k[:16]), photoNumber(k)); of > 0 || uploading {
					return nil
				}
			}
			orphans = append(orphans, bytes.Clone(prefix))
			return nil
		})
	})
	for i := 0; err == nil && i < len(drafts); i++ {
		err = j.repairStep(ctx, func(t *writeTx, s *Salvaged) error { return t.repairDraft(drafts[i], s) })
	}
	if err != nil || len(orphans) == 0 {
		return err
	}
	return j.repairStep(ctx, func(t *writeTx, s *Salvaged) error {
		for _, prefix := range orphans {
			if len(prefix) == 18 {
				s.Photographs = append(s.Photographs, photoName(uuid.UUID(prefix[:16]), photoNumber(prefix)))
			}
			if err := t.deletePrefix(bucketPhotos, prefix); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *writeTx) repairDraft(id uuid.UUID, s *Salvaged) error {
	d, slot, key, err := t.openDraft(t.tx, id)
	if err != nil {
		s.Drafts = append(s.Drafts, id.String())
		return t.deletePrefix(bucketDrafts, id[:])
	}
	defer clear(key)
	var whole []record.Photograph
	for _, p := range d.Photographs {
		err := t.checkPhoto(t.tx, id, key, p)
		if err != nil && !isDamaged(err) {
			return err
		}
		if err == nil {
			whole = append(whole, p)
			continue
		}
		s.Photographs = append(s.Photographs, photoName(id, p.Number))
		if err := t.deletePrefix(bucketPhotos, photoPrefix(id, p.Number)); err != nil {
			return err
		}
	}
	if len(whole) == len(d.Photographs) {
		return nil
	}
	d.Photographs = whole
	return t.putDraft(id, slot, key, d)
}

// photoNumber is the number of a photograph in the key of one of its parts.
func photoNumber(k []byte) int { return int(binary.BigEndian.Uint16(k[16:])) }

func photoName(id uuid.UUID, number int) string { return fmt.Sprintf("%s %d", id, number) }
