package print

import (
	"strings"
	"unicode"
)

// missingMark stands for a character that the fonts lack: a black lozenge with a
// question mark, which nobody takes for a letter.
const missingMark = '\uFFFD'

// substitutes spells signs that the fonts lack in characters that they have, and
// that mean the same to whoever reads them. Each changes the look alone.
var substitutes = map[rune]string{
	'≥': ">=", '≤': "<=", '≠': "!=", '≈': "~", '−': "–", '→': "->", '←': "<-",
	'⩾': ">=", '⩽': "<=", '∼': "~", '‐': "-", '‑': "-",
}

// clean makes s fit to print: one line, no control or invisible characters (a
// reversed direction could make a dose read backwards), letters and their
// accents joined, and the mark in place of every character that has says it
// cannot be drawn. lost counts those. Markup is only text.
func clean(s string, has func(rune) bool) (out string, lost int) {
	var b strings.Builder
	space := false
	for _, r := range joinAccents(strings.ToValidUTF8(s, string(missingMark))) {
		switch {
		case r == '\u00a0' || r == '\u202f': // spaces that hold a line together
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			continue
		}
		space = false
		if r == missingMark {
			lost++
		} else if !has(r) {
			if other, ok := substitutes[r]; ok {
				b.WriteString(other)
				continue
			}
			r = missingMark
			lost++
		}
		b.WriteRune(r)
	}
	return b.String(), lost
}

// blank reports whether nothing of s would be seen on paper.
func blank(s string) bool {
	seen, _ := clean(s, func(rune) bool { return true })
	return strings.TrimSpace(seen) == ""
}

// joinAccents replaces a letter followed by a combining accent by the one
// character for both. Some systems write names taken apart, and the PDF writer
// would put the accent beside the letter.
func joinAccents(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Mn, r) }) < 0 {
		return s
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if n := len(out); n > 0 && unicode.Is(unicode.Mn, r) {
			if joined, ok := joinedLetter(out[n-1], r); ok {
				out[n-1] = joined
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// accents lists, for each combining accent, the letters and their joined forms
// in pairs: those of the European languages written in Latin letters (Unicode
// Character Database, canonical decompositions).
var accents = map[rune]string{
	'\u0300': "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹWẀwẁYỲyỳ",
	'\u0301': "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzźGǴgǵWẂwẃÆǼæǽØǾøǿ",
	'\u0302': "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷZẐzẑ",
	'\u0303': "AÃNÑOÕaãnñoõIĨiĩUŨuũEẼeẽYỸyỹ",
	'\u0304': "AĀaāEĒeēIĪiīOŌoōUŪuūYȲyȳ",
	'\u0306': "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ",
	'\u0307': "CĊcċEĖeėGĠgġIİZŻzżBḂbḃDḊdḋFḞfḟMṀmṁPṖpṗSṠsṡTṪtṫ",
	'\u0308': "AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿWẄwẅ",
	'\u030A': "AÅaåUŮuů",
	'\u030B': "OŐoőUŰuű",
	'\u030C': "CČcčDĎdďEĚeěNŇnňRŘrřSŠsšTŤtťZŽzžLĽlľAǍaǎIǏiǐOǑoǒUǓuǔGǦgǧKǨkǩ",
	'\u0326': "SȘsșTȚtț",
	'\u0327': "CÇcçGĢKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ",
	'\u0328': "AĄaąEĘeęIĮiįUŲuųOǪoǫ",
}

func joinedLetter(letter, accent rune) (rune, bool) {
	pairs := []rune(accents[accent])
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == letter {
			return pairs[i+1], true
		}
	}
	return 0, false
}
