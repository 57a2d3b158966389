package trust

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/record"
)

// The files of a folder.
const (
	ListFile = "trust-list.cose" // the installed list, as it came
	RootFile = "root.key"        // the practice's own root, when it has one; see [Folder.RootPath]
	PinsFile = "pins.json"       // the roots that are believed here
)

// Folder is a trust list in use on one machine. It is not safe for concurrent
// use; of two programs that change the same folder at once, one is refused
// (Locked, "trust_locked").
type Folder struct {
	dir string

	// KeyPath is where the secret key of the root is, when it is kept elsewhere than
	// in the folder, as on a stick that stays in a drawer.
	KeyPath string
}

// OpenFolder returns the folder at dir, which need not exist yet: it is made when
// something is first put in it.
func OpenFolder(dir string) (*Folder, error) {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, &record.Error{Code: record.CodeUnavailable, Op: "open trust folder", Err: err}
	case !info.IsDir():
		return nil, &record.Error{Code: record.CodeInvalid, Op: "open trust folder", Reason: "not_a_folder"}
	}
	return &Folder{dir: dir}, nil
}

// Path returns where one of the folder's files is.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// Current returns the installed list. It refuses one that somebody put there
// without [Folder.Install]: of a root that is not pinned, or older than one that
// was installed before.
func (f *Folder) Current() (*List, error) {
	const op = "open trust list"
	data, err := readBounded(f.Path(ListFile), MaxList)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &record.Error{Code: record.CodeNotFound, Op: op, Reason: "no_trust_list", Err: err}
	case errors.Is(err, errTooLarge):
		return nil, refused(op, "trust_list", err)
	case err != nil:
		return nil, &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	l, err := OpenList(data)
	if err != nil {
		return nil, err
	}
	pins, err := f.readPins()
	if err != nil {
		return nil, err
	}
	if err := pins.admit(op, l); err != nil {
		return nil, err
	}
	return l, nil
}

// Install makes a signed list the current one. The first list of a folder pins
// its root, which first tells: the caller then shows [Words] of its fingerprint,
// to be compared with what the keeper of the list says. From then on a list of
// another root is refused (Untrusted, "trust_root_unknown"), and so are an older
// list than the newest installed (Conflict, "trust_list_older") and a different
// one with the same number (Conflict, "trust_list_forked"). A root that the pinned
// one names as its successor takes its place; from then on the old one is refused
// (Untrusted, "trust_root_replaced"). Installing the current list again changes
// nothing.
func (f *Folder) Install(data []byte, now time.Time) (l *List, first bool, err error) {
	if l, err = OpenList(data); err != nil {
		return nil, false, err
	}
	err = f.exclusive(opInstall, func() (err error) {
		first, err = f.install(l, data, now)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return l, first, nil
}

const opInstall = "install trust list"

// install is Install of a list that was opened, in a folder that nobody else
// changes.
func (f *Folder) install(l *List, data []byte, now time.Time) (first bool, err error) {
	pins, err := f.readPins()
	if err != nil {
		return false, err
	}
	news := false
	if first = len(pins.Roots) == 0; first {
		pins.add(l.fingerprint, now)
	} else if current, err := f.Current(); err == nil {
		// What a crash kept the pins from remembering counts all the same.
		news = pins.raise(current, now)
	}
	if err := pins.admit(opInstall, l); err != nil {
		return false, err
	}
	// In this order a crash leaves a folder that still opens: a pin without a list,
	// or a list newer than the newest that the pins remember.
	if first {
		if err := f.writePins(pins); err != nil {
			return false, err
		}
	}
	if err := atomicfile.Write(f.Path(ListFile), data, 0o644); err != nil {
		return false, &record.Error{Code: record.CodeUnavailable, Op: opInstall, Err: err}
	}
	if pins.raise(l, now) || news {
		if err := f.writePins(pins); err != nil {
			return false, err
		}
	}
	return first, nil
}
