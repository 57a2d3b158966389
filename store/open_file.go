package store

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file opens the bbolt file itself, after a look at what bbolt would follow.

func (j *Journal) boltOptions(readOnly bool) *bolt.Options {
	return &bolt.Options{
		Timeout:      j.wait,
		FreelistType: bolt.FreelistMapType,
		ReadOnly:     readOnly,
		OpenFile:     j.openFile,
		NoStatistics: true,
	}
}

// openBolt opens a file of bbolt. Growing by a little at a time keeps the file close
// to what it holds; bbolt's own step is 16 MiB.
func (j *Journal) openBolt(path string, readOnly bool) (*bolt.DB, error) {
	db, err := bolt.Open(path, 0o600, j.boltOptions(readOnly))
	if err != nil {
		return nil, err
	}
	db.AllocSize = 1 << 20
	return db, nil
}

// createDB writes an empty journal, on disk when it returns.
func (j *Journal) createDB(path string, k *keys) error {
	db, err := j.openBolt(path, false)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error { return create(tx, k, j.now(), j.place(k)) })
	if err == nil {
		err = echoBolt(db)
	}
	return errors.Join(err, db.Close())
}

// openDB opens the file twice: first for reading, which makes bbolt follow no page,
// so that the pages can be checked under its lock. What a damaged page does to
// bbolt ranges from a panic in a goroutine of its own to a loop without end.
func (j *Journal) openDB() error {
	path := j.path()
	open := func(readOnly bool) (db *bolt.DB, err error) {
		err = guard("open journal", func() (err error) {
			// A file without content is one that lost it; bbolt would start afresh.
			if info, err := os.Stat(path); err == nil && info.Size() == 0 {
				return damaged("open journal", errors.New("the file is empty"))
			}
			db, err = j.openBolt(path, readOnly)
			return err
		})
		if err != nil {
			err = fail("open journal", err)
			if record.ReasonOf(err) == "" || record.ReasonOf(err) == ReasonJournalLocked {
				err = j.explain(err)
			}
		}
		return db, err
	}
	db, err := open(true)
	if err != nil {
		return err
	}
	if err = j.checkFile(); err != nil {
		_ = db.Close()
		return err
	}
	if !j.readOnly {
		if err := db.Close(); err != nil {
			return err
		}
		if db, err = open(false); err != nil {
			return err
		}
	}
	j.db = db
	if j.readOnly {
		return nil
	}
	// The wait for the folder may have failed where the file got its name.
	err = syncDir(j.dir)
	if err == nil {
		var unclean bool
		if unclean, err = j.unclean(); err == nil && unclean {
			err = j.rewriteMetas()
		}
	}
	if err == nil {
		err = addHandover(db) // only now may anything be written
	}
	if err != nil {
		err = fail("open journal", errors.Join(err, db.Close()))
	}
	return err
}

// unclean reports whether the last stop was not in order, or followed a write that
// failed.
func (j *Journal) unclean() (bool, error) {
	for _, name := range append([]string{pidFile}, walNames[:]...) {
		if there, err := exists(filepath.Join(j.dir, name)); err != nil || there {
			return there, err
		}
	}
	return false, nil
}

// rewriteMetas writes the two meta pages again as they are, and waits for the disk.
// After a wait that failed the system shows what it may never have written, and
// counts it as written: bbolt would go on from a meta page that is not on disk, and
// write over the pages of the one that is. The pages that a meta page leads to were
// waited for before it was written.
func (j *Journal) rewriteMetas() (err error) {
	f, err := j.openFile(j.path(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	metas := make([]byte, 2*j.db.Info().PageSize)
	if _, err := f.ReadAt(metas, 0); err != nil {
		return err
	}
	if _, err := f.WriteAt(metas, 0); err != nil {
		return err
	}
	return f.Sync()
}

// checkFile looks at the pages before bbolt follows them: always after a stop that
// was not in order, when a file is small, and before it is salvaged. A large file
// that was closed in order is trusted, and checked by [Journal.Verify]; should it
// bring the program down, the next start is after a stop that was not in order.
func (j *Journal) checkFile() error {
	const op = "open journal"
	size, err := fileSize(j.path())
	if err != nil {
		return err
	}
	unclean, err := j.unclean()
	if err != nil {
		return err
	}
	if !unclean && size > trustedSize {
		return nil
	}
	problems, err := checkPages(j.path(), j.openFile)
	if err != nil {
		return err
	}
	for _, p := range problems.mild {
		j.fault(p.Code, p.What)
	}
	if problems.fatal(j.readOnly) {
		return damaged(op, problems.first())
	}
	if !unclean || j.probe == nil {
		return nil
	}
	// The pages are sound as far as this program knows. What bbolt makes of them is
	// tried by a process that may fall or hang.
	ctx, cancel := context.WithTimeout(context.Background(), probeTime+time.Duration(size/probeRate)*time.Second)
	defer cancel()
	if err := j.probe(ctx, j.dir); err != nil {
		return damaged(op, fmt.Errorf("a first look at the file failed: %w", err))
	}
	return nil
}

const (
	// trustedSize is up to which size pages are checked at each start: some
	// milliseconds.
	trustedSize = 16 << 20

	// A probe has probeTime and a second for each probeRate bytes.
	probeTime = 20 * time.Second
	probeRate = 16 << 20
)

// Probe reads all of the journal's file in dir through bbolt. It is for a process
// of its own ([Options.Probe]), which it may bring down.
func Probe(dir string) error {
	const op = "probe journal"
	return fail(op, guard(op, func() error {
		db, err := bolt.Open(filepath.Join(dir, journalFile), 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(func(tx *bolt.Tx) error {
			return tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
				return b.ForEach(func(_, v []byte) error {
					_ = crc32.ChecksumIEEE(v) // touches every page of it
					return nil
				})
			})
		})
	}))
}

// explain says who holds the file as far as that is known.
func (j *Journal) explain(err error) error {
	var e *record.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Reason == ReasonJournalLocked:
		e.Err = errors.New("file is locked by another program")
		if pid, ok := j.readPID(); ok {
			e.Err = fmt.Errorf("file is locked by another program (%s names process %d)", pidFile, pid)
		}
	case strings.Contains(e.Error(), "file size too small"):
		// bbolt has no sentinel for a file that was cut.
		e.Reason = ReasonJournalDamaged
	}
	return err
}

// writePID leaves a note for whoever finds the file locked. The lock itself is
// bbolt's; a note that cannot be written is no reason not to work.
func (j *Journal) writePID() {
	_ = os.WriteFile(filepath.Join(j.dir, pidFile), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

func (j *Journal) readPID() (int, bool) {
	b, err := os.ReadFile(filepath.Join(j.dir, pidFile))
	if err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid, err == nil && pid > 0
}
