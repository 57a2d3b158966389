package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	journalFile = "journal.db"
	pidFile     = "journal.pid"

	// lockTimeout is how long Open waits for another process to let go: long
	// enough for a command that is just ending, short enough for a person.
	lockTimeout = time.Second

	// closeTimeout bounds Close after a write that never came back.
	closeTimeout = 2 * time.Second
)

// Options refine [Open]. The zero value creates a journal where there is none and
// opens it for writing.
type Options struct {
	// MustExist refuses to create a journal.
	MustExist bool
	// ReadOnly opens the journal for reading, together with other readers but not
	// beside a writer. It implies MustExist.
	ReadOnly bool
	// Wait is how long to wait for another process to let go of the file; zero means
	// [lockTimeout]. Whoever merely asks a question while a doctor waits gives less.
	Wait time.Duration
	// Device names this machine in the entries that it makes.
	Device string
	// Clock is time.Now when nil. It stamps the time of recording and nothing
	// clinical.
	Clock func() time.Time
	// OpenFile is os.OpenFile when nil: a seam for tests.
	OpenFile func(name string, flag int, perm os.FileMode) (*os.File, error)
	// walSize is the size of one file of the log, [walSize] when zero.
	walSize int64
	// Probe runs [Probe] for a folder in a process of its own, and returns its failure,
	// or that ctx ended. It is asked after a stop that was not in order, when the file
	// could still bring down whoever opens it. nil leaves that out.
	Probe func(ctx context.Context, dir string) error
	// Logger is told of damage and of failed writes; nobody is when it is nil.
	Logger *slog.Logger
	// Secrets lead to a store key that is not in its file.
	Secrets Secrets
	// Place names where the journal lives; a journal opened in another place is a copy
	// and starts a new epoch (epoch.go). "" stands for this machine and the folder.
	Place string
}

// Journal is an open journal. Its methods may be called by any number of
// goroutines.
type Journal struct {
	dir      string
	codec    codec
	identity identity
	readOnly bool
	wait     time.Duration
	device   string
	now      func() time.Time
	openFile openFile
	log      *slog.Logger
	secrets  Secrets

	placeName string
	keeping   sync.RWMutex // held by backups, and alone by a purge
	walSize   int64
	probe     func(ctx context.Context, dir string) error

	mu    sync.RWMutex // guards db and above together
	db    *bolt.DB
	above above

	writer     writer
	compaction compaction
	due        dueMemory
	salvaged   *Salvaged
	faults     []Problem // what was wrong with the pages when it was opened, and was lived with

	damageMu sync.Mutex
	damage   map[uint64]bool // entries owing a delivery that could not be read

	closeOnce sync.Once
	closeErr  error
}

// Open opens the journal in dir, and creates folder, store key and file first
// unless opt says otherwise. Errors carry these codes and reasons: not_found
// "no_journal", locked "journal_locked" or "store_key_missing" (_wrong,
// _damaged), unavailable "disk_full", internal "journal_damaged", invalid
// "journal_newer".
func Open(dir string, opt *Options) (*Journal, error) {
	const op = "open journal"
	if opt == nil {
		opt = &Options{}
	}
	j := &Journal{
		dir: dir, readOnly: opt.ReadOnly, wait: opt.Wait, device: opt.Device,
		now: opt.Clock, openFile: opt.OpenFile, log: opt.Logger,
		secrets: opt.Secrets, placeName: opt.Place,
		walSize: opt.walSize, probe: opt.Probe, damage: map[uint64]bool{},
	}
	if j.wait <= 0 {
		j.wait = lockTimeout
	}
	if j.walSize <= 0 {
		j.walSize = walSize
	}
	if j.now == nil {
		j.now = time.Now
	}
	if j.openFile == nil {
		j.openFile = os.OpenFile
	}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	keys, err := j.prepare(opt.MustExist || opt.ReadOnly)
	if err != nil {
		return nil, fail(op, err)
	}
	err = j.openFiles(keys)
	if isDamaged(err) && !j.readOnly {
		j.log.Error("journal is damaged", "err", err)
		if failed := guard(op, func() error { return j.salvage(keys, err) }); failed != nil {
			j.log.Error("journal cannot be salvaged", "err", failed)
		} else {
			j.probe, j.faults = nil, nil // about another file
			err = j.openFiles(keys)
		}
	}
	if err != nil {
		return nil, fail(op, err)
	}
	if !j.readOnly {
		j.writePID()
		j.writer.start(j)
		if j.salvaged != nil {
			err = j.repair(context.Background())
		}
		if err == nil {
			err = j.settle()
		}
		if err != nil {
			_ = j.Close()
			return nil, fail(op, err)
		}
	}
	return j, nil
}

// openFiles opens file and log.
func (j *Journal) openFiles(k *keys) error {
	if err := j.openDB(); err != nil {
		return err
	}
	err := j.readIdentity(k)
	if err == nil {
		err = j.replay()
	}
	if err == nil && j.above.frozen != nil {
		err = j.readIdentity(k) // the log may hold a later one
	}
	if err != nil {
		_ = j.db.Close()
	}
	return err
}

// replay takes up what the log holds beyond the file, and brings it into the file
// where that can be written.
func (j *Journal) replay() error {
	var row []byte
	var h head
	err := j.viewRaw("read log", func(s *snapshot) (err error) {
		if row, err = get(s, bucketMeta, keyHead); err != nil {
			return err
		}
		row = bytes.Clone(row)
		h, err = j.codec.readHead(s)
		return err
	})
	if err != nil {
		return err
	}
	found, err := readWAL(j.dir, j.openFile, j.identity.ID, row, h.Changes)
	if err != nil {
		return err
	}
	if found.lost > 0 {
		j.fault(ProblemLog, fmt.Sprintf("%d changes in the log cannot be read", found.lost))
	}
	if found.torn {
		j.fault(ProblemLast, "the log ends in a record that is not whole: the last change before it may be missing")
	}
	if found.foreign {
		j.fault(ProblemForeignLog, "the log belongs to a later state of the journal than the file")
		if !j.readOnly {
			setAside(j.dir)
		}
	}
	if found.rows == nil {
		return nil
	}
	j.above.frozen = found.rows
	j.log.Info("journal was not closed", "changes", found.records)
	return nil
}

func (j *Journal) fault(code ProblemCode, what string) {
	j.log.Error("journal opened with a fault", "what", what)
	j.faults = append(j.faults, Problem{Code: code, What: what})
}

// prepare loads the store key and makes what does not exist yet. A journal whose
// key is missing is never given a new one: that would hide a loss.
func (j *Journal) prepare(mustExist bool) (*keys, error) {
	path := j.path()
	found, err := exists(path)
	if err != nil {
		return nil, err
	}
	if !found {
		if mustExist {
			return nil, &record.Error{Code: record.CodeNotFound, Op: "open journal", Reason: ReasonNoJournal, Err: fs.ErrNotExist}
		}
		if err := makeDir(j.dir); err != nil {
			return nil, err
		}
	}
	key, err := loadKey(j.dir, j.openFile, j.secrets)
	if !found && errors.Is(err, fs.ErrNotExist) {
		key, err = createKey(j.dir, j.openFile)
	}
	if err != nil {
		return nil, err
	}
	defer clear(key)
	keys := deriveKeys(key)
	if !found {
		if err := createPeriods(j.dir, keys, j.openFile, j.now()); err != nil {
			return nil, err
		}
		err := createFile(j.dir, journalFile, func(temporary string) error { return j.createDB(temporary, keys) })
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return keys, nil
}

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
		if err := addHandover(db); err != nil {
			_ = db.Close()
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

func (j *Journal) readIdentity(k *keys) error {
	return j.viewRaw("open journal", func(tx *snapshot) error {
		row, err := get(tx, bucketMeta, keyJournal)
		if err != nil {
			return err
		}
		id, err := openIdentity(k, row)
		if err != nil {
			return err
		}
		periods, err := loadPeriods(j.dir, k, j.openFile)
		if err != nil {
			return err
		}
		j.identity = id
		j.codec = codec{keys: k, periods: periods, journal: id.ID}
		for _, name := range allBuckets {
			if _, err := bucket(tx, name); err != nil && !(j.readOnly && bytes.Equal(name, bucketHandover)) {
				return err
			}
		}
		if row, err = get(tx, bucketMeta, keySalvaged); err == nil && row != nil {
			j.salvaged = &Salvaged{}
			if json.Unmarshal(row, j.salvaged) != nil {
				return damaged("open journal", errShape)
			}
		}
		_, err = j.codec.readHead(tx)
		return err
	})
}

// viewRaw runs fn in a read transaction, faults caught.
func (j *Journal) viewRaw(op string, fn func(*snapshot) error) error {
	return guard(op, func() error {
		s, err := j.snapshot()
		if err != nil {
			return err
		}
		defer func() { _ = s.tx.Rollback() }()
		return fn(s)
	})
}

// view is viewRaw for a caller's request. fn must not call out: a transaction that
// stays open keeps the file from growing.
func (j *Journal) view(ctx context.Context, op string, fn func(*snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return fail(op, err)
	}
	return fail(op, j.viewRaw(op, fn))
}

func (j *Journal) path() string { return filepath.Join(j.dir, journalFile) }

// Dir returns the journal's folder.
func (j *Journal) Dir() string { return j.dir }

// ID returns the journal's identifier, which a copy of it shares.
func (j *Journal) ID() string { return fmt.Sprintf("%x", j.identity.ID) }

// Close ends what is being written, refuses what comes after, and lets go of the
// file.
func (j *Journal) Close() error {
	j.closeOnce.Do(func() {
		defer j.due.forget()
		if j.readOnly {
			j.closeErr = fail("close journal", j.db.Close())
			return
		}
		j.writer.stop()
		// After a panic inside bbolt its own locks may be held for ever.
		done := make(chan error, 1)
		go func() { done <- guard("close journal", j.db.Close) }()
		if j.writer.stuck.Load() {
			timer := time.NewTimer(closeTimeout)
			defer timer.Stop()
			select {
			case err := <-done:
				j.closeErr = fail("close journal", err)
			case <-timer.C:
				j.closeErr = damaged("close journal", errors.New("the file stays locked until the program ends"))
			}
		} else {
			j.closeErr = fail("close journal", <-done)
		}
		// After a write that failed it stays: the next start must look more closely.
		if pid, ok := j.readPID(); ok && pid == os.Getpid() && j.writer.failed() == nil {
			_ = os.Remove(filepath.Join(j.dir, pidFile))
		}
	})
	return j.closeErr
}

// readHead returns the head as tx sees it.
func (c codec) readHead(tx *snapshot) (head, error) {
	var h head
	row, err := get(tx, bucketMeta, keyHead)
	if err != nil {
		return h, err
	}
	return h, c.openRow(row, &h, "head")
}
