package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// publish gives a finished file its name, in one step, unless the name is taken
// (fs.ErrExist): of two processes that create a journal, one wins.
func publish(temporary, name string) error {
	err := unix.RenamexNp(temporary, name, unix.RENAME_EXCL)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return publishChecked(temporary, name) // a file system that cannot promise it
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: temporary, New: name, Err: err}
	}
	return nil
}
