package compress

// contexts is how many contexts are asked for every byte.
const contexts = 9

// contextsAt returns the hashes of what the next byte is predicted from: bytes
// just before it, the word it stands in, and its place in the structure. Each begins
// with its own number, so that contexts of two kinds are two contexts.
//
//go:norace
func (s *syntax) contextsAt() (h [contexts]uint32) {
	state := uint32(s.state)
	before := func(n int) uint32 {
		r := s.recent & (1<<(8*n) - 1)
		return uint32(r) ^ uint32(r>>32)*0x9E3779B1
	}
	left := uint32(0)
	if s.state == inText {
		left = uint32(min(s.left, 20))
	}
	of := func(values ...uint32) uint32 {
		h := seed
		for _, v := range values {
			h = h.add(v)
		}
		return max(h.finish(), 1) // 0 stands for no context in counts
	}
	return [contexts]uint32{
		of(0, s.path, state),
		of(1, s.path, state, before(1)),
		of(2, before(2), state),
		of(3, before(3), state),
		of(4, before(5)),
		of(5, uint32(s.word), state, left),
		of(6, uint32(s.word), uint32(s.lastWord), state),
		of(7, s.path, uint32(s.item), state),
		of(8, s.path, uint32(s.item), uint32(s.last[s.path])),
	}
}

// places is how many values [syntax.place] has.
const places = 256

// place says in a small number where the next byte stands; it chooses the weights
// of one mixer.
//
//go:norace
func (s *syntax) place() int {
	switch s.state {
	case inHead:
		return int(s.path % 64)
	case inArgument:
		return 64 + int(s.path%61)
	case inText:
		place := 128 + min(s.position, 7)*4 + int(min(s.left, 3))
		if s.word == 0 {
			place += 32
		}
		return place
	}
	return places - 1
}
