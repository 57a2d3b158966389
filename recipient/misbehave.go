package recipient

import "time"

// Misbehaviour says how the server fails. Each count is of transactions that are
// posted, the next ones; a negative count means all of them. Where several apply
// to one transaction, the first in the order below does, alone; latency adds to
// any. Reads and searches behave, unless Everything is set.
type Misbehaviour struct {
	// Latency is how long a transaction waits before anything is done about it.
	Latency time.Duration
	// Portal answers with an HTML page and status 200, as a captive portal does.
	Portal int
	// Busy answers 503 with RetryAfter.
	Busy       int
	RetryAfter time.Duration
	// Refuse answers RefuseStatus, 422 when that is 0, with an OperationOutcome.
	Refuse       int
	RefuseStatus int
	// DropRequests cuts the connection before anything is kept.
	DropRequests int
	// DropAnswers keeps everything, then cuts the connection without a byte.
	DropAnswers int
	// Everything makes Portal and Busy, while their counts last, answer reads and
	// searches too, as a real portal or a real overload does. Those are not counted.
	Everything bool
}

// SetMisbehaviour replaces the server's misbehaviour, counts included.
func (s *Server) SetMisbehaviour(m Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.misbehave = m
}

type fault int

const (
	noFault fault = iota
	portal
	busy
	refuse
	dropRequest
	dropAnswer
)

// next tells how one transaction is to fail, and counts it.
func (s *Server) next() (fault, Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.misbehave
	for _, c := range []struct {
		left  *int
		fault fault
	}{{&m.Portal, portal}, {&m.Busy, busy}, {&m.Refuse, refuse}, {&m.DropRequests, dropRequest}, {&m.DropAnswers, dropAnswer}} {
		if *c.left == 0 {
			continue
		}
		if *c.left > 0 {
			*c.left--
		}
		return c.fault, *m
	}
	return noFault, *m
}

// nextRead tells how a read or a search is to fail.
func (s *Server) nextRead() (fault, Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.misbehave
	switch {
	case m.Everything && m.Portal != 0:
		return portal, m
	case m.Everything && m.Busy != 0:
		return busy, m
	}
	return noFault, m
}

// wait returns after d, or with false once the server is closed. It does not care
// whether the client is still there: a real server that is slow goes on too, and
// its effect may come after the client has given up and looked.
func (s *Server) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closing:
		return false
	}
}
