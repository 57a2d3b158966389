package print

import (
	"sort"

	"github.com/zoneblanche/zoneblanche/record"
)

// The card to cut out: two panels side by side, folded in the middle, symbol on
// one face and words on the other.
const (
	panelWidth   = 86.0
	walletPad    = 3.0
	walletLeast  = 8.0 // points, the smallest letters on it
	walletLetter = 13.0
)

// cardPages are the pages on which the card of a sheet of so many pages may stand:
// the foot of one of the first, where the other side of the leaf leaves that place
// free, or a leaf of its own.
func cardPages(pages int) []int {
	var out []int
	for on := 1; on <= pages && pages <= 6; on++ {
		out = append(out, on)
	}
	if pages%2 == 0 {
		return append(out, pages+1)
	}
	return append(out, pages, pages+1, pages+2)
}

// cardHeight is that of the card to cut out.
func (c *composer) cardHeight() float64 {
	return walletSize + 2*max(c.sheet.Emergency.quiet(walletSize), walletPad)
}

// cardHelp says how to cut it out.
func (c *composer) cardHelp() []line {
	return c.set.lines([]span{{text: walletHeading + ". ", bold: true, size: 12}, {text: walletHelp, size: 12}}, textWidth)
}

// walletGap is the room around the card, which also allows for two sides that a
// printer does not lay exactly on each other.
const walletGap = 3.0

// cardTop is where the card begins on its page when it stands at the foot.
func (c *composer) cardTop() float64 {
	bottom := c.footerTop()
	if c.cardOn == 1 {
		bottom = c.howToTop - 1.5
	}
	return bottom - 2 - c.cardHeight()
}

// clear returns where what may be printed on this page ends, given where it ends
// without a card: above the card on its page, and above where it is cut out on the
// other side of the leaf, so that the scissors never cut into symbols or words.
func (c *composer) clear(bottom float64) float64 {
	if c.cardOn == 0 {
		return bottom
	}
	back := c.cardOn + 1
	if c.cardOn%2 == 0 {
		back = c.cardOn - 1
	}
	switch len(c.pages) {
	case c.cardOn:
		return min(bottom, c.cardTop()-height(c.cardHelp())-2-1.5)
	case back:
		return min(bottom, c.cardTop()-walletGap)
	}
	return bottom
}

// wallet adds the card at the foot of its page, or at the head of a page that has
// nothing else.
func (c *composer) wallet() {
	help, panelHeight := c.cardHelp(), c.cardHeight()
	for len(c.pages) < c.cardOn {
		alone := len(c.pages)+1 == c.cardOn
		c.newPage()
		if !alone {
			c.paragraph([]span{{text: fr(walletBlank)}})
			continue
		}
		c.y += walletGap
		c.drawCard(help, c.y+height(help)+2, panelHeight)
		return
	}
	at := c.cardTop()
	if c.cardOn < len(c.pages) {
		here := *c
		here.pages = c.pages[:c.cardOn]
		here.drawCard(help, at, panelHeight)
		return
	}
	c.drawCard(help, at, panelHeight)
}

// drawCard draws the card with its upper edge at y, and the help above it.
func (c *composer) drawCard(help []line, y, panelHeight float64) {
	p := c.page()
	top := y - height(help) - 2
	p.mark(walletHeading, top)
	for _, l := range help {
		p.line(marginSide, top, l)
		top += l.height
	}
	left := (pageWidth - 2*panelWidth) / 2
	p.boxes = append(p.boxes,
		box{x: left, y: y, w: 2 * panelWidth, h: panelHeight, pen: 0.3, dashed: true},
		// Two short marks show the fold; a line across would end in the symbol's
		// white margin.
		box{x: left + panelWidth, y: y, h: walletPad - 1, pen: 0.3},
		box{x: left + panelWidth, y: y + panelHeight - walletPad + 1, h: walletPad - 1, pen: 0.3},
	)
	p.symbols = append(p.symbols, symbol{left + (panelWidth-walletSize)/2, y + (panelHeight-walletSize)/2, walletSize, c.sheet.Emergency.Modules})
	c.walletWords(left+panelWidth+walletPad, y+walletPad, panelWidth-2*walletPad, panelHeight-2*walletPad)
}

// walletContacts is how many people to call the card has room for at most.
const walletContacts = 2

// walletWords fills the second panel: who, allergies, whom to call. Letters
// shrink first, then contacts give way to allergies, and allergies that still do
// not fit are counted.
func (c *composer) walletWords(x, y, w, h float64) {
	all := len(c.sheet.Summary.Allergies.Entries)
	size := walletLetter
	lines := c.walletLines(size, w, all, walletContacts)
	for height(lines) > h && size > walletLeast {
		size -= 0.5
		lines = c.walletLines(size, w, all, walletContacts)
	}
	for contacts := walletContacts - 1; height(lines) > h && contacts >= 0; contacts-- {
		lines = c.walletLines(size, w, all, contacts)
	}
	if height(lines) > h {
		tooMany := sort.Search(all, func(n int) bool { return height(c.walletLines(size, w, n, 0)) > h })
		lines = c.walletLines(size, w, max(tooMany-1, 0), 0)
	}
	for _, l := range lines {
		if l.height > h {
			return
		}
		c.page().line(x, y, l)
		y += l.height
		h -= l.height
	}
}

// walletLines are the words of the card with the first allergies and contacts.
func (c *composer) walletLines(size, w float64, allergies, contacts int) []line {
	lines := c.set.lines([]span{{text: c.name(), bold: true, size: size + 2}}, w)
	if len(lines) > 3 {
		lines = lines[:3]
		lines[2].runs = append(lines[2].runs, run{dx: lines[2].width, span: span{text: "…", size: size}})
	}
	for _, words := range c.walletPhrases(allergies, contacts) {
		for i := range words {
			words[i].size = size
		}
		lines = append(lines, c.set.lines(words, w)...)
	}
	return lines
}

// walletPhrases are the same after the name.
func (c *composer) walletPhrases(allergies, contacts int) []phrase {
	s := c.sheet.Summary
	var out []phrase
	if s.Patient.BirthDate.French() != "" {
		out = append(out, phrase{{text: born(s.Patient.Sex) + " " + onDate(s.Patient.BirthDate)}})
	}
	out = append(out, c.walletAllergies(allergies))
	for _, p := range s.Contacts[:min(contacts, len(s.Contacts))] {
		out = append(out, contact(p))
	}
	out = append(out, phrase{{text: fr(walletScan)}})
	if d := s.UpdatedAt.French(); d != "" {
		out = append(out, phrase{{text: fr(updatedOn, d)}})
	}
	return out
}

// walletAllergies says the allergies in one paragraph, the first shown of them.
func (c *composer) walletAllergies(shown int) []span {
	a := c.sheet.Summary.Allergies
	switch a.State() {
	case record.NoneKnown:
		info, _ := record.InfoOf(record.Allergies)
		return []span{{text: info.NoneKnown, bold: true}}
	case record.NoInformation:
		return []span{{text: fr(walletAllergies), bold: true, chip: true}, {text: " "}, {text: fr(walletUnknown), bold: true}}
	}
	var out phrase
	out.chip(fr(walletAllergies))
	if c.sheet.Withheld && len(a.Entries) == 0 {
		out.bold(fr(walletLocked, a.Missing()))
		return out
	}
	for i, entry := range a.Entries[:shown] {
		if i > 0 {
			out.bold(fr(" ; "))
		}
		name, _ := allergy(entry)
		out = append(out, name...)
	}
	if more := len(a.Entries) - shown + a.Missing(); more > 0 {
		if shown > 0 {
			out.bold(fr(" ; "))
		}
		out.bold(fr(walletMore, more))
	}
	return out
}
