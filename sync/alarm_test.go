package sync_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// telling collects notices, and keeps what was told as a disk would.
type telling struct {
	notices []outsync.Notice
	kept    map[string]outsync.Told
	fail    error
}

func (l *telling) alarm() *outsync.Alarm {
	a := &outsync.Alarm{
		Tell: func(_ context.Context, n outsync.Notice) error {
			if l.fail != nil {
				return l.fail
			}
			l.notices = append(l.notices, n)
			return nil
		},
		Keep: func(told map[string]outsync.Told) error { l.kept = told; return nil },
	}
	a.Remember(l.kept)
	return a
}

func (l *telling) levels() []outsync.Level {
	var list []outsync.Level
	for _, n := range l.notices {
		list = append(list, n.Level)
	}
	l.notices = nil
	return list
}

func owedAt(act time.Time, entry string, state record.DeliveryState) record.Item {
	return record.Item{Entry: entry, State: state, ActedAt: act, Deadline: act.Add(record.SyncWithin)}
}

var act = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Each level is told once, at its hour and not before, although each check is
// another process.
func TestAlarmTellsEachLevelOnce(t *testing.T) {
	var l telling
	items := []record.Item{owedAt(act, "a", record.Pending)}
	told := map[time.Duration][]outsync.Level{}
	for at := time.Duration(0); at < 60*time.Hour; at += 30 * time.Minute {
		if err := l.alarm().Check(t.Context(), items, act.Add(at)); err != nil {
			t.Fatal(err)
		}
		if levels := l.levels(); levels != nil {
			told[at] = levels
		}
	}
	want := map[time.Duration][]outsync.Level{
		24 * time.Hour: {outsync.After24h}, 36 * time.Hour: {outsync.After36h},
		44 * time.Hour: {outsync.After44h}, 48 * time.Hour: {outsync.Late},
	}
	if !maps.EqualFunc(told, want, slices.Equal) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// The program was off from the 20th to the 45th hour: one notice, of where things
// stand.
func TestAlarmAfterALongAbsence(t *testing.T) {
	var l telling
	items := []record.Item{owedAt(act, "a", record.Pending), owedAt(act.Add(time.Hour), "b", record.InFlight)}
	if err := l.alarm().Check(t.Context(), items, act.Add(20*time.Hour)); err != nil || l.levels() != nil {
		t.Fatalf("told too early (%v)", err)
	}
	if err := l.alarm().Check(t.Context(), items, act.Add(45*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(l.notices) != 1 || l.notices[0].Level != outsync.After44h || !slices.Equal(l.notices[0].Entries, []string{"a", "b"}) ||
		!l.notices[0].Oldest.Equal(items[0].Deadline) {
		t.Errorf("told %+v", l.notices)
	}
}

// A hook that fails is tried again; one that worked is not.
func TestAlarmTriesAgain(t *testing.T) {
	l := telling{fail: errors.New("no telephone")}
	items := []record.Item{owedAt(act, "a", record.Pending)}
	a := l.alarm()
	for range 3 {
		if err := a.Check(t.Context(), items, act.Add(25*time.Hour)); err == nil {
			t.Error("no error although nobody was told")
		}
	}
	l.fail = nil
	for range 3 {
		if err := a.Check(t.Context(), items, act.Add(25*time.Hour)); err != nil {
			t.Error(err)
		}
	}
	if got := l.levels(); !slices.Equal(got, []outsync.Level{outsync.After24h}) {
		t.Errorf("told %v", got)
	}
}

func TestAlarmOfEntriesThatNeedAPerson(t *testing.T) {
	var l telling
	check := func(state record.DeliveryState, after time.Duration) []outsync.Level {
		t.Helper()
		if err := l.alarm().Check(t.Context(), []record.Item{owedAt(act, "a", state)}, act.Add(after)); err != nil {
			t.Fatal(err)
		}
		return l.levels()
	}
	for _, c := range []struct {
		state record.DeliveryState
		after time.Duration
		want  []outsync.Level
	}{
		{record.Pending, time.Hour, nil},
		{record.Attention, 2 * time.Hour, []outsync.Level{outsync.NeedsHand}},
		{record.Attention, 3 * time.Hour, nil},
		{record.Attention, 25 * time.Hour, []outsync.Level{outsync.After24h}}, // it is not forgotten
		{record.Pending, 26 * time.Hour, nil},
		{record.Attention, 49 * time.Hour, []outsync.Level{outsync.Late, outsync.NeedsHand}}, // refused again
		{record.Attention, 25 * time.Hour, nil},                                              // the clock is set back
		{record.Cleared, 50 * time.Hour, nil},
	} {
		if got := check(c.state, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s after %v: told %v, want %v", c.state, c.after, got, c.want)
		}
	}
	if len(l.kept) != 0 {
		t.Errorf("still kept of a cleared entry: %v", l.kept)
	}
}
