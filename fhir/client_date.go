package fhir

import (
	"net/http"
	"sync"
	"time"
)

// serverDate is the recipient's clock, as its latest answer told it.
type serverDate struct {
	mu           sync.Mutex
	theirs, ours time.Time
}

// learn reads Date (RFC 9110, section 6.6.1), to the second. The connection is
// authenticated or does not leave this machine (checkBase). What came from a cache says
// when it was put there.
func (d *serverDate) learn(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.theirs, d.ours = date, time.Now()
}

// Date returns the recipient's clock in its latest answer, and ours when that came,
// monotonic reading included; zero times when none told it.
func (c *Client) Date() (theirs, ours time.Time) {
	c.date.mu.Lock()
	defer c.date.mu.Unlock()
	return c.date.theirs, c.date.ours
}
