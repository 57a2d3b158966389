//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A program is run without shell and arguments, gets the notice on its standard
// input, and is tried again when it fails.
func TestHookProgram(t *testing.T) {
	dir := t.TempDir()
	got := filepath.Join(dir, "got")
	hook := filepath.Join(dir, "alerte et plus; exit")
	program := "#!/bin/sh\n[ $# = 0 ] || exit 9\ncat >>'" + got + "'\necho \" $ZONEBLANCHE_LEVEL $ZONEBLANCHE_COUNT\" >>'" + got + "'\n[ -e '" + dir + "/ok' ]\n"
	if err := os.WriteFile(hook, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	data := aged(t, 37*time.Hour)
	once := func() string {
		_, _, stderr := cli(t, "sync", "once", "--data", data, "--url", nowhere, "--hook", hook)
		return stderr
	}
	if said := once(); !strings.Contains(said, "n’a pas pu être donnée") {
		t.Errorf("a hook that fails is not said to: %s", said)
	}
	if err := os.WriteFile(filepath.Join(dir, "ok"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	once()
	once()
	calls, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[1], " 36h 1") {
		t.Fatalf("the program was called with %q, want twice", lines)
	}
	var n hookNotice
	if err := json.Unmarshal([]byte(strings.TrimSuffix(lines[1], " 36h 1")), &n); err != nil || n.Level != "36h" || n.Count != 1 {
		t.Errorf("got %+v, %v", n, err)
	}
}
