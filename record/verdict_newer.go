package record

import "time"

// This file is the rule of the verdict "superseded": an authentic card
// is superseded when the journal has seen a newer one of the same person. A card is
// as new as its summary, whose update it carries, or else as its own issuing.

// ClockSlack is how far into the future a signed date may lie before it is no date
// to go by: a day covers every time zone and a clock that is a few hours wrong.
const ClockSlack = 24 * time.Hour

// CardSeen is the newest card of a person that a journal has seen. The zero value
// says that it has seen none.
type CardSeen struct {
	New time.Time `json:"new"` // how new the card was: the earliest instant that its date can mean
	At  time.Time `json:"at"`  // when the journal first saw a card as new as that
}

// Seen is what a journal remembers of a card that was read at now. ok is false for
// a card that must not make others look old: one that nobody vouches for, since
// whoever signs for himself writes any date, and one whose dates all lie in the
// future.
func (c CardRef) Seen(now time.Time) (seen CardSeen, ok bool) {
	first, _, ok := c.span(now)
	return CardSeen{New: first, At: now}, ok
}

// Newer reports whether s is surely newer than a card; the same instant is not, nor
// is a day against an hour of that day.
func (s CardSeen) Newer(than CardRef, now time.Time) bool {
	_, last, ok := than.span(now)
	return ok && s.New.After(last)
}

// span is between which instants the content of a believed card was true.
func (c CardRef) span(now time.Time) (first, last time.Time, ok bool) {
	switch c.Verdict {
	case Authentic, Stale, Superseded:
	default:
		return first, last, false
	}
	first, last = c.UpdatedAt.Time(), c.UpdatedAt.end()
	if first.IsZero() || c.UpdatedAt.InFuture(now) {
		first, last = c.Issued, c.Issued
	}
	return first, last, !first.IsZero() && !first.After(now.Add(ClockSlack))
}

// JudgeSeen turns an authentic or stale judgement of a card into a superseded one
// when a newer card was seen. The day is told as the location of seen.At has it.
func JudgeSeen(j Judgement, card CardRef, seen CardSeen, now time.Time) Judgement {
	card.Verdict = j.Verdict
	if j.Verdict != Authentic && j.Verdict != Stale || !seen.Newer(card, now) {
		return j
	}
	return Judgement{Verdict: Superseded, Detail: DayOf(seen.At).French()}
}
