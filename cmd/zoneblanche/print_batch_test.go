package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf is a folder with so many copies of a sample patient.
func folderOf(t *testing.T, n int) string {
	t.Helper()
	data, err := os.ReadFile(patientFile("aucune-allergie-connue"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("chambre-%02d.json", i)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// checkWhole reports files of a folder that are no whole PDF, and returns how many
// there are.
func checkWhole(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(e.Name()) != ".pdf" || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF")) {
			t.Errorf("%s is no whole sheet", e.Name())
		}
	}
	return len(entries)
}

// stopper ends a context when the first line is written.
type stopper struct {
	bytes.Buffer
	stop context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(p)
}

func TestInterruptedBatchLeavesWholeSheets(t *testing.T) {
	data, out := practice(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	said, errs := &stopper{stop: cancel}, &bytes.Buffer{}
	code := run(ctx, []string{"print", "--batch", folderOf(t, 10), "-o", out, "--data", data}, terminal{in: strings.NewReader(""), out: said, err: errs})
	written := strings.Count(said.String(), "Feuille écrite")
	if got := checkWhole(t, out); got == 0 || got == 10 || got != written {
		t.Errorf("%d sheets, %d told of, of 10", got, written)
	}
	if code != exitPart || !strings.Contains(errs.String(), "n’ont pas été traités. Les feuilles écrites sont entières.") {
		t.Errorf("got status %d, %s", code, errs)
	}
}

// Whoever asks for a folder and stops at once is told so.
func TestBatchStoppedBeforeItBegan(t *testing.T) {
	data, out := practice(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var errs bytes.Buffer
	code := run(ctx, []string{"print", "--batch", folderOf(t, 2), "-o", out, "--data", data}, terminal{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &errs})
	if code != exitFailed || checkWhole(t, out) != 0 || !strings.Contains(errs.String(), "2 fichiers n’ont pas été traités") {
		t.Errorf("got status %d, %s", code, &errs)
	}
}

// Two files that would make one sheet, and what is no file, are not mixed up with others.
func TestBatchOfOddNames(t *testing.T) {
	data, out, dir := practice(t), t.TempDir(), folderOf(t, 1)
	first := filepath.Join(dir, "chambre-00.json")
	for _, link := range []string{"CHAMBRE-00.JSON", "x\x1b[2J\nfin.json"} {
		if err := os.Symlink(first, filepath.Join(dir, link)); err != nil {
			t.Skipf("this machine makes no links: %v", err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "nulle-part"), filepath.Join(dir, "lien.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "dossier.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	code, said, errs := cli(t, "print", "--batch", dir, "-o", out, "--data", data, "--replace")
	if n := checkWhole(t, out); code != exitPart || n != 2 || strings.Contains(said+errs, "\x1b") {
		t.Errorf("got status %d, %d sheets, %q%q", code, n, said, errs)
	}
	for _, want := range []string{"du même nom", "lien.json", "2 feuilles écrites sur 4"} {
		if !strings.Contains(errs, want) {
			t.Errorf("want %q in %q", want, errs)
		}
	}
}
