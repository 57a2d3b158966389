package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Data keys are wrapped by period keys, which live in a file of their own beside
// the journal: whoever destroys a period key destroys what was written under it, in
// this file's free pages and in every copy of it alike. The file is text:
//
//	zoneblanche period keys 1
//	MONTH ID KEY        one line a key: 2026-03, 16 and 144 hexadecimal digits
//
// The key is sealed under the store key. A month has more than one when a purge
// left some of its entries behind: they were wrapped anew. The last one of a month
// is the one in use.
const (
	periodsFile   = "periods.key"
	periodsHeader = "zoneblanche period keys 1"
	periodIDSize  = 8
	periodLayout  = "2006-01"
	// maxPeriodsFile bounds the file: 200 bytes a month.
	maxPeriodsFile = 4 << 20
)

type periodID [periodIDSize]byte

func (id periodID) String() string { return hex.EncodeToString(id[:]) }

// periodKey is a key-encrypting key.
type periodKey struct {
	month string
	id    periodID
	key   []byte
}

// periods is the content of the file. It may be used by several goroutines; only
// the process that holds the journal for writing changes it.
type periods struct {
	dir  string
	keys *keys
	open openFile

	mu   sync.Mutex
	list []*periodKey
	rest [][]byte // lines that could not be read, kept as they are
}

// placePeriod is the associated data of a period key.
func placePeriod(month string, id periodID) []byte {
	return associate([16]byte{}, "period", []byte(month), id[:])
}

// loadPeriods reads the file. A line that cannot be read is no reason to refuse the
// others; the entries under it are reported as damaged.
func loadPeriods(dir string, k *keys, open openFile) (*periods, error) {
	const op = "open period keys"
	p := &periods{dir: dir, keys: k, open: open}
	text, err := readSmall(filepath.Join(dir, periodsFile), maxPeriodsFile, open)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &record.Error{Code: record.CodeLocked, Op: op, Reason: ReasonPeriodsMissing, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, fail(op, err)
	}
	lines := bytes.Split(bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r"), nil)), []byte("\n"))
	for i, line := range lines {
		if i == 0 && string(line) == periodsHeader {
			continue
		}
		key, ok := p.parse(line)
		if !ok {
			p.rest = append(p.rest, line)
			continue
		}
		p.list = append(p.list, key)
	}
	return p, nil
}

func (p *periods) parse(line []byte) (*periodKey, bool) {
	fields := bytes.Fields(line)
	if len(fields) != 3 {
		return nil, false
	}
	key := &periodKey{month: string(fields[0])}
	id, err := hex.DecodeString(string(fields[1]))
	if err != nil || len(id) != periodIDSize {
		return nil, false
	}
	key.id = periodID(id)
	sealed, err := hex.DecodeString(string(fields[2]))
	if err != nil {
		return nil, false
	}
	key.key, err = unseal(p.keys.periods, sealed, placePeriod(key.month, key.id))
	return key, err == nil && len(key.key) == keySize
}

// format writes the file's text. The caller holds mu.
func (p *periods) format() []byte {
	out := []byte(periodsHeader + "\n")
	for _, key := range p.list {
		sealed := seal(p.keys.periods, key.key, placePeriod(key.month, key.id))
		out = fmt.Appendf(out, "%s %s %x\n", key.month, key.id, sealed)
	}
	for _, line := range p.rest {
		out = append(append(out, line...), '\n')
	}
	return out
}

// createPeriods makes the file of a new journal; one that is there already stays.
func createPeriods(dir string, k *keys, open openFile, now time.Time) error {
	p := &periods{dir: dir, keys: k, open: open}
	p.list = []*periodKey{newPeriodKey(now)}
	err := createFile(dir, periodsFile, func(temporary string) error { return writeWhole(temporary, p.format(), open) })
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func newPeriodKey(now time.Time) *periodKey {
	key := &periodKey{month: now.UTC().Format(periodLayout), key: newDataKey()}
	if _, err := rand.Read(key.id[:]); err != nil {
		panic(err) // documented never to happen
	}
	return key
}

// find returns the key of an identifier. There is none when it was destroyed or
// lost.
func (p *periods) find(id periodID) (*periodKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.list {
		if key.id == id {
			return key, nil
		}
	}
	return nil, damaged("open data key", errors.New("its period key is not in "+periodsFile))
}

// current returns the key under which data keys are wrapped now. The first one of a
// month is made, and is on disk, before it is used.
func (p *periods) current(now time.Time) (*periodKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	month := now.UTC().Format(periodLayout)
	for i := len(p.list) - 1; i >= 0; i-- {
		if p.list[i].month == month {
			return p.list[i], nil
		}
	}
	return p.add(newPeriodKey(now))
}

// renew makes another key for the month of an old one.
func (p *periods) renew(month string) (*periodKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := newPeriodKey(time.Time{})
	key.month = month
	return p.add(key)
}

func (p *periods) add(key *periodKey) (*periodKey, error) {
	p.list = append(p.list, key)
	if err := p.save(false); err != nil {
		p.list = p.list[:len(p.list)-1]
		return nil, fail("write period keys", err)
	}
	return key, nil
}

// save writes the file, on disk when it returns. With wipe, what it replaces is
// overwritten too, where the platform lets us. The caller holds mu.
func (p *periods) save(wipe bool) error {
	text := p.format()
	return replaceFile(p.dir, periodsFile, wipe, func(temporary string) error {
		return writeWhole(temporary, text, p.open)
	})
}

// destroy forgets keys, in memory and on disk. A file system that journals or
// copies on write, and an SSD, may keep old blocks for a while: that cannot be
// helped from here.
func (p *periods) destroy(gone func(*periodKey) bool) (destroyed []*periodKey, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.list
	p.list = nil
	for _, key := range before {
		if gone(key) {
			destroyed = append(destroyed, key)
		} else {
			p.list = append(p.list, key)
		}
	}
	if len(destroyed) == 0 {
		return nil, nil
	}
	if err := p.save(true); err != nil {
		p.list = before
		return nil, fail("destroy period keys", err)
	}
	for _, key := range destroyed {
		clear(key.key)
	}
	return destroyed, nil
}

// readSmall reads a whole file of at most limit bytes.
func readSmall(path string, limit int64, open openFile) ([]byte, error) {
	f, err := open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errors.New(filepath.Base(path) + " is too large to be what it says")
	}
	return text, err
}
