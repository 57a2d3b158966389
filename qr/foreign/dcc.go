package foreign

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// The groups of a COVID certificate, of which it has exactly one.
const (
	groupVaccination = "v"
	groupTest        = "t"
	groupRecovery    = "r"
)

// dcc is an EU Digital COVID Certificate (eu-dcc-schema 1.0.0 to 1.3.0).
type dcc struct {
	family, given, familyICAO, givenICAO string
	birth                                record.Date
	kind                                 string
	entries                              []map[string]any
}

var (
	errDCC = errors.New("not an EU Digital COVID Certificate")

	dccVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	dccBirth   = regexp.MustCompile(`^((19|20)\d\d(-\d\d(-\d\d)?)?)?$`)
	dccICAO    = regexp.MustCompile(`^[A-Z<]*$`)
	dccCountry = regexp.MustCompile(`^[A-Z]{0,10}$`)
)

// required are the members that each group's entry has.
var required = map[string][]string{
	groupVaccination: {"tg", "vp", "mp", "ma", "dn", "sd", "dt", "co", "is", "ci"},
	groupTest:        {"tg", "tt", "sc", "tr", "tc", "co", "is", "ci"},
	groupRecovery:    {"tg", "fr", "co", "is", "df", "du", "ci"},
}

// dates are the members that hold a day or an instant.
var dates = map[string][]string{
	groupVaccination: {"dt"},
	groupTest:        {"sc"},
	groupRecovery:    {"fr", "df", "du"},
}

// maxDCCText is how long the schema lets a text be.
const maxDCCText = 80

// parseDCC checks a certificate against the schema, in two degrees. What would
// make it say something else, or nothing, is an error: a member or a group that is
// missing, a value of the wrong type, a day or a country that does not exist,
// somebody born after the certificate. What departs from the schema and still says
// the same, as signers of several countries did, is a deviation: a text that is too
// long, an hour added to a day, a second entry, a group that is null.
//
// The group is known even when an error is returned, if there is one.
func parseDCC(m map[string]any, issued time.Time) (d *dcc, deviates bool, err error) {
	d = &dcc{}
	for _, g := range []string{groupVaccination, groupTest, groupRecovery} {
		value, present := m[g]
		if !present {
			continue
		}
		list, isList := value.([]any)
		if value == nil || isList && len(list) == 0 {
			deviates = true
			continue
		}
		if !isList || d.kind != "" {
			return nil, false, errDCC
		}
		d.kind = g
		for _, e := range list {
			entry, ok := e.(map[string]any)
			if !ok {
				return nil, false, errDCC
			}
			d.entries = append(d.entries, entry)
		}
	}
	if d.kind == "" {
		return nil, false, errDCC
	}
	deviates = deviates || len(d.entries) > 1
	c := checker{deviates: deviates}
	c.person(d, m, issued)
	for _, entry := range d.entries {
		c.entry(d.kind, entry)
	}
	if c.wrong {
		return d, c.deviates, errDCC
	}
	return d, c.deviates, nil
}

// checker gathers what is wrong with a certificate and what only deviates.
type checker struct{ wrong, deviates bool }

func (c *checker) need(ok bool) { c.wrong = c.wrong || !ok }

// person checks who the certificate is about.
func (c *checker) person(d *dcc, m map[string]any, issued time.Time) {
	version, _ := m["ver"].(string)
	c.need(dccVersion.MatchString(version))
	name, isObject := m["nam"].(map[string]any)
	c.need(isObject)
	for key, to := range map[string]*string{"fn": &d.family, "gn": &d.given, "fnt": &d.familyICAO, "gnt": &d.givenICAO} {
		if value, present := name[key]; present {
			*to = c.text(value)
		}
	}
	c.need(dccICAO.MatchString(d.familyICAO) && dccICAO.MatchString(d.givenICAO))
	c.need(d.familyICAO != "" || d.givenICAO != "")
	birth, isText := m["dob"].(string)
	c.need(isText)
	if day, _, timed := strings.Cut(birth, "T"); timed {
		birth, c.deviates = day, true
	}
	date, err := record.ParseDate(birth)
	c.need(err == nil && dccBirth.MatchString(birth))
	// An unborn patient is the one mistake of a date that a reader can prove.
	c.need(issued.IsZero() || !date.Time().After(issued.AddDate(0, 0, 1)))
	d.birth = date
}

// entry checks one statement.
func (c *checker) entry(group string, e map[string]any) {
	for _, key := range required[group] {
		_, present := e[key]
		c.need(present)
	}
	for key, value := range e {
		switch {
		case key == "dn" || key == "sd":
			c.need(group == groupVaccination && wholeNumber(value) >= 0)
		case value == nil && !slices.Contains(required[group], key):
			c.deviates = true
		default:
			c.coded(key, c.text(value))
		}
	}
	for _, key := range dates[group] {
		c.date(key, e[key])
	}
}

// coded checks values of the lists of the eHealth Network as far as that can be
// done offline and years later. The lists grew until the certificates ended, so
// that an unknown value is no mistake; but identifiers of nothing but nines were
// never given to anything, and no country has a user-assigned code.
func (c *checker) coded(key, value string) {
	switch key {
	case "co":
		c.need(dccCountry.MatchString(value) && !userAssigned(value))
	case "ma", "mp":
		digits := strings.TrimPrefix(value, "ORG-")
		c.need(len(digits) < 4 || strings.Trim(digits, "9") != "")
	}
}

// userAssigned reports whether a two-letter code is one that ISO 3166-1 (8.1.3)
// leaves to its users; XK is in general use for Kosovo.
func userAssigned(code string) bool {
	if len(code) != 2 || code == "XK" {
		return false
	}
	return code == "AA" || code == "ZZ" || code[0] == 'X' || code[0] == 'Q' && code[1] >= 'M'
}

// date checks a day or an instant. A day may carry an hour and an instant may be a
// day only, as real certificates have it.
func (c *checker) date(key string, value any) {
	text, _ := value.(string)
	_, ok := dccTime(text)
	c.need(ok)
	if key != "sc" && len(text) != len(time.DateOnly) {
		c.deviates = true
	}
}

var dccLayouts = []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00"}

func dccTime(text string) (time.Time, bool) {
	for _, layout := range dccLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// text returns a value that must be text.
func (c *checker) text(value any) string {
	s, ok := value.(string)
	c.need(ok)
	c.deviates = c.deviates || len([]rune(s)) > maxDCCText
	return s
}

// wholeNumber returns a number of doses, or -1.
func wholeNumber(value any) int {
	switch n := value.(type) {
	case uint64:
		if n <= math.MaxInt16 {
			return int(n)
		}
	case float64:
		if n == math.Trunc(n) && n >= 0 && n <= math.MaxInt16 {
			return int(n)
		}
	}
	return -1
}
