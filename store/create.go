package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// openFile is os.OpenFile or what a test puts in its place.
type openFile func(name string, flag int, perm os.FileMode) (*os.File, error)

// makeDir creates the folder of a journal, readable by its owner alone, and makes
// its name durable; of a folder that is there too, whose maker may have failed to.
func makeDir(dir string) error {
	info, err := os.Stat(dir)
	there := err == nil && info.IsDir()
	if !there {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	err = syncDir(filepath.Dir(filepath.Clean(dir)))
	if there && errors.Is(err, fs.ErrPermission) {
		return nil // the folder above is somebody else's, who made this one
	}
	return err
}

// createFile makes the file dir/name appear whole or not at all: write fills a
// temporary file, which must be on disk when write returns, and which then takes
// the name. fs.ErrExist says that somebody else was first.
func createFile(dir, name string, write func(temporary string) error) (err error) {
	// os.CreateTemp names it; the file itself is made again by write.
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
	if err := publish(temporary, filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

// publishChecked is publish for a file system that cannot refuse to replace. Two
// processes could both pass the check; that window is accepted there.
func publishChecked(temporary, name string) error {
	if _, err := os.Lstat(name); err == nil {
		return &os.LinkError{Op: "rename", Old: temporary, New: name, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(temporary, name)
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, err
}
