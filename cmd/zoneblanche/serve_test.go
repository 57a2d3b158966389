package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// serving starts serve and returns what it says once it answers. It stops with the
// test.
func serving(t *testing.T, args ...string) serveReady {
	t.Helper()
	var ready serveReady
	running(t, &ready, append([]string{"serve", "--json", "--listen", "127.0.0.1:0"}, args...)...)
	return ready
}

// receiving starts the demonstration recipient and returns its address.
func receiving(t *testing.T) string {
	t.Helper()
	var ready struct{ URL string }
	running(t, &ready, "recipient", "--json", "--data", t.TempDir())
	return ready.URL
}

// running starts a verb that runs until it is stopped, and reads its first line into
// ready. It stops with the test, or before when asked to.
func running(t *testing.T, ready any, args ...string) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	read, write := io.Pipe()
	done := make(chan int, 1)
	var said strings.Builder
	go func() {
		done <- run(ctx, args, terminal{in: strings.NewReader(""), out: write, err: &said})
		write.Close()
	}()
	end = sync.OnceFunc(func() {
		stop()
		select {
		case code := <-done:
			if code != exitDone {
				t.Errorf("%s ended with %d: %s", args[0], code, said.String())
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s did not stop", args[0])
		}
	})
	t.Cleanup(end)
	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		stop()
		t.Fatalf("%s said nothing: %s", args[0], said.String())
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	if err := json.Unmarshal(line, ready); err != nil {
		t.Fatal(err)
	}
	return end
}

// sheetOf prints a sample patient's sheet and returns its name.
func sheetOf(t *testing.T, data, patient string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), patient+".pdf")
	must(t, append([]string{"print", patientFile(patient), "-o", path, "--data", data}, flags...)...)
	return path
}
