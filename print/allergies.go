package print

import "github.com/zoneblanche/zoneblanche/record"

// The frame around the allergies.
const (
	framePen = 1.2
	framePad = 2.6

	frameHead = 15 // points, the letters of its head
)

// allergies prints the one section that must not be overlooked. Its three states
// differ in shape as well as in words, so that a glance from afar, or a fax, is
// enough: a black head over a thick frame for entries, a thin frame for "none
// known", a broken one for "nobody asked".
func (c *composer) allergies() {
	a := c.sheet.Summary.Allergies
	if a.State() != record.HasEntries {
		c.allergiesState(a.State())
		return
	}
	c.openFrame(allergiesHeading + count(len(a.Entries), a.Missing()))
	detail := 12.0
	if c.allergySize > smallest(allergySizes) {
		detail = 13
	}
	for _, entry := range a.Entries {
		name, rest := allergy(entry)
		var spans []span
		for _, s := range name {
			s.size = c.allergySize
			spans = append(spans, s)
		}
		if len(rest) > 0 {
			spans = append(spans, span{text: fr(" : "), size: detail})
		}
		for _, s := range rest {
			s.size = detail
			spans = append(spans, s)
		}
		lines := c.set.lines(spans, textWidth-2*framePad)
		h := height(lines) + 0.6
		if h > c.room()-framePad && h <= c.fullRoom()-12 {
			c.newPage()
		}
		for _, l := range lines {
			if l.height > c.room()-framePad {
				c.newPage()
			}
			c.page().line(marginSide+framePad, c.y, l)
			c.y += l.height
		}
		c.y += 0.6
	}
	if words := c.allergiesNote(); words != "" {
		lines := c.set.lines([]span{{text: words, bold: true, size: smallest(allergySizes)}}, textWidth-2*framePad)
		if height(lines) > c.room()-framePad {
			c.newPage()
		}
		c.put(marginSide+framePad, lines)
	}
	c.closeFrame()
	c.y += 2
}

// allergiesNote says how many allergies are not printed, "" for none.
func (c *composer) allergiesNote() string {
	a := c.sheet.Summary.Allergies
	n := a.Missing()
	switch {
	case n == 0:
		return ""
	case len(a.Entries) > 0:
		return omitted(n, true, false)
	case c.sheet.Withheld:
		return lockedAllergies(n)
	}
	return hiddenAllergies(n)
}

// openFrame draws the black head of the frame and remembers where it began.
func (c *composer) openFrame(heading string) {
	head := c.set.lines([]span{{text: heading, bold: true, size: frameHead}}, textWidth)[0]
	h := head.height + 0.8
	c.frameTop, c.frameOpen = c.y, true
	c.page().mark(heading, c.y)
	c.page().boxes = append(c.page().boxes, box{x: marginSide, y: c.y, w: textWidth, h: h, solid: true})
	c.page().line(marginSide+framePad, c.y+0.4, head)
	c.page().texts[len(c.page().texts)-1].white = true
	c.y += h + 1
}

func (c *composer) closeFrame() {
	c.y += 1.4
	c.frame(c.frameTop, c.y, framePen, false)
	c.frameOpen = false
}

// frame draws the outline inside the margins, however thick the pen.
func (c *composer) frame(top, bottom, pen float64, dashed bool) {
	c.page().boxes = append(c.page().boxes, box{
		x: marginSide + pen/2, y: top + pen/2, w: textWidth - pen, h: bottom - top - pen, pen: pen, dashed: dashed,
	})
}

// allergiesState prints a section without entries.
func (c *composer) allergiesState(state record.State) {
	top := c.y
	info, _ := record.InfoOf(record.Allergies)
	c.page().mark(info.Title, top)
	spans, pen, dashed := []span{{text: info.NoneKnown, bold: true, size: 17}}, 0.6, false
	if state == record.NoInformation {
		spans = []span{{text: fr(allergiesUnknown), bold: true, size: 19}}
		pen, dashed = framePen, true
	}
	lines := c.set.lines(spans, textWidth-2*framePad)
	if dashed {
		lines = append(lines, c.set.lines([]span{{text: fr(allergiesAsk), size: 14}}, textWidth-2*framePad)...)
	}
	c.y += 2.4
	for _, l := range lines {
		c.page().line(marginSide+(textWidth-l.width)/2, c.y, l)
		c.y += l.height
	}
	c.y += 2.2
	c.frame(top, c.y, pen, dashed)
	c.y += 2
}
