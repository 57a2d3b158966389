package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// bbolt never makes a file smaller, so that now and then the journal is rewritten
// without what it no longer holds. That goes on beside reading and recording: rows
// are copied a few thousand at a time, and every layer that reaches the file
// meanwhile is written to the copy between two steps, in order. A row that was
// copied before or after a layer changed it ends up the same: a later layer, and the
// last step, have it as it is in the file. Recording stands
// still only for the last layers and the change of names.

const (
	compactFile = "." + journalFile + "-compact.tmp"

	// compactBytes is how much one step copies.
	compactBytes = 4 << 20
	compactRows  = 4096

	// compactFill is how full pages of the copy are: it is written in order, and
	// most of it never changes again.
	compactFill = 0.95
)

// compaction collects what reaches the file while it is being rewritten. It is
// guarded by Journal.mu.
type compaction struct {
	running bool
	arrived []*layer
	one     sync.Mutex // one rewriting at a time
}

// note is called for each layer that has reached the file.
func (c *compaction) note(l *layer) {
	if c.running {
		c.arrived = append(c.arrived, l)
	}
}

// Compacted is what [Journal.Compact] did.
type Compacted struct {
	Before int64 `json:"before"` // size of the file in bytes
	After  int64 `json:"after"`
}

// Compact rewrites the file without unused pages and without what lingers in them,
// and empties the log. It takes the room of a second file meanwhile. When it fails,
// the file is as it was.
func (j *Journal) Compact(ctx context.Context) (done Compacted, err error) {
	const op = "compact journal"
	if j.readOnly {
		return done, &record.Error{Code: record.CodeUnavailable, Op: op, Reason: ReasonReadOnly}
	}
	c := &j.compaction
	c.one.Lock()
	defer c.one.Unlock()
	if done.Before, err = fileSize(j.path()); err != nil {
		return done, fail(op, err)
	}
	temporary := filepath.Join(j.dir, compactFile)
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return done, fail(op, err)
	}
	// What was removed must be gone from the file before it is copied, or it would
	// linger in the copy's unused pages.
	if err := j.settled(ctx, op, func() error { return nil }); err != nil {
		return done, err
	}
	copied, err := j.openBolt(temporary, false)
	if err != nil {
		return done, fail(op, err)
	}
	copied.NoSync = true // until all of it is there
	j.publish(func(*above) { c.running, c.arrived = true, nil })
	swapped := false
	defer func() {
		j.publish(func(*above) { c.running, c.arrived = false, nil })
		if !swapped {
			err = fail(op, errors.Join(err, closeBolt(copied)))
			_ = os.Remove(temporary)
		}
	}()
	err = guard(op, func() error {
		err := copied.Update(func(tx *bolt.Tx) error {
			for _, name := range allBuckets {
				if _, err := tx.CreateBucket(name); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, name := range allBuckets {
			if err := j.copyBucket(ctx, copied, name); err != nil {
				return err
			}
		}
		// Most of what came meanwhile, without holding anybody up.
		for range 4 {
			if err := j.catchUp(copied); err != nil {
				return err
			}
		}
		return copied.Sync()
	})
	if err != nil {
		return done, err
	}
	err = j.settled(ctx, op, func() error {
		if err := j.catchUp(copied); err != nil {
			return err
		}
		if err := sameHead(j.db, copied); err != nil {
			return err
		}
		if err := echoBolt(copied); err != nil {
			return err
		}
		if err := copied.Sync(); err != nil {
			return err
		}
		old, err := j.swap(copied, temporary)
		if err != nil {
			return err
		}
		swapped = true
		j.writer.wal.remove()
		if old != nil {
			go func() { _ = guard(op, old.Close) }() // as soon as its last reader is done
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	done.After, err = fileSize(j.path())
	return done, fail(op, err)
}

// copyBucket copies a bucket of the file, each step in a transaction of its own.
func (j *Journal) copyBucket(ctx context.Context, to *bolt.DB, name []byte) error {
	type pair struct{ k, v []byte }
	var from, last []byte
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var rows []pair
		err := j.viewRaw("compact journal", func(s *snapshot) error {
			b, err := fileBucket(s.tx, name)
			if err != nil {
				return err
			}
			cursor, size := b.Cursor(), 0
			k, v := cursor.Seek(from)
			for ; k != nil && len(rows) < compactRows && size < compactBytes; k, v = cursor.Next() {
				// Damaged pages may lead in a circle.
				if last != nil && bytes.Compare(last, k) >= 0 {
					return damaged("compact journal", errShape)
				}
				last = append(last[:0], k...)
				rows = append(rows, pair{bytes.Clone(k), bytes.Clone(v)})
				size += len(k) + len(v)
			}
			from, more = bytes.Clone(k), k != nil
			return nil
		})
		if err != nil {
			return err
		}
		err = to.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(name)
			b.FillPercent = compactFill
			for _, r := range rows {
				if err := b.Put(r.k, r.v); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = j.catchUp(to) // what waits takes memory
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUp writes to the copy what has reached the file since it was last called.
func (j *Journal) catchUp(to *bolt.DB) error {
	var arrived []*layer
	j.publish(func(*above) { arrived, j.compaction.arrived = j.compaction.arrived, nil })
	for _, l := range arrived {
		if err := to.Update(l.write); err != nil {
			return err
		}
	}
	return nil
}

// sameHead makes sure that two files are at the same change.
func sameHead(a, b *bolt.DB) error {
	var rows [2][]byte
	for i, db := range []*bolt.DB{a, b} {
		err := db.View(func(tx *bolt.Tx) error {
			meta, err := fileBucket(tx, bucketMeta)
			if err == nil {
				rows[i] = bytes.Clone(meta.Get(keyHead))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if rows[0] == nil || !bytes.Equal(rows[0], rows[1]) {
		return damaged("compact journal", errors.New("the copy is not what the file is"))
	}
	return nil
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
