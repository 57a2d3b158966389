package sync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// plan is one bad day: what each request meets, and when each process dies.
type plan struct {
	Entries       int
	Unconditional bool // the recipient ignores the condition on the identifier
	Unpublished   bool // it publishes neither hash nor size
	MaxInFlight   int
	Lives         []life
	Faults        []transporttest.Fault // one a request, then all is well
	Seed          uint64
}

// life is one process: it dies when it has made that many calls, the last of which
// takes effect without its answer being seen.
type life struct {
	Calls int
	Loop  bool          // Run, else Once
	Gap   time.Duration // until the next process starts
	Skew  time.Duration // of its clock on the wall
}

var plans = rapid.Custom(func(t *rapid.T) plan {
	fault := rapid.Custom(func(t *rapid.T) transporttest.Fault {
		// What works is drawn more often, so that entries get somewhere.
		kind := rapid.SampledFrom([]transporttest.Kind{
			transporttest.NoFault, transporttest.NoFault, transporttest.NoFault,
			transporttest.NoAnswer, transporttest.Portal, transporttest.Busy, transporttest.Unauthorized,
			transporttest.Refuse, transporttest.LoseRequest, transporttest.LoseAnswer, transporttest.LoseAnswer,
			transporttest.LateCommit, transporttest.Hang, transporttest.Gateway,
		}).Draw(t, "kind")
		f := transporttest.Fault{Kind: kind}
		if kind == transporttest.LateCommit || kind == transporttest.Gateway {
			f.After = time.Duration(rapid.IntRange(1, 55).Draw(t, "after")) * time.Second
		}
		if kind == transporttest.Busy || kind == transporttest.Gateway {
			f.RetryAfter = time.Duration(rapid.IntRange(0, 300).Draw(t, "retry after")) * time.Second
		}
		return f
	})
	one := rapid.Custom(func(t *rapid.T) life {
		return life{
			Calls: rapid.IntRange(1, 40).Draw(t, "calls"),
			Loop:  rapid.Bool().Draw(t, "loop"),
			Gap:   time.Duration(rapid.IntRange(0, 90).Draw(t, "gap")) * time.Second,
			Skew:  time.Duration(rapid.IntRange(-30, 30).Draw(t, "skew")) * time.Hour,
		}
	})
	return plan{
		Entries:       rapid.IntRange(1, 5).Draw(t, "entries"),
		Unconditional: rapid.Bool().Draw(t, "unconditional"),
		Unpublished:   rapid.Bool().Draw(t, "unpublished"),
		MaxInFlight:   rapid.IntRange(1, 3).Draw(t, "max in flight"),
		Lives:         rapid.SliceOfN(one, 0, 6).Draw(t, "lives"),
		Faults:        rapid.SliceOfN(fault, 0, 30).Draw(t, "faults"),
		Seed:          rapid.Uint64().Draw(t, "seed"),
	}
})

// Whatever the line, the recipient and the power do: nothing is lost, nothing goes
// in twice, nothing is cleared that the recipient does not hold, and only what was
// refused needs a person.
func TestNothingLostNothingTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plans.Draw(rt, "plan")
		if err := trial(t, p, nil); err != nil {
			rt.Fatal(err)
		}
	})
}

// mutant makes a worker wrong in one way.
type mutant func(*outsync.Worker)

// trial plays a plan and returns what went wrong.
func trial(t *testing.T, p plan, m mutant) (err error) {
	synctest.Test(t, func(*testing.T) { err = newDay(p, m).play() })
	return err
}

// day is a plan being played.
type day struct {
	plan   plan
	mutant mutant
	outbox *outboxtest.Memory
	memory *transporttest.Memory
	sent   map[string]record.Submission // by entry
	entry  map[string]string            // by document

	mu      gosync.Mutex
	faults  []transporttest.Fault
	refused map[string]bool
	wrong   []error
}

func newDay(p plan, m mutant) *day {
	d := &day{
		plan: p, mutant: m,
		outbox:  new(outboxtest.Memory),
		sent:    make(map[string]record.Submission),
		entry:   make(map[string]string),
		faults:  p.Faults,
		refused: make(map[string]bool),
	}
	d.memory = &transporttest.Memory{
		Latency:       100 * time.Millisecond,
		Unconditional: p.Unconditional,
		Unpublished:   p.Unpublished,
		Fault:         d.fault,
	}
	for i := range p.Entries {
		entry, s := fmt.Sprintf("entry-%d", i), transporttest.Submission(i)
		d.sent[entry], d.entry[s.DocumentID] = s, entry
		d.outbox.Add(entry, time.Now().Add(-time.Duration(i)*time.Hour), s)
	}
	return d
}

func (d *day) fault(r transporttest.Request) transporttest.Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.faults) == 0 {
		return transporttest.Fault{}
	}
	f := d.faults[0]
	d.faults = d.faults[1:]
	if f.Kind == transporttest.Refuse {
		if r.Op != transporttest.OpSubmit {
			return transporttest.Fault{}
		}
		d.refused[d.entry[r.DocumentID]] = true
	}
	return f
}

func (d *day) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrong = append(d.wrong, err)
}

// play lives all lives, then restores the line and lets a last process finish.
func (d *day) play() error {
	for i, l := range d.plan.Lives {
		ctx, die := context.WithCancel(context.Background())
		w := d.start(&process{day: d, left: l.Calls, die: die}, uint64(i))
		// A clock set forward between a crash and the next start shortens the rest
		// of what was in flight; the condition that the bytes carry covers that, and
		// nothing can where the recipient ignores it.
		if !d.plan.Unconditional {
			w.Now = func() time.Time { return time.Now().Add(l.Skew) }
		}
		if l.Loop {
			stop := time.AfterFunc(time.Hour, die)
			_ = w.Run(ctx)
			stop.Stop()
		} else {
			_, _ = w.Once(ctx)
		}
		die()
		time.Sleep(l.Gap)
	}
	d.mu.Lock()
	d.faults = nil
	d.mu.Unlock()

	// A line that is good, and patience: the longest pause on disk is EntryEvery.
	d.finish()
	for _, item := range d.outbox.Items() {
		if item.State == record.Attention && d.refused[item.Entry] {
			d.outbox.Release(item.Entry, time.Now())
		}
	}
	d.finish()

	for _, item := range d.outbox.Items() {
		if item.State != record.Cleared {
			d.note(fmt.Errorf("%s ends %s (%s) although the line is good", item.Entry, item.State, item.LastError))
			continue
		}
		if err := d.memory.Took(d.sent[item.Entry]); err != nil {
			d.note(fmt.Errorf("%s is cleared, but %w", item.Entry, err))
		}
	}
	return errors.Join(d.wrong...)
}

func (d *day) finish() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	defer stop()
	_ = d.start(&process{day: d, left: 1 << 30, die: stop}, 99).Run(ctx)
}

func (d *day) start(p *process, n uint64) *outsync.Worker {
	w := outsync.New((*processOutbox)(p), (*processTransport)(p))
	w.MaxInFlight = d.plan.MaxInFlight
	r := rand.New(rand.NewPCG(d.plan.Seed, n))
	var mu gosync.Mutex
	w.Random = func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64()
	}
	if d.mutant != nil {
		d.mutant(w)
	}
	return w
}

// process is one life of the worker. It stands between the worker and the world,
// dies when its calls are used up, and watches what must hold at every moment.
type process struct {
	day  *day
	die  context.CancelFunc
	mu   gosync.Mutex
	left int
}

var errDead = errors.New("the process is dead")

// call plays one call: f takes effect unless the process is dead already, and its
// answer is seen unless the process dies of it.
func call[T any](p *process, f func() (T, error)) (T, error) {
	var zero T
	p.mu.Lock()
	p.left--
	left := p.left
	p.mu.Unlock()
	if left < 0 {
		return zero, errDead
	}
	v, err := f()
	if left == 0 {
		p.die()
		return zero, errDead
	}
	return v, err
}

type processOutbox process

func (o *processOutbox) p() *process              { return (*process)(o) }
func (o *processOutbox) disk() *outboxtest.Memory { return o.day.outbox }

func (o *processOutbox) Waiting(ctx context.Context) ([]record.Item, error) {
	return call(o.p(), func() ([]record.Item, error) { return o.disk().Waiting(ctx) })
}

func (o *processOutbox) Submission(ctx context.Context, entry string) (record.Submission, error) {
	return call(o.p(), func() (record.Submission, error) { return o.disk().Submission(ctx, entry) })
}

func (o *processOutbox) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	return call(o.p(), func() (record.Item, error) { return o.disk().Begin(ctx, item, at) })
}

func (o *processOutbox) Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error) {
	return call(o.p(), func() (record.Item, error) {
		if err := o.day.memory.Took(o.day.sent[item.Entry]); err != nil {
			o.day.note(fmt.Errorf("%s is being cleared, but %w", item.Entry, err))
		}
		return o.disk().Clear(ctx, item, r)
	})
}

func (o *processOutbox) Retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, error) {
	return call(o.p(), func() (record.Item, error) { return o.disk().Retry(ctx, item, at, next, cause) })
}

func (o *processOutbox) Unknown(ctx context.Context, item record.Item, at time.Time, cause string) (record.Item, error) {
	return call(o.p(), func() (record.Item, error) { return o.disk().Unknown(ctx, item, at, cause) })
}

func (o *processOutbox) Hold(ctx context.Context, item record.Item, at time.Time, cause, words string) (record.Item, error) {
	return call(o.p(), func() (record.Item, error) {
		o.day.mu.Lock()
		refused := o.day.refused[item.Entry]
		o.day.mu.Unlock()
		if !refused {
			o.day.note(fmt.Errorf("%s is held (%s) although nobody refused it", item.Entry, cause))
		}
		return o.disk().Hold(ctx, item, at, cause, words)
	})
}

type processTransport process

func (tr *processTransport) p() *process { return (*process)(tr) }

func (tr *processTransport) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	return call(tr.p(), func() (record.Receipt, error) {
		if item := tr.day.outbox.Item(tr.day.entry[s.DocumentID]); item.State != record.InFlight {
			tr.day.note(fmt.Errorf("%s is sent while it is %s on disk", item.Entry, item.State))
		}
		return tr.day.memory.Submit(ctx, s)
	})
}

func (tr *processTransport) Lookup(ctx context.Context, id string) ([]record.Held, error) {
	return call(tr.p(), func() ([]record.Held, error) { return tr.day.memory.Lookup(ctx, id) })
}

func (tr *processTransport) Probe(ctx context.Context) error {
	_, err := call(tr.p(), func() (struct{}, error) { return struct{}{}, tr.day.memory.Probe(ctx) })
	return err
}
