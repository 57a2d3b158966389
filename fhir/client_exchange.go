package fhir

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/zoneblanche/zoneblanche/record"
)

// expectAbove is the size from which a request asks before it sends its body
// (Expect: 100-continue), so that a refusal does not cost a photograph's time.
const expectAbove = 256 << 10

// zipAbove is the size from which compressing is worth it: not of a question.
const zipAbove = 512

// ask is one request to make.
type ask struct {
	method, target string
	mediaType      string
	body           body // of size 0 for none

}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	tls    bool // over a connection whose certificate was verified
	fresh  bool // to a request with a token that had just been granted
	body   []byte
}

var errTooLarge = errors.New("the answer is larger than 4 MiB")

// exchange makes one request and reads the answer. Its error is a
// *record.DeliveryError whose outcome is unavailable, where nothing can have been
// taken, busy or unauthorized, where the token endpoint says so, or unknown.
//
// It is repeated in two cases, in both of which the recipient has said that it did
// nothing: a 401, once, with a new token; and a 415 to a compressed request, once,
// without compression.
func (c *Client) exchange(ctx context.Context, q ask) (*answer, *record.DeliveryError) {
	if _, err := checkBase(c.BaseURL); err != nil { // the field may have been set by hand
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "bad_address", Err: err}
	}
	zip := q.body.size > zipAbove && c.zip.wanted()
	token, failure := c.tokens.get(ctx)
	if failure != nil {
		return nil, failure
	}
	a, failure := c.attempt(ctx, q, token, zip)
	if failure == nil && zip && a.status == http.StatusUnsupportedMediaType {
		c.zip.refuses.Store(true)
		zip = false
		a, failure = c.attempt(ctx, q, token, zip)
	}
	if failure != nil || c.tokens == nil || (a.status != http.StatusUnauthorized && a.status != http.StatusForbidden) {
		return a, failure
	}
	// Whether it is us who are refused is for the token endpoint to say.
	renewed, failure := c.tokens.renew(ctx, token)
	if failure != nil {
		return nil, failure
	}
	if a.status == http.StatusUnauthorized {
		if a, failure = c.attempt(ctx, q, renewed, zip); failure != nil {
			return nil, failure
		}
	}
	a.fresh = true
	return a, nil
}

// attempt makes one request, once.
func (c *Client) attempt(ctx context.Context, q ask, token string, zip bool) (*answer, *record.DeliveryError) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, seen, stop := watch(ctx, timeout, q.body.size)
	defer stop()
	request, failure := c.request(seen.trace(ctx), seen, q, token, zip)
	if failure != nil {
		return nil, failure
	}
	response, err := c.client().Do(request)
	if err != nil {
		return nil, seen.failure(ctx, err)
	}
	defer response.Body.Close()
	c.zip.learn(response.Header)
	c.date.learn(response.Header)
	a := &answer{status: response.StatusCode, header: response.Header, tls: response.TLS != nil}
	from := &moving{ReadCloser: response.Body, p: seen}
	a.body, err = io.ReadAll(io.LimitReader(from, maxAnswer+1))
	if err != nil {
		return nil, seen.failure(ctx, err)
	}
	if len(a.body) > maxAnswer {
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "answer_too_large", Err: errTooLarge}
	}
	return a, nil
}

func (c *Client) request(ctx context.Context, seen *progress, q ask, token string, zip bool) (*http.Request, *record.DeliveryError) {
	request, err := http.NewRequestWithContext(ctx, q.method, q.target, nil)
	if err != nil {
		return nil, &record.DeliveryError{Outcome: record.OutcomeUnavailable, Cause: "bad_address", Err: bare(err)}
	}
	header := request.Header
	header.Set("Accept", MediaType)
	header.Set("User-Agent", "zoneblanche")
	header.Set("Cache-Control", "no-cache") // a look-up from a cache proves nothing
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	if q.body.size == 0 {
		return request, nil
	}
	mediaType := q.mediaType
	if mediaType == "" {
		mediaType = MediaType
	}
	header.Set("Content-Type", mediaType)
	header.Set("Prefer", "return=minimal") // the resources would only cross the line again
	if q.body.size > expectAbove {
		header.Set("Expect", "100-continue")
	}
	request.ContentLength = q.body.size
	if zip {
		header.Set("Content-Encoding", "gzip")
		request.ContentLength = -1
	}
	// net/http opens the body again where it knows that the first try was not
	// processed at all (a stream that HTTP/2 refused).
	request.GetBody = func() (io.ReadCloser, error) {
		from, err := q.body.open()
		if err != nil {
			return nil, err
		}
		from = &moving{ReadCloser: from, p: seen, left: q.body.size}
		if zip {
			from = &moving{ReadCloser: zipped(from), p: seen}
		}
		return from, nil
	}
	if request.Body, err = request.GetBody(); err != nil {
		return nil, &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "document_unreadable", Err: err}
	}
	return request, nil
}

// bare takes the URL off an error of net/http.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
