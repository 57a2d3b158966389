package store

import (
	"os"
	"syscall"
)

// syncData waits until the content of f is on disk, and its size where that
// changed; not the times, which nobody needs.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}
