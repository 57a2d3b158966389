package store

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zoneblanche/zoneblanche/record"
)

var lasting = flag.Bool("store.lasting", false, "faults that last, too: every call from the nth on is refused")

func init() { roles["faults"] = childFaults }

// childFaults lives a short life whose calls come in the same order each time. Its
// disk refuses one of them, or all from one on; it says what was confirmed and what
// was refused, and fails on an error that does not say what happened.
func childFaults(dir string) error {
	tell, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := watchMyself(); err != nil {
		return err
	}
	say := func(verb, id string) { fmt.Fprintf(tell, "%s %s\n", verb, id) }
	honest := func(err error) error {
		if err == nil || record.CodeOf(err) == record.CodeUnavailable {
			return nil
		}
		return fmt.Errorf("got %s %q: %w", record.CodeOf(err), record.ReasonOf(err), err)
	}
	var j *Journal
	open := func() error {
		for range 2 {
			var err error
			if j, err = Open(dir, &Options{walSize: smallWAL, Place: "here"}); err == nil {
				return nil
			}
			if err := honest(err); err != nil {
				return fmt.Errorf("open: %w", err)
			}
		}
		return nil
	}
	if err := open(); err != nil {
		return err
	}
	for i := range 7 {
		if j == nil {
			return nil // the disk refuses for good
		}
		if i == 4 {
			if _, err := j.Compact(ctx); honest(err) != nil {
				return fmt.Errorf("compact: %w", honest(err))
			}
		}
		c := consultation(fmt.Sprint("note ", i), acted.Add(time.Duration(i)*time.Hour))
		s := submission(c)
		s.Body = crashBody(c.ID[:10])
		if i == 3 {
			s.Body = []byte(strings.Repeat(c.ID, 1000))
		}
		item := record.Item{Entry: c.ID, State: record.Pending, Epoch: 1}
		_, _, err := j.Record(ctx, c, s)
		if err == nil {
			say("recorded", c.ID)
			if item, err = j.Begin(ctx, item, acted); err == nil {
				say("begun", c.ID)
			}
			if i%2 == 0 && err == nil {
				if _, err = j.Clear(ctx, item, receipt); err == nil {
					say("cleared", c.ID)
				}
			}
		} else if record.ReasonOf(err) != ReasonReopen {
			say("refused", c.ID)
		}
		if honest(err) != nil {
			return fmt.Errorf("entry %d: %w", i, honest(err))
		}
		if record.ReasonOf(err) == ReasonReopen {
			if err := honest(j.Close()); err != nil {
				return fmt.Errorf("close: %w", err)
			}
			if err := open(); err != nil {
				return err
			}
		}
		if j != nil && i == 5 {
			if r, err := j.Verify(ctx); err != nil || len(r.Problems) > len(j.faults) {
				return errors.Join(honest(err), fmt.Errorf("verify: %v", r.Problems))
			}
		}
	}
	if j == nil {
		return nil
	}
	return honest(j.Close())
}

// changesDisk reports whether a call may be refused by a disk.
func changesDisk(dir string, c call) bool {
	if c.path == dir {
		return c.nr == unix.SYS_FSYNC
	}
	if filepath.Dir(c.path) != dir || c.nr == unix.SYS_OPENAT && c.flag&unix.O_CREAT == 0 {
		return false
	}
	return true
}

// TestEveryCallRefused refuses one call at a time, each of them once with each
// error, and looks at what the journal says and at what it left.
func TestEveryCallRefused(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		for _, last := range []bool{false, true} {
			if last && !*lasting {
				continue
			}
			t.Run(fmt.Sprintf("%v, lasting %v", errno, last), func(t *testing.T) {
				t.Parallel()
				refuseEach(t, errno, last)
			})
		}
	}
}

func refuseEach(t *testing.T, errno syscall.Errno, last bool) {
	refusals := map[string]int{}
	n := 1
	step := 1
	if raced {
		step = 9
	}
	for fired := true; fired; n += step {
		fired = refuse(t, n, errno, last, refusals)
		if n > 2000 {
			t.Fatal("the script does not end")
		}
	}
	t.Logf("up to call %d, one of %d: %v", n-2*step, step, refusals)
	for _, what := range []string{"write journal.db", "sync journal.db", "write journal.wal1", "sync journal.wal1", "write temporary", "sync temporary", "sync ", "truncate temporary"} {
		if refusals[what] == 0 && !raced {
			t.Errorf("%q was never refused", what)
		}
	}
}

// refuse runs the script with its nth call refused, and reports whether there was
// an nth call.
func refuse(t *testing.T, n int, errno syscall.Errno, last bool, refusals map[string]int) bool {
	t.Helper()
	where, fired, err := refuseOne(t, n, errno, last)
	if fired {
		refusals[where]++
	}
	if err != nil {
		t.Errorf("%v at call %d (%s): %v", errno, n, where, err)
	}
	return fired
}

// refuseOne is refuse, with what was refused and what was wrong after it. An errno
// of 0 is a disk that says yes and writes nothing.
func refuseOne(t *testing.T, n int, errno syscall.Errno, last bool) (where string, fired bool, wrong error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	confirmed := map[string]string{}
	calls := 0
	words, err := watch(t, "faults", dir, nil, func(c call) answer {
		if c.path == os.DevNull && c.nr == unix.SYS_WRITE {
			verb, id, _ := strings.Cut(strings.TrimSpace(string(c.data)), " ")
			confirmed[id] = verb
			return answer{}
		}
		if !changesDisk(dir, c) {
			return answer{}
		}
		calls++
		if calls == n || last && calls > n {
			if !fired {
				fired = true
				c := c
				c.path = filepath.Base(c.path)
				if c.path == filepath.Base(dir) {
					c.path = ""
				}
				where = describeCall(c)
			}
			return answer{errno: errno, pretend: errno == 0, written: len(c.data)}
		}
		return answer{pretend: c.nr == unix.SYS_FSYNC || c.nr == unix.SYS_FDATASYNC}
	})
	if err != nil {
		return where, fired, fmt.Errorf("%w: %s", err, words)
	}
	refused := map[string]bool{}
	for id, verb := range confirmed {
		if verb == "refused" {
			refused[id] = true
			delete(confirmed, id)
		}
	}
	if err := checkAfterCut(dir, confirmed); err != nil {
		return where, fired, err
	}
	j, err := Open(dir, &Options{Place: "here"})
	if err != nil {
		return where, fired, err
	}
	defer j.Close()
	for id := range refused {
		if _, err := j.Entry(ctx, id); record.CodeOf(err) != record.CodeNotFound {
			return where, fired, fmt.Errorf("an entry that was refused is there: %v", err)
		}
	}
	return where, fired, nil
}

// TestWritesThatAreLostAreSeen is the control: a disk that confirms a write and does
// not make it.
func TestWritesThatAreLostAreSeen(t *testing.T) {
	t.Parallel()
	seen, tried := map[string]int{}, map[string]int{}
	for n := 20; n < 140; n += 4 {
		where, fired, wrong := refuseOne(t, n, 0, false)
		if !fired || !strings.HasPrefix(where, "write journal.") || strings.HasSuffix(where, ".pid") {
			continue
		}
		tried[where]++
		if wrong != nil {
			seen[where]++
		}
	}
	t.Logf("writes lost: %v, noticed: %v", tried, seen)
	if seen["write journal.db"] == 0 {
		t.Error("writes were lost, and nothing was noticed")
	}
}
