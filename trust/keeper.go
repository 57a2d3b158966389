package trust

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// RootPath returns where the secret key of the root that is believed here is
// looked for: [Folder.KeyPath] when it is given, else the folder's root.key, or,
// once a root was replaced, root-FINGERPRINT.key with the first 16 digits of the
// new one's fingerprint. No file of a secret is ever renamed or replaced, so that
// no crash can leave a list without the key that continues it.
func (f *Folder) RootPath() (string, error) {
	if f.KeyPath != "" {
		return f.KeyPath, nil
	}
	pins, err := f.readPins()
	if err != nil {
		return "", err
	}
	root := pins.currentFingerprint()
	if l, err := f.Current(); err == nil {
		root = l.fingerprint // the pins may not know it yet after a crash
	}
	if path := f.Path(successorFile(root)); root != nil {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return f.Path(RootFile), nil
}

// successorFile is the name of the key file of a root that replaces another.
func successorFile(fingerprint []byte) string {
	return "root-" + hex.EncodeToString(fingerprint[:min(8, len(fingerprint))]) + ".key"
}

// Root opens the practice's own root, and makes it when the folder is new. In a
// folder that follows somebody else's root there is none to make: NotFound,
// "no_root".
func (f *Folder) Root(passphrase []byte, now time.Time) (*Root, error) {
	path, err := f.RootPath()
	if err != nil {
		return nil, err
	}
	root, err := LoadRoot(path, passphrase)
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
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &record.Error{Code: record.CodeUnavailable, Op: "make root", Err: err}
	}
	if err := SaveRoot(path, root, passphrase); err != nil {
		return nil, err
	}
	return root, nil
}

// SignAndInstall signs l as the list that follows the newest one of root, and
// installs it. The list returned is the installed one; l keeps what it was
// renewed to.
func (f *Folder) SignAndInstall(l *List, root *Root, now time.Time) (installed *List, err error) {
	err = f.exclusive(opSign, func() (err error) {
		installed, err = f.signAndInstall(l, root, now)
		return err
	})
	return installed, err
}

const opSign = "sign trust list"

func (f *Folder) signAndInstall(l *List, root *Root, now time.Time) (*List, error) {
	const op = opSign
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
	return f.installSigned(data, now)
}

func (f *Folder) installSigned(data []byte, now time.Time) (*List, error) {
	l, err := OpenList(data)
	if err != nil {
		return nil, err
	}
	if _, err := f.install(l, data, now); err != nil {
		return nil, err
	}
	return l, nil
}

// Change reads the current list or begins one, lets change work on it, signs it
// with the practice's own root, and installs it. It is how a practice adds an
// issuer or revokes a key of its own list. When change returns an error, nothing
// is written.
func (f *Folder) Change(passphrase []byte, now time.Time, change func(*List) error) (l *List, err error) {
	err = f.exclusive(opSign, func() (err error) {
		l, err = f.change(passphrase, now, change)
		return err
	})
	return l, err
}

func (f *Folder) change(passphrase []byte, now time.Time, change func(*List) error) (*List, error) {
	l, err := f.Current()
	if record.CodeOf(err) == record.CodeNotFound {
		l, err = f.begin(now)
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
	return f.signAndInstall(l, root, now)
}

// begin returns the first list of a folder, or one to start again with when its
// file was lost. After a root was replaced it cannot be started again: only the
// file holds the old root's word for the new one, which readers still need.
func (f *Folder) begin(now time.Time) (*List, error) {
	pins, err := f.readPins()
	if err != nil {
		return nil, err
	}
	if len(pins.Roots) > 1 {
		return nil, &record.Error{Code: record.CodeNotFound, Op: opSign, Reason: "trust_list_lost", Err: errors.New("the list that replaced the root is gone")}
	}
	return NewList(now, DefaultValidity), nil
}

// ReplaceRoot makes a new root, has the current one name it as its successor, and
// installs the next list under the new one. It returns where the new secret key
// is: beside the old one, under the same passphrase. Readers who believe the old
// root follow when they get this list or any later one; until then the old key
// must not be lost, and afterwards it must not be used.
func (f *Folder) ReplaceRoot(passphrase []byte, now time.Time, change func(*List) error) (l *List, path string, err error) {
	err = f.exclusive("replace root", func() (err error) {
		l, path, err = f.replaceRoot(passphrase, now, change)
		return err
	})
	return l, path, err
}

func (f *Folder) replaceRoot(passphrase []byte, now time.Time, change func(*List) error) (*List, string, error) {
	const op = "replace root"
	l, err := f.Current()
	if err != nil {
		return nil, "", err
	}
	if err := change(l); err != nil {
		return nil, "", err
	}
	old, err := f.Root(passphrase, now)
	if err != nil {
		return nil, "", err
	}
	if !old.signed(l.fingerprint) {
		return nil, "", &record.Error{Code: record.CodeConflict, Op: op, Reason: "trust_root_other", Err: errors.New("the list is of another root")}
	}
	next, err := NewRoot(record.EdDSA, now)
	if err != nil {
		return nil, "", err
	}
	statement, err := old.vouch(next)
	if err != nil {
		return nil, "", refused(op, "trust_list", err)
	}
	l.successions = append(l.successions, statement)
	l.Renew(now)
	data, err := l.Sign(next)
	if err != nil {
		return nil, "", err
	}
	oldPath, err := f.RootPath()
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(filepath.Dir(oldPath), successorFile(next.Fingerprint()))
	// The key first: a list whose root nobody holds could never be continued.
	if err := SaveRoot(path, next, passphrase); err != nil {
		return nil, "", err
	}
	installed, err := f.installSigned(data, now)
	if err != nil {
		if l, listErr := f.Current(); listErr == nil && old.signed(l.fingerprint) {
			err = errors.Join(err, os.Remove(path)) // nothing names it
		}
		return nil, "", err
	}
	return installed, path, nil
}
