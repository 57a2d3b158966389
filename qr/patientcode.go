package qr

import (
	"io"
	"log/slog"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// codeAlphabet is Crockford's base32: digits and capitals without I, L and O,
// which look like digits in handwriting, and without U.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	// codeLength is the number of characters of a code: 50 bits, which nobody
	// tries out through Argon2id, and no more than an old person copies without a
	// mistake.
	codeLength = 10
	codeGroup  = 5
	// maxTyped bounds, in bytes, what is looked at as a typed code.
	maxTyped = 64
)

// PatientCode opens the full message of a locked card. It is drawn at random and
// never chosen by a person: what people choose is guessed. Its zero value is no
// code. It does not show itself in logs or formatted text; [PatientCode.Grouped]
// does.
type PatientCode struct {
	text [codeLength]byte // in codeAlphabet
}

// NewPatientCode draws a code. random must be crypto/rand.Reader but in tests.
func NewPatientCode(random io.Reader) (*PatientCode, error) {
	c := new(PatientCode)
	if _, err := io.ReadFull(random, c.text[:]); err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: "draw patient code", Err: err}
	}
	for i, b := range c.text {
		c.text[i] = codeAlphabet[int(b)%len(codeAlphabet)] // 32 divides 256
	}
	return c, nil
}

// ParsePatientCode reads a code as people type it: in either case, with spaces and
// dashes anywhere, O for 0 and I or L for 1. The error never quotes what was
// typed.
func ParsePatientCode(typed string) (*PatientCode, error) {
	refused := &record.Error{Code: record.CodeInvalid, Op: "read patient code", Reason: "patient_code"}
	if len(typed) > maxTyped {
		return nil, refused
	}
	c, n := new(PatientCode), 0
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '\t', '\u00a0', '\u202f', '-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if n == codeLength || !strings.ContainsRune(codeAlphabet, r) {
			return nil, refused
		}
		c.text[n] = byte(r)
		n++
	}
	if n < codeLength {
		return nil, refused
	}
	return c, nil
}

// Grouped is the code as it is shown and written down, in two groups of five.
func (c PatientCode) Grouped() string {
	return string(c.text[:codeGroup]) + " " + string(c.text[codeGroup:])
}

// valid reports whether c came from one of the two functions above.
func (c PatientCode) valid() bool { return c.text[0] != 0 }

// String hides the code.
func (c PatientCode) String() string { return "[patient code]" }

// GoString hides the code.
func (c PatientCode) GoString() string { return c.String() }

// LogValue hides the code.
func (c PatientCode) LogValue() slog.Value { return slog.StringValue(c.String()) }
