package store

import (
	"context"
	"encoding/hex"
	"encoding/json"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// Kinds of rows in the bucket "handover": the first byte of the key.
const (
	rowPeer   = 'p'
	rowOffer  = 'o'
	rowGiven  = 'g'
	rowTaken  = 't'
	rowSealed = 's' // what a relay delivers

	everyRow = 0 // for a walk
)

// addHandover makes the bucket where a journal is older than it.
func addHandover(db *bolt.DB) error {
	there := false
	err := guard("open journal", func() error {
		return db.View(func(tx *bolt.Tx) error {
			// Without its first bucket it is no journal; that is for others to say.
			there = tx.Bucket(bucketHandover) != nil || tx.Bucket(bucketMeta) == nil
			return nil
		})
	})
	if err != nil || there {
		return err
	}
	return guard("open journal", func() error {
		return db.Update(func(tx *bolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(bucketHandover)
			return err
		})
	})
}

// peerIDSize is the size of a peer's identifier in bytes; elsewhere it is hexadecimal.
const peerIDSize = 16

func peerKey(op, peer string) ([]byte, error) {
	id, err := hex.DecodeString(peer)
	if err != nil || len(id) != peerIDSize || hex.EncodeToString(id) != peer {
		return nil, noPeer(op)
	}
	return append([]byte{rowPeer}, id...), nil
}

func noPeer(op string) error {
	return &record.Error{Code: record.CodeNotFound, Op: op, Reason: ReasonNoPeer}
}

// handoverKey is where a row about an entry and a peer is.
func handoverKey(kind byte, entry, peer string) ([]byte, error) {
	const op = "read hand-over"
	id, err := parseID(op, entry)
	if err != nil {
		return nil, err
	}
	p, err := peerKey(op, peer)
	if err != nil {
		return nil, err
	}
	return append(append([]byte{kind}, id[:]...), p[1:]...), nil
}

// handoverRow reads a row into v; known is false when there is none.
func (c codec) handoverRow(tx *snapshot, kind byte, entry, peer string, v any) (known bool, err error) {
	key, err := handoverKey(kind, entry, peer)
	if err != nil {
		return false, err
	}
	row, err := get(tx, bucketHandover, key)
	if err != nil || row == nil {
		return false, err
	}
	return true, c.openRow(row, v, "handover", key)
}

func (t *writeTx) putHandover(kind byte, entry, peer string, v any) error {
	key, err := handoverKey(kind, entry, peer)
	if err != nil {
		return err
	}
	return t.putHandoverAt(key, v)
}

func (t *writeTx) putHandoverAt(key []byte, v any) error {
	row, err := t.sealRow(v, "handover", key)
	if err != nil {
		return err
	}
	return t.put(bucketHandover, key, row)
}

// soundHandover reports whether a row is what was written.
func (c codec) soundHandover(key, row []byte) bool {
	var v json.RawMessage
	return len(key) > peerIDSize && c.openRow(row, &v, "handover", key) == nil
}

// eachHandover calls fn for each row of a kind, a run of them in each transaction. A
// row that cannot be read is logged and left out. fn may not use the journal.
func (j *Journal) eachHandover(ctx context.Context, kind byte, fn func(tx *snapshot, key, row []byte) error) error {
	const op = "read hand-over"
	from := []byte{kind}
	for from != nil {
		next := []byte(nil)
		err := j.view(ctx, op, func(tx *snapshot) error {
			if tx.tx.Bucket(bucketHandover) == nil {
				return nil // read without ever having been written by this program
			}
			b, err := bucket(tx, bucketHandover)
			if err != nil {
				return err
			}
			cursor, n := b.Cursor(), 0
			for k, v := cursor.Seek(from); k != nil && (k[0] == kind || kind == everyRow); k, v = cursor.Next() {
				if n++; n > chunk {
					next = append([]byte(nil), k...)
					return nil
				}
				if err := fn(tx, k, v); err != nil && !isDamaged(err) {
					return err
				} else if err != nil {
					j.log.Error("row of the hand-over cannot be read", "err", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// AllGiven returns what was given to peers, in the order of the entries' identifiers,
// and so of their making.
func (j *Journal) AllGiven(ctx context.Context) (all []Given, err error) {
	err = j.eachHandover(ctx, rowGiven, func(_ *snapshot, key, row []byte) error {
		var g Given
		if err := j.codec.openRow(row, &g, "handover", key); err != nil {
			return err
		}
		all = append(all, g)
		return nil
	})
	return all, err
}

// AllTaken returns what was taken from peers, with its item as it stands.
func (j *Journal) AllTaken(ctx context.Context) (all []Taken, err error) {
	err = j.eachHandover(ctx, rowTaken, func(tx *snapshot, key, row []byte) error {
		var t Taken
		if err := j.codec.openRow(row, &t, "handover", key); err != nil {
			return err
		}
		seq, err := j.codec.seqOf(tx, "read hand-over", t.Entry)
		if err != nil {
			return err
		}
		if t.Item, err = j.codec.openItem(tx, seq); err != nil {
			return err
		}
		all = append(all, t)
		return nil
	})
	return all, err
}

// verifyHandover checks that every row can be read, is of a kind that there is, and
// names an entry that is there.
func (j *Journal) verifyHandover(ctx context.Context, r *Report) error {
	err := j.eachHandover(ctx, everyRow, func(tx *snapshot, key, row []byte) error {
		switch kind := key[0]; {
		case !j.codec.soundHandover(key, row):
			r.add("", ProblemHandover, "%s: a row cannot be read", bucketHandover)
		case kind == rowGiven || kind == rowTaken || kind == rowSealed:
			if at, err := get(tx, bucketIDs, key[1:17]); err != nil || at == nil {
				r.add("", ProblemHandover, "%s: a row names an entry that is not there", bucketHandover)
			}
		}
		return ctx.Err()
	})
	if isDamaged(err) {
		r.add("", ProblemHandover, "%s cannot be read to its end: %v", bucketHandover, err)
		return nil
	}
	return err
}
