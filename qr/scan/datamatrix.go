package scan

import (
	"math/bits"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix/decoder"
	"github.com/makiuchi-d/gozxing/datamatrix/detector"
)

// Data Matrix symbols come from others, on papers that identify a patient. The
// library below finds one if it stands alone about the middle of a picture, so that
// places on the page that look like one are cut out for it.

const (
	// Edges that make a cell of a mask busy.
	dmEdges = 10

	// Places looked at on a page, and their sides in pixels.
	maxPlaces          = 16
	minPlace, maxPlace = 24, 900
)

// dataMatrix looks for Data Matrix symbols where no other symbol was found.
func (s *search) dataMatrix(m *mask, scale float64) {
	for _, r := range busyPlaces(m) {
		if s.ctx.Err() != nil {
			return
		}
		middle := point{float64(r.x+r.w/2) / scale, float64(r.y+r.h/2) / scale}
		if s.covered(middle) {
			continue
		}
		h, ok := readDataMatrix(m, r)
		if !ok {
			continue
		}
		for i := range h.quad {
			h.quad[i] = h.quad[i].mul(1 / scale)
		}
		s.add(h)
	}
}

// place is a rectangle of pixels.
type place struct{ x, y, w, h int }

// busyPlaces returns the patches of a page where dark and light alternate in both
// directions and that are about square, the largest first.
func busyPlaces(m *mask) []place {
	cw, ch := m.w/cell, m.h/cell
	if cw < 3 || ch < 3 {
		return nil
	}
	busy := make([]bool, cw*ch)
	for cy := range ch {
		for cx := range cw {
			edges := 0
			for y := cy * cell; y < (cy+1)*cell; y++ {
				b := m.bits[y*m.stride+cx]
				edges += bits.OnesCount8((b ^ b>>1) & 0x7f)
				if y > 0 {
					edges += bits.OnesCount8(b ^ m.bits[(y-1)*m.stride+cx])
				}
			}
			busy[cy*cw+cx] = edges >= dmEdges
		}
	}
	var out []place
	var stack []int
	for start := range busy {
		if !busy[start] {
			continue
		}
		x0, y0, x1, y1, n := cw, ch, 0, 0, 0
		stack = append(stack[:0], start)
		busy[start] = false
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := c%cw, c/cw
			x0, y0, x1, y1, n = min(x0, x), min(y0, y), max(x1, x), max(y1, y), n+1
			for j := max(0, y-1); j <= min(ch-1, y+1); j++ {
				for i := max(0, x-1); i <= min(cw-1, x+1); i++ {
					if busy[j*cw+i] {
						busy[j*cw+i] = false
						stack = append(stack, j*cw+i)
					}
				}
			}
		}
		w, h := x1-x0+1, y1-y0+1
		if n*2 < w*h || w > 2*h || h > 2*w {
			continue // not filled, or a line of print
		}
		p := place{x0 * cell, y0 * cell, w * cell, h * cell}
		if max(p.w, p.h) >= minPlace && max(p.w, p.h) <= maxPlace {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b place) int { return b.w*b.h - a.w*a.h })
	return out[:min(len(out), maxPlaces)]
}

// readDataMatrix reads the symbol that fills a place.
func readDataMatrix(m *mask, r place) (h hit, ok bool) {
	defer func() {
		if recover() != nil {
			h, ok = hit{}, false
		}
	}()
	// A margin that is light whatever stands beside the symbol.
	const inside, margin = cell, 8
	x0, y0 := max(0, r.x-inside), max(0, r.y-inside)
	x1, y1 := min(m.w, r.x+r.w+inside), min(m.h, r.y+r.h+inside)
	cut, err := gozxing.NewBitMatrix(x1-x0+2*margin, y1-y0+2*margin)
	if err != nil {
		return hit{}, false
	}
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if m.dark(x, y) {
				cut.Set(x-x0+margin, y-y0+margin)
			}
		}
	}
	d, err := detector.NewDetector(cut)
	if err != nil {
		return hit{}, false
	}
	found, err := d.Detect()
	if err != nil || !bordered(found.GetBits()) {
		return hit{}, false
	}
	result, err := decoder.NewDecoder().Decode(found.GetBits())
	if err != nil || result.GetText() == "" || len(found.GetPoints()) != 4 {
		return hit{}, false
	}
	h.Text, h.Format = result.GetText(), FormatDataMatrix
	// The library goes round the other way, from the upper left through the lower left.
	for i, p := range found.GetPoints() {
		h.quad[(4-i)%4] = point{p.GetX() + float64(x0-margin), p.GetY() + float64(y0-margin)}
	}
	return h, true
}

// bordered reports whether a sampled symbol has its border: dark on the left and
// below, dark and light by turns above and on the right. The library samples
// anything, and the smallest symbols have little to tell chance from text.
func bordered(b *gozxing.BitMatrix) bool {
	w, h := b.GetWidth(), b.GetHeight()
	if w < 10 || h < 8 {
		return false
	}
	right := 0
	count := func(ok bool) {
		if ok {
			right++
		}
	}
	for y := range h {
		count(b.Get(0, y))
		count(b.Get(w-1, y) == (y%2 == 1))
	}
	for x := range w {
		count(b.Get(x, h-1))
		count(b.Get(x, 0) == (x%2 == 0))
	}
	return right*10 >= 2*(w+h)*9
}
