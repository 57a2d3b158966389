package store

import (
	"bytes"
	"cmp"
	"context"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	// MaxBody is the largest body that a submission may have.
	MaxBody = 32 << 20

	// sameWithin is how far apart two records of one consultation may be acted and
	// still be the same: a doctor who presses twice, or scans the card again.
	sameWithin = 10 * time.Minute

	// maxFact bounds the sealed part of an entry; a note is a few thousand bytes.
	maxFact = 1 << 20
)

// Record appends a consultation and the frozen submission that delivers it, and
// returns when both are on disk. The entry's identifier is the consultation's, or
// a new UUIDv7 where it has none.
//
// The same card, person, author and note within ten minutes of one another are one
// consultation: the entry that exists is returned, duplicate is true, and what was
// given is dropped. An identifier that is taken by another content is a conflict.
func (j *Journal) Record(ctx context.Context, c record.Consultation, s record.Submission) (entry string, duplicate bool, err error) {
	const op = "record consultation"
	id, err := checkRecord(&c, s)
	if err != nil {
		return "", false, err
	}
	e, err := j.seal(kindConsultation, id, j.newFact(c, s), s)
	if err != nil {
		return "", false, err
	}
	defer clear(e.key)
	content := j.codec.contentHash(c)
	who := j.codec.person(c.Patient)

	err = j.update(ctx, op, len(s.Body)+len(e.fact), func(t *writeTx) error {
		entry, duplicate = id.String(), false
		found, err := t.findSame(id, content, c, who)
		if err != nil {
			return err
		}
		if found != "" {
			entry, duplicate = found, true
			return nil
		}
		e.person = who
		return t.appendEntry(e, j.now())
	})
	if err != nil {
		return "", false, err
	}
	return entry, duplicate, nil
}

// newFact is the fact of what is recorded now.
func (j *Journal) newFact(c record.Consultation, s record.Submission) fact {
	boot, since := j.bootClock()
	return fact{
		RecordedAt: stamp(j.now()), Boot: boot, SinceBoot: since, Device: j.device,
		Consultation: c, Submission: freeze(s),
	}
}

// seal makes an entry of a fact and its body, under a data key of its own, which the
// caller clears. What is large is sealed here, so that it does not hold up the writer.
func (j *Journal) seal(kind byte, id uuid.UUID, f fact, s record.Submission) (newEntry, error) {
	text, err := factText(f)
	if err != nil {
		return newEntry{}, err
	}
	key := newDataKey()
	return newEntry{
		kind: kind, id: id, key: key, fact: text, body: j.codec.sealBody(id, key, s.Body),
		consultation: f.Consultation, documentID: s.DocumentID, replaces: f.Replaces,
	}, nil
}

// newEntry is what an entry is made of.
type newEntry struct {
	kind         byte
	id           uuid.UUID
	key          []byte // its data key
	fact         []byte // as JSON
	body         [][]byte
	consultation record.Consultation // of a photograph: its person and its time
	documentID   string
	as           record.EntryKind // of one that was handed over: as its origin delivers it
	replaces     *corrected       // of a correction
	person       *person          // of the consultation; nil: to be computed
}

// appendEntry puts an entry at the end of the chain, with its item and its rows in
// the indexes. Its data key is wrapped here, by the only goroutine that writes, so
// that a purge which destroys a period key misses none.
func (t *writeTx) appendEntry(e newEntry, now time.Time) error {
	c, seq := e.consultation, t.head.Seq+1
	period, err := t.periods.current(now)
	if err != nil {
		return err
	}
	sealed := t.sealEntry(seq, e.kind, e.id, t.head.Hash, t.wrapKey(period, e.id, e.key), e.key, e.fact)
	if err := t.append(seq, e.id, sealed, e.body); err != nil {
		return err
	}
	who := e.person
	if who == nil {
		who = t.person(c.Patient)
	}
	for _, p := range who.pseudonyms {
		if err := t.put(bucketByPatient, patientKey(p, c.ActedAt, seq), nil); err != nil {
			return err
		}
	}
	if err := t.sawCard(who, c.Card, c.ActedAt); err != nil {
		return err
	}
	item := record.Item{
		Entry: e.id.String(), State: record.Pending, Epoch: 1,
		ActedAt: c.ActedAt, Deadline: c.Deadline(), DocumentID: e.documentID, Kind: cmp.Or(e.as, kindNames[e.kind]),
	}
	if e.replaces != nil {
		item.Replaces, item.Instead = e.replaces.Entry, e.replaces.Instead
	}
	if err := t.putItem(seq, nil, item); err != nil {
		return err
	}
	t.head.Seq, t.head.Hash = seq, t.hash(seq, sealed)
	return nil
}

// checkRecord refuses what could not be read back as it was given, and what could
// never be delivered.
func checkRecord(c *record.Consultation, s record.Submission) (uuid.UUID, error) {
	const op = "record consultation"
	var id uuid.UUID
	if c.ID == "" {
		v7, err := uuid.NewV7()
		if err != nil {
			return id, fail(op, err)
		}
		c.ID = v7.String()
	}
	id, err := uuid.Parse(c.ID)
	if err != nil || id.String() != c.ID {
		return id, invalid(op, ReasonConsultation, "the identifier is not a UUID in lower case")
	}
	switch {
	case c.ActedAt.IsZero():
		return id, invalid(op, ReasonConsultation, "the time of the act is missing")
	case !utf8.ValidString(c.Text()):
		return id, invalid(op, ReasonConsultation, "the note is not UTF-8")
	case s.DocumentID == "" || len(s.Body) == 0:
		return id, invalid(op, ReasonSubmission, "there is nothing to deliver")
	case len(s.Body) > MaxBody:
		return id, &record.Error{Code: record.CodeTooLarge, Op: op, Reason: ReasonSubmission}
	}
	c.ActedAt = stamp(c.ActedAt)
	return id, nil
}

// stamp drops the monotonic reading, which means nothing to another process.
func stamp(t time.Time) time.Time { return t.Round(0) }

func patientKey(pseudonym []byte, acted time.Time, seq uint64) []byte {
	return append(bytes.Clone(pseudonym), timeSeqKey(acted, seq)...)
}

// findSame returns the entry that already says what c says, or "".
func (t *writeTx) findSame(id uuid.UUID, content []byte, c record.Consultation, who *person) (string, error) {
	const op = "record consultation"
	if taken, err := t.findTaken(op, id, kindConsultation, content); err != nil || taken {
		return c.ID, err
	}
	b, err := bucket(t.tx, bucketByPatient)
	if err != nil {
		return "", err
	}
	// Any of the pseudonyms would do: the content tells who it is about.
	pseudonym := who.pseudonyms[0]
	cursor := b.Cursor()
	last := patientKey(pseudonym, c.ActedAt.Add(sameWithin), ^uint64(0))
	for k, _ := cursor.Seek(patientKey(pseudonym, c.ActedAt.Add(-sameWithin), 0)); k != nil && bytes.Compare(k, last) <= 0; k, _ = cursor.Next() {
		seq, ok := keySeq(k)
		if !ok {
			continue
		}
		// The row is a hint. An entry that cannot be read any more is no reason to
		// lose this one.
		o, err := t.entryAt(t.tx, seq)
		if err != nil || o.kind != kindConsultation {
			continue
		}
		apart := c.ActedAt.Sub(o.fact.Consultation.ActedAt).Abs()
		if apart <= sameWithin && bytes.Equal(t.contentHash(o.fact.Consultation), content) {
			return o.id.String(), nil
		}
	}
	return "", nil
}

// findTaken reports whether there is an entry of that identifier, kind and content. One
// of another kind or content is a conflict.
func (t *writeTx) findTaken(op string, id uuid.UUID, kind byte, content []byte) (bool, error) {
	row, err := get(t.tx, bucketIDs, id[:])
	if err != nil || row == nil {
		return false, err
	}
	o, err := t.entryByID(t.tx, id.String())
	if isPurged(err) {
		return false, conflict(op, ReasonEntryExists)
	}
	if err != nil {
		return false, err
	}
	if o.kind != kind || !bytes.Equal(t.contentHash(o.fact.Consultation), content) {
		return false, conflict(op, ReasonEntryExists)
	}
	return true, nil
}

// append writes an entry with its body.
func (t *writeTx) append(seq uint64, id uuid.UUID, entry []byte, body [][]byte) error {
	there, err := get(t.tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return err
	}
	if there != nil {
		return damaged("record consultation", errShape) // never write over an entry
	}
	if err := t.put(bucketEntries, entryKey(seq, 0), entry); err != nil {
		return err
	}
	for n, part := range body {
		if err := t.put(bucketEntries, entryKey(seq, n+1), part); err != nil {
			return err
		}
	}
	return t.put(bucketIDs, id[:], seqKey(seq))
}
