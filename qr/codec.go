package qr

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is what schema.go is made of: codecs, each of which writes one kind
// of value as CBOR and reads it back. Both directions of a field hang on the one
// line of the table that names it, so they cannot drift apart.

// codec writes and reads values of one Go type. write is not called for a value
// that is empty where emptiness can be left out; read gets a settable zero value.
type codec interface {
	write(e *encoder, v reflect.Value)
	read(d *decoder, v reflect.Value) error
	empty(v reflect.Value) bool
}

var errDate = errors.New("not a date as FHIR writes them")

// textCodec is text as it stands.
type textCodec struct{}

func (textCodec) write(e *encoder, v reflect.Value) { e.text(v.String()) }
func (textCodec) empty(v reflect.Value) bool        { return v.Len() == 0 }
func (textCodec) read(d *decoder, v reflect.Value) error {
	s, err := d.text()
	v.SetString(s)
	return err
}

// boolCodec is true, or absent.
type boolCodec struct{}

func (boolCodec) write(e *encoder, v reflect.Value) { e.bool(v.Bool()) }
func (boolCodec) empty(v reflect.Value) bool        { return !v.Bool() }
func (boolCodec) read(d *decoder, v reflect.Value) error {
	b, err := d.bool()
	v.SetBool(b)
	return err
}

// intCodec is a count: an integer from 0 to 2³¹−1.
type intCodec struct{}

func (intCodec) write(e *encoder, v reflect.Value) {
	n := v.Int()
	if n < 0 || n != int64(int32(n)) {
		e.fail(errRange)
	}
	e.int(n)
}
func (intCodec) empty(v reflect.Value) bool { return v.Int() == 0 }
func (intCodec) read(d *decoder, v reflect.Value) error {
	n, err := d.int()
	if err == nil && (n < 0 || n != int64(int32(n))) {
		err = errRange
	}
	v.SetInt(n)
	return err
}

// packedCodec is text as an integer where its packing is lossless, and as it
// stands elsewhere.
type packedCodec struct{ packing }

func (c packedCodec) write(e *encoder, v reflect.Value) {
	if n, ok := c.pack(v.String()); ok {
		e.int(n)
		return
	}
	e.text(v.String())
}
func (packedCodec) empty(v reflect.Value) bool { return v.Len() == 0 }
func (c packedCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	if major == majorText {
		return textCodec{}.read(d, v)
	}
	n, err := d.int()
	if err != nil {
		return err
	}
	s, ok := c.unpack(n)
	if !ok {
		return errRange
	}
	v.SetString(s)
	return nil
}

// enumCodec is text from a table as its rank, and any other as it stands. A table
// is part of the format: it never changes once a version is released, and a later
// writer spells out what it lacks.
type enumCodec []string

func (c enumCodec) write(e *encoder, v reflect.Value) {
	if i := slices.Index(c, v.String()); i >= 0 {
		e.int(int64(i))
		return
	}
	e.text(v.String())
}
func (enumCodec) empty(v reflect.Value) bool { return v.Len() == 0 }
func (c enumCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	if major == majorText {
		return textCodec{}.read(d, v)
	}
	n, err := d.int()
	if err != nil {
		return err
	}
	if n < 0 || n >= int64(len(c)) {
		return errRange
	}
	v.SetString(c[n])
	return nil
}

// matriculeCodec is an INS matricule as six bytes, or as it stands when its key
// does not fit.
type matriculeCodec struct{}

const matriculeSize = 6

func (matriculeCodec) write(e *encoder, v reflect.Value) {
	n, ok := matricule.pack(v.String())
	if !ok {
		e.text(v.String())
		return
	}
	var b [matriculeSize]byte
	for i := range b {
		b[matriculeSize-1-i] = byte(n >> (8 * i))
	}
	e.bytes(b[:])
}
func (matriculeCodec) empty(v reflect.Value) bool { return v.Len() == 0 }
func (matriculeCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	if major == majorText {
		return textCodec{}.read(d, v)
	}
	b, err := d.bytes()
	if err != nil {
		return err
	}
	if len(b) != matriculeSize {
		return errRange
	}
	n := int64(0)
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	s, ok := matricule.unpack(n)
	if !ok {
		return errRange
	}
	v.SetString(s)
	return nil
}

// dateCodec is a [record.Date]: an integer for a day, a month or a year, an array
// of day, time and offset for an instant to the second (no offset means Z), and
// text for the finer ones.
type dateCodec struct{}

func (dateCodec) empty(v reflect.Value) bool { return v.Len() == 0 }
func (dateCodec) write(e *encoder, v reflect.Value) {
	s := v.String()
	if _, err := record.ParseDate(s); err != nil {
		e.fail(errDate)
		return
	}
	if n, ok := calendar.pack(s); ok {
		e.int(n)
		return
	}
	instant := packInstant(s)
	if instant == nil {
		e.text(s)
		return
	}
	e.enter()
	defer e.leave()
	e.head(majorArray, uint64(len(instant)))
	for _, n := range instant {
		e.int(n)
	}
}

// packInstant returns the day, the time and, unless it is Z, the offset of an instant;
// nil for what is written as text.
func packInstant(s string) []int64 {
	if len(s) != 20 && len(s) != 25 {
		return nil
	}
	day, ok1 := calendar.pack(s[:10])
	at, ok2 := clock.pack(s[11:19])
	shift, ok3 := offset.pack(s[19:])
	switch {
	case ok1 && ok2 && s[19:] == "Z":
		return []int64{day, at}
	case ok1 && ok2 && ok3:
		return []int64{day, at, shift}
	}
	return nil
}

func (dateCodec) read(d *decoder, v reflect.Value) error {
	s, err := readDate(d)
	if err != nil {
		return err
	}
	if _, err := record.ParseDate(s); err != nil {
		return errDate
	}
	v.SetString(s)
	return nil
}

func readDate(d *decoder) (string, error) {
	major, err := d.peek()
	if err != nil {
		return "", err
	}
	unpack := func(p packing) (string, error) {
		n, err := d.int()
		if err != nil {
			return "", err
		}
		s, ok := p.unpack(n)
		if !ok {
			return "", errRange
		}
		return s, nil
	}
	switch major {
	case majorText:
		return d.text()
	case majorArray:
	default:
		return unpack(calendar)
	}
	n, err := d.array()
	if err != nil {
		return "", err
	}
	defer d.leave()
	if n != 2 && n != 3 {
		return "", errType
	}
	day, err := unpack(calendar)
	if err != nil {
		return "", err
	}
	at, err := unpack(clock)
	if err != nil {
		return "", err
	}
	if n == 2 {
		return day + "T" + at + "Z", nil
	}
	shift, err := unpack(offset)
	return day + "T" + at + shift, err
}

// listCodec is a slice as an array.
type listCodec struct{ item codec }

func (listCodec) empty(v reflect.Value) bool { return v.Len() == 0 }
func (c listCodec) write(e *encoder, v reflect.Value) {
	e.enter()
	defer e.leave()
	e.head(majorArray, uint64(v.Len()))
	for i := range v.Len() {
		c.item.write(e, v.Index(i))
	}
}
func (c listCodec) read(d *decoder, v reflect.Value) error {
	n, err := d.array()
	if err != nil {
		return err
	}
	defer d.leave()
	return c.readItems(d, v, n)
}

// readItems appends n items one by one, so that a claimed length costs nothing
// before its items are there.
func (c listCodec) readItems(d *decoder, v reflect.Value, n int) error {
	for range n {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := c.item.read(d, item); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

// describe names a Go type for the panics of a table that does not fit it.
func describe(t reflect.Type, name string) string {
	return fmt.Sprintf("qr: schema of %v: %s", t, name)
}
