package store

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func init() {
	roles["fill a small disk"] = childSmallDisk
	roles["reach the limit"] = childFileLimit
}

// TestDiskFull runs in a child that has a file system of one MiB to itself: a tmpfs
// in a mount namespace of its own, which takes a privileged user.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	cmd := child("fill a small disk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	var start *os.PathError
	if errors.As(err, &start) {
		t.Skipf("no mount namespace of one's own here: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// TestFileLimit is the same with a limit on the size of a file, for everybody.
func TestFileLimit(t *testing.T) {
	t.Parallel()
	out, err := child("reach the limit", t.TempDir()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

func childSmallDisk(dir string) error {
	const size = 1 << 20
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	// First creation, with every amount of room from none to enough.
	ballast := filepath.Join(dir, "ballast")
	created := false
	for room := 0; room < 40 && !created; room++ {
		if err := os.WriteFile(ballast, make([]byte, size-(room+2)*4096), 0o600); err != nil {
			return err
		}
		sub := filepath.Join(dir, "journal")
		j, err := Open(sub, nil)
		if err != nil && record.ReasonOf(err) != ReasonDiskFull {
			return fmt.Errorf("creation with %d pages of room: %w", room, err)
		}
		if err == nil {
			created = true
			fmt.Printf("creation takes %d pages of room\n", room)
			if err := j.Close(); err != nil {
				return err
			}
		}
		names, err := filepath.Glob(filepath.Join(sub, ".*"))
		if err != nil || len(names) > 0 {
			return fmt.Errorf("left behind: %v %w", names, err)
		}
		if err := errors.Join(os.RemoveAll(sub), os.Remove(ballast)); err != nil {
			return err
		}
	}
	if !created {
		return errors.New("a journal could not be created")
	}
	j, err := Open(dir, nil)
	if err != nil {
		return err
	}
	if err := os.WriteFile(ballast, make([]byte, size/4), 0o600); err != nil {
		return err
	}
	return fillUp(dir, j, func() error { return os.Remove(ballast) })
}

func childFileLimit(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	j, err := Open(dir, nil)
	if err != nil {
		return err
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 400 << 10, Max: old.Max}); err != nil {
		return err
	}
	return fillUp(dir, j, func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old) })
}

// fillUp records until the disk is full, looks at what is there, makes room, and
// goes on without opening the journal again.
func fillUp(dir string, j *Journal, makeRoom func() error) error {
	recorded := map[string]record.Item{}
	refused := 0
	put := func(i, size int) error {
		c := consultation(fmt.Sprint("note ", i), acted.Add(time.Duration(i)*time.Hour))
		s := submission(c)
		s.Body = randomBytes(size)
		id, _, err := j.Record(ctx, c, s)
		if err != nil {
			if record.CodeOf(err) != record.CodeUnavailable || record.ReasonOf(err) != ReasonDiskFull {
				return fmt.Errorf("got %s %q, want unavailable disk_full: %w", record.CodeOf(err), record.ReasonOf(err), err)
			}
			refused++
			return nil
		}
		info, err := j.Entry(ctx, id)
		recorded[id] = info.Item
		return err
	}
	check := func(j *Journal, when string) error {
		r, err := j.Verify(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", when, err)
		}
		if len(r.Problems) > 0 || int(r.Entries) != len(recorded) {
			return fmt.Errorf("%s: %d entries, %d recorded, problems %v", when, r.Entries, len(recorded), r.Problems)
		}
		for id := range recorded {
			if _, err := j.Submission(ctx, id); err != nil {
				return fmt.Errorf("%s: %w", when, err)
			}
		}
		return nil
	}
	for i := 0; refused < 20; i++ {
		if i > 5000 {
			return errors.New("the disk never filled up")
		}
		if err := put(i, 10+i%9*3000); err != nil {
			return err
		}
	}
	if err := check(j, "full"); err != nil {
		return err
	}
	full := len(recorded)
	// A full disk refuses a transition or makes it, nothing between.
	var moved int
	for id, item := range recorded {
		got, err := j.Begin(ctx, item, acted)
		switch {
		case err == nil:
			moved++
			recorded[id] = got
		case record.ReasonOf(err) != ReasonDiskFull:
			return fmt.Errorf("transition: %w", err)
		}
	}
	if err := check(j, "full, after transitions"); err != nil {
		return err
	}
	// Reopening what is full must work, to read it at least.
	if err := j.Close(); err != nil {
		return err
	}
	var err error
	if j, err = Open(dir, nil); err != nil {
		return fmt.Errorf("reopen a full one: %w", err)
	}
	if err := check(j, "full, reopened"); err != nil {
		return err
	}
	wasRefused := refused
	if err := put(100_000, 200<<10); err != nil {
		return err
	}
	if err := makeRoom(); err != nil {
		return err
	}
	for i := range 10 {
		if err := put(200_000+i, 1000); err != nil {
			return err
		}
	}
	if len(recorded) < full+10 {
		return errors.New("there is room again, and it still refuses")
	}
	if err := check(j, "with room again"); err != nil {
		return err
	}
	fmt.Printf("%d entries until full, %d refusals, %d transitions made while full\n", full, wasRefused, moved)
	return j.Close()
}
