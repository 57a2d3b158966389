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

// wallet adds the card. It stands on the front of a leaf, so that cutting it out
// of a sheet printed on both sides never cuts into symbols or words.
func (c *composer) wallet() {
	code := c.sheet.Emergency
	size := code.size(walletSize, walletSize, walletSize)
	panelHeight := size + 2*max(code.quiet(size), walletPad)
	help := c.set.lines([]span{{text: walletHeading + ". ", bold: true, size: 12}, {text: walletHelp, size: 12}}, textWidth)
	need := height(help) + panelHeight + 6
	if len(c.pages)%2 == 0 || need > c.room() {
		c.newPage()
		if len(c.pages)%2 == 0 {
			c.paragraph([]span{{text: fr(walletBlank)}})
			c.newPage()
		}
	}
	c.y += 3
	c.put(marginSide, help)
	c.y += 2
	p := c.page()
	left := (pageWidth - 2*panelWidth) / 2
	p.boxes = append(p.boxes,
		box{x: left, y: c.y, w: 2 * panelWidth, h: panelHeight, pen: 0.3, dashed: true},
		// Two short marks show the fold; a line across would end in the symbol's
		// white margin.
		box{x: left + panelWidth, y: c.y, h: walletPad - 1, pen: 0.3},
		box{x: left + panelWidth, y: c.y + panelHeight - walletPad + 1, h: walletPad - 1, pen: 0.3},
	)
	p.symbols = append(p.symbols, symbol{left + (panelWidth-size)/2, c.y + (panelHeight-size)/2, size, code.Modules})
	c.walletWords(left+panelWidth+walletPad, c.y+walletPad, panelWidth-2*walletPad, panelHeight-2*walletPad)
	c.y += panelHeight
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
	s := c.sheet.Summary
	lines := c.set.lines([]span{{text: c.name(), bold: true, size: size + 2}}, w)
	if len(lines) > 3 {
		lines = lines[:3]
		lines[2].runs = append(lines[2].runs, run{dx: lines[2].width, span: span{text: "…", size: size}})
	}
	add := func(spans ...span) {
		for i := range spans {
			spans[i].size = size
		}
		lines = append(lines, c.set.lines(spans, w)...)
	}
	if s.Patient.BirthDate.French() != "" {
		add(span{text: born(s.Patient.Sex) + " " + onDate(s.Patient.BirthDate)})
	}
	add(c.walletAllergies(allergies)...)
	for _, p := range s.Contacts[:min(contacts, len(s.Contacts))] {
		add(contact(p)...)
	}
	add(span{text: fr(walletScan)})
	if d := s.UpdatedAt.French(); d != "" {
		add(span{text: fr(updatedOn, d)})
	}
	return lines
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
