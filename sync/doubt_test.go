package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// Doubts are resolved before anything new is sent, whatever the deadlines.
func TestInFlightComesFirst(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.worker.MaxInFlight = 1
		r.addActed(time.Now().Add(-40 * time.Hour))
		doubt := r.addActed(time.Now())
		if _, err := r.outbox.Begin(t.Context(), r.outbox.Item(doubt), time.Now()); err != nil {
			t.Fatal(err)
		}
		r.once()
		r.mu.Lock()
		defer r.mu.Unlock()
		if first := r.events[0]; first.Entry != doubt || first.Kind != outsync.LookedUp {
			t.Errorf("the first event is %+v, want the look-up of %s", first, doubt)
		}
	})
}

// The clock is set forward while a request may still be running. Our own request
// rests by the monotonic clock, also for a person in a hurry.
func TestClockSetForwardDoesNotShortenARest(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.memory.Unconditional = true
		r.add(1)
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.LateCommit, After: 20 * time.Second})
		r.once()
		r.skew.Store(int64(10 * time.Hour))
		if got := r.once(); got.Attempts != 0 {
			t.Errorf("result %+v: sent again while the first request runs", got)
		}
		time.Sleep(time.Minute)
		r.once()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
		r.wantDelivered()
	})
}

// "Not found" counts from the moment of asking. An answer that takes longer than
// what is left of the rest says nothing about requests that ended meanwhile.
func TestRestIsMeasuredBeforeAsking(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		entry := r.addActed(time.Now())
		if _, err := r.outbox.Begin(t.Context(), r.outbox.Item(entry), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(r.worker.RequestTimeout + r.worker.Settle - r.memory.Latency/2)
		if got := r.once(); got.Attempts != 0 {
			t.Errorf("result %+v", got)
		}
		if got := r.once(); got.Cleared != 1 {
			t.Errorf("result %+v", got)
		}
	})
}

// Another kind of trouble brings its own pause: a line that died after a refusal
// of credentials is probed like a line.
func TestTroubleOfAnotherKind(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.faults.always(is(transporttest.Unauthorized))
		if got := r.once(); got.RetryAfter < r.worker.UnauthorizedPause/2 {
			t.Errorf("result %+v", got)
		}
		r.faults.always(is(transporttest.NoAnswer))
		if got := r.once(); got.Endpoint != outsync.Down || got.RetryAfter > r.worker.ProbeEvery {
			t.Errorf("result %+v", got)
		}
	})
}

// Told to stop while the outbox was writing: nothing is sent, and it is known that
// nothing was.
func TestStopBetweenBeginAndSend(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		ctx, cancel := context.WithCancel(t.Context())
		r.worker.Outbox = stopping{r.outbox, cancel}
		if _, err := r.worker.Once(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("once: %v", err)
		}
		r.wantStates(map[record.DeliveryState]int{record.Pending: 1})
		if n := r.memory.Requests(); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

type stopping struct {
	outsync.Outbox
	stop context.CancelFunc
}

func (s stopping) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	began, err := s.Outbox.Begin(ctx, item, at)
	s.stop()
	return began, err
}

// Patience is waiting, not asking all the time.
func TestPatienceDoesNotSpin(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.faults.then(transporttest.OpSubmit, is(transporttest.LoseAnswer))
		r.worker.Outbox = &failing{Outbox: r.outbox, clear: &record.Error{Code: record.CodeConflict}}
		r.worker.Patience = 10 * time.Minute
		if got := r.once(); got.Cleared != 0 || got.Waiting != 1 {
			t.Errorf("result %+v", got)
		}
		if n := r.memory.Requests(); n > 300 {
			t.Errorf("%d requests in ten minutes", n)
		}
	})
}

// A recipient that keeps a request open until our time limit, and had taken it.
func TestRequestTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		r.faults.then(transporttest.OpSubmit, is(transporttest.Hang))
		start := time.Now()
		got := r.once()
		if got.Cleared != 1 || got.Waiting != 1 {
			t.Errorf("result %+v", got)
		}
		if took, most := time.Since(start), r.worker.RequestTimeout+r.worker.FollowUp+2*time.Second; took > most {
			t.Errorf("took %v, want at most %v", took, most)
		}
	})
}

// Nothing that a worker tells repeats what an entry says or what a recipient said.
func TestTimelineCarriesNoWords(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Refuse, Words: "Mme Dupont is not known"})
		r.once()
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, e := range r.events {
			if e.Cause != "" && e.Cause != "status_422" {
				t.Errorf("event %+v", e)
			}
			if e.At.IsZero() {
				t.Errorf("event without a time: %+v", e)
			}
		}
	})
}

// Of an attempt that certainly had no effect nothing is asked: nothing has left, or
// the recipient declined and said when to come back. Of every other failure it is.
func TestLookUpsAreForDoubts(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   transporttest.Fault
		restart bool
		again   bool // the fault a second time
		lookups int
	}{
		{"nothing left", is(transporttest.NoAnswer), false, false, 0},
		{"nothing left, twice", is(transporttest.NoAnswer), false, true, 0},
		{"nothing left, and a restart", is(transporttest.NoAnswer), true, false, 0},
		{"nothing left twice, and a restart", is(transporttest.NoAnswer), true, true, 2},
		{"busy until", transporttest.Fault{Kind: transporttest.Busy, RetryAfter: time.Second}, false, true, 0},
		{"busy until, and a restart", transporttest.Fault{Kind: transporttest.Busy, RetryAfter: time.Second}, true, false, 2},
		{"busy", is(transporttest.Busy), false, false, 2},
		{"a busy gateway", transporttest.Fault{Kind: transporttest.Gateway, RetryAfter: time.Second}, false, false, 1},
		{"a busy gateway, and a restart", transporttest.Fault{Kind: transporttest.Gateway, RetryAfter: time.Second}, true, false, 1},
		{"a busy gateway before a slow recipient", transporttest.Fault{Kind: transporttest.Gateway, RetryAfter: time.Second, After: 20 * time.Second}, false, false, 1},
		{"a portal", is(transporttest.Portal), false, false, 2},
		{"an answer lost", is(transporttest.LoseAnswer), false, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.memory.Unconditional = true
				r.add(1)
				r.faults.then(transporttest.OpSubmit, c.fault)
				if c.again {
					r.faults.then(transporttest.OpSubmit, c.fault)
				}
				attempts := 1
				if c.again {
					attempts = 2
				}
				for range attempts {
					r.once()
					time.Sleep(70 * time.Second) // a doubt rests for a minute, a wish said twice is spread over half of one
				}
				if c.restart {
					r.worker = r.newWorker(r.outbox, r.memory)
				}
				r.once()
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
				r.wantDelivered()
				if n := len(r.happened(outsync.LookedUp)); n != c.lookups {
					t.Errorf("%d look-ups, want %d", n, c.lookups)
				}
			})
		})
	}
}
