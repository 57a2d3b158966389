package sync

import "time"

// EventKind names what happened.
type EventKind string

// The kinds of events.
const (
	AttemptStarted EventKind = "attempt_started" // the request is about to leave
	AttemptEnded   EventKind = "attempt_ended"   // Cause is empty when the recipient took it
	LookedUp       EventKind = "lookup"          // Cause is what was found, or why nothing was learnt
	ClearedEvent   EventKind = "cleared"         // Cause is how: response or lookup
	HeldEvent      EventKind = "held"            // needs a person
	EndpointDown   EventKind = "endpoint_down"   // down, busy or unauthorized
	EndpointUp     EventKind = "endpoint_up"
	ClockWrong     EventKind = "clock_wrong"    // the practice's clock and the recipient's differ
	ClockRight     EventKind = "clock_right"    // they agree again
	JournalFailed  EventKind = "journal_failed" // the outbox could not be read or written; Cause is the error's code
)

// Event is one line of the timeline. It carries no identity and none of the
// recipient's words.
type Event struct {
	At     time.Time
	Entry  string // empty for the endpoint's and the journal's own
	Kind   EventKind
	Cause  string
	Number int // of the attempt, for an entry's events
}

// emit tells the observer, one event at a time.
func (w *Worker) emit(kind EventKind, entry, cause string, number int) {
	if w.OnEvent == nil {
		return
	}
	w.events.Lock()
	defer w.events.Unlock()
	w.OnEvent(Event{At: w.now(), Entry: entry, Kind: kind, Cause: cause, Number: number})
}
