package sync_test

import (
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// The library says "stop" with -1. Taken for a delay, it spins; taken for an end,
// it loses the entry.
func TestStopIsNeverADelay(t *testing.T) {
	w := outsync.New(nil, nil)
	gaveUp := backoff.NewExponentialBackOff()
	gaveUp.MaxElapsedTime = time.Nanosecond
	for name, pace := range map[string]backoff.BackOff{
		"a pace that stops":   &backoff.StopBackOff{},
		"a pace of zero":      &backoff.ZeroBackOff{},
		"a pace that gave up": gaveUp,
		"a pace beyond":       backoff.NewConstantBackOff(24 * time.Hour),
	} {
		for range 100 {
			if d := w.NextDelay(pace, time.Minute); d < 30*time.Second || d > time.Minute {
				t.Fatalf("%s: delay %v, want the upper half of a minute", name, d)
			}
		}
	}
}

func TestEntryDelayIsSeededFromTheJournal(t *testing.T) {
	w := outsync.New(nil, nil)
	w.Random = func() float64 { return 0 }
	for attempts, want := range map[int]time.Duration{
		0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 4: 40 * time.Second,
		7: 5 * time.Minute, 8: 5 * time.Minute, 1_000_000: 5 * time.Minute,
	} {
		if got := w.EntryDelay(attempts); got != want {
			t.Errorf("after %d attempts %v, want %v", attempts, got, want)
		}
	}
}
