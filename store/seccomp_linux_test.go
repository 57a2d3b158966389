package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A child's system calls that change a disk are shown to this process before they
// happen (seccomp's user notification), which sees what the real program asks of
// the system, bbolt included, and may answer in the system's place. It takes no
// privilege.

const (
	seccompSetModeFilter = 1
	seccompNewListener   = 1<<3 | 1<<0 | 1<<4 // with TSYNC and TSYNC_ESRCH
	seccompUserNotif     = 0x7fc00000
	seccompAllow         = 0x7fff0000
	notifRecv            = 0xC0502100
	notifSend            = 0xC0182101
	notifContinue        = 1

	listenerFD = 3 // of a child: where it sends its listener
)

var watched = []uint32{
	unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC,
	unix.SYS_OPENAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT,
}

// watchMyself is for the child: it installs the filter for all of its threads and
// hands the listener to the parent.
func watchMyself() error {
	var filter []unix.SockFilter
	filter = append(filter, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}) // the call's number
	for i, nr := range watched {
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: uint8(len(watched) - i), K: nr})
	}
	filter = append(filter,
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompAllow},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompUserNotif})
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	fd, _, errno := syscall.Syscall(unix.SYS_SECCOMP, seccompSetModeFilter, seccompNewListener, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return unix.Sendmsg(listenerFD, []byte{0}, unix.UnixRights(int(fd)), nil, 0)
}

// call is one system call of a child, before it happens.
type call struct {
	nr   uint32
	path string // of its file descriptor, or the one that it names
	to   string // of a rename
	data []byte
	off  int64
	size int64
	flag int
}

// answer is what becomes of a call: it happens, or the child is told errno, or that
// it worked although nothing happened.
type answer struct {
	pretend bool
	written int // what a write that is pretended returns
	errno   syscall.Errno
}

// watch starts a child in a role and shows its calls to see, one after the other,
// until it ends. It returns what the child printed on standard error.
func watch(t testing.TB, role, dir string, env []string, see func(call) answer) (string, error) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer ours.Close()
	cmd := child(role, dir)
	cmd.Env = append(cmd.Env, env...)
	cmd.ExtraFiles = []*os.File{theirs}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	listener, err := receive(ours)
	if err != nil {
		err = errors.Join(err, cmd.Wait())
		t.Skipf("no system calls of a child to be seen here: %v %s", err, stderr.String())
	}
	defer unix.Close(listener)
	if err := serve(cmd, listener, see); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal(err)
	}
	err = cmd.Wait() // and only then is all of stderr there
	return stderr.String(), err
}

func receive(f *os.File) (int, error) {
	c, err := net.FileConn(f)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var b [1]byte
	oob := make([]byte, 64)
	_, n, _, _, err := c.(*net.UnixConn).ReadMsgUnix(b[:], oob)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return 0, errors.New("no listener came")
	}
	rights, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	return rights[0], nil
}

func serve(cmd *exec.Cmd, listener int, see func(call) answer) error {
	le := binary.NativeEndian
	for {
		poll := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && err != unix.EINTR {
			return err
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			if poll[0].Revents != 0 {
				return nil // the last thread is gone
			}
			continue
		}
		var n [80]byte
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(listener), notifRecv, uintptr(unsafe.Pointer(&n))); errno != 0 {
			if errno == syscall.ENOENT || errno == syscall.EINTR {
				continue // the thread was interrupted meanwhile
			}
			return fmt.Errorf("receive: %w", errno)
		}
		tid := int(le.Uint32(n[8:]))
		var args [6]uint64
		for i := range args {
			args[i] = le.Uint64(n[32+8*i:])
		}
		c, err := describe(cmd.Process.Pid, tid, le.Uint32(n[16:]), args)
		a := answer{errno: syscall.EIO}
		switch {
		case err == nil:
			a = see(c)
		case !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ESRCH):
			return err
		default: // the process is on its way out, and the call never happens
		}
		var r [24]byte
		copy(r[:8], n[:8])
		switch {
		case a.errno != 0:
			le.PutUint32(r[16:], uint32(-int32(a.errno)))
		case a.pretend:
			le.PutUint64(r[8:], uint64(a.written))
		default:
			le.PutUint32(r[20:], notifContinue)
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(listener), notifSend, uintptr(unsafe.Pointer(&r))); errno != 0 && errno != syscall.ENOENT {
			return fmt.Errorf("send: %w", errno)
		}
	}
}

// describe reads what a call is about from the child's memory.
func describe(pid, tid int, nr uint32, args [6]uint64) (call, error) {
	c := call{nr: nr}
	var err error
	fd := func() {
		c.path, err = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(args[0])))
	}
	switch nr {
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		fd()
		if err == nil && (strings.HasPrefix(c.path, "/dev/null") || filepath.IsAbs(c.path)) {
			c.data = make([]byte, args[2])
			err = readMemory(tid, args[1], c.data)
		}
		c.off = int64(args[3])
	case unix.SYS_FTRUNCATE:
		fd()
		c.size = int64(args[1])
	case unix.SYS_FALLOCATE:
		fd()
		err = errors.Join(err, errors.New("fallocate is not expected"))
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		fd()
	case unix.SYS_OPENAT, unix.SYS_UNLINKAT:
		c.path, err = readString(tid, args[1])
		c.flag = int(args[2])
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		if c.path, err = readString(tid, args[1]); err == nil {
			c.to, err = readString(tid, args[3])
		}
		if nr == unix.SYS_RENAMEAT2 {
			c.flag = int(args[4])
		}
	}
	return c, err
}

func readMemory(tid int, from uint64, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	n, err := unix.ProcessVMReadv(tid, local, []unix.RemoteIovec{{Base: uintptr(from), Len: len(b)}}, 0)
	if err == nil && n != len(b) {
		err = fmt.Errorf("read %d of %d bytes of a child's memory", n, len(b))
	}
	return err
}

func readString(tid int, from uint64) (string, error) {
	var s []byte
	for len(s) < 4096 {
		b := make([]byte, 256-int(from%256))
		if err := readMemory(tid, from, b); err != nil {
			return "", err
		}
		if i := strings.IndexByte(string(b), 0); i >= 0 {
			return string(append(s, b[:i]...)), nil
		}
		s, from = append(s, b...), from+uint64(len(b))
	}
	return "", errors.New("a path without end")
}
