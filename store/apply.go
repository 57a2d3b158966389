package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file takes rows from the layers into the journal's file.

// snapshot opens what a reader sees; the caller ends its transaction. A layer that
// reaches the file meanwhile is seen in both, which makes no difference: it is put
// away only when no reader is between taking the layers and opening the file.
func (j *Journal) snapshot() (*snapshot, error) {
	j.mu.RLock()
	if j.above.active.empty() || j.above.seen != nil {
		defer j.mu.RUnlock()
		return j.look(j.above.seen)
	}
	j.mu.RUnlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.above.active.empty() && j.above.seen == nil {
		j.above.seen = j.above.active.copy()
	}
	return j.look(j.above.seen)
}

// look opens the file below the given layer, what landed since, and the frozen one.
// The caller holds mu.
func (j *Journal) look(active *layer) (*snapshot, error) {
	tx, err := j.db.Begin(false)
	if err != nil {
		return nil, err
	}
	return &snapshot{tx: tx, layers: stack(j.above.landed, active, j.above.frozen)}, nil
}

// snapshot opens what the changes of a batch see, which write into own: nobody else
// changes the active layer.
func (w *writer) snapshot(own *layer) (*snapshot, error) {
	w.j.mu.RLock()
	defer w.j.mu.RUnlock()
	tx, err := w.j.db.Begin(false)
	if err != nil {
		return nil, err
	}
	layers := []*layer{own}
	if w.flight != nil {
		layers = append(layers, w.flight.own)
	}
	return &snapshot{tx: tx, layers: append(layers, stack(w.j.above.active, w.j.above.frozen)...)}, nil
}

// over returns the layers as they are now.
func (j *Journal) over() above {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.above
}

// publish lets readers see other layers.
func (j *Journal) publish(change func(*above)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&j.above)
}

// apply commits the rows of a layer to the file. The error is bbolt's; when nobody
// can know what the file holds after it, w.broken is set.
func (w *writer) apply(l *layer) error {
	const op = "write journal"
	j := w.j
	var id int
	err := guard(op, func() error {
		tx, err := j.db.Begin(true)
		if err != nil {
			return err
		}
		id = tx.ID()
		w.stuck.Store(true) // until the transaction ended in an orderly way
		if err := l.write(tx); err != nil {
			rollback := tx.Rollback()
			w.stuck.Store(false)
			return errors.Join(err, rollback)
		}
		err = tx.Commit()
		w.stuck.Store(false)
		return err
	})
	if err == nil {
		return nil
	}
	err = fail(op, err)
	var e *record.Error
	if errors.As(err, &e) && e.Code == record.CodeInternal && e.Reason == "" {
		// bbolt turns some of what the system says into text.
		e.Code, e.Reason = record.CodeUnavailable, ReasonDiskError
	}
	j.log.Error("write failed", "err", err)
	// Either bbolt holds its locks for ever, or it cannot read its file any more, or
	// the change is visible although the wait for the disk failed: after a power cut
	// it may be there or not.
	if w.stuck.Load() || id > 0 && w.visible(id) {
		w.fail(err)
	}
	return err
}

// echo commits nothing, so that both of bbolt's meta pages lead to the same state. It
// comes before the log is let go: with one page flipped, bbolt goes back to the state
// before the last commit, which holds as much as a log does.
func (w *writer) echo() error {
	err := w.apply(newLayer())
	if err == nil {
		w.lone.Store(false)
	}
	return err
}

// echoBolt is [writer.echo] for a file that nobody else has open yet.
func echoBolt(db *bolt.DB) error {
	return guard("write journal", func() error { return db.Update(func(*bolt.Tx) error { return nil }) })
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

// freeze begins to write the active layer to the file; what is recorded meanwhile
// goes into a new one. Nothing is on its way into the log.
func (w *writer) freeze() {
	frozen := w.j.over().active
	w.j.publish(func(a *above) { a.active, a.seen, a.frozen = nil, nil, frozen })
	w.carry(frozen)
}

// carry writes the frozen layer to the file in a goroutine; await ends it.
func (w *writer) carry(frozen *layer) {
	done := make(chan error, 1)
	w.applying = done
	go func() { done <- w.melt(frozen) }()
}

// melt writes the frozen layer to the file and puts it away.
func (w *writer) melt(frozen *layer) error {
	if frozen.empty() {
		return nil
	}
	if err := w.apply(frozen); err != nil {
		return err
	}
	if err := w.echo(); err != nil {
		return err
	}
	w.j.publish(func(a *above) {
		a.frozen = nil
		w.j.compaction.note(frozen)
	})
	return nil
}

// await waits for the layer that is on its way. One that did not arrive is tried
// again: it is in the log, and nowhere else.
func (w *writer) await() error {
	if w.applying != nil {
		err := <-w.applying
		w.applying = nil
		if err == nil {
			return nil
		}
	}
	if err := w.failed(); err != nil {
		return err
	}
	return w.melt(w.j.over().frozen)
}

// settle brings everything into the file. The log may be written from its start
// after it.
func (w *writer) settle() error {
	w.land()
	if err := w.await(); err != nil {
		return err
	}
	if !w.j.over().active.empty() {
		w.freeze()
		if err := w.await(); err != nil {
			return err
		}
	}
	w.wal.restart()
	return nil
}

// settled runs fn while everything is in the file and nothing is being written.
func (j *Journal) settled(ctx context.Context, op string, fn func() error) error {
	return j.exclusively(ctx, op, func() error {
		if !j.readOnly {
			if err := j.writer.settle(); err != nil {
				return err
			}
		}
		return fn()
	})
}
