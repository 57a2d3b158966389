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
	RootFile = "root.key"        // the practice's own root, when it has one
	PinsFile = "pins.json"       // the roots that are believed here
)

// Folder is a trust list in use on one machine. It is not safe for concurrent
// use; two programs that change the same folder at once may refuse each other's
// list, and lose nothing that was installed.
type Folder struct {
	dir string
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
// one with the same number (Conflict, "trust_list_forked"). Installing the
// current list again changes nothing.
func (f *Folder) Install(data []byte, now time.Time) (l *List, first bool, err error) {
	const op = "install trust list"
	if l, err = OpenList(data); err != nil {
		return nil, false, err
	}
	pins, err := f.readPins()
	if err != nil {
		return nil, false, err
	}
	if first = len(pins.Roots) == 0; first {
		pins.add(l.fingerprint, now)
	}
	if err := pins.admit(op, l); err != nil {
		return nil, false, err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, false, &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	// In this order a crash leaves a folder that still opens: a pin without a list,
	// or a list newer than the newest that the pins remember.
	if first {
		if err := f.writePins(pins); err != nil {
			return nil, false, err
		}
	}
	if err := atomicfile.Write(f.Path(ListFile), data, 0o644); err != nil {
		return nil, false, &record.Error{Code: record.CodeUnavailable, Op: op, Err: err}
	}
	if pins.raise(l) {
		if err := f.writePins(pins); err != nil {
			return nil, false, err
		}
	}
	return l, first, nil
}

// Root opens the practice's own root, and makes it when the folder is new. In a
// folder that follows somebody else's root there is none to make: NotFound,
// "no_root".
func (f *Folder) Root(passphrase []byte, now time.Time) (*Root, error) {
	root, err := LoadRoot(f.Path(RootFile), passphrase)
	if err == nil || record.CodeOf(err) != record.CodeNotFound {
		return root, err
	}
	pins, pinsErr := f.readPins()
	if pinsErr != nil {
		return nil, pinsErr
	}
	if len(pins.Roots) > 0 {
		return nil, err
	}
	if root, err = NewRoot(record.EdDSA, now); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, &record.Error{Code: record.CodeUnavailable, Op: "make root", Err: err}
	}
	if err := SaveRoot(f.Path(RootFile), root, passphrase); err != nil {
		return nil, err
	}
	return root, nil
}

// SignAndInstall signs l as the list that follows the newest one of root, and
// installs it. The list returned is the installed one; l keeps what it was
// renewed to.
func (f *Folder) SignAndInstall(l *List, root *Root, now time.Time) (*List, error) {
	const op = "sign trust list"
	if l.fingerprint != nil && !root.signed(l.fingerprint) {
		// Signing somebody else's list would pass their word off as ours.
		return nil, &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_root_other", Err: errors.New("the list is of another root")}
	}
	pins, err := f.readPins()
	if err != nil {
		return nil, err
	}
	if l.fingerprint != nil {
		l.Renew(now)
	}
	if pin := pins.find(root.Fingerprint()); pin != nil && l.sequence <= pin.Sequence {
		if l.fingerprint != nil {
			// Somebody installed another list since l was read.
			return nil, &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_list_older"}
		}
		l.sequence = pin.Sequence + 1
	}
	data, err := l.Sign(root)
	if err != nil {
		return nil, err
	}
	installed, _, err := f.Install(data, now)
	return installed, err
}

// Change reads the current list or begins one, lets change work on it, signs it
// with the practice's own root, and installs it. It is how a practice adds an
// issuer or revokes a key of its own list.
func (f *Folder) Change(passphrase []byte, now time.Time, change func(*List) error) (*List, error) {
	l, err := f.Current()
	if record.CodeOf(err) == record.CodeNotFound {
		l, err = NewList(now, DefaultValidity), nil
	}
	if err != nil {
		return nil, err
	}
	if err := change(l); err != nil {
		return nil, err
	}
	root, err := f.Root(passphrase, now)
	if err != nil {
		return nil, err
	}
	return f.SignAndInstall(l, root, now)
}
