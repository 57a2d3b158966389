package fhir

import (
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// systemContactRole has the values of [record.Role] as codes, for the roles that
// no published list has.
const systemContactRole = "https://zoneblanche.example/fhir/CodeSystem/contact-role"

// expRoles are the roles that the French list of relationships has.
var expRoles = map[record.Role]string{
	record.RoleEmergency: "ECON", record.RoleTrusted: "NOK", record.RoleHolder: "GUARD", record.RoleOther: "CON",
}

// contacts writes the doctors as general practitioners and the others as contacts
// of the patient. A doctor of whom a general practitioner cannot say everything
// makes all doctors contacts, so that they keep their order.
func (x *exporter) contacts() (contacts, doctors []*expObject) {
	plain := !slices.ContainsFunc(x.s.Contacts, func(c record.Contact) bool {
		return c.Role == record.RoleDoctor && (c.Relation != "" || c.Name == "" && c.RPPS == "" && c.Organisation == "")
	})
	for _, c := range x.s.Contacts {
		if c.Role == record.RoleDoctor && plain {
			doctors = append(doctors, expReference(x.doctor(c)))
			continue
		}
		contacts = append(contacts, x.contact(c))
	}
	return contacts, doctors
}

func (x *exporter) contact(c record.Contact) *expObject {
	o := &expObject{}
	if number := ipsClean(c.RPPS); number != "" {
		o.one("extension", newObject("url", extContactID, "valueIdentifier", newObject("system", record.SystemRPPS, "value", number)))
	}
	role := expCoded(systemContactRole, ipsClean(string(c.Role)), "")
	if code, ok := expRoles[c.Role]; ok {
		role = expCoded(systemRoleClass, code, "")
	}
	tie := &expObject{}
	tie.text("text", c.Relation)
	o.put("relationship", []*expObject{role, tie})
	name, phone := expPersonName(c.Name), expPhone(c.Phone)
	if name.empty() && phone == nil && c.Organisation == "" {
		name = expAbsent() // FHIR wants more of a contact than a number
	}
	o.put("name", name)
	o.put("telecom", phone)
	if name := ipsClean(c.Organisation); name != "" {
		o.put("organization", expReference(x.organisation(expPerson{organisation: name})))
	}
	return o
}

// doctor writes an attending doctor: a person, a structure, or a person in a
// structure.
func (x *exporter) doctor(c record.Contact) string {
	phone := ipsClean(c.Phone)
	structure := expPerson{organisation: ipsClean(c.Organisation)}
	person := expPerson{name: ipsClean(c.Name), number: ipsClean(c.RPPS)}
	switch {
	case structure.organisation == "":
		person.phone = phone
		return x.practitioner(person)
	case person == expPerson{}:
		structure.phone = phone
		return x.organisation(structure)
	}
	practitioner, organisation := x.practitioner(person), x.organisation(structure)
	r, ref := x.resource("PractitionerRole")
	r.put("practitioner", expReference(practitioner))
	r.put("organization", expReference(organisation))
	r.put("telecom", expPhone(phone))
	return ref
}

// expPerson is what a Practitioner or an Organization says of itself. Two of the
// document that say the same are one; the telephone is part of it, since a
// contact without one must not be given another's.
type expPerson struct {
	name, organisation string
	number             string // RPPS or FINESS
	phone              string
}

func (x *exporter) practitioner(p expPerson) string {
	if ref, ok := x.professionals[p]; ok {
		return ref
	}
	r, ref := x.resource("Practitioner")
	r.put("identifier", expNumbered("RPPS", record.SystemRPPS, p.number))
	r.one("name", expPersonName(p.name))
	r.put("telecom", expPhone(p.phone))
	x.remember(p, ref)
	return ref
}

func (x *exporter) organisation(p expPerson) string {
	if ref, ok := x.professionals[p]; ok {
		return ref
	}
	r, ref := x.resource("Organization")
	r.put("identifier", expNumbered("FINEG", record.SystemFINESS, p.number))
	r.text("name", p.organisation)
	r.put("telecom", expPhone(p.phone))
	x.remember(p, ref)
	return ref
}

func (x *exporter) remember(p expPerson, ref string) {
	if x.professionals == nil {
		x.professionals = map[expPerson]string{}
	}
	x.professionals[p] = ref
}

// authors writes who made the summary, and the structure that keeps it. FHIR wants
// an author: where nobody is named, the program says that it assembled the
// document, which makes it the author of nothing.
func (x *exporter) authors() (authors []*expObject, keeper string) {
	a := x.s.Author
	person := expPerson{name: ipsClean(a.Name), number: ipsClean(a.RPPS)}
	structure := expPerson{organisation: ipsClean(a.Organisation), number: ipsClean(a.FINESS)}
	switch {
	case person == expPerson{}:
	case person.number == "" && person.name == x.s.Patient.Name():
		authors = append(authors, expReference(x.patient))
	default:
		authors = append(authors, expReference(x.signatory(person)))
	}
	if structure != (expPerson{}) {
		keeper = x.organisation(structure)
		authors = append(authors, expReference(keeper))
	}
	if len(authors) == 0 {
		r, ref := x.resource("Device")
		r.one("deviceName", newObject("name", programName, "type", "user-friendly-name"))
		authors = append(authors, expReference(ref))
	}
	return authors, keeper
}

// signatory is the practitioner who signs, the attending doctor's own entry where
// that is the same person.
func (x *exporter) signatory(person expPerson) string {
	for _, c := range x.s.Contacts {
		same := expPerson{name: ipsClean(c.Name), number: ipsClean(c.RPPS)}
		if same == person && c.Organisation == "" {
			same.phone = ipsClean(c.Phone)
			if ref, ok := x.professionals[same]; ok {
				return ref
			}
		}
	}
	return x.practitioner(person)
}

func expNumbered(kind, system, number string) []*expObject {
	if number == "" {
		return nil
	}
	return []*expObject{newObject("type", expCoded(systemFRCore0203, kind, ""), "system", system, "value", number)}
}

func expPersonName(name string) *expObject {
	o := &expObject{}
	o.text("text", name)
	return o
}

func expPhone(number string) []*expObject {
	if number = ipsClean(number); number == "" {
		return nil
	}
	return []*expObject{newObject("system", "phone", "value", number)}
}
