// Package dictionary_test checks the text that the card's compressor is taught
// with. It cannot tell a wrong label, but it does find a mistyped code.
package dictionary_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// codeShapes says what the first field of a coded line looks like. A line of a
// file that is not here is a plain item; of a file in mixed, it may be.
var codeShapes = map[string]*regexp.Regexp{
	"atc.txt":     regexp.MustCompile(`^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$`),
	"cim10.txt":   regexp.MustCompile(`^[A-Z][0-9]{2}(\.[0-9])?$`),
	"cvx.txt":     regexp.MustCompile(`^[0-9]{2,3}$`),
	"loinc.txt":   regexp.MustCompile(`^[1-9][0-9]{0,4}-[0-9]$`),
	"rxnorm.txt":  regexp.MustCompile(`^[1-9][0-9]{2,6}$`),
	"snomed.txt":  regexp.MustCompile(`^([1-9][0-9]{5,17}|no-[a-z-]+)$`),
	"units.txt":   regexp.MustCompile(`^([1-5][0-9]{7}|[A-Z]{1,3})$`),
	"vaccins.txt": regexp.MustCompile(`^J07[A-Z]{2}[0-9]{2}$`),
}

var mixed = map[string]bool{"units.txt": true, "vaccins.txt": true}

// fieldCounts bounds the fields of a coded line.
var fieldCounts = map[string][2]int{
	"atc.txt": {2, 4}, "loinc.txt": {2, 3}, "units.txt": {2, 3}, "vaccins.txt": {2, 3},
}

func TestSourceLines(t *testing.T) {
	files, err := filepath.Glob("source/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 13 {
		t.Fatalf("got %d source files, want 13", len(files))
	}
	total := 0
	for _, path := range files {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		checkSource(t, name, string(data))
	}
	// More text costs time on every card that is read, less is little help.
	if total < 90_000 || total > 132_000 {
		t.Errorf("the source text has %d bytes, want 90,000 to 132,000", total)
	}
}

func checkSource(t *testing.T, name, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: no newline at the end", name)
	}
	var top = true
	lines, codes := map[string]int{}, map[string]int{}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		n := i + 1
		if top && strings.HasPrefix(line, "#") {
			continue
		}
		top = false
		if problem := flaw(line); problem != "" {
			t.Errorf("%s:%d: %s: %q", name, n, problem, line)
		}
		if first := lines[line]; first != 0 {
			t.Errorf("%s:%d: the same line as line %d: %q", name, n, first, line)
		}
		lines[line] = n
		fields := strings.Split(line, "\t")
		shape := codeShapes[name]
		if len(fields) == 1 && (shape == nil || mixed[name]) {
			continue
		}
		if shape == nil {
			t.Errorf("%s:%d: a tab in a file of plain lines: %q", name, n, line)
			continue
		}
		if !shape.MatchString(fields[0]) {
			t.Errorf("%s:%d: not a code of this file: %q", name, n, fields[0])
		}
		if first := codes[fields[0]]; first != 0 {
			t.Errorf("%s:%d: the code of line %d again: %q", name, n, first, fields[0])
		}
		codes[fields[0]] = n
		want, ok := fieldCounts[name]
		if !ok {
			want = [2]int{2, 2}
		}
		if len(fields) < want[0] || len(fields) > want[1] {
			t.Errorf("%s:%d: got %d fields, want %d to %d", name, n, len(fields), want[0], want[1])
		}
		switch {
		case name == "loinc.txt" && !luhnHolds(strings.Replace(fields[0], "-", "", 1)):
			t.Errorf("%s:%d: wrong check digit: %q", name, n, fields[0])
		case name == "snomed.txt" && fields[0][0] != 'n' && !verhoeffHolds(fields[0]):
			t.Errorf("%s:%d: wrong check digit: %q", name, n, fields[0])
		}
	}
}

// flaw says what is wrong with the spelling of a line, or nothing.
func flaw(line string) string {
	switch {
	case line == "":
		return "empty line"
	case !utf8.ValidString(line):
		return "not UTF-8"
	case strings.HasPrefix(line, "# "):
		return "a comment below the top"
	case strings.Contains(line, "  "):
		return "two spaces"
	}
	for _, field := range strings.Split(line, "\t") {
		if field == "" || strings.TrimSpace(field) != field {
			return "an empty field, or spaces around it"
		}
	}
	for _, r := range line {
		switch {
		// In NFC every French letter is one character: what combines was not composed.
		case unicode.Is(unicode.Mn, r):
			return "a combining mark, so not NFC"
		case r == '\u2019':
			return "a curly apostrophe, where summaries have a straight one"
		case r != '\t' && r != ' ' && (unicode.IsControl(r) || unicode.IsSpace(r)):
			return "a control character or a special space"
		}
	}
	return ""
}

// luhnHolds checks the last digit of a LOINC code without its hyphen (mod 10,
// LOINC Users' Guide, appendix on check digits).
func luhnHolds(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// verhoeffHolds checks the last digit of a SNOMED CT identifier: Verhoeff's
// dihedral code (SNOMED CT Release File Specification, check-digit).
func verhoeffHolds(digits string) bool {
	check := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		for range i % 8 {
			d = verhoeffStep[d]
		}
		check = dihedral(check, d)
	}
	return check == 0
}

var verhoeffStep = [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}

// dihedral multiplies in the group of the symmetries of a pentagon: 0 to 4 are
// rotations, 5 to 9 reflections.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b+5)%5
	}
	return (a - b + 5) % 5
}

func TestCheckDigits(t *testing.T) {
	for _, tc := range []struct {
		digits         string
		luhn, verhoeff bool
	}{
		{"21600", true, false},      // LOINC 2160-0
		{"21601", false, false},     // its digit changed
		{"73211009", false, true},   // diabetes mellitus
		{"73210109", false, false},  // two digits exchanged
		{"840539006", false, true},  // COVID-19
		{"840539007", false, false}, // its digit changed
	} {
		if got := verhoeffHolds(tc.digits); got != tc.verhoeff {
			t.Errorf("Verhoeff of %s: got %v, want %v", tc.digits, got, tc.verhoeff)
		}
		if len(tc.digits) < 6 && luhnHolds(tc.digits) != tc.luhn {
			t.Errorf("Luhn of %s: got %v, want %v", tc.digits, !tc.luhn, tc.luhn)
		}
	}
}

func TestFlawFinds(t *testing.T) {
	for _, line := range []string{"", "a  b", " a", "a\t", "a\t\tb", "e\u0301t\u00e9", "d\u2019un", "a\u00a0b", "a\r", "\xff", "# below"} {
		if flaw(line) == "" {
			t.Errorf("no flaw found in %q", line)
		}
	}
	if got := flaw("C07AB07\tBisoprolol\tCARDENSIEL 2,5 mg, comprimé"); got != "" {
		t.Errorf("a good line: %s", got)
	}
}
