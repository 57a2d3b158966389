package sync

import "time"

const (
	// settled is how long a new network takes to carry anything: addresses, routes
	// and names come one after the other.
	settled = 2 * time.Second
	// nudgeEvery bounds what a network that flaps all day can cause.
	nudgeEvery = 10 * time.Second
)

// NetworkChanged tells a running worker that this computer's network is not the
// one that it was. A recipient that did not answer is probed soon instead of at its
// next turn. One that asked us to wait, or that refuses us, did answer: its pauses
// stay. It never blocks and may be called as often as anybody likes.
func (w *Worker) NetworkChanged() {
	e := &w.endpoint
	e.mu.Lock()
	if e.state == Down && (e.nudged.IsZero() || time.Since(e.nudged) >= nudgeEvery) {
		e.nudged = time.Now()
		w.pace().Reset()
		if soon := w.jitter(settled); soon < e.gate.remaining(w.now()) {
			w.closeGate(soon)
		}
	}
	e.mu.Unlock()
	w.Wake()
}

// Resume gives a new worker what an earlier one knew of the endpoint, so that a
// restart neither forgets the last contact nor strikes a recipient that asked to
// be left alone. It is called before the worker runs. A recipient that did not
// answer is probed at once: a restart is a good moment to ask. A pause longer than
// any that this worker would make was written by a clock which has been set since,
// and is cut.
func (w *Worker) Resume(s Status) {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastContact = s.LastContact
	var limit time.Duration
	switch s.State {
	case Busy:
		limit = w.RetryAfterMax
	case Unauthorized:
		limit = w.UnauthorizedPause
	case Down:
	default:
		return // what was well may have changed: the first entry tells
	}
	e.state, e.cause, e.since = s.State, s.Cause, s.Since
	w.closeGate(max(min(s.RetryAfter, limit), 0))
}
