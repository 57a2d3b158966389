package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// Bounds of what is read. Published summaries stay under 300 kB and 20 levels.
const (
	ipsMaxBytes = 32 << 20
	ipsMaxDepth = 100
)

var (
	errIPSJSON     = errors.New("not JSON")
	errIPSBundle   = errors.New("not a FHIR Bundle")
	errIPSPatient  = errors.New("no patient in the Bundle")
	errIPSLarge    = errors.New("larger or deeper than the stated bounds")
	errIPSMistake  = errors.New("the document is marked as entered in error")
	errIPSUnderlie = errors.New("the input cannot be read")
)

func ipsError(reason string, err error) error {
	return &record.Error{Code: record.CodeInvalid, Op: "import summary", Reason: reason, Err: err}
}

// ipsRead reads r within bounds and checks that it is one JSON value.
func ipsRead(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, ipsMaxBytes+1))
	if err != nil {
		return nil, &record.Error{Code: record.CodeUnavailable, Op: "import summary", Err: errIPSUnderlie}
	}
	if len(data) > ipsMaxBytes {
		return nil, ipsError("too_large", errIPSLarge)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if ipsDepth(data) > ipsMaxDepth {
		return nil, ipsError("too_large", errIPSLarge)
	}
	if !json.Valid(data) {
		return nil, ipsError("json", errIPSJSON)
	}
	return bytes.TrimSpace(data), nil
}

// ipsDepth returns how deep brackets nest outside strings.
func ipsDepth(data []byte) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// ipsNode is one JSON object of a resource that remembers which of its elements
// were read, so that what nobody read can be told.
type ipsNode struct {
	fields map[string]json.RawMessage
	read   map[string]bool
	// lost names the elements that were read and could not be held or understood,
	// in French.
	lost []string
	// known holds the extensions of ours that were read, by element and URL.
	known map[string]bool
}

func (n *ipsNode) UnmarshalJSON(data []byte) error {
	*n = ipsNode{read: map[string]bool{}}
	return json.Unmarshal(data, &n.fields)
}

// raw returns an element and marks it as read; nil when it is absent or null.
func (n *ipsNode) raw(name string) json.RawMessage {
	v, ok := n.fields[name]
	if !ok {
		return nil
	}
	n.read[name] = true
	v = bytes.TrimSpace(v)
	if bytes.Equal(v, []byte("null")) {
		return nil
	}
	return v
}

// has reports whether the element is there, without reading it.
func (n *ipsNode) has(name string) bool {
	v, ok := n.fields[name]
	return ok && !bytes.Equal(bytes.TrimSpace(v), []byte("null"))
}

// skip marks elements as read without looking at them.
func (n *ipsNode) skip(names ...string) {
	for _, name := range names {
		n.raw(name)
	}
}

// lose notes that an element is not held.
func (n *ipsNode) lose(name string) { n.loseWord(ipsElementWord(name)) }

func (n *ipsNode) loseWord(word string) { n.lost = append(n.lost, word) }

// garbled notes that an element was there and could not be understood.
func (n *ipsNode) garbled(name string) { n.loseWord(ipsElementWord(name) + " " + wordHidden) }

// text returns a primitive as clean text.
func (n *ipsNode) text(name string) string { return ipsClean(string(ipsGet[ipsText](n, name))) }

// isTrue reports whether a boolean element is there and true.
func (n *ipsNode) isTrue(name string) bool { return strings.EqualFold(n.text(name), "true") }

// ipsGet reads one element. Where the source has a list, the first is taken and
// the others are told.
func ipsGet[T any](n *ipsNode, name string) T {
	var zero T
	all := ipsAll[T](n, name)
	if len(all) == 0 {
		return zero
	}
	if len(all) > 1 {
		n.lose(name)
	}
	return all[0]
}

// ipsAll reads an element as a list, whether or not the source made it one. What
// cannot be understood is told.
func ipsAll[T any](n *ipsNode, name string) []T {
	raw := n.raw(name)
	if raw == nil {
		return nil
	}
	items := []json.RawMessage{raw}
	if raw[0] == '[' {
		items = nil
		if err := json.Unmarshal(raw, &items); err != nil {
			n.garbled(name)
			return nil
		}
	}
	var out []T
	for _, item := range items {
		if bytes.Equal(bytes.TrimSpace(item), []byte("null")) {
			continue
		}
		var v T
		if err := json.Unmarshal(item, &v); err != nil {
			n.garbled(name)
			continue
		}
		out = append(out, v)
	}
	return out
}

// ipsText is a primitive that may come as a string, a number or a boolean; it
// keeps the digits as written.
type ipsText string

func (t *ipsText) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		var s string
		err := json.Unmarshal(data, &s)
		*t = ipsText(s)
		return err
	}
	if data[0] == '{' || data[0] == '[' {
		return errIPSJSON
	}
	if !bytes.Equal(data, []byte("null")) {
		*t = ipsText(data)
	}
	return nil
}

// ipsMany is a list that may come as one bare object.
type ipsMany[T any] []T

func (m *ipsMany[T]) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(m))
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*m = ipsMany[T]{one}
	return nil
}

// ipsClean makes text fit for one line of a page: runs of spaces and control
// characters become one space, and characters that reorder or hide text go, since
// they could make a page say something else than the source.
func ipsClean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case r == '\u00a0' || r == '\u202f':
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), " \u00a0\u202f")
}
