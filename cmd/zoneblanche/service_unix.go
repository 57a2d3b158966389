//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

func isAdministrator() bool { return os.Geteuid() == 0 }

// checkProgram refuses a program that somebody else than the administrator could
// replace: whoever does reads the journal.
func checkProgram(path string) error {
	for at := path; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return aboutFile(at, err)
		}
		if info.Sys().(*syscall.Stat_t).Uid != 0 || info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
			return &plainError{say: fill(sayProgramOpen, at), next: fill(nextMoveProgram, path), code: exitFailed}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// ownFolder refuses to work as root in the service's folder: what root would write
// there, the service's account could not read.
func ownFolder(data string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(data)
	if err != nil {
		return nil // whoever opens it says why
	}
	owner, err := user.LookupId(strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid)))
	if err != nil || owner.Username != daemon.Name && owner.Username != daemon.LaunchdAccount {
		return nil
	}
	return &plainError{say: fill(sayServicesFolder, owner.Username), next: fill(nextServicesFolder, owner.Username, data), code: exitFailed}
}

// lastSystemID is the greatest number of an account that is no person's.
func lastSystemID() int {
	if runtime.GOOS == "darwin" {
		return 499
	}
	return 999
}

// accountID returns an account's numbers; made is false when there is none. It refuses
// a person's account of that name.
func accountID(name string) (uid, gid int, made bool, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, false, nil
	}
	uid, err = strconv.Atoi(u.Uid)
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	if err == nil && (uid == 0 || uid > lastSystemID()) {
		err = &plainError{say: fill(sayAccountIsPersons, name), next: nextAccountIsPersons, code: exitFailed}
	}
	return uid, gid, true, err
}

// ours are what a data folder of this program holds, one or the other.
var ours = []string{"journal.db", "issuer", "trust"}

// adoptable refuses a data folder that exists and holds something else.
func adoptable(data string, uid int) error {
	info, err := os.Stat(data)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return aboutFile(data, err)
	}
	if info.IsDir() && int(info.Sys().(*syscall.Stat_t).Uid) == uid {
		return nil
	}
	inside, err := os.ReadDir(data)
	if err != nil {
		return aboutFile(data, err)
	}
	if len(inside) == 0 || slices.ContainsFunc(inside, func(e fs.DirEntry) bool { return slices.Contains(ours, e.Name()) }) {
		return nil
	}
	return &plainError{say: fill(sayFolderTaken, data), next: nextFolderTaken, code: exitFailed}
}

// ownedFolder makes a folder the account's own, with all that is in it, for nobody
// else to read. Links are left alone.
func ownedFolder(path string, uid, gid int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Chmod(".", 0o700); err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(name, uid, gid)
	})
}

// command runs one of the system's own tools.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %.300s", name, err, out)
	}
	return nil
}
