package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"
	bolt "go.etcd.io/bbolt"
)

// This file decides which rows of a damaged file are what was written.

// take keeps a row that is what was written, unless there is a better one.
func (s *salvager) take(r found) error {
	name := r.bucket
	if name == "" {
		name = shapeOf(r.key)
	}
	switch name {
	case string(bucketMeta):
		return s.takeMeta(r)
	case string(bucketEntries):
		if len(r.key) != 12 {
			return nil
		}
		seq := binary.BigEndian.Uint64(r.key)
		if binary.BigEndian.Uint32(r.key[8:]) == 0 {
			if !s.whole(seq, r.value) {
				return nil
			}
			s.lastSeq = max(s.lastSeq, seq)
		}
	case string(bucketItems):
		if len(r.key) != 16 || len(r.value) < sealExtra {
			return nil
		}
		return s.takeItem(r)
	case string(bucketNewest):
		var v any
		if s.codec.openRow(r.value, &v, "newest", r.key) != nil {
			return nil
		}
	case string(bucketHandover):
		if !s.codec.soundHandover(r.key, r.value) {
			return nil
		}
	case string(bucketDrafts), string(bucketPhotos):
		if !r.reached {
			return nil // it may have been deleted
		}
		if name == string(bucketDrafts) && len(r.key) == 16 {
			if _, _, _, err := s.codec.draftOf(uuid.UUID(r.key), r.value); err != nil {
				s.unreadable[string(r.key)] = true
				return nil
			}
		}
	default:
		return nil // an index, which is built anew
	}
	return s.put(name, r.key, r.value)
}

// shapeOf guesses the bucket of a key in a page that nothing leads to.
func shapeOf(key []byte) string {
	switch {
	case bytes.Equal(key, keyJournal), bytes.Equal(key, keyHead):
		return string(bucketMeta)
	case len(key) == 12:
		return string(bucketEntries)
	case len(key) == 16:
		return string(bucketItems)
	case len(key) == 32:
		return string(bucketNewest)
	}
	return ""
}

// whole reports whether an entry is what was written. Of one that was purged only
// the header is left, which the chain covers.
func (s *salvager) whole(seq uint64, row []byte) bool {
	if _, err := s.codec.openEntry(seq, row); err == nil {
		return true
	}
	h, err := parseHeader(row)
	return err == nil && h.purged()
}

func (s *salvager) takeMeta(r found) error {
	switch string(r.key) {
	case string(keyJournal):
		return nil // found already
	case string(keyHead):
		var h head
		if s.codec.openRow(r.value, &h, "head") == nil && (!s.headRow || h.Changes > s.head.Changes) {
			s.head, s.headRow = h, true
		}
		return nil
	}
	if !r.reached || bytes.Equal(r.key, keySalvaged) {
		return nil
	}
	return s.put(string(bucketMeta), r.key, r.value)
}

// takeItem keeps an item or an attempt. Of several states of an item that the tree
// does not lead to, it is the latest.
func (s *salvager) takeItem(r found) error {
	kind := "item"
	if binary.BigEndian.Uint64(r.key[8:]) != 0 {
		kind = "attempt"
	}
	var item itemRow
	if kind == "attempt" {
		var v any
		if s.codec.openRow(r.value, &v, kind, r.key) != nil {
			return nil
		}
		return s.put(string(bucketItems), r.key, r.value)
	}
	if s.codec.openRow(r.value, &item, kind, r.key) != nil {
		return nil
	}
	b := s.tx.Bucket(bucketItems)
	if before := b.Get(r.key); before != nil {
		var old itemRow
		if r.reached || s.codec.openRow(before, &old, kind, r.key) == nil && old.Epoch >= item.Epoch {
			return nil
		}
	}
	return s.write(b, r.key, r.value)
}

// takeLog puts the records of the log that are later than the file above it.
func (s *salvager) takeLog() error {
	var records []walRecord
	for _, name := range walNames {
		b, err := readWhole(filepath.Join(s.j.dir, name), s.j.openFile)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for at := 0; at < len(b); at += walBlock {
			if r, ok := parseWAL(s.codec.journal, b[at:]); ok && (!s.headRow || r.changes > s.head.Changes) {
				records = append(records, r)
			}
		}
	}
	slices.SortFunc(records, func(a, b walRecord) int { return cmp.Compare(a.changes, b.changes) })
	for _, r := range records {
		var err error
		r.rows.rows.Scan(func(name string, row row) bool {
			err = s.takeLogged(name, row)
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *salvager) takeLogged(name string, row row) error {
	where, key, ok := splitName(name)
	b := s.tx.Bucket([]byte(where))
	if !ok || b == nil {
		return nil
	}
	switch where {
	case string(bucketIDs), string(bucketByDeadline), string(bucketByNext), string(bucketByPatient):
		return nil
	case string(bucketMeta):
		if key == string(keyHead) {
			var h head
			if s.codec.openRow(row.value, &h, "head") == nil {
				s.head, s.headRow = h, true
			}
			return nil
		}
	case string(bucketEntries):
		if len(key) == 12 {
			s.lastSeq = max(s.lastSeq, binary.BigEndian.Uint64([]byte(key)))
		}
	}
	if where == string(bucketDrafts) {
		delete(s.unreadable, key)
	}
	if row.gone {
		return b.Delete([]byte(key))
	}
	return s.write(b, []byte(key), row.value)
}

// takeHead writes identity and head, and that the rest is to be repaired. What the log has of it follows no more.
func (s *salvager) takeHead() error {
	if s.head.Seq <= s.lastSeq {
		s.head.Seq = s.lastSeq
		s.head.Hash = s.codec.genesis()
		if s.lastSeq > 0 {
			s.head.Hash = s.codec.hash(s.lastSeq, s.tx.Bucket(bucketEntries).Get(entryKey(s.lastSeq, 0)))
		}
	}
	s.head.Changes += 1 << 20
	row, err := s.codec.sealRow(s.head, "head")
	if err != nil {
		return err
	}
	s.report.Entries, s.report.Unknown = s.head.Seq, !s.headRow
	for key := range s.unreadable {
		s.report.Drafts = append(s.report.Drafts, uuid.UUID([]byte(key)).String())
	}
	slices.Sort(s.report.Drafts)
	report, err := json.Marshal(s.report)
	if err != nil {
		return err
	}
	meta := s.tx.Bucket(bucketMeta)
	return errors.Join(meta.Put(keySalvaged, report), meta.Put(keyJournal, s.identity), meta.Put(keyHead, row))
}

// put writes a row unless there is one already: rows that the tree leads to come
// first.
func (s *salvager) put(name string, key, value []byte) error {
	b := s.tx.Bucket([]byte(name))
	if len(key) == 0 || len(key) > bolt.MaxKeySize || b.Get(key) != nil {
		return nil
	}
	return s.write(b, key, value)
}

// write writes a row, and begins a new transaction now and then.
func (s *salvager) write(b *bolt.Bucket, key, value []byte) error {
	if err := b.Put(key, value); err != nil {
		return err
	}
	if s.rows++; s.rows%4096 != 0 {
		return nil
	}
	if err := s.tx.Commit(); err != nil {
		return err
	}
	var err error
	s.tx, err = s.db.Begin(true)
	return err
}
