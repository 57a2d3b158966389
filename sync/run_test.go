package sync_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

func TestRunDeliversWhatIsRecordedAndWoken(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		stop := r.run()
		time.Sleep(10 * time.Minute)
		r.add(1)
		r.worker.Wake()
		time.Sleep(time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
		// Without a wake-up it is noticed too, if later.
		r.add(1)
		time.Sleep(time.Minute + time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 2})
		stop()
		r.wantDelivered()
	})
}

func TestRunLeavesTheRecipientAloneWhenNothingWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		stop := r.run()
		time.Sleep(24 * time.Hour)
		stop()
		if n := r.memory.Requests(); n != 0 {
			t.Errorf("%d requests in an idle day", n)
		}
	})
}

// A portal for ten hours, then a line: what waits is delivered within the longest
// pause, and the entries bear no trace of the wait.
func TestPortalForTenHours(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.faults.always(is(transporttest.Portal))
		r.add(20)
		stop := r.run()
		time.Sleep(10 * time.Hour)
		if s := r.worker.Status(); s.State != outsync.Down || s.Cause != "html_answer" || !s.LastContact.IsZero() {
			t.Errorf("status %+v", s)
		}
		if n, least := r.memory.Requests(), 10*3600/25; n < least || n > 2*least {
			t.Errorf("%d requests in ten hours, want one in 12 to 25 seconds", n)
		}
		if n := r.outbox.Item("entry-0001").Attempts; n != 1 {
			t.Errorf("%d attempts of the first entry, want 1: probes do not use entries up", n)
		}
		back := time.Now()
		r.faults.always(is(transporttest.NoFault))
		time.Sleep(outsync.DefaultProbeEvery + outsync.DefaultSpread + 5*time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 20})
		stop()
		r.wantDelivered()
		ups := r.happened(outsync.EndpointUp)
		if len(ups) != 1 || ups[0].At.Sub(back) > outsync.DefaultProbeEvery+time.Second {
			t.Errorf("endpoint up %v, line back at %v", ups, back)
		}
	})
}

func TestProbesBackOffAndStayAtTheirLimit(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		probes := &counting{Memory: r.memory}
		r.worker.Transport = probes
		r.faults.always(is(transporttest.NoAnswer))
		r.add(1)
		stop := r.run()
		time.Sleep(48 * time.Hour)
		stop()
		for i := 1; i < len(probes.at); i++ {
			gap := probes.at[i].Sub(probes.at[i-1])
			if gap > outsync.DefaultProbeEvery {
				t.Fatalf("probe %d came after %v, want at most %v", i, gap, outsync.DefaultProbeEvery)
			}
			if i > 8 && gap < outsync.DefaultProbeEvery/2 {
				t.Fatalf("probe %d came after %v, want at least %v", i, gap, outsync.DefaultProbeEvery/2)
			}
		}
		if first := probes.at[0]; len(probes.at) < 48*60 {
			t.Errorf("%d probes in 48 h since %v", len(probes.at), first)
		}
	})
}

// counting notes when probes are made.
type counting struct {
	*transporttest.Memory
	at []time.Time
}

func (c *counting) Probe(ctx context.Context) error {
	c.at = append(c.at, time.Now())
	return c.Memory.Probe(ctx)
}

func TestRetryAfterIsHonouredAndCapped(t *testing.T) {
	for _, test := range []struct {
		name       string
		asked      time.Duration
		least, not time.Duration // no request before least; delivered by not
	}{
		{"ten minutes", 10 * time.Minute, 10 * time.Minute, 11*time.Minute + 10*time.Second},
		{"a day", 24 * time.Hour, outsync.DefaultRetryAfterMax, outsync.DefaultRetryAfterMax + 70*time.Second},
		{"not said", 0, time.Second / 2, 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Busy, RetryAfter: test.asked})
				r.add(5)
				start := time.Now()
				stop := r.run()
				synctest.Wait()
				before := r.memory.Requests()
				time.Sleep(test.least - 10*time.Millisecond)
				r.worker.Wake() // an impatient page changes nothing
				synctest.Wait()
				if n := r.memory.Requests() - before; n != 0 {
					t.Errorf("%d requests within %v", n, test.least)
				}
				time.Sleep(time.Until(start.Add(test.not)))
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 5})
				stop()
			})
		})
	}
}

func TestUnauthorizedPausesAll(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.faults.always(is(transporttest.Unauthorized))
		r.add(5)
		stop := r.run()
		time.Sleep(6 * time.Hour)
		if n := r.memory.Requests(); n > 50 {
			t.Errorf("%d requests in six hours with refused credentials", n)
		}
		r.wantStates(map[record.DeliveryState]int{record.Pending: 5})
		if s := r.worker.Status(); s.State != outsync.Unauthorized {
			t.Errorf("status %+v", s)
		}
		r.faults.always(is(transporttest.NoFault))
		time.Sleep(outsync.DefaultUnauthorizedPause + 10*time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 5})
		stop()
	})
}

// One entry that breaks the connection each time must not cost its siblings
// anything, nor be sent without end.
func TestStubbornEntryBacksOffAlone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.faults.forDocument(r.sent["entry-0001"].DocumentID, is(transporttest.LoseRequest))
		stop := r.run()
		var worst time.Duration
		for range 48 {
			time.Sleep(time.Hour)
			entry := r.addActed(time.Now())
			start := time.Now()
			r.worker.Wake()
			for r.outbox.Item(entry).State != record.Cleared {
				time.Sleep(100 * time.Millisecond)
				if time.Since(start) > time.Hour {
					t.Fatalf("%s waits behind the stubborn entry", entry)
				}
			}
			worst = max(worst, time.Since(start))
		}
		if worst > 10*time.Second {
			t.Errorf("a sibling waited %v", worst)
		}
		attempts := r.outbox.Item("entry-0001").Attempts
		if attempts > 48*60/2 || attempts < 48*60/10 {
			t.Errorf("%d attempts in 48 h", attempts)
		}
		// And it is not given up.
		r.faults.forDocument(r.sent["entry-0001"].DocumentID, is(transporttest.NoFault))
		time.Sleep(outsync.DefaultEntryEvery + 2*time.Minute)
		stop()
		if item := r.outbox.Item("entry-0001"); item.State != record.Cleared {
			t.Errorf("the stubborn entry is %s", item.State)
		}
		r.wantDelivered()
	})
}

// Where probes succeed and every submission fails (a wrong address, a proxy that
// only forwards reads) the pauses must still grow.
func TestProbesThatLie(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.memory.Fault = func(q transporttest.Request) transporttest.Fault {
			if q.Op == transporttest.OpSubmit {
				return is(transporttest.NoAnswer)
			}
			return is(transporttest.NoFault)
		}
		r.add(3)
		stop := r.run()
		time.Sleep(24 * time.Hour)
		stop()
		if n := r.memory.Requests(); n > 24*60*8 {
			t.Errorf("%d requests in a day", n)
		}
		r.wantStates(map[record.DeliveryState]int{record.Pending: 3})
	})
}

func TestSpreadAfterTheLineReturns(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.worker.Spread = 20 * time.Second
		r.worker.Random = func() float64 { return 0.5 }
		r.faults.always(is(transporttest.NoAnswer))
		r.add(1)
		stop := r.run()
		time.Sleep(time.Hour)
		r.faults.always(is(transporttest.NoFault))
		for len(r.happened(outsync.EndpointUp)) == 0 {
			time.Sleep(time.Millisecond)
			r.worker.Wake()
		}
		up := time.Now()
		time.Sleep(10*time.Second - 10*time.Millisecond)
		r.wantStates(map[record.DeliveryState]int{record.Pending: 1})
		time.Sleep(time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
		stop()
		starts := r.happened(outsync.AttemptStarted)
		if got := starts[len(starts)-1].At.Sub(up); got < 9*time.Second || got > 11*time.Second {
			t.Errorf("first entry %v after the line returned, want 10 s", got)
		}
	})
}

// The clock on the wall is set while the worker runs: it may wait one pause more,
// never hours, and never sends before a rest is over.
func TestClockIsSet(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"back a year":        -365 * 24 * time.Hour,
		"back ten minutes":   -10 * time.Minute,
		"forward ten hours":  10 * time.Hour,
		"forward ten years":  10 * 365 * 24 * time.Hour,
		"forward two second": 2 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.memory.Unconditional = true
				r.add(3)
				// One entry is in doubt, and its first request still runs there.
				r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.LateCommit, After: 50 * time.Second})
				stop := r.run()
				time.Sleep(20 * time.Second)
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 2, record.InFlight: 1})
				r.skew.Store(int64(jump))
				time.Sleep(2 * time.Minute)
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 3})
				r.wantDelivered()

				// A busy recipient, and the clock set during its pause.
				r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Busy, RetryAfter: 5 * time.Minute})
				r.add(1)
				r.worker.Wake()
				time.Sleep(time.Minute)
				r.skew.Store(0)
				time.Sleep(7 * time.Minute)
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 4})
				stop()
				r.wantDelivered()
			})
		})
	}
}

// What a clock that was ahead wrote down must not hold an entry back once the
// clock is right again.
func TestNextAttemptFarAheadIsDue(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		entry := r.addActed(time.Now())
		item, err := r.outbox.Begin(t.Context(), r.outbox.Item(entry), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		year := time.Now().Add(365 * 24 * time.Hour)
		if _, err := r.outbox.Retry(t.Context(), item, year, year, "no_answer"); err != nil {
			t.Fatal(err)
		}
		stop := r.run()
		time.Sleep(time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
	})
}

// A process that was killed left an entry in flight, and the clock was set back
// before the next one started: the rest counts from when the entry is first seen.
func TestKilledAndClockSetBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		entry := r.addActed(time.Now())
		if _, err := r.outbox.Begin(t.Context(), r.outbox.Item(entry), time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		stop := r.run()
		rest := r.worker.RequestTimeout + r.worker.Settle
		time.Sleep(rest + time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
		sent := r.happened(outsync.AttemptStarted)
		if len(sent) != 1 || sent[0].At.Sub(start) < rest {
			t.Errorf("sent %v, want once and not within %v of %v", sent, rest, start)
		}
	})
}

// A laptop sleeps for a night: the monotonic clock stood still, the clock on the
// wall did not. What was due is due.
func TestSuspended(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Busy, RetryAfter: 30 * time.Minute})
		r.add(2)
		stop := r.run()
		time.Sleep(time.Minute)
		r.skew.Store(int64(9 * time.Hour)) // the lid was closed and opened
		time.Sleep(outsync.DefaultProbeEvery + outsync.DefaultSpread + time.Second)
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 2})
		stop()
	})
}

func TestJournalThatFailsForAWhile(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		f := &failing{Outbox: r.outbox, begin: &record.Error{Code: record.CodeUnavailable, Reason: "disk_full"}}
		r.worker.Outbox = f
		stop := r.run()
		time.Sleep(time.Hour)
		failures := len(r.happened(outsync.JournalFailed))
		if failures < 20 || failures > 400 {
			t.Errorf("told %d times in an hour", failures)
		}
		if n := r.memory.Requests(); n != 0 {
			t.Errorf("%d requests left while the journal could not be written", n)
		}
		stop()
		f.begin = nil
		stop = r.run()
		time.Sleep(outsync.DefaultEntryEvery + time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 2})
	})
}

// Nothing that wakes, fails or conflicts makes the loop spin.
func TestRunNeverSpins(t *testing.T) {
	for name, o := range map[string]func(outsync.Outbox) outsync.Outbox{
		"conflicts": func(o outsync.Outbox) outsync.Outbox {
			return &failing{Outbox: o, begin: &record.Error{Code: record.CodeConflict}}
		},
		"woken all the time": func(o outsync.Outbox) outsync.Outbox { return o },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				c := &listing{Outbox: o(r.outbox)}
				r.worker.Outbox = c
				r.add(3)
				stop := r.run()
				for range 6000 {
					time.Sleep(10 * time.Millisecond)
					r.worker.Wake()
				}
				stop()
				if c.n > 60*4+1 {
					t.Errorf("the outbox was listed %d times in a minute", c.n)
				}
			})
		})
	}
}

// listing counts how often the outbox is listed.
type listing struct {
	outsync.Outbox
	n int
}

func (l *listing) Waiting(ctx context.Context) ([]record.Item, error) {
	l.n++
	return l.Outbox.Waiting(ctx)
}

// A person asks while the loop runs: both may, and nothing goes twice.
func TestOnceBesideRun(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.memory.Unconditional = true
		r.add(30)
		stop := r.run()
		for range 5 {
			r.once()
			r.add(3)
			r.worker.Wake()
		}
		time.Sleep(2 * time.Minute)
		stop()
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 45})
		r.wantDelivered()
	})
}
