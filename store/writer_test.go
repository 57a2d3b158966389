package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	bolt "go.etcd.io/bbolt"
)

// together runs changes in one batch: while the writer is kept busy, all of them
// queue up.
func together(t *testing.T, j *Journal, changes ...func() error) []error {
	t.Helper()
	errs := make([]error, len(changes))
	var started, wg sync.WaitGroup
	wg.Go(func() {
		err := j.exclusively(ctx, "wait", func() error {
			for i, change := range changes {
				started.Add(1)
				wg.Go(func() { started.Done(); errs[i] = change() })
			}
			started.Wait()
			time.Sleep(50 * time.Millisecond) // until they stand in the queue
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	return errs
}

func TestOneFailingChangeFailsNoSibling(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	mustRecord(t, j, "avant", acted)
	stop := errors.New("stop")
	rec := func(note string) func() error {
		return func() error {
			c := consultation(note, acted)
			_, _, err := j.Record(ctx, c, submission(c))
			return err
		}
	}
	fails := func(run change) func() error {
		return func() error { return j.update(ctx, "test", 0, run) }
	}
	errs := together(t, j,
		rec("un"),
		fails(func(*writeTx) error { return stop }),
		rec("deux"),
		fails(func(w *writeTx) error { // after it has written
			w.head.Seq += 100
			return errors.Join(w.put(bucketIDs, []byte("nonsense"), nil), stop)
		}),
		rec("trois"),
		fails(func(w *writeTx) error {
			_ = w.put(bucketIDs, []byte("more"), nil)
			panic("as bbolt does")
		}),
		fails(func(w *writeTx) error { return w.put(bucketIDs, nil, nil) }), // refused by bbolt
		rec("quatre"),
	)
	for i, err := range errs {
		switch i {
		case 1, 3:
			if !errors.Is(err, stop) {
				t.Errorf("change %d: got %v, want its own error", i, err)
			}
		case 5, 6:
			if err == nil {
				t.Errorf("change %d: no error", i)
			}
		default:
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
	}
	if r := mustBeSound(t, j); r.Entries != 5 {
		t.Errorf("got %d entries, want 5", r.Entries)
	}
}

func TestSameConsultationInOneBatch(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	var mu sync.Mutex
	ids, duplicates := map[string]bool{}, 0
	press := func() error {
		c := consultation(secretNote, acted)
		id, duplicate, err := j.Record(ctx, c, submission(c))
		mu.Lock()
		defer mu.Unlock()
		ids[id] = true
		if duplicate {
			duplicates++
		}
		return err
	}
	for _, err := range together(t, j, press, press, press, press) {
		if err != nil {
			t.Error(err)
		}
	}
	if len(ids) != 1 || duplicates != 3 {
		t.Errorf("got %d entries and %d duplicates, want 1 and 3", len(ids), duplicates)
	}
	mustBeSound(t, j)
}

// TestFileTakenAway closes the file under bbolt, so that every write to it fails.
// What the log takes meanwhile is there when the journal is opened again.
func TestFileTakenAway(t *testing.T) {
	for _, logged := range []bool{false, true} {
		dir := t.TempDir()
		var file *os.File
		j := mustOpen(t, dir, &Options{OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, perm)
			if err == nil && filepath.Base(name) == journalFile && flag&os.O_RDWR != 0 {
				file = f
			}
			return f, err
		}})
		want := uint64(0)
		if logged { // the first change makes no log
			mustRecord(t, j, "avant", acted)
			want++
		}
		_ = file.Close()
		for i := range 3 {
			c := consultation(fmt.Sprint(secretNote, i), acted)
			_, _, err := j.Record(ctx, c, submission(c))
			if logged {
				want++
			}
			if logged && err != nil || !logged && record.CodeOf(err) != record.CodeUnavailable {
				t.Fatalf("log %v: got %v", logged, err)
			}
		}
		if _, err := j.Waiting(ctx); err != nil {
			t.Errorf("reading what is mapped: %v", err)
		}
		_ = j.Close()
		j = mustOpen(t, dir, nil)
		if r := mustBeSound(t, j); r.Entries != want {
			t.Errorf("got %d entries, want %d", r.Entries, want)
		}
	}
}

// TestUnknownOutcomeRefusesMore pretends that the wait for the disk failed after
// the change had become visible.
func TestUnknownOutcomeRefusesMore(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	mustRecord(t, j, "avant", acted)
	err := j.exclusively(ctx, "test", func() error {
		if j.writer.visible(1 << 30) {
			t.Error("a transaction of the future is visible")
		}
		if !j.writer.visible(1) {
			t.Error("a transaction of the past is not visible")
		}
		j.writer.fail(errors.New("input/output error"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := consultation(secretNote, acted)
	_, _, err = j.Record(ctx, c, submission(c))
	wantReason(t, err, record.CodeUnavailable, ReasonReopen)
	if _, err := j.Waiting(ctx); err != nil {
		t.Errorf("reading: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, nil)
	mustRecord(t, j, secretNote, acted)
}

// TestBatchWaitsWithoutTransaction lets the file grow, which waits for every reader,
// while a batch waits for the one before it.
func TestBatchWaitsWithoutTransaction(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	mustRecord(t, j, "avant", acted)
	err := j.exclusively(ctx, "test", func() error {
		w := &j.writer
		flight := &batch{own: newLayer(), landed: make(chan struct{})}
		w.flight = flight
		defer func() { w.flight = nil }()
		grown := make(chan error, 1)
		go func() {
			time.Sleep(20 * time.Millisecond) // until the batch waits
			done := make(chan error, 1)
			go func() {
				done <- j.db.Update(func(tx *bolt.Tx) error {
					return tx.Bucket(bucketPhotos).Put([]byte("large"), make([]byte, 8<<20))
				})
			}()
			select {
			case err := <-done:
				grown <- err
			case <-time.After(20 * time.Second):
				grown <- errors.New("the file cannot grow")
			}
			close(flight.landed)
		}()
		r := &request{ctx: ctx, op: "test", run: func(*writeTx) error { return nil }, done: make(chan error, 1)}
		_, err := w.prepare(r, w.join)
		return errors.Join(err, <-grown)
	})
	if err != nil {
		t.Fatal(err)
	}
}
