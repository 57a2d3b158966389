package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/capture"
)

// Every table is there, without the peers and the sets, which a test must not need.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	o := options{scans: "no such folder", frames: len(capture.Kinds()), timed: 10, peerOf: 1, seed: 500, strength: 1, least: 4.5}
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not measured", "degradation", "pixels a module", "95 % interval", "first look", "print without a code",
		"texts that the list does not have: 0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}

func TestLoadSet(t *testing.T) {
	dir := t.TempDir()
	write := func(manifest string) {
		if err := os.WriteFile(filepath.Join(dir, "manifest.tsv"), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("file\texpected_text\tset\na.png\tone\\ttwo\\r\\n\tx\na.png\tthree\ty\n")
	s, err := loadSet(dir)
	if err != nil || len(s) != 1 || len(s[0].codes) != 2 || s[0].codes[0].text != "one\ttwo" || s[0].codes[1].kind != "y" {
		t.Errorf("photographs: got %+v, %v", s, err)
	}
	write("a.jpg\tA\\N\tfax\t9\tL\t38\t100\t2.35\n")
	s, err = loadSet(dir)
	if err != nil || len(s) != 1 || s[0].codes[0] != (expected{text: `A\N`, kind: "fax", version: 9, pixels: 2.35}) {
		t.Errorf("drawn: got %+v, %v", s, err)
	}
	write("a.jpg\n")
	if _, err = loadSet(dir); err == nil {
		t.Error("a line of one column was taken")
	}
}

func TestWilson(t *testing.T) {
	// Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
	for _, c := range []struct {
		hits, of  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		if low, high := wilson(c.hits, c.of); math.Abs(low-c.low) > 5e-4 || math.Abs(high-c.high) > 5e-4 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.of, low, high, c.low, c.high)
		}
	}
}

func TestQuantile(t *testing.T) {
	if got := quantile([]time.Duration{5, 1, 3, 2, 4}, 0.5); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}
