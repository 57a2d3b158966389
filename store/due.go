package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// dueKey is a key of the index by next attempt: time and sequence.
type dueKey [timeSize + 8]byte

// dueMemory remembers the beginning of the index by next attempt, so that the next
// one due is told without reading the file, right after a change too. It is kept in
// step with every commit as that becomes visible. Every key in it is one whose item
// was read and says the same, or that this process wrote together with its item.
type dueMemory struct {
	mu      sync.Mutex
	version uint64 // grows with each change of the index
	known   bool
	first   []dueKey // the first keys of the index, in order
	whole   bool     // these are all of them
	upTo    dueKey   // else: no other key of the index is at or before this one
}

const (
	// dueRead is how many keys are read from the index at a time, and dueMost how many
	// are remembered.
	dueRead = 64
	dueMost = 1024
)

// note takes up a commit. The caller lets readers see it in the same breath.
func (m *dueMemory) note(own *layer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prefix := rowName(bucketByNext, nil)
	iter := own.rows.Iter()
	touched := false
	for ok := iter.Seek(prefix); ok && strings.HasPrefix(iter.Key(), prefix); ok = iter.Next() {
		touched = true
		if key := iter.Key()[len(prefix):]; m.known && len(key) == len(dueKey{}) {
			m.change(dueKey([]byte(key)), iter.Value().gone)
		}
	}
	if touched {
		m.version++
	}
}

func (m *dueMemory) change(key dueKey, gone bool) {
	if !m.whole && bytes.Compare(key[:], m.upTo[:]) > 0 {
		return
	}
	at, found := slices.BinarySearchFunc(m.first, key, func(a, b dueKey) int { return bytes.Compare(a[:], b[:]) })
	switch {
	case gone && found:
		m.first = slices.Delete(m.first, at, at+1)
	case !gone && !found:
		m.first = slices.Insert(m.first, at, key)
	}
	if len(m.first) > dueMost {
		m.first = m.first[:dueMost/2]
		m.whole, m.upTo = false, m.first[len(m.first)-1]
	}
}

// forget makes the next question read the index.
func (m *dueMemory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = false
	m.version++
}

// next answers from memory, if it can.
func (m *dueMemory) next() (due time.Time, ok, known bool, version uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known && len(m.first) > 0 {
		return parseDue(m.first[0]), true, true, m.version
	}
	return due, false, m.known && m.whole, m.version
}

// learn remembers what was read of one version of the index.
func (m *dueMemory) learn(version uint64, first []dueKey, whole bool, upTo dueKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version == version {
		m.known, m.first, m.whole, m.upTo = true, first, whole, upTo
	}
}

// NextDue returns the earliest time before which no pending item may be tried;
// the zero time means at once. ok is false when nothing is pending.
func (j *Journal) NextDue(ctx context.Context) (due time.Time, ok bool, err error) {
	const op = "find next attempt"
	if err := ctx.Err(); err != nil {
		return due, false, fail(op, err)
	}
	due, ok, known, version := j.due.next()
	if known {
		return due, ok, nil
	}
	var first []dueKey
	var upTo dueKey
	whole := false
	err = j.view(ctx, op, func(tx *snapshot) error {
		first, whole = nil, false
		b, err := bucket(tx, bucketByNext)
		if err != nil {
			return err
		}
		cursor := b.Cursor()
		for k, _ := cursor.First(); ; k, _ = cursor.Next() {
			if k == nil {
				whole = true
				return nil
			}
			if len(first) == dueRead {
				return nil
			}
			item, seq, err := j.indexed(tx, k, func(i record.Item) time.Time { return i.NextAttempt })
			if err != nil {
				j.noteDamage(seq, err)
				continue
			}
			if item.State == record.Pending {
				upTo = dueKey(k)
				first = append(first, upTo)
			}
		}
	})
	if err != nil {
		return time.Time{}, false, err
	}
	j.due.learn(version, first, whole, upTo)
	if len(first) == 0 {
		return time.Time{}, false, nil
	}
	return parseDue(first[0]), true, nil
}

// parseDue returns the time of a key of the index; the zero time comes back as that.
func parseDue(k dueKey) time.Time {
	t := parseTimeKey(k[:])
	if t.Equal(time.Time{}) {
		return time.Time{}
	}
	return t
}

// indexed reads the item that a row of an index by time leads to, and checks that
// it says the same time.
func (j *Journal) indexed(tx *snapshot, k []byte, by func(record.Item) time.Time) (record.Item, uint64, error) {
	seq, ok := keySeq(k)
	if !ok || len(k) != timeSize+8 {
		return record.Item{}, 0, damaged("read index", errShape)
	}
	item, err := j.codec.openItem(tx, seq)
	if err != nil {
		return record.Item{}, seq, err
	}
	if !bytes.Equal(timeKey(by(item)), k[:timeSize]) {
		return record.Item{}, seq, damaged("read index", errors.New("an index disagrees with its item"))
	}
	return item, seq, nil
}
