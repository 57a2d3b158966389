// Package outboxtest has an outbox in memory and the suite that every outbox must
// pass.
//
// [Memory] is a double for tests: it keeps the rules of [outsync.Outbox] to the
// letter and survives the "crash" of the worker that uses it, as a disk would.
// [Run] holds an outbox, the real one included, to the same rules.
package outboxtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

var _ outsync.Outbox = (*Memory)(nil)

// Memory is an outbox in memory. The zero value is empty and ready.
type Memory struct {
	mu          sync.Mutex
	items       map[string]record.Item
	order       []string // of the entries, as they were added
	submissions map[string]record.Submission
	attempts    map[string][]record.AttemptInfo
	words       map[string]string
}

// Add records an entry, of a new name, that was acted at the given time.
func (m *Memory) Add(entry string, actedAt time.Time, s record.Submission) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.items == nil {
		m.items = make(map[string]record.Item)
		m.submissions = make(map[string]record.Submission)
		m.attempts = make(map[string][]record.AttemptInfo)
		m.words = make(map[string]string)
	}
	actedAt = actedAt.UTC().Round(0)
	m.order = append(m.order, entry)
	m.items[entry] = record.Item{
		Entry:       entry,
		State:       record.Pending,
		ActedAt:     actedAt,
		Deadline:    actedAt.Add(record.SyncWithin),
		DocumentID:  s.DocumentID,
		NextAttempt: actedAt,
		Kind:        record.KindConsultation,
	}
	if s.Attached != nil {
		item := m.items[entry]
		item.Kind = record.KindPhotograph
		m.items[entry] = item
	}
	m.submissions[entry] = s
}

// AddCorrection records an entry that replaces another one.
func (m *Memory) AddCorrection(entry, of string, actedAt time.Time, s record.Submission) {
	m.Add(entry, actedAt, s)
	m.mu.Lock()
	defer m.mu.Unlock()
	item, first := m.items[entry], m.items[of]
	item.Kind, item.Replaces, first.CorrectedBy = record.KindCorrection, of, entry
	m.items[entry], m.items[of] = item, first
}

// waits reports whether an item's original is not cleared. The caller holds mu.
func (m *Memory) waits(item record.Item) bool {
	return item.Replaces != "" && m.items[item.Replaces].State != record.Cleared
}

// Items returns every item, cleared ones included, as they were added.
func (m *Memory) Items() []record.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]record.Item, 0, len(m.items))
	for _, entry := range m.order {
		all = append(all, m.items[entry])
	}
	return all
}

// Item returns one item as it is stored.
func (m *Memory) Item(entry string) record.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.items[entry]
}

// Attempts returns the attempts of an entry, first to last.
func (m *Memory) Attempts(entry string) []record.AttemptInfo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.attempts[entry])
}

// Words returns the recipient's words with which an entry was held.
func (m *Memory) Words(entry string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.words[entry]
}

// Release is what a person does with an item that needed attention: it goes back
// to pending.
func (m *Memory) Release(entry string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	item := m.items[entry]
	if item.State != record.Attention {
		return
	}
	item.State, item.NextAttempt = record.Pending, at.UTC().Round(0)
	item.Epoch++
	m.items[entry] = item
}

// Waiting implements [outsync.Outbox].
func (m *Memory) Waiting(ctx context.Context) ([]record.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	waiting := make([]record.Item, 0, 8)
	for _, entry := range m.order {
		if item := m.items[entry]; item.State == record.Pending || item.State == record.InFlight {
			item.Waits = m.waits(item)
			waiting = append(waiting, item)
		}
	}
	slices.SortStableFunc(waiting, func(a, b record.Item) int { return a.Deadline.Compare(b.Deadline) })
	return waiting, nil
}

// Submission implements [outsync.Outbox].
func (m *Memory) Submission(ctx context.Context, entry string) (record.Submission, error) {
	if err := ctx.Err(); err != nil {
		return record.Submission{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.submissions[entry]
	if !ok {
		return record.Submission{}, &record.Error{Code: record.CodeNotFound, Op: "read submission"}
	}
	return s, nil
}

// Begin implements [outsync.Outbox].
func (m *Memory) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	return m.move(ctx, item, record.Pending, "begin attempt", func(i *record.Item) {
		i.State = record.InFlight
		i.Attempts++
		i.StartedAt = at
		m.attempts[i.Entry] = append(m.attempts[i.Entry], record.AttemptInfo{Number: i.Attempts, Started: at})
	})
}

// Clear implements [outsync.Outbox].
func (m *Memory) Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error) {
	if r.Empty() {
		return record.Item{}, &record.Error{Code: record.CodeInvalid, Op: "clear entry", Reason: "no_receipt"}
	}
	return m.move(ctx, item, record.InFlight, "clear entry", func(i *record.Item) {
		i.State = record.Cleared
		i.Receipt = r
		i.LastError = ""
		m.close(i.Entry, r.At, "cleared", "")
	})
}

// Retry implements [outsync.Outbox].
func (m *Memory) Retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, error) {
	return m.move(ctx, item, record.InFlight, "retry entry", func(i *record.Item) {
		i.State = record.Pending
		i.NextAttempt = next
		i.LastError = cause
		m.close(i.Entry, at, "retry", cause)
	})
}

// Unknown implements [outsync.Outbox].
func (m *Memory) Unknown(ctx context.Context, item record.Item, at time.Time, cause string) (record.Item, error) {
	return m.move(ctx, item, record.InFlight, "note unknown outcome", func(i *record.Item) {
		i.LastError = cause
		m.close(i.Entry, at, string(record.OutcomeUnknown), cause)
	})
}

// Hold implements [outsync.Outbox].
func (m *Memory) Hold(ctx context.Context, item record.Item, at time.Time, cause, words string) (record.Item, error) {
	return m.move(ctx, item, record.InFlight, "hold entry", func(i *record.Item) {
		i.State = record.Attention
		i.LastError = cause
		m.words[i.Entry] = words
		m.close(i.Entry, at, string(record.OutcomeRefused), cause)
	})
}

// move is the compare-and-swap that every change goes through.
func (m *Memory) move(ctx context.Context, item record.Item, from record.DeliveryState, op string, f func(*record.Item)) (record.Item, error) {
	if err := ctx.Err(); err != nil {
		return record.Item{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, ok := m.items[item.Entry]
	if !ok {
		return record.Item{}, &record.Error{Code: record.CodeNotFound, Op: op}
	}
	if item.State != from || stored.State != item.State || stored.Epoch != item.Epoch || from == record.Pending && m.waits(stored) {
		return record.Item{}, &record.Error{Code: record.CodeConflict, Op: op}
	}
	f(&stored)
	stored.Epoch++
	m.items[item.Entry] = stored
	return stored, nil
}

// close ends the record of the latest attempt, once.
func (m *Memory) close(entry string, at time.Time, outcome, cause string) {
	list := m.attempts[entry]
	if n := len(list); n > 0 && (list[n-1].Ended.IsZero() || list[n-1].Outcome == string(record.OutcomeUnknown)) {
		list[n-1].Ended, list[n-1].Outcome, list[n-1].Cause = at, outcome, cause
	}
}
