package print

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// shape is how the entries of a section stand on the page.
type shape int

const (
	list  shape = iota // one under the other, or in a grid where that is shorter
	table              // two columns: what, and how
	grid               // side by side, two a row
)

// block is one section, ready to print.
type block struct {
	heading string
	shape   shape
	split   float64    // the width of a table's first column
	rows    [][]phrase // one phrase a cell
	state   string     // what stands in the place of entries
	shout   bool       // the state is one to act upon
	note    string
}

// vital are the sections that an emergency needs after the allergies, in the
// order in which a doctor reads them.
func (c *composer) vital() []block {
	s := c.sheet.Summary
	return []block{
		c.section(record.Medications, table, medicationRows(s, c.sheet.PrintedAt)),
		c.section(record.Problems, list, rows(s.Problems.Entries, problem)),
		c.section(record.PregnancyID, list, rows(s.Pregnancy.Entries, pregnancy)),
		c.section(record.Devices, list, rows(s.Devices.Entries, device)),
		c.contacts(),
	}
}

// others are the sections that can wait for the next page. Mandatory sections
// always stand; of the others those that say nothing are named together at the
// end.
func (c *composer) others() []block {
	s := c.sheet.Summary
	return []block{
		c.section(record.Immunizations, list, rows(s.Immunizations.Entries, immunization)),
		c.section(record.Procedures, list, rows(s.Procedures.Entries, procedure)),
		c.section(record.Results, list, rows(s.Results.Entries, observation)),
		c.section(record.VitalSigns, list, rows(s.VitalSigns.Entries, observation)),
		c.section(record.CarePlan, list, rows(s.CarePlan.Entries, statement)),
		c.section(record.Directives, list, rows(s.Directives.Entries, statement)),
		c.consents(),
		c.silent(),
	}
}

// section makes the block of one section; it is empty when an optional section
// says nothing.
func (c *composer) section(id record.SectionID, as shape, entries [][]phrase) block {
	info, _ := record.InfoOf(id)
	section := c.sheet.Summary.Section(id)
	b := block{heading: info.Title, shape: as, rows: entries}
	switch section.State() {
	case record.NoneKnown:
		b.state = info.NoneKnown
	case record.NoInformation:
		if !info.Mandatory {
			return block{}
		}
		b.shout = true
	}
	b.heading += count(section.Len(), section.Missing())
	if n := section.Missing(); n > 0 {
		b.note = omitted(n, feminine[id], section.Len() == 0)
		if c.sheet.Withheld && id == record.Medications && section.Len() == 0 {
			b.note = lockedEntries(n)
		}
	}
	return b
}

func (c *composer) contacts() block {
	s := c.sheet.Summary
	b := block{heading: contactsHeading, rows: rows(s.Contacts, contact)}
	if s.ContactsOmitted > 0 {
		b.note = omitted(s.ContactsOmitted, false, len(s.Contacts) == 0)
	}
	if len(b.rows) == 0 && b.note == "" {
		return block{}
	}
	return b
}

// consents says what the patient agreed to, and whether that still holds.
func (c *composer) consents() block {
	s := c.sheet.Summary
	var b block
	for _, consent := range s.Consents {
		var words phrase
		if s.ConsentExpired(c.sheet.PrintedAt) {
			words.chip(consentOver)
		}
		switch {
		case consent.Given.French() != "":
			words.plain(fr(consentGiven, onDate(consent.Given)))
		default:
			words.plain(consentUndated)
		}
		words.details(untilIf(consent.Until), consent.Text)
		b.rows = append(b.rows, []phrase{words})
	}
	if len(b.rows) > 0 {
		b.heading = consentHeading
	}
	return b
}

// silent names the optional sections of which nobody said anything.
func (c *composer) silent() block {
	s := c.sheet.Summary
	var names []string
	for _, info := range record.SectionInfos {
		if info.Mandatory || s.Section(info.ID).State() != record.NoInformation {
			continue
		}
		if info.ID == record.PregnancyID && s.Patient.Sex == record.Male {
			continue
		}
		names = append(names, lowerFirst(info.Title))
	}
	if len(s.Contacts) == 0 && s.ContactsOmitted == 0 {
		names = append(names, lowerFirst(contactsHeading))
	}
	if len(names) == 0 {
		return block{}
	}
	return block{note: fr(notFilledList, strings.Join(names, ", "))}
}

// count tells how many entries a heading stands over, so that a reader knows
// when all of them are read, and how many there would be.
func count(n, missing int) string {
	switch {
	case n > 0 && missing > 0:
		return fr(countOfAll, n, n+missing)
	case n > 1:
		return fr(countOf, n)
	}
	return ""
}

func rows[E any](entries []E, words func(E) phrase) [][]phrase {
	var out [][]phrase
	for _, e := range entries {
		out = append(out, []phrase{words(e)})
	}
	return out
}

func medicationRows(s *record.Summary, at time.Time) [][]phrase {
	none := noPosology
	if s.Abridged > 0 {
		none = posologyNotCarried // it may well exist
	}
	var out [][]phrase
	for _, m := range s.Medications.Entries {
		drug, use := medication(m, none, at)
		out = append(out, []phrase{drug, use})
	}
	return out
}

// pairs puts single cells side by side, two a row.
func pairs(single [][]phrase) [][]phrase {
	var out [][]phrase
	for i := 0; i < len(single); i += 2 {
		row := single[i]
		if i+1 < len(single) {
			row = append(row, single[i+1]...)
		}
		out = append(out, row)
	}
	return out
}

// The columns of each shape: where a cell begins and how wide its words are.
const (
	bullet    = "•"
	bulletGap = 3.6
	columnGap = 4.0
)

// splits are the widths that the first column of a table may have.
var splits = []float64{76, 66, 86, 56, 96}

func (b block) columns() (x, w []float64) {
	half := (textWidth - columnGap) / 2
	switch b.shape {
	case table:
		return []float64{0, b.split + columnGap}, []float64{b.split, textWidth - b.split - columnGap}
	case grid:
		return []float64{bulletGap, half + columnGap + bulletGap}, []float64{half - bulletGap, half - bulletGap}
	}
	return []float64{bulletGap}, []float64{textWidth - bulletGap}
}

// block prints one section. Its heading stays with its first entry.
func (c *composer) block(b block) {
	if b.heading == "" && b.note == "" {
		return
	}
	b, laid := c.shortest(b)
	if b.heading != "" {
		first := c.body * mmPerPoint * leading
		if len(laid) > 0 {
			first = rowHeight(laid[0])
		}
		if need := c.headingHeight() + min(first, c.fullRoom()/3); need > c.room() {
			c.newPage()
		}
		if len(b.rows) == 0 || b.shape == list && len(b.rows) == 1 && b.note == "" {
			c.stateLine(b)
			return
		}
		c.drawHeading(b.heading)
		c.heading = b.heading
	}
	for i, cells := range laid {
		c.row(b, cells, i > 0)
	}
	c.heading = ""
	if b.note != "" {
		c.paragraph([]span{{text: b.note, bold: b.heading != ""}})
	}
	c.y += 1
}

// shortest breaks the words of a block into lines, in the one of its possible
// arrangements that takes the least height.
func (c *composer) shortest(b block) (block, [][][]line) {
	tries := []block{b}
	switch b.shape {
	case list:
		two := b
		two.shape, two.rows = grid, pairs(b.rows)
		tries = append(tries, two)
	case table:
		tries = nil
		for _, split := range splits {
			b.split = split
			tries = append(tries, b)
		}
	}
	var laid [][][]line
	for i, try := range tries {
		if l := c.lay(try); i == 0 || rowsHeight(l) < rowsHeight(laid) {
			b, laid = try, l
		}
	}
	return b, laid
}

// lay breaks the cells of a block into lines.
func (c *composer) lay(b block) [][][]line {
	var laid [][][]line
	_, widths := b.columns()
	for _, row := range b.rows {
		var cells [][]line
		for i, words := range row {
			cells = append(cells, c.set.lines(c.sized(words), widths[i]))
		}
		laid = append(laid, cells)
	}
	return laid
}

func rowsHeight(laid [][][]line) float64 {
	h := 0.0
	for _, cells := range laid {
		h += rowHeight(cells)
	}
	return h
}

func rowHeight(cells [][]line) float64 {
	h := 0.0
	for _, lines := range cells {
		h = max(h, height(lines))
	}
	return h
}

// row prints the cells of one row side by side. One that is longer than a page
// goes on line by line.
func (c *composer) row(b block, cells [][]line, notFirst bool) {
	before := len(c.pages)
	c.keep(rowHeight(cells) + 0.8)
	if b.shape == table && notFirst && len(c.pages) == before {
		c.page().rule(marginSide, c.y, textWidth, 0.15)
	}
	x, _ := b.columns()
	longest := 0
	for _, lines := range cells {
		longest = max(longest, len(lines))
	}
	for i := range longest {
		h := 0.0
		for _, lines := range cells {
			if i < len(lines) {
				h = max(h, lines[i].height)
			}
		}
		if h > c.room() {
			c.newPage()
		}
		for j, lines := range cells {
			if i >= len(lines) {
				continue
			}
			if i == 0 && b.shape != table {
				c.page().line(marginSide+x[j]-bulletGap, c.y, c.set.lines(c.sized([]span{{text: bullet, bold: true}}), textWidth)[0])
			}
			c.page().line(marginSide+x[j], c.y, lines[i])
		}
		c.y += h
	}
	c.y += 0.7
}

// headingSize is that of the titles of sections.
func (c *composer) headingSize() float64 { return c.body + 1.5 }

func (c *composer) headingHeight() float64 { return c.headingSize()*mmPerPoint*leading + 1.8 }

// drawHeading draws a title over a rule across the page.
func (c *composer) drawHeading(words string) {
	l := c.set.lines([]span{{text: words, bold: true, size: c.headingSize()}}, textWidth)[0]
	c.page().mark(words, c.y)
	c.page().line(marginSide, c.y, l)
	c.y += l.height + 0.3
	c.page().rule(marginSide, c.y, textWidth, 0.5)
	c.y += 0.9
}

// stateLine prints a section that has one entry or none behind its title, in
// white on black when somebody has to ask.
func (c *composer) stateLine(b block) {
	words := phrase{{text: fr("%s : ", b.heading), bold: true, size: c.headingSize()}}
	switch {
	case b.shout:
		words.chip(strings.ToUpper(record.NotFilledIn))
		words.plain(askPatient)
	case b.state != "":
		words.plain(b.state)
	case len(b.rows) == 0:
		words.bold(b.note)
	default:
		words = append(words, b.rows[0][0]...)
	}
	lines := c.set.lines(c.sized(words), textWidth)
	c.keep(height(lines))
	c.page().mark(b.heading, c.y)
	c.heading = b.heading
	c.put(marginSide, lines)
	c.heading = ""
	c.y += 1.8
}
