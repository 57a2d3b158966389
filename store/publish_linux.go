package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// publish gives a finished file its name, in one step, unless the name is taken
// (fs.ErrExist): of two processes that create a journal, one wins.
func publish(temporary, name string) error {
	err := unix.Renameat2(unix.AT_FDCWD, temporary, unix.AT_FDCWD, name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return publishChecked(temporary, name) // a file system that cannot promise it
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: temporary, New: name, Err: err}
	}
	return nil
}
