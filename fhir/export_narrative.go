package fhir

import (
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// The narrative is what a person reads where a program understands nothing else of
// the document. It says what the entries say in words; codes, times of day and the
// numbers of a dosage that has words stand in the entries alone.

// narrative makes a Narrative of items that are XHTML already.
func narrative(items []string) *expObject {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml" lang="fr" xml:lang="fr"><ul>`)
	for _, item := range items {
		b.WriteString("<li>" + item + "</li>")
	}
	b.WriteString("</ul></div>")
	return newObject("status", "generated", "div", b.String())
}

// headNarrative names the patient, the date and whom to call.
func headNarrative(s *record.Summary) *expObject {
	items := []string{
		narrate(titleSummary, s.Patient.Name(), expSaid(sayBorn, s.Patient.BirthDate.French()), expSaid(sayINS, s.Patient.INS.Grouped())),
		narrate(sayUpdated, expOr(s.UpdatedAt.French(), record.NotFilledIn)),
		narrateWords(record.MayBeIncomplete),
	}
	if s.Abridged > 0 {
		items = append(items, narrateWords(abridgedWords(s.Abridged)))
	}
	for _, c := range s.Contacts {
		items = append(items, narrate(c.Role.French(), c.Name, c.Organisation, c.Relation, c.Phone))
	}
	if s.ContactsOmitted > 0 {
		items = append(items, narrateWords(omittedWords(s.ContactsOmitted, len(s.Contacts))))
	}
	return narrative(items)
}

// expXHTML makes text safe inside XHTML: its five marks are escaped, and what XML
// cannot write at all is replaced.
func expXHTML(s string) string {
	return expEscape.Replace(strings.Map(func(r rune) rune {
		if r < ' ' || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, ipsClean(s)))
}

var expEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// narrate writes a title in bold and what is known beyond it.
func narrate(title string, details ...string) string {
	out := "<b>" + expXHTML(expOr(title, wordNoLabel)) + "</b>"
	lead := sayColon
	for _, d := range details {
		if d = expXHTML(d); d != "" {
			out += lead + d
			lead = saySemicolon
		}
	}
	return out
}

func narrateWords(words string) string { return expXHTML(words) }

func expOr(words, otherwise string) string {
	if ipsClean(words) == "" {
		return otherwise
	}
	return words
}

// expSaid puts words before what they introduce, where there is something.
func expSaid(lead, words string) string {
	if ipsClean(words) == "" {
		return ""
	}
	return lead + words
}

// expIn translates a code; one that has no translation is shown as it is.
func expIn(words map[string]string, code string) string { return expOr(words[code], code) }

func expNamed(concepts []record.Concept) string {
	var out []string
	for _, c := range concepts {
		out = append(out, c.String())
	}
	return strings.Join(out, ", ")
}

func narrateAllergy(a record.Allergy) string {
	details := []string{expIn(sayType, a.Type)}
	for _, c := range a.Categories {
		details = append(details, expIn(sayCategory, c))
	}
	details = append(details, expSaid(sayCriticality, expIn(sayLevel, a.Criticality)), expIn(sayStatus, a.Status),
		expIn(sayVerification, a.Verification), expSaid(saySince, a.Onset.French()))
	for _, r := range a.Reactions {
		details = append(details, expSaid(sayReaction, ipsJoin(", ", expNamed(r.Manifestations), expIn(saySeverity, r.Severity), r.Onset.French())))
	}
	return narrate(a.Title(), append(details, a.Note)...)
}

func narrateMedication(m record.Medication) string {
	var details []string
	for _, d := range m.Dosages {
		details = append(details, expPosology(d))
	}
	details = append(details, expIn(sayStatus, m.Status), expSaid(saySince, m.Start.French()), expSaid(sayUntil, m.End.French()),
		expSaid(sayReason, m.Reason.String()), m.Note)
	return narrate(m.Title(), details...)
}

// expPosology writes the source's words, else the numbers.
func expPosology(d record.Dosage) string {
	needed := ""
	if d.AsNeeded {
		needed = sayAsNeeded
	}
	if d.Text != "" {
		return ipsJoin(", ", d.Text, needed, d.Route.String())
	}
	rhythm := ""
	if d.Frequency > 0 {
		rhythm = strconv.Itoa(d.Frequency) + wordTimes
	}
	if d.Period != "" {
		rhythm = ipsJoin(" ", rhythm, wordPer+d.Period+"\u00a0"+ipsUnitFrench(d.PeriodUnit))
	}
	var when []string
	for _, w := range d.When {
		when = append(when, expIn(sayWhen, w))
	}
	return ipsJoin(", ", d.Dose.String(), rhythm, strings.Join(when, ", "), needed, d.Route.String())
}

func narrateProblem(p record.Problem) string {
	ald := ""
	if p.ALD {
		ald = sayALD
	}
	return narrate(p.Title(), ald, expIn(sayStatus, p.Status), p.Severity.String(), p.BodySite.String(),
		expSaid(saySince, p.Onset.French()), expSaid(sayUntil, p.Abatement.French()), p.Note)
}

func narrateDevice(d record.Device) string {
	return narrate(d.Title(), expIn(sayStatus, d.Status), expSaid(saySince, d.Since.French()), d.BodySite.String(),
		expSaid(saySerial, d.Serial), d.Note)
}

// expDone says of an act what became of it; one that is over was done.
func expDone(status string) string {
	if status == "completed" {
		return sayDone
	}
	return expIn(sayStatus, status)
}

func narrateProcedure(p record.Procedure) string {
	return narrate(p.Title(), expDone(p.Status), p.Performed.French(), p.BodySite.String(), p.Note)
}

func narrateImmunization(v record.Immunization) string {
	declared := ""
	if v.Declared {
		declared = sayDeclared
	}
	return narrate(v.Title(), v.Date.French(), expDone(v.Status), expSaid(sayTargets, expNamed(v.Targets)), expSaid(sayRank, v.Dose),
		expSaid(sayLot, v.Lot), v.Route.String(), v.BodySite.String(), declared, v.Note)
}

func narrateObservation(o record.Observation) string {
	details := []string{expObserved(o)}
	for _, c := range o.Components {
		details = append(details, expSaid(c.Title()+" ", ipsJoin(", ", expObserved(c), expSaid(sayUsual, c.Reference), c.Note)))
	}
	details = append(details, expSaid(sayUsual, o.Reference), o.Date.French(), expIn(sayStatus, o.Status), o.Note)
	return narrate(o.Title(), details...)
}

func expObserved(o record.Observation) string {
	found := ipsJoin(" ", o.Quantity.String(), o.Value.String())
	return ipsJoin(", ", found, o.Interpretation.String())
}

func narrateStatement(s record.Statement) string {
	return narrate(s.Title(), s.Value.String(), expIn(sayStatus, s.Status), s.Date.French(), expSaid(sayTerm, s.Until.French()), s.Note)
}

func narrateConsent(c record.Consent) string {
	return narrate(expOr(c.Text, titleConsents), expIn(sayStatus, c.Status), expSaid(sayGiven, c.Given.French()), expSaid(sayUntil, c.Until.French()))
}
