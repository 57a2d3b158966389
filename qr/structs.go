package qr

import (
	"reflect"

	"github.com/zoneblanche/zoneblanche/record"
)

// Codecs of structs: maps with integer keys, or short arrays.

// field is one line of the table: the integer key, the Go field, and how its
// value is written. def, when set, is the value that is left out instead of the
// empty one; it may depend on the struct's fields that have no def themselves.
type field struct {
	key   int
	name  string
	codec codec
	def   func(parent reflect.Value) string
}

// always is a def that does not look at the struct.
func always(s string) func(reflect.Value) string {
	return func(reflect.Value) string { return s }
}

// absent reports whether the field's value v is left out of parent.
func (f field) absent(parent, v reflect.Value) bool {
	if f.def != nil {
		return v.String() == f.def(parent)
	}
	return f.codec.empty(v)
}

// allEmpty reports whether the struct says nothing. It does not ask for defs: a
// struct that is left out comes back as its zero value, without them.
func allEmpty(fields []field, v reflect.Value) bool {
	for _, f := range fields {
		if !f.codec.empty(v.FieldByName(f.name)) {
			return false
		}
	}
	return true
}

// setDefaults gives the absent fields their value; seen has the others.
func setDefaults(fields []field, seen map[string]bool, v reflect.Value) {
	for _, f := range fields {
		if f.def != nil && !seen[f.name] {
			v.FieldByName(f.name).SetString(f.def(v))
		}
	}
}

// structCodec is a struct as a map in which empty fields are left out. When bare
// is set and nothing but the field of key 0 is there, that field's value stands
// for the whole; such a value must not be a map itself.
type structCodec struct {
	typ    reflect.Type
	bare   bool
	fields []field // by ascending key
}

// structOf checks the table against the Go type when the program starts.
func structOf(zero any, bare bool, fields ...field) *structCodec {
	c := &structCodec{typ: reflect.TypeOf(zero), bare: bare, fields: fields}
	checkFields(c.typ, fields)
	return c
}

func checkFields(t reflect.Type, fields []field) {
	last := -1
	for _, f := range fields {
		if _, ok := t.FieldByName(f.name); !ok {
			panic(describe(t, f.name))
		}
		if f.key <= last {
			panic(describe(t, "keys out of order at "+f.name))
		}
		last = f.key
	}
}

func (c *structCodec) empty(v reflect.Value) bool { return allEmpty(c.fields, v) }

func (c *structCodec) write(e *encoder, v reflect.Value) {
	var present []field
	for _, f := range c.fields {
		if !f.absent(v, v.FieldByName(f.name)) {
			present = append(present, f)
		}
	}
	if c.bare && len(present) == 1 && present[0].key == 0 {
		present[0].codec.write(e, v.FieldByName(present[0].name))
		return
	}
	e.enter()
	defer e.leave()
	if e.err != nil {
		return // among others, nesting without end
	}
	e.head(majorMap, uint64(len(present)))
	for _, f := range present {
		e.int(int64(f.key))
		f.codec.write(e, v.FieldByName(f.name))
	}
}

func (c *structCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	if c.bare && major != majorMap {
		f := c.fields[0]
		if err := f.codec.read(d, v.FieldByName(f.name)); err != nil {
			return err
		}
		seen[f.name] = true
		setDefaults(c.fields, seen, v)
		return nil
	}
	n, err := d.mapping()
	if err != nil {
		return err
	}
	defer d.leave()
	last, next := int64(-1), 0
	for range n {
		key, err := d.int()
		if err != nil {
			return err
		}
		// A negative key says: who does not know me must not read on.
		if key < 0 {
			return errCritical
		}
		if key <= last {
			return errKeyOrder
		}
		last = key
		for next < len(c.fields) && int64(c.fields[next].key) < key {
			next++
		}
		if next == len(c.fields) || int64(c.fields[next].key) != key {
			d.unknown++
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		f := c.fields[next]
		if err := f.codec.read(d, v.FieldByName(f.name)); err != nil {
			return err
		}
		seen[f.name] = true
	}
	setDefaults(c.fields, seen, v)
	return nil
}

// tupleCodec is a struct as an array of its fields in order, those at the end
// that are absent left out; the first alone stands for itself. The first field
// must not be written as an array.
type tupleCodec struct {
	typ    reflect.Type
	fields []field
}

func tupleOf(zero any, fields ...field) *tupleCodec {
	for i := range fields {
		fields[i].key = i
	}
	c := &tupleCodec{typ: reflect.TypeOf(zero), fields: fields}
	checkFields(c.typ, fields)
	return c
}

func (c *tupleCodec) empty(v reflect.Value) bool { return allEmpty(c.fields, v) }

func (c *tupleCodec) write(e *encoder, v reflect.Value) {
	n := len(c.fields)
	for n > 1 && c.fields[n-1].absent(v, v.FieldByName(c.fields[n-1].name)) {
		n--
	}
	if n > 1 {
		e.enter()
		defer e.leave()
		e.head(majorArray, uint64(n))
	}
	for _, f := range c.fields[:n] {
		f.codec.write(e, v.FieldByName(f.name))
	}
}

func (c *tupleCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	n := 1
	if major == majorArray {
		if n, err = d.array(); err != nil {
			return err
		}
		defer d.leave()
		if n < 2 || n > len(c.fields) {
			return errType
		}
	}
	seen := map[string]bool{}
	for _, f := range c.fields[:n] {
		if err := f.codec.read(d, v.FieldByName(f.name)); err != nil {
			return err
		}
		seen[f.name] = true
	}
	setDefaults(c.fields, seen, v)
	return nil
}

// conceptCodec is a [record.Concept]. A label alone is text. Otherwise it is an
// array of the label, if any, then of each code: the rank of its system in the
// table (0: another one, whose name follows), its value, and, when the source
// gave it a label of its own, −1 − the rank instead, with that label at the end.
type conceptCodec struct{}

func (conceptCodec) empty(v reflect.Value) bool {
	return v.FieldByName("Label").Len() == 0 && v.FieldByName("Codes").Len() == 0
}

func (conceptCodec) write(e *encoder, v reflect.Value) {
	c := v.Interface().(record.Concept)
	if len(c.Codes) == 0 && c.Label != "" {
		e.text(c.Label)
		return
	}
	e.enter()
	defer e.leave()
	n := 0
	if c.Label != "" {
		n++
	}
	for _, code := range c.Codes {
		n += 2
		if systemRank(code.System) == 0 {
			n++
		}
		if code.Label != "" {
			n++
		}
	}
	e.head(majorArray, uint64(n))
	if c.Label != "" {
		e.text(c.Label)
	}
	for _, code := range c.Codes {
		rank := systemRank(code.System)
		if code.Label == "" {
			e.int(int64(rank))
		} else {
			e.int(int64(-1 - rank))
		}
		if rank == 0 {
			e.text(code.System)
		}
		packedCodec{systems[rank].value}.write(e, reflect.ValueOf(code.Value))
		if code.Label != "" {
			e.text(code.Label)
		}
	}
}

func (conceptCodec) read(d *decoder, v reflect.Value) error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	label := v.FieldByName("Label")
	if major == majorText {
		return textCodec{}.read(d, label)
	}
	n, err := d.array()
	if err != nil {
		return err
	}
	defer d.leave()
	if n > 0 {
		if major, err = d.peek(); err != nil {
			return err
		}
		if major == majorText {
			if err := (textCodec{}).read(d, label); err != nil {
				return err
			}
			n--
		}
	}
	var codes []record.CodeValue
	for n > 0 {
		code, used, err := readCode(d, n)
		if err != nil {
			return err
		}
		codes = append(codes, code)
		n -= used
	}
	if codes != nil {
		v.FieldByName("Codes").Set(reflect.ValueOf(codes))
	}
	return nil
}

// readCode reads one code of a concept from at most n items.
func readCode(d *decoder, n int) (record.CodeValue, int, error) {
	fail := func(err error) (record.CodeValue, int, error) { return record.CodeValue{}, 0, err }
	rank, err := d.int()
	if err != nil {
		return fail(err)
	}
	used, labelled := 2, rank < 0
	if labelled {
		rank, used = -1-rank, 3
	}
	if rank >= int64(len(systems)) {
		return fail(errRange)
	}
	if rank == 0 {
		used++
	}
	if used > n {
		return fail(errType)
	}
	code := record.CodeValue{System: systems[rank].uri}
	if rank == 0 {
		if code.System, err = d.text(); err != nil {
			return fail(err)
		}
	}
	if err := (packedCodec{systems[rank].value}).read(d, reflect.ValueOf(&code.Value).Elem()); err != nil {
		return fail(err)
	}
	if labelled {
		if code.Label, err = d.text(); err != nil {
			return fail(err)
		}
	}
	return code, used, nil
}
