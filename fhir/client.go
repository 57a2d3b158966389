package fhir

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
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
	// DefaultTimeout is how long nothing may move: no byte sent, none received. It
	// is not a limit on the whole: a photograph of 10 MiB takes 80 s on a line of
	// 1 Mb/s that works well.
	DefaultTimeout = time.Minute
	// slowest is the rate, in bytes a second, below which a request is given up
	// even though something moves: whoever answers one byte a minute is no recipient.
	slowest = 512
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
	// Timeout is how long nothing may move; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Roots are the authorities that may vouch for the recipient, and no others;
	// nil means the system's. Certificate is what we show it; nil means none. Both
	// are for the client of ours.
	Roots       *x509.CertPool
	Certificate *tls.Certificate
	// Auth, when it is not nil, gets access tokens that go with each request.
	Auth *Credentials
	// CheckRecord asks before a submission, where the recipient's
	// CapabilityStatement says that it can be asked, whether the patient has an
	// open record there (TD0.2). A record that is missing or closed is a refusal.
	CheckRecord bool
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

	tls     *tls.Config
	date    serverDate
	tokens  *tokens // nil without credentials
	records *records
	zip     zipping

	once sync.Once
	own  *http.Client // HTTP, or ours, with redirects off
}

var (
	errBaseURL  = errors.New("the address of the recipient is not an http or https URL without query, fragment and password")
	errInsecure = errors.New("the address of the recipient must begin with https, except on this machine")
)

// NewClient returns a client of the endpoint at base. Plain http is refused
// unless the address is a loopback one. Errors are CodeInvalid with Reason
// "base_url" or "insecure_url", and those of [Credentials].
func NewClient(base string, opt ClientOptions) (*Client, error) {
	base, err := checkBase(base)
	if err != nil {
		return nil, err
	}
	c := &Client{BaseURL: base, HTTP: opt.HTTP, Timeout: opt.Timeout, tls: tlsConfig(opt.Roots, opt.Certificate)}
	if opt.Auth != nil {
		if c.tokens, err = newTokens(*opt.Auth, c.client); err != nil {
			return nil, err
		}
	}
	if opt.CheckRecord {
		c.records = &records{open: map[[sha256.Size]byte]time.Time{}}
	}
	return c, nil
}

// CloseIdleConnections drops the connections that nothing uses, which is worth doing
// when the network has changed: they may lead nowhere.
func (c *Client) CloseIdleConnections() { c.client().CloseIdleConnections() }

// LogValue shows the address alone.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.BaseURL) }

// client returns the HTTP client that is used: a copy of the caller's, who may go
// on following redirects with it.
func (c *Client) client() *http.Client {
	c.once.Do(func() {
		own := newHTTPClient(c.tls)
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
	if s.MediaType == SealedMediaType {
		return c.submitSealed(ctx, s)
	}
	sent, err := readSent(s)
	if err != nil {
		return record.Receipt{}, &record.DeliveryError{Outcome: record.OutcomeRefused, Cause: "bad_submission", Err: err}
	}
	if failure := c.ready(ctx, s, sent); failure != nil {
		return record.Receipt{}, failure
	}
	a, failure := c.exchange(ctx, ask{method: http.MethodPost, target: c.BaseURL, mediaType: s.MediaType, body: bodyOf(s)})
	if failure != nil {
		return record.Receipt{}, failure
	}
	if failure := a.submitFailure(); failure != nil {
		return record.Receipt{}, c.whom(ctx, a, failure)
	}
	done, err := readTransactionResponse(a.body, sent.entries)
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

// whom finds out whether a 403 is about us or about the entry: a patient may have
// shut this one professional out, and that must not hold up everybody else's notes.
// It is about the entry when the recipient, asked the cheapest question, answers us
// as usual.
func (c *Client) whom(ctx context.Context, a *answer, failure *record.DeliveryError) *record.DeliveryError {
	if failure.Outcome == record.OutcomeUnauthorized && a.status == http.StatusForbidden && c.Probe(ctx) == nil {
		failure.Outcome = record.OutcomeRefused
	}
	return failure
}

// ready makes sure, before anything is sent, of what the submission needs at the
// recipient: an open record of the patient, and the document that it corrects.
func (c *Client) ready(ctx context.Context, s record.Submission, sent sentBundle) *record.DeliveryError {
	if failure := c.checkRecord(ctx, sent.patient); failure != nil {
		return failure
	}
	if sent.replaces == "" {
		return nil
	}
	return c.checkOriginal(ctx, s, sent.replaces)
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
// answer counts, an error among them, except one that says "not now" or "not you". It searches
// for a document that cannot be there instead of reading the capability
// statement, which takes a megabyte at some servers and a probe runs each minute.
func (c *Client) Probe(ctx context.Context) error {
	a, failure := c.exchange(ctx, ask{method: http.MethodGet, target: c.searchURL(nullUniqID)})
	if failure != nil {
		return asLookup(failure)
	}
	switch {
	case a.saysBusy():
		return a.busy()
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return a.denied()
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
