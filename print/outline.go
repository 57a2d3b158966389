package print

import (
	"fmt"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// Outline is what a sheet says, without where it stands: for whoever shows the same
// words elsewhere than on paper. Every text is one line, free of control characters,
// and has its unbreakable spaces; what it contains of markup is text.
type Outline struct {
	Title      string
	Name       string
	Original   string // the name in its own script, "" when there is none
	Birth      Words
	INS        []string
	Identity   Drawing // no modules when the identity was not checked
	Updated    Words
	Issuer     string
	Emergency  Drawing
	Allergies  OutlineAllergies
	Sections   []OutlineSection
	HowTo      []Words
	CodesTitle string
	CodesHelp  string
	Codes      []Drawing
	Card       *OutlineCard // nil without a card to cut out
	Footer     []string
}

// Words are a sentence in several styles.
type Words []Run

// Run is a piece of a sentence in one style; a chip is white on black.
type Run struct {
	Text       string
	Bold, Chip bool
}

// Drawing is a symbol to draw: Path covers its dark modules, as an SVG path in units
// of a module, in a square of Modules by Modules without the white margin of Quiet
// modules that it needs around it.
type Drawing struct {
	Caption        string
	Path           string
	Modules, Quiet int
	SizeMM         float64 // of the modules together
}

// Draws reports whether there is a symbol.
func (d Drawing) Draws() bool { return d.Modules > 0 }

// OutlineAllergies are the allergies in one of their three states.
type OutlineAllergies struct {
	Heading string
	State   record.State
	Say     string // what stands in the place of entries
	Ask     string // and what to do about it
	Entries []OutlineAllergy
	Note    string // what is not printed
}

// OutlineAllergy is one allergy.
type OutlineAllergy struct{ Name, Rest Words }

// OutlineSection is one section, or a note without heading. A table has two columns.
type OutlineSection struct {
	Heading string
	Columns []string // the heads of a table, nil for a list
	Rows    [][]Words
	State   string // what stands in the place of entries
	Shout   bool   // the state is one to act upon, as Ask says
	Ask     string
	Note    string
}

// OutlineCard is the card to cut out.
type OutlineCard struct {
	Heading, Help string
	Name          string
	Lines         []Words
	Code          Drawing
}

// Outline returns what the sheet says. It fails as [Write] does.
func (s Sheet) Outline() (Outline, error) {
	if err := s.check(); err != nil {
		return Outline{}, err
	}
	c := &composer{sheet: s}
	out := Outline{
		Title: docTitle, Name: shown(c.name()), Birth: c.birth().words(), Updated: c.updated().words(), Issuer: shown(c.issuer()),
		Emergency: s.Emergency.drawing(captionOr(s.Emergency, emergencyFallback), s.Emergency.size(60, 66, emergencySize)),
		Allergies: c.outlineAllergies(),
		Footer: []string{nobreak(record.MayBeIncomplete),
			shown(fr(cardIs, s.CardID)), fr(printedOn, s.PrintedAt.Format("02/01/2006"))},
	}
	if name := shown(s.Summary.Patient.Original); name != "" {
		out.Original = fr(originalNameIs, name)
	}
	for _, words := range c.insWords() {
		out.INS = append(out.INS, shown(words))
	}
	if n := len(s.Identity.Modules); n > 0 {
		out.Identity = s.Identity.drawing(identityCaption, identityPitch*float64(n))
	}
	for _, b := range append(c.vital(), c.others()...) {
		if b.heading != "" || b.note != "" {
			out.Sections = append(out.Sections, b.outline())
		}
	}
	for _, words := range c.howToWords() {
		out.HowTo = append(out.HowTo, words.words())
	}
	if len(s.Full) > 0 {
		out.CodesTitle, out.CodesHelp = codesTitle, shown(upperFirst(strings.TrimSpace(c.codesWords()[1].text)))
	}
	for i, code := range s.Full {
		out.Codes = append(out.Codes, code.drawing(captionOr(code, fr(codesFallback, i+1)), code.size(fullSizeMin, 82, fullSize)))
	}
	if s.Wallet {
		out.Card = &OutlineCard{Heading: walletHeading, Help: walletOneSide + " " + walletHelp, Name: out.Name, Code: s.Emergency.drawing(out.Emergency.Caption, walletSize)}
		for _, words := range c.walletPhrases(len(s.Summary.Allergies.Entries), walletContacts) {
			out.Card.Lines = append(out.Card.Lines, words.words())
		}
	}
	return out, nil
}

func (c *composer) outlineAllergies() OutlineAllergies {
	a := c.sheet.Summary.Allergies
	info, _ := record.InfoOf(record.Allergies)
	out := OutlineAllergies{Heading: allergiesHeading + count(len(a.Entries), a.Missing()), State: a.State(), Note: c.allergiesNote()}
	switch out.State {
	case record.NoneKnown:
		out.Say = info.NoneKnown
	case record.NoInformation:
		out.Say, out.Ask = fr(allergiesUnknown), fr(allergiesAsk)
	}
	for _, entry := range a.Entries {
		name, rest := allergy(entry)
		out.Entries = append(out.Entries, OutlineAllergy{name.words(), rest.words()})
	}
	return out
}

func (b block) outline() OutlineSection {
	out := OutlineSection{Heading: b.heading, State: b.state, Shout: b.shout, Note: shown(b.note)}
	if b.shout {
		out.State, out.Ask = strings.ToUpper(record.NotFilledIn), askPatient
	}
	if b.shape == table && len(b.rows) > 0 {
		out.Columns = []string{columnDrug, columnUse}
	}
	for _, row := range b.rows {
		var cells []Words
		for _, cell := range row {
			cells = append(cells, cell.words())
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

func (p phrase) words() Words {
	var out Words
	for _, s := range p {
		if text := shown(s.text); text != "" {
			out = append(out, Run{Text: text, Bold: s.bold, Chip: s.chip})
		}
	}
	return out
}

// shown is a text as a screen shows it, which has letters that the paper's fonts lack.
// What a line of paper holds together a line on the screen does, too.
func shown(s string) string {
	out, _ := clean(s, func(rune) bool { return true })
	letters := make([]letter, 0, len(out))
	for _, r := range out {
		letters = append(letters, letter{r: r})
	}
	held := []rune(out)
	for i, r := range held {
		if r == ' ' && i > 0 && i+1 < len(held) && !breakAfter(letters, i) {
			held[i] = '\u00a0'
		}
	}
	return string(held)
}

// drawing draws a symbol of that size.
func (c Code) drawing(caption string, size float64) Drawing {
	var path strings.Builder
	for _, r := range darkRectangles(c.Modules) {
		fmt.Fprintf(&path, "M%d %dh%dv%dh-%dz", r.x, r.y, r.w, r.h, r.w)
	}
	return Drawing{Caption: shown(caption), Path: path.String(), Modules: len(c.Modules), Quiet: quietModules, SizeMM: size}
}
