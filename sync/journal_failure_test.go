package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

func TestDamagedEntryGoesToAPersonAndItsSiblingsGoOn(t *testing.T) {
	for _, test := range []struct {
		name      string
		err       error
		want      map[record.DeliveryState]int
		wantError bool
	}{
		{"for good", &record.Error{Code: record.CodeUntrusted, Op: "read submission"},
			map[record.DeliveryState]int{record.Cleared: 2, record.Attention: 1}, false},
		{"this time", errors.New("read submission: disk is slow"),
			map[record.DeliveryState]int{record.Cleared: 2, record.Pending: 1}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.add(3)
				r.worker.Outbox = &failing{Outbox: r.outbox, submission: map[string]error{"entry-0001": test.err}}
				got, err := r.worker.Once(t.Context())
				if (err != nil) != test.wantError {
					t.Errorf("error %v, want one: %v", err, test.wantError)
				}
				r.wantStates(test.want)
				if got.Cleared != 2 {
					t.Errorf("result %+v", got)
				}
			})
		})
	}
}

func TestBytesOfAnotherDocument(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		s := r.sent["entry-0001"]
		s.DocumentID = "urn:uuid:0192f000-0000-7000-8000-ffffffffffff"
		r.worker.Outbox = &failing{Outbox: r.outbox, other: &s}
		if got := r.once(); got.Attention != 1 || got.Attempts != 0 {
			t.Errorf("result %+v", got)
		}
	})
}

func TestNothingLeavesWhenTheJournalCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(3)
		full := &record.Error{Code: record.CodeUnavailable, Op: "begin attempt", Reason: "disk_full"}
		r.worker.Outbox = &failing{Outbox: r.outbox, begin: full}
		got, err := r.worker.Once(t.Context())
		if record.ReasonOf(err) != "disk_full" || got.Attempts != 0 || got.Waiting != 3 {
			t.Errorf("result %+v, %v", got, err)
		}
		if n := r.memory.Requests(); n != 0 {
			t.Errorf("%d requests left", n)
		}
	})
}

func TestReceiptThatCannotBeWrittenIsFoundAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(1)
		f := &failing{Outbox: r.outbox, clear: errors.New("clear entry: disk is full")}
		r.worker.Outbox = f
		if _, err := r.worker.Once(t.Context()); err == nil {
			t.Error("no error although the receipt could not be written")
		}
		r.wantStates(map[record.DeliveryState]int{record.InFlight: 1})
		f.clear = nil
		if got := r.once(); got.Cleared != 1 || got.Attempts != 0 {
			t.Errorf("result %+v", got)
		}
		r.wantDelivered()
	})
}

func TestSomebodyElseMovedTheItem(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.add(2)
		r.worker.Outbox = &failing{Outbox: r.outbox, begin: &record.Error{Code: record.CodeConflict}, beginFor: "entry-0001"}
		if got := r.once(); got.Cleared != 1 || got.Waiting != 1 {
			t.Errorf("result %+v", got)
		}
	})
}

// failing is an outbox some of whose methods fail.
type failing struct {
	outsync.Outbox
	submission map[string]error
	other      *record.Submission
	begin      error
	beginFor   string // "" for every entry
	clear      error
}

func (f *failing) Submission(ctx context.Context, entry string) (record.Submission, error) {
	if err := f.submission[entry]; err != nil {
		return record.Submission{}, err
	}
	if f.other != nil {
		return *f.other, nil
	}
	return f.Outbox.Submission(ctx, entry)
}

func (f *failing) Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error) {
	if f.begin != nil && (f.beginFor == "" || f.beginFor == item.Entry) {
		return record.Item{}, f.begin
	}
	return f.Outbox.Begin(ctx, item, at)
}

func (f *failing) Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error) {
	if f.clear != nil {
		return record.Item{}, f.clear
	}
	return f.Outbox.Clear(ctx, item, r)
}
