package simulation

import (
	"context"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// Mutants returns workers that are wrong in one way each, by what is wrong: ways
// that have lost or doubled somebody's data somewhere, or that never deliver it. A
// harness is worth what it catches of them.
func Mutants() map[string]func(*outsync.Worker) {
	return map[string]func(*outsync.Worker){
		"clears when the outcome is unknown": func(w *outsync.Worker) { w.Outbox = clearsUnknown{w.Outbox} },
		"takes a failure for a receipt":      func(w *outsync.Worker) { w.Transport = believes{w.Transport} },
		"takes a portal for a receipt":       func(w *outsync.Worker) { w.Transport = believesPortal{w.Transport} },
		"gives up after three attempts":      func(w *outsync.Worker) { w.Outbox = givesUp{w.Outbox} },
		"takes a failed look-up for none":    func(w *outsync.Worker) { w.Transport = blindOnFailure{w.Transport} },
		"never looks up":                     func(w *outsync.Worker) { w.Transport = blind{w.Transport} },
		"takes unknown for not taken":        func(w *outsync.Worker) { w.Transport = optimist{w.Transport} },
		"does not let requests rest":         func(w *outsync.Worker) { w.Settle = -w.RequestTimeout },
		"sends before it is on disk":         func(w *outsync.Worker) { w.Outbox = forgetful{w.Outbox} },
		"holds what the line refused":        func(w *outsync.Worker) { w.Outbox = harsh{w.Outbox} },
	}
}

// LongMutants returns those that only show in the long run, or that need what only a
// [World] has: gateways, photographs, corrections. Some harm nobody's data and break the
// promise of 48 hours, or a battery.
func LongMutants() map[string]func(*outsync.Worker) {
	return map[string]func(*outsync.Worker){
		"takes a busy gateway for the recipient": func(w *outsync.Worker) { w.Transport = trusting{w.Transport} },
		"sends photographs first":                func(w *outsync.Worker) { w.Outbox = picturesFirst{w.Outbox} },
		"sends a correction first":               func(w *outsync.Worker) { w.Outbox = hasty{w.Outbox} },
		"does not rest":                          func(w *outsync.Worker) { w.ProbeEvery = time.Millisecond },
		"probes every half hour":                 func(w *outsync.Worker) { w.ProbeEvery = 30 * time.Minute },
		"forgets what it did not deliver at once": func(w *outsync.Worker) {
			w.Outbox = &once{Outbox: w.Outbox, seen: make(map[string]bool)}
		},
		"is content with one entry a day": func(w *outsync.Worker) { w.Outbox = &lazy{Outbox: w.Outbox, now: w.Now} },
	}
}

// once shows each state of an entry to the worker a single time.
type once struct {
	outsync.Outbox
	mu   sync.Mutex
	seen map[string]bool
}

func (m *once) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := m.Outbox.Waiting(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := items[:0]
	for _, item := range items {
		if !m.seen[item.Entry] {
			kept = append(kept, item)
		}
		m.seen[item.Entry] = true
	}
	return kept, err
}

// lazy shows one entry a day.
type lazy struct {
	outsync.Outbox
	now  func() time.Time
	next time.Time
}

func (m *lazy) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := m.Outbox.Waiting(ctx)
	if len(items) == 0 || m.now().Before(m.next) {
		return nil, err
	}
	m.next = m.now().Add(24 * time.Hour)
	return items[:1], err
}

var madeUp = record.Receipt{At: time.Unix(0, 0), Location: "DocumentReference/made-up", Via: "response"}

type clearsUnknown struct{ outsync.Outbox }

func (m clearsUnknown) Unknown(ctx context.Context, item record.Item, _ time.Time, _ string) (record.Item, error) {
	return m.Outbox.Clear(ctx, item, madeUp)
}

type believes struct{ outsync.Transport }

func (m believes) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	_, _ = m.Transport.Submit(ctx, s)
	return madeUp, nil
}

type believesPortal struct{ outsync.Transport }

func (m believesPortal) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	r, err := m.Transport.Submit(ctx, s)
	if record.OutcomeOf(err) == record.OutcomeUnavailable {
		return madeUp, nil
	}
	return r, err
}

type givesUp struct{ outsync.Outbox }

func (m givesUp) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := m.Outbox.Waiting(ctx)
	kept := items[:0]
	for _, item := range items {
		if item.Attempts < 3 {
			kept = append(kept, item)
		}
	}
	return kept, err
}

type blindOnFailure struct{ outsync.Transport }

func (m blindOnFailure) Lookup(ctx context.Context, id string) ([]record.Held, error) {
	hits, err := m.Transport.Lookup(ctx, id)
	if err != nil {
		return nil, nil
	}
	return hits, nil
}

type blind struct{ outsync.Transport }

func (m blind) Lookup(context.Context, string) ([]record.Held, error) { return nil, nil }

type optimist struct{ outsync.Transport }

func (m optimist) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	r, err := m.Transport.Submit(ctx, s)
	if err != nil && record.OutcomeOf(err) == record.OutcomeUnknown {
		err = &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "cut"}
	}
	return r, err
}

type trusting struct{ outsync.Transport }

func (m trusting) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	r, err := m.Transport.Submit(ctx, s)
	if d, ok := err.(*record.DeliveryError); ok && d.RetryAfter > 0 {
		said := *d
		said.Outcome = record.OutcomeBusy
		return r, &said
	}
	return r, err
}

type picturesFirst struct{ outsync.Outbox }

func (m picturesFirst) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := m.Outbox.Waiting(ctx)
	var pictures []record.Item
	for _, item := range items {
		if item.Kind == record.KindPhotograph {
			pictures = append(pictures, item)
		}
	}
	if len(pictures) > 0 {
		return pictures, err
	}
	return items, err
}

// hasty lets a correction leave whether or not its original is there.
type hasty struct{ outsync.Outbox }

func (m hasty) Waiting(ctx context.Context) ([]record.Item, error) {
	items, err := m.Outbox.Waiting(ctx)
	for i := range items {
		items[i].Waits = false
	}
	return items, err
}

func (m hasty) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	begun, err := m.Outbox.Begin(ctx, item, at)
	if err != nil && item.Replaces != "" {
		return forgetful(m).Begin(ctx, item, at)
	}
	return begun, err
}

type forgetful struct{ outsync.Outbox }

func (m forgetful) Begin(_ context.Context, item record.Item, at time.Time) (record.Item, error) {
	item.State, item.StartedAt = record.InFlight, at
	item.Attempts++
	item.Epoch++
	return item, nil
}

type harsh struct{ outsync.Outbox }

func (m harsh) Retry(ctx context.Context, item record.Item, at, _ time.Time, cause string) (record.Item, error) {
	return m.Outbox.Hold(ctx, item, at, cause, "")
}
