package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/zoneblanche/zoneblanche/record"
)

// Report is what [Journal.Verify] found.
type Report struct {
	Entries  uint64    // how many entries the journal says it has
	Head     []byte    // the hash of the last one
	Problems []Problem // none: everything is as it was written
}

// maxReported bounds the list; a file in ruins would fill memory with complaints.
const maxReported = 10000

func (r *Report) add(entry string, code ProblemCode, format string, a ...any) {
	if len(r.Problems) < maxReported {
		r.Problems = append(r.Problems, Problem{entry, code, fmt.Sprintf(format, a...)})
	}
}

// Verify checks the whole journal: bbolt's pages, the chain from the first entry
// to the head, every decryption, every item against its entry and its attempts,
// the indexes in both directions, and the counts. It goes on after each problem;
// the error is about not being able to look. Changes may be made meanwhile, but
// wait while pages are checked.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	const op = "verify journal"
	var r Report
	unsafe := false // bbolt must not follow its pages
	err := j.exclusively(ctx, op, func() error {
		p, err := checkPages(j.path(), j.openFile)
		unsafe = p.fatal(true)
		// What was there at first may have been written over since, with its traces.
		all := p.all()
		for _, fault := range j.faults {
			if !slices.Contains(all, fault) {
				all = append(all, fault)
			}
		}
		for _, found := range all {
			r.add("", found.Code, "%s", found.What)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	if unsafe {
		return r, nil
	}
	var h head
	err = j.view(ctx, op, func(tx *snapshot) (err error) {
		h, err = j.codec.readHead(tx)
		return err
	})
	if err != nil && !isDamaged(err) {
		return r, err
	}
	if err != nil {
		r.add("", ProblemHead, "the head cannot be read: %v", err)
		return r, nil
	}
	r.Entries, r.Head = h.Seq, h.Hash
	if err := j.verifyChain(ctx, &r, h); err != nil {
		return r, err
	}
	for _, index := range reverseIndexes {
		if err := j.verifyRows(ctx, &r, index, h.Seq); err != nil {
			return r, err
		}
	}
	if err := j.verifyNewest(ctx, &r); err != nil {
		return r, err
	}
	if err := j.verifyKept(ctx, &r); err != nil {
		return r, err
	}
	if err := j.verifyHandover(ctx, &r); err != nil {
		return r, err
	}
	return r, j.verifyCounts(ctx, &r)
}

// verifyChain checks entries one after the other, each in a transaction of its own.
func (j *Journal) verifyChain(ctx context.Context, r *Report, h head) error {
	previous := j.codec.genesis()
	for seq := uint64(1); seq <= h.Seq; seq++ {
		var hash []byte
		err := j.view(ctx, "verify entry", func(tx *snapshot) (err error) {
			hash, err = j.verifyEntry(tx, r, seq, previous)
			return err
		})
		if err != nil && !isDamaged(err) {
			return err
		}
		if err != nil {
			r.add(name(seq), ProblemEntry, "%v", err)
		}
		previous = hash
	}
	if previous != nil && !bytes.Equal(previous, h.Hash) {
		r.add("", ProblemChain, "the last entry is not the one that the head names")
	}
	return nil
}

func name(seq uint64) string { return "#" + strconv.FormatUint(seq, 10) }

// verifyEntry checks all that belongs to one entry. It returns the entry's hash,
// nil when there is no entry to hash; previous is nil after such a gap.
func (j *Journal) verifyEntry(tx *snapshot, r *Report, seq uint64, previous []byte) (hash []byte, err error) {
	c := j.codec
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return nil, err
	}
	if row == nil {
		r.add(name(seq), ProblemMissing, "the entry is missing")
		return nil, nil
	}
	hash = c.hash(seq, row)
	h, err := parseHeader(row)
	if err == nil && previous != nil && !bytes.Equal(h.previous, previous) {
		r.add(name(seq), ProblemChain, "the entry does not follow the one before it")
	}
	if err == nil && h.purged() {
		return hash, j.verifyPurged(tx, r, seq, h)
	}
	o, err := c.openEntry(seq, row)
	if err != nil {
		return hash, err
	}
	id, v := o.id.String(), o.fact.Consultation

	if _, err := c.openBody(tx, o); err != nil {
		r.add(id, ProblemBody, "%v", err)
	}
	if err := c.verifyPhotograph(tx, o); err != nil {
		r.add(id, ProblemPhotograph, "%v", err)
	}
	if found, err := get(tx, bucketIDs, o.id[:]); err != nil {
		return hash, err
	} else if !bytes.Equal(found, seqKey(seq)) {
		r.add(id, ProblemIndex, "the index by identifier does not lead to it")
	}
	var want []indexRow
	for _, p := range c.pseudonyms(v.Patient) {
		want = append(want, indexRow{bucketByPatient, patientKey(p, v.ActedAt, seq), nil})
	}
	if err := c.remembers(tx, v); err != nil {
		r.add(id, ProblemNewest, "%v", err)
	}
	item, err := c.openItem(tx, seq)
	if err != nil {
		r.add(id, ProblemItem, "%v", err)
	} else {
		if item.Entry != id || !item.ActedAt.Equal(v.ActedAt) || !item.Deadline.Equal(v.Deadline()) ||
			item.DocumentID != o.fact.Submission.DocumentID {
			r.add(id, ProblemItem, "the item is not about this entry")
		}
		c.verifyCorrection(tx, r, o, item)
		want = append(want, itemRows(seq, item)...)
		j.verifyItem(tx, r, id, seq, item)
	}
	for _, w := range want {
		found, err := get(tx, w.bucket, w.key)
		if err != nil {
			return hash, err
		}
		if found == nil || !bytes.Equal(found, w.value) {
			r.add(id, ProblemIndex, "it is missing in the index %s", w.bucket)
		}
	}
	return hash, nil
}

// indexRow is a row that must be in an index.
type indexRow struct{ bucket, key, value []byte }

// itemRows are the rows that an item has in indexes.
func itemRows(seq uint64, item record.Item) (rows []indexRow) {
	if owed(item.State) {
		rows = append(rows, indexRow{bucketByDeadline, timeSeqKey(item.Deadline, seq), nil})
	}
	if item.State == record.Pending {
		rows = append(rows, indexRow{bucketByNext, timeSeqKey(item.NextAttempt, seq), nil})
	}
	return rows
}

// verifyItem checks an item's state against its receipt and its attempts.
func (j *Journal) verifyItem(tx *snapshot, r *Report, id string, seq uint64, item record.Item) {
	if new(counts).of(item.State) == nil {
		r.add(id, ProblemItem, "the item has a state that does not exist")
	}
	if (item.State == record.Cleared) != !item.Receipt.Empty() {
		r.add(id, ProblemReceipt, "clearance and receipt do not go together")
	}
	for n := 1; n <= item.Attempts; n++ {
		if !kept(n, item.Attempts) {
			n = item.Attempts - latestAttempts
			continue
		}
		a, err := j.codec.readAttempt(tx, seq, n)
		switch {
		case err != nil:
			r.add(id, ProblemAttempt, "attempt %d: %v", n, err)
		case a.Number != n:
			r.add(id, ProblemAttempt, "attempt %d is not in its place", n)
		}
	}
}

// reverseIndex says how a row of a bucket is checked against what it belongs to.
// belongs returns false when there is no such thing.
type reverseIndex struct {
	bucket  []byte
	belongs func(c codec, tx *snapshot, k, v []byte, seq uint64) (bool, error)
	// leading is the size of a key that begins with the sequence; 0 where the
	// sequence ends the key.
	leading int
}

func rowOf(b []byte) func(codec, *snapshot, []byte, []byte, uint64) (bool, error) {
	return func(c codec, tx *snapshot, k, _ []byte, seq uint64) (bool, error) {
		item, err := c.openItem(tx, seq)
		for _, row := range itemRows(seq, item) {
			if bytes.Equal(row.bucket, b) && bytes.Equal(row.key, k) {
				return true, err
			}
		}
		return false, err
	}
}

var reverseIndexes = []reverseIndex{
	{bucket: bucketEntries, leading: 12, belongs: func(c codec, tx *snapshot, k, _ []byte, seq uint64) (bool, error) {
		n := int(binary.BigEndian.Uint32(k[8:]))
		if n == 0 {
			return true, nil // checked from its side
		}
		o, err := c.entryAt(tx, seq)
		return err == nil && n <= chunks(o.fact.Submission.BodySize), err
	}},
	{bucket: bucketItems, leading: 16, belongs: func(c codec, tx *snapshot, k, _ []byte, seq uint64) (bool, error) {
		n, _ := keySeq(k)
		if n == 0 {
			return true, nil // checked from its side
		}
		item, err := c.openItem(tx, seq)
		return n <= uint64(item.Attempts) && kept(int(n), item.Attempts), err
	}},
	{bucket: bucketByDeadline, belongs: rowOf(bucketByDeadline)},
	{bucket: bucketByNext, belongs: rowOf(bucketByNext)},
	{bucket: bucketIDs, belongs: func(c codec, tx *snapshot, k, v []byte, seq uint64) (bool, error) {
		row, err := get(tx, bucketEntries, entryKey(seq, 0))
		if err != nil || row == nil {
			return false, err
		}
		h, err := parseHeader(row)
		return err == nil && bytes.Equal(h.id[:], k), err
	}},
	{bucket: bucketByPatient, belongs: func(c codec, tx *snapshot, k, v []byte, seq uint64) (bool, error) {
		o, err := c.entryAt(tx, seq)
		if err != nil {
			return false, err
		}
		what := o.fact.Consultation
		for _, p := range c.pseudonyms(what.Patient) {
			if bytes.Equal(patientKey(p, what.ActedAt, seq), k) {
				return len(v) == 0, nil
			}
		}
		return false, nil
	}},
}

// verifyRows walks a bucket from its own side: every row must belong to an entry
// that says the same.
func (j *Journal) verifyRows(ctx context.Context, r *Report, index reverseIndex, last uint64) error {
	const op = "verify index"
	var from []byte
	for {
		done := false
		err := j.view(ctx, op, func(tx *snapshot) error {
			b, err := bucket(tx, index.bucket)
			if err != nil {
				return err
			}
			cursor := b.Cursor()
			k, v := cursor.Seek(from)
			for n := 0; k != nil && n < chunk; n++ {
				if entry, problem := j.verifyRow(tx, index, k, v, last); problem != "" {
					r.add(entry, ProblemIndex, "%s: %s", index.bucket, problem)
				}
				k, v = cursor.Next()
			}
			from, done = bytes.Clone(k), k == nil
			return nil
		})
		switch {
		case err != nil && !isDamaged(err):
			return err
		case err != nil:
			r.add("", ProblemBucket, "%s cannot be read to its end: %v", index.bucket, err)
			return nil
		case done:
			return nil
		}
	}
}

// verifyRow returns what is wrong with a row, and the entry that it names.
func (j *Journal) verifyRow(tx *snapshot, index reverseIndex, k, v []byte, last uint64) (entry, problem string) {
	where := k
	switch {
	case bytes.Equal(index.bucket, bucketIDs):
		where = v
	case index.leading > 0 && len(k) != index.leading:
		return "", "a row whose key has the wrong size"
	case index.leading > 0:
		where = k[:8]
	}
	seq, ok := keySeq(where)
	if !ok {
		return "", "a row that names no entry"
	}
	entry = fmt.Sprintf("#%d", seq)
	ok, err := index.belongs(j.codec, tx, k, v, seq)
	switch {
	case err != nil:
		return entry, fmt.Sprintf("a row leads to entry %d, which cannot be read", seq)
	case !ok || seq == 0:
		return entry, fmt.Sprintf("a row for entry %d, which does not say the same", seq)
	case seq > last:
		// Recorded since the head was read, or beyond the head: the entry tells.
		h, err := j.codec.readHead(tx)
		if err != nil || seq > h.Seq {
			return entry, fmt.Sprintf("a row for entry %d, beyond the last", seq)
		}
	}
	return "", ""
}

// verifyCounts compares the head's counts with the items, in one transaction.
func (j *Journal) verifyCounts(ctx context.Context, r *Report) error {
	const op = "verify counts"
	err := j.view(ctx, op, func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		if err != nil {
			return err
		}
		var found counts
		for seq := uint64(1); seq <= h.Seq; seq++ {
			item, err := j.codec.openItem(tx, seq)
			if err != nil {
				return nil // reported with its entry; the counts cannot be told
			}
			found.add(item, 1)
		}
		if found != h.States {
			r.add("", ProblemCounts, "the head counts other items than there are")
		}
		return nil
	})
	if isDamaged(err) {
		r.add("", ProblemCounts, "the counts cannot be checked: %v", err)
		return nil
	}
	return err
}
