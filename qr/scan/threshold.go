package scan

import (
	"encoding/binary"
	"math/bits"
)

// mask tells dark pixels (1) from light ones (0), eight pixels of a row in a byte,
// the first in the lowest bit. It serves to find finder patterns only; modules are
// measured in grey.
type mask struct {
	bits   []uint8
	w, h   int
	stride int // bytes a row
}

func newMask(w, h int) *mask {
	stride := (w + cell - 1) / cell
	return &mask{bits: make([]uint8, stride*h), w: w, h: h, stride: stride}
}

func (m *mask) row(y int) []uint8 { return m.bits[y*m.stride:][:m.stride] }

func (m *mask) dark(x, y int) bool { return m.bits[y*m.stride+x/cell]>>(x%cell)&1 != 0 }

// appendEdges appends the positions at which row y turns dark, light, dark, … and
// its end.
func (m *mask) appendEdges(edges []int, y int) []int {
	var before uint8
	for i, b := range m.row(y) {
		// Bits that differ from the one before them.
		for turns := b ^ (b<<1 | before); turns != 0; turns &= turns - 1 {
			if x := i*cell + bits.TrailingZeros8(turns); x < m.w {
				edges = append(edges, x)
			}
		}
		before = b >> 7
	}
	return append(edges, m.w)
}

const (
	// Pixels on the side of a block that has one threshold, and in a byte of a mask.
	cell = 8

	// A block with less contrast than this is taken to be all paper or all ink.
	flatRange = 24

	// Of eight bytes in a word: the highest bits, the lowest bits.
	highs, lows = 0x8080808080808080, 0x0101010101010101
)

// eight returns eight pixels of a row from x on, the first in the lowest byte. The
// last pixel of a row stands for those beyond it.
func eight(row []uint8, x int) uint64 {
	if x+8 <= len(row) {
		return binary.LittleEndian.Uint64(row[x:])
	}
	var b [8]uint8
	for i := range b {
		b[i] = row[min(x+i, len(row)-1)]
	}
	return binary.LittleEndian.Uint64(b[:])
}

// atMost returns the highest bit of each byte of x that is no more than that of y.
func atMost(x, y uint64) uint64 {
	z := (y | highs) - (x &^ highs)
	return (y&^x | ^(y^x)&z) & highs
}

// spread makes a whole byte of each highest bit.
func spread(high uint64) uint64 { return high >> 7 * 0xff }

// compare sets the bits of a row whose pixels are at most the threshold of their
// block.
func compare(dst, row []uint8, thresholds func(block int) uint8) {
	for i := range dst {
		dark := atMost(eight(row, i*cell), lows*uint64(thresholds(i)))
		// The product gathers one bit of each byte in the highest byte.
		dst[i] = uint8(dark >> 7 * 0x0102040810204080 >> 56)
	}
	if over := len(dst)*cell - len(row); over > 0 {
		dst[len(dst)-1] &= 0xff >> over // beyond the border all is light
	}
}

// localMask thresholds each pixel against the 40 × 40 pixels around it. A block
// without contrast has no threshold of its own and takes its neighbours', which is
// what keeps the inside of large dark squares dark and empty paper empty.
func localMask(p *plane) *mask {
	m := newMask(p.w, p.h)
	bw, bh := m.stride, (p.h+cell-1)/cell
	black := make([]int32, bw*bh)
	for by := range bh {
		y0, y1 := by*cell, min((by+1)*cell, p.h)
		for bx := range bw {
			lo, hi, sum := extent(p, bx*cell, y0, y1)
			t := sum / int32(cell*(y1-y0))
			if hi-lo <= flatRange {
				// Just below paper: faint print beside it must not be lost.
				t = lo * 7 / 8
				if bx > 0 && by > 0 {
					near := (black[(by-1)*bw+bx] + 2*black[by*bw+bx-1] + black[(by-1)*bw+bx-1]) / 4
					if lo < near {
						t = near
					}
				}
			}
			black[by*bw+bx] = t
		}
	}
	// Sums over five blocks by five, rows first.
	const r = 2
	rows := make([]int32, bw*bh)
	for by := range bh {
		for bx := range bw {
			var s int32
			for k := -r; k <= r; k++ {
				s += black[by*bw+min(max(bx+k, 0), bw-1)]
			}
			rows[by*bw+bx] = s
		}
	}
	thresholds := make([]uint8, bw)
	for by := range bh {
		for bx := range bw {
			var s int32
			for k := -r; k <= r; k++ {
				s += rows[min(max(by+k, 0), bh-1)*bw+bx]
			}
			thresholds[bx] = uint8(s / 25)
		}
		for y := by * cell; y < min((by+1)*cell, p.h); y++ {
			compare(m.row(y), p.row(y), func(i int) uint8 { return thresholds[i] })
		}
	}
	return m
}

// extent returns the darkest and the lightest of the pixels in a block, and their
// sum.
func extent(p *plane, x, y0, y1 int) (lo, hi, sum int32) {
	const even = 0x00ff00ff00ff00ff
	least, most, sums := ^uint64(0), uint64(0), uint64(0)
	for y := y0; y < y1; y++ {
		v := eight(p.row(y), x)
		smaller, greater := spread(atMost(v, least)), spread(atMost(most, v))
		least = v&smaller | least&^smaller
		most = v&greater | most&^greater
		sums += v&even + v>>8&even
	}
	lo = 255
	for i := 0; i < 64; i += 8 {
		lo, hi = min(lo, int32(least>>i&0xff)), max(hi, int32(most>>i&0xff))
	}
	for i := 0; i < 64; i += 16 {
		sum += int32(sums >> i & 0xffff)
	}
	return lo, hi, sum
}

// globalMask thresholds the whole plane at the level that separates its two kinds
// of pixels best (Otsu). It is the better one for clean pictures with very large
// modules, where a neighbourhood of 40 pixels sees one module only.
func globalMask(p *plane) *mask {
	var hist [256]int
	for y := range p.h {
		for _, v := range p.row(y) {
			hist[v]++
		}
	}
	total, sum := 0, 0
	for v, n := range hist {
		total += n
		sum += v * n
	}
	var best float64
	level, n0, s0 := 127, 0, 0
	for v, n := range hist[:255] {
		n0 += n
		s0 += v * n
		n1 := total - n0
		if n0 == 0 || n1 == 0 {
			continue
		}
		d := float64(s0)/float64(n0) - float64(sum-s0)/float64(n1)
		if between := d * d * float64(n0) * float64(n1); between > best {
			best, level = between, v
		}
	}
	m := newMask(p.w, p.h)
	for y := range p.h {
		compare(m.row(y), p.row(y), func(int) uint8 { return uint8(level) })
	}
	return m
}
