package print

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// firstPage draws who the person is beside the emergency symbol, keeps the foot
// of the page for the words on how to use the sheet, and leaves y below both.
//
// The symbol stands in the upper right corner, which no fold crosses whether the
// sheet is folded in two, in four, or in three like a letter.
func (c *composer) firstPage() {
	c.pages = []*page{{}}
	p := c.page()
	c.y, c.bottom = marginTop, c.footerTop()
	code := c.sheet.Emergency
	size := code.size(60, 66, emergencySize)
	quiet := code.quiet(size)
	x, top := pageWidth-marginSide-size, max(marginTop, quiet)
	p.symbols = append(p.symbols, symbol{x, top, size, code.Modules})
	below := top + size + quiet
	for _, l := range c.set.lines([]span{{text: captionOr(code, emergencyFallback), bold: true, size: 13}}, size)[:1] {
		p.line(x+(size-l.width)/2, below, l)
		below += l.height
	}
	c.howTo()
	c.identity(x - quiet - 3 - marginSide)
	if len(c.pages) == 1 {
		c.y = max(c.y, below)
	}
	c.y += 1.5
}

// captionOr is what stands beside a symbol.
func captionOr(c Code, other string) string {
	if blank(c.Caption) {
		return other
	}
	return c.Caption
}

// identity prints who the person is in a column of width millimetres.
func (c *composer) identity(width float64) {
	s := c.sheet.Summary
	p := s.Patient
	left := marginSide
	add := func(after float64, spans ...span) {
		// What cannot stand beside the symbol, a name of ten lines say, goes on
		// below it in the same column.
		c.put(left, c.set.lines(c.sized(spans), width))
		c.y += after
	}
	add(1, span{text: docTitle, bold: true, size: titleSize})
	c.page().rule(marginSide, c.y, width, 0.6)
	c.y += 1.8
	add(1.2, span{text: c.name(), bold: true, size: c.nameSize(width)})
	if p.Original != "" {
		add(0.8, span{text: c.originalName(), size: 11})
	}

	birth := c.birth()
	for i := range birth {
		birth[i].size = 14
	}
	add(0.8, birth...)
	bottom := c.y
	if code := c.sheet.Identity; len(code.Modules) > 0 && c.room() > 100 {
		size := identityPitch * float64(len(code.Modules))
		// Away from the emergency symbol: from afar the two must not look like one.
		bottom = c.identityCode(left, size)
		left += size + 4
		width -= size + 4
	}
	for _, words := range c.insWords() {
		add(0, span{text: words, size: 12})
	}
	c.y += 0.8

	updated := c.updated()
	for i := range updated {
		updated[i].size = 13
	}
	add(0.3, updated...)
	add(0, span{text: c.issuer(), size: 12})
	if len(c.pages) == 1 {
		c.y = max(c.y, bottom)
	}
}

// birth says when the person was born, how old that makes, and the sex.
func (c *composer) birth() (out phrase) {
	p := c.sheet.Summary.Patient
	if d := p.BirthDate.French(); d != "" {
		out.plain(born(p.Sex) + " " + strings.TrimSuffix(onDate(p.BirthDate), d))
		out.bold(d)
		if a := age(p.BirthDate, c.sheet.PrintedAt); a != "" {
			out.plain(", ")
			out.bold(strings.ReplaceAll(a, " ", "\u00a0"))
		}
	} else {
		out.bold(upperFirst(birthMissing))
	}
	out.plain(", " + fr(sexIs, p.Sex.French()))
	return out
}

// identityCode draws the identity datamatrix from here down, with its caption, and
// returns where it ends.
func (c *composer) identityCode(x, size float64) float64 {
	top := c.y + 1.5
	c.page().symbols = append(c.page().symbols, symbol{x, top, size, c.sheet.Identity.Modules})
	bottom := top + size + quietModules*identityPitch
	for _, l := range c.set.lines([]span{{text: identityCaption, size: footerSize}}, size+4) {
		c.page().line(x+(size-l.width)/2, bottom, l)
		bottom += l.height
	}
	return bottom
}

// nameSize is the largest size at which the name takes two lines at most.
func (c *composer) nameSize(width float64) float64 {
	for size := float64(nameSize); size > nameSizeMin; size-- {
		if len(c.set.lines([]span{{text: c.name(), bold: true, size: size}}, width)) <= 2 {
			return size
		}
	}
	return nameSizeMin
}

// insWords says the national identifier and what it is worth; the groups of the
// number are never parted.
func (c *composer) insWords() []string {
	p := c.sheet.Summary.Patient
	worth := insUnqualified
	if p.Qualified {
		worth = insQualified
	}
	number := fr(insIs, strings.ReplaceAll(p.INS.Grouped(), " ", "\u00a0"))
	switch p.INS.OID {
	case record.OIDINSTest:
		worth = fr(insTest)
	case record.OIDINSDemo:
		worth = fr(insDemo)
	case record.OIDINSNIA:
		number += " (" + insProvisional + ")"
	}
	if p.BirthPlace != "" {
		worth += ", " + fr(birthPlaceIs, lowerFirst(born(p.Sex)), p.BirthPlace)
	}
	if p.INS.Empty() {
		out := []string{fr(insNone), upperFirst(worth)}
		for _, id := range p.Identifiers {
			out = append(out, fr(otherIDIs, id.Value))
		}
		return out
	}
	return []string{number, upperFirst(worth)}
}

// originalName prints the name in its own script when the fonts can draw most of
// it, and otherwise says where it is: a row of marks would help nobody.
func (c *composer) originalName() string {
	name, lost := clean(c.sheet.Summary.Patient.Original, c.set.faces.has)
	if lost*2 > utf8.RuneCountInString(name) {
		return fr(originalNameLost)
	}
	return fr(originalNameIs, name)
}

// updated says when the summary was last updated, and shouts when it is too old.
func (c *composer) updated() (out phrase) {
	s := c.sheet.Summary
	date := s.UpdatedAt.French()
	stale := record.StaleAt(s.UpdatedAt, c.sheet.PrintedAt)
	switch {
	case date == "":
		out.chip(undatedMention)
		out.bold(fr(updatedNever))
		return out
	case len(s.UpdatedAt) < len("2009-03-14"):
		out.bold(fr(updatedIn, date))
	default:
		out.bold(fr(updatedOn, date))
	}
	if s.Author.Name != "" && s.Author.Name != c.sheet.Issuer.Name {
		out.plain(fr(updatedBy, s.Author.Name))
		if c.sheet.Issuer.Kind == kindPatient {
			out.plain(authorDeclared)
		}
	}
	if stale {
		out.plain(" ")
		mention, advice := fmt.Sprintf(staleMention, record.StaleAfterMonths), staleAdvice
		if s.UpdatedAt.InFuture(c.sheet.PrintedAt) {
			mention, advice = futureMention, futureAdvice
		}
		out.chip(mention)
		out.bold(fr(advice))
	}
	return out
}

// kindPatient is the kind of an issuer who signs his or her own summary.
const kindPatient = "patient"

func (c *composer) issuer() string {
	i := c.sheet.Issuer
	if i.Kind == kindPatient {
		return issuerPatient
	}
	if blank(i.Name) {
		return issuerMissing
	}
	words := fr(issuerIs, i.Name)
	if i.RPPS != "" {
		words += ", " + fr(rppsIs, i.RPPS)
	}
	if i.FINESS != "" {
		words += ", " + fr(finessIs, i.FINESS)
	}
	return words
}

// Letters of the words on how to use the sheet.
const (
	howToSize  = 10.7
	howToLarge = 13.0
)

// howTo draws, at the foot of the first page, what to do with the sheet.
func (c *composer) howTo() {
	const pad = 1.6
	size := howToSize
	if c.cardOn == 2 {
		size = howToLarge // the place is kept free of anything else
	}
	var lines []line
	for _, words := range c.howToWords() {
		for i := range words {
			words[i].size = size
		}
		lines = append(lines, c.set.lines(words, textWidth-2*pad)...)
	}
	h := height(lines) + 2*pad
	top := c.footerTop() - h - 1.2
	c.page().boxes = append(c.page().boxes, box{x: marginSide, y: top, w: textWidth, h: h, pen: 0.3})
	y := top + pad
	for _, l := range lines {
		c.page().line(marginSide+pad, y, l)
		y += l.height
	}
	c.howToTop = top
	c.bottom = c.clear(top - 1.5)
}

// howToWords says what to do with the sheet, to a doctor and to whoever finds it.
func (c *composer) howToWords() []phrase {
	worth := signedWords
	if c.sheet.Issuer.Kind == kindPatient {
		worth = declaredWords
	}
	var out []phrase
	for _, words := range [][2]string{{howToDoctor, howToDoctorRest + worth}, {howToFinder, howToFinderRest}} {
		out = append(out, phrase{{text: fr(words[0]), bold: true}, {text: " " + nobreak(words[1])}})
	}
	return out
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}
