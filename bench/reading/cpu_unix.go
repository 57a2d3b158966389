//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime is what this process has computed so far. On a machine that others
// use, too, it is what a stretch of work takes, and the clock is not.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
