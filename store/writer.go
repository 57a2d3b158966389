package store

import (
	"context"
	"crypto/sha256"
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

	// maxLogged is the size of a commit from which the log is a detour: its rows
	// would be written twice.
	maxLogged = 512 << 10
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

// writer is the only goroutine that writes to the file.
type writer struct {
	j        *Journal
	requests chan *request
	stopping chan struct{}
	stopped  chan struct{}

	wal      wal
	applying chan error // tells when the frozen layer has arrived; nil: none is on its way
	commits  int
	head     *head  // as the last commit left it; nil: to be read
	headRow  []byte // the same, as stored

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
	go w.loop()
}

func (w *writer) stop() {
	close(w.stopping)
	<-w.stopped
}

// finish leaves a file that needs no log; where it cannot be written to, the log
// stays, and the journal is whole with it.
func (w *writer) finish() {
	if w.failed() == nil && w.settle() == nil {
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
			_ = w.await() // nothing is on its way after it, whatever it says
			w.head = nil
			r.done <- guard(r.op, r.alone)
		default:
			writes = append(writes, r)
		}
	}
	if len(writes) == 0 {
		return
	}
	if err := w.failed(); err != nil {
		for _, r := range writes {
			r.done <- &record.Error{Code: record.CodeUnavailable, Op: r.op, Reason: ReasonReopen, Err: err}
		}
		return
	}
	answers, err := w.commit(writes)
	if err != nil && len(writes) > 1 && w.failed() == nil {
		// One large body that does not fit must not take small notes with it.
		for _, r := range writes {
			w.serve([]*request{r})
		}
		return
	}
	if failed := w.failed(); err != nil && failed != nil {
		err = &record.Error{Code: record.CodeUnavailable, Op: "write journal", Reason: ReasonReopen, Err: failed}
	}
	for i, r := range writes {
		if err != nil {
			answers[i] = err
		}
		r.done <- answers[i]
	}
}

// writeTx is the transaction that the changes of a batch share. Its snapshot shows
// what they have written so far.
type writeTx struct {
	codec
	tx   *snapshot
	own  *layer
	head head

	dirty bool   // the change that runs has written
	undo  []undo // takes its rows back
}

func (t *writeTx) put(name, key, value []byte) error {
	if len(key) == 0 {
		return errShape
	}
	if value == nil {
		value = []byte{} // nil is for a row that is not there
	}
	return t.set(name, key, row{value: value})
}

func (t *writeTx) delete(name, key []byte) error { return t.set(name, key, row{gone: true}) }

func (t *writeTx) set(name, key []byte, r row) error {
	if _, err := fileBucket(t.tx.tx, name); err != nil {
		return err
	}
	t.dirty = true
	t.undo = append(t.undo, t.own.set(rowName(name, key), r))
	return nil
}

// commit runs the changes and makes what they wrote durable. The answers are each
// change's own; the error is everybody's, and then nothing of it is on disk, unless
// the writer has failed: then nobody knows.
func (w *writer) commit(writes []*request) (answers []error, err error) {
	const op = "write journal"
	answers = make([]error, len(writes))
	t := &writeTx{codec: w.j.codec, own: newLayer()}
	err = guard(op, func() error {
		s, err := w.snapshot()
		if err != nil {
			return err
		}
		defer func() { _ = s.tx.Rollback() }()
		s.layers = append([]*layer{t.own}, s.layers...)
		t.tx = s
		return w.runAll(t, writes, answers)
	})
	if err != nil || t.own.empty() {
		return answers, fail(op, err)
	}
	row, _ := t.own.rows.Get(rowName(bucketMeta, keyHead))
	previous := sha256.Sum256(w.headRow)
	w.head, w.headRow = nil, nil
	touched := t.own.touches(bucketByNext)
	err = w.persist(t.own, t.head.Changes, previous)
	if touched {
		w.j.dues.Add(1) // after it is visible, which it may be in spite of an error
	}
	if err != nil {
		return answers, err
	}
	w.commits++
	w.head, w.headRow = &t.head, row.value
	return answers, nil
}

// runAll runs the changes and writes the head. What a change wrote that failed
// after it is taken back.
func (w *writer) runAll(t *writeTx, writes []*request, answers []error) (err error) {
	if w.head == nil {
		if w.headRow, err = get(t.tx, bucketMeta, keyHead); err != nil {
			return err
		}
		w.headRow = append([]byte(nil), w.headRow...)
		if t.head, err = t.readHead(t.tx); err != nil {
			return err
		}
	} else {
		t.head = *w.head
	}
	wrote := false
	for i, r := range writes {
		before := t.head
		t.dirty, t.undo = false, t.undo[:0]
		answers[i] = guard(r.op, func() error { return r.run(t) })
		if answers[i] == nil {
			wrote = wrote || t.dirty
			continue
		}
		t.head = before
		for k := len(t.undo) - 1; k >= 0; k-- {
			t.own.undo(t.undo[k])
		}
	}
	if !wrote {
		return nil
	}
	t.head.Changes++
	row, err := t.sealRow(t.head, "head")
	if err != nil {
		return err
	}
	return t.put(bucketMeta, keyHead, row)
}

// persist makes a commit durable, then visible: in the log or, where that is no
// help or no longer works, in the file at once.
//
// The first commit goes to the file, so that a command which makes one change makes
// no log. A record that could not be written may be in the log all the same. After
// the commit has reached the file it follows no head, and is nothing.
func (w *writer) persist(own *layer, changes uint64, previous [sha256.Size]byte) error {
	if w.commits == 0 || own.size > int(min(maxLogged, w.wal.size/2)) {
		return w.direct(own)
	}
	tried, err := w.logged(own, changes, previous)
	if err == nil {
		w.j.publish(func(a *above) { a.receive(own) })
		return nil
	}
	if tried {
		w.j.log.Error("write to the log failed", "err", err)
	}
	if err := w.direct(own); err != nil {
		if tried {
			w.fail(err)
		}
		return err
	}
	w.wal.remove()
	return nil
}

// logged writes a commit to the log. tried says that part of it may be there.
func (w *writer) logged(own *layer, changes uint64, previous [sha256.Size]byte) (tried bool, err error) {
	record := w.wal.encode(own, changes, previous)
	if w.wal.file[w.wal.current] != nil && !w.wal.fits(record) {
		if err := w.await(); err != nil {
			return false, err
		}
		w.freeze()
		w.wal.turn()
	}
	if w.wal.file[w.wal.current] == nil && w.wal.file[1-w.wal.current] == nil {
		// What an earlier program left in a log must not be written over.
		if err := w.settle(); err != nil {
			return false, err
		}
	}
	if err := w.wal.ready(); err != nil {
		return false, err
	}
	return true, w.wal.append(record)
}

// direct commits to the file, after everything that is confirmed.
func (w *writer) direct(own *layer) error {
	if err := w.settle(); err != nil {
		return err
	}
	if err := w.apply(own); err != nil {
		return err
	}
	w.j.publish(func(*above) { w.j.compaction.note(own) })
	return nil
}
