package scan

import (
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// format is what a symbol says about itself: how much redundancy, which mask.
type format struct {
	level decoder.ErrorCorrectionLevel
	mask  uint8
}

// formats returns the formats that agree best with the thirty modules that state
// it twice, best first. Comparing all 32 words with how sure each module is beats
// counting wrong bits.
func (s *signals) formats(count int) []format {
	d := s.dim
	var seen [15]float64
	get := func(x, y int) float64 { return float64(s.v[y*d+x]) }
	first := [15][2]int{{0, 8}, {1, 8}, {2, 8}, {3, 8}, {4, 8}, {5, 8}, {7, 8}, {8, 8}, {8, 7},
		{8, 5}, {8, 4}, {8, 3}, {8, 2}, {8, 1}, {8, 0}}
	for i, at := range first {
		seen[i] += get(at[0], at[1])
		if i < 7 {
			seen[i] += get(8, d-1-i)
		} else {
			seen[i] += get(d-15+i, 8)
		}
	}
	type scored struct {
		bits  uint32
		score float64
	}
	all := make([]scored, 32)
	for data := range uint32(32) {
		word := formatWord(data)
		score := 0.0
		for i, v := range seen {
			if word>>(14-i)&1 == 0 {
				v = -v
			}
			score += v
		}
		all[data] = scored{data, score}
	}
	slices.SortStableFunc(all, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var out []format
	for _, a := range all[:count] {
		level, err := decoder.ErrorCorrectionLevel_ForBits(uint(a.bits >> 3))
		if err != nil {
			continue
		}
		out = append(out, format{level, uint8(a.bits & 7)})
	}
	return out
}

// formatWord is five bits with their ten check bits (BCH, generator 0x537), masked.
func formatWord(data uint32) uint32 {
	r := data << 10
	for i := 14; i >= 10; i-- {
		if r>>i&1 != 0 {
			r ^= 0x537 << (i - 10)
		}
	}
	return (data<<10 | r) ^ 0x5412
}

// masked reports whether a mask turns the module at (x, y) over.
func masked(mask uint8, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// codewords reads the codewords of a symbol and how sure each is: as sure as its
// least sure module, 0 to 255.
func (s *signals) codewords(l *layout, mask uint8) (words, sure []byte) {
	n := l.tables.GetTotalCodewords()
	words, sure = make([]byte, n), make([]byte, n)
	for i := range words {
		var w byte
		least := float32(1)
		for _, at := range l.order[8*i:][:8] {
			v := s.v[at]
			if masked(mask, int(at)%l.dim, int(at)/l.dim) {
				v = -v
			}
			w <<= 1
			if v > 0 {
				w |= 1
			}
			least = min(least, max(v, -v))
		}
		words[i], sure[i] = w, byte(least*255)
	}
	return words, sure
}

// block is one Reed–Solomon block of a symbol.
type block struct {
	words, sure []byte
	ec          int
}

// blocks undoes the interleaving.
func blocks(l *layout, level decoder.ErrorCorrectionLevel, words, sure []byte) ([]block, bool) {
	a, err := decoder.DataBlock_GetDataBlocks(words, l.tables, level)
	if err != nil {
		return nil, false
	}
	b, err := decoder.DataBlock_GetDataBlocks(sure, l.tables, level)
	if err != nil {
		return nil, false
	}
	out := make([]block, len(a))
	for i := range a {
		out[i] = block{a[i].GetCodewords(), b[i].GetCodewords(), len(a[i].GetCodewords()) - a[i].GetNumDataCodewords()}
	}
	return out, true
}

// Check symbols that must be left over when positions were guessed to be erased:
// chance then passes one block of noise in ten thousand million.
const spareSymbols = 4

// spare returns how many must be left over without erasures. Blocks with few check
// symbols keep some back, as the standard has it; the others are long enough.
func spare(ec int) int {
	switch {
	case ec <= 7:
		return 3
	case ec <= 10:
		return 2
	case ec <= 15:
		return 1
	}
	return 0
}

// data corrects all blocks and returns their data codewords. Each block is tried
// as it stands, then with its least sure codewords erased, more at each try.
func data(bs []block) ([]byte, bool) {
	var out []byte
	for _, b := range bs {
		if !b.repair() {
			return nil, false
		}
		out = append(out, b.words[:len(b.words)-b.ec]...)
	}
	return out, true
}

func (b *block) repair() bool {
	if _, ok := correct(b.words, b.ec, nil, spare(b.ec)); ok {
		return true
	}
	order := make([]int, len(b.words))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return int(b.sure[x]) - int(b.sure[y]) })
	for _, n := range erasures(b.ec) {
		if _, ok := correct(b.words, b.ec, order[:n], spareSymbols); ok {
			return true
		}
	}
	return false
}

// erasures lists how many codewords are erased, one number after the other, in a
// block with so many check symbols.
func erasures(ec int) (out []int) {
	for _, part := range []float64{0.25, 0.5, 0.7, 0.85} {
		if n := int(math.Round(part * float64(ec))); n <= ec-spareSymbols {
			out = append(out, n)
		}
	}
	return out
}
