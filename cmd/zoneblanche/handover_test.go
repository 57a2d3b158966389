package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// What a key refuses is told as what it is.
func TestFolderSentences(t *testing.T) {
	full := syscall.ENOSPC
	if runtime.GOOS == "windows" {
		full = 112 // ERROR_DISK_FULL
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"full":       {&fs.PathError{Op: "write", Path: "x", Err: full}, "plus de place"},
		"read-only":  {&fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, "protégé en écriture"},
		"forbidden":  {&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, "protégé en écriture"},
		"missing":    {&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, "n’existe pas"},
		"pulled out": {&fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}, "ne répond plus"},
	} {
		err := aboutFolder("la clé", &record.Error{Code: record.CodeUnavailable, Op: "use folder", Reason: handover.ReasonFolder, Err: errors.Join(c.err)})
		if say, next, code := explain(err); !strings.Contains(say, c.want) || next == "" || code != exitFailed {
			t.Errorf("%s: got %q, %q, %d", name, say, next, code)
		}
	}
}

// pairingWords sets $WORDS to the words of a machine's latest pairing:
//
//	words practice
func pairingWords(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: words FOLDER")
	}
	ts.Check(ts.Exec("zoneblanche", "handover", "list", "--json", "--data", ts.MkAbs(args[0])))
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var peer struct{ Words string }
	ts.Check(json.Unmarshal([]byte(lines[len(lines)-1]), &peer))
	ts.Setenv("WORDS", peer.Words)
}

// consult records a consultation in a machine's journal, as scan --record does:
//
//	consult laptop
func consult(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: consult FOLDER")
	}
	journal, err := store.Open(ts.MkAbs(args[0]), nil)
	ts.Check(err)
	_, _, err = recordConsultation(context.Background(), journal, consultation(time.Now()))
	ts.Check(errors.Join(err, journal.Close()))
}

// spoil makes, of the package in a folder, one that is altered, one that is cut, and
// one of a later version:
//
//	spoil FOLDER
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoil FOLDER")
	}
	dir := ts.MkAbs(args[0])
	found, err := filepath.Glob(filepath.Join(dir, "*.zbh"))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("got %d packages, want one", len(found))
	}
	whole, err := os.ReadFile(found[0])
	ts.Check(err)
	for name, change := range map[string]func([]byte) []byte{
		"altered": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"newer":   func(b []byte) []byte { b[7] = 2; return b },
	} {
		ts.Check(os.WriteFile(filepath.Join(dir, name+".zbh"), change(append([]byte(nil), whole...)), 0o600))
	}
	ts.Check(os.Remove(found[0]))
}
