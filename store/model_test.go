package store

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

// model is the journal as it should be, in memory.
type model struct {
	order []string
	items map[string]record.Item
	notes map[string]string
	acted map[string]time.Time
	body  map[string]string
	// stale are views of items that were once true.
	stale []record.Item
}

func (m *model) same(note string, at time.Time) string {
	for _, id := range m.order {
		if m.notes[id] == note && m.acted[id].Sub(at).Abs() <= sameWithin {
			return id
		}
	}
	return ""
}

func equalItems(a, b record.Item) bool {
	return a.Entry == b.Entry && a.State == b.State && a.Epoch == b.Epoch && a.Attempts == b.Attempts &&
		a.DocumentID == b.DocumentID && a.LastError == b.LastError && a.ActedAt.Equal(b.ActedAt) &&
		a.Deadline.Equal(b.Deadline) && a.StartedAt.Equal(b.StartedAt) && a.NextAttempt.Equal(b.NextAttempt) &&
		a.Receipt.Location == b.Receipt.Location && a.Receipt.At.Equal(b.Receipt.At)
}

func TestJournalAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal-model-")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		small := &Options{walSize: 16 << 10, Place: "here"} // the log turns often
		j, err := Open(dir, small)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { j.Close() }()
		m := &model{items: map[string]record.Item{}, notes: map[string]string{}, acted: map[string]time.Time{}, body: map[string]string{}}

		minute := rapid.IntRange(0, 90)
		at := func(t *rapid.T) time.Time { return acted.Add(time.Duration(minute.Draw(t, "minute")) * time.Minute) }
		// view draws an item, mostly one that can make the move, sometimes as it was.
		view := func(t *rapid.T, from record.DeliveryState) record.Item {
			var ready []string
			for _, id := range m.order {
				if m.items[id].State == from {
					ready = append(ready, id)
				}
			}
			kind := rapid.IntRange(0, 5).Draw(t, "view")
			switch {
			case kind == 0 && len(m.stale) > 0:
				return rapid.SampledFrom(m.stale).Draw(t, "old view")
			case kind == 1 || len(ready) == 0:
				return m.items[rapid.SampledFrom(m.order).Draw(t, "entry")]
			}
			return m.items[rapid.SampledFrom(ready).Draw(t, "entry")]
		}
		move := func(t *rapid.T, from record.DeliveryState, do func(record.Item) (record.Item, error), apply func(*record.Item)) {
			if len(m.order) == 0 {
				return // t.Skip would make rapid take fewer steps
			}
			seen := view(t, from)
			now := m.items[seen.Entry]
			got, err := do(seen)
			if seen.State != from || seen.Epoch != now.Epoch {
				if record.CodeOf(err) != record.CodeConflict {
					t.Fatalf("%s epoch %d of %d: got %v, want a conflict", seen.State, seen.Epoch, now.Epoch, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m.stale = append(m.stale, now)
			now.Epoch++
			apply(&now)
			m.items[seen.Entry] = now
			if !equalItems(got, now) {
				t.Fatalf("got %+v, want %+v", got, now)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"record": func(t *rapid.T) {
				c := consultation(fmt.Sprint("note ", rapid.IntRange(0, 3).Draw(t, "note")), at(t))
				s := submission(c)
				want, wantDuplicate := m.same(c.Note, c.ActedAt), true
				id, duplicate, err := j.Record(ctx, c, s)
				if want == "" {
					want, wantDuplicate = c.ID, false
				}
				// Of several that are the same, any will do.
				if err != nil || duplicate != wantDuplicate || (!duplicate && id != want) ||
					duplicate && (m.notes[id] != c.Note || m.acted[id].Sub(c.ActedAt).Abs() > sameWithin) {
					t.Fatalf("got %q, %v, %v, want %q, %v", id, duplicate, err, want, wantDuplicate)
				}
				if duplicate {
					return
				}
				m.order = append(m.order, id)
				m.notes[id], m.acted[id], m.body[id] = c.Note, c.ActedAt, string(s.Body)
				m.items[id] = record.Item{Entry: id, State: record.Pending, Epoch: 1, ActedAt: c.ActedAt, Deadline: c.Deadline(), DocumentID: s.DocumentID}
			},
			"begin": func(t *rapid.T) {
				at := at(t)
				move(t, record.Pending, func(i record.Item) (record.Item, error) { return j.Begin(ctx, i, at) }, func(i *record.Item) {
					i.State, i.StartedAt, i.NextAttempt, i.Attempts = record.InFlight, at, time.Time{}, i.Attempts+1
				})
			},
			"clear": func(t *rapid.T) {
				r := record.Receipt{At: at(t), Location: "x"}
				move(t, record.InFlight, func(i record.Item) (record.Item, error) { return j.Clear(ctx, i, r) }, func(i *record.Item) {
					i.State, i.Receipt = record.Cleared, r
				})
			},
			"retry": func(t *rapid.T) {
				at, next := at(t), at(t)
				move(t, record.InFlight, func(i record.Item) (record.Item, error) { return j.Retry(ctx, i, at, next, "no_answer") }, func(i *record.Item) {
					i.State, i.NextAttempt, i.LastError = record.Pending, next, "no_answer"
				})
			},
			"unknown": func(t *rapid.T) {
				at := at(t)
				move(t, record.InFlight, func(i record.Item) (record.Item, error) { return j.Unknown(ctx, i, at, "cut") }, func(i *record.Item) {
					i.LastError = "cut"
				})
			},
			"hold": func(t *rapid.T) {
				at := at(t)
				move(t, record.InFlight, func(i record.Item) (record.Item, error) { return j.Hold(ctx, i, at, "status_422", "non") }, func(i *record.Item) {
					i.State, i.LastError = record.Attention, "non"
				})
			},
			"requeue": func(t *rapid.T) {
				move(t, record.Attention, func(i record.Item) (record.Item, error) { return j.Requeue(ctx, i) }, func(i *record.Item) {
					i.State, i.NextAttempt = record.Pending, time.Time{}
				})
			},
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "really") > 0 {
					return
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				if j, err = Open(dir, small); err != nil {
					t.Fatal(err)
				}
			},
			"crash": func(t *rapid.T) {
				next, err := os.MkdirTemp("", "journal-model-")
				if err != nil {
					t.Fatal(err)
				}
				// While nothing is being written, every byte that was has been waited for.
				err = j.exclusively(ctx, "test", func() error { return os.CopyFS(next, os.DirFS(dir)) })
				if err != nil {
					t.Fatal(err)
				}
				_ = j.Close() // what it does to the old folder is nobody's
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				dir = next
				if j, err = Open(dir, small); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "really") > 0 {
					return
				}
				if _, err := j.Compact(ctx); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) { m.compare(t, j) },
		})
		r, err := j.Verify(ctx)
		if err != nil || len(r.Problems) > 0 || r.Entries != uint64(len(m.order)) {
			t.Fatalf("verify: %+v, %v", r, err)
		}
		for _, id := range m.order {
			s, err := j.Submission(ctx, id)
			if err != nil || string(s.Body) != m.body[id] {
				t.Fatalf("body: %v", err)
			}
		}
	})
}

// compare checks every list that the journal gives against the model.
func (m *model) compare(t *rapid.T, j *Journal) {
	i := 0
	err := j.Entries(ctx, func(e EntryInfo) error {
		if e.ID != m.order[i] || !equalItems(e.Item, m.items[e.ID]) {
			t.Fatalf("entry %d: got %+v, want %+v", i, e.Item, m.items[m.order[i]])
		}
		i++
		return nil
	})
	if err != nil || i != len(m.order) {
		t.Fatalf("entries: got %d, %v, want %d", i, err, len(m.order))
	}
	var want []record.Item
	var count Counts
	var due time.Time
	pending := false
	for _, id := range m.order {
		item := m.items[id]
		switch item.State {
		case record.Pending:
			count.Pending++
			if !pending || item.NextAttempt.Before(due) {
				due, pending = item.NextAttempt, true
			}
		case record.InFlight:
			count.InFlight++
		case record.Attention:
			count.Attention++
		case record.Cleared:
			count.Cleared++
		}
		if item.State == record.Pending || item.State == record.InFlight {
			want = append(want, item)
		}
	}
	slices.SortStableFunc(want, func(a, b record.Item) int { return cmp.Compare(a.Deadline.UnixNano(), b.Deadline.UnixNano()) })
	got, err := j.Waiting(ctx)
	if err != nil || !slices.EqualFunc(got, want, equalItems) {
		t.Fatalf("waiting: got %+v, %v, want %+v", got, err, want)
	}
	c, err := j.Counts(ctx)
	if err != nil || c.Pending != count.Pending || c.InFlight != count.InFlight || c.Attention != count.Attention || c.Cleared != count.Cleared {
		t.Fatalf("counts: got %+v, %v, want %+v", c, err, count)
	}
	gotDue, ok, err := j.NextDue(ctx)
	if err != nil || ok != pending || !gotDue.Equal(due) {
		t.Fatalf("next due: got %v, %v, %v, want %v, %v", gotDue, ok, err, due, pending)
	}
	m.compareIndexes(t, j)
}

// compareIndexes checks the rows of every index, as they are stored.
func (m *model) compareIndexes(t *rapid.T, j *Journal) {
	want := map[string]map[string]bool{"ids": {}, "by_deadline": {}, "by_next": {}, "by_patient": {}}
	pseudonym := j.codec.pseudonyms(consultation("", acted).Patient)[0]
	for i, id := range m.order {
		item, seq := m.items[id], uint64(i+1)
		u := uuid.MustParse(id)
		want["ids"][string(u[:])] = true
		want["by_patient"][string(patientKey(pseudonym, m.acted[id], seq))] = true
		if item.State != record.Cleared {
			want["by_deadline"][string(timeSeqKey(item.Deadline, seq))] = true
		}
		if item.State == record.Pending {
			want["by_next"][string(timeSeqKey(item.NextAttempt, seq))] = true
		}
	}
	for name, rows := range want {
		got := map[string]bool{}
		err := j.viewRaw("test", func(s *snapshot) error {
			b, err := bucket(s, []byte(name))
			if err != nil {
				return err
			}
			return b.ForEach(func(k, _ []byte) error { got[string(k)] = true; return nil })
		})
		if err != nil || !maps.Equal(got, rows) {
			t.Fatalf("%s: got %d rows, want %d, or others: %v", name, len(got), len(rows), err)
		}
	}
}
