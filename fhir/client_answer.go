package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// submitFailure classes the answer to a POST by its status and its form; nil says
// that it is a 200 in FHIR, which remains to be read.
//
// An HTML page with status 200 is what a captive portal answers. On a plain
// connection it means that nothing went further. Over TLS it cannot come from a
// portal, who does not have the recipient's certificate: it comes from a gateway
// of the recipient's own, or of an inspecting proxy, and either may have passed
// the request on before it lost patience. So there the outcome is unknown, and so
// it is for a 200 that is neither FHIR nor a page, which nobody can explain.
func (a *answer) submitFailure() *record.DeliveryError {
	cause := "status_" + strconv.Itoa(a.status)
	_, isOutcome := a.outcome()
	switch {
	case a.status == http.StatusOK:
		if cause := a.notFHIRCause(); cause != "" {
			if cause == "html_answer" && !a.tls {
				return a.unavailable(cause)
			}
			return a.unknown(cause)
		}
		return nil
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return a.denied()
	case a.saysBusy():
		out := a.busy()
		if a.status == http.StatusServiceUnavailable && !isOutcome {
			// A gateway says so, whether or not it has passed the request on. FHIR's
			// words come from the engine, which does all of a transaction or nothing;
			// a 429 is said by who counts requests before passing any on.
			out.Outcome = record.OutcomeUnknown
		}
		return out
	case refusal(a.status) && isOutcome:
		return a.fail(record.OutcomeRefused, cause)
	case a.status == http.StatusNetworkAuthenticationRequired:
		return a.unavailable(cause) // RFC 6585, section 6: a portal that says so
	case a.status >= 500 || a.status == http.StatusRequestTimeout:
		return a.unknown(cause) // a 500, 502 or 504 can follow the effect
	case a.status >= 300 && a.status < 400:
		return a.unavailable("redirect")
	case a.status > 200 && a.status < 300:
		return a.unknown(cause) // accepted, perhaps; not the contract's answer
	}
	return a.unavailable(cause)
}

// saysBusy reports whether the recipient asks to come back later. A 503 is said on
// purpose when it says until when, or why; otherwise it may be a gateway whose
// connection to the recipient broke half-way.
func (a *answer) saysBusy() bool {
	if a.status == http.StatusServiceUnavailable {
		_, isOutcome := a.outcome()
		return isOutcome || a.header.Get("Retry-After") != ""
	}
	return a.status == http.StatusTooManyRequests
}

// refusal reports whether a status can be about the entry itself. 413 joins the
// list for an attachment that the recipient finds too large.
func refusal(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// denied classes a 401 or a 403. It is the recipient who refuses us, whatever we
// send, when it says so in FHIR, when it challenges us over a connection that has
// its certificate, or when it does so to a token that was granted a moment ago. A
// bare page with such a status is a portal, a gateway or a wrong address: a long
// pause for that would lose the line that is there.
func (a *answer) denied() *record.DeliveryError {
	cause := "status_" + strconv.Itoa(a.status)
	_, isOutcome := a.outcome()
	challenge := a.tls && a.header.Get("WWW-Authenticate") != ""
	if isOutcome || challenge || a.fresh && a.status == http.StatusUnauthorized {
		return a.fail(record.OutcomeUnauthorized, cause)
	}
	return a.unavailable(cause)
}

func (a *answer) fail(outcome record.Outcome, cause string) *record.DeliveryError {
	words, _ := a.outcome()
	return &record.DeliveryError{Outcome: outcome, Cause: cause, Words: words}
}

func (a *answer) unknown(cause string) *record.DeliveryError {
	return a.fail(record.OutcomeUnknown, cause)
}

func (a *answer) unavailable(cause string) *record.DeliveryError {
	return a.fail(record.OutcomeUnavailable, cause)
}

func (a *answer) busy() *record.DeliveryError {
	out := a.fail(record.OutcomeBusy, "status_"+strconv.Itoa(a.status))
	out.RetryAfter = retryAfter(a.header)
	return out
}

// notFHIRCause tells why the answer is not FHIR in JSON, or "". A body that claims
// to be FHIR and does not parse is left to whoever reads it.
func (a *answer) notFHIRCause() string {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	looksLikePage := bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")) && !strings.Contains(kind, "xml")
	switch {
	case kind == MediaType:
		return ""
	case kind == "text/html" || kind == "application/xhtml+xml" || looksLikePage:
		return "html_answer"
	}
	if _, err := ParseResource(a.body); err != nil {
		return "not_fhir"
	}
	return ""
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date,
// which is compared with the server's own, because our clock may be wrong.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if until, err := http.ParseTime(value); err == nil {
		now, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		wait = until.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// outcome returns the words of an OperationOutcome, and whether the body is one.
func (a *answer) outcome() (words string, ok bool) {
	tree, err := ParseResource(a.body)
	if err != nil {
		return "", false
	}
	e := element{tree, "OperationOutcome"}
	issues := e.list("issue")
	if e.kind() != "OperationOutcome" || len(issues) == 0 {
		return "", false
	}
	var parts []string
	for _, issue := range issues {
		for _, text := range []string{issue.get("details").text("text"), issue.text("diagnostics")} {
			if text = plainWords(text); text != "" {
				parts = append(parts, text)
			}
		}
	}
	return cutWords(strings.Join(parts, " ; ")), true
}

// plainWords takes out what a foreign text could do to a terminal or a page:
// control characters, and format characters that turn the direction of writing.
func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
}

// cutWords bounds s to maxWords bytes, at the end of a rune.
func cutWords(s string) string {
	if len(s) <= maxWords {
		return s
	}
	s = s[:maxWords-len("…")]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

var (
	errAnswer  = errors.New("the answer is not a transaction-response for what was sent")
	errEntries = errors.New("the submission is not the Bundle that it says it is")
	// entryStatus is "201" or "201 Created": R4 says "an HTTP code, and optionally
	// the standard HTTP description".
	entryStatus  = regexp.MustCompile(`^2\d\d( .*)?$`)
	locationForm = regexp.MustCompile(`(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$`)
)

// sentBundle is what there is to know of a submission in order to send it.
type sentBundle struct {
	entries  []sentEntry
	patient  itiIdentifier // whose document it is; empty when no identifier says so
	replaces string        // unique id of the document that it corrects, or ""
}

// sentEntry is one entry of a submission: what the answer to it must be about.
type sentEntry struct{ method, kind string }

// readSent reads a submission's own Bundle.
func readSent(s record.Submission) (sentBundle, error) {
	var bundle struct {
		Entry []struct {
			Request  itiRequest `json:"request"`
			Resource struct {
				Subject   itiReference   `json:"subject"`
				RelatesTo []itiRelatesTo `json:"relatesTo"`
			} `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(s.Body, &bundle); err != nil || len(bundle.Entry) != s.Entries || s.Entries == 0 {
		return sentBundle{}, errEntries
	}
	out := sentBundle{entries: make([]sentEntry, len(bundle.Entry))}
	for i, entry := range bundle.Entry {
		kind, _, _ := strings.Cut(entry.Request.URL, "?")
		kind, _, _ = strings.Cut(kind, "/")
		out.entries[i] = sentEntry{entry.Request.Method, kind}
		if id := entry.Resource.Subject.Identifier; kind == "List" && id != nil {
			out.patient = *id
		}
		for _, r := range entry.Resource.RelatesTo {
			if r.Code == codeReplaces && r.Target.Identifier != nil {
				out.replaces = r.Target.Identifier.Value
			}
		}
	}
	return out, nil
}

// accepted is what a transaction-response tells of the document.
type accepted struct {
	location string // "DocumentReference/ID", or "AuditEvent/ID"
	existed  bool   // the recipient says that it was there already
}

// readTransactionResponse insists on what ITI-65 says of success: one answer for
// each entry sent, in the same order, each with a status of success and the
// location of a resource of the type that was sent. Of a document that is marked
// as replaced, TD2.1 promises a status and no location.
func readTransactionResponse(body []byte, sent []sentEntry) (accepted, error) {
	tree, err := ParseResource(body)
	if err != nil {
		return accepted{}, errAnswer
	}
	bundle := element{tree, "Bundle"}
	entries := bundle.list("entry")
	if bundle.kind() != "Bundle" || bundle.text("type") != "transaction-response" || len(entries) != len(sent) {
		return accepted{}, errAnswer
	}
	var out accepted
	for i, entry := range entries {
		response := entry.get("response")
		status, place := response.text("status"), locationForm.FindStringSubmatch(response.text("location"))
		if !entryStatus.MatchString(status) {
			return accepted{}, errAnswer
		}
		if sent[i].method == http.MethodPatch {
			continue
		}
		if place == nil || place[1] != sent[i].kind {
			return accepted{}, errAnswer
		}
		if (place[1] == "DocumentReference" || place[1] == "AuditEvent") && out.location == "" {
			out.location = place[1] + "/" + place[2]
			out.existed = !strings.HasPrefix(status, "201")
		}
	}
	if out.location == "" {
		return accepted{}, errAnswer
	}
	return out, nil
}
