package print

import (
	"strings"
	"unicode"
)

// span is a piece of text in one style. A chip is white on a black ground: it
// survives a fax and a photocopy, where colour and grey do not.
type span struct {
	text string
	bold bool
	size float64 // in points
	chip bool
}

// run is a piece of one line in one style, dx millimetres from its left end.
type run struct {
	dx, width float64
	span
}

// line is what fits between two margins.
type line struct {
	runs   []run
	width  float64
	height float64
}

// chipPad is the black margin on either side of a chip's words.
const chipPad = 0.9

// leading is the height of a line over the size of its letters.
const leading = 1.27

// letter is one character with the style of the span that it comes from.
type letter struct {
	r     rune
	style int
}

// typesetter turns spans into lines and remembers whether anything could not be
// drawn.
type typesetter struct {
	faces   *faces
	lost    int
	cleaned map[string]cleanText // what clean said before
}

type cleanText struct {
	text string
	lost int
}

func (t *typesetter) clean(s string) string {
	c, ok := t.cleaned[s]
	if !ok {
		c.text, c.lost = clean(s, t.faces.has)
		t.cleaned[s] = c
	}
	t.lost += c.lost
	return c.text
}

// lines breaks spans into lines of at most width millimetres. A word that is
// wider than a line is cut; nothing is ever lost or drawn beyond the margin.
func (t *typesetter) lines(spans []span, width float64) []line {
	letters := t.letters(spans)
	var out []line
	for len(letters) > 0 {
		n := t.fit(letters, spans, width)
		rest := letters[n:]
		for len(rest) > 0 && rest[0].r == ' ' {
			rest = rest[1:]
		}
		out = append(out, t.set(letters[:n], spans))
		letters = rest
	}
	return out
}

// letters cleans the spans and puts their characters in one row, without spaces
// at the ends or side by side.
func (t *typesetter) letters(spans []span) []letter {
	total := 0
	for _, s := range spans {
		total += len(s.text)
	}
	out := make([]letter, 0, total)
	for i, s := range spans {
		for _, r := range t.clean(s.text) {
			if r == ' ' && (len(out) == 0 || out[len(out)-1].r == ' ') {
				continue
			}
			out = append(out, letter{r, i})
		}
	}
	if n := len(out); n > 0 && out[n-1].r == ' ' {
		out = out[:n-1]
	}
	return out
}

// fit returns how many letters the next line takes.
func (t *typesetter) fit(letters []letter, spans []span, width float64) int {
	x, lastBreak, chipOpen := 0.0, 0, -1
	for i, l := range letters {
		s := spans[l.style]
		if s.chip && chipOpen != l.style {
			x += 2 * chipPad
			chipOpen = l.style
		}
		x += t.faces.letter(l.r, s.bold, s.size)
		if x > width+1e-6 && l.r != ' ' {
			switch {
			case lastBreak > 0:
				return lastBreak
			case i > 0:
				return i
			}
			return 1
		}
		if breakAfter(letters, i) && !(s.chip && i+1 < len(letters) && letters[i+1].style == l.style) {
			lastBreak = i + 1
		}
	}
	return len(letters)
}

// breakAfter reports whether a line may end after letters[i]. A number is never
// parted from its unit nor from its other digits, since half a dose reads as
// another one, nor a French double punctuation from its word.
func breakAfter(letters []letter, i int) bool {
	if i+1 >= len(letters) {
		return true
	}
	r, next := letters[i].r, letters[i+1].r
	if r == '-' || r == '/' {
		return lettersBefore(letters[:i]) >= shortPart && lettersAfter(letters[i+1:]) >= shortPart
	}
	if r != ' ' || strings.ContainsRune(":;!?»%", next) {
		return false
	}
	if i == 0 || letters[i-1].r == '«' {
		return false
	}
	if !unicode.IsDigit(letters[i-1].r) {
		return true
	}
	return !unicode.IsDigit(next) && wordLength(letters[i+1:]) > longestUnit
}

// shortPart is the number of letters from which a part of a compound may stand
// on another line; the parts of "mL/min" stay together.
const shortPart = 6

func lettersBefore(letters []letter) int {
	n := 0
	for n < len(letters) && unicode.IsLetter(letters[len(letters)-1-n].r) {
		n++
	}
	return n
}

func lettersAfter(letters []letter) int {
	n := 0
	for n < len(letters) && unicode.IsLetter(letters[n].r) {
		n++
	}
	return n
}

// longestUnit is the length of the longest word that stays beside its number:
// comprimés, mmol/L, semaines.
const longestUnit = 11

func wordLength(letters []letter) int {
	for i, l := range letters {
		if l.r == ' ' {
			return i
		}
	}
	return len(letters)
}

// set turns the letters of one line into runs.
func (t *typesetter) set(letters []letter, spans []span) line {
	for len(letters) > 0 && letters[len(letters)-1].r == ' ' {
		letters = letters[:len(letters)-1]
	}
	var out line
	for start := 0; start < len(letters); {
		end := start
		var text strings.Builder
		for end < len(letters) && letters[end].style == letters[start].style {
			text.WriteRune(letters[end].r)
			end++
		}
		s := spans[letters[start].style]
		s.text = text.String()
		r := run{dx: out.width, span: s, width: t.faces.width(s.text, s.bold, s.size)}
		if s.chip {
			r.width += 2 * chipPad
		}
		out.runs = append(out.runs, r)
		out.width += r.width
		out.height = max(out.height, s.size*mmPerPoint*leading)
		start = end
	}
	return out
}

func height(lines []line) float64 {
	sum := 0.0
	for _, l := range lines {
		sum += l.height
	}
	return sum
}
