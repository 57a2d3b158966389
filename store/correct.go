package store

import (
	"bytes"
	"context"

	"github.com/zoneblanche/zoneblanche/record"
)

// A correction is a note of its own that names the entry it replaces, which stays as it
// is. What the recipient is told depends on whether it holds the first one:
//
//   - It does, or may before long: the correction replaces that document, and nothing of
//     it leaves before the first one is cleared ([record.Item.Waits]).
//   - It refused it: the correction is delivered instead. When it is cleared, so is what
//     it stands for, whose receipt is then the correction's, via "correction".

// Correction names the entry that a correction replaces.
type Correction struct {
	// Of is the item of that entry, as the caller saw it when the submission was built.
	Of record.Item
	// Instead says that the recipient refused the entry, so that the correction's
	// submission replaces nothing there. Of's state is then attention.
	Instead bool
}

// Correct appends a correction and the frozen submission that delivers it, and returns
// when both are on disk. It is about the same person as what it replaces; a correction
// may be corrected, a photograph or an opening of a card may not.
//
// An entry has one correction. The same note again by the same author is that
// correction (duplicate is true); another one is a conflict "corrected": correct the
// correction. An item that has moved since it was read is a conflict "stale_item".
func (j *Journal) Correct(ctx context.Context, of Correction, c record.Consultation, s record.Submission) (entry string, duplicate bool, err error) {
	const op = "record correction"
	id, err := checkRecord(&c, s)
	if err != nil {
		return "", false, err
	}
	if of.Instead && of.Of.State != record.Attention {
		return "", false, conflict(op, ReasonWrongState)
	}
	made := j.newFact(c, s)
	made.Replaces = &corrected{Entry: of.Of.Entry, Instead: of.Instead}
	e, err := j.seal(kindCorrection, id, made, s)
	if err != nil {
		return "", false, err
	}
	defer clear(e.key)
	content := j.codec.contentHash(c)
	err = j.update(ctx, op, len(s.Body)+len(e.fact), func(t *writeTx) (err error) {
		entry, duplicate = id.String(), false
		first, err := t.entryByID(t.tx, of.Of.Entry)
		if err != nil {
			return err
		}
		seq, item, err := t.itemByID(op, of.Of.Entry)
		if err != nil {
			return err
		}
		if there := item.CorrectedBy; there != "" {
			o, err := t.entryByID(t.tx, there)
			if err == nil && bytes.Equal(t.contentHash(o.fact.Consultation), content) {
				entry, duplicate = there, true
				return nil
			}
			return conflict(op, ReasonCorrected)
		}
		switch {
		case first.kind != kindConsultation && first.kind != kindCorrection:
			return invalid(op, ReasonNotCorrectable, "only a note is corrected")
		case !c.Patient.Same(first.fact.Consultation.Patient):
			return invalid(op, ReasonConsultation, "the correction is about somebody else")
		case item.State != of.Of.State || item.Epoch != of.Of.Epoch:
			return conflict(op, ReasonStaleItem)
		}
		if taken, err := t.findTaken(op, id, kindCorrection, content); err != nil || taken {
			return orConflict(err, op)
		}
		if err := t.appendEntry(e, j.now()); err != nil {
			return err
		}
		return t.markCorrected(seq, item, entry)
	})
	if err != nil {
		return "", false, err
	}
	return entry, duplicate, nil
}

// orConflict is for an identifier that is taken although nothing was corrected by it.
func orConflict(err error, op string) error {
	if err == nil {
		err = conflict(op, ReasonEntryExists)
	}
	return err
}

// markCorrected notes in an item which entry corrects it. The item's epoch stays: the
// worker that is delivering it need not read it again.
func (t *writeTx) markCorrected(seq uint64, item record.Item, by string) error {
	marked := item
	marked.CorrectedBy = by
	return t.putItem(seq, &item, marked)
}

// waits reports whether the item of a correction has to wait for what it replaces. One
// that is lost is waited for no more: the recipient tells whether it holds it.
func (c codec) waits(tx *snapshot, r itemRow) bool {
	if r.Replaces == "" || r.Instead || r.State == record.Cleared {
		return false
	}
	seq, err := c.seqOf(tx, "read item", r.Replaces)
	if err != nil {
		return false
	}
	first, err := c.itemRow(tx, seq)
	return err == nil && first.State != record.Cleared
}

// settle clears what a correction was delivered instead of, in the transaction that
// clears the correction.
func (t *writeTx) settle(item record.Item) error {
	for item.Instead {
		seq, first, err := t.itemByID("clear entry", item.Replaces)
		if isDamaged(err) || record.ReasonOf(err) == ReasonNoEntry {
			return nil // what is lost keeps no correction from being cleared
		}
		if err != nil || first.State != record.Attention {
			return err
		}
		old := first
		first.Epoch++
		first.State, first.Receipt = record.Cleared, item.Receipt
		first.Receipt.Via = record.ViaCorrection
		if err := t.putItem(seq, &old, first); err != nil {
			return err
		}
		item = first
	}
	return nil
}

// givenUpFor reports whether a correction is delivered instead of an item, which then
// must not be sent any more.
func (t *writeTx) givenUpFor(item record.Item) (bool, error) {
	if item.CorrectedBy == "" {
		return false, nil
	}
	_, by, err := t.itemByID("requeue entry", item.CorrectedBy)
	if isDamaged(err) || record.ReasonOf(err) == ReasonNoEntry {
		return false, nil
	}
	return by.Instead, err
}

// verifyCorrection checks a correction and what it replaces against each other, from
// the side of o.
func (c codec) verifyCorrection(tx *snapshot, r *Report, o *opened, item record.Item) {
	id := o.id.String()
	if item.Kind != o.itemKind() {
		r.add(id, ProblemItem, "the item is of another kind than the entry")
	}
	var of corrected
	if o.fact.Replaces != nil {
		of = *o.fact.Replaces
	}
	if item.Replaces != of.Entry || item.Instead != of.Instead {
		r.add(id, ProblemCorrection, "entry and item do not replace the same")
	}
	linked := func(entry string, says func(record.Item) string) bool {
		seq, err := c.seqOf(tx, "read correction", entry)
		if err != nil {
			return false
		}
		row, err := c.itemRow(tx, seq)
		return err == nil && says(row.item()) == id
	}
	if of.Entry != "" && !linked(of.Entry, func(i record.Item) string { return i.CorrectedBy }) {
		r.add(id, ProblemCorrection, "what it replaces does not know of it")
	}
	if item.CorrectedBy != "" && !linked(item.CorrectedBy, func(i record.Item) string { return i.Replaces }) {
		r.add(id, ProblemCorrection, "what corrects it does not say so")
	}
}
