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
		if m.items[id].Kind == record.KindConsultation && m.notes[id] == note && m.acted[id].Sub(at).Abs() <= sameWithin {
			return id
		}
	}
	return ""
}

// waits is whether a correction has to wait for what it replaces.
func (m *model) waits(i record.Item) bool {
	return i.Replaces != "" && !i.Instead && i.State != record.Cleared && m.items[i.Replaces].State != record.Cleared
}

// add is an entry that the journal has taken.
func (m *model) add(kind record.EntryKind, c record.Consultation, s record.Submission) record.Item {
	m.order = append(m.order, c.ID)
	m.notes[c.ID], m.acted[c.ID], m.body[c.ID] = c.Note, c.ActedAt, string(s.Body)
	m.items[c.ID] = record.Item{Entry: c.ID, State: record.Pending, Epoch: 1, ActedAt: c.ActedAt, Deadline: c.Deadline(), DocumentID: s.DocumentID, Kind: kind}
	return m.items[c.ID]
}

// correct is a correction and what must come of it.
func (m *model) correct(t *rapid.T, j *Journal, of Correction, c record.Consultation) {
	s := submission(c)
	now := m.items[of.Of.Entry]
	got, duplicate, err := j.Correct(ctx, of, c, s)
	refused := func(code record.Code, reason string) {
		if record.CodeOf(err) != code || record.ReasonOf(err) != reason {
			t.Fatalf("correct %+v of %+v: got %v, want %s", of, now, err, reason)
		}
	}
	switch {
	case of.Instead && of.Of.State != record.Attention:
		refused(record.CodeConflict, ReasonWrongState)
	case now.CorrectedBy != "" && m.notes[now.CorrectedBy] == c.Note:
		if err != nil || !duplicate || got != now.CorrectedBy {
			t.Fatalf("the same correction: got %q, %v, %v", got, duplicate, err)
		}
	case now.CorrectedBy != "":
		refused(record.CodeConflict, ReasonCorrected)
	case now.Kind == record.KindConsulted:
		refused(record.CodeInvalid, ReasonNotCorrectable)
	case now.State != of.Of.State || now.Epoch != of.Of.Epoch:
		refused(record.CodeConflict, ReasonStaleItem)
	default:
		if err != nil || duplicate || got != c.ID {
			t.Fatalf("correct: got %q, %v, %v", got, duplicate, err)
		}
		item := m.add(record.KindCorrection, c, s)
		item.Replaces, item.Instead = now.Entry, of.Instead
		now.CorrectedBy = c.ID
		m.items[c.ID], m.items[now.Entry] = item, now
	}
}

func equalItems(a, b record.Item) bool {
	return a.Entry == b.Entry && a.State == b.State && a.Epoch == b.Epoch && a.Attempts == b.Attempts &&
		a.DocumentID == b.DocumentID && a.LastError == b.LastError && a.ActedAt.Equal(b.ActedAt) &&
		a.Deadline.Equal(b.Deadline) && a.StartedAt.Equal(b.StartedAt) && a.NextAttempt.Equal(b.NextAttempt) &&
		a.Kind == b.Kind && a.Replaces == b.Replaces && a.Instead == b.Instead && a.CorrectedBy == b.CorrectedBy &&
		a.Receipt.Location == b.Receipt.Location && a.Receipt.Via == b.Receipt.Via && a.Receipt.At.Equal(b.Receipt.At)
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
		move := func(t *rapid.T, from record.DeliveryState, refuses func(record.Item) bool, do func(record.Item) (record.Item, error), apply func(*record.Item)) {
			if len(m.order) == 0 {
				return // t.Skip would make rapid take fewer steps
			}
			seen := view(t, from)
			now := m.items[seen.Entry]
			got, err := do(seen)
			if seen.State != from || seen.Epoch != now.Epoch || refuses != nil && refuses(now) {
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
				m.add(record.KindConsultation, c, s)
			},
			"consulted": func(t *rapid.T) {
				c := consultation("", at(t))
				o := record.Consulted{ID: c.ID, Patient: c.Patient, Card: c.Card, At: c.ActedAt, Author: c.Author, Reason: "urgence"}
				s := submission(c)
				for _, again := range []bool{false, true} {
					if id, duplicate, err := j.RecordConsulted(ctx, o, s); err != nil || id != c.ID || duplicate != again {
						t.Fatalf("consulted: got %q, %v, %v", id, duplicate, err)
					}
				}
				if got, err := j.Consulted(ctx, c.ID); err != nil || got.Reason != o.Reason || got.Card.ID != o.Card.ID {
					t.Fatalf("consulted: got %+v, %v", got, err)
				}
				m.add(record.KindConsulted, c, s)
			},
			"correct": func(t *rapid.T) {
				if len(m.order) == 0 {
					return
				}
				of := view(t, record.DeliveryState(rapid.SampledFrom([]string{"pending", "in_flight", "cleared", "attention"}).Draw(t, "from")))
				note := fmt.Sprint("correction ", rapid.IntRange(0, 1).Draw(t, "note"))
				m.correct(t, j, Correction{of, rapid.Bool().Draw(t, "instead")}, consultation(note, at(t)))
			},
			"begin": func(t *rapid.T) {
				at := at(t)
				move(t, record.Pending, m.waits, func(i record.Item) (record.Item, error) { return j.Begin(ctx, i, at) }, func(i *record.Item) {
					i.State, i.StartedAt, i.NextAttempt, i.Attempts = record.InFlight, at, time.Time{}, i.Attempts+1
				})
			},
			"clear": func(t *rapid.T) {
				r := record.Receipt{At: at(t), Location: "x"}
				move(t, record.InFlight, nil, func(i record.Item) (record.Item, error) { return j.Clear(ctx, i, r) }, func(i *record.Item) {
					i.State, i.Receipt = record.Cleared, r
					for by := *i; by.Instead; by = m.items[by.Replaces] {
						first := m.items[by.Replaces]
						if first.State != record.Attention {
							t.Fatalf("%+v was sent although its correction is", first)
						}
						m.stale = append(m.stale, first)
						first.State, first.Epoch, first.Receipt = record.Cleared, first.Epoch+1, r
						first.Receipt.Via = record.ViaCorrection
						m.items[first.Entry] = first
					}
				})
			},
			"retry": func(t *rapid.T) {
				at, next := at(t), at(t)
				move(t, record.InFlight, nil, func(i record.Item) (record.Item, error) { return j.Retry(ctx, i, at, next, "no_answer") }, func(i *record.Item) {
					i.State, i.NextAttempt, i.LastError = record.Pending, next, "no_answer"
				})
			},
			"unknown": func(t *rapid.T) {
				at := at(t)
				move(t, record.InFlight, nil, func(i record.Item) (record.Item, error) { return j.Unknown(ctx, i, at, "cut") }, func(i *record.Item) {
					i.LastError = "cut"
				})
			},
			"hold": func(t *rapid.T) {
				at := at(t)
				move(t, record.InFlight, nil, func(i record.Item) (record.Item, error) { return j.Hold(ctx, i, at, "status_422", "non") }, func(i *record.Item) {
					i.State, i.LastError = record.Attention, "non"
				})
			},
			"requeue": func(t *rapid.T) {
				given := func(i record.Item) bool { return i.CorrectedBy != "" && m.items[i.CorrectedBy].Instead }
				move(t, record.Attention, given, func(i record.Item) (record.Item, error) { return j.Requeue(ctx, i) }, func(i *record.Item) {
					i.State, i.NextAttempt = record.Pending, time.Time{}
				})
			},
			"recover": func(t *rapid.T) {
				given := func(i record.Item) bool { return i.Receipt.Via == record.ViaCorrection }
				move(t, record.Cleared, given, func(i record.Item) (record.Item, error) { return j.Recover(ctx, i) }, func(i *record.Item) {
					i.State, i.Receipt, i.LastError = record.InFlight, record.Receipt{}, CauseLostThere
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
		if e.ID != m.order[i] || !equalItems(e.Item, m.items[e.ID]) || e.Item.Waits != m.waits(m.items[e.ID]) || e.Kind != m.items[e.ID].Kind {
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
