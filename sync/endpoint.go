package sync

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/zoneblanche/zoneblanche/record"
)

// EndpointState is what is known of the recipient as a whole.
type EndpointState string

// The states of the endpoint.
const (
	Untested     EndpointState = "untested"     // this process has not spoken to it yet
	Up           EndpointState = "up"           // the latest exchange was an answer
	Down         EndpointState = "down"         // nothing that speaks the contract answers
	Busy         EndpointState = "busy"         // it asks to come back later
	Unauthorized EndpointState = "unauthorized" // it refuses us, whatever we send
)

// Status is the endpoint at one moment, for a page or a command.
type Status struct {
	State       EndpointState
	Cause       string    // of trouble: a stable key
	Since       time.Time // when the state began
	LastContact time.Time // of the latest answer; zero when there was none
	RetryAfter  time.Duration
	// LastTurn is when a running worker last looked at the outbox or waited for the
	// endpoint: more than two of ProbeEvery ago, it hangs. Zero before the first.
	LastTurn time.Time
	// ClockOffset is how far the practice's clock was ahead of the recipient's when they
	// were compared, at Compared; behind when negative. Compared is zero for never.
	ClockOffset time.Duration
	Compared    time.Time
}

// endpoint remembers how the recipient is doing and when it may be asked again.
type endpoint struct {
	mu          sync.Mutex
	state       EndpointState
	cause       string
	since       time.Time
	lastContact time.Time
	pace        backoff.BackOff
	gate        gate
	nudged      time.Time     // when the network last changed
	turn        bool          // Busy: the recipient has said when to come back
	wished      time.Duration // what it said
	busies      int           // how often it said the same, one time after the other
	turned      time.Time
	offset      time.Duration // of our clock, ahead of theirs
	compared    time.Time
}

// gate is a moment to wait for, kept on both clocks. The monotonic one may stand
// still while the computer sleeps, and the other one may be set by anybody:
// whichever gets there first opens the gate.
type gate struct {
	length    time.Duration
	monotonic time.Time
	wall      time.Time
}

func (g gate) remaining(wall time.Time) time.Duration {
	left := g.length - time.Since(g.monotonic)
	if passed := wall.Sub(g.wall); passed > 0 {
		left = min(left, g.length-passed)
	}
	return max(left, 0)
}

func (w *Worker) closeGate(d time.Duration) {
	w.endpoint.gate = gate{length: d, monotonic: time.Now(), wall: w.now()}
}

// Status tells how the endpoint is doing. It may be called at any time.
func (w *Worker) Status() Status {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	s := Status{State: e.state, Cause: e.cause, Since: e.since, LastContact: e.lastContact, LastTurn: e.turned,
		ClockOffset: e.offset, Compared: e.compared}
	if e.troubled() {
		s.RetryAfter = e.gate.remaining(w.now())
	}
	return s
}

// turned notes that the worker is alive.
func (w *Worker) turned() {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turned = time.Now()
}

// troubled reports whether a probe has to succeed before entries are sent.
func (e *endpoint) troubled() bool {
	return e.state == Down || e.state == Busy || e.state == Unauthorized
}

// contact notes that the endpoint answered. The pace stays as it is: a probe that
// succeeds where every submission fails must not bring back short intervals.
func (w *Worker) contact() {
	e := &w.endpoint
	e.mu.Lock()
	e.lastContact = w.now()
	changed := e.state != Up
	wasTroubled := e.troubled()
	if changed {
		e.state, e.cause, e.since, e.gate = Up, "", w.now(), gate{}
	}
	e.mu.Unlock()
	w.compareClocks()
	if wasTroubled {
		w.emit(EndpointUp, "", "", 0)
	}
}

// progress notes that the endpoint took or refused an entry: it does its work.
func (w *Worker) progress() {
	w.contact()
	w.endpoint.mu.Lock()
	w.endpoint.busies = 0
	w.pace().Reset()
	w.endpoint.mu.Unlock()
}

// turnAway is how long to stay away when a recipient says the same for the nth time
// in a row. The first wish is followed closely: whoever hands out turns has spread them.
// But wishes are whole seconds, and all who were given the same one would come back
// as close together as they were refused. Who says the same to everybody brings
// everybody back together, and gives himself away by whole half-minutes, which somebody
// wrote into a configuration: those are spread from the first time on. The wishes that
// follow are spread more and more.
func (w *Worker) turnAway(wish time.Duration, n int) time.Duration {
	within := time.Second
	if wish%configured == 0 {
		within = max(turnSpread, calm-wish)
	}
	within += time.Duration(min(n-1, 10)) * turnSpread
	return min(wish+time.Duration(w.Random()*float64(within)), w.RetryAfterMax)
}

const (
	// configured divides the wishes that people write into a configuration.
	configured = 30 * time.Second
	// calm is when all are back who were refused together by somebody who says the same
	// to everybody. Sooner, and a server that takes one practice in a hundred each second
	// would refuse most of them again; later, and one that takes one in fifty would be
	// idle for more than a fifth of the time that its work needs (doc/delivery.md).
	calm = 85 * time.Second
	// turnSpread is what each further wish adds to the time over which it is spread.
	turnSpread = 25 * time.Second
)

// trouble notes a failure that is the endpoint's, and says when to probe.
func (w *Worker) trouble(d *record.DeliveryError) {
	state := Down
	switch d.Outcome {
	case record.OutcomeBusy:
		state = Busy
	case record.OutcomeUnauthorized:
		state = Unauthorized
	}
	e := &w.endpoint
	e.mu.Lock()
	// Several requests may fail together; they count as one failure.
	first := !e.troubled() || e.state != state || e.gate.remaining(w.now()) == 0
	e.turn = state == Busy && d.RetryAfter > 0
	switch {
	case e.turn:
		switch {
		case d.RetryAfter != e.wished:
			e.wished, e.busies = d.RetryAfter, 1
		case first:
			e.busies++
		}
		if wish := w.turnAway(d.RetryAfter, e.busies); first || wish > e.gate.remaining(w.now()) {
			w.closeGate(wish)
		}
	case first && state == Unauthorized:
		w.closeGate(w.jitter(w.UnauthorizedPause))
	case first:
		w.closeGate(w.nextDelay(w.pace(), w.ProbeEvery))
	}
	changed := e.state != state || e.cause != d.Cause
	if changed {
		e.state, e.cause, e.since = state, d.Cause, w.now()
	}
	e.mu.Unlock()
	if changed {
		w.emit(EndpointDown, "", d.Cause, 0)
	}
}

// pace returns the endpoint's pace, made at its first use because ProbeEvery is
// set after [New]. The caller holds the endpoint's mu.
func (w *Worker) pace() backoff.BackOff {
	if w.endpoint.pace == nil {
		w.endpoint.pace = newPace(probeFirst, w.ProbeEvery)
	}
	return w.endpoint.pace
}

// busyFor is how long the recipient has asked to be left alone.
func (w *Worker) busyFor() time.Duration {
	e := &w.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != Busy {
		return 0
	}
	return e.gate.remaining(w.now())
}
