package compress

import "slices"

// levels is into how many steps counts are quantised.
const levels = 10

// steps gives the step of a count; from its last on, all are of the last step.
var steps = func() (t [33]uint8) {
	bounds := [levels]int{0, 1, 2, 3, 4, 5, 7, 10, 16, 32}
	for step, first := range bounds {
		for i := first; i < len(t); i++ {
			t[i] = uint8(step)
		}
	}
	return t
}()

// tenths is what each step stands for before anything is learnt, in tenths.
var tenths = [levels]int{0, 10, 20, 30, 40, 55, 80, 120, 220, 500}

// The inputs of a mixer: one for each context, the match, and a constant.
const (
	inputs      = contexts + 2
	matchInput  = contexts
	constant    = contexts + 1
	mixers      = 2
	firstWeight = 9830 // 0.15
	rate        = 10
)

// predictor is everything that a prediction rests on and that changes with every
// bit; the counts apart.
type predictor struct {
	syntax syntax
	match  matcher

	// adaptive[i][zeros*levels+ones] is the probability, of 65536, that a one
	// follows in context i after so many zeros and ones.
	adaptive [contexts][levels * levels]uint16
	matched  [longest + 1]uint16     // that a match of this length goes on
	weights  [mixers][][inputs]int32 // 16 binary places

	// Of the byte being coded:
	partial   uint32 // a one, and its bits so far
	bits      uint   // how many
	hashes    [contexts]uint32
	followers [contexts]list // of each context
	possible  [contexts]list // those that begin as the byte does
	place     int

	// Of the bit being coded:
	cells   [contexts]int // in adaptive; -1: nothing is known
	in      [inputs]int32
	matches bool
	chosen  [mixers]int // the weights in use
	mixed   [mixers]int32
}

func newPredictor() *predictor {
	p := new(predictor)
	for i := range p.adaptive {
		for zeros, z := range tenths {
			for ones, o := range tenths {
				p.adaptive[i][zeros*levels+ones] = uint16(65535 * (o + 3) / (z + o + 6))
			}
		}
	}
	for n := range p.matched {
		p.matched[n] = uint16(65535 - 65536/(n+3))
	}
	p.weights = [mixers][][inputs]int32{make([][inputs]int32, 3*256), make([][inputs]int32, places*8)}
	for _, sets := range p.weights {
		for i := range sets {
			for j := range sets[i] {
				sets[i][j] = firstWeight
			}
		}
	}
	p.match.places = make([]int32, matchPlaces)
	p.syntax.last = map[uint32]hash{}
	p.syntax.begin()
	return p
}

// startByte prepares the prediction of the next byte's bits.
//
//go:norace
func (p *predictor) startByte(c memory) {
	p.partial, p.bits = 1, 0
	p.hashes = p.syntax.contextsAt()
	for i, h := range p.hashes {
		c.followers(h, &p.followers[i])
		p.possible[i] = p.followers[i]
	}
	p.place = p.syntax.place()
}

// predict returns the probability, of 4096, that the next bit is one.
//
//go:norace
func (p *predictor) predict() int32 {
	shift := 7 - p.bits
	for i := range p.possible {
		p.cells[i], p.in[i] = -1, 0
		l := &p.possible[i]
		if l.n == 0 {
			continue
		}
		var n [2]int
		for _, f := range l.items[:l.n] {
			n[f.value>>shift&1] += int(f.count)
		}
		p.cells[i] = step(n[0])*levels + step(n[1])
		p.in[i] = stretches[p.adaptive[i][p.cells[i]]>>4]
	}
	p.in[constant] = 256
	p.matchBit(shift)

	length := 0 // none, short or long
	if p.matches {
		length = 1
		if p.match.length > 15 {
			length = 2
		}
	}
	sum := int32(0)
	for i, selection := range [mixers]int{length*256 + int(p.partial), p.place*8 + int(p.bits)} {
		w := &p.weights[i][selection]
		dot := int64(0)
		for j, x := range p.in {
			dot += int64(x) * int64(w[j])
		}
		p.chosen[i], p.mixed[i] = selection, clamp(dot>>16)
		sum += p.mixed[i]
	}
	return squash(sum >> 1)
}

// matchBit sets the input of the match, which holds as long as the byte begins as
// the one predicted.
//
//go:norace
func (p *predictor) matchBit(shift uint) {
	m := &p.match
	p.in[matchInput] = 0
	p.matches = m.length > 0 && uint32(m.expects|256)>>(shift+1) == p.partial
	if !p.matches {
		return
	}
	x := stretches[p.matched[min(m.length, longest)]>>4]
	if m.expects>>shift&1 == 0 {
		x = -x
	}
	p.in[matchInput] = x
}

func step(count int) int { return int(steps[min(count, len(steps)-1)]) }

// learn takes the bit that came, and reports whether a byte is complete.
//
//go:norace
func (p *predictor) learn(bit int) bool {
	for i, selection := range p.chosen {
		w := &p.weights[i][selection]
		miss := (int32(bit)<<probabilityBits - squash(p.mixed[i])) * rate
		for j, x := range p.in {
			w[j] += (x*miss + 1<<13) >> 14
		}
	}
	target := int32(bit) * 65535
	for i, cell := range p.cells {
		if cell >= 0 {
			q := &p.adaptive[i][cell]
			*q = uint16(int32(*q) + (target-int32(*q))>>7)
		}
	}
	shift := 7 - p.bits
	if p.matches {
		goesOn := int32(0)
		if p.match.expects>>shift&1 == bit {
			goesOn = 65535
		}
		q := &p.matched[min(p.match.length, longest)]
		*q = uint16(int32(*q) + (goesOn-int32(*q))>>6)
	}
	for i := range p.possible {
		p.possible[i].keep(shift, bit)
	}
	p.partial = p.partial<<1 | uint32(bit)
	p.bits++
	return p.bits == 8
}

// endByte takes the byte that came, once startByte prepared it.
//
//go:norace
func (p *predictor) endByte(c memory, b byte) {
	for i, h := range p.hashes {
		l := &p.followers[i]
		l.count(b)
		c.own.put(h, l)
	}
	p.match.next(b)
	p.syntax.next(b)
}

// clone copies p, but for the history of its matches, which is never written.
func (p *predictor) clone() *predictor {
	q := *p
	q.match.old, q.match.new = p.match.old, nil
	q.match.places = slices.Clone(p.match.places)
	for i, w := range p.weights {
		q.weights[i] = slices.Clone(w)
	}
	q.syntax.last = make(map[uint32]hash, len(p.syntax.last))
	for path, item := range p.syntax.last {
		q.syntax.last[path] = item
	}
	return &q
}
