package scan

import (
	"math"
	"slices"
)

// triple is three finders that may be the corners of one symbol: the upper left
// one, the one to its right and the one below. Scores are better when lower.
type triple struct {
	corner, right, down int // indices of finders
	score               float64
}

const (
	maxTriples = 600

	// Modules between the centres of two finders, versions 1 to 40.
	minSpan, maxSpan = 14, 170

	// In steep perspective the finders that do not stand side by side differ most.
	maxOpposite = 2.3
)

// combine lists the triples whose shape is that of a symbol seen up to about 35
// degrees askew, most regular first.
func combine(fs []finder) []triple {
	var out []triple
	for a := range fs {
		for b := range fs {
			if b == a || !alike(fs[a].size, fs[b].size) {
				continue
			}
			ab := fs[b].c.sub(fs[a].c)
			lb := ab.length()
			if !spans(lb, ab, fs[a].size, fs[b].size) {
				continue
			}
			for c := range fs {
				if c == a || c == b || !alike(fs[a].size, fs[c].size) || max(fs[b].size, fs[c].size) > maxOpposite*min(fs[b].size, fs[c].size) {
					continue
				}
				ac := fs[c].c.sub(fs[a].c)
				// With y downwards, right to down is a positive turn.
				turn := ab.cross(ac)
				if turn <= 0 {
					continue
				}
				lc := ac.length()
				sin, cos, ratio := turn/(lb*lc), ab.dot(ac)/(lb*lc), max(lb, lc)/min(lb, lc)
				if sin < 0.8 || ratio > 1.9 || !spans(lc, ac, fs[a].size, fs[c].size) {
					continue
				}
				sizes := max(fs[a].size, fs[b].size, fs[c].size) / min(fs[a].size, fs[b].size, fs[c].size)
				out = append(out, triple{a, b, c, math.Abs(cos) + (ratio - 1) + 0.5*(sizes-1)})
			}
		}
		if len(out) > 20*maxTriples { // a page of decoys
			out = best(out, maxTriples)
		}
	}
	return best(out, maxTriples)
}

func best(ts []triple, n int) []triple {
	slices.SortStableFunc(ts, func(a, b triple) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	return ts[:min(len(ts), n)]
}

func alike(a, b float64) bool { return max(a, b) < 1.7*min(a, b) }

// spans reports whether two finders at that distance leave a possible number of
// modules between them. A module measured along a row is too long when the symbol
// is turned, by 1/cos of the smaller angle to an axis.
func spans(distance float64, d point, a, b float64) bool {
	slant := max(math.Abs(d.x), math.Abs(d.y)) / distance
	n := distance / ((a + b) / 2 * slant)
	return n > minSpan*0.75 && n < maxSpan*1.3
}

// frame is a triple after its finders were traced.
type frame struct {
	corner, right, down outline
	versions            []version // most likely first
	timing              float64   // how well the timing patterns of the first alternate
	row, column         path      // timing patterns that are not straight
}

// look traces the finders of a triple and reads its timing patterns. It is cheap
// beside decoding, and tells nearly all triples that belong to no symbol.
// The finders are in pixels of a plane that is 1/scale times as large.
func (p *plane) look(fs []finder, t triple, scale float64) (frame, bool) {
	a, b, c := fs[t.corner].scaled(scale), fs[t.right].scaled(scale), fs[t.down].scaled(scale)
	right, down := unit(b.c.sub(a.c)), unit(c.c.sub(a.c))
	var f frame
	for _, x := range []struct {
		f finder
		o *outline
	}{{a, &f.corner}, {b, &f.right}, {c, &f.down}} {
		d := right
		slant := max(math.Abs(d.x), math.Abs(d.y))
		m := x.f.size * slant
		o, ok := p.trace(x.f.c, right.mul(m), down.mul(m))
		if !ok {
			return f, false
		}
		// Once more with what was learnt: directions and sizes differ in perspective.
		if again, ok := p.trace(o.centre, o.right, o.down); ok {
			o = again
		}
		*x.o = o
	}
	f.versions, f.timing = p.guessVersions(&f)
	if f.timing < plainTiming {
		p.walkInstead(&f)
	}
	return f, len(f.versions) > 0
}

func unit(p point) point { return p.mul(1 / p.length()) }

// flat returns the homography of the frame were it of dimension d, from the twelve
// corners of its finders.
func (f *frame) flat(d int) (homography, bool) {
	h, ok := fit(f.ties(d))
	return h, ok
}

func (f *frame) ties(d int) []tie {
	far := float64(d - 7)
	out := make([]tie, 0, 16)
	for _, x := range []struct {
		o    *outline
		x, y float64
	}{{&f.corner, 0, 0}, {&f.right, far, 0}, {&f.down, 0, far}} {
		q := x.o.corner
		out = append(out,
			tie{x.x, x.y, q[0], 1}, tie{x.x + 7, x.y, q[1], 1},
			tie{x.x + 7, x.y + 7, q[2], 1}, tie{x.x, x.y + 7, q[3], 1})
	}
	return out
}
