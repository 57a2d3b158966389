package store

import (
	"bytes"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// unclosed returns the folder of a journal that stopped with a log, and what it said.
func unclosed(t *testing.T) (dir string, want map[string]string) {
	t.Helper()
	source, dir := t.TempDir(), t.TempDir()
	j := mustOpen(t, source, &Options{Place: "here", Clock: fixedClock})
	for i := range 12 {
		mustRecord(t, j, fmt.Sprint(secretNote, i), acted.Add(time.Duration(i)*time.Hour))
	}
	want, _ = content(j)
	err := j.exclusively(ctx, "test", func() error { return os.CopyFS(dir, os.DirFS(source)) })
	if err != nil {
		t.Fatal(err)
	}
	return dir, want
}

func fixedClock() time.Time { return acted.Add(50 * time.Hour) }

// TestLogIsReplayed opens what a process left that was killed, for reading and for
// writing, and finds everything; after that there is no log.
func TestLogIsReplayed(t *testing.T) {
	dir, want := unclosed(t)
	for _, readOnly := range []bool{true, true, false} {
		j := mustOpen(t, dir, &Options{Place: "here", Clock: fixedClock, ReadOnly: readOnly})
		mustBeSound(t, j)
		got, errs := content(j)
		for key, text := range want {
			if got[key] != text {
				t.Errorf("read only %v: %s is not as it was", readOnly, key)
			}
		}
		if err := j.Close(); err != nil || errs > 0 {
			t.Fatal(errs, err)
		}
	}
	for _, name := range walNames {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}

// TestLogFlips flips one bit of a log that is needed, at a time: nothing may be
// missing without a fault.
func TestLogFlips(t *testing.T) {
	t.Parallel()
	source, want := unclosed(t)
	files := readAll(t, source)
	log := files[walNames[0]]
	end := len(bytes.TrimRight(log, "\x00"))
	if end < 4*walBlock {
		t.Fatalf("a log of %d bytes", end)
	}
	dir := t.TempDir()
	lost, seen := 0, 0
	last := (end - 1) / walBlock * walBlock
	for string(log[last:last+len(walMagic)]) != walMagic {
		last -= walBlock
	}
	for n := range *flips {
		at := mrand.IntN(end)
		if n < walHeader {
			at = last + n // the header of the last record, after which nothing tells that it was there
		}
		for name, b := range files {
			if name == walNames[0] {
				b = bytes.Clone(b)
				b[at] ^= 1 << mrand.IntN(8)
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		j := mustOpen(t, dir, &Options{Place: "here", Clock: fixedClock})
		got, _ := content(j)
		r, err := j.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		same := true
		for key, text := range want {
			same = same && got[key] == text
		}
		if !same {
			lost++
		}
		if len(r.Problems) > 0 {
			seen++
		}
		if !same && len(r.Problems) == 0 {
			t.Errorf("byte %d: something is missing, and nobody says so", at)
		}
		// Later records are kept when one before them is gone.
		n := 0
		_ = j.Entries(ctx, func(EntryInfo) error { n++; return nil })
		if n < 11 {
			t.Errorf("byte %d: %d of 12 entries are left", at, n)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d flips: %d lost a change, %d were reported", *flips, lost, seen)
	if lost == 0 {
		t.Error("no flip mattered")
	}
}
