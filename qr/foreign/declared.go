package foreign

import (
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// Declared returns the vaccinations that r, believed, declares, as entries of a
// summary: every one marked as declared, with a note that names the kind of document
// and its issuer. Those of a SMART Health Card are what package fhir made of Raw,
// and are given; other documents have their own, and given is ignored. A reading
// that is neither authentic nor [Reading.Lapsed] declares nothing. That a document has
// lapsed takes no dose back, and the note says it: a COVID certificate ends a year
// after it was made at the latest.
func (r *Reading) Declared(given []record.Immunization) []record.Immunization {
	if !r.Verified || r.Judgement.Verdict != record.Authentic && !r.Lapsed {
		return nil
	}
	all := slices.Clone(given)
	if r.Kind != KindSHC {
		all = slices.Clone(r.Immunizations)
	} else {
		r.declareCards(all)
	}
	if r.Lapsed {
		for i := range all {
			all[i].Note += noteLapsed
		}
	}
	return all
}

// declareCards completes the vaccinations of a SMART Health Card, in place.
func (r *Reading) declareCards(all []record.Immunization) {
	for i := range all {
		v := &all[i]
		v.Declared = true
		note := noteDeclared(wordSHC, r.Issuer)
		if v.Note != "" {
			note += " / " + v.Note
		}
		v.Note = note
		if code, ok := v.Vaccine.In(record.SystemCVX); ok && v.Vaccine.String() == code {
			// The standard leaves labels out of cards; a bare number tells a doctor nothing.
			v.Vaccine.Label = wordCVX(code)
		}
	}
}
