package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
)

// bbolt trusts its pages: a damaged one makes it panic, read memory that is not
// there, or walk in a circle, some of it in goroutines that nobody can recover.
// checkPages walks the file by itself first, in bounded memory and without ever
// visiting a page twice. It knows bbolt's file format, version 2, as written in
// bbolt's internal/common (page.go, meta.go, bucket.go).

const (
	pageHeader     = 16
	pageElement    = 16
	flagBranch     = 0x01
	flagLeaf       = 0x02
	flagMeta       = 0x04
	flagFreelist   = 0x10
	elementBucket  = 0x01
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	metaSize       = 64
	bucketHeader   = 16
	noFreelist     = ^uint64(0)
	bigCount       = 0xFFFF
	maxDepth       = 64
	maxBoltKeySize = 32768
	// maxProblems bounds what one walk reports.
	maxProblems = 100
)

// pageProblems is what a walk found. tree is about what is reachable: bbolt must
// not follow it. free is about the free list: bbolt may read, but a page that is
// in use would be written over. mild is for what bbolt lives with: pages that
// nobody uses, and one of the two meta pages gone, with which the last change
// before may be gone too.
type pageProblems struct {
	tree, free []string
	mild       []Problem
}

// fatal reports whether the file must not be opened.
func (p pageProblems) fatal(readOnly bool) bool {
	return len(p.tree) > 0 || !readOnly && len(p.free) > 0
}

func (p pageProblems) all() (out []Problem) {
	for _, what := range p.tree {
		out = append(out, Problem{Code: ProblemPages, What: what})
	}
	for _, what := range p.free {
		out = append(out, Problem{Code: ProblemPages, What: what})
	}
	return append(out, p.mild...)
}

func (p pageProblems) first() error {
	if all := p.all(); len(all) > 0 {
		return errors.New(all[0].What)
	}
	return nil
}

type walker struct {
	file     io.ReaderAt
	pageSize uint64
	high     uint64 // pages at or above it are not in use
	used     bitmap
	freed    bitmap
	found    pageProblems

	// For whoever salvages: the bucket of each leaf that the tree leads to, as far as
	// the walk gets.
	owners map[uint64]string
	within string
}

type bitmap []uint64

func newBitmap(n uint64) bitmap { return make(bitmap, n/64+1) }

// set marks i and reports whether it was marked before.
func (b bitmap) set(i uint64) bool {
	was := b[i/64]&(1<<(i%64)) != 0
	b[i/64] |= 1 << (i % 64)
	return was
}

// checkPages walks the file. The error is about reading it.
func checkPages(path string, open openFile) (pageProblems, error) {
	f, err := open(path, os.O_RDONLY, 0)
	if err != nil {
		return pageProblems{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return pageProblems{}, err
	}
	w := &walker{file: f}
	if err := w.walk(uint64(info.Size())); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			w.treef("%s ends too early", filepath.Base(path))
			return w.found, nil
		}
		return w.found, err
	}
	return w.found, nil
}

func (w *walker) treef(format string, a ...any) {
	if len(w.found.tree) < maxProblems {
		w.found.tree = append(w.found.tree, fmt.Sprintf(format, a...))
	}
}

func (w *walker) freef(format string, a ...any) {
	if len(w.found.free) < maxProblems {
		w.found.free = append(w.found.free, fmt.Sprintf(format, a...))
	}
}

func (w *walker) walk(size uint64) error {
	m, ok := w.meta(size)
	if !ok {
		w.treef("neither of the two meta pages is valid")
		return nil
	}
	if bits.OnesCount64(m.pageSize) != 1 || m.pageSize < 1024 || m.pageSize > 16<<20 {
		w.treef("impossible page size %d", m.pageSize)
		return nil
	}
	w.pageSize, w.high = m.pageSize, m.high
	if m.high < 4 || m.high > size/m.pageSize {
		w.treef("the file has %d pages and should have %d", size/m.pageSize, m.high)
		return nil
	}
	w.used, w.freed = newBitmap(m.high), newBitmap(m.high)
	w.used.set(0)
	w.used.set(1)
	if err := w.freelist(m.freelist); err != nil {
		return err
	}
	if err := w.page(m.root, nil, nil, 0); err != nil {
		return err
	}
	var lost, both uint64
	for i, u := range w.used {
		both += uint64(bits.OnesCount64(u & w.freed[i]))
		lost += uint64(bits.OnesCount64(^(u | w.freed[i])))
	}
	// Bits at and above the high-water mark belong to nobody.
	lost -= uint64(len(w.used))*64 - m.high
	if both > 0 {
		w.freef("%d pages are in use and in the free list", both)
	}
	if lost > 0 && len(w.found.tree) == 0 && m.freelist != noFreelist {
		w.found.mild = append(w.found.mild, Problem{Code: ProblemUnused, What: fmt.Sprintf("%d pages are neither in use nor in the free list", lost)})
	}
	return nil
}

// read returns a page with its overflow pages, or only its first bytes where the
// rest is one large value, and the room that the page has.
func (w *walker) read(id uint64) (b []byte, room uint64, err error) {
	head := make([]byte, w.pageSize)
	if _, err := w.file.ReadAt(head, int64(id*w.pageSize)); err != nil {
		return nil, 0, err
	}
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	if overflow >= w.high-id {
		return head, w.pageSize, nil
	}
	return head, (overflow + 1) * w.pageSize, nil
}

// claim marks a page and its overflow as in use.
func (w *walker) claim(id uint64, b []byte, flags uint16) bool {
	e := binary.NativeEndian
	overflow := uint64(e.Uint32(b[12:]))
	switch {
	case e.Uint64(b) != id:
		w.treef("page %d says that it is page %d", id, e.Uint64(b))
		return false
	case e.Uint16(b[8:]) != flags:
		w.treef("page %d has flags %#x", id, e.Uint16(b[8:]))
		return false
	case overflow >= w.high-id:
		w.treef("page %d reaches beyond the file", id)
		return false
	}
	for i := range overflow + 1 {
		if w.used.set(id + i) {
			w.treef("page %d is used twice", id+i)
			return false
		}
	}
	return true
}

// page walks a branch or a leaf whose keys must lie in [low, limit).
func (w *walker) page(id uint64, low, limit []byte, depth int) error {
	if id < 2 || id >= w.high || depth > maxDepth {
		w.treef("a page would be number %d at depth %d", id, depth)
		return nil
	}
	b, room, err := w.read(id)
	if err != nil {
		return err
	}
	flags := binary.NativeEndian.Uint16(b[8:])
	if flags != flagBranch && flags != flagLeaf {
		w.treef("page %d has flags %#x", id, flags)
		return nil
	}
	if !w.claim(id, b, flags) {
		return nil
	}
	if w.owners != nil && flags == flagLeaf {
		w.owners[id] = w.within
	}
	at := func(offset, n uint64) ([]byte, error) {
		if offset+n <= uint64(len(b)) {
			return b[offset : offset+n], nil
		}
		piece := make([]byte, n)
		_, err := w.file.ReadAt(piece, int64(id*w.pageSize+offset))
		return piece, err
	}
	return w.elements(id, b, room, at, flags, low, limit, depth)
}

// elements walks the elements of a page, or of the small page that a bucket keeps
// inside its value. at reads bytes of the page beyond what b holds.
func (w *walker) elements(id uint64, b []byte, room uint64, at func(offset, n uint64) ([]byte, error), flags uint16, low, limit []byte, depth int) error {
	e := binary.NativeEndian
	count := uint64(e.Uint16(b[10:]))
	if pageHeader+count*pageElement > room {
		w.treef("page %d has no room for %d elements", id, count)
		return nil
	}
	if count == 0 && flags == flagBranch {
		w.treef("page %d is a branch without children", id)
		return nil
	}
	table, err := at(pageHeader, count*pageElement)
	if err != nil {
		return err
	}
	type child struct {
		id  uint64
		key []byte
	}
	var children []child
	end := pageHeader + count*pageElement
	previous := low
	for i := range count {
		el := table[i*pageElement:]
		start := pageHeader + i*pageElement
		var pos, ksize, vsize, page uint64
		var elFlags uint32
		if flags == flagBranch {
			pos, ksize, page = uint64(e.Uint32(el)), uint64(e.Uint32(el[4:])), e.Uint64(el[8:])
		} else {
			elFlags = e.Uint32(el)
			pos, ksize, vsize = uint64(e.Uint32(el[4:])), uint64(e.Uint32(el[8:])), uint64(e.Uint32(el[12:]))
		}
		if start+pos < end || start+pos+ksize+vsize > room || ksize > maxBoltKeySize || elFlags > elementBucket {
			w.treef("element %d of page %d lies outside of it", i, id)
			return nil
		}
		key, err := at(start+pos, ksize)
		if err != nil {
			return err
		}
		order := 1
		if previous != nil {
			order = bytes.Compare(key, previous)
		}
		if order < 0 || order == 0 && i > 0 || limit != nil && bytes.Compare(key, limit) >= 0 {
			w.treef("element %d of page %d is out of order", i, id)
			return nil
		}
		previous = key
		switch {
		case flags == flagBranch:
			children = append(children, child{page, key})
		case elFlags == elementBucket:
			if vsize < bucketHeader {
				w.treef("element %d of page %d is too short for a bucket", i, id)
				return nil
			}
			value, err := at(start+pos+ksize, vsize)
			if err != nil {
				return err
			}
			outer := w.within
			w.within = string(key)
			err = w.bucket(id, value, depth)
			w.within = outer
			if err != nil {
				return err
			}
		}
	}
	for i, c := range children {
		to := limit
		if i+1 < len(children) {
			to = children[i+1].key
		}
		if err := w.page(c.id, c.key, to, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// bucket walks a bucket by the value that its parent holds of it.
func (w *walker) bucket(id uint64, value []byte, depth int) error {
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.page(root, nil, nil, depth+1)
	}
	inline := value[bucketHeader:]
	if len(inline) < pageHeader || binary.NativeEndian.Uint16(inline[8:]) != flagLeaf || depth+1 > maxDepth {
		w.treef("a bucket kept inside page %d is not a leaf", id)
		return nil
	}
	at := func(offset, n uint64) ([]byte, error) { return inline[offset : offset+n], nil }
	return w.elements(id, inline, uint64(len(inline)), at, flagLeaf, nil, nil, depth+1)
}
