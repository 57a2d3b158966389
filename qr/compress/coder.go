package compress

import "errors"

// The arithmetic coder narrows an interval of 32-bit numbers, bit by bit in
// proportion to what was predicted, and writes the leading bytes once both ends
// share them. Where the interval ends, the fewest bytes are written that, followed
// by zeros for ever, stand for a number inside it; so every sequence of bits has
// one spelling. Since the ends differ in their first byte, one byte is enough.

type interval struct{ low, high uint32 }

var wholeInterval = interval{0, 1<<32 - 1}

// split returns the last number of the part that means one, whose probability is p of 4096.
func (v interval) split(p int32) uint32 {
	width := v.high - v.low
	return v.low + width>>probabilityBits*uint32(p) + (width&(1<<probabilityBits-1)*uint32(p))>>probabilityBits
}

// settled reports whether both ends have the same first byte.
func (v interval) settled() bool { return (v.low^v.high)>>24 == 0 }

func (v *interval) shift() { v.low, v.high = v.low<<8, v.high<<8|255 }

// tail returns the bytes that end the code: none when zero lies inside, else the
// least byte that does, zeros following it.
func (v interval) tail() []byte {
	if v.low == 0 {
		return nil
	}
	return []byte{byte((uint64(v.low) + 1<<24 - 1) >> 24)}
}

type encoder struct {
	interval
	out []byte
}

func (e *encoder) encode(bit int, p int32) {
	mid := e.split(p)
	if bit == 1 {
		e.high = mid
	} else {
		e.low = mid + 1
	}
	for e.settled() {
		e.out = append(e.out, byte(e.low>>24))
		e.shift()
	}
}

// decoder reads zeros after the end of its input.
type decoder struct {
	interval
	code uint32
	in   []byte
	pos  int // of the next byte to shift in
}

// ErrTooLong says that a body is longer than its reader allows.
var ErrTooLong = errors.New("compress: longer than allowed")

var errCode = errors.New("compress: not the code of a body")

func newDecoder(in []byte) *decoder {
	d := &decoder{interval: wholeInterval, in: in}
	for range 4 {
		d.next()
	}
	return d
}

func (d *decoder) next() {
	d.code <<= 8
	if d.pos < len(d.in) {
		d.code |= uint32(d.in[d.pos])
	}
	d.pos++
}

func (d *decoder) decode(p int32) int {
	mid, bit := d.split(p), 0
	if d.code <= mid {
		d.high, bit = mid, 1
	} else {
		d.low = mid + 1
	}
	for d.settled() {
		d.shift()
		d.next()
	}
	return bit
}

// spent reports whether the input can hold no more bits: what follows is zeros
// that nobody wrote.
func (d *decoder) spent() bool { return d.pos-4 > len(d.in) }

// end checks that the input ends as the encoder would have ended it.
func (d *decoder) end() error {
	settled := d.pos - 4 // bytes that the encoder had written before its tail
	if settled > len(d.in) || string(d.in[settled:]) != string(d.tail()) {
		return errCode
	}
	return nil
}
