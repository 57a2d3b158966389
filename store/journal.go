package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
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
	// bootClock is [bootClock] when nil.
	bootClock func() (boot string, since time.Duration)
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
	bootClock func() (boot string, since time.Duration)

	mu    sync.RWMutex // guards db and above together
	db    *bolt.DB
	above above

	writer     writer
	compaction compaction
	due        dueMemory
	clocks     clockMemory
	salvaged   *Salvaged
	faults     []Problem // what was wrong with the pages when it was opened, and was lived with

	damageMu sync.Mutex
	damage   map[uint64]bool // entries owing a delivery that could not be read

	closeOnce sync.Once
	closeErr  error
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
		if j.writer.stuck.Load() {
			j.closeErr = fail("close journal", closeBolt(j.db))
		} else {
			j.closeErr = fail("close journal", guard("close journal", j.db.Close))
		}
		// After a write that failed it stays: the next start must look more closely.
		if pid, ok := j.readPID(); ok && pid == os.Getpid() && j.writer.failed() == nil {
			_ = os.Remove(filepath.Join(j.dir, pidFile))
		}
	})
	return j.closeErr
}

// closeBolt closes a file whose locks a panic inside bbolt may have left held for ever.
func closeBolt(db *bolt.DB) error {
	done := make(chan error, 1)
	go func() { done <- guard("close journal", db.Close) }()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return damaged("close journal", errors.New("the file stays locked until the program ends"))
	}
}
