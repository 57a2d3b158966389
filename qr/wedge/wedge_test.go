package wedge

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/qr/base45"
)

var prefixes = []string{"ZB1:", "HC1:"}

// typist types a text as the scanner and the computer of a table do, after Windows'
// rules for accent keys.
type typist struct {
	typed map[rune]rune
	dead  map[rune]rune // meant → combining character
}

func newTypist(t *Table) typist {
	y := typist{map[rune]rune{}, map[rune]rune{}}
	for r, meant := range t.plain {
		y.typed[meant] = r
	}
	for r, meant := range t.dead {
		y.dead[meant] = r
	}
	return y
}

func (y typist) line(text string) string {
	var b strings.Builder
	var waiting rune
	spacing := func(mark rune) rune {
		for r, m := range accents {
			if m == mark {
				return r
			}
		}
		return mark
	}
	for _, meant := range text {
		mark, isDead := y.dead[meant]
		typed := y.typed[meant]
		switch {
		case waiting != 0 && isDead:
			b.WriteRune(spacing(waiting))
			b.WriteRune(spacing(mark))
			waiting = 0
		case isDead:
			waiting = mark
		case waiting != 0 && typed == ' ':
			b.WriteRune(spacing(waiting))
			waiting = 0
		case waiting != 0 && takes(typed, waiting):
			b.WriteString(norm.NFC.String(string([]rune{typed, waiting})))
			waiting = 0
		case waiting != 0:
			b.WriteRune(spacing(waiting))
			b.WriteRune(typed)
			waiting = 0
		default:
			b.WriteRune(typed)
		}
	}
	if waiting != 0 {
		b.WriteRune(spacing(waiting)) // Enter pushes it out
	}
	return b.String()
}

// What the design says of a scanner as it comes on a French PC.
func TestDesign(t *testing.T) {
	table, err := Parse("us>fr")
	if err != nil {
		t.Fatal(err)
	}
	got := newTypist(&table).line("0123456789AQZWM$%*-./:")
	if want := "à&é\"'(-è_çQAWZ?45" + "8):!M"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCalibrationIsBase45(t *testing.T) {
	if len(Calibration) != 45 {
		t.Fatalf("got %d characters", len(Calibration))
	}
	for i := range Calibration {
		if _, err := base45.Decode(Calibration[i:i+1] + "0"); err != nil {
			t.Errorf("%q: %v", Calibration[i], err)
		}
		if strings.Count(Calibration, Calibration[i:i+1]) != 1 {
			t.Errorf("%q is there twice", Calibration[i])
		}
	}
}

// Every pair of layouts, with and without Caps Lock, is a table or is told by one
// that types the same; those that cannot be are listed here.
func TestEveryPairIsATable(t *testing.T) {
	var lost []string
	for _, c := range allCaps {
		for _, scanner := range scanners {
			for _, host := range layouts {
				table := compose(layoutOf(scanner), &host, c)
				if !slices.ContainsFunc(computed(), table.same) {
					lost = append(lost, table.ID)
				}
			}
		}
	}
	t.Logf("%d tables", len(computed()))
	want := []string{
		// A scanner set for France presses one Canadian key, with Shift and without,
		// for "/" and ":", which types a full stop both ways.
		"fr>ca-fr", "fr>ca-fr+letters",
		// An accent key and a letter make what another key types.
		"fr>ch-fr+letters", "us>afnor+all", "us>afnor+digits", "fr>afnor+all", "fr>afnor+digits", "fr>ch-fr+digits",
		"fr>ca-fr+all", "fr>ca-fr+digits", "fr>ca-fr+upper",
		// A Mac's Caps Lock makes one of two letters.
		"fr>bepo+upper",
	}
	slices.Sort(want)
	slices.Sort(lost)
	if !slices.Equal(lost, want) {
		t.Errorf("no table: got %q, want %q", lost, want)
	}
}

// Every table is one-to-one on base45's 45 characters: all that is typed differs,
// and comes back.
func TestTablesAreBijections(t *testing.T) {
	for _, table := range Tables() {
		y := newTypist(&table)
		seen := map[rune]rune{}
		for _, c := range Calibration {
			typed, ok := y.typed[c]
			if mark, isDead := y.dead[c]; isDead {
				typed, ok = mark, true
			}
			if !ok {
				t.Errorf("%s: nothing is typed for %q", table.ID, c)
			}
			if other, twice := seen[typed]; twice {
				t.Errorf("%s: %q and %q type the same", table.ID, c, other)
			}
			seen[typed] = c
		}
		if len(seen) != 45 {
			t.Errorf("%s: %d characters", table.ID, len(seen))
		}
	}
}

// A typed code is among its candidates whatever the table, and few others are.
func TestTypedCodesComeBack(t *testing.T) {
	tables := Tables()
	rapid.Check(t, func(t *rapid.T) {
		table := tables[rapid.IntRange(0, len(tables)-1).Draw(t, "table")]
		text := "ZB1:" + base45.Encode(rapid.SliceOfN(rapid.Byte(), 1, 120).Draw(t, "bytes"))
		line := newTypist(&table).line(text)
		if !apart(text, &table) {
			t.Skip("two spaces after accent keys: more than is tried")
		}
		if c := Candidates(line, prefixes); !slices.ContainsFunc(c, func(c Candidate) bool { return c.Text == text }) {
			t.Fatalf("%s: %q was typed as %q, read as %q", table.ID, text, line, c)
		}
	})
}

// apart reports whether a text leaves what readings tries: at most two accent keys
// with a space behind them.
func apart(text string, table *Table) bool {
	spaces := 0
	for _, meant := range table.dead {
		spaces += strings.Count(text, string(meant)+" ")
	}
	return spaces <= 2
}

// Nothing of a text is ever trimmed, and what scanners add is taken off.
func TestEnds(t *testing.T) {
	const text = "ZB1:ABC "
	fr, _ := Parse("us>fr")
	typed := newTypist(&fr).line(text)
	for name, line := range map[string]string{
		"enter": typed + "\r\n", "tab": typed + "\t", "STX and ETX": "\x02" + typed + "\x03",
		"AIM identifier": newTypist(&fr).line("]Q1") + typed + "\r", "as it is": typed,
	} {
		got, ok := Repair(line, prefixes, func(s string) bool { return s == text })
		if !ok || got.Table.ID != "us>fr" {
			t.Errorf("%s: got %q, %v", name, got.Text, ok)
		}
	}
	if got, ok := Repair("]Q1"+text+"\n", prefixes, func(s string) bool { return s == text }); !ok || !got.AsTyped() {
		t.Errorf("AIM identifier, right layout: got %q, %v", got.Text, ok)
	}
	if c := Candidates("  bonjour ", prefixes); len(c) != 1 || c[0].Text != "  bonjour " {
		t.Errorf("got %q", c)
	}
}

func TestNothingIsAcceptedUnlessTheJudgeDoes(t *testing.T) {
	fr, _ := Parse("us>fr")
	line := newTypist(&fr).line("ZB1:6BFOXN*TS0BI$ZD")
	asked := 0
	if c, ok := Repair(line, prefixes, func(string) bool { asked++; return false }); ok || asked < 2 {
		t.Errorf("got %q, %v after %d questions", c.Text, ok, asked)
	}
}

func TestLearn(t *testing.T) {
	for _, table := range Tables() {
		line := newTypist(&table).line(Calibration) + "\r"
		got, err := Learn(line)
		if err != nil || !got.same(table) {
			t.Errorf("%s: got %s, %v", table.ID, got.ID, err)
		}
	}
	// A layout that nobody wrote down.
	line := strings.Map(func(r rune) rune { return r + 0x400 }, Calibration)
	odd, err := Learn(line)
	if err != nil || odd.ID != "" {
		t.Fatalf("got %q, %v", odd.ID, err)
	}
	again, err := Parse(odd.String())
	if err != nil || !again.same(odd) {
		t.Errorf("stored and read: %v", err)
	}
	typed := newTypist(&odd).line("ZB1:X Y")
	if c := Candidates(typed, prefixes, again); len(c) != 2 || c[1].Text != "ZB1:X Y" {
		t.Errorf("got %q", c)
	}
	for name, line := range map[string]string{
		"nothing": "", "short": "0123", "twice": strings.Repeat("A", 45), "not text": strings.Repeat("\xff", 45),
		"long": strings.Repeat("A", maxTyped+1),
	} {
		if _, err := Learn(line); err == nil {
			t.Errorf("%s: learnt", name)
		}
	}
}

func TestEveryTableHasAName(t *testing.T) {
	for _, table := range Tables() {
		if name := table.French(); strings.Contains(name, "clavier ,") || strings.HasSuffix(name, " ") {
			t.Errorf("%s: %q", table.ID, name)
		}
	}
}

func FuzzCandidates(f *testing.F) {
	for _, table := range Tables()[:20] {
		f.Add(newTypist(&table).line("ZB1:6BFOXN*TS0BI$ZD +A + Z") + "\n")
	}
	f.Add("]Q1ZB1:")
	f.Fuzz(func(t *testing.T, line string) {
		c := Candidates(line, prefixes)
		if len(c) == 0 || len(c) > 1+maxReadings*(len(computed())) {
			t.Fatalf("%d candidates", len(c))
		}
		for _, c := range c[1:] {
			if !begins(c.Text, prefixes) || strings.Trim(c.Text, Calibration) != "" {
				t.Fatalf("candidate %q", c.Text)
			}
		}
		if table, err := Learn(line); err == nil {
			if again, err := Parse(table.String()); err != nil || !again.same(table) {
				t.Fatalf("learnt %q, parsed %q, %v", table, again, err)
			}
		}
	})
}

func BenchmarkCandidates(b *testing.B) {
	fr, _ := Parse("us>fr")
	line := newTypist(&fr).line("ZB1:" + base45.Encode(slices.Repeat([]byte{17, 200, 3, 99}, 100)))
	for b.Loop() {
		Candidates(line, prefixes)
	}
}

func TestNoKeyIsMissing(t *testing.T) {
	want := [4]int{13, 12, 12, 11}
	for _, l := range layouts {
		for row := range want {
			for level, keys := range []string{l.plain[row], l.shift[row]} {
				if n := len([]rune(keys)); n != want[row] {
					t.Errorf("%s, row %d, level %d: %d keys, want %d", l.id, row, level, n, want[row])
				}
				if strings.IndexFunc(keys, unicode.IsSpace) >= 0 {
					t.Errorf("%s, row %d: a space", l.id, row)
				}
			}
		}
	}
}
