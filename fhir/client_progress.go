package fhir

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

var errIdle = errors.New("nothing moved for too long")

// progress is what is known of a request under way, and ends it when nothing moves.
type progress struct {
	connected  atomic.Bool // a connection was handed over: bytes may have left
	handshaked atomic.Bool // a TLS handshake was tried and failed
	whole      atomic.Bool // the last byte of the body was handed over, or there is no body
	unread     atomic.Bool // the body could not be read here

	idle  time.Duration
	timer *time.Timer
}

// watch returns a context for one request, which ends when nothing has moved for
// idle, or when the whole has taken longer than size bytes take at [slowest].
func watch(ctx context.Context, idle time.Duration, size int64) (context.Context, *progress, func()) {
	ctx, stopLimit := context.WithTimeout(ctx, 2*idle+time.Duration(size/slowest)*time.Second)
	ctx, stop := context.WithCancelCause(ctx)
	p := &progress{idle: idle}
	p.timer = time.AfterFunc(idle, func() { stop(errIdle) })
	p.whole.Store(size == 0)
	return ctx, p, func() {
		p.timer.Stop()
		stop(nil)
		stopLimit()
	}
}

// moved notes that a byte was sent or received, or that a step was done.
func (p *progress) moved() { p.timer.Reset(p.idle) }

// trace watches one request. From the moment that a connection is handed over,
// any byte may leave at any time; what was really flushed cannot be known. So
// that moment is the line between "surely not" and "perhaps".
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(string, string, error) { p.moved() },
		GotConn:     func(httptrace.GotConnInfo) { p.moved(); p.connected.Store(true) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			p.moved()
			if err != nil {
				p.handshaked.Store(true)
			}
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { p.moved() },
		Got100Continue:       p.moved,
		GotFirstResponseByte: p.moved,
	})
}

// failure classes a request that got no whole answer.
//
// A body that was never handed over to its end cannot have been taken: what is
// missing is the end of a JSON text. That matters for a photograph, most of whose
// time on the line is such.
func (p *progress) failure(ctx context.Context, err error) *record.DeliveryError {
	out := &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "no_answer", Err: bare(err)}
	late := errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(context.Cause(ctx), errIdle)
	switch {
	case p.unread.Load():
		out.Outcome, out.Cause = record.OutcomeRefused, "document_unreadable"
	case p.connected.Load():
		if p.whole.Load() {
			out.Outcome = record.OutcomeUnknown
		}
		out.Cause = "cut"
		if late {
			out.Cause = "timeout"
		}
	case p.handshaked.Load():
		out.Cause = "tls" // a wrong clock, a portal, or somebody in between
	}
	if errors.Is(ctx.Err(), context.Canceled) && !late && out.Outcome != record.OutcomeRefused {
		out.Cause = "canceled"
	}
	return out
}

// moving is a stream that tells a progress of each byte.
type moving struct {
	io.ReadCloser
	p    *progress
	left int64 // of a body that is sent, before compression
}

func (m *moving) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	if n > 0 {
		m.p.moved()
	}
	if m.left > 0 {
		if m.left -= int64(n); m.left <= 0 {
			m.p.whole.Store(true)
		}
		if err != nil && err != io.EOF {
			m.p.unread.Store(true)
		}
	}
	return n, err
}
