package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run("no such folder", 1, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"encode  ", "decode  ", "ours / SHC"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the table:\n%s", want, out.String())
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("got %v, want 5", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2 {
		t.Errorf("got %v, want the lower middle, 2", got)
	}
}
