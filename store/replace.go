package store

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// replaceFile puts a new content in place of dir/name, whole or not at all: write
// fills a temporary file, which must be on disk when write returns. With wipe, the
// bytes of the file that was there are overwritten after it lost its name.
func replaceFile(dir, name string, wipe bool, write func(temporary string) error) (err error) {
	f, err := os.CreateTemp(dir, "."+name+"-*.tmp")
	if err != nil {
		return err
	}
	temporary := f.Name()
	if err := f.Close(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary)
		}
	}()
	if err := write(temporary); err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	var old *os.File
	if wipe {
		old = openToWipe(path)
	}
	if err := os.Rename(temporary, path); err != nil {
		if old != nil {
			_ = old.Close()
		}
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if old != nil {
		return wipeFile(old)
	}
	return nil
}

// wipeFile overwrites a file with zeros and closes it. Where the file system writes
// elsewhere than in place, the old blocks stay until it uses them again.
func wipeFile(f *os.File) error {
	info, err := f.Stat()
	if err == nil {
		zeros := make([]byte, 64<<10)
		for at := int64(0); at < info.Size() && err == nil; at += int64(len(zeros)) {
			_, err = f.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at)
		}
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}

// writeWhole fills a file that is there, readable by its owner alone, and waits for
// the disk.
func writeWhole(path string, data []byte, open openFile) error {
	f, err := open(path, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return ownerOnly(path)
}

// staleAfter is how old a temporary file must be before it is nobody's: of two
// processes that create a journal, neither waits for the other.
const staleAfter = time.Minute

// sweepTemporaries removes what an interrupted write left in the journal's folder.
// The caller holds the journal for writing; period keys and journals in the making
// are then nobody else's, while a store key may be one that is being created.
func sweepTemporaries(dir string, now time.Time) {
	for _, name := range []string{periodsFile, journalFile, keyFile} {
		found, err := filepath.Glob(filepath.Join(dir, "."+name+"-*.tmp"))
		if err != nil {
			return // only for a pattern that is none
		}
		for _, path := range found {
			info, err := os.Stat(path)
			if err == nil && now.Sub(info.ModTime()).Abs() > staleAfter {
				_ = os.Remove(path)
			}
		}
	}
}
