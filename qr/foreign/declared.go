package foreign

import (
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// Declared returns the vaccinations that r, believed, declares, as entries of a
// summary: every one marked as declared, with a note that names the kind of document
// and its issuer. Those of a SMART Health Card are what package fhir made of Raw,
// and are given; other documents have their own, and given is ignored. A reading
// that is not authentic declares nothing.
func (r *Reading) Declared(given []record.Immunization) []record.Immunization {
	if !r.Verified || r.Judgement.Verdict != record.Authentic {
		return nil
	}
	if r.Kind != KindSHC {
		return slices.Clone(r.Immunizations)
	}
	all := slices.Clone(given)
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
	return all
}
