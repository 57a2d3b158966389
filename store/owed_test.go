package store

import (
	"testing"
	"time"
)

// TestDueByTheClockThatNobodySets: a deadline counts from the act, whatever the clock on
// the wall was set to meanwhile, as long as the machine has not been started again.
func TestDueByTheClockThatNobodySets(t *testing.T) {
	wall, boot, since := acted, "first boot", 3*time.Hour
	j := mustOpen(t, t.TempDir(), &Options{
		Clock:     func() time.Time { return wall },
		bootClock: func() (string, time.Duration) { return boot, since },
	})
	mustRecord(t, j, "note", acted.Add(-2*time.Minute))
	pass := func(d time.Duration) { wall, since = wall.Add(d), since+d }
	due := func() time.Duration {
		t.Helper()
		items, err := j.Owed(ctx)
		if err != nil || len(items) != 1 {
			t.Fatalf("%d, %v", len(items), err)
		}
		if !items[0].Deadline.Equal(acted.Add(48*time.Hour - 2*time.Minute)) {
			t.Errorf("the deadline itself was rewritten: %v", items[0].Deadline)
		}
		return items[0].DueAt().Sub(wall)
	}
	pass(10 * time.Hour)
	left := 38*time.Hour - 2*time.Minute
	if got := due(); got != left {
		t.Errorf("%v left, want %v", got, left)
	}
	for _, wrong := range []time.Duration{10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour, time.Hour, -3 * time.Minute} {
		wall = wall.Add(wrong)
		if got := due(); got != left {
			t.Errorf("the clock was set by %v: %v left, want %v", wrong, got, left)
		}
		wall = wall.Add(-wrong)
	}
	// Started again, nothing but the wall is left to go by.
	boot, since = "second boot", time.Minute
	wall = wall.Add(time.Hour)
	if got := due(); got != left-time.Hour {
		t.Errorf("after a reboot: %v left, want %v", got, left-time.Hour)
	}
}
