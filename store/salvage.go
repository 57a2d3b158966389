package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A file that bbolt must not follow, or whose head or identity is gone, is not the
// end of a journal: every value tells by itself whether it is what was written, and
// to which place it belongs. Salvage reads the pages of the file one by one, without
// bbolt, takes what authenticates into a new file, and builds the indexes anew
// (repair.go). Pages that nothing leads to any more are read as well, for what the
// others do not have. The damaged file stays beside the new one, and what could not
// be saved is listed.

// Salvaged is what became of a damaged journal when it was opened. It tells nothing
// about a patient.
type Salvaged struct {
	At      time.Time `json:"at"`
	Cause   string    `json:"cause"`
	Kept    string    `json:"kept"`             // name of the damaged file, in the journal's folder
	Entries uint64    `json:"entries"`          // how many there should be
	Unknown bool      `json:"unknown"`          // how many there should be is not known: more, perhaps, than was found
	Lost    []string  `json:"lost,omitempty"`   // entries that are gone: "#12", with the identifier where it is known
	Bodies  []string  `json:"bodies,omitempty"` // entries whose body or photograph is gone: they wait for a person
	Items   []string  `json:"items,omitempty"`  // entries whose state was lost: they begin with a look-up
	Drafts  []string  `json:"drafts,omitempty"` // drafts that are gone
	// Photographs that are gone from drafts that are there, or of which nothing tells
	// any more what they belonged to: the draft or entry, and a number.
	Photographs []string `json:"photographs,omitempty"`
}

const salvageFile = "." + journalFile + "-salvage.tmp"

// salvage puts a new file in the place of a damaged one.
func (j *Journal) salvage(k *keys, cause error) (err error) {
	path := j.path()
	f, err := j.openFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return err
	}
	now := j.now().UTC()
	s := &salvager{j: j, report: Salvaged{At: now, Cause: cause.Error(), Kept: freeName(j.dir, "journal-damaged-"+now.Format("20060102T150405"))}, walker: walker{file: f, owners: map[uint64]string{}}, size: before.Size(), unreadable: map[string]bool{}}
	if err := s.findIdentity(k); err != nil {
		return err
	}
	temporary := filepath.Join(j.dir, salvageFile)
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary)
		}
	}()
	if err := s.build(temporary); err != nil {
		return err
	}
	// Somebody else may have been faster.
	if now, err := os.Stat(path); err != nil || !os.SameFile(before, now) || now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) {
		return errors.Join(damaged("salvage journal", errors.New("the file changed meanwhile")), err)
	}
	if err := keepAs(path, filepath.Join(j.dir, s.report.Kept)); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	if err := syncDir(j.dir); err != nil {
		return err
	}
	setAside(j.dir)
	return nil
}

// freeName returns a name that no file has.
func freeName(dir, stem string) string {
	name := stem + ".db"
	for n := 2; ; n++ {
		if there, err := exists(filepath.Join(dir, name)); err != nil || !there {
			return name
		}
		name = fmt.Sprintf("%s-%d.db", stem, n)
	}
}

// keepAs gives a file a second name, which it keeps when the first one leads to
// another file. Where the file system has no such thing, it is copied.
func keepAs(path, name string) error {
	if os.Link(path, name) == nil {
		return nil
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Sync(), to.Close())
}

type salvager struct {
	j        *Journal
	report   Salvaged
	walker   walker
	size     int64
	codec    codec
	identity []byte
	head     head
	headRow  bool
	db       *bolt.DB
	tx       *bolt.Tx
	rows     int
	lastSeq  uint64
	blank    bool // nothing of the file can be read
	// unreadable are drafts whose row is not what was written.
	unreadable map[string]bool
}

// found is a row in a page. reached says that the tree leads to it.
type found struct {
	bucket     string // "" where nothing leads to its page
	key, value []byte
	reached    bool
}

// findIdentity walks the tree as far as it goes, and looks for the row that says
// which journal this is: there is no reading any other value without it.
func (s *salvager) findIdentity(k *keys) error {
	_ = s.walker.walk(uint64(s.size))
	if s.walker.pageSize == 0 {
		s.walker.pageSize = 4096 // both meta pages are gone
	}
	epoch := uint64(0)
	err := s.scan(false, func(r found) error {
		if !bytes.Equal(r.key, keyJournal) || r.bucket != "" && r.bucket != string(bucketMeta) {
			return nil
		}
		row, ok := correctedIdentity(k, r.value)
		if !ok {
			return nil
		}
		if id, err := openIdentity(k, row); err == nil && (s.identity == nil || id.Epoch > epoch) {
			s.identity, epoch = row, id.Epoch
			s.codec = codec{keys: k, journal: id.ID}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.identity == nil {
		if err := s.otherIdentity(k); err != nil {
			return err
		}
	}
	s.codec.periods, err = loadPeriods(s.j.dir, k, s.j.openFile)
	return err
}

// scan shows the rows of every leaf of the file: of those that the tree leads to,
// then of the others, unless reachedOnly.
func (s *salvager) scan(reachedOnly bool, see func(found) error) error {
	w := &s.walker
	pages := uint64(s.size) / w.pageSize
	for _, reached := range []bool{true, false} {
		if !reached && reachedOnly {
			return nil
		}
		for id := uint64(2); id < pages; id++ {
			owner, led := w.owners[id]
			if led != reached {
				continue
			}
			rows, err := s.leaf(id, owner)
			if err != nil {
				return err
			}
			for _, r := range rows {
				r.reached = reached
				if err := see(r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// maxSalvagePages bounds one leaf with its overflow; a row is never larger.
const maxSalvagePages = 64

// leaf reads the rows of a page that looks like a leaf, as far as they lie in it.
func (s *salvager) leaf(id uint64, owner string) ([]found, error) {
	e, w := binary.NativeEndian, &s.walker
	b := make([]byte, w.pageSize)
	if _, err := w.file.ReadAt(b, int64(id*w.pageSize)); err != nil {
		return nil, err
	}
	if e.Uint16(b[8:]) != flagLeaf || e.Uint64(b) != id {
		return nil, nil
	}
	overflow := uint64(e.Uint32(b[12:]))
	if overflow > 0 && overflow < maxSalvagePages && int64((id+overflow+1)*w.pageSize) <= s.size {
		b = make([]byte, (overflow+1)*w.pageSize)
		if _, err := w.file.ReadAt(b, int64(id*w.pageSize)); err != nil {
			return nil, err
		}
	}
	return leafRows(b, owner), nil
}

func leafRows(b []byte, owner string) (rows []found) {
	e := binary.NativeEndian
	count, room := uint64(e.Uint16(b[10:])), uint64(len(b))
	for i := range count {
		at := pageHeader + i*pageElement
		if at+pageElement > room {
			break
		}
		el := b[at:]
		start, ksize, vsize := at+uint64(e.Uint32(el[4:])), uint64(e.Uint32(el[8:])), uint64(e.Uint32(el[12:]))
		if start+ksize+vsize > room {
			continue
		}
		key, value := b[start:start+ksize], b[start+ksize:start+ksize+vsize]
		if e.Uint32(el) != elementBucket {
			rows = append(rows, found{bucket: owner, key: key, value: value})
		} else if len(value) >= bucketHeader+pageHeader && e.Uint64(value) == 0 {
			rows = append(rows, leafRows(value[bucketHeader:], string(key))...) // a small bucket, kept inside
		}
	}
	return rows
}

// build writes the new file.
func (s *salvager) build(temporary string) (err error) {
	if s.db, err = s.j.openBolt(temporary, false); err != nil {
		return err
	}
	s.db.NoSync = true // until all of it is there
	defer func() { err = errors.Join(err, closeBolt(s.db)) }()
	if s.tx, err = s.db.Begin(true); err != nil {
		return err
	}
	defer func() { _ = s.tx.Rollback() }()
	for _, name := range allBuckets {
		if _, err := s.tx.CreateBucket(name); err != nil {
			return err
		}
	}
	if !s.blank {
		if err := s.scan(false, s.take); err != nil {
			return err
		}
		if err := s.takeLog(); err != nil {
			return err
		}
	}
	if err := s.takeHead(); err != nil {
		return err
	}
	if err := s.tx.Commit(); err != nil {
		return err
	}
	if err := echoBolt(s.db); err != nil {
		return err
	}
	return s.db.Sync()
}
