package store

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The write-ahead log makes a change durable with one write in one place and one
// wait for the disk, where a commit of bbolt takes writes all over its file and two
// waits. Rows go into the file later, hundreds at a time, in an ordinary commit of
// bbolt (apply.go): the file is at any moment a whole bbolt file of some earlier
// state, and the log holds what came after.
//
// The log is two files of fixed size, filled with zeros when they are made, so
// that writing changes nothing but their content. Records are written one after
// the other from the start of one; when it is full the other takes over, provided
// that what it held is in the file. A record is one commit:
//
//	magic     8 bytes: "ZBwal 1" and a newline
//	size      4 bytes: of the rows
//	changes   8 bytes: the head's count of changes, with this record
//	previous 32 bytes: SHA-256 of the head's row before, as stored
//	rows      each: 1 for gone or 0; lengths of name and value as varints; both
//	sum      32 bytes: SHA-256 of the journal's id and all of the above
//
// and zeros up to a multiple of 4096 bytes, so that writing one never touches a
// block of another. Integers are big endian.
//
// What makes replaying right: each record holds a new head, which is sealed with a
// random nonce, and names the head before it. From the head in the file there is
// one way onwards at most. A record that was torn has a wrong sum and was never
// confirmed; one of an earlier round, or of another journal, does not follow.
const (
	walMagic  = "ZBwal 1\n"
	walHeader = len(walMagic) + 4 + 8 + sha256.Size
	walBlock  = 4096

	// walSize is the size of one of the two files: some hundred entries.
	walSize = 2 << 20
)

var walNames = [2]string{"journal.wal1", "journal.wal2"}

// wal is the log of a journal that is open for writing. It belongs to the writer.
type wal struct {
	dir     string
	open    openFile
	journal [16]byte
	size    int64
	file    [2]*os.File // nil until it is needed
	current int
	offset  int64
	buf     []byte
}

// encode builds the record of a commit in w.buf.
func (w *wal) encode(own *layer, changes uint64, previous [sha256.Size]byte) []byte {
	b := append(w.buf[:0], walMagic...)
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, changes)
	b = append(b, previous[:]...)
	own.rows.Scan(func(name string, r row) bool {
		gone := byte(0)
		if r.gone {
			gone = 1
		}
		b = append(b, gone)
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = binary.AppendUvarint(b, uint64(len(r.value)))
		b = append(append(b, name...), r.value...)
		return true
	})
	binary.BigEndian.PutUint32(b[len(walMagic):], uint32(len(b)-walHeader))
	sum := walSum(w.journal, b)
	b = append(b, sum[:]...)
	w.buf = append(b, make([]byte, -len(b)&(walBlock-1))...)
	return w.buf
}

func walSum(journal [16]byte, record []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(journal[:])
	h.Write(record)
	return [sha256.Size]byte(h.Sum(nil))
}

// recordSize is as long as the record of a commit can be.
func recordSize(own *layer) int64 {
	const extra = 1 + 2*binary.MaxVarintLen32 // of a row
	return int64(walHeader + own.size + extra*own.rows.Len() + sha256.Size + walBlock)
}

// fits reports whether a record has room in the current file.
func (w *wal) fits(size int64) bool { return w.offset+size <= w.size }

// ready makes the current file if it is not there yet.
func (w *wal) ready() error {
	if w.file[w.current] != nil {
		return nil
	}
	f, err := w.make(filepath.Join(w.dir, walNames[w.current]))
	if err != nil {
		return err
	}
	w.file[w.current] = f
	return nil
}

func (w *wal) make(path string) (f *os.File, err error) {
	f, err = w.open(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(path)
		}
	}()
	zeros := make([]byte, min(w.size, 1<<20))
	for at := int64(0); at < w.size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(w.size-at, int64(len(zeros)))], at); err != nil {
			return f, err
		}
	}
	if err := f.Sync(); err != nil {
		return f, err
	}
	return f, syncDir(w.dir)
}

// append writes a record and waits for the disk.
func (w *wal) append(record []byte) error {
	f := w.file[w.current]
	if _, err := f.WriteAt(record, w.offset); err != nil {
		return err
	}
	if err := syncData(f); err != nil {
		return err
	}
	w.offset += int64(len(record))
	return nil
}

// turn goes on at the start of the other file, whose records are in the journal's
// file by now.
func (w *wal) turn() { w.current, w.offset = 1-w.current, 0 }

// restart goes on at the start of the current file, after everything has been
// written to the journal's file.
func (w *wal) restart() { w.offset = 0 }

func (w *wal) close() {
	for i, f := range w.file {
		if f != nil {
			_ = f.Close()
			w.file[i] = nil
		}
	}
}

// remove deletes the log, all of which is in the journal's file. A file that stays
// does no harm: nothing in it follows the head.
func (w *wal) remove() {
	w.close()
	for _, name := range walNames {
		_ = os.Remove(filepath.Join(w.dir, name))
	}
	w.current, w.offset = 0, 0
}

// walRecord is one record as it was read.
type walRecord struct {
	changes  uint64
	previous [sha256.Size]byte
	rows     *layer
	size     int64 // with its padding
}

// parseWAL reads the record at the start of b, which may be anything.
func parseWAL(journal [16]byte, b []byte) (r walRecord, ok bool) {
	if len(b) < walHeader+sha256.Size || string(b[:len(walMagic)]) != walMagic {
		return r, false
	}
	e := binary.BigEndian
	size := int64(e.Uint32(b[len(walMagic):]))
	whole := int64(walHeader) + size + sha256.Size
	if whole > int64(len(b)) {
		return r, false
	}
	body := b[:int64(walHeader)+size]
	if sum := walSum(journal, body); !bytes.Equal(sum[:], b[len(body):whole]) {
		return r, false
	}
	r.changes = e.Uint64(b[len(walMagic)+4:])
	r.previous = [sha256.Size]byte(b[len(walMagic)+12:])
	r.size = (whole + walBlock - 1) &^ (walBlock - 1)
	r.rows = newLayer()
	for rest := body[walHeader:]; len(rest) > 0; {
		gone := rest[0]
		name, n := binary.Uvarint(rest[1:])
		value, m := binary.Uvarint(rest[1+max(n, 0):])
		at := uint64(1 + n + m)
		if n <= 0 || m <= 0 || gone > 1 || name > uint64(len(rest)) || value > uint64(len(rest)) || at+name+value > uint64(len(rest)) {
			return r, false
		}
		v := bytes.Clone(rest[at+name : at+name+value])
		if v == nil && gone == 0 {
			v = []byte{}
		}
		r.rows.set(string(rest[at:at+name]), row{value: v, gone: gone == 1})
		rest = rest[at+name+value:]
	}
	return r, true
}

// walFound is what a log holds beyond the journal's file.
type walFound struct {
	rows    *layer // nil: nothing
	records int
	// lost counts confirmed changes of which nothing can be read any more, although
	// later ones can. The rows of the later ones are whole, and are kept.
	lost uint64
	// torn says that something is not whole where the next record would be. That is
	// what a power cut leaves of a change that was not confirmed, or what a bad disk
	// leaves of the last one that was.
	torn bool
	// foreign says that the log goes on from another state than the file's: the file
	// is an older copy.
	foreign bool
}

// maxLostChanges tells a log with a hole from one that belongs to a later state.
const maxLostChanges = 16

// readWAL follows the log from the head that the journal's file holds.
func readWAL(dir string, open openFile, journal [16]byte, headRow []byte, changes uint64) (walFound, error) {
	var found walFound
	var files [2][]byte
	for i, name := range walNames {
		b, err := readWhole(filepath.Join(dir, name), open)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
		files[i] = b
	}
	rows := newLayer()
	previous := sha256.Sum256(headRow)
	at := [2]int64{}
	for moved := true; moved; {
		moved = false
		for i, b := range files {
			for at[i] < int64(len(b)) {
				r, ok := parseWAL(journal, b[at[i]:])
				if !ok || r.previous != previous || r.changes <= changes {
					break
				}
				head, ok := r.rows.rows.Get(rowName(bucketMeta, keyHead))
				if !ok || head.gone {
					return found, damaged("read log", errShape)
				}
				rows.add(r.rows)
				previous, changes = sha256.Sum256(head.value), r.changes
				at[i] += r.size
				found.records++
				moved = true
			}
		}
	}
	// A record of a later change that does not follow was confirmed once: one before
	// it is not what was written any more.
	var later []walRecord
	for i, b := range files {
		for o := at[i]; o < int64(len(b)); o += walBlock {
			if r, ok := parseWAL(journal, b[o:]); ok && r.changes > changes {
				later = append(later, r)
			}
		}
		rest := b[min(at[i], int64(len(b))):]
		if len(rest) < walHeader {
			continue
		}
		// Either of what a record begins with and what it follows tells one from the
		// remains of an earlier round, so that a flipped bit in the other is noticed.
		begins := string(rest[:len(walMagic)]) == walMagic && binary.BigEndian.Uint64(rest[len(walMagic)+4:]) > changes
		follows := [sha256.Size]byte(rest[len(walMagic)+12:]) == previous
		if _, ok := parseWAL(journal, rest); !ok && (begins || follows) {
			found.torn = true
		}
	}
	slices.SortFunc(later, func(a, b walRecord) int { return cmp.Compare(a.changes, b.changes) })
	if len(later) > 0 && later[0].changes > changes+maxLostChanges {
		found.foreign = true
		later = nil
	}
	for _, r := range later {
		if r.changes > changes+1 {
			found.lost += r.changes - changes - 1
		}
		rows.add(r.rows)
		changes = r.changes
		found.records++
	}
	if found.records > 0 {
		found.rows = rows
	}
	return found, nil
}

// maxWAL bounds what is read of a file that calls itself a log.
const maxWAL = 64 << 20

func readWhole(path string, open openFile) ([]byte, error) {
	f, err := open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxWAL))
}

// setAside keeps a log that does not belong to the file out of the way of the next.
func setAside(dir string) {
	for _, name := range walNames {
		_ = os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".aside"))
	}
}
