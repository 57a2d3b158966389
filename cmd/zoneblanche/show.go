package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file shows facts to people: a reading, an entry, a status. Text that comes
// from cards passes clean first.

// showReading shows a card: the verdict, whose it is, allergies first.
func (a *app) showReading(r reading) {
	if r.file != "" {
		a.printf("%s\n", r.file)
	}
	next := r.Judgement.NextStep()
	if r.next != "" {
		next = r.next
	}
	a.printf("%s\n→ %s\n", a.bold(clean(r.Judgement.Sentence())), clean(next))
	for _, w := range r.Warnings {
		if w.Text != next {
			a.printf("  %s\n", clean(w.Text))
		}
	}
	if r.other != nil {
		a.showForeign(r.other)
	}
	if r.Judgement.Verdict == record.Incomplete && r.Summary != nil {
		if r.Declared {
			a.printf(sayPartDeclared + "\n")
		} else {
			a.printf(sayPartSigned+"\n", clean(r.Issuer.Name))
		}
	}
	if r.Summary != nil {
		a.printf("%s", summaryText(r.Summary, elsewhere{complete: r.Complete, locked: r.Locked}, r.at, a.bold))
	}
	a.printf("\n")
}

// summaryText is a summary in words, in reading order, for who reads it at that time.
func summaryText(s *record.Summary, rest elsewhere, at time.Time, bold func(string) string) string {
	var b strings.Builder
	p := s.Patient
	name := p.Name()
	if name == "" {
		name = sayNoName
	}
	fmt.Fprintf(&b, "\n%s", bold(clean(name)))
	if p.BirthDate.Known() {
		fmt.Fprintf(&b, ", %s le %s", bornInFrench(p.Sex), p.BirthDate.French())
	}
	fmt.Fprintf(&b, ", sexe %s", p.Sex.French())
	if p.INS.Empty() {
		fmt.Fprintf(&b, "\n%s", sayNoINS)
	} else {
		fmt.Fprintf(&b, "\nINS %s", p.INS.Grouped())
	}
	if !p.Qualified {
		fmt.Fprintf(&b, "\n%s", sayNotQualified)
	}
	if p.Original != "" {
		fmt.Fprintf(&b, "\n%s", clean(p.Original))
	}
	if s.UpdatedAt.Known() {
		fmt.Fprintf(&b, "\nMise à jour le %s", s.UpdatedAt.French())
	}
	b.WriteString("\n")
	for _, info := range record.SectionInfos {
		section := s.Section(info.ID)
		if !info.Mandatory && section.State() == record.NoInformation {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", bold(info.Title))
		switch section.State() {
		case record.NoneKnown:
			fmt.Fprintf(&b, "  %s\n", info.NoneKnown)
		case record.NoInformation:
			fmt.Fprintf(&b, "  %s\n", strings.ToUpper(record.NotFilledIn))
		}
		for i := range section.Len() {
			fmt.Fprintf(&b, "  - %s\n", clean(print.EntryTextAt(s, info.ID, i, at)))
		}
		if n := section.Missing(); n > 0 {
			fmt.Fprintf(&b, "  %s\n", rest.count(n, section.Len() > 0))
		}
	}
	if len(s.Contacts) == 0 && s.ContactsOmitted > 0 {
		fmt.Fprintf(&b, "\n%s\n  %s\n", bold("Contacts"), rest.count(s.ContactsOmitted, false))
	}
	if len(s.Contacts) > 0 {
		fmt.Fprintf(&b, "\n%s\n", bold("Contacts"))
		for _, c := range s.Contacts {
			fmt.Fprintf(&b, "  - %s\n", clean(print.ContactText(c)))
		}
	}
	if s.Abridged > 0 {
		fmt.Fprintf(&b, "\n"+sayAbridged+"\n", s.Abridged)
	}
	fmt.Fprintf(&b, "\n%s\n", record.MayBeIncomplete)
	return b.String()
}

// elsewhere is where entries are that are not shown: on no code when the card is
// complete, else on other codes, which may be locked.
type elsewhere struct{ complete, locked bool }

// count says how many entries exist that are not shown, and where they are.
func (e elsewhere) count(n int, more bool) string {
	what := "élément"
	if more {
		what = "autre"
	}
	where := "sur les autres codes"
	switch {
	case e.complete:
		where = "non imprimé"
	case e.locked:
		where = whereLocked
	}
	if n > 1 {
		what += "s"
		where = strings.Replace(where, "imprimé", "imprimés", 1)
	}
	if more {
		return fmt.Sprintf("et %d %s, %s", n, what, where)
	}
	return fmt.Sprintf("%d %s, %s", n, what, where)
}

func bornInFrench(s record.Sex) string {
	switch s {
	case record.Female:
		return "née"
	case record.Male:
		return "né"
	}
	return "né(e)"
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

func stateInFrench(s record.DeliveryState) string {
	switch s {
	case record.Draft:
		return "brouillon"
	case record.Pending:
		return "à envoyer"
	case record.InFlight:
		return "envoi à confirmer"
	case record.Cleared:
		return "envoi confirmé"
	case record.Attention:
		return "à reprendre par une personne"
	}
	return string(s)
}

func (a *app) showEntry(r entryResult) {
	what := clean(r.Patient)
	switch {
	case r.PurgedAt != nil:
		what = fmt.Sprintf(sayContentPurged, frenchDay(*r.PurgedAt))
	case r.From != "":
		what = sayHandedBy
	case r.Of != "":
		what = fmt.Sprintf(sayPhotographOf, r.Of)
	case r.Kind == record.KindConsulted:
		what = fmt.Sprintf(sayOpenedCard, what)
	case r.Replaces != "":
		what = fmt.Sprintf(sayCorrectionOf, what, r.Replaces)
	}
	a.printf("%s  %s  %s  %s", r.Entry, frenchTime(r.ActedAt), what, stateInFrench(r.State))
	if r.Late {
		a.printf(" (en retard)")
	}
	if r.State != record.Cleared {
		a.printf(", échéance %s, tentatives : %d", frenchTime(r.Deadline), r.Attempts)
		if r.LastError != "" {
			a.printf(", dernier échec : %s", clean(r.LastError))
		}
	}
	if r.Waits {
		a.printf(sayWaitsForFirst)
	}
	if r.CorrectedBy != "" {
		a.printf(sayCorrectedBy, r.CorrectedBy)
	}
	if len(r.Photographs) > 0 {
		a.printf(sayPhotographs, len(r.Photographs), r.photographsOwed)
	}
	a.printf("\n")
}

func (a *app) showDetail(d entryDetail) {
	a.showEntry(d.entryResult)
	switch c := d.Consultation; {
	case c == nil: // purged
	case d.From != "":
		a.printf(sayHandedByPeer, d.From)
	case d.Of != "":
		a.printf("Professionnel : RPPS %s\n\n", c.Author.RPPS)
	case d.Kind == record.KindConsulted:
		a.printf("Professionnel : RPPS %s\nCarte %s, %s\n", c.Author.RPPS, c.Card.ID, record.Judgement{Verdict: c.Card.Verdict}.Sentence())
		if d.Reason != "" {
			a.printf("Motif : %s\n", clean(d.Reason))
		}
		a.printf("\n")
	default:
		a.printf("Professionnel : RPPS %s\nCarte %s, %s\n\n%s\n\n", c.Author.RPPS, c.Card.ID,
			record.Judgement{Verdict: c.Card.Verdict}.Sentence(), clean(c.Text()))
	}
	for _, t := range d.Tries {
		a.printf("  tentative %d, %s : %s\n", t.Number, frenchTime(t.Started), joined(", ", outcomeInFrench(t.Outcome), t.Cause))
	}
	if d.Receipt != nil {
		a.printf("Accusé de réception du %s : %s\n", frenchTime(d.Receipt.At), clean(d.Receipt.Location))
	}
}

func outcomeInFrench(outcome string) string {
	switch outcome {
	case "cleared":
		return "envoi confirmé"
	case string(record.OutcomeUnavailable):
		return "pas de réponse"
	case string(record.OutcomeUnknown):
		return "réponse perdue"
	case string(record.OutcomeBusy):
		return "destinataire occupé"
	case string(record.OutcomeRefused):
		return "refusé"
	case string(record.OutcomeUnauthorized):
		return "accès refusé"
	case "":
		return "en cours"
	}
	return outcome
}

func (a *app) showVerify(r verifyResult) {
	if r.OK {
		a.printf("Journal intact : %d entrées, empreinte %s\n", r.Entries, r.Head)
		return
	}
	if r.Head == "" {
		a.printf("%s\n", sayJournalUnreadable)
	} else {
		a.printf("Journal abîmé : %d problèmes sur %d entrées\n", len(r.Problems), r.Entries)
	}
	a.showProblems(r.Problems)
}

// frenchLeft says how long is left, or for how long it is over.
func frenchLeft(d time.Duration) string {
	word := "reste"
	if d < 0 {
		word, d = "dépassée de", -d
	}
	return fmt.Sprintf("%s %d h %02d", word, int(d.Hours()), int(d.Minutes())%60)
}
