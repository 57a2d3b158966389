package simulation

import (
	"context"
	"hash/fnv"
	"io"
	"sort"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

var _ outsync.Transport = (*route)(nil)

const (
	piece       = 4 << 10 // bytes that the line carries for one request at a time
	answerSize  = 900     // bytes of an answer
	questionLen = 300     // bytes of a look-up or a probe
	// lateBy bounds how long the recipient works on after its client has gone, just
	// below the worker's own assumption.
	lateBy = outsync.DefaultSettle - time.Second
)

// route is the way to the recipient, and the recipient itself.
type route struct {
	world *World

	mu       sync.Mutex
	start    time.Time
	good     bool      // the simulation is over: the line is well
	free     time.Time // when the line has carried what was given to it
	requests int
	draws    map[string]int // how often each kind of draw was made
	held     map[string][]*byte
	shown    map[string]time.Time // when the first copy shows in look-ups
	acceptAt map[string]time.Duration
}

func (l *route) since() time.Duration { return time.Since(l.start) }

// draw returns a number in [0,1) that depends on the seed, the subject and how
// often it was asked about, and not on the order in which goroutines run.
func (l *route) draw(subject string) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draws[subject]++
	h := fnv.New64a()
	n := uint64(l.draws[subject])
	var key [16]byte
	for i := range 8 {
		key[i], key[8+i] = byte(l.world.Seed>>(8*i)), byte(n>>(8*i))
	}
	_, _ = h.Write(key[:])
	_, _ = h.Write([]byte(subject))
	x := h.Sum64()
	x ^= x >> 33 // FNV's high bits hardly depend on the last bytes
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// now returns the stretch that the line is in.
func (l *route) now() stretch {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := time.Since(l.start)
	if l.good || at >= Length {
		return stretch{at, at + Length, lineOpen, 1_000_000}
	}
	list := l.world.line
	return list[sort.Search(len(list), func(i int) bool { return list[i].to > at })]
}

// cut is a request that the line took away.
type cut struct{ silent bool }

// carry takes size bytes over the line, or up to limit bytes and is cut then. It
// returns nil when all are over.
func (l *route) carry(ctx context.Context, s stretch, size, limit int, from io.Reader) (*cut, error) {
	for sent := 0; sent < size; sent += piece {
		n := min(piece, size-sent)
		if from != nil {
			if _, err := io.CopyN(io.Discard, from, int64(n)); err != nil {
				return &cut{}, err
			}
		}
		l.mu.Lock()
		begin := time.Now()
		if l.free.After(begin) {
			begin = l.free
		}
		over := begin.Add(time.Duration(n) * time.Second / time.Duration(s.rate))
		l.free = over
		l.mu.Unlock()
		c, err := l.pass(ctx, s, over)
		if c != nil || err != nil {
			return c, err
		}
		if sent+n > limit {
			return &cut{}, nil
		}
	}
	return nil, nil
}

// pass waits until a moment, or until the stretch is over or the client gives up.
func (l *route) pass(ctx context.Context, s stretch, until time.Time) (*cut, error) {
	closes := l.start.Add(s.to)
	if !until.Before(closes) {
		if err := wait(ctx, time.Until(closes)); err != nil {
			return &cut{}, err
		}
		return &cut{silent: true}, nil
	}
	if err := wait(ctx, time.Until(until)); err != nil {
		return &cut{}, err
	}
	return nil, nil
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter is what a request meets before any of it has left.
func (l *route) enter(ctx context.Context, what string) (stretch, *record.DeliveryError) {
	l.mu.Lock()
	l.requests++
	l.mu.Unlock()
	// Requests that begin together take the line one after the other, in an order of
	// the seed's.
	_ = wait(ctx, time.Duration(l.draw("turn "+what)*float64(time.Millisecond)))
	s := l.now()
	switch s.state {
	case lineDead:
		return s, failure(record.OutcomeUnavailable, "no_answer")
	case linePortal:
		return s, failure(record.OutcomeUnavailable, "html_answer")
	case lineUnauthorized:
		return s, failure(record.OutcomeUnauthorized, "status_401")
	case lineBusy:
		d := failure(record.OutcomeBusy, "status_503")
		d.RetryAfter = time.Duration(l.draw("busy "+what)*300) * time.Second
		return s, d
	case lineSilent:
		// Dialling: nothing has left when the client gives up.
		_ = wait(ctx, min(dialFor, time.Until(l.start.Add(s.to))))
		return s, failure(record.OutcomeUnavailable, "no_answer")
	}
	return s, nil
}

// dialFor is how long a connection is waited for.
const dialFor = 15 * time.Second

// Submit implements [outsync.Transport].
func (l *route) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	id, size := s.DocumentID, len(s.Body)
	var from io.Reader
	if s.Attached != nil {
		content, err := s.Attached.Open()
		if err != nil {
			return record.Receipt{}, failure(record.OutcomeRefused, "document_unreadable")
		}
		defer content.Close()
		from, size = content, int(s.Attached.Size)
	}
	now, err := l.enter(ctx, id)
	if err != nil {
		if now.state == lineBusy && l.draw("who "+id) < 0.5 {
			// Not the recipient says so, but a gateway before it.
			err.Outcome = record.OutcomeUnknown
			l.passOn(s)
		}
		return record.Receipt{}, err
	}
	// Where the line cuts this one, should it: at any byte of request and answer.
	at := size + answerSize
	if now.rate < 1_000_000 && l.draw("cut "+id) < l.world.cuts {
		at = int(l.draw("byte "+id) * float64(size+answerSize))
	}
	if c, err := l.pass(ctx, now, time.Now().Add(l.world.latency/2)); c != nil || err != nil {
		return l.lost(ctx, id, c)
	}
	if c, err := l.carry(ctx, now, size, at, from); c != nil || err != nil {
		return l.lost(ctx, id, c)
	}
	if l.refuses(id) {
		d := failure(record.OutcomeRefused, "status_422")
		d.Words = "author is not known here"
		return record.Receipt{}, d
	}
	if l.draw("late "+id) < 0.02 {
		// It works on while the client is gone, and is cut meanwhile.
		time.AfterFunc(time.Duration(l.draw("after "+id)*float64(lateBy)), func() { l.commit(s) })
		return l.lost(ctx, id, &cut{})
	}
	location := l.commit(s)
	if c, err := l.pass(ctx, now, time.Now().Add(l.world.latency/2)); c != nil || err != nil {
		return l.lost(ctx, id, c)
	}
	if c, err := l.carry(ctx, now, answerSize, at-size, nil); c != nil || err != nil {
		return l.lost(ctx, id, c)
	}
	if l.world.cuts > 0 && l.draw("part "+id) < l.world.cuts/4 {
		// It answers for a part of what was sent.
		return record.Receipt{}, failure(record.OutcomeUnknown, "answer_malformed")
	}
	return record.Receipt{At: time.Now(), Location: location, Via: "response", Server: "simulated"}, nil
}

// passOn is what a gateway that says it is busy may have done with a request before: it
// takes effect, now or after a while, or none.
func (l *route) passOn(s record.Submission) {
	switch id := s.DocumentID; {
	case l.draw("passed "+id) < 0.5:
	case l.draw("passed late "+id) < 0.5:
		l.commit(s)
	default:
		time.AfterFunc(time.Duration(l.draw("after "+id)*float64(lateBy)), func() { l.commit(s) })
	}
}

// lost is the end of a request that may have had its effect.
func (l *route) lost(ctx context.Context, id string, c *cut) (record.Receipt, error) {
	if c.silent && l.draw("silent "+id) < 0.5 {
		_ = wait(ctx, time.Hour)
	}
	if ctx.Err() != nil {
		return record.Receipt{}, failure(record.OutcomeUnknown, "timeout")
	}
	return record.Receipt{}, failure(record.OutcomeUnknown, "cut")
}

// ask carries a question and its answer.
func (l *route) ask(ctx context.Context, what string) error {
	now, failed := l.enter(ctx, what)
	if failed != nil {
		return failed
	}
	at := questionLen + answerSize
	if now.rate < 1_000_000 && l.draw("cut "+what) < l.world.cuts {
		at = int(l.draw("byte "+what) * float64(at))
	}
	c, err := l.pass(ctx, now, time.Now().Add(l.world.latency))
	if c == nil && err == nil {
		c, err = l.carry(ctx, now, questionLen+answerSize, at, nil)
	}
	if c == nil && err == nil {
		return nil
	}
	if c.silent && l.draw("silent "+what) < 0.5 {
		_ = wait(ctx, time.Hour)
	}
	return failure(record.OutcomeUnavailable, "cut")
}

// Probe implements [outsync.Transport].
func (l *route) Probe(ctx context.Context) error { return l.ask(ctx, "probe") }

// Lookup implements [outsync.Transport].
func (l *route) Lookup(ctx context.Context, id string) ([]record.Held, error) {
	if err := l.ask(ctx, "lookup "+id); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var hits []record.Held
	for i := range l.held[id] {
		if i == 0 && time.Now().Before(l.shown[id]) {
			return nil, nil
		}
		hits = append(hits, record.Held{Location: location(id, i), Status: "current"})
	}
	return hits, nil
}

func location(id string, i int) string { return "DocumentReference/" + id + string(rune('a'+i)) }

// refuses reports whether the recipient refuses an entry now.
func (l *route) refuses(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.start) < l.acceptAt[id]
}

// commit is what the recipient does with a whole request.
func (l *route) commit(s record.Submission) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := s.DocumentID
	if n := len(l.held[id]); n > 0 && !l.world.unconditional {
		return location(id, 0)
	}
	if len(l.held[id]) == 0 {
		l.shown[id] = time.Now().Add(l.world.indexLag)
	}
	l.held[id] = append(l.held[id], &s.Body[0])
	return location(id, len(l.held[id])-1)
}

// copies is how many of a submission the recipient holds, and whether the first is
// made of the bytes that were frozen.
func (l *route) copies(s record.Submission) (n int, intact bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.held[s.DocumentID]
	return len(list), len(list) > 0 && list[0] == &s.Body[0]
}

func failure(outcome record.Outcome, cause string) *record.DeliveryError {
	return &record.DeliveryError{Outcome: outcome, Cause: cause}
}
