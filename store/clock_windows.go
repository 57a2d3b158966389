package store

import (
	"time"

	"golang.org/x/sys/windows"
)

// bootClock returns the time since the machine started, sleep included. Windows
// has no name for a boot, so that the first return value is empty and readings
// are comparable only while they grow.
func bootClock() (boot string, since time.Duration) {
	return "", windows.DurationSinceBoot()
}
