package store

import (
	"context"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Owed returns every item that is not cleared, what needs a person included, the
// earliest deadline first. An item that cannot be read holds up no other: it is
// logged, counted by [Journal.Counts] and left out.
//
// Due is set in items whose deadline is not what the clock on the wall says, because that
// was set since the act, in the same boot of the machine.
func (j *Journal) Owed(ctx context.Context) (items []record.Item, err error) {
	clock := j.readClock()
	err = j.view(ctx, "list outbox", func(tx *snapshot) error {
		items = nil
		seen := map[uint64]recorded{}
		b, err := bucket(tx, bucketByDeadline)
		if err != nil {
			return err
		}
		cursor := b.Cursor()
		for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
			item, seq, err := j.indexed(tx, k, func(i record.Item) time.Time { return i.Deadline })
			if err != nil {
				j.noteDamage(seq, err)
				continue
			}
			if owed(item.State) {
				seen[seq] = j.recordedAt(tx, seq)
				item.Due = clock.due(item, seen[seq])
				items = append(items, item)
			}
		}
		j.clocks.keep(seen)
		return nil
	})
	return items, err
}

// recorded is what clocks said when an entry was made.
type recorded struct {
	boot  string
	since time.Duration // from boot to recording
	lag   time.Duration // from act to recording
}

// clockMemory keeps that of what is owed: an entry has to be opened to learn it.
type clockMemory struct {
	mu sync.Mutex
	of map[uint64]recorded
}

func (m *clockMemory) keep(of map[uint64]recorded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of = of
}

func (j *Journal) recordedAt(tx *snapshot, seq uint64) recorded {
	j.clocks.mu.Lock()
	r, ok := j.clocks.of[seq]
	j.clocks.mu.Unlock()
	if ok {
		return r
	}
	o, err := j.codec.entryAt(tx, seq)
	if err != nil {
		return recorded{} // told by whoever needs the entry itself
	}
	// What is signed is recorded at once.
	lag := o.fact.RecordedAt.Sub(o.fact.Consultation.ActedAt)
	return recorded{o.fact.Boot, o.fact.SinceBoot, min(max(lag, 0), record.SyncWithin)}
}

// clockReading is both clocks at one moment.
type clockReading struct {
	wall  time.Time
	boot  string
	since time.Duration
}

func (j *Journal) readClock() clockReading {
	boot, since := j.bootClock()
	return clockReading{stamp(j.now()), boot, since}
}

// clockSlack is how far the two clocks may be apart by themselves.
const clockSlack = time.Minute

// due is when an item's 48 hours are over by the wall, counted by the clock that nobody
// can set; zero when that has not run since the act, or agrees.
func (c clockReading) due(item record.Item, r recorded) time.Time {
	if r.boot == "" || r.boot != c.boot || c.since < r.since {
		return time.Time{}
	}
	due := c.wall.Add(record.SyncWithin - r.lag - (c.since - r.since))
	if due.Sub(item.Deadline).Abs() <= clockSlack {
		return time.Time{}
	}
	return due
}
