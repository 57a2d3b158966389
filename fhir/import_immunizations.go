package fhir

import (
	"bytes"

	"github.com/zoneblanche/zoneblanche/record"
)

// ImportImmunizations reads the vaccinations of a Bundle that another document
// carries, a SMART Health Card above all, and whose they are. Vaccines that were not
// given are left out: they are no vaccinations.
// Errors are those of [ImportBundle].
func ImportImmunizations(bundle []byte) (patient record.Patient, given []record.Immunization, err error) {
	s, _, err := ImportBundle(bytes.NewReader(bundle))
	if err != nil {
		return record.Patient{}, nil, err
	}
	for _, v := range s.Immunizations.Entries {
		if v.Status == "" || v.Status == "completed" {
			given = append(given, v)
		}
	}
	return s.Patient, given, nil
}
