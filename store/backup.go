package store

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A backup is a zip file of the three files that a journal is: journal.db as one
// moment saw it, without free pages; periods.key; and store.key, sealed by a
// passphrase where one is given. The journal remembers its backups, so that a purge
// can say which of them still hold what it destroyed here.

// BackupInfo is what the journal remembers of a backup.
type BackupInfo struct {
	At        time.Time `json:"at"`
	Name      string    `json:"name"`                  // of the file, without its folder
	KeepUntil time.Time `json:"keep_until,omitzero"`   // when it is to be destroyed, if that was said
	Periods   []string  `json:"period_keys,omitempty"` // that it holds
}

// BackupOptions refine a backup.
type BackupOptions struct {
	// Passphrase, where it is set, seals the store key in the backup, whatever keeps it
	// here. Without, store.key goes in as it is.
	Passphrase func() ([]byte, error)
	WorkFactor int
	// KeepUntil is when the backup is to be destroyed; the zero time when nobody said.
	KeepUntil time.Time
}

// Backed is what a backup made.
type Backed struct {
	Entries uint64  `json:"entries"`
	Size    int64   `json:"size"`
	Custody Custody `json:"custody"` // of the store key in the backup
}

// Alone reports whether the backup can be opened anywhere, with nothing else than
// perhaps a passphrase. Otherwise what keeps the store key must be kept too.
func (b Backed) Alone() bool { return b.Custody == CustodyFile || b.Custody == CustodyPassphrase }

// copyBatch is how much one transaction of a copy holds, in bytes.
const copyBatch = 4 << 20

// Backup writes a backup to path, which is replaced whole or not at all. The journal
// may be read and written meanwhile; the backup is the state of one moment. The copy
// in it is marked, so that it starts a new epoch when it is opened.
func (j *Journal) Backup(ctx context.Context, path string, o BackupOptions) (Backed, error) {
	const op = "back up journal"
	var out Backed
	j.keeping.RLock()
	defer j.keeping.RUnlock()
	dir, name := filepath.Dir(path), filepath.Base(path)
	copied, err := os.CreateTemp(dir, "."+name+"-*.db.tmp")
	if err != nil {
		return out, failElsewhere(op, err)
	}
	if err := copied.Close(); err != nil {
		return out, fail(op, err)
	}
	defer os.Remove(copied.Name())
	// Keys are read after the copy: what it holds was wrapped by then.
	if out.Entries, err = j.copyTo(ctx, copied.Name()); err != nil {
		return out, fail(op, err)
	}
	if err := ctx.Err(); err != nil {
		return out, fail(op, err)
	}
	storeKey, custody, err := j.keyForBackup(o)
	if err != nil {
		return out, fail(op, err)
	}
	out.Custody = custody
	j.codec.periods.mu.Lock()
	periodKeys := j.codec.periods.format()
	j.codec.periods.mu.Unlock()
	err = replaceFile(dir, name, false, func(temporary string) error {
		return writeBackup(temporary, copied.Name(), storeKey, periodKeys)
	})
	clear(storeKey)
	if err != nil {
		return out, failElsewhere(op, err)
	}
	if info, err := os.Stat(path); err == nil {
		out.Size = info.Size()
	}
	if j.readOnly {
		return out, nil
	}
	made := BackupInfo{At: stamp(j.now()), Name: name, KeepUntil: stamp(o.KeepUntil)}
	for _, key := range j.codec.periods.all() {
		made.Periods = append(made.Periods, key.id.String())
	}
	return out, j.rememberBackup(ctx, made)
}

// copyTo writes the journal as one moment saw it, marked as a copy.
func (j *Journal) copyTo(ctx context.Context, path string) (entries uint64, err error) {
	const op = "copy journal"
	err = j.view(ctx, op, func(s *snapshot) error {
		h, err := j.codec.readHead(s)
		if err != nil {
			return err
		}
		entries = h.Seq
		return copyRows(ctx, s, path, func(name, k, v []byte) ([]byte, error) {
			if !bytes.Equal(name, bucketMeta) || !bytes.Equal(k, keyJournal) {
				return v, nil
			}
			id, err := openIdentity(j.codec.keys, v)
			if err != nil {
				return nil, err
			}
			id.Copy = true
			return sealIdentity(j.codec.keys, id)
		})
	})
	return entries, err
}

// copyRows writes what a snapshot shows into a new bbolt file, on disk when it
// returns. Free pages, and what lingers in them, are left out.
func copyRows(ctx context.Context, s *snapshot, path string, change func(name, k, v []byte) ([]byte, error)) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoSync: true, NoStatistics: true})
	if err != nil {
		return err
	}
	err = func() error {
		for _, name := range allBuckets {
			from, err := bucket(s, name)
			if err != nil {
				return err
			}
			c := from.Cursor()
			k, v := c.First()
			for first := true; first || k != nil; first = false {
				if err := ctx.Err(); err != nil {
					return err
				}
				err := db.Update(func(tx *bolt.Tx) error {
					to, err := tx.CreateBucketIfNotExists(name)
					if err != nil {
						return err
					}
					to.FillPercent = 0.9 // rows come in order
					for size := 0; k != nil && size < copyBatch; k, v = c.Next() {
						value, err := change(name, k, v)
						if err != nil {
							return err
						}
						if err := to.Put(k, value); err != nil {
							return err
						}
						size += len(k) + len(value)
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
		}
		return echoBolt(db)
	}()
	return errors.Join(err, db.Sync(), db.Close())
}

// keyForBackup is store.key as the backup has it.
func (j *Journal) keyForBackup(o BackupOptions) ([]byte, Custody, error) {
	if o.Passphrase == nil {
		kept, err := readKeyFile(filepath.Join(j.dir, keyFile), j.openFile)
		if err != nil {
			return nil, "", err
		}
		clear(kept.key)
		text, err := readSmall(filepath.Join(j.dir, keyFile), maxKeyFile, j.openFile)
		return text, kept.custody, err
	}
	key, err := loadKey(j.dir, j.openFile, j.secrets)
	if err != nil {
		return nil, "", err
	}
	defer clear(key)
	s := Secrets{Passphrase: o.Passphrase, WorkFactor: o.WorkFactor}
	text, err := s.entrust(CustodyPassphrase, "", key, j.openFile)
	return text, CustodyPassphrase, err
}

func writeBackup(path, db string, storeKey, periodKeys []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	add := func(name string, r io.Reader) error {
		// Sealed bytes do not get smaller.
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return err
		}
		_, err = io.Copy(w, r)
		return err
	}
	err = func() error {
		in, err := os.Open(db)
		if err != nil {
			return err
		}
		defer in.Close()
		if err := add(journalFile, in); err != nil {
			return err
		}
		if err := add(periodsFile, bytes.NewReader(periodKeys)); err != nil {
			return err
		}
		return add(keyFile, bytes.NewReader(storeKey))
	}()
	err = errors.Join(err, z.Close(), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return ownerOnly(path)
}

// Restore puts a backup into a folder that holds no journal. The journal appears
// last, so that it is whole or not there. Errors: conflict "journal_exists", invalid
// "backup".
func Restore(backup, dir string) error {
	const op = "restore journal"
	for _, name := range []string{journalFile, periodsFile, keyFile} {
		if there, err := exists(filepath.Join(dir, name)); err != nil {
			return fail(op, err)
		} else if there {
			return conflict(op, ReasonJournalExists)
		}
	}
	z, err := zip.OpenReader(backup)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid(op, ReasonBackup, "the file is not a backup")
	}
	if err != nil {
		return failElsewhere(op, err)
	}
	defer z.Close()
	if err := makeDir(dir); err != nil {
		return fail(op, err)
	}
	var done []string
	for _, name := range []string{keyFile, periodsFile, journalFile} {
		if err := restoreOne(&z.Reader, dir, name); err != nil {
			// Half a journal would be in the way of the next try.
			for _, made := range done {
				_ = os.Remove(filepath.Join(dir, made))
			}
			return fail(op, err)
		}
		done = append(done, name)
	}
	return nil
}

func restoreOne(z *zip.Reader, dir, name string) error {
	in, err := z.Open(name)
	if err != nil {
		return invalid("restore journal", ReasonBackup, name+" is not in the backup")
	}
	defer in.Close()
	return createFile(dir, name, func(temporary string) error {
		f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, in)
		if errors.Is(err, zip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = invalid("restore journal", ReasonBackup, "the backup is damaged")
		}
		return errors.Join(err, f.Sync(), f.Close(), ownerOnly(temporary))
	})
}

// Backups returns what the journal remembers of its backups, the oldest first.
func (j *Journal) Backups(ctx context.Context) (list []BackupInfo, err error) {
	err = j.view(ctx, "list backups", func(tx *snapshot) error {
		list, err = j.codec.backups(tx)
		return err
	})
	return list, err
}

func (c codec) backups(tx *snapshot) (list []BackupInfo, err error) {
	row, err := get(tx, bucketMeta, keyBackups)
	if err != nil || row == nil {
		return nil, err
	}
	return list, c.openRow(row, &list, "backups")
}

// maxBackups bounds what is remembered; the oldest are forgotten.
const maxBackups = 1000

func (j *Journal) rememberBackup(ctx context.Context, made BackupInfo) error {
	return j.update(ctx, "remember backup", 0, func(t *writeTx) error {
		list, err := t.backups(t.tx)
		if err != nil && !isDamaged(err) {
			return err
		}
		// One of the same name was replaced, as far as is known.
		var out []BackupInfo
		for _, b := range list {
			if b.Name != made.Name {
				out = append(out, b)
			}
		}
		out = append(out, made)
		out = out[max(0, len(out)-maxBackups):]
		row, err := t.sealRow(out, "backups")
		if err != nil {
			return err
		}
		return t.put(bucketMeta, keyBackups, row)
	})
}

// backupsOf returns the backups that hold one of the period keys and are not said to
// be destroyed yet.
func (j *Journal) backupsOf(ctx context.Context, keys map[periodID]bool) (out []BackupInfo, err error) {
	list, err := j.Backups(ctx)
	for _, b := range list {
		if !b.KeepUntil.IsZero() && b.KeepUntil.Before(j.now()) {
			continue
		}
		for id := range keys {
			if slices.Contains(b.Periods, id.String()) {
				out = append(out, b)
				break
			}
		}
	}
	return out, err
}
