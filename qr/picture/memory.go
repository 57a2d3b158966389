package picture

import "github.com/tetratelabs/wazero/experimental"

// memory is the one that a renderer draws in: address space set aside for the most
// that it may take, of which the system provides what is touched. A memory on the
// garbage collected heap would be copied each time it grows, and both copies count.
//
// The runtime frees it when a module closes, which it may do while somebody still
// looks at pixels; so that call does nothing, and the renderer unmaps it at its end.
type memory struct {
	space []byte // nil when none could be had: the heap serves then
	used  uint64
	heap  []byte
}

// newMemory sets aside at most max bytes.
func newMemory(max uint64) *memory {
	space, err := reserve(max)
	if err != nil {
		return &memory{}
	}
	return &memory{space: space}
}

// Allocate hands the memory out. A renderer has one module with one memory.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate grows the memory to size bytes, which stay where they are; nil when
// there are no more.
func (m *memory) Reallocate(size uint64) []byte {
	if m.space == nil {
		m.heap = append(m.heap, make([]byte, size-uint64(len(m.heap)))...)
		return m.heap
	}
	if size > uint64(len(m.space)) {
		return nil
	}
	if size > m.used {
		if err := commit(m.space[m.used:size]); err != nil {
			return nil
		}
		m.used = size
	}
	return m.space[:size:size]
}

// Free is the runtime's, see above.
func (m *memory) Free() {}

// unmap gives the memory back. Nothing may look at it afterwards.
func (m *memory) unmap() {
	if m.space != nil {
		release(m.space)
	}
	m.space, m.heap = nil, nil
}
