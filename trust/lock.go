package trust

import (
	"errors"
	"os"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	lockFile = "changing.lock"
	// lockAge is when a lock is taken for one that a crash left behind. A change
	// takes seconds at most, nearly all of them spent on a passphrase.
	lockAge = 2 * time.Minute
)

// exclusive runs change while no other program changes the folder: of two lists
// signed at once with one number, one revocation would be lost without a word. It
// does not wait (Locked, "trust_locked"): whoever asked can repeat. The folder is
// made when it is missing, and goes again when change puts nothing in it.
func (f *Folder) exclusive(op string, change func() error) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	path := f.Path(lockFile)
	lock, err := takeLock(path)
	if errors.Is(err, os.ErrExist) {
		return &record.Error{Code: record.CodeLocked, Op: op, Reason: "trust_locked", Err: err}
	}
	if err != nil {
		return &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	defer func() {
		_ = lock.Close()
		_ = os.Remove(path)
		_ = os.Remove(f.dir) // refused by the system unless it is empty
	}()
	return change()
}

func takeLock(path string) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	lock, err := os.OpenFile(path, flags, 0o600)
	if !errors.Is(err, os.ErrExist) {
		return lock, err
	}
	info, statErr := os.Lstat(path)
	if statErr != nil || time.Since(info.ModTime()).Abs() < lockAge {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, flags, 0o600)
}
