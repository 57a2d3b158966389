package store

import (
	"crypto/sha256"

	"github.com/zoneblanche/zoneblanche/record"
)

// maxLogged is the size of a commit from which the log is a detour: its rows would be
// written twice.
const maxLogged = 512 << 10

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
	if _, err := t.tx.bucket(name); err != nil {
		return err
	}
	t.dirty = true
	t.undo = append(t.undo, t.own.set(rowName(name, key), r))
	return nil
}

// batch is a commit: changes that share a transaction, and what they wrote.
type batch struct {
	writes  []*request
	answers []error // of each change
	size    int     // what they were said to write
	own     *layer
	head    head
	headRow []byte // head as stored; nil when nothing was written
	// previous is the SHA-256 of the stored head that this one follows.
	previous [sha256.Size]byte
	next     *request // taken up while the batch was prepared; not of it

	landed chan struct{} // closed when the log has it, or err
	err    error
}

// answer tells everybody what became of the change, or of all of them.
func (b *batch) answer(err error) {
	for i, r := range b.writes {
		if err != nil {
			r.done <- err
		} else {
			r.done <- b.answers[i]
		}
	}
}

// commit prepares a batch and sends it on its way. Everybody is answered once the
// batches before it have landed, those too whose change wrote nothing: what they were
// told of may be on its way.
func (w *writer) commit(first *request) (next *request) {
	if w.failed() != nil {
		w.refuse(&batch{writes: []*request{first}})
		return nil
	}
	b, err := w.prepare(first, w.join)
	w.send(b, err)
	return b.next
}

// send makes a batch durable and answers. One that fails as a whole, and leaves
// nothing behind, is tried again change by change: a large body that does not fit
// must not take small notes with it.
func (w *writer) send(b *batch, err error) {
	w.land()
	if w.failed() != nil {
		w.refuse(b)
		return
	}
	if err == nil && b.headRow != nil {
		err = w.persist(b)
		if w.flight == b {
			return // the logger answers, or land
		}
	}
	switch {
	case err == nil:
		b.answer(nil)
	case w.failed() != nil:
		w.refuse(b)
	case len(b.writes) == 1:
		b.answer(err)
	default:
		for _, r := range b.writes {
			w.send(w.prepare(r, alone))
		}
	}
}

// alone lets nobody join.
func alone(*batch, bool) (r, next *request) { return nil, nil }

// refuse answers after a write whose outcome nobody knows.
func (w *writer) refuse(b *batch) {
	for _, r := range b.writes {
		r.done <- &record.Error{Code: record.CodeUnavailable, Op: r.op, Reason: ReasonReopen, Err: w.failed()}
	}
}

// prepare runs changes, that of first and of whoever joins, and writes the head. It
// sees what is on its way into the log as if it were there.
func (w *writer) prepare(first *request, join func(*batch, bool) (r, next *request)) (*batch, error) {
	const op = "write journal"
	b := &batch{own: newLayer(), landed: make(chan struct{})}
	t := &writeTx{codec: w.j.codec, own: b.own}
	var before []byte
	wrote := false
	for r := first; r != nil; r, b.next = join(b, true) {
		// No transaction is open while the batch waits for company: bbolt could not
		// make its file larger meanwhile, nor the logger end what it does.
		err := guard(op, func() error {
			b.add(r)
			s, err := w.snapshot(b.own)
			if err != nil {
				return err
			}
			defer func() { _ = s.tx.Rollback() }()
			t.tx = s
			if before == nil {
				if before, err = w.readHead(t); err != nil {
					return err
				}
			}
			for r := r; r != nil; {
				wrote = t.run(r, &b.answers[len(b.answers)-1]) || wrote
				if r, b.next = join(b, false); r != nil {
					b.add(r)
				}
			}
			return nil
		})
		if err != nil {
			return b, fail(op, err)
		}
		if b.next != nil {
			break
		}
	}
	if !wrote {
		return b, nil
	}
	t.head.Changes++
	sealed, err := t.sealRow(t.head, "head")
	if err != nil {
		return b, fail(op, err)
	}
	b.head, b.headRow, b.previous = t.head, sealed, sha256.Sum256(before)
	b.own.set(rowName(bucketMeta, keyHead), row{value: sealed})
	return b, nil
}

func (b *batch) add(r *request) {
	b.writes, b.answers, b.size = append(b.writes, r), append(b.answers, nil), b.size+r.size
}

// readHead gives t the head that the last commit left, and returns it as stored.
func (w *writer) readHead(t *writeTx) (stored []byte, err error) {
	if w.head != nil {
		t.head = *w.head
		return w.headRow, nil
	}
	if stored, err = get(t.tx, bucketMeta, keyHead); err != nil {
		return nil, err
	}
	t.head, err = t.readHead(t.tx)
	return append([]byte(nil), stored...), err
}

// run runs a change and reports whether it wrote. What it wrote before it failed is
// taken back.
func (t *writeTx) run(r *request, answer *error) (wrote bool) {
	before := t.head
	t.dirty, t.undo = false, t.undo[:0]
	*answer = guard(r.op, func() error { return r.run(t) })
	if *answer == nil {
		return t.dirty
	}
	t.head = before
	for k := len(t.undo) - 1; k >= 0; k-- {
		t.own.undo(t.undo[k])
	}
	return false
}

// persist makes a batch durable, then visible: in the log or, where that is no help
// or no longer works, in the file at once. What goes into the log is on its way when
// it returns.
//
// The first commit goes to the file, so that a command which makes one change makes
// no log.
func (w *writer) persist(b *batch) error {
	if w.commits == 0 || b.own.size > int(min(maxLogged, w.wal.size/2)) {
		return w.direct(b)
	}
	if err := w.makeRoom(b); err != nil {
		if err := w.direct(b); err != nil {
			return err
		}
		w.wal.remove()
		return nil
	}
	w.head, w.headRow = &b.head, b.headRow
	w.flight = b
	w.flights <- b
	return nil
}

// makeRoom makes the log ready for a batch.
func (w *writer) makeRoom(b *batch) error {
	if w.wal.file[w.wal.current] != nil && !w.wal.fits(recordSize(b.own)) {
		if err := w.await(); err != nil {
			return err
		}
		w.freeze()
		w.wal.turn()
	}
	if w.wal.file[w.wal.current] == nil && w.wal.file[1-w.wal.current] == nil {
		// What an earlier program left in a log must not be written over.
		if err := w.settle(); err != nil {
			return err
		}
	}
	// The log goes on without the echo where the file cannot be written to just now.
	if w.lone.Load() {
		if err := w.echo(); err != nil && w.failed() != nil {
			return err
		}
	}
	return w.wal.ready()
}

// log writes a batch to the log, lets readers see it, and answers. It runs in the
// logger.
func (w *writer) log(b *batch) error {
	if err := w.wal.append(w.wal.encode(b.own, b.head.Changes, b.previous)); err != nil {
		return err
	}
	w.j.publish(func(a *above) {
		a.landed = b.own
		w.j.due.note(b.own)
	})
	b.answer(nil)
	return nil
}

// land waits for the batch that is on its way. A record that could not be written may
// be in the log all the same: its batch goes to the file, and after that the record
// follows no head, and is nothing. When that fails too, nobody knows.
func (w *writer) land() {
	b := w.flight
	if b == nil {
		return
	}
	<-b.landed
	w.flight = nil
	if b.err == nil {
		w.commits++
		w.j.publish(func(a *above) { a.receive() })
		return
	}
	w.j.log.Error("write to the log failed", "err", b.err)
	if err := w.direct(b); err != nil {
		w.fail(err)
		w.refuse(b)
		return
	}
	w.wal.remove()
	b.answer(nil)
}

// direct commits a batch to the file, after everything that is confirmed.
func (w *writer) direct(b *batch) error {
	w.head, w.headRow = nil, nil
	if err := w.settle(); err != nil {
		return err
	}
	if err := w.apply(b.own); err != nil {
		w.j.due.forget() // it may be visible in spite of the error
		return err
	}
	w.lone.Store(true)
	w.j.publish(func(*above) {
		w.j.compaction.note(b.own)
		w.j.due.note(b.own)
	})
	w.commits++
	w.head, w.headRow = &b.head, b.headRow
	return nil
}
