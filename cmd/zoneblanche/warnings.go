package main

import (
	"fmt"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file warns of what a summary says that a person should look at, at reading
// and at printing alike.

// The codes of warnings.
const (
	warnTreatmentLapsed = "treatment_lapsed"  // over by its own date and still marked as current
	warnUndrawable      = "undrawable"        // the fonts lack some of its letters
	warnWhose           = "patient_reference" // carried, and nothing says that it is the patient's
	warnUpdatedInFuture = qr.WarnUpdatedInFuture
)

// readAt puts what is over at now apart from what is current, and says so.
func readAt(readings []reading, now time.Time) {
	for i := range readings {
		r := &readings[i]
		r.at = now
		if r.Summary == nil {
			continue
		}
		s := *r.Summary
		s.SortAt(now)
		r.Summary = &s
		r.Warnings = append(r.Warnings, lapsed(&s, now)...)
	}
}

// lapsed warns of treatments that are over by their own end date.
func lapsed(s *record.Summary, now time.Time) []qr.Warning {
	n := 0
	for _, m := range s.Medications.Entries {
		if m.Lapsed(now) {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []qr.Warning{{Code: warnTreatmentLapsed, Text: sayOneLapsed}}
	}
	return []qr.Warning{{Code: warnTreatmentLapsed, Text: fmt.Sprintf(saySeveralLapsed, n)}}
}

// printWarnings is what whoever prints should look at on the sheet, and what is left
// of the list of what is not on it: what is carried in doubt is no part of that.
func printWarnings(s *record.Summary, left []record.LeftOut, now time.Time) ([]qr.Warning, []record.LeftOut) {
	all := lapsed(s, now)
	if s.UpdatedAt.InFuture(now) {
		all = append(all, qr.Warning{Code: warnUpdatedInFuture, Text: sayUpdatedInFuture})
	}
	places, err := print.Undrawable(s)
	if err == nil { // the sheet is made with the same fonts, and has been
		for _, place := range places {
			all = append(all, qr.Warning{Code: warnUndrawable, Text: fmt.Sprintf(sayUndrawable, place)})
		}
	}
	absent := []record.LeftOut{}
	for _, l := range left {
		if l.Why == fhir.WhyAstray {
			all = append(all, qr.Warning{Code: warnWhose, Text: fmt.Sprintf(sayWhose, l.What, l.Why)})
			continue
		}
		absent = append(absent, l)
	}
	return nonNil(all), absent
}

// tellWarnings says them on stderr.
func (a *app) tellWarnings(all []qr.Warning) {
	for _, w := range all {
		a.notef(sayAttention+"\n", clean(w.Text))
	}
}
