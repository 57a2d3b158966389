package sync

import (
	"context"
	"errors"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	// patientSize is what RequestTimeout alone is meant for; what is larger is given
	// more, at slowest bytes a second: the line of a village at the end of EDGE.
	patientSize = 16 << 10
	slowest     = 512
	// trickle is how long a paused body may stand still: proxies and recipients
	// commonly close a request on which nothing moves for a minute.
	trickle = 10 * time.Second
)

var errStalled = errors.New("nothing of the body has moved for the length of a request")

// timeout bounds a request that carries size bytes.
func (w *Worker) timeout(size int) time.Duration {
	more := max(size-patientSize, 0)
	return w.RequestTimeout + time.Duration(more)*time.Second/slowest
}

// bulky reports whether an entry has to stand back for the others.
func (w *Worker) bulky(item record.Item) bool {
	return w.Bulk > 0 && w.traces.size(item.Entry) >= w.Bulk
}

// transmit hands the bytes to the transport. A large body goes out in pieces where
// the transport can: each waits until no small entry is under way, and a line on
// which none moves any more is given up long before the whole body's time.
func (p *pass) transmit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	w := p.w
	pausing, ok := w.Transport.(Pausing)
	if !ok || w.Bulk <= 0 || len(s.Body) < w.Bulk {
		return w.Transport.Submit(ctx, s)
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	stall := time.AfterFunc(w.RequestTimeout, func() { giveUp(errStalled) })
	defer stall.Stop()
	return pausing.SubmitPausing(ctx, s, func(ctx context.Context) error {
		stall.Stop()
		err := p.stand(ctx)
		stall.Reset(w.RequestTimeout)
		return err
	})
}

// stand waits while small entries are queued or under way, for as long as a body
// may stand still.
func (p *pass) stand(ctx context.Context) error {
	quiet := p.quiet()
	if quiet == nil {
		return ctx.Err()
	}
	return sleep(ctx, trickle, quiet)
}
