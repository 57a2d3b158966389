package sync

import (
	"context"
	"time"
)

// Run delivers the outbox until the context is done, and then returns nil: being
// stopped is not a failure. It stops between two changes of the outbox; a request
// that is under way has StopGrace to end, and is otherwise left in flight on disk,
// to be looked up when the worker runs again.
//
// A journal that cannot be read is tried again like a line that is down, and told
// to the observer each time.
func (w *Worker) Run(ctx context.Context) error {
	journal := newPace(probeFirst, w.ProbeEvery)
	for {
		if w.takeTurn(ctx) != nil {
			return nil
		}
		wait, err := w.step(ctx)
		w.endTurn()
		if err != nil {
			wait = w.nextDelay(journal, w.ProbeEvery)
		} else {
			journal.Reset()
		}
		// A wish to be woken does not shorten the gap, and is not lost in it.
		if sleep(ctx, minGap, nil) != nil || sleep(ctx, wait-minGap, w.wake) != nil {
			return nil
		}
	}
}

// idleEvery is how often the outbox is looked at when nothing is due.
const idleEvery = time.Minute

// step does what is due and returns how long nothing will be. It never returns
// more than idleEvery, so that an entry recorded without a wake-up, a clock that was
// set and a computer that slept are all noticed within that time.
func (w *Worker) step(ctx context.Context) (time.Duration, error) {
	w.turned()
	if closed := w.gateLeft(); closed > 0 {
		return min(closed, w.ProbeEvery), nil
	}
	// Nobody is probed for an empty outbox.
	// Between two probes of a dead line what is owed hardly changes.
	if !w.owed.IsZero() && time.Since(w.owed) < idleEvery && w.mustProbe() {
		return w.probe(ctx), nil
	}
	items, err := w.list(ctx)
	w.owed = time.Time{}
	if err != nil || len(items) == 0 {
		return idleEvery, err
	}
	w.owed = time.Now()
	if w.mustProbe() {
		return w.probe(ctx), nil
	}
	w.order(ctx, items)
	due := items[:0:0]
	for _, item := range items {
		if w.dueIn(item) == 0 {
			due = append(due, item)
		}
	}
	if len(due) == 0 {
		return w.nextDue(items, idleEvery), nil
	}
	if _, err := w.pass(ctx, due, w.wake); err != nil {
		return 0, err
	}
	return 0, nil
}

// probe asks a dead endpoint whether it lives. When it does, the first entry still
// waits a random moment: everybody else on the same mast has just found out too.
func (w *Worker) probe(ctx context.Context) time.Duration {
	asking, cancel := context.WithTimeout(ctx, w.ProbeTimeout)
	defer cancel()
	began := time.Now()
	if err := w.Transport.Probe(asking); err != nil {
		if ctx.Err() == nil {
			w.trouble(explain(err))
			w.shorten(time.Since(began))
		}
	} else {
		w.contact()
		w.spread()
	}
	return min(w.gateLeft(), w.ProbeEvery)
}

// shorten takes the time that a silent probe took off the pause after it, so that
// ProbeEvery is from one probe to the next. A recipient's own wish is not shortened.
func (w *Worker) shorten(by time.Duration) {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == Down {
		e.gate.length = max(e.gate.length-by, minGap)
	}
}

func (w *Worker) spread() {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	w.closeGate(time.Duration(w.Random() * float64(w.Spread)))
}

func (w *Worker) gateLeft() time.Duration {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gate.remaining(w.now())
}

// mustProbe reports whether the endpoint has to answer a probe before an entry is
// tried. One that was busy has said when to come back, and lives: a probe would be
// one more request to it.
func (w *Worker) mustProbe() bool {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.troubled() && !(e.state == Busy && e.turn)
}
