package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestFigures(t *testing.T) {
	rows := []row{
		{file: "a", family: "x", bits: 100, shc: 300},
		{file: "b", family: "y", bits: 1000, shc: 2000},
		{file: "c", family: "x", bits: 100, shc: 220},
		{file: "d", family: "y", bits: 100, shc: 240},
	}
	got := figuresOf(rows, func(r row) int { return r.shc }, barSHC)
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if !near(got.median, 2.3) || !near(got.total, 2760.0/1300) || !near(got.minimum, 2) || got.worst != "b" || got.above != 3 {
		t.Errorf("got %+v, want median 2.3, total %.3f, minimum 2 by b, 3 at the bar", got, 2760.0/1300)
	}
	families := familiesOf(rows)
	if len(families) != 2 || families[0].name != "x" || families[0].bits != 200 || families[1].shc != 2240 {
		t.Errorf("got families %+v", families)
	}
}

// TestMeasure measures our own patients: the card reads back with the key, carries
// every entry, and the peers' bits are those of real codes.
func TestMeasure(t *testing.T) {
	var out bytes.Buffer
	if err := run("no such folder", t.TempDir(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"own invented patients", "ehpad-neuf-traitements", "trained without", "SMART Health Card"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the table", want)
		}
	}
	var again bytes.Buffer
	if err := run("no such folder", t.TempDir(), &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != out.String() {
		t.Error("two runs say two things")
	}
}
