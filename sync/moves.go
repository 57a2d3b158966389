package sync

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Values of [record.Receipt.Via].
const (
	viaResponse = "response"
	viaLookup   = "lookup"
)

// The moves of an item. Each is one change in the outbox; what happened at the
// recipient is written even when the worker is being stopped, because a receipt
// that is not written down costs a look-up later and worries somebody meanwhile.

// keeping returns a context that outlives ctx by the time a write may take.
func keeping(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), journalTimeout)
}

func (p *pass) begin(ctx context.Context, item record.Item) (record.Item, bool) {
	began, err := p.w.Outbox.Begin(ctx, item, p.w.now())
	if err != nil {
		p.outboxFailed(ctx, item, err, true)
		return item, false
	}
	p.w.traces.change(began, func(tr *trace) {
		*tr = trace{attempts: began.Attempts, since: time.Now(), ours: true}
	})
	return began, true
}

func (p *pass) retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, bool) {
	keep, cancel := keeping(ctx)
	defer cancel()
	moved, err := p.w.Outbox.Retry(keep, item, at, next, cause)
	return p.moved(ctx, item, moved, err)
}

func (p *pass) unknown(ctx context.Context, item record.Item, cause string) (record.Item, bool) {
	keep, cancel := keeping(ctx)
	defer cancel()
	moved, err := p.w.Outbox.Unknown(keep, item, p.w.now(), cause)
	return p.moved(ctx, item, moved, err)
}

// clear and hold also take an item that is pending, which is what a look-up before
// a second attempt meets; the item passes through in_flight like any other.

func (p *pass) clear(ctx context.Context, item record.Item, r record.Receipt) {
	keep, cancel := keeping(ctx)
	defer cancel()
	item, ok := p.inFlight(keep, item)
	if !ok {
		return
	}
	if r.Via == "" {
		r.Via = viaResponse
	}
	moved, err := p.w.Outbox.Clear(keep, item, r)
	if moved, ok := p.moved(ctx, item, moved, err); ok {
		p.count(func(r *Result) { r.Cleared++ })
		p.w.progress()
		p.w.emit(ClearedEvent, moved.Entry, r.Via, moved.Attempts)
	}
}

func (p *pass) hold(ctx context.Context, item record.Item, cause, words string) {
	keep, cancel := keeping(ctx)
	defer cancel()
	item, ok := p.inFlight(keep, item)
	if !ok {
		return
	}
	moved, err := p.w.Outbox.Hold(keep, item, p.w.now(), cause, words)
	if moved, ok := p.moved(ctx, item, moved, err); ok {
		p.count(func(r *Result) { r.Attention++ })
		p.w.emit(HeldEvent, moved.Entry, cause, moved.Attempts)
	}
}

func (p *pass) inFlight(ctx context.Context, item record.Item) (record.Item, bool) {
	if item.State == record.InFlight {
		return item, true
	}
	return p.begin(ctx, item)
}

func (p *pass) moved(ctx context.Context, from, to record.Item, err error) (record.Item, bool) {
	if err != nil {
		p.outboxFailed(ctx, from, err, true)
		return from, false
	}
	return to, true
}
