package main

import (
	"os/exec"
	"strings"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

// prepareMachine makes the account and the folders.
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
	return ownedFolder(p.Data, uid, gid)
}

// makeAccount makes an account that nobody signs in with.
func makeAccount(p daemon.Plan) error {
	if _, err := exec.LookPath("useradd"); err == nil {
		return command("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", p.Data,
			"--shell", "/usr/sbin/nologin", "--comment", p.Title, p.Account)
	}
	cmd := exec.Command("systemd-sysusers", "-")
	cmd.Stdin = strings.NewReader("u " + p.Account + " - \"" + p.Title + "\" /var/lib/" + daemon.Name + "\n")
	return cmd.Run()
}
