package fhir

import (
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// The three states of a section: what the source says when it says "none" or
// "I do not know".

const (
	// systemAbsent begins the IPS code system of absent or unknown data; versions of
	// the guide differ in how they end it.
	systemAbsent       = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown"
	systemAbsentReason = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
)

type ipsKind int

const (
	ipsNone    ipsKind = iota + 1 // explicitly none known
	ipsNoInfo                     // explicitly no information
	ipsPartial                    // none known of one kind only
)

type ipsMeaning struct {
	id   record.SectionID
	kind ipsKind
}

// ipsAbsentCodes are the codes of the IPS system.
var ipsAbsentCodes = map[string]ipsMeaning{
	"no-known-allergies":               {record.Allergies, ipsNone},
	"no-allergy-info":                  {record.Allergies, ipsNoInfo},
	"no-known-medication-allergies":    {record.Allergies, ipsPartial},
	"no-known-environmental-allergies": {record.Allergies, ipsPartial},
	"no-known-food-allergies":          {record.Allergies, ipsPartial},
	"no-known-medications":             {record.Medications, ipsNone},
	"no-medication-info":               {record.Medications, ipsNoInfo},
	"no-known-problems":                {record.Problems, ipsNone},
	"no-problem-info":                  {record.Problems, ipsNoInfo},
	"no-known-procedures":              {record.Procedures, ipsNone},
	"no-procedure-info":                {record.Procedures, ipsNoInfo},
	"no-known-devices":                 {record.Devices, ipsNone},
	"no-device-info":                   {record.Devices, ipsNoInfo},
	"no-known-immunizations":           {record.Immunizations, ipsNone},
	"no-immunization-info":             {record.Immunizations, ipsNoInfo},
}

// ipsAbsentSNOMED are the SNOMED CT codes of the IPS value set "absent or unknown".
var ipsAbsentSNOMED = map[string]ipsMeaning{
	"716186003": {record.Allergies, ipsNone},
	"409137002": {record.Allergies, ipsPartial}, // drug
	"428607008": {record.Allergies, ipsPartial}, // environmental
	"429625007": {record.Allergies, ipsPartial}, // food
	"787481004": {record.Medications, ipsNone},
	"160245001": {record.Problems, ipsNone},
	"787480003": {record.Procedures, ipsNone},
	"787483001": {record.Devices, ipsNone},
	"787482006": {record.Immunizations, ipsNone},
}

// meaning finds what a concept says about a whole section. A concept that says
// both of a part and of the whole says it of the whole.
func (c ipsConcept) meaning() (ipsMeaning, bool) {
	var found ipsMeaning
	for _, coding := range c.Coding {
		var m ipsMeaning
		switch {
		case strings.HasPrefix(string(coding.System), systemAbsent):
			m = ipsAbsentCodes[string(coding.Code)]
		case coding.System == record.SystemSNOMED:
			m = ipsAbsentSNOMED[string(coding.Code)]
		}
		if m.kind != 0 && (found.kind == 0 || m.kind < found.kind) {
			found = m
		}
	}
	return found, found.kind != 0
}

// ipsClaim is "none known" or "no information" as said of one section.
type ipsClaim struct {
	ipsMeaning
	resource *ipsResource // nil for an emptyReason
	place    ipsPlace
}

// claimCode notes an entry whose code says something about its whole section.
func (im *ipsImport) claimCode(r *ipsResource, place ipsPlace) bool {
	name := map[string]string{
		"AllergyIntolerance": "code", "Condition": "code", "Procedure": "code", "Immunization": "vaccineCode",
		"MedicationStatement": "medicationCodeableConcept", "MedicationRequest": "medicationCodeableConcept",
	}[r.Type]
	var concept ipsConcept
	switch {
	case r.Type == "DeviceUseStatement":
		if device := im.resolve(r, ipsGet[ipsReference](r.ipsNode, "device")); device != nil {
			concept = ipsGet[ipsConcept](device.ipsNode, "type")
			if _, ok := concept.meaning(); ok && device.fate == ipsPending {
				device.fate = ipsInfrastructure
			}
		}
	case r.has("medicationReference") && !r.has(name):
		if drug := im.resolve(r, ipsGet[ipsReference](r.ipsNode, "medicationReference")); drug != nil && drug.Type == "Medication" {
			concept = ipsGet[ipsConcept](drug.ipsNode, "code")
			if _, ok := concept.meaning(); ok && drug.fate == ipsPending {
				drug.fate = ipsInfrastructure
			}
		}
	case name != "":
		concept = ipsGet[ipsConcept](r.ipsNode, name)
	}
	meaning, ok := concept.meaning()
	if !ok {
		return false
	}
	switch clinical := r.code("clinicalStatus"); {
	case meaning.id != place.id:
		im.list(r, place, whyType)
	case meaning.kind == ipsPartial:
		im.list(r, place, whyPartialNone)
	case meaning.kind == ipsNone && place.past:
		im.list(r, place, whyPastNone)
	case clinical == "inactive" || clinical == "resolved":
		im.list(r, place, whyCancelled)
	default:
		r.fate = ipsCarried // until the claims are settled
		im.claims = append(im.claims, ipsClaim{meaning, r, place})
	}
	return true
}

// claimEmpty notes why a section is empty.
func (im *ipsImport) claimEmpty(place ipsPlace, code string) {
	if place.id == "" {
		return // a section that is not carried, and holds nothing
	}
	kind := ipsNoInfo
	// The section of past illnesses says nothing of present ones.
	if code == "nilknown" && !place.past {
		kind = ipsNone
	}
	im.claims = append(im.claims, ipsClaim{ipsMeaning{place.id, kind}, nil, place})
}

// settleClaims decides, once every entry is read, which claims hold. Entries win
// over "none known", and so does "no information": of two answers, the one that
// makes the doctor ask.
func (im *ipsImport) settleClaims() {
	unknown := map[record.SectionID]bool{}
	for _, c := range im.claims {
		unknown[c.id] = unknown[c.id] || (c.kind == ipsNoInfo && !c.place.past)
	}
	for _, c := range im.claims {
		empty := im.summary.Section(c.id).Len() == 0
		holds := empty
		why := whyInformation
		if c.kind == ipsNone {
			holds = empty && !im.blocked[c.id] && !unknown[c.id]
			why = whyContradicted
		}
		if holds && c.kind == ipsNone {
			im.setNone(c.id)
		}
		switch {
		case c.resource == nil && !holds && (c.kind == ipsNone || !c.place.past):
			info, _ := record.InfoOf(c.id)
			said := record.NotFilledIn
			if c.kind == ipsNone {
				said = info.NoneKnown
			}
			im.leave(c.place.what("", said), why)
		case c.resource != nil && !holds:
			c.resource.fate = ipsPending
			im.list(c.resource, c.place, why)
		case c.resource != nil:
			if c.resource.has("note") {
				im.leave(c.place.what("", im.titleOf(c.resource)), whyDetails+ipsElementWord("note"))
			}
		}
	}
}

func (im *ipsImport) setNone(id record.SectionID) {
	s := im.summary
	switch id {
	case record.Allergies:
		s.Allergies.None = true
	case record.Medications:
		s.Medications.None = true
	case record.Problems:
		s.Problems.None = true
	case record.PregnancyID:
		s.Pregnancy.None = true
	case record.Devices:
		s.Devices.None = true
	case record.Procedures:
		s.Procedures.None = true
	case record.Immunizations:
		s.Immunizations.None = true
	case record.Results:
		s.Results.None = true
	case record.VitalSigns:
		s.VitalSigns.None = true
	case record.CarePlan:
		s.CarePlan.None = true
	case record.Directives:
		s.Directives.None = true
	}
}
