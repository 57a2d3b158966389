package store

import (
	"encoding/binary"
	"hash/fnv"
)

// This file reads the meta pages of a bbolt file and its free list.

// meta finds the latest valid meta page. The second one's place depends on the
// page size, which the first one may not tell any more.
func (w *walker) meta(size uint64) (boltMeta, bool) {
	var best boltMeta
	found, valid := false, 0
	try := func(offset uint64) {
		var b [metaSize]byte
		if _, err := w.file.ReadAt(b[:], int64(offset)+pageHeader); err != nil {
			return
		}
		m, ok := parseMeta(b[:])
		if !ok || offset != 0 && offset != m.pageSize {
			return
		}
		valid++
		if !found || m.txid > best.txid {
			best, found = m, true
		}
	}
	try(0)
	for at := uint64(1024); at <= 16<<20 && at < size; at *= 2 {
		if !found || at == best.pageSize {
			try(at)
		}
	}
	if valid == 1 {
		w.found.mild = append(w.found.mild, Problem{Code: ProblemLast, What: "one of the two meta pages is not valid: the last change before it may be missing"})
	}
	return best, found
}

type boltMeta struct {
	pageSize, root, freelist, high, txid uint64
}

func parseMeta(b []byte) (boltMeta, bool) {
	e := binary.NativeEndian
	if e.Uint32(b) != boltMagic || e.Uint32(b[4:]) != boltVersion {
		return boltMeta{}, false
	}
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	if sum.Sum64() != e.Uint64(b[metaSize-8:]) {
		return boltMeta{}, false
	}
	return boltMeta{
		pageSize: uint64(e.Uint32(b[8:])), root: e.Uint64(b[16:]), freelist: e.Uint64(b[32:]),
		high: e.Uint64(b[40:]), txid: e.Uint64(b[48:]),
	}, true
}

func (w *walker) freelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	if id < 2 || id >= w.high {
		w.treef("the free list would be page %d", id)
		return nil
	}
	b, room, err := w.read(id)
	if err != nil {
		return err
	}
	if !w.claim(id, b, flagFreelist) {
		return nil
	}
	e := binary.NativeEndian
	count, at := uint64(e.Uint16(b[10:])), uint64(pageHeader)
	if count == bigCount {
		count, at = e.Uint64(b[pageHeader:]), at+8
	}
	if count > (room-at)/8 {
		w.treef("the free list has %d pages and room for %d", count, (room-at)/8)
		return nil
	}
	ids := make([]byte, count*8)
	if _, err := w.file.ReadAt(ids, int64(id*w.pageSize+at)); err != nil {
		return err
	}
	for i := range count {
		switch free := e.Uint64(ids[i*8:]); {
		case free < 2 || free >= w.high:
			w.treef("the free list names page %d", free)
		case w.freed.set(free):
			w.freef("page %d is twice in the free list", free)
		}
	}
	return nil
}
