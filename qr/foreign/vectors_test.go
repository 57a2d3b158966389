package foreign

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// vectors is where other people's test vectors are; its README says whose.
const vectors = "../../testdata/vectors/foreign"

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectors, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// vectorText is a vector that is one text on one line.
func vectorText(t testing.TB, name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(vector(t, name)), "\n"), "\r")
}

// filesOf lists the files of a folder of vectors and of those below it.
func filesOf(t testing.TB, folder string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(vectors), folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			out = append(out, name)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(out), err)
	}
	return out
}

// one reads texts that are one card.
func one(t testing.TB, r Reader, texts ...string) Reading {
	t.Helper()
	readings, rest := r.Read(texts)
	if len(readings) != 1 || len(rest) != 0 {
		t.Fatalf("got %d readings and %d other texts, want 1 and 0", len(readings), len(rest))
	}
	return readings[0]
}

func wantVerdict(t testing.TB, r Reading, want record.Verdict) {
	t.Helper()
	if r.Judgement.Verdict != want {
		t.Errorf("got %q (%s), want %q; warnings %v", r.Judgement.Verdict, r.Judgement.Detail, want, codes(r))
	}
}

func codes(r Reading) []string {
	var out []string
	for _, w := range r.Warnings {
		out = append(out, w.Code)
	}
	return out
}

func hasCode(r Reading, code string) bool {
	for _, w := range r.Warnings {
		if w.Code == code && w.Text != "" {
			return true
		}
	}
	return false
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}
