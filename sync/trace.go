package sync

import (
	"maps"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// trace is what this process remembers of an item beside the journal: readings of
// the monotonic clock, which mean nothing after a restart.
type trace struct {
	attempts  int
	since     time.Time // when we began the attempt, or first saw it in flight
	over      time.Time // when our request was over; zero while it runs
	ours      bool      // we began it
	ownFault  bool      // it failed while the endpoint was answering
	notBefore time.Time // do not touch the item earlier
	failures  int       // of the outbox for this item, one after the other
}

type traces struct {
	mu    sync.Mutex
	of    map[string]*trace
	sizes map[string]int // of frozen bodies, by entry
	clean map[string]int // how many attempts are known to have had no effect, by entry
}

// hadNoEffect notes that the latest attempt of an item certainly had no effect. It
// counts when the same is known of those before it.
func (t *traces) hadNoEffect(item record.Item) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.clean == nil {
		t.clean = make(map[string]int)
	}
	if t.clean[item.Entry] == item.Attempts-1 {
		t.clean[item.Entry] = item.Attempts
	}
}

// doubtful reports whether an attempt of an item may have had an effect. What this
// process has not seen itself is believed of a single attempt alone: the journal
// keeps the latest cause and no other.
func (t *traces) doubtful(item record.Item) bool {
	if item.Attempts == 0 || item.Attempts == 1 && neverLeft(item.LastError) {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clean[item.Entry] != item.Attempts
}

// neverLeft reports whether a cause says that no byte of the request has left this
// machine.
func neverLeft(cause string) bool {
	return cause == "no_answer" || cause == "tls" || cause == causeStopped
}

// noEffect reports whether a failed attempt certainly had no effect: nothing has
// left, or the recipient said before it did anything that it would not, and until
// when. A 503 without that may come from a gateway that lost its recipient halfway.
func noEffect(d *record.DeliveryError) bool {
	return d.Outcome == record.OutcomeUnavailable && neverLeft(d.Cause) ||
		d.Outcome == record.OutcomeBusy && d.RetryAfter > 0
}

func (t *traces) weighed(entry string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.sizes[entry]
	return ok
}

func (t *traces) setSize(entry string, size int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sizes == nil {
		t.sizes = make(map[string]int)
	}
	t.sizes[entry] = size
}

// size is 0 for what was not weighed.
func (t *traces) size(entry string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sizes[entry]
}

// at returns the trace of an item's latest attempt. The caller holds mu.
func (t *traces) at(item record.Item) *trace {
	if t.of == nil {
		t.of = make(map[string]*trace)
	}
	tr := t.of[item.Entry]
	if tr == nil || tr.attempts != item.Attempts {
		fresh := &trace{attempts: item.Attempts, since: time.Now()}
		if tr != nil {
			fresh.failures, fresh.notBefore = tr.failures, tr.notBefore
		}
		tr = fresh
		t.of[item.Entry] = tr
	}
	return tr
}

func (t *traces) change(item record.Item, f func(*trace)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(t.at(item))
}

// keep forgets every item but those listed.
func (t *traces) keep(items []record.Item) {
	t.mu.Lock()
	defer t.mu.Unlock()
	listed := make(map[string]bool, len(items))
	for _, item := range items {
		listed[item.Entry] = true
	}
	maps.DeleteFunc(t.of, func(entry string, _ *trace) bool { return !listed[entry] })
	maps.DeleteFunc(t.clean, func(entry string, _ int) bool { return !listed[entry] })
	maps.DeleteFunc(t.sizes, func(entry string, _ int) bool { return !listed[entry] })
}

// restLeft is how long the latest request for an item may still be running, here
// or inside the recipient. Only when it is zero does "not found" mean "not
// taken".
//
// For an attempt of this process the monotonic clock decides. For one that a
// killed process began, the journal's time does, unless the clock was set back
// meanwhile: then the wait counts from when we first saw the item, when the
// connection of that process was closed already.
func (w *Worker) restLeft(item record.Item) time.Duration {
	w.traces.mu.Lock()
	tr := *w.traces.at(item)
	w.traces.mu.Unlock()
	rest := w.RequestTimeout + w.Settle - time.Since(tr.since)
	switch {
	case !tr.ours:
		length := w.timeout(w.traces.size(item.Entry)) + w.Settle
		rest = min(rest, length-w.now().Sub(item.StartedAt))
	case !tr.over.IsZero():
		rest = max(rest, w.Settle-time.Since(tr.over))
	}
	return max(rest, 0)
}

// ownDelayLeft is how much longer an entry backs off for failures of its own.
func (w *Worker) ownDelayLeft(item record.Item) time.Duration {
	w.traces.mu.Lock()
	tr := *w.traces.at(item)
	w.traces.mu.Unlock()
	if !tr.ownFault {
		return 0
	}
	return max(w.entryDelay(item.Attempts)-time.Since(tr.since), 0)
}

// dueIn is how long an item is to be left alone; zero means that it is due.
//
// No delay that we write exceeds EntryEvery. A next attempt that lies further away
// was written by a clock which has been set back since, and is due.
func (w *Worker) dueIn(item record.Item) time.Duration {
	if item.Waits {
		return w.EntryEvery // for another entry, whose clearance is looked for
	}
	w.traces.mu.Lock()
	tr := *w.traces.at(item)
	w.traces.mu.Unlock()
	left := time.Duration(0)
	if item.State == record.Pending {
		if left = item.NextAttempt.Sub(w.now()); left > w.EntryEvery {
			left = 0
		}
	}
	if !tr.notBefore.IsZero() {
		left = max(left, time.Until(tr.notBefore))
	}
	return max(left, 0)
}

// leave notes that an item is not worth touching for d.
func (w *Worker) leave(item record.Item, d time.Duration) {
	w.traces.change(item, func(tr *trace) { tr.notBefore = time.Now().Add(d) })
}
