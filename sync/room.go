package sync

import (
	"time"
)

// Bounds of what a request tells about the line.
const (
	// swift is an answer that lets one more request go out beside the others.
	swift = 2 * time.Second
	// slow is an answer that halves their number: more of them would only wait for
	// each other, and more outcomes would be unknown when the line goes.
	slow = 6 * time.Second
)

// room is how many requests may be under way together. It begins with one, so that
// a dead line or a portal touches a single entry, grows with every swift answer, as
// TCP does when it begins, and is halved by slow ones.
type room struct {
	allowed, limit int
	halved         time.Time
}

func newRoom(limit int) room { return room{allowed: 1, limit: max(limit, 1)} }

// answered tells how long an exchange that was answered took.
func (r *room) answered(took time.Duration) {
	switch {
	case took <= swift:
		r.allowed = min(r.allowed+1, r.limit)
	case took >= slow && time.Since(r.halved) > slow:
		// Requests that were slow together are one sign, not many.
		r.allowed, r.halved = max(r.allowed/2, 1), time.Now()
	}
}
