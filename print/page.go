package print

// The page, in millimetres. The margins are wider than what any printer leaves
// white.
const (
	pageWidth    = 210.0
	pageHeight   = 297.0
	marginSide   = 13.0
	marginTop    = 10.0
	marginBottom = 9.0
	textWidth    = pageWidth - 2*marginSide
)

// page is one side of paper: what is on it and where.
type page struct {
	marks   []mark
	boxes   []box
	symbols []symbol
	texts   []text
}

// mark is an entry of the document's own contents, which readers show beside it: the
// nearest to structure that the PDF writer has.
type mark struct {
	title string
	y     float64
}

// text is a run of characters with the left end of its base line.
type text struct {
	x, y  float64
	width float64
	white bool
	span
}

// box is a rectangle: its outline as thick as pen, or black when solid. One of no
// height is a rule.
type box struct {
	x, y, w, h float64
	pen        float64
	dashed     bool
	solid      bool
}

// symbol is a code in its place: the upper left corner of its modules.
type symbol struct {
	x, y, size float64
	modules    [][]bool
}

// mark notes that a part begins at y.
func (p *page) mark(title string, y float64) {
	if title = shown(title); title != "" {
		p.marks = append(p.marks, mark{title, y})
	}
}

// line draws l with its upper left corner at x, y.
func (p *page) line(x, y float64, l line) {
	largest := 0.0
	for _, r := range l.runs {
		largest = max(largest, r.size*mmPerPoint)
	}
	// Capitals of these fonts are 0.714 of their size; the line is centred on the
	// largest, so that a chip surrounds its word evenly.
	base := y + (l.height+0.714*largest)/2 - 0.02*largest
	for _, r := range l.runs {
		letters := r.size * mmPerPoint
		t := text{x: x + r.dx, y: base, width: r.width, span: r.span}
		if r.chip {
			// The black ground reaches over the accents of capitals.
			p.boxes = append(p.boxes, box{x: t.x, y: base - 0.97*letters, w: r.width, h: 1.14 * letters, solid: true})
			t.x, t.width, t.white = t.x+chipPad, t.width-2*chipPad, true
		}
		p.texts = append(p.texts, t)
	}
}

// rule draws a horizontal line.
func (p *page) rule(x, y, w, pen float64) {
	p.boxes = append(p.boxes, box{x: x, y: y, w: w, pen: pen})
}
