package sync

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Outbox is the journal as the worker sees it. All methods may be called from
// several goroutines, but the worker never has two calls under way for one entry.
//
// Every change of state is a compare-and-swap on the State and Epoch of the item
// given. When they are not the stored ones nothing changes and the error's code is
// [record.CodeConflict]: somebody else moved the item, and the worker leaves it
// alone until it has read it again. A change is durable before the method returns,
// and when the method fails it may or may not have happened: the worker relies on
// neither.
//
// The item returned is the stored one after the change, with its new Epoch.
type Outbox interface {
	// Waiting returns the items that are pending or in flight, earliest deadline
	// first, each with its Kind. Waits is set in those of corrections whose original is
	// not cleared yet; Begin refuses them, as a conflict.
	Waiting(ctx context.Context) ([]record.Item, error)

	// Submission returns the frozen bytes of an entry, the same ones each time.
	// An error with code invalid, untrusted or not_found says that they are lost
	// or altered: it is final, and the entry goes to a person. Other errors are
	// tried again.
	Submission(ctx context.Context, entry string) (record.Submission, error)

	// Begin moves a pending item to in_flight, counts the attempt and notes at as
	// its start. Nothing is sent for an entry before Begin has returned.
	Begin(ctx context.Context, item record.Item, at time.Time) (record.Item, error)

	// Clear moves an item from in_flight to cleared and keeps the receipt, which
	// is never empty.
	Clear(ctx context.Context, item record.Item, r record.Receipt) (record.Item, error)

	// Retry moves an item from in_flight back to pending, when it is known that
	// the recipient took nothing. The attempt ended at at; the next one is due at
	// next, which is honoured as long as it is not further away than the worker's
	// own longest pause. Cause is a stable key.
	Retry(ctx context.Context, item record.Item, at, next time.Time, cause string) (record.Item, error)

	// Unknown keeps an item in flight and closes the record of its attempt: the
	// request is over here, and what became of it there is not known. Clear, Retry
	// or Hold follow later for the same attempt.
	Unknown(ctx context.Context, item record.Item, at time.Time, cause string) (record.Item, error)

	// Hold moves an item from in_flight to attention. Words are the recipient's
	// own, for the person who signed the entry, or empty.
	Hold(ctx context.Context, item record.Item, at time.Time, cause, words string) (record.Item, error)
}

// Dated is a [Transport] that knows what time it is at the recipient. It may be called
// from several goroutines.
type Dated interface {
	// Date returns the recipient's clock in its latest answer, and ours at that moment,
	// with its monotonic reading; zero times when no answer told it.
	Date() (theirs, ours time.Time)
}

// Transport is the way to one recipient. All methods may be called from several
// goroutines, for different entries. They return soon after the context is done.
//
// Their errors are *[record.DeliveryError]; any other error counts as
// [record.OutcomeUnknown], which costs a look-up and harms nothing. Only
// [record.OutcomeRefused] is final, and it is final for that entry alone.
type Transport interface {
	// Submit sends the submission's bytes as they are and reads the whole answer.
	// It reads what is attached while it sends it, a few kilobytes ahead at most: the
	// worker holds a photograph back, for seconds, by not giving the next bytes.
	// It does not repeat anything by itself. A nil error means that the recipient
	// says it holds every part, and the receipt then has a location.
	//
	// Sending the same bytes again has no second effect at a correct recipient,
	// because they carry a condition on the unique identifier; the worker does not
	// rely on that alone.
	//
	// Unavailable, busy and unauthorized are promises that nothing was taken. The
	// causes "no_answer" and "tls" say more, that no byte of the request has left, and
	// busy with a RetryAfter, that the recipient declined before it did anything: such
	// a request is repeated without a look-up. When
	// the request may have reached a recipient that may have acted on it, the
	// outcome is unknown; a RetryAfter is then the wish of who stands before it, which
	// is kept before the look-up. Refused needs the authenticated recipient's own words.
	Submit(ctx context.Context, s record.Submission) (record.Receipt, error)

	// Lookup returns every document that the recipient holds under the unique
	// identifier, whatever its status, and an empty slice when it says that there
	// is none. It never answers from a cache, and never takes a failure or a page
	// that does not speak the contract for "none".
	Lookup(ctx context.Context, documentID string) ([]record.Held, error)

	// Probe asks, as cheaply as possible and without any effect, whether the
	// recipient would answer.
	Probe(ctx context.Context) error
}
