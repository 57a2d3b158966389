package sync_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

func TestOnceDeliversEverythingInOrderOfDeadline(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		now := time.Now()
		for _, hours := range []int{3, 40, 20, 47, 1, 50} {
			r.addActed(now.Add(-time.Duration(hours) * time.Hour))
		}
		r.worker.MaxInFlight = 1
		got := r.once()
		if got.Cleared != 6 || got.Waiting != 0 || got.Attempts != 6 || got.Endpoint != outsync.Up || !got.Next.IsZero() {
			t.Errorf("result %+v", got)
		}
		var order []string
		for _, e := range r.happened(outsync.AttemptStarted) {
			order = append(order, strings.TrimPrefix(e.Entry, "entry-000"))
		}
		if want := []string{"6", "4", "2", "3", "1", "5"}; !slices.Equal(order, want) {
			t.Errorf("sent in the order %v, want %v", order, want)
		}
		r.wantDelivered()
		for _, item := range r.outbox.Items() {
			if item.Receipt.Via != "response" {
				t.Errorf("%s has a receipt via %q", item.Entry, item.Receipt.Via)
			}
			if late := item.Late(now); late != (item.Entry == "entry-0006") {
				t.Errorf("%s late: %v", item.Entry, late)
			}
		}
	})
}

func TestOnceWithNothingToDo(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		if got := r.once(); got != (outsync.Result{Endpoint: outsync.Untested}) {
			t.Errorf("result %+v", got)
		}
		if n := r.memory.Requests(); n != 0 {
			t.Errorf("%d requests for an empty outbox", n)
		}
	})
}

func TestOnceKeepsSeveralInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(41)
		start := time.Now()
		r.once()
		// One alone, and each answer lets one more go: 1, 2, 4, 8, 16, and the last 10.
		if took, want := time.Since(start), 6*r.memory.Latency; took != want {
			t.Errorf("41 entries took %v, want %v", took, want)
		}
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 41})
		r.wantDelivered()
	})
}

func TestDeadEndpointTouchesOneEntry(t *testing.T) {
	for kind, cause := range map[transporttest.Kind]string{
		transporttest.NoAnswer:     "no_answer",
		transporttest.Portal:       "html_answer",
		transporttest.Unauthorized: "status_401",
		transporttest.Busy:         "status_503",
	} {
		t.Run(string(kind), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.add(5)
				r.faults.always(transporttest.Fault{Kind: kind, RetryAfter: 2 * time.Minute})
				got := r.once()
				if got.Cleared != 0 || got.Waiting != 5 || got.Attempts != 1 || got.Cause != cause {
					t.Errorf("result %+v", got)
				}
				want := map[transporttest.Kind]outsync.EndpointState{
					transporttest.NoAnswer: outsync.Down, transporttest.Portal: outsync.Down,
					transporttest.Unauthorized: outsync.Unauthorized, transporttest.Busy: outsync.Busy,
				}[kind]
				if got.Endpoint != want || got.RetryAfter <= 0 {
					t.Errorf("endpoint %s, retry after %v; want %s", got.Endpoint, got.RetryAfter, want)
				}
				if kind == transporttest.Busy && (got.RetryAfter < 2*time.Minute || got.RetryAfter > 2*time.Minute+30*time.Second) {
					t.Errorf("retry after %v, want what the recipient asks for and half a minute at most", got.RetryAfter)
				}
				r.wantStates(map[record.DeliveryState]int{record.Pending: 5})
				first := r.outbox.Item("entry-0001")
				if first.LastError != cause || first.NextAttempt.After(time.Now()) {
					t.Errorf("the entry tried has error %q and waits until %v, want no penalty", first.LastError, first.NextAttempt)
				}
				for _, entry := range []string{"entry-0002", "entry-0005"} {
					if item := r.outbox.Item(entry); item.Epoch != 0 {
						t.Errorf("%s was touched: %+v", entry, item)
					}
				}
			})
		})
	}
}

func TestOnceWaitsForNobody(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Busy, RetryAfter: time.Hour})
		r.once()
		before := r.memory.Requests()
		if got := r.once(); got.Endpoint != outsync.Busy || got.Waiting != 2 || got.RetryAfter <= 0 {
			t.Errorf("result %+v while the recipient asked to be left alone", got)
		}
		if n := r.memory.Requests() - before; n != 0 {
			t.Errorf("%d requests while the recipient asked to be left alone", n)
		}
		// An hour is more than we accept.
		time.Sleep(outsync.DefaultRetryAfterMax)
		if got := r.once(); got.Cleared != 2 {
			t.Errorf("result %+v after the longest pause", got)
		}
	})
}

func TestUnauthorizedOnceThenGood(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		r.faults.then(transporttest.OpSubmit, is(transporttest.Unauthorized))
		r.once()
		// A person repaired the credentials and asks again at once.
		if got := r.once(); got.Cleared != 2 || got.Endpoint != outsync.Up || got.Cause != "" {
			t.Errorf("result %+v", got)
		}
	})
}

func TestRefusalIsForOneEntry(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(4)
		r.faults.forDocument(r.sent["entry-0002"].DocumentID,
			transporttest.Fault{Kind: transporttest.Refuse, Words: "author unknown"})
		got := r.once()
		if got.Cleared != 3 || got.Attention != 1 || got.Waiting != 0 {
			t.Errorf("result %+v", got)
		}
		if item := r.outbox.Item("entry-0002"); item.State != record.Attention || r.outbox.Words("entry-0002") != "author unknown" {
			t.Errorf("the refused entry is %s with words %q", item.State, r.outbox.Words("entry-0002"))
		}
		r.wantKinds("entry-0002", outsync.AttemptStarted, outsync.AttemptEnded, outsync.HeldEvent)
		for _, e := range r.happened(outsync.HeldEvent) {
			if strings.Contains(e.Cause, "author") {
				t.Errorf("the timeline repeats the recipient's words: %q", e.Cause)
			}
		}
	})
}

func TestLostAnswerEndsClearedInTheSamePass(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(3)
		r.faults.then(transporttest.OpSubmit, is(transporttest.LoseAnswer))
		got := r.once()
		if got.Cleared != 3 || got.Waiting != 0 || got.Attempts != 3 {
			t.Errorf("result %+v", got)
		}
		if via := r.outbox.Item("entry-0001").Receipt.Via; via != "lookup" {
			t.Errorf("receipt via %q, want lookup", via)
		}
		r.wantKinds("entry-0001", outsync.AttemptStarted, outsync.AttemptEnded, outsync.LookedUp, outsync.ClearedEvent)
		r.wantDelivered()
	})
}

func TestLostRequestIsSentAgainOnlyAfterItsRest(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.memory.Unconditional = true
		r.add(2)
		r.faults.then(transporttest.OpSubmit, is(transporttest.LoseRequest))
		start := time.Now()
		got := r.once()
		if got.Cleared != 1 || got.Waiting != 1 || got.Endpoint != outsync.Up {
			t.Errorf("result %+v", got)
		}
		rest := r.worker.RequestTimeout + r.worker.Settle
		if want := start.Add(rest); got.Next.Sub(want).Abs() > time.Second {
			t.Errorf("next at %v, want about %v", got.Next, want)
		}
		time.Sleep(time.Until(got.Next) - time.Second)
		if got := r.once(); got.Attempts != 0 || got.Waiting != 1 {
			t.Errorf("just before the rest is over: %+v", got)
		}
		time.Sleep(2 * time.Second)
		if got := r.once(); got.Cleared != 1 || got.Attempts != 1 {
			t.Errorf("after the rest: %+v", got)
		}
		if n := r.outbox.Item("entry-0001").Attempts; n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
		r.wantDelivered()
	})
}

func TestPatienceWaitsForTheRest(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.worker.Patience = 2 * (r.worker.RequestTimeout + r.worker.Settle)
		r.faults.then(transporttest.OpSubmit, is(transporttest.LoseRequest))
		if got := r.once(); got.Cleared != 1 || got.Attempts != 2 || got.Waiting != 0 {
			t.Errorf("result %+v", got)
		}
		r.wantDelivered()
	})
}

// A recipient that is still working when the line is cut commits later. Sending
// again meanwhile would make two documents where the condition is ignored.
func TestLateCommitIsNotOvertaken(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.memory.Unconditional = true
		r.add(1)
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.LateCommit, After: 40 * time.Second})
		r.worker.Patience = 2 * time.Minute
		if got := r.once(); got.Cleared != 1 || got.Attempts != 1 {
			t.Errorf("result %+v", got)
		}
		r.wantDelivered()
	})
}

func TestRepeatedRequestIsCounted(t *testing.T) {
	t.Run("two documents need a person", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			// The first request is overtaken after all: it commits beyond every bound.
			r.memory.Unconditional = true
			r.add(1)
			r.faults.then(transporttest.OpSubmit,
				transporttest.Fault{Kind: transporttest.LateCommit, After: r.worker.RequestTimeout + r.worker.Settle + 2100*time.Millisecond})
			r.memory.Latency = 2 * time.Second
			r.worker.Patience = 2 * time.Minute
			if got := r.once(); got.Cleared != 0 || got.Attention != 1 {
				t.Errorf("result %+v", got)
			}
			if item := r.outbox.Item("entry-0001"); item.LastError != "found_several" {
				t.Errorf("held for %q", item.LastError)
			}
		})
	})
	t.Run("a slow index is waited for", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.memory.IndexLag = time.Second
			r.add(1)
			r.faults.then(transporttest.OpSubmit, is(transporttest.LoseRequest))
			r.worker.Patience = 2 * time.Minute
			if got := r.once(); got.Cleared != 1 || got.Attempts != 2 {
				t.Errorf("result %+v", got)
			}
			r.wantDelivered()
		})
	})
	t.Run("a line that dies before the count", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.add(1)
			r.faults.then(transporttest.OpSubmit, is(transporttest.LoseRequest))
			// Follow-up, look-up after the rest, then the count fails.
			r.faults.then(transporttest.OpLookup, is(transporttest.NoFault), is(transporttest.NoFault), is(transporttest.NoAnswer))
			r.worker.Patience = 2 * time.Minute
			if got := r.once(); got.Cleared != 0 || got.Endpoint != outsync.Down {
				t.Errorf("result %+v", got)
			}
			r.wantStates(map[record.DeliveryState]int{record.InFlight: 1})
			if got := r.once(); got.Cleared != 1 || got.Attempts != 0 {
				t.Errorf("result %+v", got)
			}
			r.wantDelivered()
		})
	})
	t.Run("taken and nowhere", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.memory.IndexLag = time.Hour
			r.add(1)
			r.faults.then(transporttest.OpSubmit, is(transporttest.LoseRequest))
			r.worker.Patience = 2 * time.Minute
			if got := r.once(); got.Attention != 1 || got.Cleared != 0 {
				t.Errorf("result %+v", got)
			}
		})
	})
}

func TestInFlightFromAnotherProcess(t *testing.T) {
	held := func(s record.Submission) record.Held {
		return record.Held{Location: "DocumentReference/9", SHA1: s.DocumentSHA1, Size: s.DocumentSize, Status: "current"}
	}
	for _, test := range []struct {
		name      string
		hits      func(record.Submission) []record.Held
		want      record.DeliveryState
		lastError string
	}{
		{"held as sent", func(s record.Submission) []record.Held { return []record.Held{held(s)} }, record.Cleared, ""},
		{"held without hash or size", func(s record.Submission) []record.Held {
			return []record.Held{{Location: "DocumentReference/9"}}
		}, record.Cleared, ""},
		{"held and superseded since", func(s record.Submission) []record.Held {
			h := held(s)
			h.Status = "superseded"
			return []record.Held{h}
		}, record.Cleared, ""},
		{"listed twice at one place", func(s record.Submission) []record.Held { return []record.Held{held(s), held(s)} }, record.Cleared, ""},
		{"held with another hash", func(s record.Submission) []record.Held {
			h := held(s)
			h.SHA1 = make([]byte, 20)
			return []record.Held{h}
		}, record.Attention, "found_different"},
		{"held with another size", func(s record.Submission) []record.Held {
			h := held(s)
			h.SHA1, h.Size = nil, h.Size+1
			return []record.Held{h}
		}, record.Attention, "found_different"},
		{"held twice", func(s record.Submission) []record.Held {
			h := held(s)
			h.Location = "DocumentReference/10"
			return []record.Held{held(s), h}
		}, record.Attention, "found_several"},
		{"withdrawn there", func(s record.Submission) []record.Held {
			h := held(s)
			h.Status = "entered-in-error"
			return []record.Held{h}
		}, record.Attention, "found_withdrawn"},
		{"cannot be pointed at", func(s record.Submission) []record.Held {
			h := held(s)
			h.Location = ""
			return []record.Held{h}
		}, record.Attention, "found_no_location"},
		{"not held, may still be running", func(record.Submission) []record.Held { return nil }, record.InFlight, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				entry := r.addActed(time.Now())
				for _, h := range test.hits(r.sent[entry]) {
					r.memory.Put(r.sent[entry].DocumentID, h)
				}
				if _, err := r.outbox.Begin(t.Context(), r.outbox.Item(entry), time.Now()); err != nil {
					t.Fatal(err)
				}
				r.worker.Server = "https://recipient.test/fhir"
				got := r.once()
				item := r.outbox.Item(entry)
				if item.State != test.want || item.LastError != test.lastError {
					t.Errorf("state %s, error %q; want %s, %q", item.State, item.LastError, test.want, test.lastError)
				}
				if got.Attempts != 0 {
					t.Errorf("%d submissions for a request that may still be running", got.Attempts)
				}
				if item.State == record.Cleared && (item.Receipt.Via != "lookup" || item.Receipt.Server != r.worker.Server) {
					t.Errorf("receipt %+v", item.Receipt)
				}
			})
		})
	}
}

func TestInFlightBeginsAgainWhenTheKilledProcessIsLongGone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		entry := r.addActed(time.Now())
		if _, err := r.outbox.Begin(t.Context(), r.outbox.Item(entry), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(r.worker.RequestTimeout + r.worker.Settle)
		if got := r.once(); got.Cleared != 1 || got.Attempts != 1 {
			t.Errorf("result %+v", got)
		}
		r.wantKinds(entry, outsync.LookedUp, outsync.AttemptStarted, outsync.AttemptEnded, outsync.LookedUp, outsync.ClearedEvent)
		r.wantDelivered()
	})
}

// After a second thought of a person, or a restored journal, an entry that was
// tried before is looked up before anything is sent.
func TestTriedEntryIsLookedUpFirst(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		entry := r.addActed(time.Now())
		r.faults.then(transporttest.OpSubmit, transporttest.Fault{Kind: transporttest.Refuse})
		r.once()
		r.outbox.Release(entry, time.Now())
		s := r.sent[entry]
		r.memory.Put(s.DocumentID, record.Held{Location: "DocumentReference/1", SHA1: s.DocumentSHA1, Size: s.DocumentSize})
		if got := r.once(); got.Cleared != 1 || got.Attempts != 0 {
			t.Errorf("result %+v", got)
		}
	})
}

func TestRecipientThatWillNotSayWhatItHolds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		r.faults.then(transporttest.OpSubmit, is(transporttest.LoseAnswer))
		r.faults.then(transporttest.OpLookup, transporttest.Fault{Kind: transporttest.Refuse, Words: "no search here"})
		if got := r.once(); got.Attention != 1 || got.Cleared != 1 {
			t.Errorf("result %+v", got)
		}
		if words := r.outbox.Words("entry-0001"); words != "no search here" {
			t.Errorf("words %q", words)
		}
	})
}

func TestFailureOfNoKnownClassIsUnknown(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.worker.Transport = &odd{Memory: r.memory, err: errors.New("some error")}
		if got := r.once(); got.Cleared != 0 || got.Waiting != 1 {
			t.Errorf("result %+v", got)
		}
		if item := r.outbox.Item("entry-0001"); item.State != record.InFlight || item.LastError != "unclassed_error" {
			t.Errorf("state %s, error %q", item.State, item.LastError)
		}
	})
}

func TestReceiptWithoutLocationIsNone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		r.worker.Transport = &odd{Memory: r.memory}
		r.once()
		if item := r.outbox.Item("entry-0001"); item.State != record.InFlight || item.LastError != "no_location" {
			t.Errorf("state %s, error %q", item.State, item.LastError)
		}
	})
}

// odd is a transport whose Submit does nothing and answers oddly.
type odd struct {
	*transporttest.Memory
	err error
}

func (o *odd) Submit(context.Context, record.Submission) (record.Receipt, error) {
	return record.Receipt{}, o.err
}

// Being stopped at any moment leaves a state from which the next call goes on.
func TestStopAtAnyMoment(t *testing.T) {
	for after := time.Duration(0); after < 5*time.Second; after += 70 * time.Millisecond {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.memory.Unconditional = true
				r.worker.StopGrace = 50 * time.Millisecond
				r.add(9)
				r.faults.then(transporttest.OpSubmit, is(transporttest.LoseAnswer), is(transporttest.NoFault), is(transporttest.LoseRequest))
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				start := time.Now()
				if _, err := r.worker.Once(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("once: %v", err)
				}
				if over := time.Since(start) - after; over > r.worker.StopGrace {
					t.Errorf("stopped %v late", over)
				}
				r.wantDelivered()
				next := r.newWorker(r.outbox, r.memory)
				next.Patience = 2 * time.Minute
				r.worker = next
				r.once()
				r.wantStates(map[record.DeliveryState]int{record.Cleared: 9})
				r.wantDelivered()
			})
		})
	}
}

func TestGraceLetsAnAnswerArrive(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := r.worker.Once(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("once: %v", err)
		}
		r.wantStates(map[record.DeliveryState]int{record.Cleared: 1})
	})
}
