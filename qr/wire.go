package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"
)

// This file writes and reads the small part of CBOR that cards use (RFC 8949):
// integers, byte strings, text, arrays, maps with integer keys, and booleans, in
// the core deterministic encoding (section 4.2.1). It is written by hand because
// strictness is the point: general libraries accept a second spelling of an
// integer or keys out of order, and a card must have one spelling only.

// Major types of CBOR.
const (
	majorUint   = 0
	majorNeg    = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorSimple = 7
)

const (
	simpleFalse = 20
	simpleTrue  = 21
)

// Bounds on what a message may hold. They are far above any card, whose symbols
// hold about 4 kB, and keep what a hostile body can make of memory to a few
// megabytes.
const (
	maxDepth = 16
	maxItems = 8192
)

// Why bytes are not a card's CBOR. Errors name the rule and quote nothing: the
// bytes may be a patient's.
var (
	errTruncated  = errors.New("cbor: ends too early")
	errTrailing   = errors.New("cbor: bytes after the end")
	errSpelling   = errors.New("cbor: not the deterministic encoding")
	errIndefinite = errors.New("cbor: indefinite length")
	errType       = errors.New("cbor: not a type that belongs here")
	errUTF8       = errors.New("cbor: text is not UTF-8")
	errKeyOrder   = errors.New("cbor: keys out of order or given twice")
	errRange      = errors.New("cbor: a value out of range")
	errDepth      = errors.New("cbor: nested too deeply")
	errTooMany    = errors.New("cbor: too many items")
	errCritical   = errors.New("cbor: a critical key that this version does not know")
)

// encoder appends CBOR to b. The first error sticks.
type encoder struct {
	b     []byte
	depth int
	items int
	err   error
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) head(major byte, n uint64) {
	if e.items++; e.items > maxItems {
		e.fail(errTooMany)
	}
	switch {
	case n < 24:
		e.b = append(e.b, major<<5|byte(n))
	case n <= math.MaxUint8:
		e.b = append(e.b, major<<5|24, byte(n))
	case n <= math.MaxUint16:
		e.b = binary.BigEndian.AppendUint16(append(e.b, major<<5|25), uint16(n))
	case n <= math.MaxUint32:
		e.b = binary.BigEndian.AppendUint32(append(e.b, major<<5|26), uint32(n))
	default:
		e.b = binary.BigEndian.AppendUint64(append(e.b, major<<5|27), n)
	}
}

func (e *encoder) int(n int64) {
	if n < 0 {
		e.head(majorNeg, uint64(-1-n))
		return
	}
	e.head(majorUint, uint64(n))
}

func (e *encoder) text(s string) {
	if !utf8.ValidString(s) {
		e.fail(errUTF8)
	}
	e.head(majorText, uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) bytes(b []byte) {
	e.head(majorBytes, uint64(len(b)))
	e.b = append(e.b, b...)
}

func (e *encoder) bool(b bool) {
	if b {
		e.head(majorSimple, simpleTrue)
		return
	}
	e.head(majorSimple, simpleFalse)
}

// enter and leave bound the nesting of arrays and maps as the decoder does, so that
// what is written can be read.
func (e *encoder) enter() {
	if e.depth++; e.depth > maxDepth {
		e.fail(errDepth)
	}
}

func (e *encoder) leave() { e.depth-- }

// decoder reads CBOR from data. unknown counts the keys that it passed over.
type decoder struct {
	data    []byte
	pos     int
	depth   int
	items   int
	unknown int
}

// peek returns the major type of the next item.
func (d *decoder) peek() (byte, error) {
	if d.pos >= len(d.data) {
		return 0, errTruncated
	}
	return d.data[d.pos] >> 5, nil
}

// head reads the head of an item: its major type and its argument.
func (d *decoder) head() (major byte, n uint64, err error) {
	if d.pos >= len(d.data) {
		return 0, 0, errTruncated
	}
	if d.items++; d.items > maxItems {
		return 0, 0, errTooMany
	}
	first := d.data[d.pos]
	d.pos++
	major, info := first>>5, first&31
	if info < 24 {
		return major, uint64(info), nil
	}
	if info == 31 {
		return 0, 0, errIndefinite
	}
	if info > 27 {
		return 0, 0, errType
	}
	if major == majorSimple {
		return 0, 0, errType // floats and simple values beyond true and false
	}
	size := 1 << (info - 24)
	if len(d.data)-d.pos < size {
		return 0, 0, errTruncated
	}
	for range size {
		n = n<<8 | uint64(d.data[d.pos])
		d.pos++
	}
	// The shortest head only (RFC 8949, 4.2.1): 24 is the least that needs one
	// byte, then what the half as long form cannot hold.
	if least := []uint64{24, 1 << 8, 1 << 16, 1 << 32}[info-24]; n < least {
		return 0, 0, errSpelling
	}
	return major, n, nil
}

// want reads the head of an item that must be of the given major type.
func (d *decoder) want(major byte) (uint64, error) {
	got, n, err := d.head()
	if err != nil {
		return 0, err
	}
	if got != major {
		return 0, errType
	}
	return n, nil
}

func (d *decoder) int() (int64, error) {
	major, n, err := d.head()
	switch {
	case err != nil:
		return 0, err
	case major > majorNeg:
		return 0, errType
	case n > math.MaxInt64:
		return 0, errRange
	case major == majorNeg:
		return -1 - int64(n), nil
	}
	return int64(n), nil
}

// take returns the next n bytes, still part of the input.
func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.data)-d.pos) {
		return nil, errTruncated
	}
	b := d.data[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return b, nil
}

func (d *decoder) text() (string, error) {
	n, err := d.want(majorText)
	if err != nil {
		return "", err
	}
	b, err := d.take(n)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", errUTF8
	}
	return string(b), nil
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.want(majorBytes)
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

func (d *decoder) bool() (bool, error) {
	n, err := d.want(majorSimple)
	if err != nil {
		return false, err
	}
	if n != simpleTrue && n != simpleFalse {
		return false, errType
	}
	return n == simpleTrue, nil
}

// array enters an array and returns its length. Every item takes a byte at
// least, so a length beyond what is left is refused before anything is made.
func (d *decoder) array() (int, error) { return d.enter(majorArray, 1) }

// mapping enters a map and returns its number of pairs.
func (d *decoder) mapping() (int, error) { return d.enter(majorMap, 2) }

func (d *decoder) enter(major byte, least int) (int, error) {
	n, err := d.want(major)
	if err != nil {
		return 0, err
	}
	if n > uint64((len(d.data)-d.pos)/least) {
		return 0, errTruncated
	}
	if d.depth++; d.depth > maxDepth {
		return 0, errDepth
	}
	return int(n), nil
}

func (d *decoder) leave() { d.depth-- }

// end checks that nothing follows.
func (d *decoder) end() error {
	if d.pos != len(d.data) {
		return errTrailing
	}
	return nil
}

// skip passes over one item of any kind, as strictly as if it were known.
func (d *decoder) skip() error {
	major, err := d.peek()
	if err != nil {
		return err
	}
	switch major {
	case majorUint, majorNeg:
		_, err = d.int()
	case majorBytes:
		_, err = d.bytes()
	case majorText:
		_, err = d.text()
	case majorSimple:
		_, err = d.bool()
	case majorArray:
		var n int
		if n, err = d.array(); err != nil {
			return err
		}
		for range n {
			if err := d.skip(); err != nil {
				return err
			}
		}
		d.leave()
	case majorMap:
		var n int
		if n, err = d.mapping(); err != nil {
			return err
		}
		var last []byte
		for range n {
			start := d.pos
			if _, err := d.int(); err != nil {
				return err
			}
			key := d.data[start:d.pos]
			if bytes.Compare(last, key) >= 0 {
				return errKeyOrder
			}
			last = key
			if err := d.skip(); err != nil {
				return err
			}
		}
		d.leave()
	default:
		return errType // tags
	}
	return err
}
