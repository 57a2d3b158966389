// Package transporttest has a recipient in memory and the suite that every
// transport must pass.
//
// [Memory] is transport and recipient in one, and misbehaves on demand. [Run]
// holds a transport, the real one with a real recipient included, to the contract
// of [outsync.Transport].
package transporttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

var _ outsync.Transport = (*Memory)(nil)

// Kind is a way for a line or a recipient to fail.
type Kind string

// The ways to fail.
const (
	NoFault      Kind = ""
	NoAnswer     Kind = "no_answer"    // nothing is reached: the request never leaves
	Portal       Kind = "portal"       // an HTML page with status 200 answers instead
	Busy         Kind = "busy"         // 503, come back later
	Gateway      Kind = "gateway"      // the same from who stands before the recipient, and has passed the request on; it acts After that
	Unauthorized Kind = "unauthorized" // 401 or 403
	Refuse       Kind = "refuse"       // a permanent refusal of this entry, with words
	LoseRequest  Kind = "lose_request" // cut before the recipient acted
	LoseAnswer   Kind = "lose_answer"  // cut after the recipient acted
	Hang         Kind = "hang"         // no answer until the client gives up; nothing is done
	LateCommit   Kind = "late_commit"  // cut, and the recipient acts After that; Memory only
)

// Fault is what happens to one request.
type Fault struct {
	Kind       Kind
	After      time.Duration // LateCommit, Gateway: how long the recipient goes on working
	RetryAfter time.Duration // Busy, Gateway
	Words      string        // Refuse
}

// Op names a method of a transport.
type Op string

// The methods.
const (
	OpSubmit Op = "submit"
	OpLookup Op = "lookup"
	OpProbe  Op = "probe"
)

// Request is what a fault is chosen from.
type Request struct {
	Op         Op
	DocumentID string // empty for a probe
	Number     int    // counts requests from 1
}

// Memory is a recipient in memory, and the way to it. The zero value is correct
// and ready; the fields are set before it is used.
type Memory struct {
	// Fault chooses what happens to a request. It may be called from several
	// goroutines. Nil means that all goes well.
	Fault func(Request) Fault
	// Latency is how long each answered request takes.
	Latency time.Duration
	// Unconditional makes the recipient ignore the condition on the unique
	// identifier, as one that is wrong does: the same bytes make a second document.
	Unconditional bool
	// Unpublished leaves hash and size out of what a look-up shows.
	Unpublished bool
	// IndexLag is how long a document takes to show in look-ups.
	IndexLag time.Duration

	mu       sync.Mutex
	requests int
	held     map[string][]document
	serial   int
}

type document struct {
	held    record.Held
	body    [sha256.Size]byte
	visible time.Time
}

// Held is what the recipient holds under an identifier, told behind the
// transport's back.
func (m *Memory) Held(documentID string) []record.Held {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []record.Held
	for _, d := range m.held[documentID] {
		all = append(all, d.held)
	}
	return all
}

// Requests counts the requests made so far, answered or not.
func (m *Memory) Requests() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

// Put makes the recipient hold a document that nobody here sent.
func (m *Memory) Put(documentID string, h record.Held) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(documentID, document{held: h})
}

// Forget makes the recipient lose a document, as one restored from a backup does.
func (m *Memory) Forget(documentID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, documentID)
}

// Submit implements [outsync.Transport].
func (m *Memory) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	f, err := m.enter(ctx, OpSubmit, s.DocumentID)
	if err != nil {
		return record.Receipt{}, err
	}
	if of := replaced(s); of != "" && len(m.Held(of)) == 0 {
		return record.Receipt{}, failed(record.OutcomeUnknown, "original_missing")
	}
	switch f.Kind {
	case LoseRequest:
		return record.Receipt{}, failed(record.OutcomeUnknown, "cut")
	case LoseAnswer:
		m.commit(s)
		return record.Receipt{}, failed(record.OutcomeUnknown, "cut")
	case LateCommit:
		time.AfterFunc(f.After, func() { m.commit(s) })
		return record.Receipt{}, failed(record.OutcomeUnknown, "cut")
	case Gateway:
		if f.After > 0 {
			time.AfterFunc(f.After, func() { m.commit(s) })
		} else {
			m.commit(s)
		}
		err := failed(record.OutcomeUnknown, "status_503")
		err.RetryAfter = f.RetryAfter
		return record.Receipt{}, err
	case Refuse:
		err := failed(record.OutcomeRefused, "status_422")
		err.Words = f.Words
		return record.Receipt{}, err
	}
	location := m.commit(s)
	return record.Receipt{At: time.Now().UTC().Round(0), Location: location, Via: "response", Server: "memory"}, nil
}

// Lookup implements [outsync.Transport].
func (m *Memory) Lookup(ctx context.Context, documentID string) ([]record.Held, error) {
	f, err := m.enter(ctx, OpLookup, documentID)
	if err != nil {
		return nil, err
	}
	switch f.Kind {
	case LoseRequest, LoseAnswer, LateCommit:
		return nil, failed(record.OutcomeUnavailable, "cut")
	case Refuse:
		err := failed(record.OutcomeRefused, "status_422")
		err.Words = f.Words
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var hits []record.Held
	for _, d := range m.held[documentID] {
		if time.Now().Before(d.visible) {
			continue
		}
		h := d.held
		if m.Unpublished {
			h.SHA1, h.Size = nil, 0
		}
		hits = append(hits, h)
	}
	return hits, nil
}

// Probe implements [outsync.Transport].
func (m *Memory) Probe(ctx context.Context) error {
	f, err := m.enter(ctx, OpProbe, "")
	if err != nil {
		return err
	}
	switch f.Kind {
	case LoseRequest, LoseAnswer, LateCommit:
		return failed(record.OutcomeUnavailable, "cut")
	}
	return nil
}

// enter counts the request and plays the faults that are the same for every
// method.
func (m *Memory) enter(ctx context.Context, op Op, documentID string) (Fault, error) {
	m.mu.Lock()
	m.requests++
	r := Request{Op: op, DocumentID: documentID, Number: m.requests}
	m.mu.Unlock()
	if ctx.Err() != nil {
		return Fault{}, failed(record.OutcomeUnavailable, "cancelled")
	}
	var f Fault
	if m.Fault != nil {
		f = m.Fault(r)
	}
	switch f.Kind {
	case NoAnswer:
		return f, failed(record.OutcomeUnavailable, "no_answer")
	case Portal:
		return f, failed(record.OutcomeUnavailable, "html_answer")
	case Busy:
		err := failed(record.OutcomeBusy, "status_503")
		err.RetryAfter = f.RetryAfter
		return f, err
	case Unauthorized:
		return f, failed(record.OutcomeUnauthorized, "status_401")
	}
	wait := m.Latency
	if f.Kind == Hang {
		wait = 365 * 24 * time.Hour
	}
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			err := failed(record.OutcomeUnknown, "timeout")
			if op != OpSubmit {
				err.Outcome = record.OutcomeUnavailable
			}
			err.Err = ctx.Err()
			return f, err
		}
	}
	return f, nil
}

// commit is what the recipient does with a complete request.
func (m *Memory) commit(s record.Submission) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if list := m.held[s.DocumentID]; len(list) > 0 && !m.Unconditional {
		return list[0].held.Location
	}
	m.serial++
	d := document{
		held: record.Held{
			Location: fmt.Sprintf("DocumentReference/%d", m.serial),
			SHA1:     slices.Clone(s.DocumentSHA1),
			Size:     s.DocumentSize,
			Status:   "current",
		},
		body:    sha256.Sum256(s.Body),
		visible: time.Now().Add(m.IndexLag),
	}
	m.put(s.DocumentID, d)
	for i := range m.held[replaced(s)] {
		m.held[replaced(s)][i].held.Status = "superseded"
	}
	return d.held.Location
}

func (m *Memory) put(documentID string, d document) {
	if m.held == nil {
		m.held = make(map[string][]document)
	}
	m.held[documentID] = append(m.held[documentID], d)
}

// Took reports whether the recipient holds exactly this submission, bytes
// included, exactly once.
func (m *Memory) Took(s record.Submission) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.held[s.DocumentID]
	switch {
	case len(list) == 0:
		return errors.New("the recipient does not hold it")
	case len(list) > 1:
		return fmt.Errorf("the recipient holds it %d times", len(list))
	case list[0].body != sha256.Sum256(s.Body) || !bytes.Equal(list[0].held.SHA1, s.DocumentSHA1):
		return errors.New("the recipient holds other bytes")
	}
	return nil
}

func failed(outcome record.Outcome, cause string) *record.DeliveryError {
	return &record.DeliveryError{Outcome: outcome, Cause: cause}
}
