package compress

// matcher looks for the last place where the bytes just before stood before, and
// predicts that what followed there follows here. It finds long repetitions that
// the contexts, which are shorter, see too late.

const (
	matchBytes  = 4 // how many bytes make a place worth finding
	matchPlaces = 1 << 16
	longest     = 31 // where the length of a match stops counting
)

type matcher struct {
	old     []byte // what the model has learnt from; never written
	new     []byte // what came since
	places  []int32
	at      int // where the predicted byte is
	length  int // of the match before it; 0: there is none
	expects int // the byte predicted
}

func (m *matcher) size() int { return len(m.old) + len(m.new) }

//go:norace
func (m *matcher) byteAt(i int) byte {
	if i < len(m.old) {
		return m.old[i]
	}
	return m.new[i-len(m.old)]
}

// next takes the byte that came.
//
//go:norace
func (m *matcher) next(b byte) {
	m.new = append(m.new, b)
	if m.length > 0 {
		m.at++
		m.length++
		if int(b) != m.expects {
			m.length = 0
		}
	}
	size := m.size()
	if size < matchBytes {
		return
	}
	h := hash(0)
	for i := range matchBytes {
		h = hash(seed.add(uint32(h)).add(uint32(m.byteAt(size - 1 - i))).finish())
	}
	place := &m.places[h>>16]
	if m.length == 0 && *place > 0 {
		m.at = int(*place)
		for m.length <= longest && m.at > m.length && m.byteAt(m.at-1-m.length) == m.byteAt(size-1-m.length) {
			m.length++
		}
	}
	*place = int32(size)
	if m.length > 0 {
		m.expects = int(m.byteAt(m.at))
	}
}
