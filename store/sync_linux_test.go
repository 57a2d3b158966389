package store

import (
	"os"
	"syscall"
)

// syncData is what bbolt calls after writing.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
