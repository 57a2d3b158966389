package record

import (
	"io"
	"log/slog"
	"strings"
	"time"
)

// CardRef says which card was consulted and what was thought of it then.
type CardRef struct {
	ID        string    `json:"id,omitempty"` // lower-case hexadecimal
	Issuer    string    `json:"issuer,omitempty"`
	Issued    time.Time `json:"issued,omitzero"`
	UpdatedAt Date      `json:"updated_at,omitempty"` // of its summary
	Verdict   Verdict   `json:"verdict,omitempty"`
}

// Consultation is what a professional did and wrote. It is final: a correction is
// a new one.
type Consultation struct {
	ID      string    `json:"id"` // UUIDv7, also the journal entry's
	Patient Patient   `json:"patient"`
	Card    CardRef   `json:"card"`
	ActedAt time.Time `json:"acted_at"`
	Author  Author    `json:"author"`
	Note    string    `json:"note"`
	// Prescriptions and Orders (exams) are one a line, as they were written.
	Prescriptions []string `json:"prescriptions,omitempty"`
	Orders        []string `json:"orders,omitempty"`
	// Reason says why the card was opened although no consent held, "" where one did.
	Reason string `json:"reason,omitempty"`
}

// Text is all that was written, as it is read and delivered: the note, then what was
// prescribed and ordered, then the reason. It is the note alone, unchanged, where
// there is nothing else.
func (c Consultation) Text() string {
	var b strings.Builder
	b.WriteString(c.Note)
	list := func(title string, items ...string) {
		if len(items) == 0 {
			return
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(title + "\n- " + strings.Join(items, "\n- "))
	}
	list(titlePrescriptions, c.Prescriptions...)
	list(titleOrders, c.Orders...)
	if c.Reason != "" {
		list(titleOpenedFor, c.Reason)
	}
	return b.String()
}

// Consulted is that somebody opened a card: who, when, whose, which. It is recorded
// whether or not a note follows.
type Consulted struct {
	ID      string    `json:"id"` // UUIDv7, also the journal entry's
	Patient Patient   `json:"patient"`
	Card    CardRef   `json:"card"`
	At      time.Time `json:"at"`
	Author  Author    `json:"author"`
	Reason  string    `json:"reason,omitempty"` // why, where the consent had ended and one was asked for
}

// LogValue shows the identifier alone.
func (c Consulted) LogValue() slog.Value { return slog.StringValue(c.ID) }

// Deadline is the latest time by which the entry should be delivered.
func (c Consultation) Deadline() time.Time { return c.ActedAt.Add(SyncWithin) }

// LogValue shows the identifier alone.
func (c Consultation) LogValue() slog.Value { return slog.StringValue(c.ID) }

// Submission is the frozen form of what is delivered. Its bytes never change once
// it is recorded, so that sending them again is sending the same thing.
type Submission struct {
	DocumentID   string // urn:uuid: of the document, the unique id that look-ups use; of an event, whatever its maker says
	SubmissionID string // urn:uuid: of the submission set
	MediaType    string // of Body
	Body         []byte
	DocumentSHA1 []byte // 20 bytes: of the document inside Body, as the recipient publishes it
	DocumentSize int
	Entries      int // how many answers a complete response has
	// Attached is a document that Body lacks because it is large; nil when Body is
	// all there is.
	Attached *Attachment
}

// Attachment is a document that is kept beside the body that it belongs to, and
// read while it is sent. Its base64 belongs at the byte At of the body. Like the
// body it never changes.
type Attachment struct {
	At   int
	Size int64
	// Open gives the document's own bytes. It may be called several times.
	Open func() (io.ReadCloser, error)
}

// LogValue shows the document's identifier alone.
func (s Submission) LogValue() slog.Value { return slog.StringValue(s.DocumentID) }
