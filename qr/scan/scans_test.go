package scan

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/qr/picture"
)

// The sets of pictures that reading is measured on, and what must be read of them.
// They are not part of the source; without them the tests are skipped.
const (
	scansDir    = "../../../shared/scans"
	atLeast     = 126
	atLeastReal = 95
)

// The list has one letter less than the symbol, whose own count says 72 characters.
var corrected = map[string]string{
	"qrcode-2_13.png": "The 2005 USGS aerial photography of the Washington Monument is censored.",
}

type row struct{ file, want, kind string }

func manifest(t *testing.T, path string, kind int) []row {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("the sets of scans are not here: %v", err)
	}
	defer f.Close()
	var out []row
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\r`, "\r", `\n`, "\n")
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		c := strings.Split(s.Text(), "\t")
		if len(c) <= kind || c[0] == "file" {
			continue
		}
		want := c[1]
		if kind == 2 && strings.Contains(path, "real") {
			want = unescape.Replace(want)
		}
		if w, ok := corrected[c[0]]; ok {
			want = w
		}
		out = append(out, row{c[0], want, c[kind]})
	}
	return out
}

// measure reads every file of a manifest and prints a table of hits by kind.
func measure(t *testing.T, dir string) (hits, misreads int) {
	t.Helper()
	rows := manifest(t, filepath.Join(dir, "manifest.tsv"), 2)
	texts := map[string][]string{}
	var total, worst time.Duration
	for _, r := range rows {
		if _, ok := texts[r.file]; ok {
			continue
		}
		f, err := picture.Open(t.Context(), filepath.Join(dir, r.file), picture.Options{})
		if err != nil {
			t.Errorf("%s: %v", r.file, err)
			texts[r.file] = nil
			continue
		}
		page, err := f.Page(t.Context(), 0)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", r.file, err)
			texts[r.file] = nil
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		start := time.Now()
		symbols, err := Symbols(ctx, page)
		cancel()
		if err != nil {
			t.Errorf("%s: %v", r.file, err)
		}
		took := time.Since(start)
		total += took
		worst = max(worst, took)
		texts[r.file] = []string{}
		for _, s := range symbols {
			texts[r.file] = append(texts[r.file], strings.TrimRight(s.Text, "\r\n"))
		}
	}
	type count struct{ hit, of int }
	kinds := map[string]*count{}
	expected := map[string][]string{}
	for _, r := range rows {
		want := strings.TrimRight(r.want, "\r\n")
		expected[r.file] = append(expected[r.file], want)
		k := kinds[r.kind]
		if k == nil {
			k = new(count)
			kinds[r.kind] = k
		}
		k.of++
		if slices.Contains(texts[r.file], want) {
			k.hit++
			hits++
		} else if os.Getenv("SCANS_MISSED") != "" {
			t.Logf("missed %s", r.file)
		}
	}
	for file, got := range texts {
		for _, text := range got {
			if !slices.Contains(expected[file], text) {
				misreads++
				t.Errorf("%s: misread %q", file, text)
			}
		}
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&b, "  %-20s %3d of %3d\n", k, kinds[k].hit, kinds[k].of)
	}
	n := time.Duration(max(1, len(texts)))
	t.Logf("%s: %d of %d, %d misread, %v a picture, %v the slowest\n%s", dir, hits, len(rows), misreads,
		(total / n).Round(time.Millisecond), worst.Round(time.Millisecond), b.String())
	return hits, misreads
}

func TestScans(t *testing.T) {
	if hits, wrong := measure(t, scansDir); hits < atLeast || wrong > 0 {
		t.Errorf("got %d hits and %d misreads, want at least %d and none", hits, wrong, atLeast)
	}
}

func TestScansReal(t *testing.T) {
	if hits, wrong := measure(t, filepath.Join(scansDir, "real")); hits < atLeastReal || wrong > 0 {
		t.Errorf("got %d hits and %d misreads, want at least %d and none", hits, wrong, atLeastReal)
	}
}
