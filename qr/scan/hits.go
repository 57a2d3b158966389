package scan

import (
	"cmp"
	"math"
	"slices"
)

// hit is a symbol with the ground that it covers.
type hit struct {
	Symbol
	quad [4]point
}

// add keeps a hit unless the same text was read at the same place.
func (s *search) add(h hit) {
	centre := h.centre()
	for _, o := range s.found {
		if o.Text == h.Text && o.Format == h.Format && (o.contains(centre) || h.contains(o.centre())) {
			return
		}
	}
	for _, q := range h.quad {
		h.Corners = append(h.Corners, [2]int{int(math.Round(q.x)), int(math.Round(q.y))})
	}
	s.found = append(s.found, h)
}

func (h *hit) centre() point {
	return h.quad[0].add(h.quad[1]).add(h.quad[2]).add(h.quad[3]).mul(0.25)
}

// contains reports whether a position lies on the symbol.
func (h *hit) contains(p point) bool {
	in := true
	sign := 0.0
	for i := range 4 {
		a, b := h.quad[i], h.quad[(i+1)%4]
		c := b.sub(a).cross(p.sub(a))
		if c*sign < 0 {
			in = false
		}
		if c != 0 {
			sign = c
		}
	}
	return in
}

func (s *search) covered(p point) bool {
	for i := range s.found {
		if s.found[i].contains(p) {
			return true
		}
	}
	return false
}

// symbols lists what was found, from top to bottom and from left to right.
func (s *search) symbols() []Symbol {
	hits := slices.Clone(s.found)
	// Symbols whose middles are nearly level stand side by side.
	level := func(h hit) int { return int(h.centre().y / max(1, h.quad[0].distance(h.quad[3])/2)) }
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(level(a), level(b)), cmp.Compare(a.centre().x, b.centre().x))
	})
	out := make([]Symbol, len(hits))
	for i, h := range hits {
		out[i] = h.Symbol
	}
	return out
}
