package peer

import (
	"encoding/json"
	"slices"
)

const (
	urlAbsent     = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	systemAbsent  = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
	urlBirthGiven = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
	urlOmitted    = "https://zoneblanche.example/fhir/StructureDefinition/omitted-entries"
	urlScript     = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
)

// slim takes from a resource what FHIR R4 does not demand and the card does not
// carry. What it leaves is still valid, and still says the same.
func slim(g *graph, r object) {
	for _, name := range forbidden {
		delete(r, name)
	}
	switch r["resourceType"] {
	case "Patient":
		slimPatient(g, r)
	case "MedicationStatement":
		// The drug inline, where the export refers to a Medication.
		if drug := g.target(r["medicationReference"]); drug != nil && drug["code"] != nil {
			r["medicationCodeableConcept"] = drug["code"]
			delete(r, "medicationReference")
		}
	case "Device":
		delete(r, "patient") // its DeviceUseStatement says whose it is
	case "Immunization":
		delete(r, "reportOrigin") // primarySource says it already
	case "Condition":
		keepCategories(r, func(code any) bool { return code != "problem-list-item" })
	case "Observation":
		// A vital sign is told from a result by its category alone.
		keepCategories(r, func(code any) bool { return code == "vital-signs" })
	case "CarePlan":
		if category := objects(r["category"]); len(category) > 0 && category[0]["text"] == r["title"] {
			delete(r, "title")
		}
	case "Practitioner", "Organization":
		slimIdentifiers(r)
	}
	slimValues(r)
	slimAbsent(r)
}

// target is the resource that a reference leads to.
func (g *graph) target(reference any) object {
	o, _ := reference.(object)
	ref, _ := o["reference"].(string)
	return g.resources[ref]
}

func slimPatient(g *graph, p object) {
	dropExtension(p, urlOmitted)
	slimIdentifiers(p)
	if p["gender"] == "unknown" {
		delete(p, "gender")
	}
	names := objects(p["name"])
	for _, name := range names {
		dropExtension(name, urlBirthGiven) // given says it too
		dropExtension(name, urlScript)
		if name["use"] == "usual" {
			delete(name, "given")
		} else if name["_family"] == nil || len(names) == 1 {
			delete(name, "use")
		}
	}
	for _, contact := range objects(p["contact"]) {
		if o := g.target(contact["organization"]); o != nil && o["telecom"] == nil && o["identifier"] == nil {
			contact["organization"] = object{"display": o["name"]}
		}
	}
	for _, ref := range objects(p["generalPractitioner"]) {
		doctor := g.target(ref)
		names := objects(doctor["name"])
		if doctor["resourceType"] == "Practitioner" && doctor["telecom"] == nil && doctor["identifier"] == nil && len(names) == 1 {
			delete(ref, "reference")
			ref["display"] = names[0]["text"]
		}
	}
}

// slimIdentifiers leaves system and value: the system says which kind it is.
func slimIdentifiers(r object) {
	for _, id := range objects(r["identifier"]) {
		delete(id, "use")
		delete(id, "type")
	}
}

// keepCategories keeps the categories whose first code is wanted.
func keepCategories(r object, wanted func(code any) bool) {
	var kept list
	for _, c := range objects(r["category"]) {
		coding := objects(c["coding"])
		if len(coding) > 0 && wanted(coding[0]["code"]) {
			delete(coding[0], "display")
			kept = append(kept, c)
		}
	}
	setOrDelete(r, "category", kept)
}

func dropExtension(o object, url string) {
	var kept list
	for _, e := range objects(o["extension"]) {
		if e["url"] != url {
			kept = append(kept, e)
		}
	}
	setOrDelete(o, "extension", kept)
}

func setOrDelete(o object, name string, items list) {
	if len(items) == 0 {
		delete(o, name)
		return
	}
	o[name] = items
}

// slimValues goes through concepts and quantities at any depth.
func slimValues(v any) {
	switch v := v.(type) {
	case object:
		if _, number := v["value"].(json.Number); number && v["code"] == v["unit"] {
			delete(v, "code") // the unit is what the card carries
			delete(v, "system")
		}
		codings := objects(v["coding"])
		switch {
		case slices.ContainsFunc(codings, func(c object) bool { return c["system"] == systemAbsent }):
			delete(v, "text") // "none known" in words, which the card does not carry
		case len(codings) > 0 && codings[0]["code"] == "11778-8" && codings[0]["display"] == nil:
			delete(v, "text") // the export's own words for the date of delivery
		}
		for _, inner := range v {
			slimValues(inner)
		}
	case list:
		for _, item := range v {
			slimValues(item)
		}
	}
}

// demanded are the elements that FHIR R4 demands, or an invariant of its
// (ait-1: an allergy has a clinical status), so that saying that they are unknown
// cannot be spared.
var demanded = map[string][]string{
	"AllergyIntolerance": {"clinicalStatus", "_clinicalStatus", "manifestation"},
	"Immunization":       {"_occurrenceDateTime", "_doseNumberString", "_status"},
	"Observation":        {"_status"}, "MedicationStatement": {"_status"}, "Procedure": {"_status"},
	"DeviceUseStatement": {"_status"}, "CarePlan": {"_status"},
	"Consent": {"_status", "category", "policyRule"},
}

// slimAbsent takes away what only says that something is unknown, where it may be
// left out instead.
func slimAbsent(r object) {
	kind, _ := r["resourceType"].(string)
	var walk func(o object)
	walk = func(o object) {
		for name, value := range o {
			if !slices.Contains(demanded[kind], name) && onlyAbsent(value) {
				delete(o, name)
				continue
			}
			switch v := value.(type) {
			case object:
				walk(v)
			case list:
				for _, item := range objects(v) {
					walk(item)
				}
			}
		}
	}
	walk(r)
}

func onlyAbsent(v any) bool {
	o, ok := v.(object)
	extensions := objects(o["extension"])
	return ok && len(o) == 1 && len(extensions) == 1 && extensions[0]["url"] == urlAbsent
}
