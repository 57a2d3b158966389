//go:build !linux && !darwin && !windows

package store

import "time"

// bootClock is not known on this system.
func bootClock() (boot string, since time.Duration) { return "", 0 }
