//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// isDiskFull reports whether the system refused a write for want of room.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
