package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file that takes too long is stopped, and the person is told how far it came.
func TestReadingIsBounded(t *testing.T) {
	data := practice(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile("aucune-allergie-connue"), "-o", sheet, "--data", data)
	defer func(d time.Duration) { readLimit = d }(readLimit)
	readLimit = time.Millisecond
	code, _, stderr := cli(t, "scan", sheet, "--data", data)
	if code == exitDone || !strings.Contains(stderr, "lecture arrêtée") || !strings.Contains(stderr, "pages lues sur") {
		t.Errorf("got %d, %s", code, stderr)
	}
	code, _, stderr = cli(t, "qr", "read", sheet)
	if code == exitDone || !strings.Contains(stderr, "lecture arrêtée") {
		t.Errorf("qr read: got %d, %s", code, stderr)
	}
}
