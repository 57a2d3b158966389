package fhir

import (
	"strings"
	"time"
	"unicode"

	"github.com/zoneblanche/zoneblanche/record"
)

// noteDocument writes the document that is delivered: plain UTF-8 text in French
// that a person can read without any program of ours. It says what is known and
// is silent about the rest.
func noteDocument(c record.Consultation, opt SubmissionOptions, ids submissionIDs) []byte {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			b.WriteString(label + oneLine(value) + "\n")
		}
	}
	b.WriteString(strings.ToUpper(titleNote) + "\n\n")
	line(noteActedAt, noteMoment(opt.local(c.ActedAt)))
	if signed := opt.signedAt(c); !signed.Equal(c.ActedAt) {
		line(noteSignedAt, noteMoment(signed))
	}
	line(noteAuthor, c.Author.Name)
	line(noteRPPS, c.Author.RPPS)
	line(noteStructure, opt.custodianName(c))
	line(noteFINESS, opt.custodianFINESS(c))
	if opt.Replaces != nil {
		line(noteReplaces, opt.Replaces.DocumentID)
	}

	b.WriteString("\n" + notePatient + "\n")
	notePatientLines(line, c.Patient)

	b.WriteString("\n" + noteCard + "\n")
	if c.Card == (record.CardRef{}) {
		b.WriteString(noteCardNone + "\n")
	} else {
		line(noteCardID, c.Card.ID)
		line(noteCardIssuer, c.Card.Issuer)
		if !c.Card.Issued.IsZero() {
			line(noteCardIssued, record.DayOf(opt.local(c.Card.Issued)).French())
		}
		line(noteCardVerdict, c.Card.Verdict.French())
	}

	text := c.Text()
	b.WriteString("\n" + noteText + "\n" + text)
	if !strings.HasSuffix(text, "\n") {
		b.WriteString("\n")
	}
	return []byte(b.String())
}

func notePatientLines(line func(label, value string), p record.Patient) {
	line(noteName, p.Name())
	if p.Original != p.Name() {
		line(noteOriginal, p.Original)
	}
	line(noteBirthDate, p.BirthDate.French())
	line(noteSex, p.Sex.French())
	line(noteBirthPlace, p.BirthPlace)
	if p.INS.Empty() {
		line(noteINS, noteINSNone)
	} else {
		how := noteUnqualified
		switch {
		case p.INS.OID == record.OIDINSTest:
			how = noteINSTest
		case p.INS.OID == record.OIDINSDemo:
			how = noteINSDemo
		case p.Qualified:
			how = noteQualified
		}
		line(noteINS, p.INS.Grouped()+how)
	}
	for _, id := range p.Identifiers {
		line(noteIdentifier, id.Value+bracket(id.Label)+bracket(id.System))
	}
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// oneLine keeps a header on its line: a name with a line break in it must not be
// able to write another header. Control characters go too, which a FHIR string
// may not have (hl7.org/fhir/R4/datatypes.html#string).
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// noteMoment writes an instant with its offset, because a reader in Guadeloupe
// and one in Paris must mean the same moment.
func noteMoment(t time.Time) string {
	return t.Format("02/01/2006") + noteAtTime + t.Format("15:04") + " (UTC" + t.Format("-07:00") + ")"
}
