package scan

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// search is the state of one page: what was read so far, and where.
type search struct {
	ctx     context.Context
	page    *plane
	levels  []*plane // the page at 1, 1/2, 1/4, … of its size, as far as made
	enough  func([]Symbol) bool
	observe func(Step)
	found   []hit
	failed  []failure
	pairs   [][2]point // of finders, that a third was looked for
	effort  effort     // left on this page
	// Frames whose timing patterns speak for a symbol that could not be read.
	pending []point
}

const (
	// Triples of one pass that are decoded, and pairs that a third finder is looked
	// for. A page of our sheets needs eight.
	maxAttempts = 60
	maxPairs    = 200

	// Times that one symbol is decoded in vain before it is given up.
	maxAgain = 2

	// The first pass looks at the page at no more than this, which is A4 at 200 dpi
	// and some, the last ones at no more than that.
	firstPixels = 5 << 20
	lastPixels  = 12 << 20

	// Pictures of no more than this on each side may be symbols drawn a pixel a module.
	tiny = 200

	// How well timing patterns alternate when there is a symbol for sure, and when it
	// is plain besides.
	sureTiming  = 0.6
	plainTiming = 0.8
)

// Names of the ladder's stages, for whoever measures them.
const (
	StageFirst      = "first look"      // the page, or what is left of it at 5 Mpx
	StageFiner      = "finer"           // more of the pixels of a larger page
	StageHalf       = "half size"       // noise and dots of print average out
	StageDataMatrix = "datamatrix"      // other people's symbols
	StageGlobal     = "one threshold"   // very large modules in clean pictures
	StageDouble     = "double size"     // modules of less than two pixels
	StageSharpened  = "double, sharper" // finders whose rings blur has closed
	StageQuarter    = "quarter size"    // coarse print, close by
	StageInverted   = "light on dark"   // negatives
	StageEnlarged   = "enlarged"        // files with a pixel or two for each module
)

// stage is one way of looking at the page.
type stage struct {
	name string
	need func() bool
	look func()
}

// stages is the ladder, for a page that is small enough once it was halved coarse
// times. bench/reading measures what each stage brings for the time it takes.
func (s *search) stages(coarse int) []stage {
	always := func() bool { return true }
	nothing := func() bool { return len(s.found) == 0 }
	look := func(k int) func() { return func() { s.pass(localMask(s.level(k)), scaleOf(k)) } }
	var first *mask
	out := []stage{{StageFirst, always, func() {
		first = localMask(s.level(coarse))
		s.pass(first, scaleOf(coarse))
	}}}
	// Small symbols need pixels, large ones few of them: every size is looked at.
	for k := coarse - 1; k >= 0; k-- {
		out = append(out, stage{StageFiner, always, look(k)})
	}
	var double *plane
	small := s.level(coarse)
	enlarges := func() bool { return small.w*small.h*4 <= lastPixels && s.wanting() }
	return append(out,
		stage{StageHalf, always, look(coarse + 1)},
		stage{StageDataMatrix, always, func() { s.dataMatrix(first, scaleOf(coarse)) }},
		stage{StageInverted, nothing, func() { s.apart(small.inverted(), scaleOf(coarse)) }},
		stage{StageGlobal, s.wanting, func() { s.pass(globalMask(small), scaleOf(coarse)) }},
		stage{StageDouble, enlarges, func() {
			double = small.double()
			s.pass(localMask(double), 2*scaleOf(coarse))
		}},
		stage{StageSharpened, enlarges, func() { s.pass(localMask(double.sharpened()), 2*scaleOf(coarse)) }},
		stage{StageQuarter, s.wanting, look(coarse + 2)},
		stage{StageEnlarged, func() bool { return nothing() && max(s.page.w, s.page.h) <= tiny }, func() { s.apart(s.page.enlarged(4), 4) }},
	)
}

// apart searches a picture that was made of the page, scale times its size.
func (s *search) apart(view *plane, scale float64) {
	sub := &search{ctx: s.ctx, page: view, effort: s.effort}
	sub.pass(localMask(view), 1)
	s.effort = sub.effort
	for _, h := range sub.found {
		for i := range h.quad {
			h.quad[i] = h.quad[i].mul(1 / scale)
		}
		h.Corners = nil
		s.add(h)
	}
}

// failure is a frame that was decoded in vain. Later triples and later stages come
// upon the same symbol again, measured a little otherwise, which may help, but not
// any number of times.
type failure struct {
	centres [3]point
	module  float64 // pixels
}

// hopeless reports whether a frame was tried before, or its place often enough.
func (s *search) hopeless(f failure) bool {
	again := 0
	for _, o := range s.failed {
		same, near := 0.1*f.module, 2*f.module
		d := max(o.centres[0].distance(f.centres[0]), o.centres[1].distance(f.centres[1]), o.centres[2].distance(f.centres[2]))
		if d < same {
			return true
		}
		if d < near {
			again++
		}
	}
	return again >= maxAgain
}

// run climbs the ladder: cheap stages first, dearer ones while nothing was read or
// there are signs of a symbol that was not.
func (s *search) run() {
	if s.page.w < 16 || s.page.h < 16 {
		return
	}
	coarse := 0
	for s.page.w>>coarse*(s.page.h>>coarse) > firstPixels {
		coarse++
	}
	for _, st := range s.stages(coarse) {
		if s.over() {
			return
		}
		if !st.need() {
			continue
		}
		if s.observe == nil {
			st.look()
			continue
		}
		before, start := len(s.found), time.Now()
		st.look()
		step := Step{Stage: st.name, Took: time.Since(start)}
		for _, h := range s.found[before:] {
			step.Found = append(step.Found, h.Symbol)
		}
		s.observe(step)
	}
}

func scaleOf(level int) float64 { return math.Ldexp(1, -level) }

// level returns the page at half its size k times over.
func (s *search) level(k int) *plane {
	if len(s.levels) == 0 {
		s.levels = append(s.levels, s.page)
	}
	for len(s.levels) <= k {
		s.levels = append(s.levels, s.levels[len(s.levels)-1].half())
	}
	return s.levels[k]
}

// finest returns the level at which a module is measured best: four to eight
// pixels wide. More pixels only bring their noise with them.
func finest(size float64) int {
	k := 0
	for size >= 8 {
		size /= 2
		k++
	}
	return k
}

// wanting reports whether something is left to be read.
func (s *search) wanting() bool {
	s.pending = slices.DeleteFunc(s.pending, s.covered)
	return len(s.found) == 0 || len(s.pending) > 0
}

// candidate is a frame measured on level k, and how promising it is.
type candidate struct {
	frame
	k       int
	finders [3]int // −1 for one that was not found as such
	promise float64
	failed  bool
}

// pass searches one rendition of the page, scale times its size, for triples of
// finders and reads those that hold.
func (s *search) pass(m *mask, scale float64) {
	fs := findFinders(s.ctx, m)
	for i := range fs {
		fs[i] = fs[i].scaled(1 / scale)
	}
	unexplained := func() []finder {
		fs = slices.DeleteFunc(fs, func(f finder) bool { return s.covered(f.c) })
		return fs
	}
	s.attempt(unexplained(), s.fromTriples(fs))
	if s.ctx.Err() == nil {
		s.attempt(unexplained(), s.fromPairs(fs))
	}
}

func (s *search) over() bool {
	return s.ctx.Err() != nil || s.enough != nil && len(s.found) > 0 && s.enough(s.symbols())
}

// fromTriples frames the triples of finders that have the timing patterns of a
// symbol between them. Those that leave no doubt are read at once, which spares
// every other triple that their finders are part of.
func (s *search) fromTriples(fs []finder) []candidate {
	var out []candidate
	used := make([]bool, len(fs))
	plain := 0
	for i, t := range combine(fs) {
		if i&15 == 0 && s.ctx.Err() != nil {
			break
		}
		if used[t.corner] || used[t.right] || used[t.down] {
			continue
		}
		k := finest(min(fs[t.corner].size, fs[t.right].size, fs[t.down].size))
		f, ok := s.level(k).look(fs, t, scaleOf(k))
		if !ok {
			continue
		}
		c := candidate{f, k, [3]int{t.corner, t.right, t.down}, f.timing - 0.3*t.score, false}
		if f.timing < plainTiming || plain >= maxAttempts {
			out = append(out, c)
			continue
		}
		if plain++; !s.read(&c) {
			out = append(out, c)
			continue
		}
		for i := range fs {
			used[i] = used[i] || s.covered(fs[i].c)
		}
	}
	return slices.DeleteFunc(out, func(c candidate) bool {
		return used[c.finders[0]] || used[c.finders[1]] || used[c.finders[2]]
	})
}

// attempt reads candidates, the most promising first, each finder serving once.
func (s *search) attempt(fs []finder, cs []candidate) {
	slices.SortStableFunc(cs, func(a, b candidate) int { return cmp.Compare(b.promise, a.promise) })
	used := make([]bool, len(fs))
	attempts := 0
	for i := range cs {
		c := &cs[i]
		taken := c.failed
		for _, f := range c.finders {
			taken = taken || f >= 0 && used[f]
		}
		if taken {
			continue
		}
		if attempts++; attempts > maxAttempts || s.ctx.Err() != nil {
			return
		}
		if s.read(c) {
			for i := range fs {
				used[i] = used[i] || s.covered(fs[i].c)
			}
		}
	}
}

// read decodes one candidate and keeps what it says.
func (s *search) read(c *candidate) bool {
	out := 1 / scaleOf(c.k)
	f := failure{[3]point{c.corner.centre.mul(out), c.right.centre.mul(out), c.down.centre.mul(out)}, c.corner.right.length() * out}
	if s.hopeless(f) {
		return false
	}
	h, ok := s.level(c.k).decode(s.ctx, &c.frame, &s.effort)
	if !ok {
		c.failed = true
		s.failed = append(s.failed, f)
		if c.timing >= sureTiming {
			s.pending = append(s.pending, f.centres[1].add(f.centres[2]).mul(0.5))
		}
		return false
	}
	for i := range h.quad {
		h.quad[i] = h.quad[i].mul(out)
	}
	s.add(h)
	return true
}
