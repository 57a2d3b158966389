package store

import (
	"bytes"
	"context"

	"github.com/google/uuid"
)

// This file renews and destroys the period keys of a purge.

// periodsThatStay are the period keys under which something stays, or may be before
// long.
func (j *Journal) periodsThatStay(ctx context.Context, plan purgePlan) (map[periodID]bool, error) {
	current, err := j.codec.periods.current(j.now())
	if err != nil {
		return nil, err
	}
	gone := map[uint64]bool{}
	for _, seq := range plan.gone {
		gone[seq] = true
	}
	stays := map[periodID]bool{current.id: true}
	err = j.eachSlot(ctx, func(where slotPlace, slot []byte) error {
		if where.draft != uuid.Nil || !gone[where.seq] {
			stays[slotPeriod(slot)] = true
		}
		return nil
	})
	return stays, err
}

// slotPlace says where a wrapped data key lies: in an entry, or in a draft.
type slotPlace struct {
	seq   uint64
	id    uuid.UUID
	draft uuid.UUID
}

// eachSlot calls fn for the data key of each entry that is not purged and each
// draft. fn is called within a read transaction. An entry whose header cannot be read
// ends the walk: which key it needs is not known, and none may be destroyed.
func (j *Journal) eachSlot(ctx context.Context, fn func(where slotPlace, slot []byte) error) error {
	const op = "read data keys"
	var last uint64
	err := j.view(ctx, op, func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		if err != nil {
			return err
		}
		last = h.Seq
		b, err := bucket(tx, bucketDrafts)
		if err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			if len(k) != 16 || len(v) < slotSize {
				return nil
			}
			return fn(slotPlace{id: uuid.UUID(k), draft: uuid.UUID(k)}, v[:slotSize])
		})
	})
	for from := uint64(1); err == nil && from <= last; from += chunk {
		err = j.view(ctx, op, func(tx *snapshot) error {
			for seq := from; seq < from+chunk && seq <= last; seq++ {
				row, err := get(tx, bucketEntries, entryKey(seq, 0))
				if err != nil {
					return err
				}
				h, err := parseHeader(row)
				if err != nil {
					return err
				}
				if h.purged() {
					continue
				}
				if err := fn(slotPlace{seq: seq, id: h.id}, h.slot); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// rewrap gives everything under one of the old keys the new key of its month.
func (j *Journal) rewrap(ctx context.Context, old map[periodID]bool, renewed map[string]*periodKey) (done int, err error) {
	var places []slotPlace
	err = j.eachSlot(ctx, func(where slotPlace, slot []byte) error {
		if old[slotPeriod(slot)] {
			places = append(places, where)
		}
		return nil
	})
	for err == nil && len(places) > 0 {
		n := min(len(places), chunk)
		err = j.update(ctx, "wrap data keys", 0, func(t *writeTx) error {
			for _, where := range places[:n] {
				if err := t.rewrapOne(where, renewed); err != nil && !isDamaged(err) {
					return err
				}
			}
			return nil
		})
		done, places = done+n, places[n:]
	}
	return done, err
}

func (t *writeTx) rewrapOne(where slotPlace, renewed map[string]*periodKey) error {
	name, key, at := bucketEntries, entryKey(where.seq, 0), headerSize
	if where.draft != uuid.Nil {
		name, key, at = bucketDrafts, bytes.Clone(where.draft[:]), 0
	}
	row, err := get(t.tx, name, key)
	if err != nil || len(row) < at+slotSize {
		return err // signed, dropped or purged meanwhile
	}
	slot := row[at : at+slotSize]
	before, err := t.periods.find(slotPeriod(slot))
	if err != nil {
		return err
	}
	after := renewed[before.month]
	if after == nil {
		return nil // appeared since the plan was made: its key stays
	}
	dataKey, err := t.unwrapKey(where.id, slot)
	if err != nil {
		return err
	}
	out := bytes.Clone(row)
	copy(out[at:], t.wrapKey(after, where.id, dataKey))
	clear(dataKey)
	return t.put(name, key, out)
}

// destroyUnused destroys the period keys that no entry and no draft needs, but the
// one in use. Nothing is being written while it runs.
func (j *Journal) destroyUnused() (names []string, err error) {
	used := map[periodID]bool{}
	err = j.eachSlot(context.Background(), func(_ slotPlace, slot []byte) error {
		used[slotPeriod(slot)] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	current, err := j.codec.periods.current(j.now())
	if err != nil {
		return nil, err
	}
	destroyed, err := j.codec.periods.destroy(func(key *periodKey) bool { return !used[key.id] && key != current })
	for _, key := range destroyed {
		names = append(names, key.month+" "+key.id.String())
	}
	return names, err
}
