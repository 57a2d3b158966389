package handover

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

// Folder is a place where packages lie: a USB key, or what waits for the network. Its
// methods may be called by several goroutines.
type Folder interface {
	// List returns the names of the packages, sorted, and how many files are what an
	// interrupted copy of this program left.
	List() (names []string, leftovers int, err error)
	// Open gives a package and its size. The error is [os.ErrNotExist] when there is
	// none of that name.
	Open(name string) (io.ReadCloser, int64, error)
	// Write puts a package there, whole and durable or not at all; it replaces one of
	// the same name.
	Write(name string, b []byte) error
	// Remove takes a package away.
	Remove(name string) error
}

// Dir is a folder of the file system.
type Dir string

// partial begins the names of files that are being written.
const partial = ".zbh-"

// lost says that the folder does not do what it should: it is full, may not be
// written to, or was pulled out.
func lost(err error) error {
	if err == nil {
		return nil
	}
	return &record.Error{Code: record.CodeUnavailable, Op: "use folder", Reason: ReasonFolder, Err: err}
}

// List reads the folder.
func (d Dir) List() (names []string, leftovers int, err error) {
	f, err := os.Open(string(d))
	if err != nil {
		return nil, 0, lost(err)
	}
	defer f.Close()
	for {
		some, err := f.Readdirnames(1024)
		for _, name := range some {
			switch {
			case strings.HasPrefix(name, partial):
				leftovers++
			case strings.HasSuffix(name, Extension) && !strings.HasPrefix(name, "."):
				names = append(names, name)
			}
		}
		if err == io.EOF {
			slices.Sort(names)
			return names, leftovers, nil
		}
		if err != nil {
			return nil, 0, lost(err)
		}
	}
}

// Open opens a file. A link or a device that stands under a package's name is none.
func (d Dir) Open(name string) (io.ReadCloser, int64, error) {
	path := filepath.Join(string(d), name)
	if info, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil, 0, err
	} else if err != nil {
		return nil, 0, lost(err)
	} else if !info.Mode().IsRegular() {
		return nil, 0, wrong(ReasonPackage, "this is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, lost(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, lost(errors.Join(err, f.Close()))
	}
	return f, info.Size(), nil
}

// Write writes beside, waits for the disk, and renames. It sets no permissions, which
// the file systems of USB keys do not know.
func (d Dir) Write(name string, b []byte) error { return lost(d.write(name, b)) }

func (d Dir) write(name string, b []byte) (err error) {
	f, err := os.CreateTemp(string(d), partial+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(string(d), name)); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(string(d)); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err // EINVAL: a file system that cannot sync a folder
	}
	return nil
}

// Remove deletes a file.
func (d Dir) Remove(name string) error { return os.Remove(filepath.Join(string(d), name)) }

// Sweep removes what an interrupted copy left.
func (d Dir) Sweep() {
	found, err := filepath.Glob(filepath.Join(string(d), partial+"*"))
	if err != nil {
		return // only for a pattern that is none
	}
	for _, path := range found {
		_ = os.Remove(path)
	}
}
