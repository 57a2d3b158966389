package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving starts serve and returns what it says once it answers. It stops with the
// test.
func serving(t *testing.T, args ...string) serveReady {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	read, write := io.Pipe()
	done := make(chan int, 1)
	var said strings.Builder
	go func() {
		done <- run(ctx, append([]string{"serve", "--json", "--listen", "127.0.0.1:0"}, args...), terminal{in: strings.NewReader(""), out: write, err: &said})
		write.Close()
	}()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-done:
			if code != exitDone {
				t.Errorf("serve ended with %d: %s", code, said.String())
			}
		case <-time.After(20 * time.Second):
			t.Error("serve did not stop")
		}
	})
	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		stop()
		t.Fatalf("serve said nothing: %s", said.String())
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	var ready serveReady
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	return ready
}

// sheetOf prints a sample patient's sheet and returns its name.
func sheetOf(t *testing.T, data, patient string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), patient+".pdf")
	must(t, append([]string{"print", patientFile(patient), "-o", path, "--data", data}, flags...)...)
	return path
}
