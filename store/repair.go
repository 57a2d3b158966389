package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// CauseSalvaged is the latest error of an item whose state was lost: whether its
// document was delivered is found by a look-up.
const CauseSalvaged = "salvaged"

// CauseBodyLost is the latest error of an item whose body was lost: a person must
// write it again.
const CauseBodyLost = "body_lost"

// Salvaged tells what became of the journal's file when it was opened; nil when
// nothing was the matter.
func (j *Journal) Salvaged() *Salvaged { return j.salvaged }

// repair builds what a salvaged file lacks: indexes, counts, items whose state was
// lost. It lists what cannot be built. Until it is done the file says that it is to
// be done, and doing it again does no harm.
func (j *Journal) repair(ctx context.Context) error {
	const step = 64
	last := j.salvaged.Entries
	for from := uint64(1); from <= max(last, 1); from += step {
		err := j.repairStep(ctx, func(t *writeTx, s *Salvaged) error {
			if from == 1 {
				t.head.States = counts{}
				t.dirty = true
			}
			for seq := from; seq < from+step && seq <= last; seq++ {
				if err := j.repairEntry(t, seq, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := j.repairKept(ctx); err != nil {
		return err
	}
	if err := j.rememberSalvage(); err != nil {
		return err
	}
	j.log.Error("journal was damaged and salvaged", "kept", j.salvaged.Kept, "entries", last, "lost", len(j.salvaged.Lost),
		"bodies", len(j.salvaged.Bodies), "states", len(j.salvaged.Items), "drafts", len(j.salvaged.Drafts), "photographs", len(j.salvaged.Photographs))
	return j.update(ctx, opRepair, 0, func(t *writeTx) error { return t.delete(bucketMeta, keySalvaged) })
}

const opRepair = "repair journal"

// repairStep repairs a part, and writes what it found to be lost in the same
// transaction: cut short, a repair that runs again lists that too.
func (j *Journal) repairStep(ctx context.Context, step func(*writeTx, *Salvaged) error) error {
	var s Salvaged
	err := j.update(ctx, opRepair, 0, func(t *writeTx) error {
		s = *j.salvaged
		for _, list := range s.lists() {
			*list = slices.Clone(*list)
		}
		if err := step(t, &s); err != nil {
			return err
		}
		for _, list := range s.lists() {
			*list = once(*list)
		}
		report, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return t.put(bucketMeta, keySalvaged, report)
	})
	if err == nil {
		*j.salvaged = s
	}
	return err
}

// lists are all that a report lists.
func (s *Salvaged) lists() []*[]string {
	return []*[]string{&s.Lost, &s.Bodies, &s.Items, &s.Drafts, &s.Photographs}
}

// once drops what a list says again.
func once(list []string) (out []string) {
	seen := map[string]bool{}
	for _, word := range list {
		if !seen[word] {
			seen[word] = true
			out = append(out, word)
		}
	}
	return out
}

func (j *Journal) repairEntry(t *writeTx, seq uint64, s *Salvaged) error {
	row, err := get(t.tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return err
	}
	item, itemErr := t.openItem(t.tx, seq)
	if itemErr != nil && !isDamaged(itemErr) {
		return itemErr
	}
	h, err := parseHeader(row)
	if row == nil || err != nil {
		s.Lost = append(s.Lost, lostName(seq, item))
		return t.forget(seq, item)
	}
	id := h.id.String()
	if err := t.put(bucketIDs, h.id[:], seqKey(seq)); err != nil {
		return err
	}
	o, err := t.openEntry(seq, row)
	if err != nil {
		if itemErr == nil { // purged, and so cleared
			return t.indexAgain(seq, item)
		}
		s.Items = append(s.Items, id)
		return nil
	}
	v := o.fact.Consultation
	who := t.person(v.Patient)
	for _, p := range who.pseudonyms {
		if err := t.put(bucketByPatient, patientKey(p, v.ActedAt, seq), nil); err != nil {
			return err
		}
	}
	if err := t.sawCard(who, v.Card, v.ActedAt); err != nil {
		return err
	}
	_, bodyErr := t.openBody(t.tx, o)
	if bodyErr == nil {
		bodyErr = t.verifyPhotographBytes(o)
	}
	now := stamp(j.now())
	if itemErr != nil || item.Entry != id {
		s.Items = append(s.Items, id)
		item = record.Item{
			Entry: id, State: record.InFlight, Epoch: 1 << 32, ActedAt: v.ActedAt, Deadline: v.Deadline(),
			DocumentID: o.fact.Submission.DocumentID, Attempts: 1, StartedAt: now, LastError: CauseSalvaged,
			Kind: o.itemKind(),
		}
		if of := o.fact.Replaces; of != nil {
			item.Replaces, item.Instead = of.Entry, of.Instead
		}
	}
	if bodyErr != nil {
		s.Bodies = append(s.Bodies, id)
		if item.State == record.Pending {
			item.State, item.LastError, item.NextAttempt = record.Attention, CauseBodyLost, time.Time{}
			item.Epoch++
		}
	}
	for n := 1; n <= item.Attempts; n++ {
		if !kept(n, item.Attempts) {
			n = item.Attempts - latestAttempts
			continue
		}
		if _, err := t.readAttempt(t.tx, seq, n); isDamaged(err) {
			err = t.putAttempt(seq, record.AttemptInfo{Number: n, Started: now, Ended: now, Outcome: string(record.OutcomeUnknown), Cause: CauseSalvaged})
			if err != nil {
				return err
			}
		}
	}
	if err := t.indexAgain(seq, item); err != nil {
		return err
	}
	return t.linkCorrected(o)
}

// linkCorrected has an item whose state was lost know its correction again. One that the
// recipient had refused, so that the correction is delivered instead, is not sent.
func (t *writeTx) linkCorrected(o *opened) error {
	if o.fact.Replaces == nil {
		return nil
	}
	seq, item, err := t.itemByID("repair journal", o.fact.Replaces.Entry)
	if isDamaged(err) || record.ReasonOf(err) == ReasonNoEntry {
		return nil // lost, and listed as such
	}
	if err != nil || item.CorrectedBy != "" {
		return err
	}
	if o.fact.Replaces.Instead && item.State == record.InFlight {
		old := item
		item.State, item.Epoch = record.Attention, item.Epoch+1
		if err := t.putItem(seq, &old, item); err != nil {
			return err
		}
	}
	return t.markCorrected(seq, item, o.id.String())
}

// indexAgain writes an item and its rows in indexes that are empty.
func (t *writeTx) indexAgain(seq uint64, item record.Item) error { return t.putItem(seq, nil, item) }

// verifyPhotographBytes checks the bytes of an entry that is a photograph.
func (t *writeTx) verifyPhotographBytes(o *opened) error {
	if o.fact.Of == nil {
		return nil
	}
	id, key, err := t.photoOwner(t.tx, o)
	if err != nil {
		return err
	}
	return t.checkPhoto(t.tx, id, key, o.fact.Of.Photograph)
}

// forget removes what is left of an entry that is gone.
func (t *writeTx) forget(seq uint64, item record.Item) error {
	rows := [][2][]byte{{bucketItems, itemKey(seq, 0)}}
	for n := 1; n <= item.Attempts && n <= firstAttempts+latestAttempts; n++ {
		rows = append(rows, [2][]byte{bucketItems, itemKey(seq, n)})
	}
	b, err := bucket(t.tx, bucketEntries)
	if err != nil {
		return err
	}
	cursor := b.Cursor()
	for k, _ := cursor.Seek(entryKey(seq, 0)); len(k) == 12 && string(k[:8]) == string(seqKey(seq)); k, _ = cursor.Next() {
		rows = append(rows, [2][]byte{bucketEntries, append([]byte(nil), k...)})
	}
	for _, r := range rows {
		if err := t.delete(r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

func lostName(seq uint64, item record.Item) string {
	if _, err := uuid.Parse(item.Entry); err == nil {
		return fmt.Sprintf("#%d %s", seq, item.Entry)
	}
	return name(seq)
}
