package fhirschema_test

import (
	"testing"

	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, json string
		valid      bool
	}{
		{"a patient", `{"resourceType":"Patient","gender":"female","birthDate":"2009"}`, true},
		{"a bundle around a patient", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}}]}`, true},
		{"not JSON", `{"resourceType":`, false},
		{"not an object", `[]`, false},
		{"no type", `{"gender":"female"}`, false},
		{"unknown type", `{"resourceType":"Malade"}`, false},
		{"unknown element", `{"resourceType":"Patient","genre":"female"}`, false},
		{"wrong type of element", `{"resourceType":"Patient","name":{"family":"X"}}`, false},
		{"code outside a closed list", `{"resourceType":"Patient","gender":"F"}`, false},
		{"date that is none", `{"resourceType":"Patient","birthDate":"14/03/2009"}`, false},
		{"missing element", `{"resourceType":"Observation"}`, false},
		{"wrong resource in a bundle", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","genre":"x"}}]}`, false},
		{"wrong contained resource", `{"resourceType":"Patient","contained":[{"resourceType":"Patient","genre":"x"}]}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := fhirschema.Validate([]byte(c.json)); (err == nil) != c.valid {
				t.Errorf("got error %v, want valid %v", err, c.valid)
			}
		})
	}
}
