// Package atomicfile writes a file whole or not at all.
package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write replaces the file at path by data, or leaves it as it was: the bytes go
// to a temporary file in the same folder, reach the disk, and take the name in
// one step. It returns after the folder's entry is on disk too, where the
// platform can say so.
func Write(path string, data []byte, perm os.FileMode) error {
	return WriteFrom(path, bytes.NewReader(data), perm)
}

// WriteFrom is [Write] for what is read while it is written. An error of the reader
// leaves the file as it was.
func WriteFrom(path string, data io.Reader, perm os.FileMode) error {
	temporary, err := stage(path, data, perm)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return SyncDir(filepath.Dir(path))
}

// Create is [Write] for a file that must not exist yet; it returns an error that
// is [os.ErrExist] when it does. Two callers cannot both succeed.
func Create(path string, data []byte, perm os.FileMode) error {
	temporary, err := stage(path, bytes.NewReader(data), perm)
	if err != nil {
		return err
	}
	// A hard link fails when the name is taken, which a rename does not.
	if err = os.Link(temporary, path); err != nil && !errors.Is(err, os.ErrExist) {
		err = reserve(temporary, path) // FAT and exFAT, as on USB keys, know no links
	}
	return errors.Join(err, ignoreMissing(os.Remove(temporary)), SyncDir(filepath.Dir(path)))
}

// stage puts data on disk under a temporary name beside path, and leaves nothing
// when it cannot.
func stage(path string, data io.Reader, perm os.FileMode) (temporary string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".zb-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, data)
	err = errors.Join(err, f.Chmod(perm), f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// reserve takes the name first, then puts the file there. A crash between the two
// leaves an empty file, which nobody mistakes for content.
func reserve(from, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(from, path)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
