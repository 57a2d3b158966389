package store

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// A journal that was restored from a backup, or copied, does not know what the
// original delivered since. So each copy that is recognised starts a new epoch, in
// which everything that is not cleared begins with a look-up at the recipient.
//
// A copy is recognised by a mark that [Journal.Backup] leaves in the file, and by
// the place where the journal lives: machine and folder. An old journal.db put back
// into the same folder by hand has neither; only a head that somebody else holds
// shows that ([Journal.CheckHead]).

// place names where the journal lives, without telling it.
func (j *Journal) place(k *keys) string {
	if j.placeName != "" {
		return j.placeName
	}
	dir, err := filepath.Abs(j.dir)
	if err != nil {
		dir = j.dir
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return hex.EncodeToString(keyed(k.content, "place", machineID(), dir))
}

// settle makes what was opened ready for work: it clears what interrupted writes
// left, and starts a new epoch when this is a copy. It runs before the journal is
// used.
func (j *Journal) settle() error {
	sweepTemporaries(j.dir, j.now())
	ctx := context.Background()
	if err := j.collectUploads(ctx); err != nil {
		return err
	}
	here := j.place(j.codec.keys)
	if j.identity.Place == here && !j.identity.Copy {
		return nil
	}
	j.log.Warn("journal was restored or copied: it starts a new epoch")
	if err := j.lookUpFirst(ctx); err != nil {
		return err
	}
	return j.settleAt(ctx, here, j.identity.Epoch+1)
}

// settleAt writes where the journal lives.
func (j *Journal) settleAt(ctx context.Context, place string, epoch uint64) error {
	id := j.identity
	id.Place, id.Epoch, id.Copy = place, epoch, false
	err := j.update(ctx, "settle journal", 0, func(t *writeTx) error {
		row, err := sealIdentity(t.keys, id)
		if err != nil {
			return err
		}
		return t.put(bucketMeta, keyJournal, row)
	})
	if err == nil {
		j.identity = id
	}
	return err
}

// Epoch counts how often the journal was restored or copied.
func (j *Journal) Epoch() uint64 { return j.identity.Epoch }

// CauseRestored is the cause of attempts that a new epoch began.
const CauseRestored = "restored"

// lookUpFirst puts everything that is owed in flight, as an attempt whose outcome is
// not known: what is done next is a look-up. It may be interrupted and begun again.
func (j *Journal) lookUpFirst(ctx context.Context) error {
	const op = "start epoch"
	var last []byte
	for {
		var seqs []uint64
		err := j.view(ctx, op, func(tx *snapshot) error {
			b, err := bucket(tx, bucketByDeadline)
			if err != nil {
				return err
			}
			cursor := b.Cursor()
			k, _ := cursor.Seek(last)
			for ; k != nil && len(seqs) < chunk; k, _ = cursor.Next() {
				if seq, ok := keySeq(k); ok {
					seqs = append(seqs, seq)
				}
				last = append(append(last[:0], k...), 0)
			}
			return nil
		})
		if err != nil || len(seqs) == 0 {
			return err
		}
		err = j.update(ctx, op, 0, func(t *writeTx) error {
			for _, seq := range seqs {
				if err := t.lookUpFirst(seq, stamp(j.now())); err != nil && !isDamaged(err) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (t *writeTx) lookUpFirst(seq uint64, now time.Time) error {
	old, err := t.openItem(t.tx, seq)
	if err != nil || old.State != record.Pending && old.State != record.Attention {
		return err
	}
	if given, err := t.givenUpFor(old); err != nil || given {
		return err
	}
	item := old
	if item.LastError == "" {
		item.LastError = CauseRestored
	}
	return t.doubt(seq, &old, item, now, CauseRestored)
}

// doubt puts an item in flight, as an attempt that began at that time and whose
// outcome is not known: what is done next for it is a look-up. old is nil for a new
// item.
func (t *writeTx) doubt(seq uint64, old *record.Item, item record.Item, began time.Time, cause string) error {
	item.Epoch++
	item.State, item.StartedAt, item.NextAttempt = record.InFlight, began, time.Time{}
	item.Attempts++
	if err := t.openAttempt(seq, item.Attempts, began); err != nil {
		return err
	}
	if err := t.closeAttempt(seq, &item, began, string(record.OutcomeUnknown), cause); err != nil {
		return err
	}
	return t.putItem(seq, old, item)
}
