package sync_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sort"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

var (
	simRuns = flag.Int("sim.runs", 30, "number of simulated 48 h stretches")
	simSeed = flag.Uint64("sim.seed", 1, "seed of the first simulated stretch")
)

// TestSimulatedStretches plays 48 h of consultations on bad lines, as many times
// as asked, and prints how many entries the line allowed to deliver in time and
// how many were. Some lines are up one minute in a day; what may never happen on
// any of them is a loss, a double, or a clearance that the recipient knows nothing
// of.
func TestSimulatedStretches(t *testing.T) {
	var total tally
	start := time.Now()
	runs := *simRuns
	if testing.Short() {
		runs = min(runs, 5)
	}
	for i := range runs {
		seed := *simSeed + uint64(i)
		s := newStretch(seed)
		var got tally
		synctest.Test(t, func(t *testing.T) { got = s.play(t) })
		t.Logf("seed %d: %s", seed, got)
		total.add(got)
	}
	t.Logf("all %d stretches in %v: %s", runs, time.Since(start).Round(time.Millisecond), total)
	if total.eligible > 100 && float64(total.inTime) < 0.9*float64(total.eligible) {
		t.Errorf("delivered %d of %d in time, want nine in ten of what the line allows", total.inTime, total.eligible)
	}
}

// tally counts entries. Eligible ones could have been delivered in time by a
// worker that knows the line's future: it was up long enough between the act and
// the deadline.
type tally struct {
	entries, eligible, inTime, late, requests int
	up                                        time.Duration
	length                                    time.Duration
}

func (a *tally) add(b tally) {
	a.entries += b.entries
	a.eligible += b.eligible
	a.inTime += b.inTime
	a.late += b.late
	a.requests += b.requests
	a.up += b.up
	a.length += b.length
}

func (a tally) String() string {
	return fmt.Sprintf("line up %.1f %%, %d entries, %d eligible, %d cleared in time, %d late, %d requests",
		100*a.up.Seconds()/a.length.Seconds(), a.entries, a.eligible, a.inTime, a.late, a.requests)
}

const (
	stretch = 48 * time.Hour // in which consultations take place
	horizon = 2 * stretch    // until the last deadline
)

// window is a time in which the line is up.
type window struct{ from, to time.Duration }

// world is what one seed makes: the line, its manners, the consultations and the
// reboots, all as times since the start.
type world struct {
	seed    uint64
	random  *rand.Rand
	windows []window
	portal  bool // while down, a portal answers
	latency time.Duration
	acts    []time.Duration
	reboots []time.Duration
	inTurn  int // MaxInFlight

	mu    gosync.Mutex
	start time.Time
	good  bool
}

func newStretch(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 48))
	w := &world{
		seed:    seed,
		random:  r,
		portal:  r.IntN(3) == 0,
		latency: time.Duration(100+r.IntN(2400)) * time.Millisecond,
		inTurn:  1 + r.IntN(6),
	}
	// Mean times up and down, each drawn over orders of magnitude: from an hour a
	// day in one piece to ten seconds an hour.
	up := pick(r, 15*time.Second, time.Minute, 10*time.Minute, 2*time.Hour)
	down := pick(r, time.Minute, 20*time.Minute, 3*time.Hour, 10*time.Hour)
	for at := exp(r, down); at < horizon; {
		to := min(at+exp(r, up), horizon)
		w.windows = append(w.windows, window{at, to})
		at = to + exp(r, down)
	}
	for at := exp(r, time.Hour); at < stretch; at += exp(r, time.Hour) {
		w.acts = append(w.acts, at)
	}
	for at := exp(r, 12*time.Hour); at < horizon; at += exp(r, 12*time.Hour) {
		w.reboots = append(w.reboots, at)
	}
	return w
}

func pick(r *rand.Rand, list ...time.Duration) time.Duration { return list[r.IntN(len(list))] }

func exp(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64()*float64(mean)) + time.Second
}

// at returns the window that is open at a time, if one is.
func (w *world) at(since time.Duration) (window, bool) {
	i := sort.Search(len(w.windows), func(i int) bool { return w.windows[i].to > since })
	if i < len(w.windows) && w.windows[i].from <= since {
		return w.windows[i], true
	}
	return window{}, false
}

// eligible reports whether one undisturbed request fits between act and deadline.
func (w *world) eligible(act time.Duration) bool {
	for _, open := range w.windows {
		from, to := max(open.from, act), min(open.to, act+record.SyncWithin)
		if to-from > w.latency {
			return true
		}
	}
	return false
}

// fault is what the line does to a request now.
func (w *world) fault(transporttest.Request) transporttest.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.good {
		return transporttest.Fault{}
	}
	since := time.Since(w.start)
	open, up := w.at(since)
	switch {
	case !up && w.portal:
		return is(transporttest.Portal)
	case !up:
		return is(transporttest.NoAnswer)
	case since+w.latency < open.to:
		return transporttest.Fault{}
	}
	// The window closes on the request.
	switch w.random.IntN(4) {
	case 0:
		return is(transporttest.LoseRequest)
	case 1:
		return is(transporttest.Hang)
	case 2:
		return transporttest.Fault{Kind: transporttest.LateCommit, After: time.Duration(w.random.IntN(50)) * time.Second}
	}
	return is(transporttest.LoseAnswer)
}

func (w *world) float() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Float64()
}

// play runs the worker through the stretch, reboots included, and then on a good
// line, and checks what must hold at the end.
func (w *world) play(t *testing.T) tally {
	w.start = time.Now()
	outbox := new(outboxtest.Memory)
	// The worst recipient: it would take everything twice.
	memory := &transporttest.Memory{Latency: w.latency, Unconditional: true, Fault: w.fault}
	sent := make(map[string]record.Submission)
	wake := func() {}
	boot := func() (stop func()) {
		worker := outsync.New(outbox, memory)
		worker.MaxInFlight = w.inTurn
		worker.Random = w.float
		wake = worker.Wake
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = worker.Run(ctx)
		}()
		return func() { cancel(); <-done }
	}

	stop := boot()
	acts, reboots := w.acts, w.reboots
	for len(acts)+len(reboots) > 0 {
		if len(reboots) == 0 || len(acts) > 0 && acts[0] <= reboots[0] {
			sleepUntil(w.start.Add(acts[0]))
			s := transporttest.Submission(len(sent))
			entry := fmt.Sprintf("entry-%04d", len(sent))
			sent[entry] = s
			outbox.Add(entry, time.Now(), s)
			wake()
			acts = acts[1:]
			continue
		}
		sleepUntil(w.start.Add(reboots[0]))
		stop()
		stop = boot()
		reboots = reboots[1:]
	}
	sleepUntil(w.start.Add(horizon))

	result := tally{entries: len(sent), length: horizon, requests: memory.Requests()}
	for _, open := range w.windows {
		result.up += open.to - open.from
	}
	for i, act := range w.acts {
		item := outbox.Item(fmt.Sprintf("entry-%04d", i))
		if w.eligible(act) {
			result.eligible++
		}
		if item.State == record.Cleared && !item.Late(time.Now()) {
			result.inTime++
		} else {
			result.late++
		}
	}

	w.mu.Lock()
	w.good = true
	w.mu.Unlock()
	time.Sleep(10 * time.Minute)
	stop()
	for _, item := range outbox.Items() {
		if item.State != record.Cleared {
			t.Errorf("seed %d: %s ends %s (%s)", w.seed, item.Entry, item.State, item.LastError)
		} else if err := memory.Took(sent[item.Entry]); err != nil {
			t.Errorf("seed %d: %s is cleared, but %v", w.seed, item.Entry, err)
		}
	}
	return result
}

// sleepUntil sleeps until a moment, which may have passed while a process was
// being stopped.
func sleepUntil(at time.Time) { time.Sleep(time.Until(at)) }
