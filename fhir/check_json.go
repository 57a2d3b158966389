package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// maxNesting bounds how deep JSON may nest; real resources stay under twenty.
const maxNesting = 64

var (
	errNotUTF8   = errors.New("not UTF-8")
	errNotJSON   = errors.New("not JSON")
	errNesting   = errors.New("nested too deep")
	errDuplicate = errors.New("an object has two members of one name")
	errTrailing  = errors.New("something follows the resource")
	errNoType    = errors.New("not a FHIR resource: no resourceType")
)

// ParseResource reads one FHIR resource in JSON as a tree of map[string]any,
// []any, string, bool, nil and [json.Number]. It is strict where a lenient reader
// and another one would see two things: duplicate names, trailing data and bytes
// that are not UTF-8 are refused. Errors never quote the input.
func ParseResource(data []byte) (map[string]any, error) {
	tree, err := parseTree(data)
	if err != nil {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "read FHIR JSON", Reason: "json", Err: err}
	}
	object, _ := tree.(map[string]any)
	if kind, _ := object["resourceType"].(string); kind == "" {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "read FHIR JSON", Reason: "not_fhir", Err: errNoType}
	}
	return object, nil
}

func parseTree(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8 // encoding/json would replace such bytes in silence
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	tree, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errTrailing
	}
	return tree, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxNesting {
		return nil, errNesting
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			value, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, orNotJSON(err)
	}
	object := map[string]any{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		name, ok := key.(string)
		if !ok {
			return nil, errNotJSON
		}
		if _, twice := object[name]; twice {
			return nil, errDuplicate
		}
		if object[name], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return object, orNotJSON(err)
}

func orNotJSON(err error) error {
	if err != nil {
		return errNotJSON
	}
	return nil
}

// element is a place in a tree with the path that leads to it, for messages. An
// element that is not there has a nil value; asking it for more gives more of the
// same, so that rules read without a guard on each step.
type element struct {
	value any
	path  string
}

// get returns the member called name.
func (e element) get(name string) element {
	object, _ := e.value.(map[string]any)
	return element{object[name], e.path + "." + name}
}

// list returns the items of the array called name, or of the lone value.
func (e element) list(name string) []element {
	at := e.get(name)
	items, ok := at.value.([]any)
	if !ok {
		return nil
	}
	out := make([]element, len(items))
	for i, item := range items {
		out[i] = element{item, at.path + "[" + strconv.Itoa(i) + "]"}
	}
	return out
}

// first returns the first item of the array called name.
func (e element) first(name string) element {
	if items := e.list(name); len(items) > 0 {
		return items[0]
	}
	return element{nil, e.path + "." + name + "[0]"}
}

// text returns the string called name, or "".
func (e element) text(name string) string {
	s, _ := e.get(name).value.(string)
	return s
}

func (e element) exists() bool { return e.value != nil }

// kind is the resource's type.
func (e element) kind() string { return e.text("resourceType") }

// whole returns the non-negative whole number called name, or -1.
func (e element) whole(name string) int {
	n, ok := e.get(name).value.(json.Number)
	if !ok {
		return -1
	}
	i, err := strconv.Atoi(n.String())
	if err != nil || i < 0 {
		return -1
	}
	return i
}
