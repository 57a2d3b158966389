package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

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
		walSize: opt.walSize, probe: opt.Probe, bootClock: opt.bootClock, damage: map[uint64]bool{},
	}
	if j.wait <= 0 {
		j.wait = lockTimeout
	}
	if j.walSize <= 0 {
		j.walSize = walSize
	}
	if j.bootClock == nil {
		j.bootClock = bootClock
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
		j.keepIdentity()
	}
	return j, nil
}

func (j *Journal) fault(code ProblemCode, what string) {
	j.log.Error("journal opened with a fault", "what", what)
	j.faults = append(j.faults, Problem{Code: code, What: what})
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
