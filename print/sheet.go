package print

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Code is one symbol as it is printed: its words, its modules (rows of columns,
// true is dark, no quiet zone) and the width of its modules together. A SizeMM
// of zero, or one that no sheet can hold, means the usual size of its kind.
type Code struct {
	Caption string
	Modules [][]bool
	SizeMM  float64
}

// Sheet is what is printed for one patient.
type Sheet struct {
	// Summary is what the symbols carry, all of it or, when the full message is
	// encrypted, what the emergency symbol carries in clear. It is sorted.
	Summary   *record.Summary
	Emergency Code
	Full      []Code
	// Identity is the datamatrix of the national identity, by its modules alone; empty
	// for an identity that was not checked.
	Identity Code
	// Enough says how many of the full symbols a reader needs, whichever they
	// are; zero leaves the sentence about it out.
	Enough int
	// Locked says that the full symbols open with a patient code only. The code
	// itself never comes near this package: a sheet that carried it would protect
	// nothing.
	Locked bool
	// Withheld says that allergies and treatments are among what is locked, at the
	// person's wish: the sheet counts them and says how to come to them.
	Withheld bool
	// Issuer is who signed; of the kind "patient", without a name, when nobody
	// vouches for the sheet.
	Issuer    record.Issuer
	CardID    string
	PrintedAt time.Time // its location decides which day is printed
	// LeftOut is for the screen of the person who prints. It names what was
	// masked, so nothing of it ever reaches the paper.
	LeftOut []record.LeftOut
	Wallet  bool // add a card to cut out
}

// LogValue hides everything.
func (s Sheet) LogValue() slog.Value { return slog.StringValue("[sheet]") }

// Sizes in millimetres of the three kinds of symbol. They are what cameras were
// measured to read at arm's length; a smaller one is read less often.
const (
	emergencySize = 62
	fullSize      = 72
	fullSizeMin   = 70
	walletSize    = 54
	identityPitch = 0.6 // of the identity datamatrix, a module
	quietModules  = 4
)

// maxModules is the side of the largest QR symbol, version 40.
const maxModules = 177

var (
	errNoSummary = errors.New("there is no summary")
	errNoDate    = errors.New("there is no date of printing")
	errSymbol    = errors.New("a symbol is not a square of modules")
)

// Write makes the sheet as a PDF of A4 pages and writes it to w.
func Write(w io.Writer, s Sheet) error {
	if err := s.check(); err != nil {
		return err
	}
	faces, err := loadFaces()
	if err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "print sheet", Err: err}
	}
	if err := draw(w, docTitle, compose(s, faces), s.PrintedAt); err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "print sheet", Err: err}
	}
	return nil
}

func (s Sheet) check() error {
	fail := func(reason string, err error) error {
		return &record.Error{Code: record.CodeInvalid, Op: "print sheet", Reason: reason, Err: err}
	}
	if s.Summary == nil {
		return fail("no_summary", errNoSummary)
	}
	if s.PrintedAt.IsZero() {
		return fail("no_date", errNoDate)
	}
	codes := append([]Code{s.Emergency}, s.Full...)
	if len(s.Identity.Modules) > 0 {
		codes = append(codes, s.Identity)
	}
	for _, c := range codes {
		if !c.square() {
			return fail("symbol", errSymbol)
		}
	}
	return nil
}

// square reports whether the modules are those of a symbol.
func (c Code) square() bool {
	for _, row := range c.Modules {
		if len(row) != len(c.Modules) {
			return false
		}
	}
	return len(c.Modules) > 0 && len(c.Modules) <= maxModules
}

// size returns the printed width of the modules, or usual when the code's own
// size lies outside low..high.
func (c Code) size(low, high, usual float64) float64 {
	if c.SizeMM < low || c.SizeMM > high {
		return usual
	}
	return c.SizeMM
}

// quiet is the width of the white margin that a symbol of that size needs.
func (c Code) quiet(size float64) float64 {
	return size / float64(len(c.Modules)) * quietModules
}
