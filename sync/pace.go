package sync

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// newPace returns intervals that double from first up to limit and then stay
// there for ever. The library's defaults give up after 15 minutes and draw from
// the global generator up to half above the limit; here it only counts, and
// [Worker.jitter] draws.
func newPace(first, limit time.Duration) *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(min(first, limit)),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(limit),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(0),
	)
}

// nextDelay takes the next interval of a pace. [backoff.Stop] is -1, which as a
// delay would spin; a pace that stops is one that stays at its limit.
func (w *Worker) nextDelay(pace backoff.BackOff, limit time.Duration) time.Duration {
	d := pace.NextBackOff()
	if d <= 0 || d > limit {
		d = limit
	}
	return w.jitter(d)
}

// jitter draws from the upper third of d, so that many workers which lost the same
// line do not come back together, and none waits longer than d. With less, those who
// lost it at the same moment would still be together after minutes; with more, the
// intervals would be shorter, and more of them would be heard in the first second.
func (w *Worker) jitter(d time.Duration) time.Duration {
	return d - time.Duration(w.Random()*float64(d)/3)
}

// entryDelay is how long an entry waits after its attempts failed by its own
// fault. It starts from the journal's count, so that a restart does not make a
// stubborn entry hasty again.
func (w *Worker) entryDelay(attempts int) time.Duration {
	pace := newPace(entryFirst, w.EntryEvery)
	for range min(attempts-1, 40) {
		pace.NextBackOff()
	}
	return w.nextDelay(pace, w.EntryEvery)
}

// sleep waits for d, or until wake is signalled (nil for never), or until the
// context is done, which it reports.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-t.C:
	}
	return nil
}
