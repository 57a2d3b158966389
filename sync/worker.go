package sync

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// The defaults of a worker's intervals.
const (
	// DefaultRequestTimeout bounds one submission. A note is a few kilobytes; on
	// the thinnest line that still carries anything this is ample.
	DefaultRequestTimeout = 30 * time.Second
	// DefaultLookupTimeout bounds one look-up, a small question with a small answer.
	DefaultLookupTimeout = 20 * time.Second
	// DefaultProbeTimeout bounds one probe.
	DefaultProbeTimeout = 15 * time.Second
	// DefaultSettle is how long a recipient may go on working on a request after
	// its client has gone: reverse proxies and databases commonly give up sooner.
	DefaultSettle = 30 * time.Second
	// DefaultFollowUp is the pause between a lost answer and the first look-up:
	// long enough for the recipient to finish, short enough for a person to wait.
	DefaultFollowUp = 2 * time.Second
	// DefaultProbeEvery is the longest time between two probes of a dead endpoint. The
	// programme asks for 60 s at most; with 28 s, and Spread after it, a line that is
	// back has its first entry within 30 s. The longer, the fewer practices are heard
	// in the second in which the network of a region returns.
	DefaultProbeEvery = 28 * time.Second
	// DefaultEntryEvery is the longest pause of an entry that keeps failing while
	// the endpoint answers.
	DefaultEntryEvery = 5 * time.Minute
	// DefaultRetryAfterMax is the longest that a recipient may send us away for.
	DefaultRetryAfterMax = 30 * time.Minute
	// DefaultUnauthorizedPause is the pause after a refusal of our credentials:
	// hammering can lock an account.
	DefaultUnauthorizedPause = 15 * time.Minute
	// DefaultSpread is the longest random wait between a probe that succeeds after
	// trouble and the first entry. The probes of many practices are already spread
	// over ProbeEvery, so that little is needed.
	DefaultSpread = time.Second
	// DefaultStopGrace is how long a running request may go on once the worker is
	// told to stop: an answer that is nearly there saves a look-up.
	DefaultStopGrace = 2 * time.Second
	// DefaultMaxInFlight is how many entries are under way together at most. A pass
	// begins with one and earns the others answer by answer (see room.go), so that
	// only a line which carries them sees so many.
	DefaultMaxInFlight = 32

	// DefaultHurry is how long before its deadline a photograph stands back no more: a
	// quarter of the time that there is, and a night in which a line may be quiet.
	DefaultHurry = 12 * time.Hour

	probeFirst = 1 * time.Second
	entryFirst = 5 * time.Second
	// minGap separates two turns of Run whatever wakes it, so that no defect of an
	// outbox, a transport or a caller can make it spin.
	minGap = 250 * time.Millisecond
	// journalTimeout bounds a write to the outbox that must not be lost because the
	// worker is being stopped.
	journalTimeout = 10 * time.Second
)

// Worker delivers an outbox. Make one with [New], set its fields, then call
// [Worker.Once] or [Worker.Run]; the fields are not changed afterwards.
type Worker struct {
	Outbox    Outbox
	Transport Transport

	RequestTimeout    time.Duration
	LookupTimeout     time.Duration
	ProbeTimeout      time.Duration
	Settle            time.Duration
	FollowUp          time.Duration
	ProbeEvery        time.Duration
	EntryEvery        time.Duration
	RetryAfterMax     time.Duration
	UnauthorizedPause time.Duration
	Spread            time.Duration
	StopGrace         time.Duration
	MaxInFlight       int

	// Hurry is how long before its deadline a photograph takes its turn among the
	// others. Until then it leaves after all of them, one at a time, and pauses while
	// one of them is queued or under way.
	Hurry time.Duration

	// Patience is how long Once may wait for requests whose outcome is not known to
	// have rested (RequestTimeout + Settle since they began) so that it can send
	// them again itself. Zero leaves them to the next call.
	Patience time.Duration

	// Server is the recipient's address, noted in receipts that come from look-ups.
	Server string

	// Now is the time of day, for what is written and compared with what others
	// wrote. Intervals are measured on the monotonic clock.
	Now func() time.Time
	// Random draws from [0,1) to spread delays. It may be called from several
	// goroutines.
	Random func() float64
	// OnEvent is told what happens, one event at a time and from the goroutine to
	// which it happens. It must be quick and must not call the worker.
	OnEvent func(Event)

	turn     chan struct{} // held by the one pass that is under way
	wake     chan struct{}
	owed     time.Time // when the outbox was last seen to owe something; the turn's
	events   sync.Mutex
	endpoint endpoint
	traces   traces
}

// New returns a worker with the default intervals.
func New(outbox Outbox, transport Transport) *Worker {
	return &Worker{
		Outbox:            outbox,
		Transport:         transport,
		RequestTimeout:    DefaultRequestTimeout,
		LookupTimeout:     DefaultLookupTimeout,
		ProbeTimeout:      DefaultProbeTimeout,
		Settle:            DefaultSettle,
		FollowUp:          DefaultFollowUp,
		ProbeEvery:        DefaultProbeEvery,
		EntryEvery:        DefaultEntryEvery,
		RetryAfterMax:     DefaultRetryAfterMax,
		UnauthorizedPause: DefaultUnauthorizedPause,
		Spread:            DefaultSpread,
		StopGrace:         DefaultStopGrace,
		MaxInFlight:       DefaultMaxInFlight,
		Hurry:             DefaultHurry,
		Now:               time.Now,
		Random:            rand.Float64,
		turn:              make(chan struct{}, 1),
		wake:              make(chan struct{}, 1),
		endpoint:          endpoint{state: Untested},
	}
}

// Result is what one call of [Worker.Once] did.
type Result struct {
	Cleared   int // entries cleared
	Attention int // entries that now need a person
	Waiting   int // entries still owed, pending or in flight
	Attempts  int // submissions sent

	// Endpoint and Cause say how the recipient did. The pass stopped early when
	// Endpoint is Down, Busy or Unauthorized; RetryAfter is then how long a
	// running worker would leave it alone.
	Endpoint   EndpointState
	Cause      string
	RetryAfter time.Duration

	// Next is when a waiting entry is due at the earliest; zero when none waits.
	Next time.Time
}

// Once brings everything that is waiting as far as it goes now, whatever next
// attempt is noted, since a person asked. Only the recipient's own wish to be left
// alone is respected.
//
// A failed delivery is not an error: the result says it. The error is the outbox's
// or the context's, and the result then covers what was done before.
func (w *Worker) Once(ctx context.Context) (Result, error) {
	if err := w.takeTurn(ctx); err != nil {
		return Result{}, err
	}
	defer w.endTurn()

	var total Result
	patience := time.Now().Add(w.Patience)
	items, err := w.waiting(ctx)
	waited := map[string]bool{} // corrections that waited for their original
	for err == nil {
		for _, item := range items {
			waited[item.Entry] = item.Waits
		}
		var r Result
		if w.busyFor() == 0 {
			r, err = w.pass(ctx, items, nil)
		}
		total.Cleared += r.Cleared
		total.Attention += r.Attention
		total.Attempts += r.Attempts
		if err != nil {
			total.Waiting = len(items) - r.Cleared - r.Attention
			break
		}
		if items, err = w.waiting(ctx); err != nil {
			break
		}
		total.Waiting = len(items)
		if freed := slices.DeleteFunc(slices.Clone(items), func(i record.Item) bool { return i.Waits || !waited[i.Entry] }); len(freed) > 0 && w.Status().State == Up {
			items = freed
			continue
		}
		resting, d := w.resting(items)
		if len(resting) == 0 || w.Status().State != Up || time.Now().Add(d).After(patience) {
			break
		}
		// At least FollowUp, so that an item which cannot move does not make this spin.
		if err = sleep(ctx, max(d, w.FollowUp, minGap), nil); err == nil {
			items = resting
		}
	}
	s := w.Status()
	total.Endpoint, total.Cause, total.RetryAfter = s.State, s.Cause, s.RetryAfter
	if err == nil && len(items) > 0 {
		total.Next = w.now().Add(max(w.nextDue(items, math.MaxInt64), s.RetryAfter))
	}
	return total, err
}

// Wake tells a running worker that the outbox has something new. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// now is the time of day without a monotonic reading, as the journal stores it.
func (w *Worker) now() time.Time { return w.Now().UTC().Round(0) }

// takeTurn waits until no other pass is under way: look-ups of one would otherwise
// meet requests of another.
func (w *Worker) takeTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *Worker) endTurn() { <-w.turn }

// waiting lists the outbox in the order in which entries are to be delivered.
func (w *Worker) waiting(ctx context.Context) ([]record.Item, error) {
	items, err := w.list(ctx)
	if err == nil {
		w.order(ctx, items)
	}
	return items, err
}

// list lists the outbox as it comes.
func (w *Worker) list(ctx context.Context) ([]record.Item, error) {
	items, err := w.Outbox.Waiting(ctx)
	if err != nil {
		w.journalFailed("", err)
		return nil, err
	}
	w.traces.keep(items)
	return items, nil
}

// weigh learns how much an entry has to send, once in the life of this process.
// What cannot be read weighs nothing: its turn comes, and is told then.
func (w *Worker) weigh(ctx context.Context, item record.Item) {
	if w.traces.weighed(item.Entry) {
		return
	}
	if s, err := w.Outbox.Submission(ctx, item.Entry); err == nil {
		w.traces.setSize(item.Entry, sizeOf(s))
	}
}

// resting returns the items in flight and how long until the first of them may be
// sent again.
func (w *Worker) resting(items []record.Item) ([]record.Item, time.Duration) {
	var some []record.Item
	first := time.Duration(-1)
	for _, item := range items {
		if item.State != record.InFlight {
			continue
		}
		some = append(some, item)
		if d := w.restLeft(item); first < 0 || d < first {
			first = d
		}
	}
	return some, first
}

// nextDue is how long until the first of the items is due, or limit.
func (w *Worker) nextDue(items []record.Item, limit time.Duration) time.Duration {
	first := limit
	for _, item := range items {
		first = min(first, w.dueIn(item))
	}
	return first
}

func (w *Worker) journalFailed(entry string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	w.emit(JournalFailed, entry, string(record.CodeOf(err)), 0)
}
