package store

import (
	"errors"
	"flag"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zoneblanche/zoneblanche/record"
)

var cuts = flag.Int("store.cuts", 0, "simulated power cuts; 0 stands for 2000, and 200 under the race detector")

func init() {
	for session := range 3 {
		roles[fmt.Sprint("session ", session)] = func(dir string) error { return childSession(dir, session) }
	}
}

// smallWAL makes the log turn and the file be written to often.
const smallWAL = 32 << 10

// childSession is a part of a journal's life that is watched: the first creates it,
// the first two end without closing it, the last one in order. What is confirmed is
// written to /dev/null, where the watcher reads it.
func childSession(dir string, session int) error {
	confirm, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := watchMyself(); err != nil {
		return err
	}
	j, err := Open(dir, &Options{walSize: smallWAL, Place: "here"})
	if err != nil {
		return err
	}
	errs := make(chan error)
	const writers, each = 3, 5
	for w := range writers {
		go func() {
			errs <- func() error {
				for i := range each {
					if err := liveOnce(j, confirm, w, i); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	if session > 0 {
		go func() { _, err := j.Compact(ctx); errs <- err }()
	} else {
		go func() { errs <- nil }()
	}
	for range writers + 1 {
		err = errors.Join(err, <-errs)
	}
	if err != nil || session < 2 {
		return err // the process ends here, and with it whatever was under way
	}
	return j.Close()
}

// liveOnce records an entry and moves it on.
func liveOnce(j *Journal, confirm *os.File, w, i int) error {
	say := func(verb, id string) { fmt.Fprintf(confirm, "%s %s\n", verb, id) }
	c := consultation(fmt.Sprint("note ", os.Getpid(), w, i), acted.Add(time.Duration(i)*time.Hour))
	s := submission(c)
	s.Body = crashBody(c.ID)
	if w == 0 && i == 4 {
		s.Body = []byte(strings.Repeat(c.ID, 400)) // past the log
	}
	id, _, err := j.Record(ctx, c, s)
	if err != nil {
		return err
	}
	say("recorded", id)
	if i%2 == 0 {
		return nil
	}
	info, err := j.Entry(ctx, id)
	if err != nil {
		return err
	}
	item, err := j.Begin(ctx, info.Item, acted)
	if err != nil {
		return err
	}
	say("begun", id)
	if i%4 == 1 {
		_, err = j.Clear(ctx, item, receipt)
		say("cleared", id)
	}
	return err
}

// trace watches the sessions one after the other.
func trace(t *testing.T) (calls []call) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for session := range 3 {
		words, err := watch(t, fmt.Sprint("session ", session), dir, nil, func(c call) answer {
			if c.path == os.DevNull && c.nr == unix.SYS_WRITE {
				calls = append(calls, c)
				return answer{pretend: false}
			}
			if c.path == dir && c.nr == unix.SYS_FSYNC {
				c.path = ""
				calls = append(calls, c)
				return answer{pretend: true}
			}
			if filepath.Dir(c.path) != dir {
				return answer{}
			}
			c.path, c.to = filepath.Base(c.path), filepath.Base(c.to)
			switch c.nr {
			case unix.SYS_OPENAT:
				if c.flag&(unix.O_CREAT|unix.O_TRUNC) == 0 || c.flag&unix.O_CREAT == 0 && !exists[c.path] {
					return answer{}
				}
				calls = append(calls, c)
				exists[c.path] = true
				return answer{}
			case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
				exists[c.to], exists[c.path] = true, false
			case unix.SYS_UNLINKAT:
				if !exists[c.path] {
					return answer{}
				}
				exists[c.path] = false
			}
			calls = append(calls, c)
			// Nothing here needs the disk; that a wait is over is known at once.
			return answer{pretend: c.nr == unix.SYS_FSYNC || c.nr == unix.SYS_FDATASYNC}
		})
		if err != nil {
			t.Fatalf("session %d: %v\n%s", session, err, words)
		}
	}
	return calls
}

// do makes a call happen on the model.
func (d *disk) do(c call, confirmed map[string]string) {
	switch c.nr {
	case unix.SYS_WRITE:
		if c.path == os.DevNull {
			verb, id, _ := strings.Cut(strings.TrimSpace(string(c.data)), " ")
			confirmed[id] = verb
			return
		}
		d.write(c.path, -1, c.data)
	case unix.SYS_PWRITE64:
		d.write(c.path, c.off, c.data)
	case unix.SYS_FTRUNCATE:
		d.truncate(c.path, c.size)
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		d.sync(c.path)
	case unix.SYS_OPENAT:
		if d.names[c.path] == nil {
			d.create(c.path)
		} else if c.flag&unix.O_TRUNC != 0 {
			d.truncate(c.path, 0)
		}
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		d.rename(c.path, c.to)
	case unix.SYS_UNLINKAT:
		d.remove(c.path)
	}
}

// memoryDir is a folder of the test, in memory where there is such a thing.
func memoryDir(t *testing.T) string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp("/dev/shm", "journal-cuts-"); err == nil {
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			return dir
		}
	}
	return t.TempDir()
}

// cutNow lets the power go and looks at what is left, in a folder that is gone after.
func cutNow(dir string, d *disk, r *mrand.Rand, confirmed map[string]string) error {
	defer os.RemoveAll(dir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := d.cut(dir, r); err != nil {
		return err
	}
	return checkAfterCut(dir, confirmed)
}

// cutAnywhere lets the power go n times while the calls happen, each time as
// another history of the disk, and returns how many journals were not as they must
// be and what the first of them said.
func cutAnywhere(t *testing.T, calls []call, n int, deaf func(string) bool) (bad int, perKind map[string]int, first error) {
	t.Helper()
	base := memoryDir(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	perKind = map[string]int{}
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			seed := mrand.Uint64()
			r := mrand.New(mrand.NewPCG(seed, uint64(w)))
			d, confirmed := newDisk(), map[string]string{}
			d.deaf = deaf
			share := float64(n) / float64(workers) / float64(len(calls))
			debt := r.Float64()
			for i, c := range calls {
				d.do(c, confirmed)
				for debt += share; debt >= 1; debt-- {
					err := cutNow(filepath.Join(base, fmt.Sprint(w, "-", i)), d, r, confirmed)
					if err != nil {
						err = fmt.Errorf("seed %d, worker %d, after call %d (%s): %w", seed, w, i, describeCall(c), err)
					}
					mu.Lock()
					perKind[describeCall(c)]++
					if err != nil {
						bad++
						if first == nil {
							first = err
						}
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return bad, perKind, first
}

var callNames = map[uint32]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "write", unix.SYS_FTRUNCATE: "truncate", unix.SYS_FSYNC: "sync",
	unix.SYS_FDATASYNC: "sync", unix.SYS_OPENAT: "create", unix.SYS_RENAMEAT: "rename", unix.SYS_RENAMEAT2: "rename", unix.SYS_UNLINKAT: "remove",
}

func describeCall(c call) string {
	path := c.path
	if strings.HasSuffix(path, ".tmp") {
		path = "temporary"
	}
	return callNames[c.nr] + " " + path
}

// checkAfterCut opens what a cut left. What may be reported is one change that
// nobody was told was done: its torn remains.
func checkAfterCut(dir string, confirmed map[string]string) error {
	j, err := Open(dir, &Options{walSize: smallWAL, Place: "here"})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer j.Close()
	if j.Salvaged() != nil {
		return fmt.Errorf("it had to be salvaged: %+v", j.Salvaged())
	}
	r, err := j.Verify(ctx)
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		if !isFault(j, p) {
			return fmt.Errorf("verify: %q %s", p.Entry, p.What)
		}
	}
	// Every entry and item was read by Verify; here it is what they say.
	states := map[string]record.DeliveryState{}
	err = j.viewRaw("read states", func(tx *snapshot) error {
		for seq := uint64(1); seq <= r.Entries; seq++ {
			item, err := j.codec.openItem(tx, seq)
			if err != nil {
				return err
			}
			states[item.Entry] = item.State
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, verb := range confirmed {
		s := states[id]
		if s == "" || verb == "begun" && s == record.Pending || verb == "cleared" && s != record.Cleared {
			return fmt.Errorf("%s was confirmed (%s) and is %q", id, verb, s)
		}
	}
	// It goes on.
	c := consultation("après la coupure", acted)
	if _, _, err := j.Record(ctx, c, submission(c)); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return j.Close()
}

// TestPowerCuts cuts the power anywhere in a journal's life: creation, recording,
// growth, the log's turns, replaying, compaction, closing.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	n := *cuts
	switch {
	case n == 0 && raced:
		n = 200
	case n == 0:
		n = 2000
	}
	calls := trace(t)
	bad, perKind, first := cutAnywhere(t, calls, n, nil)
	t.Logf("%d cuts in a trace of %d calls: %v", n, len(calls), perKind)
	if bad > 0 {
		t.Errorf("%d journals were not as they must be; the first: %v", bad, first)
	}
	// A trace that does not have everything in it proves less than it seems to.
	for _, what := range []string{"write journal.db", "write journal.wal1", "write journal.wal2", "write temporary", "create temporary", "rename temporary"} {
		if perKind[what] == 0 && n >= 2000 {
			t.Errorf("no cut after %q", what)
		}
	}
}

// TestPowerCutsAreSeen is the control: disks that ignore waits must be caught, all
// of them or those for one file.
func TestPowerCutsAreSeen(t *testing.T) {
	t.Parallel()
	calls := trace(t)
	for _, deaf := range []struct {
		name string
		to   func(string) bool
	}{
		{"everything", func(string) bool { return true }},
		{"the log", func(path string) bool { return strings.HasPrefix(path, "journal.wal") }},
		{"the file", func(path string) bool { return path == journalFile }},
		{"new files", func(path string) bool { return strings.HasSuffix(path, ".tmp") }},
		{"the folder", func(path string) bool { return path == "" }},
	} {
		bad, _, first := cutAnywhere(t, calls, 60, deaf.to)
		if bad == 0 {
			t.Errorf("waits for %s are ignored, and nothing was noticed", deaf.name)
		}
		t.Logf("deaf for %s: %d of 60 noticed, as: %v", deaf.name, bad, first)
	}
}
