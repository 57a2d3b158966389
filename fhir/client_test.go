package fhir_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

const (
	goodAnswer = `{"resourceType":"Bundle","type":"transaction-response","entry":[
		{"response":{"status":"201 Created","location":"List/1"}},
		{"response":{"status":"201","location":"http://example.org/fhir/DocumentReference/a.b-2/_history/1"}},
		{"response":{"status":"201 Created","location":"Binary/3"}}]}`
	outcomeAnswer = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"text":"Patient inconnu"},"diagnostics":"ligne 1\n\u001b[31mligne\u202e 2"}]}`
	htmlAnswer    = "<!DOCTYPE html><html><body>Bienvenue</body></html>"
)

type canned struct {
	status  int
	kind    string // Content-Type
	body    string
	headers map[string]string
}

func (c canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", c.kind)
	for name, value := range c.headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(c.status)
	io.WriteString(w, c.body)
}

func newClient(t *testing.T, url string, opt fhir.ClientOptions) *fhir.Client {
	t.Helper()
	c, err := fhir.NewClient(url, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a server that a test's end closes.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func deliveryError(t *testing.T, err error) *record.DeliveryError {
	t.Helper()
	var d *record.DeliveryError
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want a delivery error", err)
	}
	if strings.Contains(err.Error(), "279035121518989") || strings.Contains(err.Error(), "PATIENTE") || strings.Contains(err.Error(), "http://") {
		t.Errorf("the error says too much: %v", err)
	}
	return d
}

func TestSubmitSucceedsOnTheContractAlone(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	var got *http.Request
	var body []byte
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		canned{status: 200, kind: "application/fhir+json; charset=utf-8", body: goodAnswer}.ServeHTTP(w, r)
	}))
	receipt, err := newClient(t, server.URL+"/fhir/R4/", fhir.ClientOptions{}).Submit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Location != "DocumentReference/a.b-2" || receipt.Via != "response" || receipt.Server != server.URL+"/fhir/R4" || receipt.At.IsZero() {
		t.Errorf("got receipt %+v", receipt)
	}
	if got.Method != "POST" || got.URL.Path != "/fhir/R4" || got.Header.Get("Content-Type") != fhir.MediaType ||
		got.Header.Get("Accept") != fhir.MediaType || !bytes.Equal(body, s.Body) {
		t.Errorf("got %s %s with headers %v", got.Method, got.URL, got.Header)
	}
}

func TestSubmitClassification(t *testing.T) {
	const fj = "application/fhir+json"
	entries := func(list ...string) string {
		return `{"resourceType":"Bundle","type":"transaction-response","entry":[` + strings.Join(list, ",") + `]}`
	}
	list, document, binary := `{"response":{"status":"201","location":"List/1"}}`, `{"response":{"status":"201","location":"DocumentReference/2"}}`, `{"response":{"status":"201","location":"Binary/3"}}`
	for _, c := range []struct {
		name    string
		answer  canned
		outcome record.Outcome
		cause   string
	}{
		{"portal", canned{status: 200, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "html_answer"},
		{"portal without a type", canned{status: 200, kind: "", body: "\n " + htmlAnswer}, record.OutcomeUnavailable, "html_answer"},
		{"empty 200", canned{status: 200, kind: "text/plain"}, record.OutcomeUnknown, "not_fhir"},
		{"FHIR in XML", canned{status: 200, kind: "application/fhir+xml", body: "<Bundle/>"}, record.OutcomeUnknown, "not_fhir"},
		{"other JSON", canned{status: 200, kind: "application/json", body: `{"ok":true}`}, record.OutcomeUnknown, "not_fhir"},
		{"cut JSON", canned{status: 200, kind: fj, body: goodAnswer[:100]}, record.OutcomeUnknown, "answer_malformed"},
		{"outcome with 200", canned{status: 200, kind: fj, body: outcomeAnswer}, record.OutcomeUnknown, "answer_malformed"},
		{"searchset", canned{status: 200, kind: fj, body: strings.Replace(goodAnswer, "transaction-response", "searchset", 1)}, record.OutcomeUnknown, "answer_malformed"},
		{"too few entries", canned{status: 200, kind: fj, body: entries(list, document)}, record.OutcomeUnknown, "answer_malformed"},
		{"too many entries", canned{status: 200, kind: fj, body: entries(list, document, binary, binary)}, record.OutcomeUnknown, "answer_malformed"},
		{"another order", canned{status: 200, kind: fj, body: entries(document, list, binary)}, record.OutcomeUnknown, "answer_malformed"},
		{"one entry failed", canned{status: 200, kind: fj, body: entries(list, strings.Replace(document, "201", "422", 1), binary)}, record.OutcomeUnknown, "answer_malformed"},
		{"one without location", canned{status: 200, kind: fj, body: entries(list, `{"response":{"status":"201"}}`, binary)}, record.OutcomeUnknown, "answer_malformed"},
		{"status that is none", canned{status: 200, kind: fj, body: entries(list, strings.Replace(document, "201", "2010", 1), binary)}, record.OutcomeUnknown, "answer_malformed"},
		{"giant", canned{status: 200, kind: fj, body: goodAnswer + strings.Repeat(" ", 5<<20)}, record.OutcomeUnknown, "answer_too_large"},
		{"201", canned{status: 201, kind: fj, body: goodAnswer}, record.OutcomeUnknown, "status_201"},
		{"202", canned{status: 202, kind: fj}, record.OutcomeUnknown, "status_202"},
		{"redirect", canned{status: 302, kind: "text/html", headers: map[string]string{"Location": "/portal"}}, record.OutcomeUnavailable, "redirect"},
		{"permanent redirect", canned{status: 308, headers: map[string]string{"Location": "/fhir/"}}, record.OutcomeUnavailable, "redirect"},
		{"400 with outcome", canned{status: 400, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_400"},
		{"404 with outcome", canned{status: 404, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_404"},
		{"409 with outcome", canned{status: 409, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_409"},
		{"412 with outcome", canned{status: 412, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_412"},
		{"413 with outcome", canned{status: 413, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_413"},
		{"422 with outcome", canned{status: 422, kind: fj, body: outcomeAnswer}, record.OutcomeRefused, "status_422"},
		{"400 without", canned{status: 400, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "status_400"},
		{"404 without", canned{status: 404, kind: "text/plain", body: "404 page not found"}, record.OutcomeUnavailable, "status_404"},
		{"422 with an empty outcome", canned{status: 422, kind: fj, body: `{"resourceType":"OperationOutcome"}`}, record.OutcomeUnavailable, "status_422"},
		{"405", canned{status: 405, kind: fj, body: outcomeAnswer}, record.OutcomeUnavailable, "status_405"},
		{"401 with outcome", canned{status: 401, kind: fj, body: outcomeAnswer}, record.OutcomeUnauthorized, "status_401"},
		{"401 page", canned{status: 401, kind: "text/html", body: htmlAnswer, headers: map[string]string{"WWW-Authenticate": "Basic"}}, record.OutcomeUnavailable, "status_401"},
		{"403 page", canned{status: 403, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "status_403"},
		{"403", canned{status: 403, kind: fj, body: outcomeAnswer}, record.OutcomeUnauthorized, "status_403"},
		{"408", canned{status: 408}, record.OutcomeUnknown, "status_408"},
		{"429", canned{status: 429}, record.OutcomeBusy, "status_429"},
		{"503 until, from a gateway", canned{status: 503, headers: map[string]string{"Retry-After": "7"}}, record.OutcomeUnknown, "status_503"},
		{"503 with outcome", canned{status: 503, kind: fj, body: outcomeAnswer}, record.OutcomeBusy, "status_503"},
		{"503 alone", canned{status: 503, kind: "text/html", body: htmlAnswer}, record.OutcomeUnknown, "status_503"},
		{"500", canned{status: 500, kind: fj, body: outcomeAnswer}, record.OutcomeUnknown, "status_500"},
		{"502", canned{status: 502, kind: "text/html", body: htmlAnswer}, record.OutcomeUnknown, "status_502"},
		{"504", canned{status: 504}, record.OutcomeUnknown, "status_504"},
		{"511", canned{status: 511, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "status_511"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls++; c.answer.ServeHTTP(w, r) }))
			s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
			_, err := newClient(t, server.URL, fhir.ClientOptions{}).Submit(t.Context(), s)
			d := deliveryError(t, err)
			if d.Outcome != c.outcome || d.Cause != c.cause {
				t.Errorf("got %s (%s), want %s (%s)", d.Outcome, d.Cause, c.outcome, c.cause)
			}
			want := 1
			if c.outcome == record.OutcomeUnauthorized && c.answer.status == http.StatusForbidden {
				want = 2 // is it us, or the entry?
			}
			if calls != want {
				t.Errorf("got %d requests, want %d", calls, want)
			}
			if want := "Patient inconnu ; ligne 1 [31mligne 2"; c.answer.body == outcomeAnswer && c.answer.status != 200 && d.Words != want {
				t.Errorf("got words %q, want %q", d.Words, want)
			}
		})
	}
}

// TestForbiddenEntry: a 403 from a recipient that otherwise answers us is about the
// entry, and its siblings go on.
func TestForbiddenEntry(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			canned{status: 403, kind: fhir.MediaType, body: outcomeAnswer}.ServeHTTP(w, r)
			return
		}
		canned{status: 200, kind: fhir.MediaType, body: `{"resourceType":"Bundle","type":"searchset"}`}.ServeHTTP(w, r)
	}))
	_, err := newClient(t, server.URL, fhir.ClientOptions{}).Submit(t.Context(), mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}))
	if d := deliveryError(t, err); d.Outcome != record.OutcomeRefused || d.Cause != "status_403" || !strings.Contains(d.Words, "Patient inconnu") {
		t.Errorf("got %v %q, want refused (status_403) in the recipient's words", err, d.Words)
	}
}

func TestWordsAreBounded(t *testing.T) {
	outcome, _ := json.Marshal(map[string]any{"resourceType": "OperationOutcome",
		"issue": []any{map[string]any{"severity": "error", "code": "invalid", "diagnostics": strings.Repeat("é", 3000)}}})
	server := serve(t, canned{status: 422, kind: fhir.MediaType, body: string(outcome)})
	_, err := newClient(t, server.URL, fhir.ClientOptions{}).Submit(t.Context(), mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}))
	if d := deliveryError(t, err); len(d.Words) > 500 || len(d.Words) < 490 || !strings.HasSuffix(d.Words, "é…") {
		t.Errorf("got %d bytes: %q", len(d.Words), d.Words)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		value string
		want  time.Duration
	}{
		{"7", 7 * time.Second},
		{"0", 0},
		{"-5", 0},
		{"soon", 0},
		{"999999", time.Hour},
		{"99999999999999999999", 0},
		// The server's clock counts, not ours: it says 10:00 and "until 10:02".
		{"Mon, 05 Jan 2026 10:02:00 GMT", 2 * time.Minute},
		{"Mon, 05 Jan 2026 09:00:00 GMT", 0},
		{"Tue, 06 Jan 2026 10:00:00 GMT", time.Hour},
	} {
		server := serve(t, canned{status: 503, kind: fhir.MediaType, body: outcomeAnswer, headers: map[string]string{"Retry-After": c.value, "Date": "Mon, 05 Jan 2026 10:00:00 GMT"}})
		_, err := newClient(t, server.URL, fhir.ClientOptions{}).Submit(t.Context(), mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}))
		if d := deliveryError(t, err); d.Outcome != record.OutcomeBusy || d.RetryAfter != c.want {
			t.Errorf("%s: got %s after %s, want busy after %s", c.value, d.Outcome, d.RetryAfter, c.want)
		}
	}
}

// TestConnectionFailures: nothing sent is unavailable, anything that may have been
// sent is unknown.
func TestConnectionFailures(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	submit := func(t *testing.T, url string, opt fhir.ClientOptions) *record.DeliveryError {
		_, err := newClient(t, url, opt).Submit(t.Context(), s)
		return deliveryError(t, err)
	}
	expect := func(t *testing.T, d *record.DeliveryError, outcome record.Outcome, cause string) {
		t.Helper()
		if d.Outcome != outcome || d.Cause != cause {
			t.Errorf("got %v, want %s (%s)", d, outcome, cause)
		}
	}
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		expect(t, submit(t, "http://"+l.Addr().String(), fhir.ClientOptions{}), record.OutcomeUnavailable, "no_answer")
	})
	t.Run("no such name", func(t *testing.T) {
		dial := func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "x"}
		}
		client := &http.Client{Transport: &http.Transport{DialContext: dial}}
		expect(t, submit(t, "https://recipient.invalid", fhir.ClientOptions{HTTP: client}), record.OutcomeUnavailable, "no_answer")
	})
	t.Run("unknown certificate", func(t *testing.T) {
		server := httptest.NewUnstartedServer(canned{status: 200, kind: fhir.MediaType, body: goodAnswer})
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		defer server.Close()
		expect(t, submit(t, server.URL, fhir.ClientOptions{}), record.OutcomeUnavailable, "tls")
	})
	t.Run("TLS 1.2 only", func(t *testing.T) {
		server := httptest.NewUnstartedServer(canned{status: 200, kind: fhir.MediaType, body: goodAnswer})
		server.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		defer server.Close()
		expect(t, submit(t, server.URL, fhir.ClientOptions{}), record.OutcomeUnavailable, "tls")
	})
	t.Run("cut without a byte", func(t *testing.T) {
		server := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		expect(t, submit(t, server.URL, fhir.ClientOptions{}), record.OutcomeUnknown, "cut")
	})
	t.Run("cut in the answer", func(t *testing.T) {
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", fhir.MediaType)
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, goodAnswer)
			panic(http.ErrAbortHandler)
		}))
		expect(t, submit(t, server.URL, fhir.ClientOptions{}), record.OutcomeUnknown, "cut")
	})
	t.Run("too slow", func(t *testing.T) {
		release := make(chan struct{})
		server := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
		defer close(release)
		expect(t, submit(t, server.URL, fhir.ClientOptions{Timeout: 50 * time.Millisecond}), record.OutcomeUnknown, "timeout")
	})
	t.Run("drip", func(t *testing.T) {
		release := make(chan struct{})
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-release
		}))
		defer close(release)
		expect(t, submit(t, server.URL, fhir.ClientOptions{Timeout: 50 * time.Millisecond}), record.OutcomeUnknown, "timeout")
	})
	t.Run("dial that hangs", func(t *testing.T) {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
		opt := fhir.ClientOptions{HTTP: &http.Client{Transport: &http.Transport{DialContext: dial}}, Timeout: 50 * time.Millisecond}
		expect(t, submit(t, "http://127.0.0.1:1", opt), record.OutcomeUnavailable, "no_answer")
	})
	t.Run("page over TLS", func(t *testing.T) {
		server := httptest.NewTLSServer(canned{status: 200, kind: "text/html", body: htmlAnswer})
		defer server.Close()
		expect(t, submit(t, server.URL, fhir.ClientOptions{HTTP: server.Client()}), record.OutcomeUnknown, "html_answer")
	})
	t.Run("canceled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newClient(t, "http://127.0.0.1:1", fhir.ClientOptions{}).Submit(ctx, s)
		expect(t, deliveryError(t, err), record.OutcomeUnavailable, "canceled")
	})
	t.Run("submission that is not its Bundle", func(t *testing.T) {
		wrong := s
		wrong.Entries = 2
		_, err := newClient(t, "http://127.0.0.1:1", fhir.ClientOptions{}).Submit(t.Context(), wrong)
		expect(t, deliveryError(t, err), record.OutcomeRefused, "bad_submission")
	})
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ url, reason string }{
		{"https://recipient.example.org/fhir", ""},
		{"http://127.0.0.1:8080", ""},
		{"http://127.9.9.9/x/", ""},
		{"http://[::1]:8080/fhir", ""},
		{"http://localhost:8080", ""},
		{"http://recipient.example.org/fhir", "insecure_url"},
		{"http://192.168.1.10", "insecure_url"},
		{"http://localhost.example.org", "insecure_url"},
		{"https://user:secret@example.org", "base_url"},
		{"https://example.org/?x=1", "base_url"},
		{"https://example.org/#x", "base_url"},
		{"ftp://example.org", "base_url"},
		{"example.org/fhir", "base_url"},
		{"https://", "base_url"},
		{"", "base_url"},
		{"://", "base_url"},
	} {
		_, err := fhir.NewClient(c.url, fhir.ClientOptions{})
		if record.ReasonOf(err) != c.reason || (err == nil) != (c.reason == "") {
			t.Errorf("%s: got %v, want reason %q", c.url, err, c.reason)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error quotes a password: %v", err)
		}
	}
	_, err := (&fhir.Client{BaseURL: "http://recipient.example.org"}).Lookup(t.Context(), "urn:uuid:x")
	if d := deliveryError(t, err); d.Cause != "bad_address" {
		t.Errorf("a literal client got round the rule: %v", err)
	}
}

func TestLookup(t *testing.T) {
	const id = "urn:uuid:e4be9784-520e-582f-a882-46e914e88a95"
	doc := func(name, unique string) string {
		return fmt.Sprintf(`{"search":{"mode":"match"},"resource":{"resourceType":"DocumentReference","id":%q,"status":"current","masterIdentifier":{"value":%q},"content":[{"attachment":{"size":5,"hash":"2jmj7l5rSw0yVb/vlWAYkK/YBwk="}}]}}`, name, unique)
	}
	set := func(more string, entries ...string) string {
		return `{"resourceType":"Bundle","type":"searchset"` + more + `,"entry":[` + strings.Join(entries, ",") + `]}`
	}
	const fj = "application/fhir+json"
	for _, c := range []struct {
		name   string
		answer canned
		held   int
		cause  string
	}{
		{"none", canned{status: 200, kind: fj, body: `{"resourceType":"Bundle","type":"searchset","total":0}`}, 0, ""},
		{"one", canned{status: 200, kind: fj, body: set(`,"total":1`, doc("1", id))}, 1, ""},
		{"two", canned{status: 200, kind: fj, body: set("", doc("1", id), doc("2", id))}, 2, ""},
		{"the same one twice", canned{status: 200, kind: fj, body: set("", doc("1", id), doc("1", id))}, 1, ""},
		{"with a warning", canned{status: 200, kind: fj, body: set("", doc("1", id), `{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome"}}`)}, 1, ""},
		{"parameter ignored", canned{status: 200, kind: fj, body: set("", doc("1", id), doc("2", "urn:uuid:other"))}, 0, "search_ignored"},
		{"more pages", canned{status: 200, kind: fj, body: `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"x"}]}`}, 0, "search_paged"},
		{"more than shown", canned{status: 200, kind: fj, body: set(`,"total":2`, doc("1", id))}, 0, "search_paged"},
		{"another Bundle", canned{status: 200, kind: fj, body: goodAnswer}, 0, "answer_malformed"},
		{"not a Bundle", canned{status: 200, kind: fj, body: outcomeAnswer}, 0, "answer_malformed"},
		{"id that is a path", canned{status: 200, kind: fj, body: set("", doc("../x", id))}, 0, "answer_malformed"},
		{"portal", canned{status: 200, kind: "text/html", body: htmlAnswer}, 0, "html_answer"},
		{"502", canned{status: 502, kind: "text/html", body: htmlAnswer}, 0, "status_502"},
		{"redirect", canned{status: 302, headers: map[string]string{"Location": "/"}}, 0, "redirect"},
		{"giant", canned{status: 200, kind: fj, body: strings.Repeat(" ", 5<<20)}, 0, "answer_too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var query string
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query = r.URL.Query().Get("identifier")
				c.answer.ServeHTTP(w, r)
			}))
			held, err := newClient(t, server.URL+"/fhir", fhir.ClientOptions{}).Lookup(t.Context(), id)
			if query != "urn:ietf:rfc:3986|"+id {
				t.Errorf("asked for %q", query)
			}
			if c.cause != "" {
				if d := deliveryError(t, err); d.Cause != c.cause || d.Outcome != record.OutcomeUnavailable {
					t.Errorf("got %v, want unavailable (%s)", err, c.cause)
				}
				return
			}
			if err != nil || len(held) != c.held {
				t.Fatalf("got %d (%v), want %d", len(held), err, c.held)
			}
			if c.held > 0 && (held[0].Location != "DocumentReference/1" || len(held[0].SHA1) != 20 || held[0].Size != 5 || held[0].Status != "current") {
				t.Errorf("got %+v", held[0])
			}
		})
	}
}

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  canned
		outcome record.Outcome // "" for success
		cause   string
	}{
		{"empty searchset", canned{status: 200, kind: fhir.MediaType, body: `{"resourceType":"Bundle","type":"searchset"}`}, "", ""},
		{"error in FHIR", canned{status: 404, kind: fhir.MediaType, body: outcomeAnswer}, "", ""},
		{"portal", canned{status: 200, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "html_answer"},
		{"404 page", canned{status: 404, kind: "text/html", body: htmlAnswer}, record.OutcomeUnavailable, "status_404"},
		{"cut FHIR", canned{status: 200, kind: fhir.MediaType, body: "{"}, record.OutcomeUnavailable, "answer_malformed"},
		{"busy", canned{status: 503, kind: fhir.MediaType, body: outcomeAnswer, headers: map[string]string{"Retry-After": "9"}}, record.OutcomeBusy, "status_503"},
	} {
		server := serve(t, c.answer)
		err := newClient(t, server.URL, fhir.ClientOptions{}).Probe(t.Context())
		if c.outcome == "" {
			if err != nil {
				t.Errorf("%s: got %v", c.name, err)
			}
			continue
		}
		if d := deliveryError(t, err); d.Outcome != c.outcome || d.Cause != c.cause {
			t.Errorf("%s: got %v, want %s (%s)", c.name, err, c.outcome, c.cause)
		}
	}
}

// TestExistingIsLookedAt: "there is one already" clears nothing until the one that
// is there proves to be the same document.
func TestExistingIsLookedAt(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	const existing = `{"resourceType":"Bundle","type":"transaction-response","entry":[
		{"response":{"status":"200 OK","location":"List/1"}},{"response":{"status":"200 OK","location":"DocumentReference/2"}},{"response":{"status":"201 Created","location":"Binary/3"}}]}`
	document := func(id string, hash []byte) map[string]any {
		attachment := map[string]any{"size": s.DocumentSize}
		if hash != nil {
			attachment["hash"] = hash
		}
		return map[string]any{"resource": map[string]any{"resourceType": "DocumentReference", "id": id, "status": "current",
			"masterIdentifier": map[string]any{"value": s.DocumentID}, "content": []any{map[string]any{"attachment": attachment}}}}
	}
	for _, c := range []struct {
		name    string
		held    []any
		outcome record.Outcome
		cause   string
	}{
		{"the same", []any{document("2", s.DocumentSHA1)}, "", ""},
		{"no hash published", []any{document("2", nil)}, "", ""},
		{"another document", []any{document("2", make([]byte, 20))}, record.OutcomeRefused, "hash_differs"},
		{"two of them", []any{document("2", s.DocumentSHA1), document("4", s.DocumentSHA1)}, record.OutcomeRefused, "held_twice"},
		{"none after all", []any{}, record.OutcomeUnknown, "existing_not_found"},
	} {
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", fhir.MediaType)
			if r.Method == "POST" {
				io.WriteString(w, existing)
				return
			}
			json.NewEncoder(w).Encode(map[string]any{"resourceType": "Bundle", "type": "searchset", "entry": c.held})
		}))
		receipt, err := newClient(t, server.URL, fhir.ClientOptions{}).Submit(t.Context(), s)
		if c.outcome == "" {
			if err != nil || receipt.Location != "DocumentReference/2" {
				t.Errorf("%s: got %+v, %v", c.name, receipt, err)
			}
			continue
		}
		if d := deliveryError(t, err); d.Outcome != c.outcome || d.Cause != c.cause {
			t.Errorf("%s: got %v, want %s (%s)", c.name, err, c.outcome, c.cause)
		}
	}
}

// FuzzAnswers: whatever a server says with whatever status, the client neither
// panics nor takes it for a receipt unless it is one.
func FuzzAnswers(f *testing.F) {
	f.Add(200, fhir.MediaType, []byte(goodAnswer))
	f.Add(200, fhir.MediaType, []byte(`{"resourceType":"Bundle","type":"searchset","total":1e9,"entry":[{"resource":{"resourceType":"DocumentReference","id":"1","content":[]}}]}`))
	f.Add(422, fhir.MediaType, []byte(outcomeAnswer))
	f.Add(200, "text/html", []byte(htmlAnswer))
	s := mustSubmission(f, sampleConsultation(), fhir.SubmissionOptions{})
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 999 {
			return
		}
		client, err := fhir.NewClient("http://127.0.0.1:1", fhir.ClientOptions{HTTP: &http.Client{Transport: reply{status, kind, body}}})
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := client.Submit(t.Context(), s)
		if err == nil && (receipt.Empty() || status != 200) {
			t.Errorf("a receipt out of %d %q", status, body)
		}
		if err != nil {
			deliveryError(t, err)
		}
		if held, err := client.Lookup(t.Context(), s.DocumentID); err == nil {
			for _, h := range held {
				if !strings.HasPrefix(h.Location, "DocumentReference/") {
					t.Errorf("got location %q", h.Location)
				}
			}
		}
		client.Probe(t.Context())
	})
}

type reply struct {
	status int
	kind   string
	body   []byte
}

func (r reply) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {r.kind}}, Body: io.NopCloser(bytes.NewReader(r.body))}, nil
}
