package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// A commit costs two waits for the disk whatever it holds, so that changes which
// arrive while one is under way share the next. There is no timer: a lone change
// never waits for company.
const (
	batchOps   = 512
	batchBytes = 64 << 20
)

// change is what one caller wants done in a transaction. It may run more than
// once, and checks all that it can before it writes.
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

// writer is the only goroutine that writes to the file.
type writer struct {
	j        *Journal
	requests chan *request
	stopping chan struct{}
	stopped  chan struct{}

	broken error // why nothing may be written any more
	stuck  bool  // bbolt may hold its locks for ever
}

func (w *writer) start(j *Journal) {
	w.j = j
	w.requests = make(chan *request)
	w.stopping = make(chan struct{})
	w.stopped = make(chan struct{})
	go w.loop()
}

func (w *writer) stop() {
	close(w.stopping)
	<-w.stopped
}

// update runs a change in a transaction that it may share, and returns when that
// is on disk. A context that ends before the change is taken up stops it; after
// that the answer is awaited, so that a caller always knows what happened.
func (j *Journal) update(ctx context.Context, op string, size int, run change) error {
	return j.ask(&request{ctx: ctx, op: op, size: size, run: run, done: make(chan error, 1)})
}

// exclusively runs fn while nothing is being written.
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
	for {
		select {
		case r := <-w.requests:
			w.serve(w.gather(r))
		case <-w.stopping:
			return
		}
	}
}

// gather takes up whoever is waiting already.
func (w *writer) gather(first *request) []*request {
	batch, size := []*request{first}, first.size
	for len(batch) < batchOps && size < batchBytes {
		select {
		case r := <-w.requests:
			batch, size = append(batch, r), size+r.size
		default:
			return batch
		}
	}
	return batch
}

// serve answers every request of a batch.
func (w *writer) serve(batch []*request) {
	var writes []*request
	for _, r := range batch {
		switch {
		case r.ctx.Err() != nil:
			r.done <- r.ctx.Err()
		case r.alone != nil:
			r.done <- guard(r.op, r.alone)
		default:
			writes = append(writes, r)
		}
	}
	for len(writes) > 0 {
		var again []*request
		if w.broken != nil {
			for _, r := range writes {
				r.done <- &record.Error{Code: record.CodeUnavailable, Op: r.op, Reason: ReasonReopen, Err: w.broken}
			}
			return
		}
		answers, err := w.commit(writes)
		switch {
		case err == nil:
			for i, r := range writes {
				if errors.Is(answers[i], errAgain) {
					again = append(again, r)
					continue
				}
				r.done <- answers[i]
			}
		case len(writes) == 1 || w.broken != nil:
			for _, r := range writes {
				r.done <- err
			}
		default:
			// One large body that does not fit must not take small notes with it.
			for _, r := range writes {
				w.serve([]*request{r})
			}
		}
		writes = again
	}
}

// errAgain marks the siblings of a change that failed after it had begun to write.
var errAgain = errors.New("run again")

// writeTx is the transaction that the changes of a batch share.
type writeTx struct {
	codec
	tx    *bolt.Tx
	head  head
	dirty bool // something was written
}

func (t *writeTx) put(name, key, value []byte) error {
	b, err := bucket(t.tx, name)
	if err != nil {
		return err
	}
	t.dirty = true
	return b.Put(key, value)
}

func (t *writeTx) delete(name, key []byte) error {
	b, err := bucket(t.tx, name)
	if err != nil {
		return err
	}
	t.dirty = true
	return b.Delete(key)
}

// commit runs the changes in one transaction. The answers are each change's own;
// the error is the transaction's, and then nothing of it is on disk, unless
// w.broken is set: then nobody knows.
func (w *writer) commit(writes []*request) (answers []error, err error) {
	const op = "write journal"
	answers = make([]error, len(writes))
	var id int
	err = guard(op, func() error {
		tx, err := w.j.db.Begin(true)
		if err != nil {
			return err
		}
		id = tx.ID()
		w.stuck = true // until the transaction ended in an orderly way
		wrote, err := w.runAll(tx, writes, answers)
		if err != nil || !wrote {
			rollback := tx.Rollback()
			w.stuck = false
			return errors.Join(err, rollback)
		}
		err = tx.Commit()
		w.stuck = false
		return err
	})
	if err == nil {
		return answers, nil
	}
	err = fail(op, err)
	var e *record.Error
	if errors.As(err, &e) && e.Code == record.CodeInternal && e.Reason == "" {
		// bbolt turns some of what the system says into text.
		e.Code, e.Reason = record.CodeUnavailable, ReasonDiskError
	}
	w.j.log.Error("write failed", "err", err)
	// Either bbolt holds its locks for ever, or it cannot read its file any more, or
	// the change is visible although the wait for the disk failed: after a power cut
	// it may be there or not.
	if w.stuck || id > 0 && w.visible(id) {
		w.broken = err
	}
	return answers, err
}

// runAll runs the changes and writes the head. When one fails after it has written,
// the whole transaction is given up: its own answer stands, the others run again.
func (w *writer) runAll(tx *bolt.Tx, writes []*request, answers []error) (wrote bool, err error) {
	t := &writeTx{codec: w.j.codec, tx: tx}
	if t.head, err = t.readHead(tx); err != nil {
		return false, err
	}
	for i, r := range writes {
		before, clean := t.head, !t.dirty
		t.dirty = false
		err := guard(r.op, func() error { return r.run(t) })
		answers[i] = err
		if err == nil {
			t.dirty = t.dirty || !clean
			continue
		}
		t.head = before
		if t.dirty {
			for k := range answers {
				if k != i {
					answers[k] = errAgain
				}
			}
			return false, nil
		}
		t.dirty = !clean
	}
	if !t.dirty {
		return false, nil
	}
	t.head.Changes++
	row, err := t.sealRow(t.head, "head")
	if err != nil {
		return false, err
	}
	return true, t.put(bucketMeta, keyHead, row)
}

// visible reports whether a transaction that failed is what readers see, or whether
// they see nothing at all.
func (w *writer) visible(id int) bool {
	seen := true
	_ = guard("read journal", func() error {
		return w.j.db.View(func(tx *bolt.Tx) error {
			seen = tx.ID() >= id
			return nil
		})
	})
	return seen
}
