package record

import (
	"errors"
	"regexp"
	"time"
)

// Date is a FHIR R4 dateTime (hl7.org/fhir/R4/datatypes.html#dateTime): a year,
// a month, a day, or an instant with its offset. "" means unknown. It is kept as
// text because its precision is part of what it says: "2009" is not
// "2009-01-01".
type Date string

var datePattern = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d))?)?)?$`)

var errDate = errors.New("not a date as FHIR writes them")

// ParseDate checks s. The empty string is a valid, unknown date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	if !datePattern.MatchString(s) {
		return "", &Error{Code: CodeInvalid, Op: "read date", Err: errDate}
	}
	if len(s) >= 10 {
		if _, err := time.Parse(time.DateOnly, s[:10]); err != nil {
			return "", &Error{Code: CodeInvalid, Op: "read date", Err: errDate}
		}
	}
	return Date(s), nil
}

// DateOf returns the instant t to the second, with its offset.
func DateOf(t time.Time) Date { return Date(t.Format(time.RFC3339)) }

// DayOf returns the calendar day of t in t's own location.
func DayOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Known reports whether d says anything.
func (d Date) Known() bool { return d != "" }

// Time returns the earliest instant that d can mean, in UTC where d carries no
// offset. The zero time stands for an unknown or malformed date.
func (d Date) Time() time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Latest returns the latest day that d can mean, so that a rule about age never
// calls something older than it may be.
func (d Date) Latest() time.Time {
	t := d.Time()
	switch len(d) {
	case 4:
		return t.AddDate(1, 0, -1)
	case 7:
		return t.AddDate(0, 1, -1)
	}
	return t
}

// end is the last instant that d can mean: a day lasts until its midnight.
func (d Date) end() time.Time {
	if t := d.Latest(); len(d) > len(time.DateOnly) || t.IsZero() {
		return t
	}
	return d.Latest().AddDate(0, 0, 1).Add(-1)
}

// InFuture reports whether all that d can mean lies more than [ClockSlack] after
// now: whoever wrote it, or this clock, is wrong.
func (d Date) InFuture(now time.Time) bool { return d.Time().After(now.Add(ClockSlack)) }

// French writes d as it is read in France: 2009, 03/2009, 14/03/2009. The time
// of day is left out.
func (d Date) French() string {
	t := d.Time()
	switch {
	case t.IsZero():
		return ""
	case len(d) == 4:
		return t.Format("2006")
	case len(d) == 7:
		return t.Format("01/2006")
	}
	return t.Format("02/01/2006")
}
