package wedge

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Calibration is the text of the code on the calibration sheet: the 45 characters of
// base45 (RFC 9285, table 1), each once, in their order.
const Calibration = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

const (
	// maxTyped bounds a line, in bytes: the largest QR code has 4 296 characters, of
	// three bytes at most on these keyboards.
	maxTyped = 16 << 10
	// maxReadings bounds what one table makes of one line, where accent keys leave
	// room for doubt.
	maxReadings = 200
)

// Candidate is what a typed line may have been.
type Candidate struct {
	Text  string
	Table Table // the zero Table when the text is the line as it was typed
}

// AsTyped reports whether no table was needed.
func (c Candidate) AsTyped() bool { return c.Table.plain == nil }

// Candidates returns what a typed line may have been: itself first, then what each
// table makes of it that is made of base45's characters and begins with one of the
// prefixes. Learnt tables come before the computed ones. Two tables that agree on the
// line count once. The result is never empty, and nearly always has one or two
// elements.
func Candidates(typed string, prefixes []string, learnt ...Table) []Candidate {
	line := strip(typed)
	out := []Candidate{{Text: line}}
	if bare, ok := cutAIM(line); ok && begins(bare, prefixes) {
		out[0].Text = bare
	}
	if len(line) > maxTyped {
		return out
	}
	for _, tables := range [][]Table{learnt, computed()} {
		for i := range tables {
			if !slices.ContainsFunc(tables[i].readings(head(line)), func(text string) bool {
				text, _ = cutAIM(text)
				return begins(text, prefixes)
			}) {
				continue
			}
			for _, text := range tables[i].readings(line) {
				text, _ := cutAIM(text)
				if !begins(text, prefixes) || strings.Trim(text, Calibration) != "" ||
					slices.ContainsFunc(out, func(c Candidate) bool { return c.Text == text }) {
					continue
				}
				out = append(out, Candidate{text, tables[i]})
			}
		}
	}
	return out
}

// Repair returns the first candidate that accept takes, which is to verify its
// signature. It must be safe to call it some dozen times.
func Repair(typed string, prefixes []string, accept func(text string) bool, learnt ...Table) (Candidate, bool) {
	for _, c := range Candidates(typed, prefixes, learnt...) {
		if accept(c.Text) {
			return c, true
		}
	}
	return Candidate{}, false
}

// head is the beginning of a line, long enough for an AIM identifier and a prefix.
func head(line string) string {
	n := 0
	for i := range line {
		if n++; n > 16 {
			return line[:i]
		}
	}
	return line
}

// strip takes off what scanners add and codes never have: control characters at
// either end. Spaces stay.
func strip(typed string) string {
	return strings.TrimFunc(typed, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufeff' })
}

// cutAIM takes off the AIM identifier that a scanner may be set to send first: "]", a
// letter for the symbology and a digit (ISO/IEC 15424; ]Q1 for a QR code).
func cutAIM(text string) (string, bool) {
	if len(text) > 3 && text[0] == ']' && unicode.IsLetter(rune(text[1])) && unicode.IsDigit(rune(text[2])) {
		return text[3:], true
	}
	return text, false
}

func begins(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

// accents tells an accent key by the character that it leaves when no letter takes
// the accent.
var accents = map[rune]rune{'`': '\u0300', '´': '\u0301', '^': '\u0302', '~': '\u0303', '¨': '\u0308', '¸': '\u0327'}

// readings returns what a line was if the table is right; none when it holds a
// character that the table cannot type.
//
// An accent key makes à of a following A, ` of a following space, and ` and the
// letter of what takes no accent. So ` was the accent key alone or with a space after
// it; when the next letter would have taken the accent there was a space, and else
// both can be: first no space anywhere, then one here or there.
func (t *Table) readings(line string) []string {
	var b strings.Builder
	var doubts []int // where in the text a space may have gone
	runes := []rune(line)
	after := false // whether the character before is what an accent key left
	for i, r := range runes {
		afterAccent := after
		after = false
		meant, ok := t.plain[r]
		if ok && (strings.ContainsRune(Calibration, meant) || len(t.dead) == 0) {
			b.WriteRune(meant)
			continue
		}
		if mark, isAccent := accents[r]; isAccent {
			if accent, isKey := t.dead[mark]; isKey {
				b.WriteRune(accent)
				after = true
				switch {
				case i+1 == len(runes):
				case takes(runes[i+1], mark) && !afterAccent:
					b.WriteRune(' ')
				default: // two accent keys in a row leave nothing that waits
					doubts = append(doubts, b.Len())
				}
				continue
			}
		}
		if letter, mark := split(r); mark != 0 {
			accent, isKey := t.dead[mark]
			under, isLetter := t.plain[letter]
			if isKey && isLetter {
				b.WriteRune(accent)
				b.WriteRune(under)
				continue
			}
		}
		if !ok {
			return nil
		}
		b.WriteRune(meant)
	}
	text := b.String()
	out := []string{text}
	for _, at := range doubts {
		if len(out) < maxReadings {
			out = append(out, text[:at]+" "+text[at:])
		}
	}
	for i, at := range doubts {
		for _, and := range doubts[i+1:] {
			if len(out) < maxReadings {
				out = append(out, text[:at]+" "+text[at:and]+" "+text[and:])
			}
		}
	}
	return out
}

// split parts a letter from its accent; mark is 0 when it has none or several.
func split(r rune) (letter, mark rune) {
	parts := []rune(norm.NFD.String(string(r)))
	if len(parts) != 2 || !unicode.Is(unicode.Mn, parts[1]) {
		return r, 0
	}
	return parts[0], parts[1]
}

// takes reports whether a letter takes an accent on a keyboard: the vowels, and n
// and c in their languages.
func takes(letter, mark rune) bool {
	letters := "aeiouAEIOU"
	switch mark {
	case '\u0301', '\u0308':
		letters += "yY"
	case '\u0303':
		letters = "anoANO"
	case '\u0327':
		letters = "cC"
	}
	return strings.ContainsRune(letters, letter)
}
