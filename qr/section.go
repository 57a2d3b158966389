package qr

import (
	"errors"
	"reflect"

	"github.com/zoneblanche/zoneblanche/record"
)

var errSection = errors.New("a section that contradicts itself")

// sectionCodec is a [record.Section]: true for "none known", a count for entries
// that are all elsewhere, else an array of the entries, the count of what is
// elsewhere before them when there is any. No entry begins as an integer does.
// A section with details is a map of the three.
type sectionCodec struct {
	entries  listCodec
	detailed *structCodec
}

// section makes the codec of a section from the one of its entries; that of
// their details follows from it.
func section[E any](entry *structCodec) codec {
	entries := listCodec{entry}
	return sectionCodec{entries, structOf(record.Section[E]{}, false,
		field{0, "Omitted", number, nil},
		field{1, "Entries", entries, nil},
		field{2, "Details", detailOf(entries), nil},
	)}
}

// detailOf returns the codec of the details of what c is for: the same table
// without defaults. A default stands for what nearly every entry says; details
// nearly never say it, and what they leave out is what the other message has.
func detailOf(c codec) codec {
	withoutDefaults := func(fields []field) []field {
		out := make([]field, len(fields))
		for i, f := range fields {
			out[i] = field{f.key, f.name, detailOf(f.codec), nil}
		}
		return out
	}
	switch c := c.(type) {
	case *structCodec:
		return &structCodec{c.typ, c.bare, withoutDefaults(c.fields)}
	case *tupleCodec:
		return &tupleCodec{c.typ, withoutDefaults(c.fields)}
	case listCodec:
		return listCodec{detailOf(c.item)}
	}
	return c // a value without fields, or componentsCodec, which has no defaults
}

func (sectionCodec) empty(v reflect.Value) bool {
	return v.FieldByName("Entries").Len() == 0 && !v.FieldByName("None").Bool() && v.FieldByName("Omitted").Int() == 0 && v.FieldByName("Details").Len() == 0
}

// check refuses a section that contradicts itself, and details that end with
// nothing.
func (c sectionCodec) check(v reflect.Value) error {
	entries, omitted, details := v.FieldByName("Entries").Len(), v.FieldByName("Omitted").Int(), v.FieldByName("Details")
	switch n := details.Len(); {
	case omitted < 0, v.FieldByName("None").Bool() && (entries > 0 || omitted > 0 || n > 0):
		return errSection
	case n > 0 && c.entries.item.empty(details.Index(n-1)):
		return errSection
	}
	return nil
}

func (c sectionCodec) write(e *encoder, v reflect.Value) {
	entries, omitted := v.FieldByName("Entries"), v.FieldByName("Omitted")
	switch err := c.check(v); {
	case err != nil:
		e.fail(err)
	case v.FieldByName("Details").Len() > 0:
		c.detailed.write(e, v)
	case v.FieldByName("None").Bool():
		e.bool(true)
	case entries.Len() == 0:
		number.write(e, omitted)
	default:
		e.enter()
		defer e.leave()
		if omitted.Int() > 0 {
			e.head(majorArray, uint64(entries.Len())+1)
			number.write(e, omitted)
		} else {
			e.head(majorArray, uint64(entries.Len()))
		}
		for i := range entries.Len() {
			c.entries.item.write(e, entries.Index(i))
		}
	}
}

func (c sectionCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	switch major {
	case majorSimple:
		return yes.read(d, v.FieldByName("None"))
	case majorUint:
		return number.read(d, v.FieldByName("Omitted"))
	case majorMap:
		if err := c.detailed.read(d, v); err != nil {
			return err
		}
		return c.check(v)
	}
	n, err := d.array()
	if err != nil {
		return err
	}
	defer d.leave()
	if n == 0 {
		return errSection
	}
	if major, err = d.peek(); err != nil {
		return err
	}
	if major == majorUint {
		if err := number.read(d, v.FieldByName("Omitted")); err != nil {
			return err
		}
		if n--; n == 0 {
			return errSection
		}
	}
	return c.entries.readItems(d, v.FieldByName("Entries"), n)
}
