package qr

import (
	"errors"
	"fmt"

	"github.com/skip2/go-qrcode"
)

// Role says what a symbol of a card is for.
type Role string

// The roles of symbols.
const (
	RoleEmergency Role = "emergency" // read by itself
	RoleFull      Role = "full"      // a part of everything else
	RoleParity    Role = "parity"    // replaces a full symbol that cannot be read
)

// ECC is the level of error correction of every symbol: it recovers 15 %.
const ECC = "M"

// Symbol is one QR code of a card.
type Symbol struct {
	Role Role
	// Index, from 1, and Of number the codes as they are printed: the emergency
	// code is 1 of 1, full and parity codes are numbered together.
	Index, Of int
	Text      string // in the characters of QR's alphanumeric mode
	Version   int    // 1 to 40, of the QR code that Modules draws
	ECC       string // "M"
}

var errVersion = errors.New("the symbol drawn is not the one announced")

// newSymbol finds the version of the QR code that text takes.
func newSymbol(role Role, index, of int, text string) (Symbol, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return Symbol{}, fmt.Errorf("draw symbol: %w", err)
	}
	return Symbol{Role: role, Index: index, Of: of, Text: text, Version: code.VersionNumber, ECC: ECC}, nil
}

// NewSymbol is the code of a text that is no card's, such as the one that teaches
// how a scanner types.
func NewSymbol(text string) (Symbol, error) { return newSymbol("", 1, 1, text) }

// Modules draws the symbol, row by row from the top, true for a dark module,
// without the quiet zone of 4 modules that paper must leave around it.
func (s Symbol) Modules() ([][]bool, error) {
	code, err := qrcode.NewWithForcedVersion(s.Text, s.Version, qrcode.Medium)
	if err != nil {
		// The library's message says how long the text is and nothing of it.
		return nil, fmt.Errorf("draw symbol: %w", err)
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	if len(modules) != 17+4*s.Version {
		return nil, errVersion
	}
	return modules, nil
}

// dataBits is what text takes in a QR code of the given version in alphanumeric
// mode (ISO/IEC 18004, 7.4.4): the mode indicator, the character count, eleven
// bits for two characters and six for an odd one.
func dataBits(text string, version int) int {
	count := 9
	switch {
	case version > 26:
		count = 13
	case version > 9:
		count = 11
	}
	return 4 + count + len(text)/2*11 + len(text)%2*6
}
