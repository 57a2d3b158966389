package compress

// For every context, counts keeps which bytes followed it and how often of late. It is
// an open-addressing hash table of contexts, each with the list of its bytes in
// the order in which they were first seen.

const (
	// maxBytes is how many different bytes one context keeps; the oldest makes
	// room for a new one. It bounds the time that a hostile message takes.
	maxBytes = 24
	// maxCount is where counts stop.
	maxCount = 60
	// When a byte follows a context, the counts above keepCount of the others
	// there are cut by half: what happened lately predicts better.
	keepCount = 2
)

// follower is a byte that followed a context.
type follower struct {
	value byte
	count uint8
}

// list is the followers of one context, the oldest first.
type list struct {
	n     int
	items [maxBytes]follower
}

// count counts that value followed.
//
//go:norace
func (l *list) count(value byte) {
	found := false
	for i := range l.items[:l.n] {
		f := &l.items[i]
		switch {
		case f.value == value:
			f.count = min(f.count+1, maxCount)
			found = true
		case f.count > keepCount:
			f.count = (f.count + keepCount) / 2
		}
	}
	if found {
		return
	}
	if l.n == maxBytes {
		copy(l.items[:], l.items[1:])
		l.n--
	}
	l.items[l.n] = follower{value, 1}
	l.n++
}

// keep drops the followers of which the bit at shift is another.
//
//go:norace
func (l *list) keep(shift uint, bit int) {
	if l.n == 1 { // the usual case
		if int(l.items[0].value>>shift&1) != bit {
			l.n = 0
		}
		return
	}
	kept := 0
	for _, f := range l.items[:l.n] {
		if int(f.value>>shift&1) == bit {
			l.items[kept] = f
			kept++
		}
	}
	l.n = kept
}

// node is one follower of a list; next is the rank of the one after it, 0 at the
// end.
type node struct {
	follower
	next uint32
}

// slot is a context and its first follower: most have no other.
type slot struct {
	key uint32 // 0: the slot is free
	node
}

type counts struct {
	slots []slot // a power of two of them
	used  int
	nodes []node // node 0 is none
}

func newCounts(size int) *counts {
	return &counts{slots: make([]slot, size), nodes: make([]node, 1, size/4)}
}

// find returns the slot of key, or the free one where it would go.
//
//go:norace
func (c *counts) find(key uint32) *slot {
	mask := uint32(len(c.slots) - 1)
	i := key & mask
	for c.slots[i].key != 0 && c.slots[i].key != key {
		i = (i + 1) & mask
	}
	return &c.slots[i]
}

// get fills l with the followers of a context, and reports whether it is known.
//
//go:norace
func (c *counts) get(key uint32, l *list) bool {
	s := c.find(key)
	l.n = 0
	if s.key == 0 {
		return false
	}
	l.items[0], l.n = s.follower, 1
	for n := s.next; n != 0; n = c.nodes[n].next {
		l.items[l.n] = c.nodes[n].follower
		l.n++
	}
	return true
}

// count counts that value followed a context.
//
//go:norace
func (c *counts) count(key uint32, value byte) {
	s := c.find(key)
	if s.key != 0 && s.next == 0 && s.value == value { // the usual case
		s.follower.count = min(s.follower.count+1, maxCount)
		return
	}
	var l list
	c.get(key, &l)
	l.count(value)
	c.put(key, &l)
}

// put sets the followers of a context, at least one and never fewer than before.
//
//go:norace
func (c *counts) put(key uint32, l *list) {
	s := c.find(key)
	if s.key == 0 {
		if c.used >= len(c.slots)*3/4 {
			c.grow()
			s = c.find(key)
		}
		c.used++
		s.key = key
	}
	s.follower = l.items[0]
	before := &s.node
	for _, f := range l.items[1:l.n] {
		if before.next == 0 {
			before.next = uint32(len(c.nodes))
			c.nodes = append(c.nodes, node{})
		}
		before = &c.nodes[before.next]
		before.follower = f
	}
}

//go:norace
func (c *counts) grow() {
	old := c.slots
	c.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.key != 0 {
			*c.find(s.key) = s
		}
	}
}
