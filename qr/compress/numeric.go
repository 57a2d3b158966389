package compress

// Probabilities have 12 bits, 1 to 4095, and are of the next bit being one. Mixing
// works on their logistic domain: stretch(p) = ln(p/(1-p)), in units of 1/256,
// and squash is its inverse.

const (
	probabilityBits = 12
	maxStretch      = 2047
)

// knots holds 4096/(1+e^(-x/256)) for x from -2048 to 2048 in steps of 128. It
// is written out so that no implementation needs to agree on an exponential.
var knots = [33]int32{
	1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048,
	2550, 2994, 3349, 3608, 3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095,
}

// squashes and stretches are tables of the two functions.
var (
	squashes  = makeSquashes()
	stretches = makeStretches()
)

func makeSquashes() (t [2 * (maxStretch + 1)]int32) {
	for i := range t {
		weight := int32(i & 127)
		t[i] = (knots[i>>7]*(128-weight) + knots[i>>7+1]*weight + 64) >> 7
	}
	return t
}

// makeStretches inverts squash: stretch(p) is the least x with squash(x) ≥ p.
func makeStretches() (t [1 << probabilityBits]int32) {
	p := 0
	for x := int32(-maxStretch); x <= maxStretch; x++ {
		for ; p <= int(squash(x)); p++ {
			t[p] = x
		}
	}
	for ; p < len(t); p++ {
		t[p] = maxStretch
	}
	return t
}

// clamp limits x to the domain of squash.
func clamp(x int64) int32 {
	return int32(min(max(x, -maxStretch), maxStretch))
}

// squash takes x from -2047 to 2047.
func squash(x int32) int32 { return squashes[x+maxStretch+1] }

// hash is a hash of 32 bits: values are folded in one after the other, and
// finish mixes once more. It need not resist anybody: a message that
// makes contexts collide compresses badly and decodes all the same.
type hash uint32

const seed hash = 0x9E3779B9

func (h hash) add(x uint32) hash {
	h = (h ^ hash(x)) * 0x85EBCA6B
	return h ^ h>>13
}

func (h hash) finish() uint32 {
	h *= 0xC2B2AE35
	return uint32(h ^ h>>16)
}
