package qr

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

func testCode(t testing.TB, typed string) *PatientCode {
	t.Helper()
	code, err := ParsePatientCode(typed)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestPatientCodesAsPeopleTypeThem(t *testing.T) {
	const want = "7K0P1 QM3XZ"
	for _, typed := range []string{
		"7K0P1 QM3XZ", "7K0P1QM3XZ", "7k0p1 qm3xz", "7kop1-qm3xz", "7KOPI QM3XZ", "7kopl–qm3xz",
		" 7K0P1\u00a0QM3XZ ", "7-K-0-P-1-Q-M-3-X-Z", "7K0P1\u202fQM3XZ", "7K0P1‑QM3XZ", "\t7K0P1 QM3XZ",
	} {
		code, err := ParsePatientCode(typed)
		if err != nil || code.Grouped() != want {
			t.Errorf("%q: got %v, %v", typed, code, err)
		}
	}
	for _, typed := range []string{
		"", "7K0P1 QM3X", "7K0P1 QM3XZ2", "7K0P1 QM3XU", "7K0P1 QM3X!", "7K0P1/QM3XZ", "éK0P1 QM3XZ",
		"7K0P1\nQM3XZ", "\xff7K0P1QM3X", strings.Repeat(" ", 100) + want,
	} {
		if code, err := ParsePatientCode(typed); record.ReasonOf(err) != "patient_code" || code != nil {
			t.Errorf("%q: got %v", typed, err)
		} else if len(typed) > 4 && strings.Contains(err.Error(), typed) {
			t.Errorf("%q: the error quotes it", typed)
		}
	}
}

func TestPatientCodesAreRandomAndHidden(t *testing.T) {
	seen, used := map[string]bool{}, map[rune]int{}
	for range 2000 {
		code, err := NewPatientCode(rand.Reader)
		if err != nil || !code.valid() {
			t.Fatal(err)
		}
		text := code.Grouped()
		again, err := ParsePatientCode(text)
		if err != nil || *again != *code || seen[text] {
			t.Fatalf("%v, seen before: %v", err, seen[text])
		}
		seen[text] = true
		for _, r := range text {
			used[r]++
		}
	}
	// 20000 characters over 32: each is expected 625 times, give or take 25.
	for _, r := range codeAlphabet {
		if n := used[r]; n < 450 || n > 800 {
			t.Errorf("%c was drawn %d times", r, n)
		}
	}
	if _, err := NewPatientCode(strings.NewReader("short")); err == nil {
		t.Error("a code from too little randomness")
	}
	code := testCode(t, "7K0P1 QM3XZ")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "code", code, "value", *code)
	for _, shown := range []string{log.String(), fmt.Sprint(code, *code), fmt.Sprintf("%v %+v %#v %s %q", code, code, code, code, *code), fmt.Sprintf("%+v", EncodeOptions{Code: code})} {
		if strings.Contains(shown, "7K0P1") || strings.Contains(shown, "55 75") {
			t.Errorf("the code shows in %q", shown)
		}
	}
}
