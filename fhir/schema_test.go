package fhir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
)

func TestPatientsAreFHIR(t *testing.T) {
	files, err := filepath.Glob("../testdata/patients/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("got %d patients and error %v, want six at least", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := fhirschema.Validate(data); err != nil {
				t.Error(err)
			}
		})
	}
}
