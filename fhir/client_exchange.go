package fhir

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/zoneblanche/zoneblanche/record"
)

func tlsConfig() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS13} }

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	tls    bool // over a connection whose certificate was verified
	body   []byte
}

var errTooLarge = errors.New("the answer is larger than 4 MiB")

// progress is what is known of a request whose answer did not come.
type progress struct {
	connected  atomic.Bool // a connection was handed over: bytes may have left
	handshaked atomic.Bool // a TLS handshake was tried and failed
}

// trace watches one request. From the moment that a connection is handed over,
// any byte may leave at any time; what was really flushed cannot be known. So
// that moment is the line between "surely not" and "perhaps".
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { p.connected.Store(true) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err != nil {
				p.handshaked.Store(true)
			}
		},
	})
}

// exchange makes one request and reads the answer. Its error is a
// *record.DeliveryError whose outcome is unavailable, where nothing can have left
// this machine, or unknown.
func (c *Client) exchange(ctx context.Context, method, target, mediaType string, body []byte) (*answer, *record.DeliveryError) {
	if _, err := checkBase(c.BaseURL); err != nil { // the field may have been set by hand
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "bad_address", Err: err}
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var seen progress
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(seen.trace(ctx), method, target, content)
	if err != nil {
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "bad_address", Err: bare(err)}
	}
	request.Header.Set("Accept", MediaType)
	request.Header.Set("User-Agent", "zoneblanche")
	request.Header.Set("Cache-Control", "no-cache") // a look-up from a cache proves nothing
	if body != nil {
		if mediaType == "" {
			mediaType = MediaType
		}
		request.Header.Set("Content-Type", mediaType)
		request.Header.Set("Prefer", "return=minimal") // the resources would only cross the line again
	}
	response, err := c.client().Do(request)
	if err != nil {
		return nil, seen.failure(ctx, err)
	}
	defer response.Body.Close()
	a := &answer{status: response.StatusCode, header: response.Header, tls: response.TLS != nil}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, seen.failure(ctx, err)
	}
	if len(a.body) > maxAnswer {
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "answer_too_large", Err: errTooLarge}
	}
	return a, nil
}

// failure classes a request that got no whole answer.
func (p *progress) failure(ctx context.Context, err error) *record.DeliveryError {
	out := &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "no_answer", Err: bare(err)}
	switch {
	case p.connected.Load():
		out.Outcome, out.Cause = record.OutcomeUnknown, "cut"
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			out.Cause = "timeout"
		}
	case p.handshaked.Load():
		out.Cause = "tls" // a wrong clock, a portal, or somebody in between
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		out.Cause = "canceled"
	}
	return out
}

// bare takes the URL off an error of net/http.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
