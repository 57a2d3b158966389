package sync

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// NextDelay opens the guard on paces to tests.
func (w *Worker) NextDelay(pace backoff.BackOff, limit time.Duration) time.Duration {
	return w.nextDelay(pace, limit)
}

// EntryDelay opens an entry's own pace to tests.
func (w *Worker) EntryDelay(attempts int) time.Duration { return w.entryDelay(attempts) }
