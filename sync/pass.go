package sync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// order puts photographs that can stand back last, requests whose outcome is not known
// before those that were never sent, and within each the earliest deadline first: a
// look-up is cheap and may turn a doubt into a receipt.
func (w *Worker) order(ctx context.Context, items []record.Item) {
	for _, item := range items {
		w.weigh(ctx, item)
	}
	rank := func(item record.Item) int {
		switch {
		case w.standsBack(item):
			return 2
		case item.State == record.InFlight:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(items, func(a, b record.Item) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			a.Deadline.Compare(b.Deadline),
			strings.Compare(a.Entry, b.Entry),
		)
	})
}

// pass is one walk over a list of items. It ends early when the endpoint is in
// trouble, when the outbox cannot be written, or when the context is done.
type pass struct {
	w    *Worker
	all  bool            // a person asked: an entry's own backoff does not count
	wake <-chan struct{} // entries recorded meanwhile join the walk; nil for never

	mu      sync.Mutex
	queue   []record.Item // photographs that stand back are at its end
	active  map[string]bool
	photo   string        // the photograph under way, or ""
	small   int           // other entries under way
	hushed  chan struct{} // closed when nothing but photographs is queued or under way
	room    room
	stopped bool
	result  Result
	errs    []error

	halt    context.CancelFunc // of the photograph under way
	ended   chan struct{}      // signalled by a delivery that is over
	refresh *time.Timer        // of the next look at the outbox; nil without wake
	looked  time.Time
}

// lookAgain is how soon a walk looks at the outbox again at the earliest when
// nothing wakes it: entries that had to rest become due while others are under way.
const lookAgain = 5 * time.Second

// pass delivers the items given. The caller holds the turn. With wake, those that
// are recorded or become due meanwhile join in; without, a person asked, and an
// entry's own backoff does not count.
func (w *Worker) pass(ctx context.Context, items []record.Item, wake <-chan struct{}) (Result, error) {
	ready := slices.DeleteFunc(slices.Clone(items), func(item record.Item) bool { return item.Waits })
	p := &pass{
		w: w, all: wake == nil, wake: wake,
		queue: ready, active: make(map[string]bool),
		room: newRoom(w.MaxInFlight), ended: make(chan struct{}, 1), looked: time.Now(),
	}
	p.run(ctx)
	if err := ctx.Err(); err != nil {
		p.errs = append(p.errs, err)
	}
	return p.result, errors.Join(p.errs...)
}

// run starts what there is room for until nothing is left to start or under way.
func (p *pass) run(ctx context.Context) {
	if p.wake != nil {
		p.refresh = time.NewTimer(idleEvery)
		defer p.refresh.Stop()
	}
	for {
		for p.start(ctx) {
		}
		p.mu.Lock()
		idle := len(p.active) == 0
		if p.stopped && p.halt != nil {
			// A line that failed for others does not carry a photograph either.
			p.halt()
		}
		p.mu.Unlock()
		if idle {
			return
		}
		p.wait(ctx)
	}
}

// wait returns when a delivery is over or the outbox was looked at again.
func (p *pass) wait(ctx context.Context) {
	if p.refresh == nil {
		<-p.ended
		return
	}
	select {
	case <-p.ended:
	case <-p.wake:
		p.refresh.Reset(max(minGap-time.Since(p.looked), 0))
	case <-p.refresh.C:
		p.refresh.Reset(max(p.look(ctx), lookAgain))
	}
}

// look takes up what the outbox has now, and returns how long nothing else will be
// due.
func (p *pass) look(ctx context.Context) time.Duration {
	p.looked = time.Now()
	p.w.turned()
	p.mu.Lock()
	stopped := p.stopped
	p.mu.Unlock()
	if stopped || ctx.Err() != nil {
		return idleEvery
	}
	items, err := p.w.waiting(ctx)
	if err != nil {
		return idleEvery // told already; the walk that follows this one deals with it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = p.queue[:0]
	next := idleEvery
	for _, item := range items {
		if p.active[item.Entry] {
			continue
		}
		if due := p.w.dueIn(item); due > 0 {
			next = min(next, due)
		} else {
			p.queue = append(p.queue, item)
		}
	}
	p.hush()
	return next
}

// start begins the next delivery, if there is one and room for it.
func (p *pass) start(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hush()
	if p.stopped || len(p.queue) == 0 || ctx.Err() != nil {
		return false
	}
	i := p.next()
	if i < 0 {
		return false
	}
	item := p.queue[i]
	p.queue = slices.Delete(p.queue, i, i+1)
	p.active[item.Entry] = true
	doing, halt := context.WithCancel(ctx)
	if photograph(item) {
		p.photo, p.halt = item.Entry, halt
	} else {
		p.small++
	}
	go func() {
		defer halt()
		p.deliver(doing, item)
		p.over(item)
	}()
	return true
}

// next returns the place in the queue of what may leave now, or -1. One photograph is
// under way at a time, and one that stands back waits for everything else. The caller
// holds mu.
func (p *pass) next() int {
	crowded := p.small >= p.room.allowed
	others := p.small > 0
	for i, item := range p.queue {
		switch {
		case !photograph(item):
			if !crowded {
				return i
			}
			others = true
		case p.photo == "" && !(others && p.w.standsBack(item)):
			return i
		}
		if crowded && p.photo != "" {
			return -1
		}
	}
	return -1
}

func (p *pass) over(item record.Item) {
	p.mu.Lock()
	delete(p.active, item.Entry)
	if photograph(item) {
		p.photo, p.halt = "", nil
	} else {
		p.small--
	}
	p.hush()
	p.mu.Unlock()
	select {
	case p.ended <- struct{}{}:
	default:
	}
}

// hush keeps the channel that tells a photograph when it may go on. The caller
// holds mu.
func (p *pass) hush() {
	loud := p.small > 0 || slices.ContainsFunc(p.queue, func(item record.Item) bool { return !photograph(item) })
	switch {
	case loud && p.hushed == nil:
		p.hushed = make(chan struct{})
	case !loud && p.hushed != nil:
		close(p.hushed)
		p.hushed = nil
	}
}

// quiet returns nil when nothing but photographs is queued or under way, and otherwise a
// channel that is closed as soon as that is so.
func (p *pass) quiet() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hushed
}

// answered notes that the endpoint answered an exchange of this pass.
func (p *pass) answered(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room.answered(took)
}

func (p *pass) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
}

func (p *pass) count(f func(*Result)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.result)
}

// endpointFailed stops the pass for a failure that is not the entry's.
func (p *pass) endpointFailed(d *record.DeliveryError) {
	p.w.trouble(d)
	p.stop()
}

// outboxFailed notes that the journal could not do what was asked for an item, and
// leaves that item alone for a while. A conflict is nobody's fault: the item is
// read again later. Any other failure is reported, and ends the pass when it was a
// write: a journal that cannot be written must see no request leave.
func (p *pass) outboxFailed(ctx context.Context, item record.Item, err error, write bool) {
	w := p.w
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		p.stop()
		return
	}
	failures := 0
	w.traces.change(item, func(tr *trace) {
		tr.failures++
		failures = tr.failures
	})
	w.leave(item, w.entryDelay(failures))
	if record.CodeOf(err) == record.CodeConflict {
		return
	}
	w.journalFailed(item.Entry, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = p.stopped || write
	p.errs = append(p.errs, err)
}

// explain takes a transport's error apart. An error of another kind than the
// contract's is an unknown outcome; no error is nil.
func explain(err error) *record.DeliveryError {
	if err == nil {
		return nil
	}
	var d *record.DeliveryError
	if !errors.As(err, &d) {
		return &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: causeUnclassed, Err: err}
	}
	if d.Cause == "" {
		named := *d
		named.Cause = string(d.Outcome)
		return &named
	}
	return d
}
