package store

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/zoneblanche/zoneblanche/record"
)

// A commit costs a wait for the disk whatever it holds, so that changes which
// arrive while one is under way share the next. There is no timer: a lone change
// never waits for company.
const (
	batchOps   = 512
	batchBytes = 64 << 20

	// eager is how many changes a commit takes up at most while no other is on its way
	// into the log: an idle disk is given work before everybody who comes has joined.
	eager = 32
)

// change is what one caller wants done in a transaction. It may run more than
// once, and does not write to a bucket while it walks it.
type change func(*writeTx) error

type request struct {
	ctx  context.Context
	op   string
	size int
	run  change
	// alone runs while nothing is being written, outside a transaction.
	alone func() error
	done  chan error
}

// writer is the only goroutine that changes the journal. What it has made ready is
// written to the log by another, so that the next commit is prepared while the disk
// takes the one before it.
type writer struct {
	j        *Journal
	requests chan *request
	stopping chan struct{}
	stopped  chan struct{}

	wal      wal            // lent to the logger while a batch is on its way
	flight   *batch         // on its way into the log; nil: none is
	flights  chan *batch    // to the logger
	logger   sync.WaitGroup // ends after flights was closed
	applying chan error     // tells when the frozen layer has arrived; nil: none is on its way
	commits  int
	lone     atomic.Bool // one of the file's two meta pages alone leads to its latest state
	head     *head       // as the last commit leaves it, once it has landed; nil: to be read
	headRow  []byte      // the same, as stored

	mu     sync.Mutex
	broken error       // why nothing may be written any more
	stuck  atomic.Bool // bbolt may hold its locks for ever
}

// fail ends writing until the journal is opened again.
func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = err
	}
}

func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *writer) start(j *Journal) {
	w.j = j
	w.wal = wal{dir: j.dir, open: j.openFile, journal: j.identity.ID, size: j.walSize}
	w.requests = make(chan *request)
	w.stopping = make(chan struct{})
	w.stopped = make(chan struct{})
	w.flights = make(chan *batch)
	w.logger.Go(func() {
		for b := range w.flights {
			b.err = w.log(b)
			close(b.landed)
		}
	})
	go w.loop()
}

func (w *writer) stop() {
	close(w.stopping)
	<-w.stopped
}

// finish leaves a file that needs no log; where it cannot be written to, the log
// stays, and the journal is whole with it.
func (w *writer) finish() {
	w.land()
	close(w.flights)
	w.logger.Wait()
	if w.failed() == nil && w.settle() == nil && (!w.lone.Load() || w.echo() == nil) {
		w.wal.remove()
		return
	}
	if w.applying != nil {
		<-w.applying
	}
	w.wal.close()
}

// update runs a change in a transaction that it may share, and returns when that
// is on disk. A context that ends before the change is taken up stops it; after
// that the answer is awaited, so that a caller always knows what happened.
func (j *Journal) update(ctx context.Context, op string, size int, run change) error {
	return j.ask(&request{ctx: ctx, op: op, size: size, run: run, done: make(chan error, 1)})
}

// exclusively runs fn while nothing is being written. Part of what is confirmed may
// not be in the file yet: see [Journal.settled].
func (j *Journal) exclusively(ctx context.Context, op string, fn func() error) error {
	if j.readOnly {
		return fail(op, fn())
	}
	return j.ask(&request{ctx: ctx, op: op, alone: fn, done: make(chan error, 1)})
}

func (j *Journal) ask(r *request) error {
	if j.readOnly {
		return &record.Error{Code: record.CodeUnavailable, Op: r.op, Reason: ReasonReadOnly}
	}
	select {
	case j.writer.requests <- r:
		return fail(r.op, <-r.done)
	case <-r.ctx.Done():
		return fail(r.op, r.ctx.Err())
	case <-j.writer.stopping:
		return &record.Error{Code: record.CodeUnavailable, Op: r.op, Reason: ReasonJournalClosed}
	}
}

func (w *writer) loop() {
	defer close(w.stopped)
	defer w.finish()
	if w.await() == nil {
		w.wal.remove() // what an earlier program left is in the file now
	}
	for {
		var landed chan struct{}
		if w.flight != nil {
			landed = w.flight.landed
		}
		select {
		case r := <-w.requests:
			for r != nil {
				r = w.serve(r)
			}
		case <-landed:
			w.land()
		case <-w.stopping:
			return
		}
	}
}

// serve answers a request, now or as soon as it has landed, together with others that
// join it. It returns one that was taken up meanwhile and could not join.
func (w *writer) serve(r *request) (next *request) {
	if r.ctx.Err() != nil {
		r.done <- r.ctx.Err()
		return nil
	}
	if r.alone == nil {
		return w.commit(r)
	}
	w.land()
	_ = w.await() // nothing is on its way after it, whatever it says
	w.head = nil
	r.done <- guard(r.op, r.alone)
	return nil
}

// join returns a request for a batch that is being prepared, nil when there is none:
// while another is on its way into the log there is time for whoever comes, for whom it
// waits if it may, and after that for those who wait already, up to eager. What cannot
// join is returned as next.
func (w *writer) join(b *batch, wait bool) (r, next *request) {
	for len(b.writes) < batchOps && b.size < batchBytes && b.own.size < maxLogged/2 {
		flying := w.flying()
		if !flying && len(b.writes) >= eager {
			return nil, nil
		}
		select {
		case r = <-w.requests:
		default:
			if !flying || !wait {
				return nil, nil
			}
			select {
			case r = <-w.requests:
			case <-w.flight.landed:
				continue
			}
		}
		switch {
		case r.ctx.Err() != nil:
			r.done <- r.ctx.Err()
		case r.alone != nil:
			return nil, r
		default:
			return r, nil
		}
	}
	return nil, nil
}

// flying reports whether a batch is on its way into the log at this moment.
func (w *writer) flying() bool {
	if w.flight == nil {
		return false
	}
	select {
	case <-w.flight.landed:
		return false
	default:
		return true
	}
}
