package sync_test

import (
	"context"
	"fmt"
	"slices"
	gosync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// rig is an outbox, a recipient and the worker between them. Tests run in a
// synctest bubble, where a minute takes no time.
type rig struct {
	t      *testing.T
	outbox *outboxtest.Memory
	memory *transporttest.Memory
	worker *outsync.Worker
	faults faults
	skew   atomic.Int64 // of the clock on the wall, in nanoseconds

	mu     gosync.Mutex
	events []outsync.Event
	sent   map[string]record.Submission
}

// faults is a script of what happens to requests: first the one-shot faults of
// each method in order, then what lasts.
type faults struct {
	mu    gosync.Mutex
	once  map[transporttest.Op][]transporttest.Fault
	lasts transporttest.Fault
	per   map[string]transporttest.Fault // by document, for submissions
}

func (f *faults) next(r transporttest.Request) transporttest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if list := f.once[r.Op]; len(list) > 0 {
		f.once[r.Op] = list[1:]
		return list[0]
	}
	if r.Op == transporttest.OpSubmit {
		if fault, ok := f.per[r.DocumentID]; ok {
			return fault
		}
	}
	return f.lasts
}

func (f *faults) then(op transporttest.Op, list ...transporttest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.once == nil {
		f.once = make(map[transporttest.Op][]transporttest.Fault)
	}
	f.once[op] = append(f.once[op], list...)
}

func (f *faults) always(fault transporttest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lasts = fault
}

func (f *faults) forDocument(id string, fault transporttest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.per == nil {
		f.per = make(map[string]transporttest.Fault)
	}
	f.per[id] = fault
}

func is(kind transporttest.Kind) transporttest.Fault { return transporttest.Fault{Kind: kind} }

// newRig must be called inside the bubble.
func newRig(t *testing.T) *rig {
	r := &rig{
		t:      t,
		outbox: new(outboxtest.Memory),
		memory: &transporttest.Memory{Latency: 200 * time.Millisecond},
		sent:   make(map[string]record.Submission),
	}
	r.memory.Fault = r.faults.next
	r.worker = r.newWorker(r.outbox, r.memory)
	return r
}

// newWorker starts "another process" over the same outbox and recipient.
func (r *rig) newWorker(o outsync.Outbox, tr outsync.Transport) *outsync.Worker {
	w := outsync.New(o, tr)
	w.Now = func() time.Time { return time.Now().Add(time.Duration(r.skew.Load())) }
	w.OnEvent = func(e outsync.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}
	return w
}

// add records n consultations that take place now.
func (r *rig) add(n int) {
	for range n {
		r.addActed(time.Now())
	}
}

func (r *rig) addActed(at time.Time) string {
	n := len(r.sent) + 1
	s := transporttest.Submission(n)
	entry := fmt.Sprintf("entry-%04d", n)
	r.outbox.Add(entry, at, s)
	r.sent[entry] = s
	return entry
}

func (r *rig) once() outsync.Result {
	r.t.Helper()
	result, err := r.worker.Once(r.t.Context())
	if err != nil {
		r.t.Fatalf("once: %v", err)
	}
	return result
}

// run starts the loop and returns what stops it.
func (r *rig) run() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.worker.Run(ctx) }()
	return func() {
		r.t.Helper()
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("run returned %v after a stop, want nil", err)
		}
	}
}

func (r *rig) states() map[record.DeliveryState]int {
	count := make(map[record.DeliveryState]int)
	for _, item := range r.outbox.Items() {
		count[item.State]++
	}
	return count
}

func (r *rig) wantStates(want map[record.DeliveryState]int) {
	r.t.Helper()
	got := r.states()
	for _, state := range []record.DeliveryState{record.Pending, record.InFlight, record.Cleared, record.Attention} {
		if got[state] != want[state] {
			r.t.Errorf("states are %v, want %v", got, want)
			return
		}
	}
}

// wantDelivered holds the outbox to the recipient: everything cleared is there,
// once, with the bytes that were frozen.
func (r *rig) wantDelivered() {
	r.t.Helper()
	for _, item := range r.outbox.Items() {
		if item.State != record.Cleared {
			continue
		}
		if err := r.memory.Took(r.sent[item.Entry]); err != nil {
			r.t.Errorf("%s is cleared, but %v", item.Entry, err)
		}
		if item.Receipt.Empty() || item.Receipt.At.IsZero() {
			r.t.Errorf("%s is cleared with receipt %+v", item.Entry, item.Receipt)
		}
	}
}

func (r *rig) kinds(entry string) []outsync.EventKind {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []outsync.EventKind
	for _, e := range r.events {
		if e.Entry == entry {
			list = append(list, e.Kind)
		}
	}
	return list
}

// happened returns when events of a kind happened.
func (r *rig) happened(kind outsync.EventKind) []outsync.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []outsync.Event
	for _, e := range r.events {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

func (r *rig) wantKinds(entry string, want ...outsync.EventKind) {
	r.t.Helper()
	if got := r.kinds(entry); !slices.Equal(got, want) {
		r.t.Errorf("timeline of %s is %v, want %v", entry, got, want)
	}
}

// bubble runs a test on simulated time.
func bubble(t *testing.T, f func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newRig(t)) })
}
