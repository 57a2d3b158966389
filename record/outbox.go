package record

import (
	"errors"
	"time"
)

// DeliveryState is where an item of the outbox stands.
type DeliveryState string

// The states of an item. A draft owes nothing yet.
const (
	Draft     DeliveryState = "draft"
	Pending   DeliveryState = "pending"
	InFlight  DeliveryState = "in_flight" // sent or about to be; the outcome is not known
	Cleared   DeliveryState = "cleared"   // a receipt is held
	Attention DeliveryState = "attention" // a person must look at it
)

// EntryKind says what an entry of the journal is.
type EntryKind string

// The kinds of entries.
const (
	KindConsultation EntryKind = "consultation" // a note
	KindPhotograph   EntryKind = "photograph"   // of a consultation
	KindConsulted    EntryKind = "consulted"    // a card was opened
	KindCorrection   EntryKind = "correction"   // a note that replaces another
)

// Item is a debt of delivery: the outbox's view of one journal entry. Epoch
// counts the changes of the item, so that a change made from an old view of it
// fails instead of overwriting a newer one.
type Item struct {
	Entry       string
	State       DeliveryState
	Epoch       uint64
	ActedAt     time.Time
	Deadline    time.Time
	DocumentID  string
	Attempts    int
	StartedAt   time.Time // of the latest attempt
	NextAttempt time.Time // for a pending item, not before
	LastError   string    // the latest failure: a cause key, or the recipient's own words
	Receipt     Receipt
	Former      []Receipt // of before the recipient lost the document, if it did

	Kind        EntryKind
	Replaces    string // entry that a correction corrects
	Instead     bool   // the recipient refused that one: the correction is delivered in its place
	CorrectedBy string // entry of the correction, if there is one
	// Waits is derived: the entry that this one replaces is not at the recipient yet,
	// so that nothing may leave.
	Waits bool
	// Due is derived: the deadline by the clock on the wall of today, where a clock that
	// nobody can set has run since the act and the one on the wall was set meanwhile;
	// zero where there is none, or they agree.
	Due time.Time
}

// DueAt is when the 48 hours are over by the clock on the wall of today. Deadline stays
// what was noted at the act.
func (i Item) DueAt() time.Time {
	if !i.Due.IsZero() {
		return i.Due
	}
	return i.Deadline
}

// Late reports whether the item is or was cleared after its deadline.
func (i Item) Late(now time.Time) bool {
	if i.State == Cleared {
		return i.Receipt.At.After(i.Deadline)
	}
	return now.After(i.DueAt())
}

// Receipt is the proof that the recipient holds a document.
type Receipt struct {
	At       time.Time `json:"at,omitzero"`
	Location string    `json:"location,omitempty"` // of the DocumentReference at the recipient
	Via      string    `json:"via,omitempty"`      // "response" or "lookup"
	Server   string    `json:"server,omitempty"`   // base URL
	Proof    string    `json:"proof,omitempty"`    // signed by the recipient, of a document that came to it sealed
}

// ViaCorrection is how an entry was cleared that the recipient had refused, and whose
// correction it took instead: the receipt is the correction's.
const ViaCorrection = "correction"

// Empty reports whether there is no receipt.
func (r Receipt) Empty() bool { return r.Location == "" }

// Held is one document that a recipient says it has, as found by its unique id.
type Held struct {
	Location string
	SHA1     []byte // nil when the recipient does not publish it
	Size     int
	Status   string // current | superseded | …
	Proof    string // the recipient's signed receipt of a document that came sealed, or ""
}

// Outcome classes a failed delivery by what may be done next.
type Outcome string

// The outcomes.
const (
	// OutcomeUnavailable: nothing that speaks the contract answered, and nothing
	// was accepted. The endpoint's failure, not the entry's.
	OutcomeUnavailable Outcome = "unavailable"
	// OutcomeUnknown: the request may have had its effect. Look it up first.
	OutcomeUnknown Outcome = "unknown"
	// OutcomeBusy: the recipient asks to come back later.
	OutcomeBusy Outcome = "busy"
	// OutcomeRefused: the recipient refuses this entry and says why.
	OutcomeRefused Outcome = "refused"
	// OutcomeUnauthorized: the recipient refuses us, whatever we send.
	OutcomeUnauthorized Outcome = "unauthorized"
)

// DeliveryError is a failed delivery or look-up. Words are the recipient's own,
// bounded to 500 bytes, and may be shown to the person who signed the entry but
// never logged.
type DeliveryError struct {
	Outcome    Outcome
	Cause      string        // stable key: "no_answer", "html_answer", "cut", "status_503" …
	Words      string        // the recipient's own, from its OperationOutcome
	RetryAfter time.Duration // 0 when not said
	Err        error
}

// Error tells outcome and cause, without the recipient's words.
func (e *DeliveryError) Error() string {
	s := "deliver: " + string(e.Outcome)
	if e.Cause != "" {
		s += " (" + e.Cause + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Err }

// OutcomeOf classes an error from a transport. An error of another kind is
// unknown, the only class that can do no harm.
func OutcomeOf(err error) Outcome {
	var e *DeliveryError
	if errors.As(err, &e) {
		return e.Outcome
	}
	return OutcomeUnknown
}

// AttemptInfo is one try to deliver, as the journal keeps it.
type AttemptInfo struct {
	Number  int       `json:"number"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"` // an [Outcome], "cleared", or "" while it runs
	Cause   string    `json:"cause,omitempty"`
}
