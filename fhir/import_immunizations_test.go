package fhir

import (
	"os"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestImportImmunizations(t *testing.T) {
	bundle, err := os.ReadFile("../testdata/vectors/foreign/shc/examples/example-00-a-fhirBundle.json")
	if err != nil {
		t.Fatal(err)
	}
	patient, given, err := ImportImmunizations(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if patient.Name() != "John B. ANYPERSON" || patient.BirthDate != "1951-01-20" {
		t.Errorf("got somebody else, born on %s", patient.BirthDate)
	}
	if len(given) != 3 || given[0].Date != "2022-09-05" || given[2].Date != "2021-01-01" || !given[2].Vaccine.Has(record.SystemCVX, "207") || given[2].Lot != "0000001" {
		t.Errorf("got %+v", given)
	}
	// A vaccine that was not given, or taken back, is no vaccination.
	_, given, err = ImportImmunizations([]byte(`{"resourceType":"Bundle","type":"collection","entry":[
		{"fullUrl":"resource:0","resource":{"resourceType":"Patient","name":[{"family":"A"}]}},
		{"fullUrl":"resource:1","resource":{"resourceType":"Immunization","status":"not-done","vaccineCode":{"text":"B"},"patient":{"reference":"resource:0"}}},
		{"fullUrl":"resource:2","resource":{"resourceType":"Immunization","status":"entered-in-error","vaccineCode":{"text":"C"},"patient":{"reference":"resource:0"}}}]}`))
	if err != nil || len(given) != 0 {
		t.Errorf("got %+v, %v, want none", given, err)
	}
	for _, bad := range []string{"", "{}", `{"resourceType":"Bundle"}`, "[]"} {
		if _, _, err := ImportImmunizations([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
