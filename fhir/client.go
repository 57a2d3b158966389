package fhir

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	// DefaultTimeout bounds one request, its answer included. A note of a few
	// kilobytes takes seconds on the worst line that still carries anything; this
	// leaves room for a photograph.
	DefaultTimeout = 2 * time.Minute
	// maxAnswer bounds an answer, after decompression.
	maxAnswer = 4 << 20
	// maxRetryAfter bounds how long a recipient may send us away: the duty ends
	// after 48 hours, whatever the recipient believes.
	maxRetryAfter = time.Hour
	// maxWords bounds the recipient's own words (record.DeliveryError).
	maxWords = 500
)

// ClientOptions refine a [Client]. The zero value is the ordinary case.
type ClientOptions struct {
	// HTTP makes the requests; nil means a client of ours, which demands TLS 1.3
	// or better. A client given here answers for its own TLS. Its redirects are
	// never followed.
	HTTP *http.Client
	// Timeout bounds one request, its answer included; 0 means [DefaultTimeout].
	Timeout time.Duration
}

// Client delivers submissions to one FHIR endpoint. It implements sync.Transport.
// Its methods may be called concurrently; each makes one attempt and never
// retries. (net/http itself sends a POST again only where the first try cannot
// have reached the server: nothing written, or refused by HTTP/2 unprocessed.)
//
// Every error is a [*record.DeliveryError]. What it says about the outcome leans
// to one side: where the request may have had its effect the outcome is unknown,
// which costs a look-up; calling it unavailable would cost a second delivery.
type Client struct {
	// BaseURL is the endpoint, as FHIR defines it, without a final slash.
	BaseURL string
	// HTTP and Timeout are those of [ClientOptions]. They must not change after
	// the first request.
	HTTP    *http.Client
	Timeout time.Duration

	once sync.Once
	own  *http.Client // HTTP, or ours, with redirects off
}

var (
	errBaseURL  = errors.New("the address of the recipient is not an http or https URL without query, fragment and password")
	errInsecure = errors.New("the address of the recipient must begin with https, except on this machine")
)

// NewClient returns a client of the endpoint at base. Plain http is refused
// unless the address is a loopback one. Errors are CodeInvalid with Reason
// "base_url" or "insecure_url".
func NewClient(base string, opt ClientOptions) (*Client, error) {
	base, err := checkBase(base)
	if err != nil {
		return nil, err
	}
	return &Client{BaseURL: base, HTTP: opt.HTTP, Timeout: opt.Timeout}, nil
}

// client returns the HTTP client that is used: a copy of the caller's, who may go
// on following redirects with it.
func (c *Client) client() *http.Client {
	c.once.Do(func() {
		own := newHTTPClient()
		if c.HTTP != nil {
			*own = *c.HTTP
		}
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		c.own = own
	})
	return c.own
}

func checkBase(base string) (string, error) {
	fail := func(reason string, err error) (string, error) {
		return "", &record.Error{Code: record.CodeInvalid, Op: "read recipient address", Reason: reason, Err: err}
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		(u.Scheme != "https" && u.Scheme != "http") {
		return fail("base_url", errBaseURL) // not quoted: it may hold a password
	}
	if u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		return fail("insecure_url", errInsecure)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// loopbackHost reports whether host is this machine. Of names, "localhost" alone
// is believed (RFC 6761, section 6.3): any other may be made to mean anything.
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// Submit sends s once and returns the receipt. See [record.Outcome] for what an
// error lets the caller do.
func (c *Client) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	sent, err := sentTypes(s)
	if err != nil {
		return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "bad_submission", Err: err}
	}
	a, failure := c.exchange(ctx, http.MethodPost, c.BaseURL, s.MediaType, s.Body)
	if failure != nil {
		return record.Receipt{}, failure
	}
	if failure := a.submitFailure(); failure != nil {
		return record.Receipt{}, failure
	}
	done, err := readTransactionResponse(a.body, sent)
	if err != nil {
		// The recipient speaks FHIR and says 200: it may well have kept it.
		return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "answer_malformed", Err: err}
	}
	if done.existed {
		if failure := c.sameDocument(ctx, s); failure != nil {
			return record.Receipt{}, failure
		}
	}
	return record.Receipt{At: time.Now(), Location: done.location, Via: "response", Server: c.BaseURL}, nil
}

// sameDocument looks at what the recipient held already under the unique id. A
// condition on the create compares the identifier alone, so a recipient answers
// "there is one" even when that one is another document; without this look, a
// note could be cleared that nobody holds.
func (c *Client) sameDocument(ctx context.Context, s record.Submission) error {
	held, err := c.Lookup(ctx, s.DocumentID)
	if err != nil {
		return &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "existing_unchecked", Err: err}
	}
	switch {
	case len(held) == 0:
		return &record.DeliveryError{Outcome: record.OutcomeUnknown, Cause: "existing_not_found"}
	case len(held) > 1:
		return &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "held_twice"}
	case held[0].SHA1 != nil && string(held[0].SHA1) != string(s.DocumentSHA1):
		return &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "hash_differs"}
	}
	return nil
}

// Probe asks whether anything that speaks FHIR answers. Any well-formed FHIR
// answer counts, an error among them, except one that says "not now". It searches
// for a document that cannot be there instead of reading the capability
// statement, which takes a megabyte at some servers and a probe runs each minute.
func (c *Client) Probe(ctx context.Context) error {
	a, failure := c.exchange(ctx, http.MethodGet, c.searchURL(nullUniqID), "", nil)
	if failure != nil {
		return asLookup(failure)
	}
	if a.saysBusy() {
		return a.busy()
	}
	if _, err := ParseResource(a.body); err == nil {
		return nil
	}
	switch cause := a.notFHIRCause(); {
	case a.status != http.StatusOK:
		return a.unavailable("status_" + strconv.Itoa(a.status))
	case cause == "":
		return a.unavailable("answer_malformed")
	default:
		return a.unavailable(cause)
	}
}

func (c *Client) searchURL(documentID string) string {
	query := url.Values{"identifier": {systemURI + "|" + documentID}}
	return c.BaseURL + "/DocumentReference?" + query.Encode()
}

// newHTTPClient returns a client that demands TLS 1.3, the floor that the
// programme sets. It keeps no cookie.
func newHTTPClient() *http.Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment, // never asked for loopback addresses
		DialContext:            (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        tlsConfig(),
		TLSHandshakeTimeout:    30 * time.Second, // satellite and EDGE lines
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{Transport: transport}
}
