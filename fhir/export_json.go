package fhir

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// expObject is a JSON object whose members stand in the order in which they were
// put, which is that of the specification. It makes the bytes the same each time,
// and leaves out what is empty, which FHIR forbids.
type expObject struct {
	names  []string
	values []any
}

// newObject makes an object of names and values by turns.
func newObject(pairs ...any) *expObject {
	o := &expObject{}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.put(pairs[i].(string), pairs[i+1])
	}
	return o
}

// put adds a member unless it is empty.
func (o *expObject) put(name string, value any) {
	if expEmpty(value) {
		return
	}
	if list, ok := value.([]*expObject); ok {
		value = slices.DeleteFunc(slices.Clone(list), (*expObject).empty)
	}
	o.names = append(o.names, name)
	o.values = append(o.values, value)
}

// text adds words, cleaned as the import cleans them.
func (o *expObject) text(name, words string) { o.put(name, ipsClean(words)) }

// one adds a list of one object.
func (o *expObject) one(name string, value *expObject) { o.put(name, []*expObject{value}) }

func (o *expObject) empty() bool { return o == nil || len(o.names) == 0 }

func expEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case json.Number:
		return v == ""
	case bool:
		return !v
	case []string:
		return len(v) == 0
	case *expObject:
		return v.empty()
	case []*expObject:
		return !slices.ContainsFunc(v, func(o *expObject) bool { return !o.empty() })
	}
	return false
}

// write writes the object as compact JSON.
func (o *expObject) write(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		expString(b, name)
		b.WriteByte(':')
		expValue(b, o.values[i])
	}
	b.WriteByte('}')
}

func expValue(b *bytes.Buffer, value any) {
	switch v := value.(type) {
	case string:
		expString(b, v)
	case json.Number:
		b.WriteString(string(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case *expObject:
		v.write(b)
	case []string:
		expList(b, v, expString)
	case []*expObject:
		expList(b, v, func(b *bytes.Buffer, o *expObject) { o.write(b) })
	}
}

func expList[T any](b *bytes.Buffer, items []T, write func(*bytes.Buffer, T)) {
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		write(b, item)
	}
	b.WriteByte(']')
}

// expString writes a string without the escapes that only HTML needs.
func expString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if e.Encode(s) == nil { // a string always can be
		b.Truncate(b.Len() - 1) // the line break that Encode adds
	}
}
