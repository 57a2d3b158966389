package web

import (
	"context"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Reader finds codes and judges them. Its methods may be called from several
// goroutines.
type Reader interface {
	// Picture returns the text of every symbol of a picture or a PDF. Texts that were
	// found before an error come with it. Where there is none and advise is set, advice
	// says in one sentence what to change.
	Picture(ctx context.Context, data []byte, advise bool) (texts []string, advice string, err error)
	// Typed returns the texts that a handheld scanner may have meant, likeliest first.
	Typed(t Typed) []string
	// Read joins texts into cards and judges them. code is the patient's, "" for
	// none; one that cannot be a code is an error.
	Read(ctx context.Context, texts []string, code string) ([]Reading, error)
}

// Typed is what arrived in the field for handheld scanners: the characters that the
// system made, and the keys that were pressed.
type Typed struct {
	Text string
	Keys []Key // empty without JavaScript
}

// Key is one key press: the physical key as the browser names it
// (KeyboardEvent.code, "KeyA"), the character that the layout made of it, and
// whether Shift was down.
type Key struct {
	Code  string `json:"c"`
	Made  string `json:"k"`
	Shift bool   `json:"s"`
}

// Reading is what some texts turned out to be: a card, or a code of somebody else.
type Reading struct {
	Card      bool // one of ours, whatever is thought of it
	Judgement record.Judgement
	Issuer    record.Issuer
	Ref       record.CardRef
	Complete  bool
	Locked    bool // the rest opens with the patient's code
	Withheld  bool // allergies and treatments are behind that code
	Declared  bool // nobody vouches for it
	Summary   *record.Summary
	Warnings  []string
	// Title and Facts are another's code in words; Verified says that its signature
	// was checked.
	Title    string
	Facts    []Fact
	Verified bool
	Texts    []string // that it rests on
}

// Fact is one line of somebody else's code.
type Fact struct{ Label, Value string }

// openable reports whether a consultation can rest on the reading: it may be
// believed and says whose it is.
func (r Reading) openable() bool {
	believed := r.Judgement.Verdict.Believed() || r.Judgement.Verdict == record.Incomplete
	return r.Card && r.Summary != nil && believed && r.Summary.Patient.Name() != ""
}

// Journal keeps what was done. Its methods return when the fact is on disk.
type Journal interface {
	// Opened makes an entry of a card that was opened. It is called again when more
	// codes of the card, or the patient's code, changed what is thought of it.
	Opened(ctx context.Context, o Opening) error
	// Sign makes an entry of the draft with the consultation's identifier, as c says it,
	// and of each of its photographs. The same consultation twice is one entry, and
	// duplicate is true.
	Sign(ctx context.Context, c record.Consultation, signedAt time.Time) (entry string, duplicate bool, err error)
}

// Draft is a consultation that is being written.
type Draft struct {
	Consultation record.Consultation
	Codes        []string // of the card that it is about
	SavedAt      time.Time
	Photographs  []record.Photograph
}

// Drafts keeps what is being written until it is signed, across a crash too. A draft
// that is not there is not_found; one that was signed is a conflict.
type Drafts interface {
	SaveDraft(ctx context.Context, d Draft) error
	Draft(ctx context.Context, id string) (Draft, error)
	// Drafts returns all of them. Those that can be read come with an error about others.
	Drafts(ctx context.Context) ([]Draft, error)
	DropDraft(ctx context.Context, id string) error
}

// Opening is who opened which card of whom, when, and why where a reason was asked.
type Opening struct {
	At      time.Time
	Author  record.Author
	Patient record.Patient
	Card    record.CardRef
	Reason  string
}

// Outbox tells what still owes a delivery.
type Outbox interface {
	Status(ctx context.Context) (Status, error)
	// Entries returns the entries that owe a delivery, the earliest deadline first,
	// and after them the latest that were delivered, as many as limit in all.
	Entries(ctx context.Context, limit int) ([]Entry, error)
	Entry(ctx context.Context, id string) (EntryDetail, error)
	// Requeue puts an entry that a person has looked at back among those to send.
	Requeue(ctx context.Context, id string) error
}

// Status sums the outbox up.
type Status struct {
	Waiting, Attention, Late int
	NextDeadline             time.Time // zero: none
	LastContact              time.Time // zero: never
	Delivers                 bool      // this program delivers, it has somewhere to
	DepositFails             bool      // the folder of the practice's software cannot be written to
}

// Entry is one line of the outbox.
type Entry struct {
	Item    record.Item
	Patient string
	From    string   // the machine that handed it over to this one; "" for one of its own
	Holders []Holder // other machines that have it, or may have
	Unsafe  bool     // its deadline is not safe, wherever it is
}

// Holder is another machine that an entry was handed over to.
type Holder struct {
	Name      string
	Given     time.Time // when it was made ready for that machine
	Taken     time.Time // when that machine took it; zero while nothing came back
	Attention bool      // its own delivery needs a person
}

// EntryDetail is one entry with what was written and each attempt.
type EntryDetail struct {
	Entry
	Consultation record.Consultation
	Reason       string // of a card that was opened: why, where one was asked for
	Attempts     []record.AttemptInfo
}

// Printer makes sheets.
type Printer interface {
	// Import reads a summary from a FHIR Bundle or our own JSON.
	Import(ctx context.Context, data []byte) (*record.Summary, []record.LeftOut, error)
	// Sheet signs a summary and lays it out.
	Sheet(ctx context.Context, s *record.Summary, o SheetOptions) (Sheet, error)
}

// SheetOptions is how a sheet is made. A declared card is vouched for by nobody.
type SheetOptions struct {
	At       time.Time
	Declared bool
	Code     bool // lock what the emergency code does not say behind a patient's code
	Wallet   bool
}

// Sheet is a finished sheet.
type Sheet struct {
	PDF      []byte
	Pages    [][]byte // PNG of each page, as far as they can be drawn
	Code     string   // the patient's, shown once
	Symbols  int
	LeftOut  []record.LeftOut
	Warnings []string
	Issuer   string // "" when declared
}

// Words are the entries of a summary in one line of French, as on paper.
type Words interface {
	Entry(s *record.Summary, id record.SectionID, i int, at time.Time) string
	Contact(c record.Contact) string
}
