package main

import (
	"errors"
	"syscall"
)

// The system's codes for a full disk (winerror.h).
const (
	errorHandleDiskFull = syscall.Errno(39)
	errorDiskFull       = syscall.Errno(112)
)

// isDiskFull reports whether the system refused a write for want of room.
func isDiskFull(err error) bool {
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleDiskFull)
}
