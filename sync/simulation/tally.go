package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Tally counts what came of entries.
type Tally struct {
	Entries  int
	Eligible int    // those that the line allowed
	InTime   int    // of the eligible ones, those cleared in time
	Beyond   int    // cleared in time although the line did not owe it
	Photos   [2]int // eligible photographs, and those missed
	Requests int
	Calls    int // of the worker, to the outbox and to the line
	MaxCalls int // the most of one simulation, in hundredths of what is allowed

	// Tags counts eligible entries and those missed by what their world had;
	// Missed counts the missed ones by where they stood at the end.
	Tags   map[string][2]int
	Missed map[string]int
}

// tally judges every entry. It is called after the good ending, and adds to errs
// what is not as it must be then.
func (r *run) tally() Tally {
	w := r.world
	t := Tally{Tags: make(map[string][2]int), Missed: make(map[string]int), Requests: r.route.requests}
	t.MaxCalls = 100 * r.calls / r.mostCalls()
	for _, e := range w.entries {
		item := r.outbox.Item(e.name)
		if item.State != record.Cleared {
			r.wrong("%s ends %s (%s) although the line is good", e.name, item.State, item.LastError)
		} else {
			r.clears(item)
		}
		at, ok := r.cleared[e.name]
		inTime := ok && at <= w.judged(e)
		t.Entries++
		switch {
		case !w.eligible(e) && inTime:
			t.Beyond++
		case !w.eligible(e):
		case inTime:
			t.Eligible++
			t.InTime++
			t.count(e, w.tags, 0)
		default:
			t.Eligible++
			t.count(e, w.tags, 1)
			t.Missed[w.why(e, item)]++
		}
	}
	return t
}

func (t *Tally) count(e entry, tags []string, missed int) {
	if e.photo {
		t.Photos[0]++
		t.Photos[1] += missed
	}
	for _, tag := range tags {
		n := t.Tags[tag]
		t.Tags[tag] = [2]int{n[0] + 1, n[1] + missed}
	}
}

// why describes an entry that was missed.
func (w *World) why(e entry, item record.Item) string {
	begin, end := max(e.act, 0), w.judged(e)
	if e.acceptsAt > 0 {
		begin = max(begin, e.acceptsAt+personEvery)
	}
	var longest, total time.Duration
	for _, s := range w.line {
		if s.state != lineOpen {
			continue
		}
		for _, piece := range w.powered(max(s.from, begin), min(s.to, end)) {
			longest = max(longest, piece.to-piece.from)
			total += piece.to - piece.from
		}
	}
	kind := "note"
	if e.photo {
		kind = "photograph"
	}
	switch {
	case longest < enough+time.Minute:
		return kind + ", no opening beyond 3 minutes"
	case total < 10*time.Minute:
		return kind + ", less than 10 minutes of line in all"
	case item.Attempts > 3:
		return kind + ", tried often"
	}
	return kind + ", other"
}

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	t.Entries += o.Entries
	t.Eligible += o.Eligible
	t.InTime += o.InTime
	t.Beyond += o.Beyond
	t.Requests += o.Requests
	t.Calls += o.Calls
	t.MaxCalls = max(t.MaxCalls, o.MaxCalls)
	t.Photos[0], t.Photos[1] = t.Photos[0]+o.Photos[0], t.Photos[1]+o.Photos[1]
	if t.Tags == nil {
		t.Tags, t.Missed = make(map[string][2]int), make(map[string]int)
	}
	for tag, n := range o.Tags {
		t.Tags[tag] = [2]int{t.Tags[tag][0] + n[0], t.Tags[tag][1] + n[1]}
	}
	for why, n := range o.Missed {
		t.Missed[why] += n
	}
}

// PhotoRate is the same of photographs alone.
func (t Tally) PhotoRate() float64 { return 1 - float64(t.Photos[1])/float64(max(t.Photos[0], 1)) }

// Rate is the part of the eligible entries that were cleared in time.
func (t Tally) Rate() float64 { return float64(t.InTime) / float64(max(t.Eligible, 1)) }

// String is the report.
func (t Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d entries: %d eligible, of which cleared in time %d (%.2f %%) and missed %d; %d ineligible, of which cleared in time all the same %d\n",
		t.Entries, t.Eligible, t.InTime, 100*t.Rate(), t.Eligible-t.InTime, t.Entries-t.Eligible, t.Beyond)
	fmt.Fprintf(&b, "%d requests, %d calls of the worker; the busiest simulation made %d %% of the calls that it is allowed\n",
		t.Requests, t.Calls, t.MaxCalls)
	fmt.Fprintf(&b, "photographs: %d eligible, %d missed (%.2f %% in time)\n", t.Photos[0], t.Photos[1], 100*t.PhotoRate())
	for _, why := range slices.Sorted(maps.Keys(t.Missed)) {
		fmt.Fprintf(&b, "  missed %6d: %s\n", t.Missed[why], why)
	}
	for _, tag := range slices.Sorted(maps.Keys(t.Tags)) {
		n := t.Tags[tag]
		fmt.Fprintf(&b, "  worlds with %-13s %7d eligible, %5d missed (%.2f %%)\n", tag, n[0], n[1], 100*float64(n[1])/float64(n[0]))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
