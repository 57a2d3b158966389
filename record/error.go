package record

import "errors"

// A Code classes an error for the edge of the program, which turns it into a
// French sentence, a next step and an exit code.
type Code string

// The codes. An error without one is Internal.
const (
	CodeInvalid     Code = "invalid"     // the input does not say what it should
	CodeNotFound    Code = "not_found"   // nothing of that name or identifier
	CodeConflict    Code = "conflict"    // somebody changed it meanwhile, or it exists already
	CodeUntrusted   Code = "untrusted"   // nobody vouches for it
	CodeExpired     Code = "expired"     // it was good once
	CodeLocked      Code = "locked"      // another program or a secret holds it
	CodeUnavailable Code = "unavailable" // not now: network, disk space
	CodeTooLarge    Code = "too_large"   // beyond a stated bound
	CodeInternal    Code = "internal"    // a defect of ours
)

// Error is an error with a class. Op names the operation in a few lower-case
// words ("open journal"); Reason is a stable key that the catalogue of sentences
// may refine Code with ("password", "no_patient"), or empty.
type Error struct {
	Code   Code
	Op     string
	Reason string
	Err    error
}

// Error tells the operation and its cause, from outside in.
func (e *Error) Error() string {
	s := e.Op
	if s == "" {
		s = string(e.Code)
	}
	if e.Err != nil {
		return s + ": " + e.Err.Error()
	}
	if e.Reason != "" {
		return s + ": " + e.Reason
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost [Error] in err's chain, or
// [CodeInternal].
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// ReasonOf returns the first reason that is set in err's chain, or "".
func ReasonOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Reason != "" {
			return e.Reason
		}
		err = e.Err
	}
	return ""
}
