package store

import (
	"context"
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file remembers, of each person, how new the newest card was that the journal
// has seen, so that an older one shown later is told apart (the verdict
// "superseded"). The rule is record's ([record.CardRef.Seen]). Nothing of the card
// is kept but two times, sealed, under a pseudonym.

// personKey is the pseudonym under which a person's newest card is remembered: of
// the INS, or else of the traits when all of them are there. Somebody of whom less
// is known has none: an old card is then taken as it is, rather than for another's.
func (c codec) personKey(p record.Patient) (key []byte, ok bool) {
	if !p.INS.Empty() {
		return c.pseudonyms(p)[0], true
	}
	if p.BirthName == "" || len(p.GivenNames) == 0 || !p.BirthDate.Known() || p.Sex == "" {
		return nil, false
	}
	p.Identifiers = nil // of another system each, and not what the next card may show
	return c.pseudonyms(p)[0], true
}

// newest reads what is remembered under a key; the zero value when nothing is.
func (c codec) newest(tx *snapshot, key []byte) (seen record.CardSeen, err error) {
	row, err := get(tx, bucketNewest, key)
	if err != nil || row == nil {
		return seen, err
	}
	return seen, c.openRow(row, &seen, "newest", key)
}

// sawCard remembers a card unless one as new was seen before. A row that cannot be
// read is written anew: a spoilt memory must not cost an entry.
func (t *writeTx) sawCard(who *person, card record.CardRef, at time.Time) error {
	seen, ok := card.Seen(stamp(at))
	key := who.newest
	if !ok || key == nil {
		return nil
	}
	before, err := t.newest(t.tx, key)
	switch {
	case err != nil && !isDamaged(err):
		return err
	case err == nil && !seen.New.After(before.New):
		return nil
	}
	row, err := t.sealRow(seen, "newest", key)
	if err != nil {
		return err
	}
	return t.put(bucketNewest, key, row)
}

// OpenedCard remembers that a card was opened at that time, and returns when that
// is on disk. It leaves no entry: it is for whoever shows a card without recording
// a consultation. [Journal.Record] does the same with its entry, in one transaction.
func (j *Journal) OpenedCard(ctx context.Context, p record.Patient, card record.CardRef, at time.Time) error {
	const op = "remember card"
	if _, ok := card.Seen(at); !ok {
		return nil
	}
	return j.update(ctx, op, 0, func(t *writeTx) error { return t.sawCard(t.person(p), card, at) })
}

// NewestCard returns how new the newest card was that the journal has seen of a
// person, the zero value when it has seen none.
func (j *Journal) NewestCard(ctx context.Context, p record.Patient) (seen record.CardSeen, err error) {
	key, ok := j.codec.personKey(p)
	if !ok {
		return seen, nil
	}
	err = j.view(ctx, "find newest card", func(tx *snapshot) error {
		seen, err = j.codec.newest(tx, key)
		return err
	})
	return seen, err
}

// remembers checks that the card of an entry is not newer than the newest that is
// remembered of its person.
func (c codec) remembers(tx *snapshot, v record.Consultation) error {
	card, ok := v.Card.Seen(v.ActedAt)
	key, known := c.personKey(v.Patient)
	if !ok || !known {
		return nil
	}
	seen, err := c.newest(tx, key)
	if err == nil && card.New.After(seen.New) {
		err = damaged("read newest", errors.New("a newer card than the newest that is remembered"))
	}
	return err
}

// verifyNewest checks that every row can be read, where no entry has the same
// person too.
func (j *Journal) verifyNewest(ctx context.Context, r *Report) error {
	err := j.view(ctx, "verify newest cards", func(tx *snapshot) error {
		b, err := bucket(tx, bucketNewest)
		if err != nil {
			return err
		}
		return b.ForEach(func(k, _ []byte) error {
			if _, err := j.codec.newest(tx, k); err != nil {
				r.add("", ProblemNewest, "%s: a row cannot be read: %v", bucketNewest, err)
			}
			return ctx.Err()
		})
	})
	if isDamaged(err) {
		r.add("", ProblemBucket, "%s cannot be read to its end: %v", bucketNewest, err)
		return nil
	}
	return err
}
