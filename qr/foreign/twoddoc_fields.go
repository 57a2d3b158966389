package foreign

import (
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// field is one field of a 2D-DOC's message: an identifier of two characters, and
// its value.
type field struct {
	id, value string
	cut       bool // the value did not fit and ends early
}

// maxFields bounds a message.
const maxFields = 200

// parseFields reads a message. A field of fixed length ends by itself; another
// ends at a group separator, at a record separator if it was cut, at its greatest
// length, or with the message. Of an identifier that is not known only a separator
// can tell the end.
func parseFields(message string) []field {
	var fields []field
	for len(message) >= 2 && len(fields) < maxFields {
		if message[0] == groupSeparator {
			message = message[1:]
			continue
		}
		f := field{id: message[:2]}
		message = message[2:]
		spec, known := fields2DDoc[f.id]
		if known && spec.min == spec.max && spec.max > 0 {
			n := min(spec.max, len(message))
			f.value, message = message[:n], message[n:]
		} else {
			end := strings.IndexAny(message, "\x1d\x1e")
			limit := len(message)
			if known && spec.max > 0 {
				limit = min(limit, spec.max)
			}
			switch {
			case end >= 0 && end <= limit:
				f.value, f.cut, message = message[:end], message[end] == recordSeparator, message[end+1:]
			default:
				f.value, message = message[:limit], message[limit:]
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// fieldSpec is what is known of an identifier: how long its value is, 0 for no
// bound, and how to show it.
type fieldSpec struct {
	min, max int
	show     byte
	label    string
}

// Ways of showing a field's value.
const (
	showText    = ' '
	showDay     = 'D' // DDMMYYYY
	showInstant = 'T' // DDMMYYYYhhmm
	showHexDay  = 'H' // days since 2000, in hexadecimal
	showName    = '/' // title, family name and given name between slashes
	showURL     = 'U' // base32
)

// fields2DDoc is the table of the catalogue, read once.
var fields2DDoc = func() map[string]fieldSpec {
	table := map[string]fieldSpec{}
	for line := range strings.SplitSeq(strings.TrimSpace(fieldTable2DDoc), "\n") {
		columns := strings.SplitN(line, "|", 5)
		lowest, err1 := strconv.Atoi(columns[1])
		highest, err2 := strconv.Atoi(columns[2])
		if err1 != nil || err2 != nil || len(columns[0]) != 2 || len(columns[3]) != 1 {
			panic("2D-DOC: a line of the table of fields")
		}
		table[columns[0]] = fieldSpec{lowest, highest, columns[3][0], columns[4]}
	}
	return table
}()

// french writes a field's value as it is read.
func (s fieldSpec) french(f field) string {
	value := f.value
	switch s.show {
	case showDay:
		if t, err := time.Parse("02012006", value); err == nil {
			value = frenchDay(t)
		}
	case showInstant:
		if t, err := time.Parse("020120061504", value); err == nil {
			value = t.Format("02/01/2006 15:04")
		}
	case showHexDay:
		if t, ok := hexDay(value); ok {
			value = frenchDay(t)
		}
	case showName:
		value = strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == '/' }), " ")
	case showURL:
		if data, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(value); err == nil && printable(data) {
			value = strings.TrimSpace(string(data))
		}
	}
	if f.cut {
		value += "…"
	}
	return value
}

func printable(data []byte) bool {
	for _, c := range data {
		if (c < ' ' || c > '~') && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// describe2DDoc says what a document's fields say. A vaccination becomes an entry
// that a summary can take over as declared by another document.
func describe2DDoc(r *Reading, kind string, fields []field) {
	values := map[string]string{}
	for _, f := range fields {
		spec, known := fields2DDoc[f.id]
		values[f.id] = f.value
		value := spec.french(f)
		if list := values2DDoc[f.id]; list != nil {
			value = named(list, value)
		}
		if !known {
			r.fact(unknownField(f.id), value)
			continue
		}
		r.fact(spec.label, value)
	}
	switch kind {
	case "B2":
		r.Patient = patient2DDoc(values["F1"], values["F0"], values["F2"])
		r.Patient.Sex = sexOf(values["F3"])
	case "L1":
		r.Patient = patient2DDoc(values["L0"], values["L1"], values["L2"])
		i := record.Immunization{Status: "completed", Declared: true, Dose: doseOf2DDoc(values["L7"], values["L8"]), Date: dayOf(values["L9"]), Note: noteDeclared(word2DDoc, r.Issuer)}
		i.Vaccine.Label = values["L5"]
		if atc := values["L4"]; atc != "" {
			i.Vaccine.Codes = []record.CodeValue{{System: record.SystemATC, Value: atc}}
		}
		if disease := values["L3"]; disease != "" {
			i.Targets = []record.Concept{record.Text(disease)}
		}
		r.Immunizations = []record.Immunization{i}
	}
}

// doseOf2DDoc reads the ranks that fields L7 (dose) and L8 (doses needed) have as
// digits.
func doseOf2DDoc(number, series string) string {
	n, _ := strconv.Atoi(number)
	of, _ := strconv.Atoi(series)
	return doseInSeries(n, of)
}

func patient2DDoc(family, given, birth string) record.Patient {
	p := record.Patient{UsedName: family, BirthDate: dayOf(birth)}
	if given != "" {
		p.GivenNames = []string{given}
	}
	return p
}

// dayOf reads DDMMYYYY; unknown when it is no day.
func dayOf(s string) record.Date {
	t, err := time.Parse("02012006", s)
	if err != nil {
		return ""
	}
	return record.DayOf(t)
}

func sexOf(s string) record.Sex {
	switch s {
	case "M":
		return record.Male
	case "F":
		return record.Female
	case "I":
		return record.Other
	}
	return ""
}
