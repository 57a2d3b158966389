package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// machine is a systemd of its own, as process 1 of its own namespaces, on this
// machine's files: what it writes lies over them in memory and is gone with the test.
// It shares this machine's network, so that the test reaches the pages, and nothing
// else. It needs root, since it mounts.
type machine struct {
	t      *testing.T
	layers string    // where the files are that lie over this machine's
	keeper *exec.Cmd // holds the files from one start of systemd to the next
	init   *exec.Cmd
}

// layOver covers the folders that an installation writes into.
const layOver = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=1g,mode=755 none "$0"
for d in etc var usr opt srv; do
	mkdir "$0/$d" "$0/$d.work"
	mount -t overlay -o "lowerdir=/$d,upperdir=$0/$d,workdir=$0/$d.work" none "/$d"
done
cd /etc/systemd/system
rm -rf ./*
for t in sysinit basic network nss-lookup multi-user shutdown umount final; do
	printf '[Unit]\nDefaultDependencies=no\n' >$t.target
done
mkdir service.d
printf '[Service]\nStandardOutput=append:/var/log/said\nStandardError=append:/var/log/said\n' >service.d/said.conf
rm -rf /var/lib/zoneblanche /etc/zoneblanche
touch "$0/console" && mount --bind "$0/console" /dev/console
# A control group of its own, so that it never takes this machine's for its own.
mkdir "$0/groups" && mount -t cgroup2 none "$0/groups"
group=$0/groups$(sed -n 's/^0:://p' /proc/self/cgroup)/zoneblanche-$$
mkdir -p "$group" && ln -s "$group" "$0/group"
echo ready
cat
# Its last processes take a moment to go.
for i in 1 2 3 4 5 6 7 8 9 10; do
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && exit
	sleep 0.2
done
`

// startInit makes what is the kernel's and the initial ramdisk's work elsewhere. Only
// the units of /etc exist there, so that nothing of this machine is started.
const startInit = `set -e
mount -t tmpfs -o mode=755 none /run
mount -t proc none /proc
mount -t cgroup2 none /sys/fs/cgroup
mount --make-rshared / # as systemd does outside of containers
export container=test SYSTEMD_UNIT_PATH=/etc/systemd/system
exec "$0" --system --unit=multi-user.target --log-target=console --log-color=no --show-status=no
`

func systemdProgram() string {
	for _, path := range []string{"/usr/lib/systemd/systemd", "/lib/systemd/systemd"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// newMachine skips the test where no machine can be made, and says why.
func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a systemd of its own")
	}
	if systemdProgram() == "" {
		t.Skip("this machine has no systemd")
	}
	m := &machine{t: t, layers: t.TempDir()}
	m.keeper = exec.Command("unshare", "--mount", "sh", "-c", layOver, m.layers)
	in, err := m.keeper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	m.keeper.Stderr = &said
	if err := m.keeper.Start(); err != nil {
		t.Skipf("this machine makes no namespaces: %v", err)
	}
	t.Cleanup(func() { in.Close(); _ = m.keeper.Wait() })
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Skipf("this machine lets nobody mount: %s", said.String())
	}
	t.Cleanup(m.cut)
	m.boot()
	return m
}

// boot starts systemd and waits until it has started what it starts by itself.
func (m *machine) boot() {
	m.t.Helper()
	m.init = exec.Command("nsenter", "-t", strconv.Itoa(m.keeper.Process.Pid), "-m",
		"sh", "-c", `echo 0 >"$0/group/cgroup.procs" && exec "$@"`, m.layers,
		"unshare", "--pid", "--mount", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child", "--propagation", "private",
		"sh", "-c", startInit, systemdProgram())
	if err := m.init.Start(); err != nil {
		m.t.Fatal(err)
	}
	for range 200 {
		if out, _ := m.try("systemctl", "is-active", "multi-user.target"); out == "active\n" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	m.t.Fatalf("systemd did not start: %s", m.said())
}

// cut takes the power away.
func (m *machine) cut() {
	if m.init != nil {
		_ = m.init.Process.Kill()
		_ = m.init.Wait()
		m.init = nil
	}
}

// try runs a program on the machine, as root, and returns what it said and its status.
func (m *machine) try(args ...string) (said string, status int) {
	pid := strconv.Itoa(m.init.Process.Pid)
	children, _ := os.ReadFile(filepath.Join("/proc", pid, "task", pid, "children"))
	child := strings.TrimSpace(string(children))
	if child == "" {
		return "no process 1", -1
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", child, "-m", "-p", "-i", "-u", "-C", "--"}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// said is what systemd and the services said.
func (m *machine) said() string {
	out, _ := m.try("sh", "-c", "cat /dev/console /var/log/said")
	return out
}

// run is try for a program that has to end with a status.
func (m *machine) run(status int, args ...string) string {
	m.t.Helper()
	said, got := m.try(args...)
	if got != status {
		m.t.Fatalf("%s: got status %d, want %d:\n%s\nsystemd said:\n%s", strings.Join(args, " "), got, status, said, m.said())
	}
	return said
}

// install puts this test's own program where people would, for a machine to run.
func (m *machine) install(path string) {
	m.t.Helper()
	program, err := exec.LookPath("zoneblanche")
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.run(0, "install", "-D", "-m", "755", program, path)
}

// write puts a file on the machine.
func (m *machine) write(path, mode, text string) {
	m.t.Helper()
	m.run(0, "sh", "-c", `mkdir -p "$(dirname "$0")" && printf %s "$1" >"$0" && chmod "$2" "$0"`, path, text, mode)
}

// main returns a fact of the service's main process, by what systemd says its number is.
func (m *machine) main(format string) string {
	m.t.Helper()
	pid := strings.TrimSpace(m.run(0, "systemctl", "show", "-P", "MainPID", "zoneblanche"))
	return m.run(0, "sh", "-c", fmt.Sprintf(format, "/proc/"+pid))
}
