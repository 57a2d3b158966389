package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
)

// personEvery is how often a person looks at what needs attention.
const personEvery = time.Hour

// run is a world being played.
type run struct {
	world   *World
	mutate  func(*outsync.Worker)
	route   *route
	outbox  *outboxtest.Memory
	sent    map[string]record.Submission // by entry
	names   map[string]string            // of entries, by document
	entries map[string]entry             // by name
	ctx     context.Context
	giveUp  context.CancelFunc

	mu      sync.Mutex
	random  *rand.Rand
	skew    time.Duration // of the clock on the wall
	slept   time.Duration // in naps, which everybody else was awake in
	set     time.Time     // when the clock was last set
	doubts  map[string]bool
	cleared map[string]time.Duration // when, by entry
	calls   int
	errs    []error

	process *process
	worker  *outsync.Worker
	done    chan struct{}
	killed  <-chan struct{}
}

// zeros is a picture without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// event is something that happens to the practice at a time.
type event struct {
	at time.Duration
	do func()
}

func entryName(i int) string { return fmt.Sprintf("entry-%03d", i) }

// Play runs a worker through the world and then for a while on a good line. The
// error says what must never happen and did; the tally counts what the line
// allowed and what came of it. Mutate changes each worker before it starts, and may
// be nil.
func (w *World) Play(ctx context.Context, mutate func(*outsync.Worker)) (Tally, error) {
	r := newRun(ctx, w, mutate)
	defer r.giveUp()
	r.boot()
	r.happen(Length)
	r.stop()
	calls := r.calls

	// What is owed when the line is well again is delivered, whatever happened
	// before: the longest pauses are those of the journal, the credentials and the
	// recipient's own wish.
	r.route.mu.Lock()
	r.route.good = true
	r.route.mu.Unlock()
	r.mu.Lock()
	r.skew, r.set = r.slept, time.Now()
	r.mu.Unlock()
	for range 3 {
		r.person()
		r.boot()
		_ = wait(r.ctx, 20*time.Minute)
		r.stop()
	}
	t := r.tally()
	t.Calls = calls
	return t, errors.Join(r.errs...)
}

func newRun(ctx context.Context, w *World, mutate func(*outsync.Worker)) *run {
	r := &run{
		world: w, mutate: mutate, outbox: new(outboxtest.Memory),
		sent: make(map[string]record.Submission), names: make(map[string]string), entries: make(map[string]entry),
		random: rand.New(rand.NewPCG(w.Seed, 1)), doubts: make(map[string]bool),
		cleared: make(map[string]time.Duration),
	}
	r.ctx, r.giveUp = context.WithCancel(ctx)
	r.route = &route{
		world: w, start: time.Now(), draws: make(map[string]int),
		held: make(map[string][]*byte), shown: make(map[string]time.Time), acceptAt: make(map[string]time.Duration),
	}
	for i, e := range w.entries {
		s := record.Submission{DocumentID: fmt.Sprintf("urn:uuid:%d", i), Body: make([]byte, min(e.size, 6000)), Entries: 3}
		if e.photo {
			s.Attached = &record.Attachment{Size: int64(e.size), Open: func() (io.ReadCloser, error) {
				return io.NopCloser(zeros{}), nil
			}}
		}
		r.sent[e.name], r.names[s.DocumentID], r.entries[e.name] = s, e.name, e
		r.route.acceptAt[s.DocumentID] = e.acceptsAt
		if e.act < 0 {
			r.outbox.Add(e.name, time.Now().Add(e.act), s)
		}
	}
	return r
}

// happen lets everything happen that the world has up to a time.
func (r *run) happen(until time.Duration) {
	w := r.world
	var events []event
	add := func(at time.Duration, do func()) { events = append(events, event{at, do}) }
	for _, e := range w.entries {
		if e.act >= 0 {
			add(e.act, func() {
				if e.corrects != "" {
					r.outbox.AddCorrection(e.name, e.corrects, r.now(), r.sent[e.name])
				} else {
					r.outbox.Add(e.name, r.now(), r.sent[e.name])
				}
				if r.worker != nil {
					r.worker.Wake()
				}
			})
		}
	}
	for _, at := range w.crashes {
		add(at, r.crash)
	}
	for _, off := range w.off {
		add(off.from, r.unplug)
		add(off.to, r.boot)
	}
	for _, j := range w.jumps {
		add(j.at, func() { r.setClock(func(time.Duration) time.Duration { return j.skew }) })
	}
	for _, n := range w.naps {
		// The clock is put right by what it was wrong before, and the nap.
		add(n.at, func() {
			r.setClock(func(skew time.Duration) time.Duration { r.slept += n.length; return skew + n.length })
		})
	}
	for at := personEvery; at < until; at += personEvery {
		add(at, r.person)
	}
	for i, s := range w.line {
		if i > 0 && i%2 == 0 {
			// Some changes of the network are told by the platform, a little later.
			add(s.from+300*time.Millisecond, func() {
				if r.worker != nil {
					r.worker.NetworkChanged()
				}
			})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for _, e := range events {
		if !r.await(e.at) {
			return
		}
		e.do()
	}
	r.await(until)
}

// await waits until a time; a process that dies meanwhile is started again.
func (r *run) await(at time.Duration) bool {
	for {
		left := time.Until(r.route.start.Add(at))
		if left <= 0 {
			return r.ctx.Err() == nil
		}
		t := time.NewTimer(left)
		select {
		case <-t.C:
		case <-r.ctx.Done():
			t.Stop()
			return false
		case <-r.killed:
			t.Stop()
			r.stop()
			r.boot()
		}
	}
}

func (r *run) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.skew)
}

func (r *run) setClock(f func(time.Duration) time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skew, r.set = f(r.skew), time.Now()
}

// float is the worker's source of chance: it depends on the moment, and not on which
// goroutine asks first.
func (r *run) float() float64 { return r.route.draw(r.route.since().String()) }

// boot starts a process over the same disk.
func (r *run) boot() {
	if r.worker != nil || r.ctx.Err() != nil {
		return
	}
	ctx, die := context.WithCancel(r.ctx)
	r.process = &process{run: r, die: die, left: -1}
	w := outsync.New((*disk)(r.process), (*wire)(r.process))
	w.Now, w.Random = r.now, r.float
	if r.mutate != nil {
		r.mutate(w)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	r.worker, r.done, r.killed = w, done, ctx.Done()
}

// stop ends the process in good order, when it has not ended by itself.
func (r *run) stop() {
	if r.worker == nil {
		return
	}
	r.process.die()
	<-r.done
	r.worker, r.killed = nil, nil
}

// crash lets the process die: one time in two now, else at one of its next calls.
func (r *run) crash() {
	switch {
	case r.worker == nil:
	case r.random.IntN(2) == 0:
		r.unplug()
		r.boot()
	default:
		r.process.dieIn(r.random.IntN(6))
	}
}

func (r *run) unplug() {
	if r.worker != nil {
		r.process.kill()
		r.stop()
	}
}

// person puts what needed attention back among what is to be sent.
func (r *run) person() {
	r.clock()
	for _, item := range r.outbox.Items() {
		if item.State == record.Attention {
			r.outbox.Release(item.Entry, r.now())
			if r.worker != nil {
				r.worker.Wake()
			}
		}
	}
}
