package outboxtest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// Harness is one empty outbox under test.
type Harness struct {
	Outbox outsync.Outbox
	// Add records one consultation that was acted at the given time, and returns
	// its entry and what was frozen for it.
	Add func(t *testing.T, actedAt time.Time) (entry string, s record.Submission)
	// Correct records a correction of an entry, acted at the given time.
	Correct func(t *testing.T, of record.Item, actedAt time.Time) (entry string, s record.Submission)
	// Reopen closes the outbox and opens it again, as a restart does. It may be
	// nil when there is nothing to reopen.
	Reopen func(t *testing.T) outsync.Outbox
}

// Run holds an outbox to the contract of [outsync.Outbox]. It makes a fresh one
// for each of its tests.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"waiting lists the earliest deadline first", waitingInOrder},
		{"submission is the frozen one", submissionIsFrozen},
		{"an attempt that clears", clears},
		{"an attempt that goes back to pending", retries},
		{"an attempt whose outcome is unknown", unknown},
		{"an attempt that needs a person", holds},
		{"a stale view changes nothing", staleView},
		{"a move from the wrong state changes nothing", wrongState},
		{"an empty receipt clears nothing", emptyReceipt},
		{"two claims on one entry, one wins", oneClaimWins},
		{"a correction waits for what it corrects", correctionWaits},
		{"in flight survives a restart", survivesRestart},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var (
	day     = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	receipt = record.Receipt{At: day.Add(time.Hour), Location: "DocumentReference/1", Via: "response", Server: "http://recipient.test"}
)

func waiting(t *testing.T, o outsync.Outbox) []record.Item {
	t.Helper()
	items, err := o.Waiting(context.Background())
	if err != nil {
		t.Fatalf("waiting: %v", err)
	}
	return items
}

// one adds an entry and returns its item as the outbox lists it.
func one(t *testing.T, h Harness) record.Item {
	t.Helper()
	entry, _ := h.Add(t, day)
	for _, item := range waiting(t, h.Outbox) {
		if item.Entry == entry {
			return item
		}
	}
	t.Fatal("a recorded entry is not listed as waiting")
	return record.Item{}
}

func begun(t *testing.T, h Harness) record.Item {
	t.Helper()
	item, err := h.Outbox.Begin(context.Background(), one(t, h), day.Add(time.Minute))
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	return item
}

func waitingInOrder(t *testing.T, h Harness) {
	late, _ := h.Add(t, day.Add(2*time.Hour))
	early, _ := h.Add(t, day)
	middle, _ := h.Add(t, day.Add(time.Hour))
	got := waiting(t, h.Outbox)
	if len(got) != 3 || got[0].Entry != early || got[1].Entry != middle || got[2].Entry != late {
		t.Fatalf("waiting in the order %v, want %s %s %s", entries(got), early, middle, late)
	}
	item := got[0]
	if item.State != record.Pending || item.Attempts != 0 || item.DocumentID == "" {
		t.Errorf("a new item has state %s, %d attempts and document %q", item.State, item.Attempts, item.DocumentID)
	}
	if want := day.Add(record.SyncWithin); !item.Deadline.Equal(want) {
		t.Errorf("deadline is %v, want %v", item.Deadline, want)
	}
	if item.NextAttempt.After(time.Now().Add(time.Minute)) && item.NextAttempt.After(day.Add(3*time.Hour)) {
		t.Errorf("a new item is not due: next attempt at %v", item.NextAttempt)
	}
}

func submissionIsFrozen(t *testing.T, h Harness) {
	entry, want := h.Add(t, day)
	for range 2 {
		got, err := h.Outbox.Submission(context.Background(), entry)
		if err != nil {
			t.Fatalf("submission: %v", err)
		}
		if !bytes.Equal(got.Body, want.Body) || got.DocumentID != want.DocumentID || got.SubmissionID != want.SubmissionID ||
			!bytes.Equal(got.DocumentSHA1, want.DocumentSHA1) || got.DocumentSize != want.DocumentSize ||
			got.Entries != want.Entries || got.MediaType != want.MediaType {
			t.Fatal("the submission read is not the one recorded")
		}
	}
	_, err := h.Outbox.Submission(context.Background(), "no-such-entry")
	if code := record.CodeOf(err); code != record.CodeNotFound && code != record.CodeInvalid {
		t.Errorf("submission of an unknown entry: code %s (%v), want %s", code, err, record.CodeNotFound)
	}
}

func clears(t *testing.T, h Harness) {
	item := begun(t, h)
	if item.State != record.InFlight || item.Attempts != 1 || !item.StartedAt.Equal(day.Add(time.Minute)) {
		t.Fatalf("after begin: state %s, %d attempts, started %v", item.State, item.Attempts, item.StartedAt)
	}
	done, err := h.Outbox.Clear(context.Background(), item, receipt)
	if err != nil {
		t.Fatalf("clear: %v", err)
	}
	if done.State != record.Cleared || done.Receipt.Location != receipt.Location || !done.Receipt.At.Equal(receipt.At) {
		t.Errorf("after clear: state %s, receipt %+v", done.State, done.Receipt)
	}
	if left := waiting(t, h.Outbox); len(left) != 0 {
		t.Errorf("still waiting after clear: %v", entries(left))
	}
}

func retries(t *testing.T, h Harness) {
	ctx := context.Background()
	item := begun(t, h)
	next := day.Add(5 * time.Minute)
	back, err := h.Outbox.Retry(ctx, item, day.Add(2*time.Minute), next, "no_answer")
	if err != nil {
		t.Fatalf("retry: %v", err)
	}
	if back.State != record.Pending || !back.NextAttempt.Equal(next) || back.LastError != "no_answer" {
		t.Errorf("after retry: state %s, next %v, last error %q", back.State, back.NextAttempt, back.LastError)
	}
	again, err := h.Outbox.Begin(ctx, back, day.Add(6*time.Minute))
	if err != nil || again.Attempts != 2 {
		t.Errorf("second begin: %d attempts, %v; want 2", again.Attempts, err)
	}
}

func unknown(t *testing.T, h Harness) {
	ctx := context.Background()
	item := begun(t, h)
	still, err := h.Outbox.Unknown(ctx, item, day.Add(2*time.Minute), "cut")
	if err != nil {
		t.Fatalf("unknown: %v", err)
	}
	if still.State != record.InFlight || !still.StartedAt.Equal(item.StartedAt) || still.LastError != "cut" {
		t.Errorf("after unknown: state %s, started %v, last error %q", still.State, still.StartedAt, still.LastError)
	}
	if list := waiting(t, h.Outbox); len(list) != 1 || list[0].State != record.InFlight {
		t.Errorf("an item in flight is not listed as waiting: %v", entries(list))
	}
	if _, err := h.Outbox.Clear(ctx, still, receipt); err != nil {
		t.Errorf("clear after unknown: %v", err)
	}
}

func holds(t *testing.T, h Harness) {
	item := begun(t, h)
	held, err := h.Outbox.Hold(context.Background(), item, day.Add(2*time.Minute), "status_422", "practitioner unknown")
	if err != nil {
		t.Fatalf("hold: %v", err)
	}
	if held.State != record.Attention {
		t.Errorf("after hold: state %s", held.State)
	}
	if left := waiting(t, h.Outbox); len(left) != 0 {
		t.Errorf("still waiting after hold: %v", entries(left))
	}
}

func staleView(t *testing.T, h Harness) {
	ctx := context.Background()
	old := begun(t, h)
	fresh, err := h.Outbox.Unknown(ctx, old, day.Add(2*time.Minute), "cut")
	if err != nil {
		t.Fatalf("unknown: %v", err)
	}
	_, err = h.Outbox.Clear(ctx, old, receipt)
	wantConflict(t, "clear from a stale view", err)
	_, err = h.Outbox.Retry(ctx, old, day, day, "cut")
	wantConflict(t, "retry from a stale view", err)
	_, err = h.Outbox.Unknown(ctx, old, day, "cut")
	wantConflict(t, "unknown from a stale view", err)
	_, err = h.Outbox.Hold(ctx, old, day, "cut", "")
	wantConflict(t, "hold from a stale view", err)
	if _, err := h.Outbox.Clear(ctx, fresh, receipt); err != nil {
		t.Errorf("clear from the fresh view: %v", err)
	}
}

func wrongState(t *testing.T, h Harness) {
	ctx := context.Background()
	pending := one(t, h)
	_, err := h.Outbox.Clear(ctx, pending, receipt)
	wantConflict(t, "clear a pending item", err)
	_, err = h.Outbox.Retry(ctx, pending, day, day, "cut")
	wantConflict(t, "retry a pending item", err)
	_, err = h.Outbox.Unknown(ctx, pending, day, "cut")
	wantConflict(t, "unknown for a pending item", err)
	_, err = h.Outbox.Hold(ctx, pending, day, "cut", "")
	wantConflict(t, "hold a pending item", err)
	flying, err := h.Outbox.Begin(ctx, pending, day)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	_, err = h.Outbox.Begin(ctx, flying, day)
	wantConflict(t, "begin an item in flight", err)
	// A view that lies about its state does not get through either.
	lying := flying
	lying.State = record.Pending
	_, err = h.Outbox.Begin(ctx, lying, day)
	wantConflict(t, "begin with a false state", err)
}

func emptyReceipt(t *testing.T, h Harness) {
	ctx := context.Background()
	item := begun(t, h)
	if _, err := h.Outbox.Clear(ctx, item, record.Receipt{At: day, Via: "response"}); err == nil {
		t.Error("cleared on an empty receipt")
	}
	if list := waiting(t, h.Outbox); len(list) != 1 || list[0].State != record.InFlight {
		t.Errorf("after a refused clear: %v", entries(list))
	}
}

func oneClaimWins(t *testing.T, h Harness) {
	item := one(t, h)
	const claims = 8
	results := make(chan error, claims)
	for range claims {
		go func() {
			_, err := h.Outbox.Begin(context.Background(), item, day)
			results <- err
		}()
	}
	won := 0
	for range claims {
		switch err := <-results; {
		case err == nil:
			won++
		case record.CodeOf(err) != record.CodeConflict:
			t.Errorf("begin: %v, want a conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d claims won, want 1", won)
	}
}

func correctionWaits(t *testing.T, h Harness) {
	ctx := context.Background()
	first := one(t, h)
	if first.Kind != record.KindConsultation || first.Waits {
		t.Errorf("a note is a %q and waits: %v", first.Kind, first.Waits)
	}
	entry, _ := h.Correct(t, first, day.Add(time.Hour))
	correction := func() record.Item {
		for _, item := range waiting(t, h.Outbox) {
			if item.Entry == entry {
				return item
			}
		}
		t.Fatal("the correction is not listed")
		return record.Item{}
	}
	if c := correction(); c.Kind != record.KindCorrection || c.Replaces != first.Entry || !c.Waits {
		t.Errorf("the correction is listed as %+v", c)
	}
	_, err := h.Outbox.Begin(ctx, correction(), day)
	wantConflict(t, "begin a correction before its original is cleared", err)
	flying, err := h.Outbox.Begin(ctx, first, day)
	if err != nil {
		t.Fatalf("the original, seen before it was corrected: %v", err)
	}
	if !correction().Waits {
		t.Error("does not wait for what is in flight")
	}
	if _, err := h.Outbox.Clear(ctx, flying, receipt); err != nil {
		t.Fatalf("clear: %v", err)
	}
	if correction().Waits {
		t.Error("waits for what is cleared")
	}
	if _, err := h.Outbox.Begin(ctx, correction(), day); err != nil {
		t.Errorf("begin: %v", err)
	}
}

func survivesRestart(t *testing.T, h Harness) {
	if h.Reopen == nil {
		t.Skip("nothing to reopen")
	}
	item := begun(t, h)
	after := waiting(t, h.Reopen(t))
	if len(after) != 1 || after[0].Entry != item.Entry || after[0].State != record.InFlight ||
		after[0].Attempts != 1 || after[0].Epoch != item.Epoch || !after[0].StartedAt.Equal(item.StartedAt) {
		t.Errorf("after a restart: %v, want the item in flight as it was", entries(after))
	}
}

func wantConflict(t *testing.T, what string, err error) {
	t.Helper()
	if code := record.CodeOf(err); err == nil || code != record.CodeConflict {
		t.Errorf("%s: %v, want code %s", what, err, record.CodeConflict)
	}
}

func entries(items []record.Item) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Entry + ":" + string(item.State)
	}
	return names
}
