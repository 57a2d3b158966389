package wedge

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// Reasons of errors that [Learn] and [Parse] give.
const (
	ReasonCalibration = "wedge_calibration" // not what the calibration code can become
	ReasonTable       = "wedge_table"       // a stored table that is none
)

// Learn finds the table of the scanner and computer that typed line for the
// calibration code: one of the computed tables when one explains it, else one of its
// own, which holds for the characters of codes and nothing else.
func Learn(line string) (Table, error) {
	line = strip(line)
	if len(line) > maxTyped {
		return Table{}, notCalibration(errors.New("too long"))
	}
	for _, t := range computed() {
		for _, text := range t.readings(line) {
			if bare, _ := cutAIM(text); bare == Calibration {
				return t, nil
			}
		}
	}
	return learnt(line)
}

// learnt is the table of a line of which each character stands for the one at its
// place.
func learnt(line string) (Table, error) {
	t := Table{plain: map[rune]rune{}, dead: map[rune]rune{}}
	if !utf8.ValidString(line) || utf8.RuneCountInString(line) != len(Calibration) {
		return t, notCalibration(errors.New("not one character for each of the code's"))
	}
	at := 0
	for _, typed := range line {
		if _, twice := t.plain[typed]; twice {
			return t, notCalibration(errors.New("one character for two of the code's"))
		}
		t.plain[typed] = rune(Calibration[at])
		at++
	}
	return t, nil
}

// String is the table in a form that [Parse] takes: its id, or what is typed for the
// calibration code.
func (t Table) String() string {
	if t.ID != "" {
		return t.ID
	}
	typed := map[rune]rune{}
	for r, meant := range t.plain {
		typed[meant] = r
	}
	var b strings.Builder
	for _, meant := range Calibration {
		b.WriteRune(typed[meant])
	}
	return b.String()
}

// Parse returns the table that String wrote.
func Parse(s string) (Table, error) {
	for _, t := range computed() {
		if t.ID == s {
			return t, nil
		}
	}
	t, err := learnt(s)
	if err != nil {
		return Table{}, &record.Error{Code: record.CodeInvalid, Op: "read table", Reason: ReasonTable, Err: err}
	}
	return t, nil
}

func notCalibration(err error) error {
	return &record.Error{Code: record.CodeInvalid, Op: "learn scanner", Reason: ReasonCalibration, Err: err}
}
