package recipient_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
)

// The tests below are the rules of delivery for what nobody can know at once, with
// worker, client and recipient together.

// ruled is one entry of an outbox on its way through a front.
type ruled struct {
	server *recipient.Server
	front  *front
	client *fhir.Client
	outbox *outboxtest.Memory
	worker *outsync.Worker
	note   record.Submission
}

func newRuled(t *testing.T) *ruled {
	t.Helper()
	r := &ruled{outbox: new(outboxtest.Memory), note: submission(t, 1)}
	r.server, r.front, r.client = fronted(t)
	r.outbox.Add("entry", time.Now(), r.note)
	r.worker = quickWorker(r.outbox, r.client)
	r.worker.RequestTimeout = 150 * time.Millisecond
	return r
}

func (r *ruled) once(t *testing.T) outsync.Result {
	t.Helper()
	result, err := r.worker.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (r *ruled) expect(t *testing.T, state record.DeliveryState, held int) record.Item {
	t.Helper()
	item := r.outbox.Item("entry")
	if item.State != state {
		t.Errorf("the entry is %s (%s), want %s", item.State, item.LastError, state)
	}
	if n := heldBy(r.server)(t, r.note.DocumentID); n != held {
		t.Errorf("held %d times, want %d", n, held)
	}
	return item
}

// intercept answers the next n transactions instead of the recipient.
func (r *ruled) intercept(n int, answer http.HandlerFunc) {
	next := r.front.next
	r.front.next = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost && n > 0 {
			n--
			answer(w, q)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// An answer that arrives after the time-out: the request is taken for lost, the
// look-up finds what it did, and nothing is sent a second time.
func TestAnswerAfterTheTimeout(t *testing.T) {
	r := newRuled(t)
	posts := 0
	next := r.front.next
	r.front.next = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost {
			posts++
			body, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(body))
			q = q.WithContext(t.Context()) // a server that does not see its client go
			next.ServeHTTP(httptest.NewRecorder(), q)
			time.Sleep(400 * time.Millisecond)
			return
		}
		next.ServeHTTP(w, q)
	})
	r.once(t)
	for range 20 {
		if r.outbox.Item("entry").State == record.Cleared {
			break
		}
		time.Sleep(20 * time.Millisecond)
		r.once(t)
	}
	item := r.expect(t, record.Cleared, 1)
	if item.Receipt.Via != "lookup" || posts != 1 {
		t.Errorf("the receipt is by %q after %d requests, want by look-up after one", item.Receipt.Via, posts)
	}
}

// A portal or a gateway that answers 404 or 403 with a page, or 422 without an
// OperationOutcome, says nothing about the entry nor about us: it is the
// endpoint's failure, probing goes on, and the entry goes once the line is back.
func TestPagesAreNotRefusals(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"portal, 404":       func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusNotFound) },
		"portal, 403":       func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusForbidden) },
		"portal, 401":       func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusUnauthorized) },
		"gateway, 422":      func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusUnprocessableEntity) },
		"gateway, 422 JSON": func(w http.ResponseWriter, _ *http.Request) { bare422(w) },
		"gateway, 400":      func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusBadRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRuled(t)
			r.intercept(3, answer)
			for range 3 {
				if result := r.once(t); result.Endpoint != outsync.Down {
					t.Errorf("the endpoint is %s, want down", result.Endpoint)
				}
				r.expect(t, record.Pending, 0)
			}
			r.once(t)
			r.expect(t, record.Cleared, 1)
		})
	}
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	io.WriteString(w, portalPage)
}

func bare422(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	io.WriteString(w, `{"message":"no"}`)
}

// The recipient's own refusal is about the entry: a person gets its words, and the
// entry's siblings go on.
func TestRefusalKeepsToItsEntry(t *testing.T) {
	r := newRuled(t)
	r.outbox.Add("sibling", time.Now().Add(time.Second), submission(t, 2))
	r.intercept(1, func(w http.ResponseWriter, _ *http.Request) {
		outcome(w, http.StatusUnprocessableEntity, "auteur inconnu")
	})
	r.once(t)
	r.expect(t, record.Attention, 0)
	if words := r.outbox.Words("entry"); words != "auteur inconnu" {
		t.Errorf("the words are %q", words)
	}
	if item := r.outbox.Item("sibling"); item.State != record.Cleared {
		t.Errorf("the sibling is %s", item.State)
	}
}

// A 401 that the token endpoint confirms pauses all and says why.
func TestRefusedCredentialsPauseAll(t *testing.T) {
	s := openSecure(t, secureOptions{})
	options := s.options()
	options.Auth.Key = newKey(t)
	outbox := new(outboxtest.Memory)
	outbox.Add("entry", time.Now(), submission(t, 1))
	outbox.Add("sibling", time.Now(), submission(t, 2))
	result, err := quickWorker(outbox, newClient(t, s.url, options)).Once(t.Context())
	if err != nil || result.Endpoint != outsync.Unauthorized || result.Cause != "token_refused" || result.Waiting != 2 || result.Attention != 0 {
		t.Errorf("got %+v (%v), want all waiting for a refusal by the token endpoint", result, err)
	}
}

// A journal that was restored from a backup owes what was delivered since. What it
// sends again finds itself there: a receipt, and nothing held twice.
func TestRestoredJournal(t *testing.T) {
	r := newRuled(t)
	r.once(t)
	r.expect(t, record.Cleared, 1)
	restored := new(outboxtest.Memory)
	restored.Add("entry", time.Now(), r.note)
	if _, err := quickWorker(restored, r.client).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, after := r.outbox.Item("entry"), restored.Item("entry")
	if after.State != record.Cleared || after.Receipt.Location != before.Receipt.Location {
		t.Errorf("got %s at %s, want cleared at %s", after.State, after.Receipt.Location, before.Receipt.Location)
	}
	r.expect(t, record.Cleared, 1)
}

// A recipient that was restored from yesterday's backup no longer holds what it
// receipted. Nothing can tell by itself; a check on demand does, and the frozen
// bytes, sent again, are the same document.
func TestRestoredRecipient(t *testing.T) {
	r := newRuled(t)
	r.once(t)
	r.expect(t, record.Cleared, 1)
	held, cause, err := outsync.Recheck(t.Context(), r.client, r.note)
	if err != nil || !held {
		t.Errorf("got %v, %q (%v), want it held", held, cause, err)
	}
	yesterday, _, client := fronted(t)
	held, cause, err = outsync.Recheck(t.Context(), client, r.note)
	if err != nil || held || cause != "not_found" {
		t.Errorf("after the restore: got %v, %q (%v), want not_found", held, cause, err)
	}
	mustSubmit(t, client, r.note)
	if n := heldBy(yesterday)(t, r.note.DocumentID); n != 1 {
		t.Errorf("sent again it is held %d times, want once", n)
	}
}
