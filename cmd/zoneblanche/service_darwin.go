package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

// prepareMachine makes the account, the folders and the rule that rotates the log.
func prepareMachine(p daemon.Plan) error {
	uid, gid, made, err := accountID(p.Account)
	if err != nil {
		return err
	}
	if err := adoptable(p.Data, uid); err != nil {
		return err
	}
	if !made {
		if err := makeAccount(p); err != nil {
			return cannotMakeAccount(err)
		}
		if uid, gid, made, err = accountID(p.Account); err != nil || !made {
			return cannotMakeAccount(err)
		}
	}
	for _, folder := range []string{p.Data, p.Cache, filepath.Dir(daemon.LaunchdLog)} {
		if err := ownedFolder(folder, uid, gid); err != nil {
			return err
		}
	}
	return atomicfile.Write("/etc/newsyslog.d/zoneblanche.conf", []byte(p.Newsyslog()), 0o644)
}

// makeAccount makes a role account, which nobody signs in with.
func makeAccount(p daemon.Plan) error {
	taken, err := exec.Command("dscl", ".", "-list", "/Users", "UniqueID").Output()
	if err != nil {
		return err
	}
	id, err := daemon.FreeRoleID(string(taken))
	if err != nil {
		return err
	}
	if _, err := os.Stat("/var/empty"); err != nil {
		return err
	}
	return command("sysadminctl", "-addUser", p.Account, "-UID", strconv.Itoa(id), "-roleAccount",
		"-fullName", p.Title, "-home", "/var/empty", "-shell", "/usr/bin/false")
}
