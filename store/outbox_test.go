package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

var receipt = record.Receipt{At: acted.Add(time.Hour), Location: "https://example.test/DocumentReference/1", Via: "response", Server: "https://example.test"}

func TestDeliveryOfOneEntry(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, nil)
	item := mustRecord(t, j, secretNote, acted)
	at := acted.Add(time.Minute)
	step := func(i record.Item, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if i.Epoch != item.Epoch+1 {
			t.Fatalf("epoch: got %d, want %d", i.Epoch, item.Epoch+1)
		}
		item = i
	}
	due := func(want time.Time, wantOK bool) {
		t.Helper()
		got, ok, err := j.NextDue(ctx)
		if err != nil || ok != wantOK || !got.Equal(want) {
			t.Fatalf("next due: got %v, %v, %v, want %v, %v", got, ok, err, want, wantOK)
		}
	}
	due(time.Time{}, true)
	step(j.Begin(ctx, item, at))
	due(time.Time{}, false)
	if item.State != record.InFlight || item.Attempts != 1 || !item.StartedAt.Equal(at) {
		t.Fatalf("begun: got %+v", item)
	}
	step(j.Retry(ctx, item, at.Add(time.Second), at.Add(time.Minute), "no_answer"))
	due(at.Add(time.Minute), true)
	if item.State != record.Pending || item.LastError != "no_answer" || !item.NextAttempt.Equal(at.Add(time.Minute)) {
		t.Fatalf("to retry: got %+v", item)
	}
	step(j.Begin(ctx, item, at.Add(time.Minute)))
	if !item.NextAttempt.IsZero() {
		t.Errorf("an attempt that runs has a next one: %v", item.NextAttempt)
	}
	step(j.Unknown(ctx, item, at.Add(2*time.Minute), "cut"))
	step(j.Unknown(ctx, item, at.Add(3*time.Minute), "cut_again"))
	step(j.Hold(ctx, item, at.Add(4*time.Minute), "status_422", "no such patient"))
	if item.State != record.Attention || item.LastError != "no such patient" {
		t.Fatalf("held: got %+v", item)
	}
	if waiting, err := j.Waiting(ctx); err != nil || len(waiting) != 0 {
		t.Fatalf("waiting: got %v, %v, want nothing", waiting, err)
	}
	step(j.Requeue(ctx, item))
	due(time.Time{}, true)
	step(j.Begin(ctx, item, at.Add(5*time.Minute)))
	step(j.Unknown(ctx, item, at.Add(6*time.Minute), "cut"))

	_, err := j.Clear(ctx, item, record.Receipt{At: at})
	wantReason(t, err, record.CodeInvalid, ReasonNoReceipt)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, nil)
	step(j.Clear(ctx, item, receipt))
	info, err := j.Entry(ctx, item.Entry)
	if err != nil || info.Item.State != record.Cleared || info.Item.Receipt.Location != receipt.Location || info.Item.Attempts != 3 {
		t.Fatalf("cleared: got %+v, %v", info.Item, err)
	}
	attempts, err := j.Attempts(ctx, item.Entry)
	if err != nil || len(attempts) != 3 {
		t.Fatalf("attempts: got %v, %v", attempts, err)
	}
	for i, want := range []struct {
		outcome, cause string
		ended          time.Duration
	}{{"unavailable", "no_answer", time.Second}, {"unknown", "cut", 2 * time.Minute}, {"cleared", "cut", 6 * time.Minute}} {
		if a := attempts[i]; a.Number != i+1 || a.Outcome != want.outcome || a.Cause != want.cause || !a.Ended.Equal(at.Add(want.ended)) {
			t.Errorf("attempt %d: got %+v, want %+v", i+1, a, want)
		}
	}
	mustBeSound(t, j)
}

func TestTransitionsThatAreNotAllowed(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	pending := mustRecord(t, j, "un", acted)
	flying, err := j.Begin(ctx, mustRecord(t, j, "deux", acted), acted)
	if err != nil {
		t.Fatal(err)
	}
	held, err := j.Hold(ctx, begin(t, j, "trois"), acted, "status_400", "")
	if err != nil {
		t.Fatal(err)
	}
	cleared, err := j.Clear(ctx, begin(t, j, "quatre"), receipt)
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]func(record.Item) error{
		"begin":   func(i record.Item) error { _, err := j.Begin(ctx, i, acted); return err },
		"clear":   func(i record.Item) error { _, err := j.Clear(ctx, i, receipt); return err },
		"retry":   func(i record.Item) error { _, err := j.Retry(ctx, i, acted, acted, "x"); return err },
		"unknown": func(i record.Item) error { _, err := j.Unknown(ctx, i, acted, "x"); return err },
		"hold":    func(i record.Item) error { _, err := j.Hold(ctx, i, acted, "x", ""); return err },
		"requeue": func(i record.Item) error { _, err := j.Requeue(ctx, i); return err },
	}
	allowed := map[record.DeliveryState]string{
		record.Pending: "begin", record.InFlight: "clear retry unknown hold", record.Attention: "requeue",
	}
	for _, item := range []record.Item{pending, flying, held, cleared} {
		for verb, do := range verbs {
			stale := item
			stale.Epoch++
			wantReason(t, do(stale), record.CodeConflict, ReasonStaleItem)
			if !strings.Contains(allowed[item.State], verb) {
				wantReason(t, do(item), record.CodeConflict, ReasonWrongState)
			}
		}
	}
	unheard := pending
	unheard.Entry = "018f0000-0000-7000-8000-000000000000"
	wantReason(t, verbs["begin"](unheard), record.CodeNotFound, ReasonNoEntry)
	mustBeSound(t, j)
}

func begin(t *testing.T, j *Journal, note string) record.Item {
	t.Helper()
	item, err := j.Begin(ctx, mustRecord(t, j, note, acted), acted)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestAttemptsAreBounded(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	item := mustRecord(t, j, secretNote, acted)
	const n = firstAttempts + latestAttempts + 37
	for i := range n {
		var err error
		if item, err = j.Begin(ctx, item, acted.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if item, err = j.Retry(ctx, item, acted, acted, "no_answer"); err != nil {
			t.Fatal(err)
		}
		if i%25 == 0 {
			mustBeSound(t, j)
		}
	}
	attempts, err := j.Attempts(ctx, item.Entry)
	if err != nil || len(attempts) != firstAttempts+latestAttempts || item.Attempts != n {
		t.Fatalf("got %d rows of %d, %v", len(attempts), item.Attempts, err)
	}
	for i, a := range attempts {
		want := i + 1
		if i >= firstAttempts {
			want = n - latestAttempts + 1 + i - firstAttempts
		}
		if a.Number != want {
			t.Fatalf("row %d: got attempt %d, want %d", i, a.Number, want)
		}
	}
	mustBeSound(t, j)
}

func TestWaitingIsEarliestDeadlineFirst(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	for i, offset := range []int{5, -300000, 3, 0, 9, 3} {
		mustRecord(t, j, fmt.Sprint("note ", i), acted.Add(time.Duration(offset)*time.Hour))
	}
	items, err := j.Waiting(ctx)
	if err != nil || len(items) != 6 {
		t.Fatalf("got %d items, %v", len(items), err)
	}
	for i := range items[1:] {
		if items[i].Deadline.After(items[i+1].Deadline) {
			t.Errorf("item %d is due after the next", i)
		}
	}
}

func TestContextEndsBeforeTheChange(t *testing.T) {
	j := mustOpen(t, t.TempDir(), nil)
	item := mustRecord(t, j, secretNote, acted)
	over, cancel := context.WithCancel(ctx)
	cancel()
	c := consultation("autre", acted)
	if _, _, err := j.Record(over, c, submission(c)); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("record: got %v", err)
	}
	if _, err := j.Begin(over, item, acted); err == nil {
		t.Error("begin: no error")
	}
	if _, err := j.Waiting(over); err == nil {
		t.Error("waiting: no error")
	}
	if r := mustBeSound(t, j); r.Entries != 1 {
		t.Errorf("got %d entries, want 1", r.Entries)
	}
}

func TestCut(t *testing.T) {
	for _, s := range []string{"", "bref", strings.Repeat("é", 400), "a" + strings.Repeat("é", 400), strings.Repeat("\xff", 600), strings.Repeat("€", 300)} {
		got := cut(s)
		if !utf8.ValidString(got) || len(s) <= maxWords && utf8.ValidString(s) && got != s || utf8.ValidString(s) && len(got) > maxWords {
			t.Errorf("%q: got %q", s, got)
		}
	}
}
