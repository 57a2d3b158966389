package record

import (
	"strings"
	"unicode/utf8"
)

// This file says what the emergency message keeps of an entry when there is no
// room for whole entries: its core, which is what decides care within the hour.
// The rest is its details, and travels in the full message.
//
// A core only ever leaves fields empty and lists shorter; it changes nothing and
// never cuts a text, since half a label may say the contrary of the whole. What
// negates an entry or turns its meaning stays at every level: its status, its
// verification, the end of a treatment, the abatement of a problem.

// level says how much of an entry its core is.
type level int

// The levels, leanest first. Each adds to the one before it.
const (
	named  level = iota // what it is, and whether it holds
	worded              // what an allergy did, how a treatment is taken, where a device is
	noted               // short notes on allergies and pregnancies
	coded               // the first code of what it is
	entire              // all there is
)

// maxCoreNote is the length, in characters, of the longest note that is part of a
// core. Notes on allergies and pregnancies may turn what the entry says ("a toléré
// l’amoxicilline en 2023"), so that a short one goes before doses.
const maxCoreNote = 100

// concept keeps the label and, at coded, the first code without a label of its
// own. A concept without a label keeps all that its name is taken from
// ([Concept.String]): it is never emptied.
func (l level) concept(c Concept) Concept {
	switch {
	case l == entire, len(c.Codes) == 0:
		return c
	case c.Label == "":
		for i, code := range c.Codes {
			if code.Label != "" {
				return Concept{Codes: c.Codes[: i+1 : i+1]}
			}
		}
		return Concept{Codes: c.Codes[:1:1]}
	case l >= coded:
		first := c.Codes[0]
		first.Label = ""
		return Concept{Label: c.Label, Codes: []CodeValue{first}}
	}
	return Concept{Label: c.Label}
}

// inWords is a concept that is never more than its label in a core.
func inWords(c Concept) Concept { return named.concept(c) }

func (l level) note(s string) string {
	if l < noted || utf8.RuneCountInString(s) > maxCoreNote {
		return ""
	}
	return s
}

// cored is what an entry type can do that the emergency message takes.
type cored[E any] interface{ core(level) E }

// core leaves out categories, which the substance implies, and the dates of onset.
func (a Allergy) core(l level) Allergy {
	return Allergy{
		Substance: l.concept(a.Substance), Type: a.Type, Criticality: a.Criticality,
		Status: a.Status, Verification: a.Verification,
		Reactions: l.reactions(a.Reactions), Note: l.note(a.Note),
	}
}

// reactions keeps what happened, in words, and how severe it was; at named the
// severities alone.
func (l level) reactions(all []Reaction) []Reaction {
	var out []Reaction
	for _, r := range all {
		core := Reaction{Severity: r.Severity}
		if l != named {
			for _, m := range r.Manifestations {
				core.Manifestations = append(core.Manifestations, inWords(m))
			}
		}
		out = append(out, core)
	}
	return withoutTail(out)
}

// core leaves out reason and note. A start matters only for a treatment that is
// still to begin.
func (m Medication) core(l level) Medication {
	core := Medication{Drug: l.concept(m.Drug), Status: m.Status, End: m.End}
	if m.Status == "intended" {
		core.Start = m.Start
	}
	for _, d := range m.Dosages {
		core.Dosages = append(core.Dosages, l.dosage(d))
	}
	core.Dosages = withoutTail(core.Dosages)
	return core
}

// dosage keeps the words, and that they are for when needed. Without words, or
// when the words hold no figure and so may be a mere remark ("pendant le repas"),
// the numbers stay.
func (l level) dosage(d Dosage) Dosage {
	switch {
	case l == named:
		return Dosage{AsNeeded: d.AsNeeded}
	case strings.ContainsAny(d.Text, "0123456789"):
		return Dosage{Text: d.Text, AsNeeded: d.AsNeeded}
	case d.Text != "":
		d.Route = Concept{}
	default:
		d.Route = inWords(d.Route)
	}
	return d
}

// core leaves out severity, site, onset and note.
func (p Problem) core(l level) Problem {
	return Problem{Condition: l.concept(p.Condition), ALD: p.ALD, Status: p.Status, Abatement: p.Abatement}
}

// core leaves out serial number, date and note.
func (d Device) core(l level) Device {
	core := Device{Type: l.concept(d.Type), Status: d.Status}
	if l != named {
		core.BodySite = inWords(d.BodySite)
	}
	return core
}

// core keeps all that a statement says, pregnancies being the only ones that the
// emergency message takes.
func (s Statement) core(l level) Statement {
	return Statement{
		What: l.concept(s.What), Status: s.Status, Date: s.Date, Until: s.Until,
		Value: inWords(s.Value), Note: l.note(s.Note),
	}
}

// reduce replaces every entry by its core.
func (s *Section[E]) reduce(l level) {
	if l == entire {
		return
	}
	cores := make([]E, len(s.Entries))
	for i, entry := range s.Entries {
		cores[i] = entry
		if c, ok := any(entry).(cored[E]); ok {
			// Were core to change something, the entry would stay whole.
			if core := c.core(l); isPart(entry, core) {
				cores[i] = core
			}
		}
	}
	s.Entries = cores
}
