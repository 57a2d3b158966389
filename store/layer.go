package store

import (
	"bytes"
	"strings"

	"github.com/tidwall/btree"
	bolt "go.etcd.io/bbolt"
)

// Rows that are confirmed in the log (wal.go) reach the bbolt file later, many at
// a time. Until then they lie in layers above it, and a reader sees the file
// through the layers.

// layer holds rows above the file. What readers see of one never changes again.
type layer struct {
	rows *btree.Map[string, row]
	size int // bytes of keys and values, for the writer to decide by
}

// row is a value, or the absence of one that lower layers or the file have.
type row struct {
	value []byte
	gone  bool
}

func newLayer() *layer { return &layer{rows: btree.NewMap[string, row](0)} }

func (l *layer) empty() bool { return l == nil || l.rows.Len() == 0 }

// rowName is a bucket's name and a key; no bucket's name has a zero byte.
func rowName(bucket, key []byte) string {
	b := make([]byte, 0, len(bucket)+1+len(key))
	return string(append(append(append(b, bucket...), 0), key...))
}

func splitName(name string) (bucket, key string, ok bool) { return strings.Cut(name, "\x00") }

// set puts a row into l and returns what it takes to undo that.
func (l *layer) set(name string, r row) undo {
	before, had := l.rows.Set(name, r)
	l.size += len(name) + len(r.value)
	return undo{name: name, before: before, had: had, size: len(name) + len(r.value)}
}

// undo takes a row back.
type undo struct {
	name   string
	before row
	had    bool
	size   int
}

func (l *layer) undo(u undo) {
	l.size -= u.size
	if u.had {
		l.rows.Set(u.name, u.before)
	} else {
		l.rows.Delete(u.name)
	}
}

// add puts the rows of m above those of l.
func (l *layer) add(m *layer) {
	l.size += m.size
	m.rows.Scan(func(name string, r row) bool {
		l.rows.Set(name, r)
		return true
	})
}

// copy returns a layer that stays as l is now. It costs nothing until l changes.
func (l *layer) copy() *layer { return &layer{rows: l.rows.Copy(), size: l.size} }

// write puts the rows of l into the file.
func (l *layer) write(tx *bolt.Tx) error {
	var b *bolt.Bucket
	var err error
	last := ""
	l.rows.Scan(func(name string, r row) bool {
		where, key, _ := splitName(name)
		if where != last {
			if b, err = fileBucket(tx, []byte(where)); err != nil {
				return false
			}
			b.FillPercent = fillOf(where)
			last = where
		}
		if r.gone {
			err = b.Delete([]byte(key))
		} else {
			err = b.Put([]byte(key), r.value)
		}
		return err == nil
	})
	return err
}

// fillOf is how full bbolt leaves a page that it splits. Entries and their
// identifiers come in order, so that what is left free would stay so.
func fillOf(bucket string) float64 {
	switch bucket {
	case string(bucketEntries), string(bucketIDs), string(bucketItems):
		return 0.9
	}
	return bolt.DefaultFillPercent
}

// snapshot is what one reader sees: the file as a bbolt transaction has it, below
// layers, the newest first. It belongs to one goroutine.
type snapshot struct {
	tx     *bolt.Tx
	layers []*layer
	known  []knownBucket // that were asked for
}

type knownBucket struct {
	name string
	file *bolt.Bucket
}

// bucket is fileBucket; finding one costs more than looking a row up.
func (s *snapshot) bucket(name []byte) (*bolt.Bucket, error) {
	for _, k := range s.known {
		if k.name == string(name) {
			return k.file, nil
		}
	}
	b, err := fileBucket(s.tx, name)
	if err == nil {
		s.known = append(s.known, knownBucket{string(name), b})
	}
	return b, err
}

// bucketView is a bucket as a snapshot shows it.
type bucketView struct {
	file   *bolt.Bucket
	layers []*layer
	prefix string
}

// bucket returns a bucket of s, or says that the file lost it.
func bucket(s *snapshot, name []byte) (*bucketView, error) {
	b, err := s.bucket(name)
	if err != nil {
		return nil, err
	}
	return &bucketView{file: b, layers: s.layers, prefix: string(name) + "\x00"}, nil
}

// get returns the value of a key, or nil. It lives as long as the snapshot.
func get(s *snapshot, name, key []byte) ([]byte, error) {
	b, err := s.bucket(name)
	if err != nil {
		return nil, err
	}
	if len(s.layers) > 0 {
		if r, ok := find(s.layers, rowName(name, key)); ok {
			return r.value, nil
		}
	}
	return b.Get(key), nil
}

// find returns the newest row of a name in layers.
func find(layers []*layer, name string) (r row, ok bool) {
	for _, l := range layers {
		if r, ok = l.rows.Get(name); ok {
			return r, true
		}
	}
	return r, false
}

// ForEach calls fn for each row in the order of keys.
func (b *bucketView) ForEach(fn func(k, v []byte) error) error {
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

// cursor walks a bucket forwards.
type cursor struct {
	file   *bolt.Cursor
	fk, fv []byte
	above  []layerCursor
	prefix string
	at     []byte // the key that was returned last
}

type layerCursor struct {
	iter btree.MapIter[string, row]
	key  string // with the bucket's name; "" at the end
}

// Cursor returns a cursor that stands nowhere yet.
func (b *bucketView) Cursor() *cursor {
	c := &cursor{file: b.file.Cursor(), prefix: b.prefix}
	for _, l := range b.layers {
		c.above = append(c.above, layerCursor{iter: l.rows.Iter()})
	}
	return c
}

// First moves to the first row; a nil key says that there is none.
func (c *cursor) First() (k, v []byte) { return c.Seek(nil) }

// Seek moves to the first row at or after key.
func (c *cursor) Seek(key []byte) (k, v []byte) {
	if len(key) == 0 {
		c.fk, c.fv = c.file.First()
	} else {
		c.fk, c.fv = c.file.Seek(key)
	}
	for i := range c.above {
		a := &c.above[i]
		a.read(a.iter.Seek(c.prefix+string(key)), c.prefix)
	}
	return c.settle()
}

// Next moves to the row after the one that was returned last.
func (c *cursor) Next() (k, v []byte) {
	if c.at == nil {
		return nil, nil
	}
	c.pass(c.at)
	return c.settle()
}

func (a *layerCursor) read(ok bool, prefix string) {
	a.key = ""
	if ok && strings.HasPrefix(a.iter.Key(), prefix) {
		a.key = a.iter.Key()
	}
}

// pass moves every source that stands at key.
func (c *cursor) pass(key []byte) {
	if c.fk != nil && bytes.Equal(c.fk, key) {
		c.fk, c.fv = c.file.Next()
	}
	for i := range c.above {
		a := &c.above[i]
		if a.key != "" && a.key[len(c.prefix):] == string(key) {
			a.read(a.iter.Next(), c.prefix)
		}
	}
}

// settle returns the smallest key of all sources, as the newest of them has it.
func (c *cursor) settle() (k, v []byte) {
	for {
		least, value, gone := c.fk, c.fv, false
		for i := len(c.above) - 1; i >= 0; i-- { // a newer layer wins over an older one
			a := &c.above[i]
			if a.key == "" {
				continue
			}
			key := a.key[len(c.prefix):]
			if least == nil || key <= string(least) {
				r := a.iter.Value()
				least, value, gone = []byte(key), r.value, r.gone
			}
		}
		c.at = least
		if least == nil || !gone {
			return least, value
		}
		c.pass(least)
	}
}

// above is what lies over the file: active receives changes, frozen is on its way
// into the file, and landed is the commit that is in the log last, until the writer
// has put it into active. Any may be nil. seen is a copy of active for readers, nil
// when there is none of its latest state: it is made when somebody reads.
type above struct{ landed, active, frozen, seen *layer }

// receive puts what landed into the active layer. Readers may look at it for ever.
func (a *above) receive() {
	if a.active == nil {
		a.active = newLayer()
	}
	a.active.add(a.landed)
	a.landed, a.seen = nil, nil
}

// stack lists layers that hold something.
func stack(layers ...*layer) (out []*layer) {
	for _, l := range layers {
		if !l.empty() {
			out = append(out, l)
		}
	}
	return out
}
