package store

import (
	"errors"
	"fmt"
	"maps"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFailedWaitsThenPowerCuts lets each wait for the disk fail once, with what was to
// be written lost in part and never written later, and the power go at places after
// that. What was confirmed, before the failure or after it, must be there.
func TestFailedWaitsThenPowerCuts(t *testing.T) {
	t.Parallel()
	cutsEach, step := 12, 1
	if *cuts > 0 {
		cutsEach = max(12, *cuts/100)
	}
	if raced {
		step = 9
	}
	bad, total, failed, first := failEachWait(t, cutsEach, step, false)
	t.Logf("%d cuts after %d failed waits: %v", total, sum(failed), failed)
	if bad > 0 {
		t.Errorf("%d journals were not as they must be; the first: %v", bad, first)
	}
	for _, what := range []string{"sync journal.db", "sync journal.wal1", "sync temporary", "sync "} {
		if failed[what] == 0 && !raced {
			t.Errorf("%q never failed", what)
		}
	}
}

// TestFailedWaitsAreSeen is the control: a program that is not told of the failure
// must lose something.
func TestFailedWaitsAreSeen(t *testing.T) {
	t.Parallel()
	bad, total, _, first := failEachWait(t, 6, 5, true)
	t.Logf("%d of %d noticed, as: %v", bad, total, first)
	if bad == 0 {
		t.Error("waits failed, nobody was told, and nothing was noticed")
	}
}

func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// failEachWait runs the script of [TestEveryCallRefused] once for each of its waits,
// which fails, or seems to succeed when it is hidden.
func failEachWait(t *testing.T, cutsEach, step int, hidden bool) (bad, total int, failed map[string]int, first error) {
	base := memoryDir(t)
	failed = map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	const workers = 2
	for w := range workers {
		wg.Go(func() {
			seed := mrand.Uint64()
			r := mrand.New(mrand.NewPCG(seed, 0))
			for n := 1 + w*step; ; n += workers * step {
				calls, at, err := traceFailing(t, filepath.Join(base, fmt.Sprint("live-", w)), n, hidden)
				if at < 0 && err == nil {
					return
				}
				var wrong []error
				for i := 0; i < cutsEach && err == nil; i++ {
					wrong = append(wrong, cutAfterFailure(filepath.Join(base, fmt.Sprint("cut-", w)), calls, at, r))
				}
				mu.Lock()
				if err == nil {
					failed[describeCall(calls[at])]++
				}
				for _, wrong := range append(wrong, err) {
					total++
					if wrong != nil {
						bad++
						first = errors.Join(first, fmt.Errorf("seed %d, wait %d: %w", seed, n, wrong))
					}
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return bad, total, failed, first
}

// traceFailing lists the calls of a script whose nth wait fails, and which call that
// is, -1 when there are fewer.
func traceFailing(t *testing.T, dir string, n int, hidden bool) (calls []call, at int, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, -1, err
	}
	defer os.RemoveAll(dir)
	at = -1
	exists, waits := map[string]bool{}, 0
	words, err := watch(t, "faults", dir, nil, func(c call) answer {
		if c.path == os.DevNull && c.nr == unix.SYS_WRITE {
			calls = append(calls, c)
			return answer{}
		}
		if !changesDisk(dir, c) {
			return answer{}
		}
		wait := c.nr == unix.SYS_FSYNC || c.nr == unix.SYS_FDATASYNC
		if c.path == dir {
			c.path = ""
		} else {
			c.path, c.to = filepath.Base(c.path), filepath.Base(c.to)
		}
		switch c.nr {
		case unix.SYS_OPENAT:
			if c.flag&unix.O_TRUNC == 0 && exists[c.path] {
				return answer{}
			}
			exists[c.path] = true
		case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
			if c.nr == unix.SYS_RENAMEAT2 && c.flag&unix.RENAME_NOREPLACE != 0 && exists[c.to] {
				return answer{} // refused
			}
			exists[c.to], exists[c.path] = true, false
		case unix.SYS_UNLINKAT:
			if !exists[c.path] {
				return answer{}
			}
			exists[c.path] = false
		}
		calls = append(calls, c)
		if !wait {
			return answer{}
		}
		if waits++; waits == n {
			at = len(calls) - 1
			if !hidden {
				return answer{errno: syscall.EIO}
			}
		}
		return answer{pretend: true}
	})
	if err != nil {
		err = fmt.Errorf("%w: %s", err, words)
	}
	return calls, at, err
}

// cutAfterFailure makes the calls happen, lets the one at fail, and cuts the power
// somewhere after it.
func cutAfterFailure(dir string, calls []call, at int, r *mrand.Rand) error {
	d, confirmed := newDisk(), map[string]string{}
	end := at + r.IntN(len(calls)-at)
	for i, c := range calls[:end+1] {
		if i == at {
			d.failSync(c.path, r)
		} else {
			d.do(c, confirmed)
		}
	}
	maps.DeleteFunc(confirmed, func(_, verb string) bool { return verb == "refused" })
	if err := cutNow(dir, d, r, confirmed); err != nil {
		return fmt.Errorf("%s failed, cut after call %d (%s): %w", strings.TrimSpace(describeCall(calls[at])), end, describeCall(calls[end]), err)
	}
	return nil
}
