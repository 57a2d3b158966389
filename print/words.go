package print

import (
	"strings"
	"time"
	"unicode"

	"github.com/zoneblanche/zoneblanche/record"
)

// phrase is the spans of one paragraph; a size of zero means that of the body.
type phrase []span

func (p *phrase) bold(s string) {
	if s != "" {
		*p = append(*p, span{text: s, bold: true})
	}
}

func (p *phrase) plain(s string) {
	if s != "" {
		*p = append(*p, span{text: s})
	}
}

// chip adds words in white on black, and a space after them.
func (p *phrase) chip(s string) {
	*p = append(*p, span{text: s, bold: true, chip: true}, span{text: " "})
}

// details adds what is known beyond the title, after a comma each.
func (p *phrase) details(parts ...string) {
	for _, s := range parts {
		if s != "" {
			*p = append(*p, span{text: ", " + s})
		}
	}
}

// title adds the words that name an entry; an entry that has none is still one.
func (p *phrase) title(s string) {
	if blank(s) {
		s = noName
	}
	p.bold(s)
}

// status marks an entry that does not mean "now": loudly, in front of it, where
// overlooking it would be dangerous, and returns the quiet words otherwise.
func (p *phrase) status(words string) string {
	if words != "" && words == strings.ToUpper(words) {
		p.chip(words)
		return ""
	}
	return words
}

func sinceIf(d record.Date) string {
	if d.French() == "" {
		return ""
	}
	return since(d)
}

func untilIf(d record.Date) string {
	if d.French() == "" {
		return ""
	}
	return until(d)
}

// allergy puts first what decides a prescription: how grave, of what, what it did.
func allergy(a record.Allergy) (name, rest phrase) {
	severe := a.Criticality == "high"
	for _, r := range a.Reactions {
		severe = severe || r.Severity == "severe"
	}
	if severe {
		name.chip(severeChip)
	}
	quiet := name.status(said(verificationWords, a.Verification))
	name.title(a.Title())
	var parts []string
	for _, r := range a.Reactions {
		words := joinConcepts(r.Manifestations)
		if s := said(severityWords, r.Severity); s != "" {
			words = strings.TrimSpace(words + " (" + s + ")")
		}
		if r.Onset.French() != "" {
			words = strings.TrimSpace(words + " " + onDate(r.Onset))
		}
		parts = append(parts, words)
	}
	if a.Type == "intolerance" {
		parts = append(parts, intolerance)
	}
	parts = append(parts, said(allergyStatus, a.Status), quiet, sinceIf(a.Onset), a.Note)
	rest.plain(joinWords(parts, ", "))
	return name, rest
}

// medication returns the drug and how it is taken; when nothing says how, none is
// said instead. at is when the words are read: the zero time says nothing of what
// is over by then.
func medication(m record.Medication, none string, at time.Time) (drug, use phrase) {
	status := said(statusWords, m.Status)
	if m.Status == "completed" {
		status = endedWords
	}
	end := untilIf(m.End)
	if m.Lapsed(at) {
		drug.chip(lapsedChip)
		end = lapsedWords(m)
	}
	quiet := drug.status(status)
	drug.title(m.Title())
	var how []string
	for _, d := range m.Dosages {
		how = append(how, Posology(d))
	}
	posology := joinWords(how, fr(" ; "))
	if posology == "" {
		posology = none
	}
	use.plain(posology)
	reason := ""
	if !m.Reason.Empty() {
		reason = fr(forReason, m.Reason.String())
	}
	use.details(reason, quiet, sinceIf(m.Start), end, m.Note)
	return drug, use
}

func problem(p record.Problem) phrase {
	var out phrase
	if p.ALD {
		out.chip(aldChip)
	}
	quiet := out.status(said(statusWords, p.Status))
	out.title(p.Title())
	out.details(p.BodySite.String(), p.Severity.String(), sinceIf(p.Onset), quiet, untilIf(p.Abatement), p.Note)
	return out
}

func device(d record.Device) phrase {
	var out phrase
	status := said(statusWords, d.Status)
	if d.Status == "completed" || d.Status == "inactive" {
		status = "RETIRÉ"
	}
	quiet := out.status(status)
	out.title(d.Title())
	serial := ""
	if d.Serial != "" {
		serial = fr(serialIs, d.Serial)
	}
	out.details(d.BodySite.String(), sinceIf(d.Since), quiet, serial, d.Note)
	return out
}

func procedure(p record.Procedure) phrase {
	var out phrase
	quiet := out.status(said(statusWords, p.Status))
	out.title(p.Title())
	out.details(p.BodySite.String(), p.Performed.French(), quiet, p.Note)
	return out
}

func immunization(i record.Immunization) phrase {
	var out phrase
	quiet := out.status(said(statusWords, i.Status))
	out.title(i.Title())
	var targets, dose, lot, declared string
	if len(i.Targets) > 0 {
		targets = fr(targetsAre, joinConcepts(i.Targets))
	}
	if i.Dose != "" {
		dose = fr(dosesRank, i.Dose)
	}
	if i.Lot != "" {
		lot = fr(lotIs, i.Lot)
	}
	if i.Declared {
		declared = declaredOnly
	}
	out.details(targets, dose, i.Date.French(), lot, i.Route.String(), i.BodySite.String(), quiet, declared, i.Note)
	return out
}

func observation(o record.Observation) phrase {
	var out phrase
	quiet := out.status(said(statusWords, o.Status))
	out.title(o.Title())
	value := observed(o)
	for i, part := range o.Components {
		if i > 0 || value != "" {
			value += ", "
		}
		value += strings.TrimSpace(part.Title() + " " + observed(part))
	}
	if value != "" {
		out.plain(fr(" : ") + value)
	}
	usual := ""
	if o.Reference != "" {
		usual = fr(usualRange, o.Reference)
	}
	out.details(usual, o.Date.French(), quiet, o.Note)
	return out
}

func observed(o record.Observation) string {
	parts := []string{o.Quantity.String(), o.Value.String()}
	if s := o.Interpretation.String(); s != "" {
		parts = append(parts, "("+s+")")
	}
	return joinWords(parts, " ")
}

func statement(s record.Statement) phrase {
	var out phrase
	quiet := out.status(said(statusWords, s.Status))
	out.title(s.Title())
	if v := s.Value.String(); v != "" {
		out.plain(fr(" : ") + v)
	}
	out.details(s.Date.French(), untilIf(s.Until), quiet, s.Note)
	return out
}

// pregnancy is a statement whose end is a term.
func pregnancy(s record.Statement) phrase {
	due := ""
	if s.Until.French() != "" {
		due = fr(dueDate, onDate(s.Until))
	}
	s.Until = ""
	out := statement(s)
	out.details(due)
	return out
}

func contact(c record.Contact) phrase {
	var out phrase
	out.plain(fr("%s : ", c.Role.French()))
	name := c.Name
	if name == "" {
		name = c.Organisation
	} else if c.Organisation != "" {
		name += ", " + c.Organisation
	}
	out.title(name)
	if c.Relation != "" {
		out.plain(" (" + c.Relation + ")")
	}
	if c.Phone == "" {
		out.details(noPhone)
	} else {
		out.plain(" ")
		out.bold(phone(c.Phone))
	}
	return out
}

// phone groups the ten digits of a French number two by two and keeps any number
// on one line; others stay as they are written.
func phone(s string) string {
	compact := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '-' || r == '\u202f' {
			return -1
		}
		return r
	}, s)
	lead, rest := "", compact
	if strings.HasPrefix(compact, "+33") && len(compact) == 12 {
		lead, rest = "+33\u00a0"+compact[3:4], compact[4:]
	} else if len(compact) == 10 && compact[0] == '0' {
		lead, rest = compact[:2], compact[2:]
	}
	if lead == "" || strings.Trim(rest, "0123456789") != "" {
		return strings.ReplaceAll(strings.TrimSpace(s), " ", "\u00a0")
	}
	for i := 0; i+1 < len(rest); i += 2 {
		lead += "\u00a0" + rest[i:i+2]
	}
	return lead
}

func joinConcepts(list []record.Concept) string {
	var words []string
	for _, c := range list {
		words = append(words, c.String())
	}
	return joinWords(words, ", ")
}

// joinWords joins what is not empty.
func joinWords(words []string, with string) string {
	var kept []string
	for _, w := range words {
		if strings.TrimSpace(w) != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, with)
}
