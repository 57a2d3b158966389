package store

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootClock returns which boot of the machine this is, and the time since then,
// suspend included. The kernel moves its boot time along when somebody sets the
// clock, so that the difference holds.
func bootClock() (boot string, since time.Duration) {
	at, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return "", 0
	}
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return "", 0
	}
	return id, time.Since(time.Unix(at.Unix()))
}
