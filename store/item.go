package store

import (
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// itemRow is how an item is written. Its receipt is in it, so that a cleared item
// never stands without one.
type itemRow struct {
	Entry       string               `json:"entry"`
	State       record.DeliveryState `json:"state"`
	Epoch       uint64               `json:"epoch"`
	ActedAt     time.Time            `json:"acted_at"`
	Deadline    time.Time            `json:"deadline"`
	DocumentID  string               `json:"document_id"`
	Attempts    int                  `json:"attempts,omitempty"`
	StartedAt   time.Time            `json:"started_at,omitzero"`
	NextAttempt time.Time            `json:"next_attempt,omitzero"`
	LastError   string               `json:"last_error,omitempty"`
	Receipt     record.Receipt       `json:"receipt,omitzero"`
	Words       []byte               `json:"words,omitempty"` // the latest error, when it is the recipient's, sealed
	PurgedAt    time.Time            `json:"purged_at,omitzero"`

	Kind        byte   `json:"kind,omitempty"` // as in the entry's header; 0 in rows of before there were four
	Replaces    string `json:"replaces,omitempty"`
	Instead     bool   `json:"instead,omitempty"`
	CorrectedBy string `json:"corrected_by,omitempty"`

	Former []record.Receipt `json:"former_receipts,omitempty"`
}

func (r itemRow) item() record.Item {
	return record.Item{
		Entry: r.Entry, State: r.State, Epoch: r.Epoch, ActedAt: r.ActedAt, Deadline: r.Deadline,
		DocumentID: r.DocumentID, Attempts: r.Attempts, StartedAt: r.StartedAt, NextAttempt: r.NextAttempt,
		LastError: r.LastError, Receipt: r.Receipt,
		Kind: kindNames[r.Kind], Replaces: r.Replaces, Instead: r.Instead, CorrectedBy: r.CorrectedBy,
		Former: r.Former,
	}
}

func kindByte(kind record.EntryKind) byte {
	for b, name := range kindNames {
		if name == kind {
			return b
		}
	}
	return 0
}

func rowOfItem(i record.Item) itemRow {
	return itemRow{
		Entry: i.Entry, State: i.State, Epoch: i.Epoch, ActedAt: i.ActedAt, Deadline: i.Deadline,
		DocumentID: i.DocumentID, Attempts: i.Attempts, StartedAt: i.StartedAt, NextAttempt: i.NextAttempt,
		LastError: i.LastError, Receipt: i.Receipt,
		Kind: kindByte(i.Kind), Replaces: i.Replaces, Instead: i.Instead, CorrectedBy: i.CorrectedBy,
		Former: i.Former,
	}
}

// itemRow reads an item as it is written.
func (c codec) itemRow(tx *snapshot, seq uint64) (r itemRow, err error) {
	row, err := get(tx, bucketItems, itemKey(seq, 0))
	if err != nil {
		return r, err
	}
	if row == nil {
		return r, damaged("read item", errShape)
	}
	return r, c.openRow(row, &r, "item", itemKey(seq, 0))
}

func (c codec) openItem(tx *snapshot, seq uint64) (record.Item, error) {
	r, err := c.itemRow(tx, seq)
	if err != nil {
		return record.Item{}, err
	}
	c.openWords(tx, seq, &r)
	if r.Kind == 0 {
		r.Kind = c.kindAt(tx, seq)
	}
	item := r.item()
	item.Waits = c.waits(tx, r)
	return item, nil
}

// kindAt reads the kind of an entry from its header; 0 when that cannot be read.
func (c codec) kindAt(tx *snapshot, seq uint64) byte {
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return 0
	}
	h, err := parseHeader(row)
	if err != nil {
		return 0
	}
	return h.kind
}

// owed reports whether an item is in the index by deadline.
func owed(s record.DeliveryState) bool { return s != record.Cleared }

// putItem writes an item and moves it between indexes and counts; old is nil for
// a new one.
func (t *writeTx) putItem(seq uint64, old *record.Item, item record.Item) error {
	r := rowOfItem(item)
	if err := t.sealWords(t.tx, seq, &r, old); err != nil {
		return err
	}
	row, err := t.sealRow(r, "item", itemKey(seq, 0))
	if err != nil {
		return err
	}
	if old != nil {
		if err := t.unindex(seq, *old); err != nil {
			return err
		}
	}
	if err := t.put(bucketItems, itemKey(seq, 0), row); err != nil {
		return err
	}
	if owed(item.State) {
		if err := t.put(bucketByDeadline, timeSeqKey(item.Deadline, seq), nil); err != nil {
			return err
		}
	}
	if item.State == record.Pending {
		if err := t.put(bucketByNext, timeSeqKey(item.NextAttempt, seq), nil); err != nil {
			return err
		}
	}
	t.tally(item, 1)
	return nil
}

func (t *writeTx) unindex(seq uint64, item record.Item) error {
	if owed(item.State) {
		if err := t.delete(bucketByDeadline, timeSeqKey(item.Deadline, seq)); err != nil {
			return err
		}
	}
	if item.State == record.Pending {
		if err := t.delete(bucketByNext, timeSeqKey(item.NextAttempt, seq)); err != nil {
			return err
		}
	}
	t.tally(item, -1)
	return nil
}

func (t *writeTx) tally(item record.Item, by int) { t.head.States.add(item, by) }

func (c *counts) add(item record.Item, by int) {
	if n := c.of(item.State); n != nil {
		*n += by
	}
	if item.State == record.Cleared && item.Late(time.Time{}) {
		c.Late += by
	}
}

// Attempts are kept one row each, beside their item: the first firstAttempts and the latest
// latestAttempts, so that a line that is down for weeks fills no disk while the
// beginning of the story stays. The item's count stays exact.
const (
	firstAttempts  = 50
	latestAttempts = 50
)

// kept reports whether attempt n of count is still there.
func kept(n, count int) bool { return n <= firstAttempts || n > count-latestAttempts }

func (t *writeTx) putAttempt(seq uint64, a record.AttemptInfo) error {
	key := itemKey(seq, a.Number)
	row, err := t.sealRow(a, "attempt", key)
	if err != nil {
		return err
	}
	return t.put(bucketItems, key, row)
}

// openAttempt begins the record of an attempt and lets go of the one that is
// neither among the first nor among the latest any more.
func (t *writeTx) openAttempt(seq uint64, number int, at time.Time) error {
	if gone := number - latestAttempts; gone > firstAttempts {
		if err := t.delete(bucketItems, itemKey(seq, gone)); err != nil {
			return err
		}
	}
	return t.putAttempt(seq, record.AttemptInfo{Number: number, Started: at})
}

// closeAttempt writes how the latest attempt ended. One that ended without an
// answer keeps its end; only a receipt found later changes its outcome.
//
// A row that cannot be read is written anew: a spoilt history must not keep an
// entry from being cleared.
func (t *writeTx) closeAttempt(seq uint64, item *record.Item, at time.Time, outcome, cause string) error {
	a, err := t.readAttempt(t.tx, seq, item.Attempts)
	if isDamaged(err) {
		a = record.AttemptInfo{Number: item.Attempts, Started: item.StartedAt}
	} else if err != nil {
		return err
	}
	switch {
	case a.Outcome == "":
		a.Ended, a.Outcome, a.Cause = at, outcome, cause
	case outcome == attemptCleared:
		a.Outcome = outcome
	default:
		return nil
	}
	return t.putAttempt(seq, a)
}

// attemptCleared is the outcome of the attempt that worked.
const attemptCleared = "cleared"

func (c codec) readAttempt(tx *snapshot, seq uint64, number int) (record.AttemptInfo, error) {
	var a record.AttemptInfo
	key := itemKey(seq, number)
	row, err := get(tx, bucketItems, key)
	if err != nil {
		return a, err
	}
	return a, c.openRow(row, &a, "attempt", key)
}
