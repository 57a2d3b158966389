package compress

// syntax follows the structure of a body byte by byte: where in an item the next
// byte stands, and under which keys. It is a reader of CBOR that accepts anything
// and asks nothing: the strict reader comes after it.

// states of the next byte.
const (
	inHead     = 0 // the first byte of an item
	inArgument = 1 // a byte of an item's argument
	inText     = 2 // a byte of a text string
	inBytes    = 3 // a byte of a byte string
)

const (
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
)

// deepest is how many containers are followed; what is deeper is taken for items
// of the deepest.
const deepest = 16

// container is an array or a map that is not at its end.
type container struct {
	isMap bool
	onKey bool   // in a map: the next item is a key
	key   uint32 // in a map: the key last read
	left  uint64 // items of an array, or pairs of a map, still to end
}

type syntax struct {
	state    int
	major    byte
	argument uint64
	argLeft  int    // bytes of the argument still to come
	left     uint64 // bytes of a string still to come
	position int    // of the next byte in the item, 0 for the one after the head's first
	stack    [deepest]container
	depth    int
	ended    bool // the item that is the body is at its end

	path     uint32 // the keys above the item
	item     hash   // the item's bytes so far
	word     hash   // the letters of the word so far; 0 between words
	lastWord hash   // the word before
	recent   uint64 // the last eight bytes
	last     map[uint32]hash
}

// begin makes s ready for a new body. What came before it is remembered.
func (s *syntax) begin() {
	*s = syntax{recent: s.recent, lastWord: s.lastWord, last: s.last}
	s.path = s.pathNow()
}

// pathNow folds the keys and the arrays that the next item stands under.
//
//go:norace
func (s *syntax) pathNow() uint32 {
	const array, key = 2000, 1000
	h := hash(17)
	for _, c := range s.stack[:s.depth] {
		switch {
		case !c.isMap:
			h = h.add(array)
		case c.onKey:
			h = h.add(key)
		default:
			h = h.add(c.key)
		}
	}
	return h.finish()
}

// next takes the byte that came.
//
//go:norace
func (s *syntax) next(b byte) {
	s.recent = s.recent<<8 | uint64(b)
	s.item = s.item.add(uint32(b) + 1)
	switch s.state {
	case inHead:
		s.position, s.word = 0, 0
		s.major, s.argument = b>>5, uint64(b&31)
		if s.argument >= 24 && s.argument < 28 && s.major < 6 {
			s.argLeft, s.argument, s.state = 1<<(s.argument-24), 0, inArgument
			return
		}
		s.headDone()
	case inArgument:
		s.position++
		s.argument = s.argument<<8 | uint64(b)
		if s.argLeft--; s.argLeft == 0 {
			s.headDone()
		}
	default:
		s.position++
		if s.state == inText {
			s.letter(b)
		}
		if s.left--; s.left == 0 {
			if s.word != 0 {
				s.lastWord, s.word = s.word, 0
			}
			s.endItem()
		}
	}
}

// letter follows words: letters of ASCII in lower case, and all bytes above ASCII.
//
//go:norace
func (s *syntax) letter(b byte) {
	switch {
	case b >= 'A' && b <= 'Z':
		s.word = s.word.add(uint32(b) + 'a' - 'A')
	case b >= 'a' && b <= 'z' || b >= 0x80:
		s.word = s.word.add(uint32(b))
	case s.word != 0:
		s.lastWord, s.word = s.word, 0
	}
}

// headDone goes on after a head whose argument is known.
//
//go:norace
func (s *syntax) headDone() {
	switch {
	case (s.major == majorBytes || s.major == majorText) && s.argument > 0:
		s.left, s.state = s.argument, inText
		if s.major == majorBytes {
			s.state = inBytes
		}
	case (s.major == majorArray || s.major == majorMap) && s.argument > 0 && s.depth < deepest:
		s.remember()
		s.stack[s.depth] = container{isMap: s.major == majorMap, onKey: s.major == majorMap, left: s.argument}
		s.depth++
		s.path = s.pathNow()
	default:
		if s.depth > 0 {
			if c := &s.stack[s.depth-1]; c.isMap && c.onKey {
				c.key = uint32(s.argument) + uint32(s.major)<<16
			}
		}
		s.endItem()
	}
}

// remember keeps what stood under this path, and starts another item.
//
//go:norace
func (s *syntax) remember() {
	s.last[s.path] = s.item
	s.item, s.state = 0, inHead
}

// endItem goes on after the last byte of an item, and of every container that
// ends with it.
//
//go:norace
func (s *syntax) endItem() {
	s.remember()
	for s.depth > 0 {
		c := &s.stack[s.depth-1]
		if c.onKey {
			c.onKey = false
			break
		}
		c.left--
		c.onKey = c.isMap
		if c.left > 0 {
			break
		}
		s.depth--
	}
	s.ended = s.depth == 0
	s.path = s.pathNow()
}
