package wedge

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Table is what the keys pressed by one kind of scanner become on one kind of
// computer. Tables are values that nobody changes.
type Table struct {
	// ID names a computed table, as in "us>fr" and "us>fr+all"; "" for one that was
	// learnt and is none of these.
	ID      string
	scanner string
	host    string
	caps    caps
	// What a typed character was. Those of base45 come first: another key that types
	// the same is left out.
	plain map[rune]rune
	// What an accent key was, by its combining character.
	dead map[rune]rune
}

// CapsLock reports whether the table is one of a computer with Caps Lock on.
func (t *Table) CapsLock() bool { return t.caps != capsOff }

// Tables returns every table there is, likeliest first: nothing changed, then a
// scanner as it comes on French computers, then the others; Caps Lock last.
func Tables() []Table { return slices.Clone(computed()) }

var computed = sync.OnceValue(func() []Table {
	var out []Table
	for _, c := range allCaps {
		for _, scanner := range scanners {
			for _, host := range layouts {
				t := compose(layoutOf(scanner), &host, c)
				if !t.bijective() || t.ambiguous() || slices.ContainsFunc(out, t.same) {
					continue
				}
				out = append(out, t)
			}
		}
	}
	return out
})

func layoutOf(id string) *layout {
	i := slices.IndexFunc(layouts, func(l layout) bool { return l.id == id })
	return &layouts[i]
}

// compose presses each key of the scanner's layout on the host's.
func compose(scanner, host *layout, c caps) Table {
	t := Table{ID: scanner.id + ">" + host.id, scanner: scanner.id, host: host.id, caps: c,
		plain: map[rune]rune{' ': ' '}, dead: map[rune]rune{}}
	if c != capsOff {
		t.ID += "+" + string(c)
	}
	// Once for the characters of codes, then for the rest.
	for _, ours := range []bool{true, false} {
		scanner.each(func(row, key int, shift bool, meant rune) {
			if strings.ContainsRune(Calibration, meant) != ours {
				return
			}
			typed := host.press(row, key, shift, c)
			into := t.plain
			if unicode.Is(unicode.Mn, typed) {
				into = t.dead
			}
			if _, taken := into[typed]; !taken && typed != 0 {
				into[typed] = meant
			}
		})
	}
	return t
}

// each calls f for every key of the layout and what it types. A character that two
// keys type is the first's.
func (l *layout) each(f func(row, key int, shift bool, typed rune)) {
	seen := map[rune]bool{}
	for _, shift := range []bool{false, true} {
		rows := l.plain
		if shift {
			rows = l.shift
		}
		for row := range rows {
			for key, r := range []rune(rows[row]) {
				if !seen[r] {
					seen[r] = true
					f(row, key, shift, r)
				}
			}
		}
	}
}

// press returns what a key types under Caps Lock as it stands.
func (l *layout) press(row, key int, shift bool, c caps) rune {
	level := func(rows *[4]string) rune {
		if keys := []rune(rows[row]); key < len(keys) {
			return keys[key]
		}
		return 0
	}
	plain, shifted := level(&l.plain), level(&l.shift)
	letter := unicode.IsLetter(plain) && unicode.ToUpper(plain) == shifted
	switch {
	case c == capsUpper && letter:
		return shifted
	case c == capsUpper && !shift:
		return unicode.ToUpper(plain)
	case c == capsAll, (c == capsLetters || c == capsDigits) && letter, c == capsDigits && row == 0:
		shift = !shift
	}
	if shift {
		return shifted
	}
	return plain
}

// bijective reports whether each character of base45 has a key press of its own.
func (t *Table) bijective() bool {
	n := 0
	for _, m := range []map[rune]rune{t.plain, t.dead} {
		for _, meant := range m {
			if strings.ContainsRune(Calibration, meant) {
				n++
			}
		}
	}
	return n == len(Calibration)
}

// ambiguous reports whether a letter under an accent is what another key types, too:
// no computer that is in use does this with codes.
func (t *Table) ambiguous() bool {
	ours := func(meant rune) bool { return strings.ContainsRune(Calibration, meant) }
	for mark, accent := range t.dead {
		for letter, under := range t.plain {
			if !ours(accent) || !ours(under) || !takes(letter, mark) {
				continue
			}
			both := []rune(norm.NFC.String(string([]rune{letter, mark})))
			if meant, ok := t.plain[both[0]]; ok && len(both) == 1 && ours(meant) {
				return true
			}
		}
	}
	return false
}

// same reports whether two tables agree on what codes are made of.
func (t *Table) same(o Table) bool {
	agree := func(a, b map[rune]rune) bool {
		for typed, meant := range a {
			if strings.ContainsRune(Calibration, meant) && b[typed] != meant {
				return false
			}
		}
		return true
	}
	return agree(t.plain, o.plain) && agree(t.dead, o.dead)
}
