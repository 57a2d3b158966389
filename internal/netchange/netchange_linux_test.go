package netchange

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel's socket is heard, and listening ends with its context.
func TestWatchEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Watch(ctx, func() {}) }()
	time.Sleep(50 * time.Millisecond)
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("watch: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("watch does not end with its context")
	}
}

// Each message is a hint, whatever it says, and an overrun is one too.
func TestDrain(t *testing.T) {
	var fds [2]int
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	said := os.NewFile(uintptr(fds[1]), "said")
	hints := make(chan struct{}, 10)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- drain(ctx, os.NewFile(uintptr(fds[0]), "heard"), func() { hints <- struct{}{} }, func(error) bool { return false })
	}()
	for range 3 {
		if _, err := said.Write([]byte("link up")); err != nil {
			t.Fatal(err)
		}
		select {
		case <-hints:
		case <-time.After(5 * time.Second):
			t.Fatal("a message was not heard")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	said.Close()

	// A socket that fails is told.
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t.Context(), f, func() {}, func(error) bool { return false }); err == nil {
		t.Error("no error from a socket that fails")
	}
}
