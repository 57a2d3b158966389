package sync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/zoneblanche/zoneblanche/record"
)

// order puts requests whose outcome is not known before those that were never
// sent, and within each the earliest deadline first: a look-up is cheap and may
// turn a doubt into a receipt.
func order(items []record.Item) {
	slices.SortStableFunc(items, func(a, b record.Item) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			a.Deadline.Compare(b.Deadline),
			strings.Compare(a.Entry, b.Entry),
		)
	})
}

func rank(item record.Item) int {
	if item.State == record.InFlight {
		return 0
	}
	return 1
}

// pass is one walk over a list of items. It ends early when the endpoint is in
// trouble, when the outbox cannot be written, or when the context is done.
type pass struct {
	w   *Worker
	all bool // a person asked: an entry's own backoff does not count

	mu      sync.Mutex
	queue   []record.Item
	proven  bool // the endpoint has answered during this pass
	stopped bool
	result  Result
	errs    []error
}

// pass delivers the items given. The caller holds the turn.
func (w *Worker) pass(ctx context.Context, items []record.Item, all bool) (Result, error) {
	p := &pass{w: w, all: all, queue: slices.Clone(items)}
	p.run(ctx)
	if err := ctx.Err(); err != nil {
		p.errs = append(p.errs, err)
	}
	return p.result, errors.Join(p.errs...)
}

// run sends one entry at a time until the endpoint has answered, so that a dead
// line or a portal touches a single entry, and then several together.
func (p *pass) run(ctx context.Context) {
	for !p.open() {
		item, ok := p.next(ctx)
		if !ok {
			return
		}
		p.deliver(ctx, item)
	}
	var wg sync.WaitGroup
	for range max(p.w.MaxInFlight, 1) {
		wg.Go(func() {
			for {
				item, ok := p.next(ctx)
				if !ok {
					return
				}
				p.deliver(ctx, item)
			}
		})
	}
	wg.Wait()
}

func (p *pass) next(ctx context.Context) (record.Item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || len(p.queue) == 0 || ctx.Err() != nil {
		return record.Item{}, false
	}
	item := p.queue[0]
	p.queue = p.queue[1:]
	return item, true
}

func (p *pass) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.proven
}

func (p *pass) prove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven = true
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
