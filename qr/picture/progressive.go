package picture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
)

// This file decodes the brightness of large progressive JPEG files (ITU-T T.81, annex
// G). The standard library keeps every coefficient of every colour in 32 bits until
// the last scan, which takes 600 MiB for a photograph of 48 Mpx; brightness alone in
// 16 bits takes 96. Scans that carry colour only are passed by.

const (
	// Smaller files are the standard library's.
	largeProgressive = 12 << 20 // pixels
	// Encoders make ten scans or so; a hostile file of thousands would take minutes.
	maxScans = 100
)

// errNotLuma says that a file is not of the kind that is decoded here.
var errNotLuma = errors.New("not a large progressive JPEG with brightness apart")

type progressive struct {
	ctx        context.Context
	in         *bufio.Reader
	least      int // pixels
	w, h       int
	components []component
	mcus       image.Point // of 8·hmax × 8·vmax pixels
	blocks     image.Point // of brightness, those that fill up the last MCUs included
	coef       []int16     // 64 a block
	quant      [4][64]uint16
	trees      [2][4]*tree // DC, AC
	restart    int
	adobe      bool // an Adobe marker says that there is no brightness component

	bits   uint32
	n      uint // how many of them
	marker byte // found in the middle of a scan: zero bits follow
	eobrun int
	pred   [4]int
}

type component struct {
	id, h, v, table int
}

// decodeLuma decodes the brightness of a picture of that many pixels at least;
// errNotLuma leaves the file to others.
func decodeLuma(ctx context.Context, r io.Reader, least int) (*image.Gray, error) {
	d := &progressive{ctx: ctx, least: least, in: bufio.NewReaderSize(r, 64<<10)}
	if b, err := d.bytes(2); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return nil, errNotLuma
	}
	scans := 0
	for {
		marker, body, err := d.segment()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && scans == 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return d.picture(), nil // what arrived is right as far as it goes
		}
		switch {
		case marker == 0xc2:
			err = d.frame(body)
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			err = errNotLuma
		case marker == 0xc4:
			err = d.huffman(body)
		case marker == 0xdb:
			err = d.quantisation(body)
		case marker == 0xdd && len(body) >= 2:
			d.restart = int(body[0])<<8 + int(body[1])
		case marker == 0xee && len(body) >= 12 && string(body[:5]) == "Adobe":
			d.adobe = body[11] != 1
		case marker == 0xda:
			if scans++; scans > maxScans {
				return nil, tooLarge(fmt.Errorf("more than %d scans", maxScans))
			}
			if err = ctx.Err(); err == nil {
				err = d.scan(body)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

var errJPEG = errors.New("a malformed JPEG")

func (d *progressive) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(d.in, b)
	return b, err
}

// segment returns the next marker that has a body, with it, and io.EOF at the end.
func (d *progressive) segment() (marker byte, body []byte, err error) {
	for marker == 0 || marker >= 0xd0 && marker <= 0xd7 {
		if marker, err = d.next(); err != nil {
			return 0, nil, err
		}
	}
	if marker == 0xd9 {
		return 0, nil, io.EOF
	}
	head, err := d.bytes(2)
	if err != nil {
		return 0, nil, err
	}
	body, err = d.bytes(max(0, int(head[0])<<8+int(head[1])-2))
	return marker, body, err
}

// next returns the next marker: the one that ended a scan, or the next in the file.
func (d *progressive) next() (byte, error) {
	if m := d.marker; m != 0 {
		d.marker = 0
		return m, nil
	}
	for {
		b, err := d.in.ReadByte()
		for err == nil && b == 0xff {
			if b, err = d.in.ReadByte(); err == nil && b != 0xff && b != 0 {
				return b, nil
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// frame reads the frame header.
func (d *progressive) frame(b []byte) error {
	if len(b) < 6 || d.coef != nil || b[0] != 8 || len(b) < 6+3*int(b[5]) {
		return errNotLuma
	}
	d.h, d.w = int(b[1])<<8+int(b[2]), int(b[3])<<8+int(b[4])
	hmax, vmax := 0, 0
	for i := range int(b[5]) {
		c := component{int(b[6+3*i]), int(b[7+3*i] >> 4), int(b[7+3*i] & 15), int(b[8+3*i] & 3)}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return errJPEG
		}
		hmax, vmax = max(hmax, c.h), max(vmax, c.v)
		d.components = append(d.components, c)
	}
	n := len(d.components)
	rgb := n == 3 && d.components[0].id == 'R' && d.components[1].id == 'G'
	if n != 1 && n != 3 || d.adobe && n == 3 || rgb || d.components[0].h != hmax || d.components[0].v != vmax ||
		d.w*d.h < d.least || d.w*d.h > maxPixels {
		return errNotLuma
	}
	if n == 1 { // one component is not interleaved, whatever it says
		d.components[0].h, d.components[0].v = 1, 1
		hmax, vmax = 1, 1
	}
	d.mcus = image.Pt((d.w+8*hmax-1)/(8*hmax), (d.h+8*vmax-1)/(8*vmax))
	d.blocks = image.Pt(d.mcus.X*hmax, d.mcus.Y*vmax)
	d.coef = make([]int16, 64*d.blocks.X*d.blocks.Y)
	return nil
}

func (d *progressive) quantisation(b []byte) error {
	for len(b) > 0 {
		to := &d.quant[b[0]&3]
		size := 1 + int(b[0]>>4&1)
		if b = b[1:]; len(b) < 64*size {
			return errJPEG
		}
		for i := range to {
			v := uint16(b[i*size])
			if size == 2 {
				v = v<<8 + uint16(b[2*i+1])
			}
			to[zigzag[i]] = v
		}
		b = b[64*size:]
	}
	return nil
}

func (d *progressive) huffman(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return errJPEG
		}
		n := 0
		for _, k := range b[1:17] {
			n += int(k)
		}
		if n > 256 || len(b) < 17+n {
			return errJPEG
		}
		d.trees[b[0]>>4&1][b[0]&3] = newTree(b[1:17], b[17:17+n])
		b = b[17+n:]
	}
	return nil
}

// scan decodes what a scan says of brightness.
func (d *progressive) scan(b []byte) error {
	if d.coef == nil || len(b) < 1 || len(b) < 4+2*int(b[0]) {
		return errJPEG
	}
	n := int(b[0])
	from, to, high, low := int(b[1+2*n]), int(b[2+2*n]), int(b[3+2*n]>>4), uint(b[3+2*n]&15)
	if from > to || to > 63 || low > 13 || n < 1 || n > len(d.components) || from == 0 && to != 0 || from > 0 && n > 1 {
		return errJPEG
	}
	type part struct {
		component
		index    int
		dc, ac   *tree
		brighter bool
	}
	var parts []part
	for i := range n {
		k := -1
		for j, c := range d.components {
			if c.id == int(b[1+2*i]) {
				k = j
			}
		}
		if k < 0 {
			return errJPEG
		}
		t := b[2+2*i]
		p := part{d.components[k], k, d.trees[0][t>>4&3], d.trees[1][t&3], k == 0}
		if from == 0 && high == 0 && p.dc == nil || from > 0 && p.ac == nil {
			return errJPEG
		}
		parts = append(parts, p)
	}
	if n == 1 && !parts[0].brighter {
		return nil // the search for the next marker passes it by
	}
	d.reset()
	across, down := d.mcus.X, d.mcus.Y
	if n == 1 {
		across, down = (d.w+7)/8, (d.h+7)/8
	}
	done := 0
	for y := range down {
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		for x := range across {
			if d.restart > 0 && done > 0 && done%d.restart == 0 {
				if !d.resync() {
					return nil
				}
			}
			done++
			for i := range parts {
				p := &parts[i]
				if n == 1 {
					if err := d.block(d.at(x, y), p.index, p.dc, p.ac, from, to, high, low); err != nil {
						return err
					}
					continue
				}
				for j := range p.v {
					for i := range p.h {
						var spare [64]int16
						to := spare[:]
						if p.brighter {
							to = d.at(x*p.h+i, y*p.v+j)
						}
						if err := d.block(to, p.index, p.dc, nil, 0, 0, high, low); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

func (d *progressive) at(x, y int) []int16 { return d.coef[64*(y*d.blocks.X+x):][:64] }

func (d *progressive) reset() {
	d.bits, d.n, d.eobrun, d.pred = 0, 0, 0, [4]int{}
}

// resync goes on behind a restart marker; false when the scan ends there.
func (d *progressive) resync() bool {
	m, err := d.next()
	if err != nil {
		return false
	}
	if m < 0xd0 || m > 0xd7 {
		d.marker = m
		return false
	}
	d.reset()
	return true
}

// block decodes one block's share of a scan (T.81, G.1.2 and figures G.3 to G.7).
func (d *progressive) block(c []int16, index int, dc, ac *tree, from, to, high int, low uint) error {
	switch {
	case from == 0 && high == 0:
		size := d.symbol(dc)
		if size > 11 {
			return errJPEG
		}
		d.pred[index] += d.signed(uint(size))
		c[0] = int16(d.pred[index] << low)
	case from == 0:
		if d.bit() {
			c[0] |= 1 << low
		}
	case high == 0:
		return d.first(c, ac, from, to, low)
	default:
		return d.refine(c, ac, from, to, low)
	}
	return nil
}

func (d *progressive) first(c []int16, ac *tree, from, to int, low uint) error {
	if d.eobrun > 0 {
		d.eobrun--
		return nil
	}
	for k := from; k <= to; k++ {
		rs := d.symbol(ac)
		run, size := int(rs>>4), uint(rs&15)
		if size == 0 {
			if run < 15 {
				d.eobrun = 1<<run - 1 + d.receive(uint(run))
				return nil
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return errJPEG
		}
		c[zigzag[k]] = int16(d.signed(size) << low)
	}
	return nil
}

func (d *progressive) refine(c []int16, ac *tree, from, to int, low uint) error {
	plus, minus := int16(1)<<low, int16(-1)<<low
	correct := func(v *int16) {
		if d.bit() && *v&plus == 0 {
			if *v >= 0 {
				*v += plus
			} else {
				*v += minus
			}
		}
	}
	k := from
	if d.eobrun == 0 {
	symbols:
		for k <= to {
			rs := d.symbol(ac)
			run, size := int(rs>>4), rs&15
			value := int16(0)
			switch {
			case size == 0 && run < 15:
				d.eobrun = 1<<run + d.receive(uint(run))
				break symbols
			case size == 1:
				if value = minus; d.bit() {
					value = plus
				}
			case size != 0:
				return errJPEG
			}
			for ; k <= to; k++ {
				v := &c[zigzag[k]]
				if *v != 0 {
					correct(v)
					continue
				}
				if run == 0 {
					*v = value
					k++
					break
				}
				run--
			}
		}
	}
	if d.eobrun > 0 {
		for ; k <= to; k++ {
			if v := &c[zigzag[k]]; *v != 0 {
				correct(v)
			}
		}
		d.eobrun--
	}
	return nil
}

// fill makes n bits available, n at most 16. Beyond a scan's end they are zeros.
func (d *progressive) fill(n uint) {
	for d.n < n {
		var b byte
		if d.marker == 0 {
			var err error
			if b, err = d.in.ReadByte(); err == nil && b == 0xff {
				var next byte
				for next = 0xff; err == nil && next == 0xff; {
					next, err = d.in.ReadByte()
				}
				if next != 0 {
					d.marker, b = next, 0
				}
			}
			if err != nil {
				d.marker, b = 0xd9, 0
			}
		}
		d.bits = d.bits<<8 | uint32(b)
		d.n += 8
	}
}

func (d *progressive) receive(n uint) int {
	d.fill(n)
	d.n -= n
	return int(d.bits>>d.n) & (1<<n - 1)
}

func (d *progressive) bit() bool { return d.receive(1) != 0 }

// signed reads a number of n bits, of which the smaller half are negative (F.2.2.1).
func (d *progressive) signed(n uint) int {
	v := d.receive(n)
	if n > 0 && v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}

// symbol reads a Huffman code; an impossible one is 0.
func (d *progressive) symbol(t *tree) byte {
	d.fill(16)
	code := int(d.bits>>(d.n-16)) & 0xffff
	if e := t.short[code>>8]; e != 0 {
		d.n -= uint(e >> 8)
		return byte(e)
	}
	for length := 9; length <= 16; length++ {
		if c := code >> (16 - length); c < t.end[length] && c >= t.start[length] {
			d.n -= uint(length)
			return t.values[t.offset[length]+c-t.start[length]]
		}
	}
	d.n -= 16
	return 0
}

// tree is a Huffman table (T.81, annex C).
type tree struct {
	short              [256]uint16 // length<<8 | value of codes of 8 bits at most, 0 for longer ones
	start, end, offset [17]int     // first code of a length, the one after the last, and whose value
	values             [256]byte
}

func newTree(counts, values []byte) *tree {
	t := &tree{}
	copy(t.values[:], values)
	code, k := 0, 0
	for length := 1; length <= 16; length++ {
		t.start[length], t.offset[length] = code, k
		for range counts[length-1] {
			if length <= 8 {
				for i := range 1 << (8 - length) {
					if at := code<<(8-length) + i; at < 256 {
						t.short[at] = uint16(length)<<8 | uint16(t.values[k])
					}
				}
			}
			code++
			k++
		}
		t.end[length] = code
		code <<= 1
	}
	return t
}

// zigzag is the place of each coefficient in its block (T.81, figure A.6).
var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
