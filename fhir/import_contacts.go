package fhir

import (
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// ipsRoles maps codes of relationship to roles. The French ones are of TRE_R260
// (HL7 RoleClass with French meanings: there NOK is the trusted person that the
// patient has named), the others of HL7's own systems.
var ipsRoles = map[string]map[string]record.Role{
	"https://mos.esante.gouv.fr/NOS/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass": {
		"ECON": record.RoleEmergency, "NOK": record.RoleTrusted, "QUAL": record.RoleTrusted, "GUARD": record.RoleHolder,
		"CAREGIVER": record.RoleOther, "CON": record.RoleOther,
	},
	systemContactRole: {
		"emergency": record.RoleEmergency, "trusted": record.RoleTrusted, "attending": record.RoleDoctor, "other": record.RoleOther,
		"legal_guardian": record.RoleHolder, "nurse": record.RoleNurse, "pharmacy": record.RolePharmacy, "care_home": record.RoleFacility,
		"directive_agent": record.RoleDirective,
	},
	"http://terminology.hl7.org/CodeSystem/v2-0131":      {"C": record.RoleEmergency, "EP": record.RoleEmergency, "N": record.RoleOther},
	"http://terminology.hl7.org/CodeSystem/v3-RoleClass": {"ECON": record.RoleEmergency, "GUARD": record.RoleHolder, "NOK": record.RoleOther},
	"http://terminology.hl7.org/CodeSystem/v3-RoleCode":  {"GUARD": record.RoleHolder, "HPOWATT": record.RoleTrusted, "ECON": record.RoleEmergency},
}

// systemCategory is the French list of kinds of establishments (TRE_R66), in
// which 500 is a nursing home (Ehpad).
const (
	systemCategory = "https://mos.esante.gouv.fr/NOS/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
	categoryEhpad  = "500"
)

// readContacts reads whom to call: the patient's contacts, the attending doctor,
// and the nursing home where the patient lives.
func (im *ipsImport) readContacts(p *ipsResource) {
	for _, c := range ipsAll[*ipsNode](p.ipsNode, "contact") {
		im.readContact(p, c)
	}
	for _, ref := range ipsAll[ipsReference](p.ipsNode, "generalPractitioner") {
		contact := record.Contact{Role: record.RoleDoctor}
		if !im.professional(p, ref, &contact) {
			im.leave(wordContact+" : "+record.RoleDoctor.French(), whyUnresolved)
			continue
		}
		im.addContact(contact)
	}
	if !p.has("managingOrganization") {
		return
	}
	home := im.resolve(p, ipsGet[ipsReference](p.ipsNode, "managingOrganization"))
	if home == nil || !ipsAnyHas(ipsAll[ipsConcept](home.ipsNode, "type"), systemCategory, categoryEhpad) {
		p.lose("managingOrganization")
		return
	}
	home.fate = ipsInfrastructure
	im.addContact(record.Contact{Role: record.RoleFacility, Organisation: home.text("name"), Phone: home.phone("telecom")})
}

func ipsAnyHas(concepts []ipsConcept, system, code string) bool {
	for _, c := range concepts {
		if c.has(system, code) {
			return true
		}
	}
	return false
}

// readContact reads one Patient.contact or RelatedPerson. Somebody with two roles
// becomes two contacts, so that each role is found where it is looked for.
func (im *ipsImport) readContact(from *ipsResource, n *ipsNode) {
	base := record.Contact{Phone: n.phone("telecom"), RPPS: im.contactNumber(n)}
	if names := ipsAll[ipsName](n, "name"); len(names) > 0 {
		base.Name = names[0].full()
		if len(names) > 1 {
			n.lose("name")
		}
	}
	roles, relation := ipsRelationship(ipsAll[ipsConcept](n, "relationship"))
	base.Relation = relation
	if n.has("organization") {
		ref := ipsGet[ipsReference](n, "organization")
		if org := im.resolve(from, ref); org != nil && org.Type == "Organization" {
			org.fate = ipsInfrastructure
			base.Organisation = org.text("name")
			if base.Phone == "" {
				base.Phone = org.phone("telecom")
			}
		} else if base.Organisation = ipsClean(string(ref.Display)); base.Organisation == "" {
			n.lose("organization")
		}
	}
	if base.Name == "" && base.Organisation == "" && base.Phone == "" && base.RPPS == "" {
		im.leave(wordContact, whyNoCode)
		return
	}
	for _, role := range roles {
		contact := base
		contact.Role = role
		im.addContact(contact)
	}
	n.skip("gender")
	im.rest(n)
	if len(n.lost) > 0 {
		im.leave(wordContact+" : "+roles[0].French(), whyDetails+ipsJoin(", ", n.lost...))
	}
}

// ipsRelationship sorts codes of relationship into roles and the words that tell
// the family tie.
func ipsRelationship(concepts []ipsConcept) (roles []record.Role, relation string) {
	var ties []string
	for _, c := range concepts {
		found := false
		for _, coding := range c.Coding {
			role, ok := ipsRoles[string(coding.System)][string(coding.Code)]
			if ok {
				found = true
				if role != record.RoleOther {
					roles = append(roles, role)
				}
			}
		}
		if found && c.Text == "" {
			continue // the role's own words are not a tie
		}
		if label := c.label(); label != "" {
			ties = append(ties, label)
		}
	}
	var once []record.Role
	for _, role := range roles {
		if len(once) == 0 || once[0] != role && once[len(once)-1] != role {
			once = append(once, role)
		}
	}
	if len(once) == 0 {
		once = []record.Role{record.RoleOther}
	}
	return once, ipsJoin(", ", ties...)
}

func (im *ipsImport) addContact(c record.Contact) {
	if im.met[c] {
		return
	}
	if im.met == nil {
		im.met = map[record.Contact]bool{}
	}
	im.met[c] = true
	im.summary.Contacts = append(im.summary.Contacts, c)
}

// professional fills a contact from a Practitioner, a PractitionerRole or an
// Organization; it reports whether there was anything to fill it from.
func (im *ipsImport) professional(from *ipsResource, ref ipsReference, out *record.Contact) bool {
	r := im.resolve(from, ref)
	if r == nil {
		out.Name = ipsClean(string(ref.Display))
		return out.Name != ""
	}
	r.fate = ipsInfrastructure
	switch r.Type {
	case "Practitioner":
		if names := ipsAll[ipsName](r.ipsNode, "name"); len(names) > 0 {
			out.Name = names[0].full()
		}
		out.RPPS = im.rpps(r)
		if phone := r.phone("telecom"); out.Phone == "" {
			out.Phone = phone
		}
	case "PractitionerRole":
		out.Phone = r.phone("telecom")
		for _, part := range []string{"practitioner", "organization"} {
			if !r.has(part) {
				continue
			}
			inner := ipsGet[ipsReference](r.ipsNode, part)
			// A role that names a role would lead round for ever.
			if target := im.resolve(r, inner); target == nil || target.Type != "PractitionerRole" {
				im.professional(r, inner, out)
			}
		}
	case "Organization":
		out.Organisation = r.text("name")
		if phone := r.phone("telecom"); out.Phone == "" {
			out.Phone = phone
		}
	default:
		out.Name = ipsClean(string(ref.Display))
	}
	return out.Name != "" || out.Organisation != "" || out.RPPS != ""
}

// rpps finds a professional's national number, in either of its two systems.
func (im *ipsImport) rpps(r *ipsResource) string {
	for _, id := range ipsAll[ipsIdentifier](r.ipsNode, "identifier") {
		value := ipsClean(string(id.Value))
		switch id.System {
		case record.SystemRPPS:
		case record.SystemIDNat:
			if !strings.HasPrefix(value, "8") {
				continue
			}
			value = value[1:]
		default:
			continue
		}
		if record.CheckRPPS(value) == nil {
			return value
		}
		im.leave(wordContact, whyRPPS)
	}
	return ""
}

// finess finds a structure's national number, in either of its two systems.
func (im *ipsImport) finess(r *ipsResource) string {
	for _, id := range ipsAll[ipsIdentifier](r.ipsNode, "identifier") {
		value := ipsClean(string(id.Value))
		switch id.System {
		case record.SystemFINESS:
		case record.SystemStruct:
			if !strings.HasPrefix(value, "1") {
				continue
			}
			value = value[1:]
		default:
			continue
		}
		if record.CheckFINESS(value) == nil {
			return value
		}
		im.leave(wordSummary, whyFINESS)
	}
	return ""
}

// readAuthor reads who wrote the document. A professional comes before the
// structure; software is not an author.
func (im *ipsImport) readAuthor(c *ipsResource, ref ipsReference) {
	r := im.resolve(c, ref)
	out := &im.summary.Author
	if r != nil && (r.Type == "Device" || r.Type == "Patient" || r.Type == "RelatedPerson") {
		if r.fate == ipsPending {
			r.fate = ipsInfrastructure
		}
		if r.Type == "Device" {
			return
		}
		if r == im.patient && out.Name == "" {
			out.Name = im.summary.Patient.Name()
		}
		return
	}
	var found record.Contact
	known := im.professional(c, ref, &found)
	finess := ""
	if org := im.organisationOf(c, ref); org != nil && out.Organisation == "" && out.FINESS == "" {
		finess = im.finess(org)
	}
	if !known && finess == "" {
		im.leave(wordSummary, whyUnresolved)
		return
	}
	person := found.Name != "" || found.RPPS != ""
	switch {
	case person && (out.Name != "" || out.RPPS != ""):
		im.leave(wordSummary+" : "+found.Name, whySecondAuthor)
		return
	case !person && (out.Organisation != "" || out.FINESS != ""):
		im.leave(wordSummary+" : "+found.Organisation, whySecondAuthor)
		return
	}
	if person {
		out.Name, out.RPPS = found.Name, found.RPPS
	}
	if out.Organisation == "" && out.FINESS == "" {
		out.Organisation, out.FINESS = found.Organisation, finess
	}
}

// organisationOf is the Organization that a reference leads to, by way of a role
// where there is one.
func (im *ipsImport) organisationOf(from *ipsResource, ref ipsReference) *ipsResource {
	r := im.resolve(from, ref)
	if r != nil && r.Type == "PractitionerRole" {
		r = im.resolve(r, ipsGet[ipsReference](r.ipsNode, "organization"))
	}
	if r != nil && r.Type == "Organization" {
		return r
	}
	return nil
}

// readRelatives takes the related persons of the Bundle as contacts.
func (im *ipsImport) readRelatives() {
	for _, r := range im.resources {
		if r.Type != "RelatedPerson" || r.fate != ipsPending {
			continue
		}
		if about := im.resolve(r, ipsGet[ipsReference](r.ipsNode, "patient")); about != im.patient || about == nil {
			im.list(r, ipsPlace{}, whyOtherPerson)
			continue
		}
		r.fate = ipsCarried
		r.skip("active")
		im.readContact(r, r.ipsNode)
	}
}
