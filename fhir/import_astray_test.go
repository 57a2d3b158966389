package fhir

import (
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// An entry whose patient reference leads nowhere is carried, and whoever prints is
// told of that entry and of no other.
func TestReferenceToNobody(t *testing.T) {
	for _, c := range []struct {
		name, reference string
		told            bool
	}{
		{"the patient", `{"reference":"urn:uuid:aaaaaaaa-0000-4000-8000-000000000001"}`, false},
		{"nobody of the file", `{"reference":"urn:uuid:bbbbbbbb-0000-4000-8000-000000000002"}`, true},
		{"a patient of a server", `{"reference":"Patient/42"}`, true},
		{"somebody by an identifier", `{"identifier":{"system":"urn:x","value":"7"}}`, true},
		{"words alone", `{"display":"Anne"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, left, err := ImportBundle(strings.NewReader(`{"resourceType":"Bundle","type":"collection","entry":[
				{"fullUrl":"urn:uuid:aaaaaaaa-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","name":[{"family":"A"}]}},
				{"fullUrl":"urn:uuid:aaaaaaaa-0000-4000-8000-000000000003","resource":{"resourceType":"AllergyIntolerance","code":{"text":"Arachide"},"patient":` + c.reference + `}},
				{"fullUrl":"urn:uuid:aaaaaaaa-0000-4000-8000-000000000004","resource":{"resourceType":"AllergyIntolerance","code":{"text":"Lait"},"patient":{"reference":"urn:uuid:aaaaaaaa-0000-4000-8000-000000000001"}}}]}`))
			if err != nil {
				t.Fatal(err)
			}
			if s.Allergies.Len() != 2 {
				t.Fatalf("got %d allergies, want both", s.Allergies.Len())
			}
			told := []record.LeftOut{}
			for _, l := range left {
				if l.Why == WhyAstray {
					told = append(told, l)
				}
			}
			if c.told != (len(told) == 1 && strings.Contains(told[0].What, "Arachide")) || !c.told && len(told) > 0 {
				t.Errorf("got %v, want told %v", told, c.told)
			}
		})
	}
}
