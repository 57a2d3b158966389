package simulation

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Length is how long a simulation lasts, in the time of a computer that is awake.
const Length = 48 * time.Hour

// enough is the open line that makes an entry eligible.
const enough = 120 * time.Second

// lineState is what a request meets.
type lineState string

const (
	lineOpen         lineState = "open"
	lineDead         lineState = "dead"         // refused at once: no route, no name
	lineSilent       lineState = "silent"       // nothing comes back until the client gives up
	linePortal       lineState = "portal"       // a page instead of an answer
	lineBusy         lineState = "busy"         // the recipient says 503 and for how long
	lineUnauthorized lineState = "unauthorized" // the recipient says 401
)

// stretch is a time in which the line stays as it is.
type stretch struct {
	from, to time.Duration
	state    lineState
	rate     int // bytes a second, when open
}

// span is a time since the start.
type span struct{ from, to time.Duration }

// entry is one consultation's note, one photograph, or a note that corrects another.
type entry struct {
	name      string
	act       time.Duration // negative for what waits at the start
	size      int           // of the compressed bytes
	acceptsAt time.Duration // before it, the recipient refuses this entry
	photo     bool
	corrects  string // name of what it corrects, or ""
}

// jump sets the clock on the wall: from at on it is wrong by skew.
type jump struct{ at, skew time.Duration }

// nap is the computer asleep: at, in its own time, for length.
type nap struct{ at, length time.Duration }

// World is what one seed makes.
type World struct {
	Seed uint64

	line    []stretch // from 0 to Length, without gaps
	off     []span    // the computer has no power
	crashes []time.Duration
	jumps   []jump
	naps    []nap
	entries []entry

	latency       time.Duration // of a round trip
	cuts          float64       // probability that a request is cut in an open window
	unconditional bool          // the recipient ignores the condition on the identifier
	indexLag      time.Duration
	tags          []string
}

// New makes the world of a seed.
func New(seed uint64) *World {
	r := rand.New(rand.NewPCG(seed, 48))
	w := &World{Seed: seed}
	w.makeLine(r)
	w.makeComputer(r)
	w.makeEntries(r)
	w.latency = time.Duration(60+r.IntN(2400)) * time.Millisecond
	if w.cuts = pick(r, 0, 0, 0.05, 0.15, 0.35); w.cuts > 0 {
		w.tag("cuts")
	}
	// Where the clock lies between a crash and the next start, a request of unknown
	// outcome may not have rested long enough; only the condition covers that.
	w.unconditional = len(w.jumps) == 0 && len(w.naps) == 0 && r.IntN(2) == 0
	w.indexLag = pick(r, 0, 0, 300*time.Millisecond, 1500*time.Millisecond)
	return w
}

func (w *World) tag(tag string) { w.tags = append(w.tags, tag) }

// makeLine draws mean times up and down over orders of magnitude, from two hours in
// one piece to less than a minute a few times a day.
func (w *World) makeLine(r *rand.Rand) {
	up := pick(r, 45*time.Second, 150*time.Second, 6*time.Minute, 30*time.Minute, 2*time.Hour)
	down := pick(r, 4*time.Minute, 30*time.Minute, 3*time.Hour, 10*time.Hour)
	rate := pick(r, 2_000, 8_000, 30_000, 125_000, 1_000_000)
	closed := pick(r, lineDead, lineDead, lineSilent, linePortal)
	trouble := pick(r, "", "", "", lineBusy, lineUnauthorized)
	if rate <= 8_000 {
		w.tag("throttled")
	}
	w.tag(string(closed))
	if trouble != "" {
		w.tag(string(trouble))
	}
	if down >= 100*up {
		w.tag("rare")
	}
	at := time.Duration(0)
	add := func(length time.Duration, state lineState, rate int) {
		to := min(at+length, Length)
		if to > at {
			w.line = append(w.line, stretch{at, to, state, rate})
		}
		at = to
	}
	for add(exp(r, down), closed, 0); at < Length; add(exp(r, down), closed, 0) {
		if trouble != "" && r.IntN(4) == 0 {
			add(exp(r, 3*time.Minute), trouble, 0)
		}
		add(exp(r, up), lineOpen, rate/2+r.IntN(rate/2))
	}
}

// makeComputer draws what happens to the computer itself.
func (w *World) makeComputer(r *rand.Rand) {
	often := func(mean time.Duration, each func(at time.Duration)) {
		for at := exp(r, mean); mean > 0 && at < Length; at += exp(r, mean) {
			each(at)
		}
	}
	crash := pick(r, 0, 0, 12*time.Hour, 2*time.Hour)
	often(crash, func(at time.Duration) { w.crashes = append(w.crashes, at) })
	power := pick(r, 0, 0, 0, 14*time.Hour)
	often(power, func(at time.Duration) {
		if n := len(w.off); n == 0 || w.off[n-1].to < at {
			w.off = append(w.off, span{at, min(at+exp(r, 90*time.Minute), Length)})
		}
	})
	sleep := pick(r, 0, 0, 0, 10*time.Hour)
	often(sleep, func(at time.Duration) { w.naps = append(w.naps, nap{at, exp(r, 3*time.Hour)}) })
	clock := pick(r, 0, 0, 9*time.Hour)
	const years = 10 * 365 * 24 * time.Hour
	often(clock, func(at time.Duration) {
		w.jumps = append(w.jumps, jump{at, pick(r, 0, 0, years, -years, time.Hour, -time.Hour, -3*time.Minute, 5*time.Minute)})
	})
	for tag, n := range map[string]int{"crashes": len(w.crashes), "off": len(w.off), "naps": len(w.naps), "clock": len(w.jumps)} {
		if n > 0 {
			w.tag(tag)
		}
	}
	slices.Sort(w.tags)
}

// makeEntries draws notes, most of them signed during the simulation, and a few
// photographs.
func (w *World) makeEntries(r *rand.Rand) {
	refusing := r.IntN(6) == 0
	if refusing {
		w.tag("refusals")
	}
	for i := range 20 + r.IntN(30) {
		e := entry{act: time.Duration(r.Int64N(int64(Length))), size: 700 + r.IntN(5300), acceptsAt: -Length}
		if i%3 == 0 {
			e.act = -time.Duration(r.Int64N(int64(40 * time.Hour)))
		}
		if r.IntN(12) == 0 {
			e.photo, e.size = true, int(exp(r, 400*time.Second)/time.Millisecond) // 400 kB on average
		}
		if refusing && r.IntN(8) == 0 {
			e.acceptsAt = time.Duration(r.Int64N(int64(20 * time.Hour)))
		}
		w.entries = append(w.entries, e)
	}
	slices.SortFunc(w.entries, func(a, b entry) int { return cmp.Compare(a.act, b.act) })
	for i := range w.entries {
		w.entries[i].name = entryName(i)
	}
	// One note in ten is corrected, hours later or at once: on its way, or delivered.
	for _, e := range w.entries {
		if !e.photo && e.acceptsAt < 0 && r.IntN(10) == 0 {
			c := entry{name: entryName(len(w.entries)), act: max(e.act, 0) + time.Duration(r.Int64N(int64(6*time.Hour))),
				size: 700 + r.IntN(5300), acceptsAt: -Length, corrects: e.name}
			if c.act < Length {
				w.entries = append(w.entries, c)
			}
		}
	}
}

// real is the time that has passed for everybody else, naps included.
func (w *World) real(awake time.Duration) time.Duration {
	for _, n := range w.naps {
		if n.at <= awake {
			awake += n.length
		}
	}
	return awake
}

// judged is when an entry is judged: at its deadline or at the end of the
// simulation, in the computer's own time.
func (w *World) judged(e entry) time.Duration {
	due, slept := w.real(e.act)+record.SyncWithin, time.Duration(0)
	for _, n := range w.naps {
		begins := n.at + slept
		if begins >= due {
			break
		}
		if begins+n.length >= due {
			return n.at
		}
		slept += n.length
	}
	return min(due-slept, Length)
}

// eligible reports whether the line allowed an entry: between its act and its
// deadline, with the computer on, there was at least one piece of open line, 120
// seconds long or more, in which its bytes fit at the rate of that piece. An entry
// that the recipient refuses has it only from an hour after the recipient would
// take it, when a person has seen to it.
func (w *World) eligible(e entry) bool {
	begin, end := max(e.act, 0), w.judged(e)
	if e.acceptsAt > 0 {
		begin = max(begin, e.acceptsAt+personEvery)
	}
	for _, s := range w.line {
		if s.state != lineOpen {
			continue
		}
		for _, piece := range w.powered(max(s.from, begin), min(s.to, end)) {
			length := piece.to - piece.from
			if length >= enough && time.Duration(e.size)*time.Second/time.Duration(s.rate) <= length {
				return true
			}
		}
	}
	return false
}

// powered cuts the times without power out of a span.
func (w *World) powered(from, to time.Duration) []span {
	var pieces []span
	for _, off := range w.off {
		if off.to <= from || off.from >= to {
			continue
		}
		if off.from > from {
			pieces = append(pieces, span{from, off.from})
		}
		from = off.to
	}
	if from < to {
		pieces = append(pieces, span{from, to})
	}
	return pieces
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func exp(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64()*float64(mean)) + time.Second
}
