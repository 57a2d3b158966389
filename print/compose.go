package print

import (
	"strings"
	"unicode/utf8"

	"github.com/zoneblanche/zoneblanche/record"
)

// Sizes of letters in points.
const (
	titleSize   = 16
	nameSize    = 23
	nameSizeMin = 20
	runningSize = 12
	footerSize  = 9
)

// Letters of the body and of the allergies' names are tried from the largest.
var (
	bodySizes    = []float64{12.5, 12, 11.5, 11}
	allergySizes = []float64{19, 17, 15}
)

// fewAllergies is how many allergies a reader takes in at a glance, in the largest
// letters; more of them are a list.
const fewAllergies = 6

// composer puts the parts of a sheet on pages, from the top down.
type composer struct {
	sheet  Sheet
	set    typesetter
	pages  []*page
	y      float64 // where the next thing goes
	bottom float64 // what must stay free on this page begins here

	layout
	wordPages int     // how many pages have words, once they stand
	body      float64 // the size of the letters now

	howToTop float64 // the upper edge of the box on the first page

	header  *line  // the running header, once it was made
	heading string // of the section being printed, repeated on a new page
	// frameTop is the upper edge of the allergies' frame on this page while it is
	// open.
	frameTop  float64
	frameOpen bool
}

// layout is one way to lay a sheet out.
type layout struct {
	vitalBody   float64 // the size of the letters of what an emergency needs
	allergySize float64
	otherBody   float64 // and of the rest
	together    bool    // the full symbols stand on one page
	cardOn      int     // the page of the card to cut out, from 1; 0 for none
}

// compose lays the sheet out in the ways that it can be, and returns the best.
// What an emergency needs should stand on the first page, at the price of
// smaller letters; then fewer pages are better; then symbols that stand together
// on one page; then larger letters.
func compose(s Sheet, f *faces) []*page {
	cleaned := map[string]cleanText{}
	start := func(l layout) *composer {
		return &composer{sheet: s, set: typesetter{faces: f, cleaned: cleaned}, layout: l, body: l.vitalBody}
	}
	// vital finds the letters with which the vital words take the fewest pages.
	vital := func(cardOn int) (best layout, fewest int) {
		try := func(l layout) bool {
			c := start(l)
			if c.vitalWords(); fewest == 0 || len(c.pages) < fewest {
				best, fewest = l, len(c.pages)
			}
			return fewest == 1
		}
		for _, allergies := range allergySizes {
			if allergies > smallest(allergySizes) && len(s.Summary.Allergies.Entries) > fewAllergies {
				continue
			}
			for _, size := range bodySizes {
				if try(layout{vitalBody: size, allergySize: allergies, cardOn: cardOn}) {
					return best, fewest
				}
			}
		}
		return best, fewest
	}
	// whole lays everything out, in letters as large as the fewest pages allow.
	whole := func(l layout) (best *composer) {
		for _, l.together = range []bool{true, false} {
			l.otherBody = smallest(bodySizes)
			least := start(l)
			least.all()
			if best != nil && len(best.pages) <= len(least.pages) {
				continue
			}
			best = least
			for _, l.otherBody = range bodySizes[:len(bodySizes)-1] {
				c := start(l)
				if c.all(); len(c.pages) == len(least.pages) {
					best = c
					break
				}
			}
		}
		return best
	}
	l, fewest := vital(0)
	plain := whole(l)
	if !s.Wallet {
		return plain.pages
	}
	var best *composer
	for _, on := range cardPages(len(plain.pages)) {
		l, pages := vital(on)
		if pages > fewest && on <= len(plain.pages) {
			continue // the card is not worth a word that an emergency needs
		}
		if c := whole(l); best == nil || len(c.pages) < len(best.pages) {
			best = c
		}
		if len(best.pages) <= len(plain.pages) {
			break
		}
	}
	return best.pages
}

func smallest(sizes []float64) float64 { return sizes[len(sizes)-1] }

func (c *composer) all() {
	c.vitalWords()
	c.otherWords()
	c.codes()
	if c.cardOn > 0 {
		c.wallet()
	}
	c.footers()
}

// vitalWords prints what an emergency needs.
func (c *composer) vitalWords() {
	c.firstPage()
	c.allergies()
	for _, b := range c.vital() {
		c.block(b)
	}
}

// otherWords prints the rest of what is read without a machine.
func (c *composer) otherWords() {
	c.body = c.otherBody
	for _, b := range c.others() {
		c.block(b)
	}
	if c.set.lost > 0 {
		c.paragraph([]span{{text: missingNote, size: c.body}})
	}
	c.wordPages = len(c.pages)
}

func (c *composer) page() *page { return c.pages[len(c.pages)-1] }

// room is how much is left of this page.
func (c *composer) room() float64 { return c.bottom - c.y }

// fullRoom is how much a further page holds.
func (c *composer) fullRoom() float64 { return c.footerTop() - marginTop - c.headerHeight() }

// newPage begins a page with the name of the person, so that pages which come
// apart are still known to belong together, and takes up what was interrupted.
func (c *composer) newPage() {
	reopen := c.frameOpen
	if reopen {
		c.closeFrame()
	}
	c.pages = append(c.pages, &page{})
	c.y, c.bottom = marginTop, c.clear(c.footerTop())
	c.runningHeader()
	switch {
	case reopen:
		c.openFrame(allergiesHeading + continued)
	case c.heading != "":
		c.drawHeading(c.heading + continued)
	}
}

// put draws lines one under the other.
func (c *composer) put(x float64, lines []line) {
	for _, l := range lines {
		if l.height > c.room() {
			c.newPage()
		}
		c.page().line(x, c.y, l)
		c.y += l.height
	}
}

// paragraph draws spans over the whole width, on one page where it fits.
func (c *composer) paragraph(spans []span) {
	lines := c.set.lines(c.sized(spans), textWidth)
	c.keep(height(lines))
	c.put(marginSide, lines)
	c.y += 1
}

// keep begins a new page when h does not fit on this one and would on another.
func (c *composer) keep(h float64) {
	if h > c.room() && h <= c.fullRoom() {
		c.newPage()
	}
}

// sized gives the size of the body to spans that have none.
func (c *composer) sized(spans []span) []span {
	out := append([]span(nil), spans...)
	for i := range out {
		if out[i].size == 0 {
			out[i].size = c.body
		}
	}
	return out
}

// runningHeader names the person on every page but the first, on one line: as
// much as fits, in letters as large as fit.
func (c *composer) runningHeader() {
	if c.header == nil {
		l := c.makeHeader()
		c.header = &l
	}
	c.page().line(marginSide, c.y, *c.header)
	c.page().rule(marginSide, c.y+runningSize*mmPerPoint*leading+0.4, textWidth, 0.4)
	c.y = marginTop + c.headerHeight()
}

func (c *composer) makeHeader() line {
	p := c.sheet.Summary.Patient
	name, what := span{text: c.name(), bold: true}, span{text: " – " + docTitle}
	var birth span
	if p.BirthDate.French() != "" {
		birth = span{text: ", " + lowerFirst(born(p.Sex)) + " " + onDate(p.BirthDate)}
	}
	var l line
	for _, try := range [][]span{{name, birth, what}, {name, birth}} {
		for size := float64(runningSize); size >= footerSize; size -= 0.5 {
			for i := range try {
				try[i].size = size
			}
			lines := c.set.lines(try, textWidth)
			if l = lines[0]; len(lines) == 1 {
				return l
			}
		}
	}
	// The longest names are cut, visibly: they stand in full on the first page.
	l.runs = append(l.runs, run{dx: l.width, span: span{text: "…", size: footerSize}})
	return l
}

// headerHeight is that of the running header.
func (c *composer) headerHeight() float64 { return runningSize*mmPerPoint*leading + 1.8 }

// name is how the sheet calls the person. A family name of ordinary length is not
// parted by the end of a line, which would make two names of it.
func (c *composer) name() string {
	p := c.sheet.Summary.Patient
	name := p.Name()
	if blank(name) {
		return nameMissing
	}
	for _, participle := range []string{"(née ", "(né ", "(né(e) "} {
		name = strings.Replace(name, participle, strings.TrimSpace(participle)+"\u00a0", 1)
	}
	for _, family := range []string{p.UsedName, p.BirthName} {
		if n := utf8.RuneCountInString(family); n > 0 && n <= longestFamily {
			family = strings.ToUpper(family)
			name = strings.Replace(name, family, strings.ReplaceAll(family, " ", "\u00a0"), 1)
		}
	}
	return name
}

// longestFamily is the number of letters up to which a family name is kept whole.
const longestFamily = 16

// footerTop is where the footer of every page begins.
func (c *composer) footerTop() float64 {
	return pageHeight - marginBottom - 2*footerSize*mmPerPoint*leading - 1.5
}

// footers closes every page with the sentence that never varies, and with what
// tells one printing from another.
func (c *composer) footers() {
	for i, p := range c.pages {
		y := c.footerTop()
		p.rule(marginSide, y, textWidth, 0.3)
		y += 1.2
		left := fr(cardIs, c.sheet.CardID) + "  –  " + fr(printedOn, c.sheet.PrintedAt.Format("02/01/2006"))
		for _, words := range []string{nobreak(record.MayBeIncomplete), left} {
			lines := c.set.lines([]span{{text: words, size: footerSize}}, textWidth-50)
			if len(lines) == 0 {
				continue
			}
			p.line(marginSide, y, lines[0])
			y += lines[0].height
		}
		words := fr(pageOf, i+1, len(c.pages))
		if i+1 < c.wordPages {
			words = fr(pageGoesOn, i+2) + "  –  " + words
		}
		number := c.set.lines([]span{{text: words, bold: true, size: footerSize}}, textWidth)[0]
		p.line(pageWidth-marginSide-number.width, y-number.height, number)
	}
}
