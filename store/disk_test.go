package store

import (
	"maps"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// disk is a model of what a power cut leaves. What it covers: between two waits for
// a file, any of its sectors (512 bytes, or 4096) may have been written or not,
// whatever the order of the writes; of several writes to a sector, any may be the
// one that stays; the size may be that after any of the changes; bytes that were
// never written read as zero. A wait that fails may have written any of them, and none
// of the rest is written later. Names in the folder change in order, and any number
// of the last changes may be lost until the folder is waited for. What it does not
// cover: a sector that is half one write and half another, a disk that lies about
// waiting, and one that damages what it was not told to write.
type disk struct {
	names   map[string]*inode // as the running system sees them
	durable map[string]*inode
	pending []map[string]*inode // after each change of names since the folder was waited for
	deaf    func(path string) bool
}

type inode struct {
	durable []byte
	pending []diskChange
	now     []byte
}

// diskChange is a write, or a new size.
type diskChange struct {
	off  int64
	data []byte
	size int64 // of the file after it
}

func newDisk() *disk { return &disk{names: map[string]*inode{}, durable: map[string]*inode{}} }

func (d *disk) renamed() { d.pending = append(d.pending, maps.Clone(d.names)) }

func (d *disk) create(name string) {
	d.names[name] = &inode{}
	d.renamed()
}

func (d *disk) rename(from, to string) {
	d.names[to] = d.names[from]
	delete(d.names, from)
	d.renamed()
}

func (d *disk) remove(name string) {
	delete(d.names, name)
	d.renamed()
}

func (d *disk) write(name string, off int64, data []byte) {
	n := d.names[name]
	if off < 0 {
		off = int64(len(n.now))
	}
	if grown := off + int64(len(data)) - int64(len(n.now)); grown > 0 {
		n.now = append(n.now, make([]byte, grown)...)
	}
	copy(n.now[off:], data)
	n.pending = append(n.pending, diskChange{off, slices.Clone(data), int64(len(n.now))})
}

func (d *disk) truncate(name string, size int64) {
	n := d.names[name]
	if grown := size - int64(len(n.now)); grown > 0 {
		n.now = append(n.now, make([]byte, grown)...)
	}
	n.now = n.now[:size]
	n.pending = append(n.pending, diskChange{size: size})
}

// sync waits for a file, or for the folder when name is "".
func (d *disk) sync(name string) {
	if d.deaf != nil && d.deaf(name) {
		return
	}
	if name == "" {
		d.durable, d.pending = maps.Clone(d.names), nil
		return
	}
	n := d.names[name]
	n.durable, n.pending = n.with(func() bool { return true }, int64(len(n.now)), 512), nil
}

// failSync is a wait that fails, as Linux has it: what was to be written is on disk or
// not, sector by sector, and is forgotten. Reading still shows it, and a later wait,
// which succeeds, does not write it.
func (d *disk) failSync(name string, r *mrand.Rand) {
	if name == "" {
		if n := len(d.pending); n > 0 {
			d.durable = d.pending[r.IntN(n)]
		}
		return // the names stay to be written
	}
	n := d.names[name]
	n.durable, n.pending = n.after([]float64{0, 0.5, 1}[r.IntN(3)], r), nil
}

// cut writes into dir what is left when the power goes now.
func (d *disk) cut(dir string, r *mrand.Rand) error {
	names := d.durable
	if n := len(d.pending); n > 0 {
		if k := r.IntN(n + 1); k > 0 {
			names = d.pending[k-1]
		}
	}
	likely := []float64{0, 1, 0.5, r.Float64()}[r.IntN(4)]
	for name, n := range names {
		if err := os.WriteFile(filepath.Join(dir, name), n.after(likely, r), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// after is the content that a cut leaves of a file.
func (n *inode) after(likely float64, r *mrand.Rand) []byte {
	if len(n.pending) == 0 {
		return n.durable
	}
	sector := int64(512)
	if r.IntN(2) == 0 {
		sector = 4096
	}
	size := int64(len(n.durable))
	if k := r.IntN(len(n.pending) + 1); k > 0 {
		size = n.pending[k-1].size
	}
	return n.with(func() bool { return r.Float64() < likely }, size, sector)
}

// with is the durable content and of what is pending what reaches says, cut to size.
func (n *inode) with(reaches func() bool, size, sector int64) []byte {
	longest := max(size, int64(len(n.durable)))
	for _, c := range n.pending {
		longest = max(longest, c.size)
	}
	out := make([]byte, longest)
	copy(out, n.durable)
	for _, c := range n.pending {
		if c.data == nil {
			if c.size < int64(len(n.durable)) && reaches() {
				clear(out[c.size:]) // what was cut off reads as zero when it grows again
			}
			continue
		}
		for at := c.off; at < c.off+int64(len(c.data)); {
			end := min((at/sector+1)*sector, c.off+int64(len(c.data)))
			if reaches() {
				copy(out[at:end], c.data[at-c.off:end-c.off])
			}
			at = end
		}
	}
	return out[:size]
}
