package fhir

import (
	"slices"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// Code systems and extensions of the patient, as FR Core has them.
const (
	systemReliability = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
	systemTown        = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
	systemCountry     = "https://mos.esante.gouv.fr/NOS/TRE_R20-Pays/FHIR/TRE-R20-Pays"
	systemRoleClass   = "https://mos.esante.gouv.fr/NOS/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass"
	extScript         = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
)

// codesINS are the types of the INS identifiers in FR Core.
var codesINS = map[string]string{
	record.OIDINSNIR: "INS-NIR", record.OIDINSNIA: "INS-NIA", record.OIDINSTest: "INS-NIR-TEST", record.OIDINSDemo: "INS-NIR-DEMO",
}

// writePatient writes who the summary is about and whom to call.
func (x *exporter) writePatient() {
	p := x.s.Patient
	r, ref := x.resource("Patient")
	x.patient = ref
	var extensions []*expObject
	if p.Qualified {
		extensions = append(extensions, newObject("url", extReliability, "extension", []*expObject{
			newObject("url", "identityStatus", "valueCoding", newObject("system", systemReliability, "code", "VALI")),
		}))
	}
	if p.BirthPlace != "" {
		system := systemTown
		if strings.HasPrefix(p.BirthPlace, "99") {
			system = systemCountry
		}
		extensions = append(extensions, newObject("url", extBirthPlace, "valueAddress", newObject("extension", []*expObject{
			newObject("url", extINSEE, "valueCoding", newObject("system", system, "code", ipsClean(p.BirthPlace))),
		})))
	}
	r.put("extension", append(extensions, x.count(extOmitted, x.s.ContactsOmitted)))
	r.put("identifier", expIdentifiers(p))
	r.put("name", expNames(p))
	contacts, doctors := x.contacts()
	switch p.Sex {
	case record.Female:
		r.put("gender", "female")
	case record.Male:
		r.put("gender", "male")
	case record.Other:
		r.put("gender", "other")
	default:
		r.put("gender", "unknown")
	}
	born, _, _ := strings.Cut(x.date(p.BirthDate), "T") // no time of day in a birth date
	r.put("birthDate", born)
	if born == "" {
		r.put("_birthDate", expAbsent())
	}
	r.put("contact", contacts)
	r.put("generalPractitioner", doctors)
}

// expIdentifiers writes the INS, then the others.
func expIdentifiers(p record.Patient) []*expObject {
	var out []*expObject
	if !p.INS.Empty() {
		id := newObject("use", "official", "type", expCoded(systemFRCore0203, codesINS[p.INS.OID], ""))
		id.uri(p.INS.System())
		id.text("value", p.INS.Matricule)
		out = append(out, id)
	}
	for _, i := range p.Identifiers {
		id := &expObject{}
		id.one("extension", expWords(extNote, i.Label))
		id.uri(i.System)
		id.text("value", i.Value)
		out = append(out, id)
	}
	return out
}

// expNames writes the birth name as the official one, the used name as the usual
// one, and the original spelling as another representation of the same name.
func expNames(p record.Patient) []*expObject {
	var given []string
	for _, g := range p.GivenNames {
		if g = ipsClean(g); g != "" {
			given = append(given, g)
		}
	}
	var out []*expObject
	official := newObject("use", "official")
	// The list of birth names is one string in FR Core, and cannot tell where a
	// name with a space in it ends.
	if all := strings.Join(given, " "); len(given) > 0 && slices.Equal(strings.Fields(all), given) {
		official.one("extension", newObject("url", extBirthGiven, "valueString", all))
	}
	official.text("family", p.BirthName)
	if ipsClean(p.BirthName) == "" {
		official.put("_family", expAbsent())
	}
	official.put("given", given)
	out = append(out, official)
	if p.UsedName != "" {
		usual := newObject("use", "usual")
		usual.text("family", p.UsedName)
		usual.put("given", given[:min(1, len(given))])
		out = append(out, usual)
	}
	if p.Original != "" {
		original := newObject("use", "official")
		original.one("extension", newObject("url", extScript, "valueCode", "IDE"))
		original.text("text", p.Original)
		out = append(out, original)
	}
	return out
}
