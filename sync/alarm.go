package sync

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Level is how pressing an entry is. The hours count from the act.
type Level string

// The levels, the most pressing last. An entry that needs a person is at a level by
// its deadline as well.
const (
	Calm      Level = ""
	NeedsHand Level = "attention" // it does not go on by itself
	After24h  Level = "24h"
	After36h  Level = "36h"
	After44h  Level = "44h"
	Late      Level = "late" // beyond 48 h
)

// thresholds say how long before its deadline an entry comes to a level.
var thresholds = []struct {
	level Level
	left  time.Duration
}{
	{After24h, record.SyncWithin - 24*time.Hour},
	{After36h, record.SyncWithin - 36*time.Hour},
	{After44h, record.SyncWithin - 44*time.Hour},
	{Late, 0},
}

// LevelOf is the level of an entry by its deadline. A cleared entry is calm.
func LevelOf(item record.Item, now time.Time) Level {
	level := Calm
	if item.State == record.Cleared {
		return level
	}
	for _, t := range thresholds {
		if !now.Before(item.DueAt().Add(-t.left)) {
			level = t.level
		}
	}
	return level
}

func (l Level) rank() int {
	return slices.IndexFunc(thresholds, func(t struct {
		level Level
		left  time.Duration
	}) bool {
		return t.level == l
	})
}

// Notice is something that a person has to be told: entries that have come to a
// level. It carries no identity, so that it can be shown, logged and sent on.
type Notice struct {
	Level   Level
	Entries []string  // the earliest deadline first
	Oldest  time.Time // the earliest deadline
}

// Pressing sums up what is owed, the most pressing level first: what a page shows
// as its banner. Calm entries are left out, and entries that need a person are told
// on their own as well.
func Pressing(items []record.Item, now time.Time) []Notice {
	items = slices.SortedFunc(slices.Values(items), func(a, b record.Item) int {
		return cmp.Or(a.DueAt().Compare(b.DueAt()), cmp.Compare(a.Entry, b.Entry))
	})
	of := make(map[Level]*Notice)
	add := func(level Level, item record.Item) {
		if of[level] == nil {
			of[level] = &Notice{Level: level, Oldest: item.DueAt()}
		}
		of[level].Entries = append(of[level].Entries, item.Entry)
	}
	for _, item := range items {
		if level := LevelOf(item, now); level != Calm {
			add(level, item)
		}
		if item.State == record.Attention {
			add(NeedsHand, item)
		}
	}
	list := make([]Notice, 0, len(of))
	for _, n := range of {
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b Notice) int { return cmp.Compare(b.Level.rank(), a.Level.rank()) })
	return list
}

// Told is what one way of telling has told of an entry.
type Told struct {
	Level Level `json:"level,omitempty"`
	Hand  bool  `json:"hand,omitempty"` // that it needs a person, since it last began to
}

// Alarm tells people which entries are running out of time: each entry once for each
// level that it is found at, whatever was told before a restart. A level that passed
// while nothing ran is told when something runs again; of several, the last.
//
// An entry counts as told when Tell has returned nil and Keep has kept it; a crash
// between the two tells twice, which is better than never.
type Alarm struct {
	// Tell tells a person, in one call for all entries that have come to a level. After
	// an error the same is tried again at the next Check.
	Tell func(context.Context, Notice) error
	// Keep writes down what was told, by entry, so that it survives the process.
	Keep func(map[string]Told) error

	mu   sync.Mutex
	told map[string]Told
}

// Remember gives the alarm what Keep was given last, in an earlier process.
func (a *Alarm) Remember(told map[string]Told) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = maps.Clone(told)
}

// Check tells what has become pressing among the items, which are all that is owed,
// what needs a person included.
func (a *Alarm) Check(ctx context.Context, items []record.Item, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told == nil {
		a.told = make(map[string]Told)
	}
	changed := a.forget(items)
	var errs []error
	for _, n := range Pressing(items, now) {
		n.Entries = slices.DeleteFunc(n.Entries, func(entry string) bool { return a.knows(entry, n.Level) })
		if len(n.Entries) == 0 {
			continue
		}
		if err := a.Tell(ctx, n); err != nil {
			errs = append(errs, err)
			continue
		}
		for _, entry := range n.Entries {
			t := a.told[entry]
			if n.Level == NeedsHand {
				t.Hand = true
			} else {
				t.Level = n.Level
			}
			a.told[entry] = t
		}
		changed = true
	}
	if changed {
		errs = append(errs, a.Keep(maps.Clone(a.told)))
	}
	return errors.Join(errs...)
}

// knows reports whether an entry was told at this level or a more pressing one: a
// clock that is set back does not tell everything again.
func (a *Alarm) knows(entry string, level Level) bool {
	t := a.told[entry]
	if level == NeedsHand {
		return t.Hand
	}
	return t.Level != Calm && t.Level.rank() >= level.rank()
}

// forget drops what is not owed any more, and that an entry needs a person when a
// person has dealt with it.
func (a *Alarm) forget(items []record.Item) (changed bool) {
	states := make(map[string]record.DeliveryState, len(items))
	for _, item := range items {
		states[item.Entry] = item.State
	}
	for entry, t := range a.told {
		state, owed := states[entry]
		switch {
		case !owed || state == record.Cleared:
			delete(a.told, entry)
			changed = true
		case t.Hand && state != record.Attention:
			t.Hand = false
			a.told[entry] = t
			changed = true
		}
	}
	return changed
}
