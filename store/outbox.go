package store

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// maxWords bounds what is kept of a recipient's own words.
const maxWords = 500

// move makes one transition: a compare-and-swap on state and epoch of the item
// that the caller saw. apply changes a copy of the item as stored.
func (j *Journal) move(ctx context.Context, op string, seen record.Item, from record.DeliveryState,
	apply func(t *writeTx, seq uint64, item *record.Item) error) (record.Item, error) {
	var out record.Item
	err := j.update(ctx, op, 0, func(t *writeTx) error {
		seq, old, err := t.itemByID(op, seen.Entry)
		if err != nil {
			return err
		}
		switch {
		case old.State != seen.State || old.Epoch != seen.Epoch:
			return conflict(op, ReasonStaleItem)
		case old.State != from:
			return conflict(op, ReasonWrongState)
		}
		item := old
		item.Epoch++
		if err := apply(t, seq, &item); err != nil {
			return err
		}
		item.Waits = item.Waits && item.State != record.Cleared
		out = item
		return t.putItem(seq, &old, item)
	})
	if err != nil {
		return record.Item{}, err
	}
	return out, nil
}

func (t *writeTx) itemByID(op, entry string) (uint64, record.Item, error) {
	seq, err := t.seqOf(t.tx, op, entry)
	if err != nil {
		return 0, record.Item{}, err
	}
	item, err := t.openItem(t.tx, seq)
	if err != nil {
		return 0, record.Item{}, err
	}
	if item.Entry != entry {
		return 0, record.Item{}, damaged(op, errShape) // the index led elsewhere
	}
	return seq, item, nil
}

// Begin says that an attempt starts: pending to in flight, on disk before it
// returns, so that a request which may have left is never forgotten. It counts
// the attempt.
func (j *Journal) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	const op = "begin attempt"
	return j.move(ctx, op, item, record.Pending, func(t *writeTx, seq uint64, i *record.Item) error {
		if i.Waits {
			return conflict(op, ReasonWrongState)
		}
		i.State, i.StartedAt, i.NextAttempt = record.InFlight, stamp(at), time.Time{}
		i.Attempts++
		return t.openAttempt(seq, i.Attempts, i.StartedAt)
	})
}

// Clear says that the recipient holds the document: in flight to cleared, which is
// the end of it. There is no clearance without a receipt.
func (j *Journal) Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error) {
	const op = "clear entry"
	if r.Empty() {
		return record.Item{}, invalid(op, ReasonNoReceipt, "nothing is cleared without a receipt")
	}
	r.At = stamp(r.At)
	return j.move(ctx, op, item, record.InFlight, func(t *writeTx, seq uint64, i *record.Item) error {
		i.State, i.Receipt = record.Cleared, r
		if err := t.closeAttempt(seq, i, r.At, attemptCleared, ""); err != nil {
			return err
		}
		return t.settle(*i)
	})
}

// Retry says that an attempt failed without effect: in flight to pending, not
// before next. at is when the attempt ended.
func (j *Journal) Retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, error) {
	return j.move(ctx, "retry entry", item, record.InFlight, func(t *writeTx, seq uint64, i *record.Item) error {
		i.State, i.NextAttempt, i.LastError = record.Pending, stamp(next), cut(cause)
		return t.closeAttempt(seq, i, stamp(at), string(record.OutcomeUnavailable), i.LastError)
	})
}

// Unknown says that an attempt ended and nobody knows with what effect. The item
// stays in flight until a look-up tells.
func (j *Journal) Unknown(ctx context.Context, item record.Item, at time.Time, cause string) (record.Item, error) {
	return j.move(ctx, "note unknown outcome", item, record.InFlight, func(t *writeTx, seq uint64, i *record.Item) error {
		i.LastError = cut(cause)
		return t.closeAttempt(seq, i, stamp(at), string(record.OutcomeUnknown), i.LastError)
	})
}

// Hold says that a person must look at the item: in flight to attention. The
// recipient's own words, where it gave any, are kept as the latest error.
func (j *Journal) Hold(ctx context.Context, item record.Item, at time.Time, cause, words string) (record.Item, error) {
	return j.move(ctx, "hold entry", item, record.InFlight, func(t *writeTx, seq uint64, i *record.Item) error {
		i.State, i.LastError = record.Attention, cut(words)
		if words == "" {
			i.LastError = cut(cause)
		}
		return t.closeAttempt(seq, i, stamp(at), string(record.OutcomeRefused), cut(cause))
	})
}

// Requeue says that a person looked: attention to pending, due at once. What a
// correction is delivered instead of stays: a conflict "corrected".
func (j *Journal) Requeue(ctx context.Context, item record.Item) (record.Item, error) {
	const op = "requeue entry"
	return j.move(ctx, op, item, record.Attention, func(t *writeTx, _ uint64, i *record.Item) error {
		given, err := t.givenUpFor(*i)
		if err != nil {
			return err
		}
		if given {
			return conflict(op, ReasonCorrected)
		}
		i.State, i.NextAttempt = record.Pending, time.Time{}
		return nil
	})
}

// CauseLostThere is the latest error of an item that the recipient has lost.
const CauseLostThere = "lost_there"

// maxFormer bounds how many receipts of before are kept.
const maxFormer = 10

// Recover says that the recipient no longer holds what it has receipted: cleared to in
// flight, so that it is looked up once more before the same bytes are sent again. The
// receipt is kept among the former ones. A purged entry has no bytes to send, and what
// was cleared by its correction was never there: conflicts "wrong_state".
func (j *Journal) Recover(ctx context.Context, item record.Item) (record.Item, error) {
	const op = "recover entry"
	return j.move(ctx, op, item, record.Cleared, func(t *writeTx, seq uint64, i *record.Item) error {
		r, err := t.itemRow(t.tx, seq)
		if err != nil {
			return err
		}
		if !r.PurgedAt.IsZero() || i.Receipt.Via == record.ViaCorrection {
			return conflict(op, ReasonWrongState)
		}
		i.Former = append(i.Former, i.Receipt)
		i.Former = i.Former[max(len(i.Former)-maxFormer, 0):]
		i.State, i.Receipt, i.LastError = record.InFlight, record.Receipt{}, CauseLostThere
		return nil
	})
}

// Contact notes when the recipient last answered anything at all.
func (j *Journal) Contact(ctx context.Context, at time.Time) error {
	return j.update(ctx, "note contact", 0, func(t *writeTx) error {
		t.head.Contact = stamp(at)
		t.dirty = true
		return nil
	})
}

// cut bounds s to what is kept, at the end of a character, and makes it text that
// reads back as it was written.
func cut(s string) string {
	if len(s) > maxWords {
		s = s[:maxWords]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, size := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && size == 1 {
			s = s[:len(s)-1]
		}
	}
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return s
}

func parseID(op, entry string) (uuid.UUID, error) {
	id, err := uuid.Parse(entry)
	if err != nil || id.String() != entry {
		return id, noEntry(op)
	}
	return id, nil
}
