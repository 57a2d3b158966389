package sync

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Causes that the worker itself writes, beside those of transports and findings.
const (
	causeUnclassed   = "unclassed_error"       // the transport failed in a way its contract does not know
	causeNoLocation  = "no_location"           // it said "taken" and gave nothing to point at
	causeStopped     = "stopped"               // we were told to stop before anything left
	causeBytesLost   = "submission_unreadable" // the frozen bytes are lost or altered
	causeBytesOther  = "submission_mismatch"   // the bytes belong to another document
	causeNoLookup    = "lookup_refused"        // the recipient will not say what it holds
	causeAcceptedNot = "accepted_not_found"    // it said "taken" and does not hold it
	causeNotCounted  = "not_counted"           // taken, but counting was not possible yet
)

// deliver brings one item as far as it can be brought now.
func (p *pass) deliver(ctx context.Context, item record.Item) {
	s, err := p.w.Outbox.Submission(ctx, item.Entry)
	switch {
	case err != nil && bytesLost(err):
		p.hold(ctx, item, causeBytesLost, "")
	case err != nil:
		p.outboxFailed(ctx, item, err, false)
	case item.DocumentID != "" && s.DocumentID != item.DocumentID:
		p.hold(ctx, item, causeBytesOther, "")
	case item.State == record.InFlight:
		p.resolve(ctx, item, s)
	default:
		// What was tried before and came back to pending was not taken, as far as
		// anybody said. Where that is not certain, asking is cheaper than being wrong.
		again := p.w.traces.doubtful(item)
		if again && !p.absent(ctx, item, s) {
			return
		}
		p.submit(ctx, item, s, again)
	}
}

// bytesLost reports whether the outbox says for good that an entry cannot be read.
func bytesLost(err error) bool {
	switch record.CodeOf(err) {
	case record.CodeInvalid, record.CodeUntrusted, record.CodeNotFound:
		return true
	}
	return false
}

// resolve finds out what became of a request, and sends it again once it is sure
// that nothing did.
func (p *pass) resolve(ctx context.Context, item record.Item, s record.Submission) {
	w := p.w
	// The rest is measured before asking: "not found" counts only when the first
	// request was over by the time the recipient was asked.
	rest := w.restLeft(item)
	if !p.absent(ctx, item, s) {
		return
	}
	if rest > 0 {
		w.leave(item, rest)
		return
	}
	var wait time.Duration
	if !p.all {
		wait = w.ownDelayLeft(item)
	}
	at := w.now()
	item, ok := p.retry(ctx, item, at, at.Add(wait), string(findingNone))
	if ok && wait == 0 {
		p.submit(ctx, item, s, true)
	}
}

// absent asks the recipient what it holds. It reports true when that is nothing;
// in every other case it has done all there is to do for now.
func (p *pass) absent(ctx context.Context, item record.Item, s record.Submission) bool {
	found, held, d := p.lookup(ctx, item, s)
	switch {
	case ctx.Err() != nil && d != nil:
		// Our own doing; it says nothing about the endpoint.
	case d != nil && d.Outcome == record.OutcomeRefused:
		p.hold(ctx, item, causeNoLookup, d.Words)
	case d != nil:
		p.endpointFailed(d)
	case found == findingNone:
		return true
	case found == findingOurs:
		p.clear(ctx, item, p.lookupReceipt(held))
	default:
		p.hold(ctx, item, string(found), "")
	}
	return false
}

// lookup asks the recipient once.
func (p *pass) lookup(ctx context.Context, item record.Item, s record.Submission) (finding, record.Held, *record.DeliveryError) {
	w := p.w
	asking, cancel := context.WithTimeout(ctx, w.LookupTimeout)
	defer cancel()
	began := time.Now()
	hits, err := w.Transport.Lookup(asking, s.DocumentID)
	if err != nil {
		d := explain(err)
		w.emit(LookedUp, item.Entry, d.Cause, item.Attempts)
		return "", record.Held{}, d
	}
	p.answered(time.Since(began))
	w.contact()
	found, held := weigh(s, hits)
	w.emit(LookedUp, item.Entry, string(found), item.Attempts)
	return found, held, nil
}

// submit sends a pending item. Again says that it may have been sent before: then
// a complete answer is not enough, and the documents are counted as well.
func (p *pass) submit(ctx context.Context, item record.Item, s record.Submission, again bool) {
	w := p.w
	item, ok := p.begin(ctx, item)
	if !ok {
		return
	}
	if ctx.Err() != nil {
		at := w.now()
		if !again {
			w.traces.hadNoEffect(item)
		}
		p.retry(ctx, item, at, at, causeStopped)
		return
	}
	w.emit(AttemptStarted, item.Entry, "", item.Attempts)
	p.count(func(r *Result) { r.Attempts++ })
	began := time.Now()
	receipt, err := p.request(ctx, item, s)
	took := time.Since(began)
	w.traces.change(item, func(tr *trace) { tr.over = time.Now() })
	d := explain(err)
	if err == nil && receipt.Empty() {
		d = &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: causeNoLocation}
	}
	if d == nil {
		w.emit(AttemptEnded, item.Entry, "", item.Attempts)
		p.answered(took)
		w.progress()
		if receipt.At.IsZero() {
			receipt.At = w.now()
		}
		if again {
			p.recount(ctx, item, s, receipt)
		} else {
			p.clear(ctx, item, receipt)
		}
		return
	}

	w.emit(AttemptEnded, item.Entry, d.Cause, item.Attempts)
	at := w.now()
	switch d.Outcome {
	case record.OutcomeUnavailable, record.OutcomeBusy, record.OutcomeUnauthorized:
		if noEffect(d) && !again {
			w.traces.hadNoEffect(item)
		}
		// Due again at once: it is the endpoint that has to recover.
		p.retry(ctx, item, at, at, d.Cause)
		if ctx.Err() == nil {
			p.endpointFailed(d)
		}
	case record.OutcomeRefused:
		p.answered(took)
		w.progress()
		p.hold(ctx, item, d.Cause, d.Words)
	default:
		if d.RetryAfter == 0 {
			p.followUp(ctx, item, s, d.Cause)
			return
		}
		// Who stands before the recipient is busy, and may have passed the request on
		// all the same: it is looked up when that time is over.
		p.unknown(ctx, item, d.Cause)
		if ctx.Err() == nil {
			busy := *d
			busy.Outcome = record.OutcomeBusy
			p.endpointFailed(&busy)
		}
	}
}

// request sends the bytes. When the worker is told to stop, an answer on its way
// still has StopGrace to arrive.
func (p *pass) request(ctx context.Context, item record.Item, s record.Submission) (record.Receipt, error) {
	w := p.w
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout(sizeOf(s)))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if sleep(sending, w.StopGrace, nil) == nil {
			cancel()
		}
	})
	defer stop()
	return w.Transport.Submit(sending, p.yielding(sending, item, s))
}

// followUp notes that an outcome is not known and, a moment later, asks. Most lost
// answers end here: the recipient holds the document, and it was the line that
// failed.
func (p *pass) followUp(ctx context.Context, item record.Item, s record.Submission, cause string) {
	w := p.w
	item, ok := p.unknown(ctx, item, cause)
	if !ok || sleep(ctx, w.FollowUp, nil) != nil {
		return
	}
	if !p.absent(ctx, item, s) {
		return
	}
	// The endpoint answers and this entry's request came to nothing: from here on
	// it is the entry that is patient, and its siblings go on.
	w.traces.change(item, func(tr *trace) { tr.ownFault = true })
	w.leave(item, w.restLeft(item))
}

// recount makes sure that a request which was sent more than once left exactly
// one document.
func (p *pass) recount(ctx context.Context, item record.Item, s record.Submission, receipt record.Receipt) {
	w := p.w
	found, _, d := p.lookup(ctx, item, s)
	if d == nil && found == findingNone && sleep(ctx, w.FollowUp, nil) == nil {
		// Some recipients answer before their index has caught up.
		found, _, d = p.lookup(ctx, item, s)
	}
	switch {
	case d != nil && d.Outcome == record.OutcomeRefused:
		p.hold(ctx, item, causeNoLookup, d.Words)
	case d != nil:
		p.unknown(ctx, item, causeNotCounted)
		if ctx.Err() == nil {
			p.endpointFailed(d)
		}
	case found == findingOurs:
		p.clear(ctx, item, receipt)
	case found == findingNone && ctx.Err() != nil:
		p.unknown(ctx, item, causeNotCounted)
	case found == findingNone:
		p.hold(ctx, item, causeAcceptedNot, "")
	default:
		p.hold(ctx, item, string(found), "")
	}
}

func (p *pass) lookupReceipt(h record.Held) record.Receipt {
	return record.Receipt{At: p.w.now(), Location: h.Location, Via: viaLookup, Server: p.w.Server, Proof: h.Proof}
}
