package transporttest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// Harness is one transport with a recipient of its own behind it.
type Harness struct {
	Transport outsync.Transport
	// NewSubmission makes a submission that the recipient accepts, another one at
	// each call.
	NewSubmission func(t *testing.T) record.Submission
	// NewCorrection makes one that replaces what another submission delivers, and
	// NewConsulted the event that a card was opened.
	NewCorrection func(t *testing.T, of record.Submission) record.Submission
	NewConsulted  func(t *testing.T) record.Submission
	// Held counts the documents that the recipient holds under an identifier,
	// without asking the transport.
	Held func(t *testing.T, documentID string) int
	// Break makes every request from now on fail in the given way, and well again
	// with [NoFault]. It returns false for what this recipient cannot play; the
	// test is then skipped.
	Break func(t *testing.T, kind Kind) bool
	// Words are what the recipient says when it refuses.
	Words string
	// RetryAfter is what it asks for when it is busy.
	RetryAfter time.Duration
}

// Run holds a transport to the contract of [outsync.Transport]. It makes a fresh
// one for each of its tests.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"submit delivers once", submits},
		{"the same bytes again have one effect", resends},
		{"look-up finds by identifier", looksUp},
		{"look-up of an unknown identifier finds none", looksUpNone},
		{"a lost answer is unknown, then found", losesAnswer},
		{"a lost request is unknown, then not found", losesRequest},
		{"a refusal carries the recipient's words", refuses},
		{"a portal is no network", portal},
		{"nothing answers", noAnswer},
		{"busy says for how long", busy},
		{"refused credentials are not the entry's fault", unauthorized},
		{"a done context sends nothing", doneContext},
		{"cancelling a request returns soon", cancels},
		{"a time limit on a look-up is a failure", lookupTimesOut},
		{"several at once", several},
		{"a busy gateway is not the recipient", gateway},
		{"a correction replaces", corrects},
		{"a correction of what is not there waits", correctsNothing},
		{"an opened card is told once", opens},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// soon bounds how long a transport may take to notice that its context is done.
const soon = 5 * time.Second

func submits(t *testing.T, h Harness) {
	if err := h.Transport.Probe(t.Context()); err != nil {
		t.Errorf("probe a recipient that is well: %v", err)
	}
	s := h.NewSubmission(t)
	body := bytes.Clone(s.Body)
	r := accepted(t, h, s)
	if r.Via != "response" {
		t.Errorf("receipt is via %q, want %q", r.Via, "response")
	}
	if !bytes.Equal(body, s.Body) {
		t.Error("submit changed the frozen bytes")
	}
	holds(t, h, s, 1)
}

func resends(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	for range 3 {
		accepted(t, h, s)
	}
	holds(t, h, s, 1)
}

func looksUp(t *testing.T, h Harness) {
	s, other := h.NewSubmission(t), h.NewSubmission(t)
	accepted(t, h, s)
	accepted(t, h, other)
	found(t, h, s)
}

func looksUpNone(t *testing.T, h Harness) {
	accepted(t, h, h.NewSubmission(t))
	absent(t, h, h.NewSubmission(t))
}

func losesAnswer(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, LoseAnswer)
	fails(t, h, s, record.OutcomeUnknown)
	h.Break(t, NoFault)
	holds(t, h, s, 1)
	found(t, h, s)
	accepted(t, h, s)
	holds(t, h, s, 1)
}

func losesRequest(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, LoseRequest)
	fails(t, h, s, record.OutcomeUnknown)
	h.Break(t, NoFault)
	holds(t, h, s, 0)
	absent(t, h, s)
	accepted(t, h, s)
	holds(t, h, s, 1)
}

func refuses(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, Refuse)
	d := fails(t, h, s, record.OutcomeRefused)
	if !strings.Contains(d.Words, h.Words) || len(d.Words) > 500 {
		t.Errorf("words are %q (%d bytes), want %q within 500 bytes", d.Words, len(d.Words), h.Words)
	}
	if h.Words != "" && strings.Contains(d.Error(), h.Words) {
		t.Error("the error, which may be logged, repeats the recipient's words")
	}
	h.Break(t, NoFault)
	holds(t, h, s, 0)
	accepted(t, h, h.NewSubmission(t))
}

func portal(t *testing.T, h Harness)   { unreachable(t, h, Portal) }
func noAnswer(t *testing.T, h Harness) { unreachable(t, h, NoAnswer) }

func unreachable(t *testing.T, h Harness, kind Kind) {
	held, s := h.NewSubmission(t), h.NewSubmission(t)
	accepted(t, h, held)
	breaks(t, h, kind)
	fails(t, h, s, record.OutcomeUnavailable)
	// "None" would be a lie here, and would have an entry sent twice.
	hits, err := h.Transport.Lookup(t.Context(), held.DocumentID)
	if outcome := record.OutcomeOf(err); err == nil || outcome != record.OutcomeUnavailable {
		t.Errorf("look-up found %d, %v; want outcome %s", len(hits), err, record.OutcomeUnavailable)
	}
	if err := h.Transport.Probe(t.Context()); err == nil || record.OutcomeOf(err) != record.OutcomeUnavailable {
		t.Errorf("probe: %v, want outcome %s", err, record.OutcomeUnavailable)
	}
	h.Break(t, NoFault)
	holds(t, h, s, 0)
	if err := h.Transport.Probe(t.Context()); err != nil {
		t.Errorf("probe once the line is back: %v", err)
	}
	accepted(t, h, s)
}

func busy(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, Busy)
	if d := fails(t, h, s, record.OutcomeBusy); d.RetryAfter != h.RetryAfter {
		t.Errorf("retry after %v, want %v", d.RetryAfter, h.RetryAfter)
	}
	if hits, err := h.Transport.Lookup(t.Context(), s.DocumentID); err == nil {
		t.Errorf("look-up at a busy recipient found %d without an error", len(hits))
	}
	h.Break(t, NoFault)
	holds(t, h, s, 0)
}

// gateway: who stands before the recipient says 503 and until when, and has passed the
// request on. That must not be taken for a refusal before anything was done.
func gateway(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, Gateway)
	if d := fails(t, h, s, record.OutcomeUnknown); d.RetryAfter != h.RetryAfter {
		t.Errorf("retry after %v, want %v", d.RetryAfter, h.RetryAfter)
	}
	h.Break(t, NoFault)
	holds(t, h, s, 1)
	found(t, h, s)
}

func corrects(t *testing.T, h Harness) {
	first := h.NewSubmission(t)
	accepted(t, h, first)
	second := h.NewCorrection(t, first)
	for range 2 { // the second time without effect
		accepted(t, h, second)
	}
	third := h.NewCorrection(t, second)
	accepted(t, h, third)
	for _, c := range []struct {
		s    record.Submission
		want string
	}{{first, "superseded"}, {second, "superseded"}, {third, "current"}} {
		holds(t, h, c.s, 1)
		found(t, h, c.s)
		if hits, err := h.Transport.Lookup(t.Context(), c.s.DocumentID); err != nil || hits[0].Status != c.want {
			t.Errorf("look-up found %+v, %v; want it %s", hits, err, c.want)
		}
	}
}

func correctsNothing(t *testing.T, h Harness) {
	first := h.NewSubmission(t)
	correction := h.NewCorrection(t, first)
	fails(t, h, correction, record.OutcomeUnknown)
	holds(t, h, correction, 0)
	accepted(t, h, first)
	accepted(t, h, correction)
	holds(t, h, correction, 1)
}

func opens(t *testing.T, h Harness) {
	s := h.NewConsulted(t)
	absent(t, h, s)
	breaks(t, h, LoseAnswer)
	fails(t, h, s, record.OutcomeUnknown)
	h.Break(t, NoFault)
	found(t, h, s)
	if r := accepted(t, h, s); r.Location == "" {
		t.Error("no location")
	}
	found(t, h, s)
}

func unauthorized(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, Unauthorized)
	fails(t, h, s, record.OutcomeUnauthorized)
	h.Break(t, NoFault)
	holds(t, h, s, 0)
	accepted(t, h, s)
}

func doneContext(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Transport.Submit(ctx, s); err == nil {
		t.Error("submit with a done context succeeded")
	}
	if _, err := h.Transport.Lookup(ctx, s.DocumentID); err == nil {
		t.Error("look-up with a done context succeeded")
	}
	if err := h.Transport.Probe(ctx); err == nil {
		t.Error("probe with a done context succeeded")
	}
	holds(t, h, s, 0)
}

func cancels(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	breaks(t, h, Hang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := h.Transport.Submit(ctx, s)
	if took := time.Since(start); took > soon {
		t.Errorf("submit noticed its context after %v", took)
	}
	// The recipient may have read the request and be working on it.
	if err == nil || record.OutcomeOf(err) != record.OutcomeUnknown {
		t.Errorf("submit cut by its context: %v, want outcome %s", err, record.OutcomeUnknown)
	}
	h.Break(t, NoFault)
}

func lookupTimesOut(t *testing.T, h Harness) {
	s := h.NewSubmission(t)
	accepted(t, h, s)
	breaks(t, h, Hang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if hits, err := h.Transport.Lookup(ctx, s.DocumentID); err == nil {
		t.Errorf("look-up cut by its context found %d without an error", len(hits))
	}
	if took := time.Since(start); took > soon {
		t.Errorf("look-up noticed its context after %v", took)
	}
	h.Break(t, NoFault)
}

func several(t *testing.T, h Harness) {
	submissions := make([]record.Submission, 8)
	for i := range submissions {
		submissions[i] = h.NewSubmission(t)
	}
	var wg sync.WaitGroup
	for _, s := range submissions {
		wg.Go(func() {
			if _, err := h.Transport.Submit(t.Context(), s); err != nil {
				t.Errorf("submit beside others: %v", err)
			}
		})
	}
	wg.Wait()
	for _, s := range submissions {
		holds(t, h, s, 1)
	}
}

func breaks(t *testing.T, h Harness, kind Kind) {
	t.Helper()
	if !h.Break(t, kind) {
		t.Skipf("this recipient cannot play %q", kind)
	}
}

func accepted(t *testing.T, h Harness, s record.Submission) record.Receipt {
	t.Helper()
	r, err := h.Transport.Submit(t.Context(), s)
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	if r.Empty() || r.At.IsZero() {
		t.Fatalf("receipt without location or time: %+v", r)
	}
	return r
}

func fails(t *testing.T, h Harness, s record.Submission, want record.Outcome) *record.DeliveryError {
	t.Helper()
	_, err := h.Transport.Submit(t.Context(), s)
	if err == nil {
		t.Fatalf("submit succeeded, want outcome %s", want)
	}
	var d *record.DeliveryError
	if !errors.As(err, &d) {
		t.Fatalf("submit: %v is not a delivery error", err)
	}
	if d.Outcome != want {
		t.Fatalf("submit: outcome %s (%v), want %s", d.Outcome, err, want)
	}
	if d.Cause == "" {
		t.Error("the failure has no cause")
	}
	return d
}

func found(t *testing.T, h Harness, s record.Submission) {
	t.Helper()
	hits, err := h.Transport.Lookup(t.Context(), s.DocumentID)
	if err != nil {
		t.Fatalf("look-up: %v", err)
	}
	if len(hits) != 1 {
		t.Fatalf("look-up found %d, want 1", len(hits))
	}
	hit := hits[0]
	if hit.Location == "" {
		t.Error("the document found has no location")
	}
	if hit.SHA1 != nil && !bytes.Equal(hit.SHA1, s.DocumentSHA1) {
		t.Errorf("the document found has hash %x, want %x", hit.SHA1, s.DocumentSHA1)
	}
	if hit.Size != 0 && hit.Size != s.DocumentSize {
		t.Errorf("the document found has size %d, want %d", hit.Size, s.DocumentSize)
	}
}

func absent(t *testing.T, h Harness, s record.Submission) {
	t.Helper()
	if hits, err := h.Transport.Lookup(t.Context(), s.DocumentID); err != nil || len(hits) != 0 {
		t.Errorf("look-up found %d, %v; want none and no error", len(hits), err)
	}
}

func holds(t *testing.T, h Harness, s record.Submission, want int) {
	t.Helper()
	if got := h.Held(t, s.DocumentID); got != want {
		t.Errorf("the recipient holds %d documents, want %d", got, want)
	}
}
