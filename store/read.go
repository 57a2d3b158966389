package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// EntryInfo is one line of the journal's list. It carries the patient's name.
type EntryInfo struct {
	ID         string
	Seq        uint64
	ActedAt    time.Time
	RecordedAt time.Time
	Device     string
	Item       record.Item
	Patient    string // the name, for the screen
	Author     record.Author
	Card       record.CardRef

	Kind        record.EntryKind
	Reason      string    // of a card that was opened: why, where one was asked for
	Photograph  bool      // a photograph of the consultation Of
	Of          string    // entry of that consultation
	Photographs []string  // entries of a consultation's photographs
	Purged      time.Time // when the content was destroyed; then only identifiers, item and sequence are left
	From        string    // the peer that handed it over; "" for an entry of this journal's own
}

// LogValue shows the identifier alone.
func (e EntryInfo) LogValue() slog.Value { return slog.StringValue(e.ID) }

// Counts sums the outbox up.
type Counts struct {
	Pending        int       `json:"pending"`
	InFlight       int       `json:"in_flight"`
	Attention      int       `json:"attention"`
	Cleared        int       `json:"cleared"`
	Late           int       `json:"late"`         // still owed, past their deadline
	ClearedLate    int       `json:"cleared_late"` // delivered after it
	Damaged        int       `json:"damaged"`      // owed, and found unreadable since the journal was opened
	OldestDeadline time.Time `json:"oldest_deadline,omitzero"`
	LastContact    time.Time `json:"last_contact,omitzero"`
}

// chunk is how many entries one read transaction looks at, so that none stays open
// while a caller thinks.
const chunk = 128

// seqOf finds an entry by its identifier. What it returns is a hint until the
// value that it leads to says the same.
func (c codec) seqOf(tx *snapshot, op, entry string) (uint64, error) {
	id, err := parseID(op, entry)
	if err != nil {
		return 0, err
	}
	row, err := get(tx, bucketIDs, id[:])
	if err != nil {
		return 0, err
	}
	if row == nil {
		return 0, noEntry(op)
	}
	seq, ok := seqOfID(row)
	if !ok {
		return 0, damaged(op, errShape)
	}
	return seq, nil
}

// entryAt reads an entry by its sequence.
func (c codec) entryAt(tx *snapshot, seq uint64) (*opened, error) {
	row, err := get(tx, bucketEntries, entryKey(seq, 0))
	if err != nil {
		return nil, err
	}
	return c.openEntry(seq, row)
}

// entryByID reads an entry by its identifier.
func (c codec) entryByID(tx *snapshot, entry string) (*opened, error) {
	const op = "read entry"
	seq, err := c.seqOf(tx, op, entry)
	if err != nil {
		return nil, err
	}
	o, err := c.entryAt(tx, seq)
	if err != nil {
		return nil, err
	}
	if o.id.String() != entry {
		return nil, damaged(op, errShape) // the index led elsewhere
	}
	return o, nil
}

func (c codec) info(tx *snapshot, o *opened) (EntryInfo, error) {
	item, err := c.openItem(tx, o.seq)
	if err != nil {
		return EntryInfo{}, err
	}
	if item.Entry != o.id.String() {
		return EntryInfo{}, damaged("read item", errShape)
	}
	v := o.fact.Consultation
	info := EntryInfo{
		ID: item.Entry, Seq: o.seq, ActedAt: v.ActedAt, RecordedAt: o.fact.RecordedAt, Device: o.fact.Device,
		Item: item, Patient: v.Patient.Name(), Author: v.Author, Card: v.Card,
		Kind: o.itemKind(), Photograph: o.kind == kindPhotograph,
	}
	if o.fact.Consulted != nil {
		info.Reason = o.fact.Consulted.Reason
	}
	if o.fact.Of != nil {
		info.Of = o.fact.Of.Entry
	}
	if o.fact.From != nil {
		info.From = o.fact.From.Peer
	}
	for _, p := range o.fact.Photographs {
		info.Photographs = append(info.Photographs, p.Entry)
	}
	return info, nil
}

// Entries calls yield for each entry, in the order in which they were recorded, as
// far as the journal reached when it was called. It goes on after an entry that
// cannot be read, and then ends with an error "journal_damaged" that counts them.
// yield may use the journal.
func (j *Journal) Entries(ctx context.Context, yield func(EntryInfo) error) error {
	return j.EntriesAfter(ctx, 0, yield)
}

// EntriesAfter is [Journal.Entries] for those of a higher sequence than after, which
// it finds without reading the others.
func (j *Journal) EntriesAfter(ctx context.Context, after uint64, yield func(EntryInfo) error) error {
	const op = "list entries"
	var last uint64
	err := j.view(ctx, op, func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		last = h.Seq
		return err
	})
	if err != nil {
		return err
	}
	bad := 0
	var first error
	if after >= last {
		return nil
	}
	for from := after + 1; from <= last; from += chunk {
		infos := make([]EntryInfo, 0, chunk)
		for seq := from; seq < from+chunk && seq <= last; {
			// One transaction reads on until something is damaged.
			err := j.view(ctx, op, func(tx *snapshot) error {
				for ; seq < from+chunk && seq <= last; seq++ {
					info, err := j.codec.infoAt(tx, seq)
					if err != nil {
						return err
					}
					infos = append(infos, info)
				}
				return nil
			})
			if err != nil && !isDamaged(err) {
				return err
			}
			if err != nil {
				j.log.Error("entry cannot be read", "entry", seq, "err", err)
				if first == nil {
					first = err
				}
				bad, seq = bad+1, seq+1
			}
		}
		for _, info := range infos {
			if err := yield(info); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		return damaged(op, fmt.Errorf("%d of %d entries cannot be read, the first: %w", bad, last, first))
	}
	return nil
}

// ByPatient calls yield for each entry about a person, by the time of the act.
func (j *Journal) ByPatient(ctx context.Context, p record.Patient, yield func(EntryInfo) error) error {
	const op = "list entries of a patient"
	var infos []EntryInfo
	err := j.view(ctx, op, func(tx *snapshot) error {
		b, err := bucket(tx, bucketByPatient)
		if err != nil {
			return err
		}
		infos = nil
		seen := map[uint64]bool{}
		for _, pseudonym := range j.codec.pseudonyms(p) {
			cursor := b.Cursor()
			for k, _ := cursor.Seek(pseudonym); k != nil && bytes.HasPrefix(k, pseudonym); k, _ = cursor.Next() {
				seq, ok := keySeq(k)
				if !ok || seen[seq] {
					continue
				}
				seen[seq] = true
				o, err := j.codec.entryAt(tx, seq)
				if err != nil {
					return err
				}
				if !p.Same(o.fact.Consultation.Patient) {
					continue
				}
				info, err := j.codec.info(tx, o)
				if err != nil {
					return err
				}
				infos = append(infos, info)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Each pseudonym gave its own in order.
	slices.SortStableFunc(infos, func(a, b EntryInfo) int { return a.ActedAt.Compare(b.ActedAt) })
	for _, info := range infos {
		if err := yield(info); err != nil {
			return err
		}
	}
	return nil
}

// Entry returns one line of the list.
func (j *Journal) Entry(ctx context.Context, entry string) (info EntryInfo, err error) {
	const op = "read entry"
	err = j.view(ctx, op, func(tx *snapshot) error {
		seq, err := j.codec.seqOf(tx, op, entry)
		if err != nil {
			return err
		}
		if info, err = j.codec.infoAt(tx, seq); err == nil && info.ID != entry {
			err = damaged(op, errShape) // the index led elsewhere
		}
		return err
	})
	return info, err
}

// Consultation returns what was recorded.
func (j *Journal) Consultation(ctx context.Context, entry string) (c record.Consultation, err error) {
	err = j.view(ctx, "read consultation", func(tx *snapshot) error {
		o, err := j.codec.entryByID(tx, entry)
		if err != nil {
			return err
		}
		c = o.fact.Consultation
		return nil
	})
	return c, err
}

// Consulted returns what was recorded of a card that was opened.
func (j *Journal) Consulted(ctx context.Context, entry string) (c record.Consulted, err error) {
	const op = "read opened card"
	err = j.view(ctx, op, func(tx *snapshot) error {
		o, err := j.codec.entryByID(tx, entry)
		if err != nil {
			return err
		}
		if o.fact.Consulted == nil {
			return noEntry(op)
		}
		v := o.fact.Consultation
		c = record.Consulted{ID: v.ID, Patient: v.Patient, Card: v.Card, At: v.ActedAt, Author: v.Author, Reason: o.fact.Consulted.Reason}
		return nil
	})
	return c, err
}

// Submission returns the frozen bytes that deliver an entry.
func (j *Journal) Submission(ctx context.Context, entry string) (s record.Submission, err error) {
	err = j.view(ctx, "read submission", func(tx *snapshot) error {
		o, err := j.codec.entryByID(tx, entry)
		if err != nil {
			return err
		}
		body, err := j.codec.openBody(tx, o)
		if err != nil {
			return err
		}
		s = o.fact.Submission.submission(body)
		if o.fact.Of != nil {
			j.attach(o, &s)
		}
		return nil
	})
	return s, err
}

// Attempts returns the tries to deliver an entry, oldest first. Of more than a
// hundred, the middle ones are gone; their numbers show the gap.
func (j *Journal) Attempts(ctx context.Context, entry string) (attempts []record.AttemptInfo, err error) {
	const op = "read attempts"
	err = j.view(ctx, op, func(tx *snapshot) error {
		seq, err := j.codec.seqOf(tx, op, entry)
		if err != nil {
			return err
		}
		item, err := j.codec.openItem(tx, seq)
		if err != nil {
			return err
		}
		if item.Entry != entry {
			return damaged(op, errShape)
		}
		attempts = nil
		for n := 1; n <= item.Attempts; n++ {
			if !kept(n, item.Attempts) {
				n = item.Attempts - latestAttempts
				continue
			}
			a, err := j.codec.readAttempt(tx, seq, n)
			if err != nil {
				return err
			}
			attempts = append(attempts, a)
		}
		return nil
	})
	return attempts, err
}

// Waiting returns what the outbox owes and can try: pending and in flight, the
// earliest deadline first. An item that cannot be read holds up no other: it is
// logged, counted by [Journal.Counts] and left out.
func (j *Journal) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := j.Owed(ctx)
	return slices.DeleteFunc(items, func(item record.Item) bool { return item.State == record.Attention }), err
}

func (j *Journal) noteDamage(seq uint64, err error) {
	j.damageMu.Lock()
	defer j.damageMu.Unlock()
	if !j.damage[seq] {
		j.damage[seq] = true
		j.log.Error("item cannot be read", "entry", seq, "err", err)
	}
}

// Counts sums the outbox up as it is now.
func (j *Journal) Counts(ctx context.Context) (Counts, error) {
	var out Counts
	err := j.view(ctx, "count outbox", func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		if err != nil {
			return err
		}
		out = Counts{
			Pending: h.States.Pending, InFlight: h.States.InFlight, Attention: h.States.Attention,
			Cleared: h.States.Cleared, ClearedLate: h.States.Late, LastContact: h.Contact,
		}
		b, err := bucket(tx, bucketByDeadline)
		if err != nil {
			return err
		}
		now := timeKey(j.now())
		cursor := b.Cursor()
		for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
			if len(k) != timeSize+8 {
				continue
			}
			if out.OldestDeadline.IsZero() {
				out.OldestDeadline = parseTimeKey(k)
			}
			if bytes.Compare(k[:timeSize], now) >= 0 {
				break
			}
			out.Late++
		}
		return nil
	})
	j.damageMu.Lock()
	out.Damaged = len(j.damage)
	j.damageMu.Unlock()
	return out, err
}
