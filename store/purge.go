package store

import (
	"bytes"
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// A purge makes the content of delivered entries unrecoverable, in this file and in
// every copy of it that has no copy of the destroyed period keys. What is left of an
// entry is its header, which keeps the chain whole, and its item with the receipt.
//
// In order: what stays of the months concerned is wrapped under new period keys;
// what goes becomes a stub; keys that nothing needs any more are destroyed. Cut short
// at any point, a purge that runs again ends the work.

// PurgeOptions say what goes.
type PurgeOptions struct {
	// After is how long ago an entry, and with it all of its consultation, must have
	// been cleared.
	After time.Duration
	// DryRun only tells what would go.
	DryRun bool
}

// Purged is what a purge did, or would do.
type Purged struct {
	Entries []string `json:"entries"` // whose content is gone
	Kept    int      `json:"kept"`    // entries whose content stays
	Rewraps int      `json:"rewraps"` // of those, how many were given another period key
	Keys    []string `json:"keys"`    // period keys destroyed: month and identifier
	// Backups still hold what was purged, until they are destroyed.
	Backups []BackupInfo `json:"backups"`
}

// purgePlan is what there is to do.
type purgePlan struct {
	gone    []uint64
	ids     []string
	periods map[periodID]bool // under which something goes
	kept    int
}

// Purge destroys the content of entries that were cleared long enough ago. An entry
// that is not cleared, or one of whose siblings is not, never goes. It returns when
// that is on disk. The file itself gets smaller with [Journal.Compact] only.
func (j *Journal) Purge(ctx context.Context, o PurgeOptions) (Purged, error) {
	const op = "purge journal"
	var out Purged
	// A backup must find the period keys of what it copied.
	j.keeping.Lock()
	defer j.keeping.Unlock()
	plan, err := j.planPurge(ctx, j.now().Add(-o.After))
	if err != nil {
		return out, err
	}
	out.Entries, out.Kept = plan.ids, plan.kept
	if out.Backups, err = j.backupsOf(ctx, plan.periods); err != nil {
		return out, err
	}
	if o.DryRun {
		for _, key := range j.codec.periods.all() {
			if plan.periods[key.id] {
				out.Keys = append(out.Keys, key.month+" "+key.id.String())
			}
		}
		return out, nil
	}
	stays, err := j.periodsThatStay(ctx, plan)
	if err != nil {
		return out, err
	}
	renewed := map[string]*periodKey{}
	for _, key := range j.codec.periods.all() {
		// New entries of this month are wrapped under the new key from here on.
		if plan.periods[key.id] && stays[key.id] && renewed[key.month] == nil {
			if renewed[key.month], err = j.codec.periods.renew(key.month); err != nil {
				return out, err
			}
		}
	}
	if err := j.stub(ctx, plan); err != nil {
		return out, err
	}
	if out.Rewraps, err = j.rewrap(ctx, plan.periods, renewed); err != nil {
		return out, err
	}
	err = j.exclusively(ctx, op, func() error {
		out.Keys, err = j.destroyUnused()
		return err
	})
	return out, err
}

// planPurge finds what may go: consultations that are cleared since before the
// limit, all of their photographs included.
func (j *Journal) planPurge(ctx context.Context, limit time.Time) (purgePlan, error) {
	const op = "plan purge"
	plan := purgePlan{periods: map[periodID]bool{}}
	var last uint64
	err := j.view(ctx, op, func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		last = h.Seq
		return err
	})
	if err != nil {
		return plan, err
	}
	for from := uint64(1); from <= last; from += chunk {
		err := j.view(ctx, op, func(tx *snapshot) error {
			for seq := from; seq < from+chunk && seq <= last; seq++ {
				if err := j.planEntry(tx, seq, limit, &plan); err != nil && !isDamaged(err) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// planEntry looks at a consultation; its photographs go with it. What cannot be read
// stays as it is.
func (j *Journal) planEntry(tx *snapshot, seq uint64, limit time.Time, plan *purgePlan) error {
	c := j.codec
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return err
	}
	h, err := parseHeader(row)
	if err != nil {
		plan.kept++
		return err
	}
	if h.purged() || h.kind == kindPhotograph && !j.orphaned(tx, seq, row) {
		return nil
	}
	plan.kept++
	o, err := c.openEntry(seq, row)
	if err != nil {
		return err
	}
	type one struct {
		seq    uint64
		id     string
		period periodID
	}
	family := []one{{seq, o.id.String(), slotPeriod(h.slot)}}
	for _, p := range o.fact.Photographs {
		at, err := c.seqOf(tx, "plan purge", p.Entry)
		if err != nil {
			return err
		}
		row, err := get(tx, bucketEntries, entryKey(at, 0))
		if err != nil {
			return err
		}
		ph, err := parseHeader(row)
		if err != nil {
			return err
		}
		plan.kept++
		if !ph.purged() {
			family = append(family, one{at, p.Entry, slotPeriod(ph.slot)})
		}
	}
	for _, e := range family {
		item, err := c.openItem(tx, e.seq)
		if err != nil {
			return err
		}
		if item.State != record.Cleared || item.Receipt.Empty() || item.Receipt.At.After(limit) {
			return nil
		}
	}
	for _, e := range family {
		plan.gone, plan.ids = append(plan.gone, e.seq), append(plan.ids, e.id)
		plan.periods[e.period] = true
		plan.kept--
	}
	return nil
}

// orphaned reports whether a photograph was left behind by a purge that was cut
// short, its consultation being gone.
func (j *Journal) orphaned(tx *snapshot, seq uint64, row []byte) bool {
	o, err := j.codec.openEntry(seq, row)
	if err != nil || o.fact.Of == nil {
		return false
	}
	at, err := j.codec.seqOf(tx, "plan purge", o.fact.Of.Entry)
	if err != nil {
		return false
	}
	_, _, err = j.codec.dataKey(tx, at)
	return isPurged(err)
}

// stub turns entries into stubs.
func (j *Journal) stub(ctx context.Context, plan purgePlan) error {
	for len(plan.gone) > 0 {
		n := min(len(plan.gone), chunk)
		err := j.update(ctx, "purge entries", 0, func(t *writeTx) error {
			// Photographs follow their consultation: their owner goes last.
			for i := n - 1; i >= 0; i-- {
				if err := t.stubEntry(plan.gone[i], stamp(j.now())); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		plan.gone = plan.gone[n:]
	}
	return nil
}

// stubEntry leaves an entry's header and its item, and nothing by which it could be
// found under a patient.
func (t *writeTx) stubEntry(seq uint64, now time.Time) error {
	row, err := get(t.tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return err
	}
	o, err := t.openEntry(seq, row)
	if isPurged(err) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := t.itemRow(t.tx, seq)
	if err != nil {
		return err
	}
	if r.State != record.Cleared {
		return conflict("purge entry", ReasonWrongState)
	}
	stub := append(bytes.Clone(row[:headerSize]), keeperPurged)
	v := o.fact.Consultation
	for _, p := range t.pseudonyms(v.Patient) {
		if err := t.delete(bucketByPatient, patientKey(p, v.ActedAt, seq)); err != nil {
			return err
		}
	}
	for n := range chunks(o.fact.Submission.BodySize) {
		if err := t.delete(bucketEntries, entryKey(seq, n+1)); err != nil {
			return err
		}
	}
	if o.kind == kindConsultation {
		if err := t.deletePrefix(bucketPhotos, o.id[:]); err != nil {
			return err
		}
	}
	if err := t.deletePrefix(bucketHandover, append([]byte{rowSealed}, o.id[:]...)); err != nil {
		return err
	}
	r.LastError, r.Words, r.PurgedAt = "", nil, now
	text, err := t.sealRow(r, "item", itemKey(seq, 0))
	if err != nil {
		return err
	}
	if err := t.put(bucketItems, itemKey(seq, 0), text); err != nil {
		return err
	}
	return t.put(bucketEntries, entryKey(seq, 0), stub)
}

// all returns the keys, in the order of the file.
func (p *periods) all() []*periodKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*periodKey(nil), p.list...)
}

// infoAt is a line of the list, of purged entries too.
func (c codec) infoAt(tx *snapshot, seq uint64) (EntryInfo, error) {
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return EntryInfo{}, err
	}
	o, err := c.openEntry(seq, row)
	if err == nil {
		return c.info(tx, o)
	}
	if !isPurged(err) {
		return EntryInfo{}, err
	}
	h, err := parseHeader(row)
	if err != nil {
		return EntryInfo{}, err
	}
	r, err := c.itemRow(tx, seq)
	if err != nil {
		return EntryInfo{}, err
	}
	if r.Entry != h.id.String() || r.PurgedAt.IsZero() {
		return EntryInfo{}, damaged("read item", errShape)
	}
	return EntryInfo{
		ID: r.Entry, Seq: seq, ActedAt: r.ActedAt, Item: r.item(), Purged: r.PurgedAt,
		Kind: kindNames[h.kind], Photograph: h.kind == kindPhotograph,
	}, nil
}

// verifyPurged checks what is left of a purged entry: that it was cleared, and that
// the journal itself says so.
func (j *Journal) verifyPurged(tx *snapshot, r *Report, seq uint64, h entryHeader) error {
	id := h.id.String()
	found, err := get(tx, bucketIDs, h.id[:])
	if err != nil {
		return err
	}
	if !bytes.Equal(found, seqKey(seq)) {
		r.add(id, ProblemIndex, "the index by identifier does not lead to it")
	}
	row, err := j.codec.itemRow(tx, seq)
	switch {
	case err != nil:
		r.add(id, ProblemItem, "%v", err)
		return nil
	case row.Entry != id:
		r.add(id, ProblemItem, "the item is not about this entry")
	case row.PurgedAt.IsZero() || row.State != record.Cleared || row.Receipt.Empty():
		r.add(id, ProblemPurge, "the content is gone, and the journal does not say that it was purged")
	}
	j.verifyItem(tx, r, id, seq, row.item())
	return nil
}
