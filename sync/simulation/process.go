package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// process is one life of the worker. It stands between the worker and the world,
// watches what must hold at every call, and may die at any of them.
type process struct {
	run *run
	die context.CancelFunc

	mu   sync.Mutex
	left int // calls until it dies; negative for never
	dead bool
}

var errDead = errors.New("the process is dead")

// dieIn makes the process die at its nth call from now, which takes effect without
// its answer being seen.
func (p *process) dieIn(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = n
}

func (p *process) kill() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	p.die()
}

func call[T any](p *process, f func() (T, error)) (T, error) {
	var zero T
	p.mu.Lock()
	dead := p.dead
	last := p.left == 0
	if p.left >= 0 {
		p.left--
	}
	p.mu.Unlock()
	p.run.wakeUp()
	if dead {
		return zero, errDead
	}
	v, err := f()
	if last {
		p.kill()
	}
	p.mu.Lock()
	dead = p.dead
	p.mu.Unlock()
	if dead {
		return zero, errDead
	}
	return v, err
}

// disk is the outbox as this process sees it.
type disk process

func (d *disk) p() *process { return (*process)(d) }

func (d *disk) Waiting(ctx context.Context) ([]record.Item, error) {
	return call(d.p(), func() ([]record.Item, error) { return d.run.outbox.Waiting(ctx) })
}

// Submission is no call that a process dies at: it changes nothing.
func (d *disk) Submission(ctx context.Context, entry string) (record.Submission, error) {
	return d.run.outbox.Submission(ctx, entry)
}

func (d *disk) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	return call(d.p(), func() (record.Item, error) { return d.run.outbox.Begin(ctx, item, at) })
}

func (d *disk) Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error) {
	return call(d.p(), func() (record.Item, error) {
		d.run.clears(item)
		done, err := d.run.outbox.Clear(ctx, item, r)
		if err == nil {
			d.run.noteCleared(item.Entry)
		}
		return done, err
	})
}

func (d *disk) Retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, error) {
	return call(d.p(), func() (record.Item, error) { return d.run.outbox.Retry(ctx, item, at, next, cause) })
}

func (d *disk) Unknown(ctx context.Context, item record.Item, at time.Time, cause string) (record.Item, error) {
	return call(d.p(), func() (record.Item, error) { return d.run.outbox.Unknown(ctx, item, at, cause) })
}

func (d *disk) Hold(ctx context.Context, item record.Item, at time.Time, cause, words string) (record.Item, error) {
	return call(d.p(), func() (record.Item, error) {
		if cause != "status_422" {
			d.run.wrong("%s is held (%s) although nobody refused it", item.Entry, cause)
		}
		return d.run.outbox.Hold(ctx, item, at, cause, words)
	})
}

// wire is the line as this process sees it.
type wire process

func (w *wire) p() *process { return (*process)(w) }

func (w *wire) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	return call(w.p(), func() (record.Receipt, error) {
		w.run.sends(s)
		r, err := w.run.route.Submit(ctx, s)
		if err != nil && record.OutcomeOf(err) == record.OutcomeUnknown {
			w.run.doubt(s.DocumentID, true)
		}
		return r, err
	})
}

func (w *wire) Lookup(ctx context.Context, id string) ([]record.Held, error) {
	return call(w.p(), func() ([]record.Held, error) {
		hits, err := w.run.route.Lookup(ctx, id)
		if err == nil {
			w.run.doubt(id, false)
		}
		return hits, err
	})
}

// Date is the recipient's clock, which is right.
func (w *wire) Date() (theirs, ours time.Time) {
	w.run.mu.Lock()
	defer w.run.mu.Unlock()
	return time.Now().Add(w.run.slept), time.Now()
}

// clock checks that the worker knows how wrong the clock on the wall is, once it has
// had an answer since it was set.
func (r *run) clock() {
	if r.worker == nil {
		return
	}
	s := r.worker.Status()
	r.mu.Lock()
	want, set := r.skew-r.slept, r.set
	r.mu.Unlock()
	if s.Compared.After(set) && (s.ClockOffset-want).Abs() > 2*time.Second {
		r.wrong("the clock is off by %v, and the worker believes %v", want, s.ClockOffset)
	}
}

func (w *wire) Probe(ctx context.Context) error {
	_, err := call(w.p(), func() (struct{}, error) { return struct{}{}, w.run.route.Probe(ctx) })
	return err
}

// What must hold at every call.

func (r *run) wrong(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.errs) < 5 {
		r.errs = append(r.errs, fmt.Errorf(format, args...))
	}
}

// clears checks that the recipient holds what is about to be cleared.
func (r *run) clears(item record.Item) {
	if n, intact := r.route.copies(r.sent[item.Entry]); n != 1 || !intact {
		r.wrong("%s is being cleared, and the recipient holds it %d times (intact: %t)", item.Entry, n, intact)
	}
}

func (r *run) noteCleared(entry string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleared[entry] = r.route.since()
}

// sends checks that what leaves is in flight on disk, and that nothing of unknown
// outcome is repeated before a look-up has answered.
func (r *run) sends(s record.Submission) {
	name := r.names[s.DocumentID]
	if state := r.outbox.Item(name).State; state != record.InFlight {
		r.wrong("%s is sent while it is %s on disk", name, state)
	}
	r.mu.Lock()
	doubted := r.doubts[s.DocumentID]
	r.mu.Unlock()
	if doubted {
		r.wrong("%s is sent again although nobody looked it up", name)
	}
	e := r.entries[name]
	if e.corrects != "" {
		if n, _ := r.route.copies(r.sent[e.corrects]); n == 0 {
			r.wrong("the correction %s is sent before what it corrects", name)
		}
	}
	if e.photo {
		r.overtakes(e)
	}
}

// overtakes checks that no note stands waiting when a photograph leaves that may wait
// itself: not tried yet, and signed a while ago. (One that failed has a pause of its
// own.) By the clock on the wall, which the worker has too, and lies to it.
func (r *run) overtakes(photo entry) {
	now := r.now()
	if r.outbox.Item(photo.name).Deadline.Sub(now) <= outsync.DefaultHurry {
		return
	}
	for _, item := range r.outbox.Items() {
		e := r.entries[item.Entry]
		waited := r.route.since() - max(e.act, 0)
		if !e.photo && e.corrects == "" && item.State == record.Pending && item.Attempts == 0 && waited > 10*time.Second &&
			item.NextAttempt.Before(now) {
			r.wrong("the photograph %s leaves before the note %s", photo.name, e.name)
			return
		}
	}
}

func (r *run) doubt(id string, doubted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doubts[id] = doubted
}

// wakeUp counts what the worker does; one that does not rest is stopped.
func (r *run) wakeUp() {
	r.mu.Lock()
	r.calls++
	spins := r.calls == r.mostCalls()
	r.mu.Unlock()
	if spins {
		r.wrong("%d calls so far: the worker does not rest", r.mostCalls())
		r.giveUp()
	}
}

// mostCalls bounds what a worker that rests does: three looks at the outbox and three
// probes a minute, with a third in reserve, and what entries, windows and restarts
// need.
func (r *run) mostCalls() int {
	w := r.world
	minutes := int(Length.Minutes())
	return 8*minutes + 100*len(w.entries) + 20*len(w.line) + 100*len(w.crashes)
}

var (
	_ outsync.Outbox    = (*disk)(nil)
	_ outsync.Transport = (*wire)(nil)
	_ outsync.Dated     = (*wire)(nil)
)
