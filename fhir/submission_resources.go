package fhir

import (
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Profiles of PDSm 3.1.1 (ANS, "Partage de documents de santé en mobilité").
const (
	profileBundle    = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-provide-document-bundle"
	profileList      = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive"
	profileReference = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"
)

// Extensions and code systems of IHE MHD.
const (
	extDesignation   = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType"
	extSourceID      = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId"
	extSourcePatient = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourcePatientId"
	systemListTypes  = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
	systemIDTypes    = "https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType"
	systemFormats    = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
)

// Code systems of the French nomenclatures (ANS, NOS) and of HL7.
const (
	systemClass       = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
	systemSector      = "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
	systemSetting     = "https://mos.esante.gouv.fr/NOS/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
	systemFRCore0203  = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
	systemSecurity    = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	codeNote          = "11488-4" // LOINC
	codeReport        = "10"      // TRE_A03: Compte rendu; 11 is Synthèse
	codeOffice        = "SA07"
	codeAmbulatory    = "AMBULATOIRE"
	codeNormal        = "N"
	codeSubmissionSet = "submissionset"
	// formatByMimeType says that the media type tells the whole format, which is
	// true of plain text. The xds-sd formats promise a CDA document around it.
	formatByMimeType = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
	textPlain        = "text/plain"
	// codePhotograph is LOINC's "Photographic image".
	codePhotograph = "72170-4"
	codeImaging    = "31" // TRE_A03: Imagerie médicale
	codeReplaces   = "replaces"
	// typeUniqueID says of a related identifier that it is a document's unique id
	// (ITI TF-3, table 4.2.3.1.7-2).
	typeUniqueID   = "urn:ihe:iti:xds:2013:uniqueId"
	languageFrench = "fr-FR"
)

// Ids of contained resources.
const (
	containedPatient      = "patient"
	containedPractitioner = "practitioner"
	containedRole         = "role"
	containedOrganization = "organization"
)

// submissionList is the SubmissionSet (profile pdsm-submissionset-comprehensive).
func submissionList(c record.Consultation, opt SubmissionOptions, ids submissionIDs, title string) itiList {
	uuidURN := urnUUID + ids.submission.String()
	list := itiList{
		ResourceType: "List",
		Meta:         itiMeta{Profile: []string{profileList}},
		Contained:    contained(c, opt),
		Extension: []itiExtension{
			{URL: extDesignation, Concept: opt.facility()},
			{URL: extSourceID, Identifier: &itiIdentifier{System: systemURI, Value: opt.sourceID(c)}},
			{URL: extSourcePatient, Reference: &itiReference{Reference: "#" + containedPatient}},
		},
		Identifier: []itiIdentifier{
			{Use: "usual", System: systemURI, Value: oidOf(ids.submission)}, // uniqueId
			{Use: "official", Type: coded(systemIDTypes, "entryUUID", ""), System: systemURI, Value: uuidURN},
		},
		Status:  "current",
		Mode:    "working",
		Title:   title,
		Code:    *coded(systemListTypes, codeSubmissionSet, ""),
		Subject: subject(c.Patient),
		Date:    string(record.DateOf(opt.signedAt(c))),
		// PDSm allows a PractitionerRole, a Device or a Patient here, not a bare
		// Practitioner.
		Source: itiReference{Reference: "#" + containedRole},
		Entry:  []itiListEntry{{Item: itiReference{Reference: ids.refURL}}},
	}
	if opt.JournalHead != "" {
		list.Extension = append(list.Extension, itiExtension{URL: ExtensionJournalHead, String: opt.JournalHead})
	}
	return list
}

// document is what the description of a document says of it, beside whose it is
// and who made it.
type document struct {
	kind, class *itiConcept
	mediaType   string
	title       string
	size        int
	sum         []byte    // SHA-1, as attachment.hash is defined; not a protection
	begun       time.Time // when the act began
	made        time.Time // when the document was made
	replaces    *Replaced
	noteID      string // unique id of the note that it belongs to, or ""
	caption     string // what it shows, in words, or ""
}

// documentReference is the document's description (profile
// pdsm-comprehensive-document-reference). Its dates are those of the annexe
// "dates XDS et FHIR": date and attachment.creation say when the document was
// made, context.period.start when the act began.
func documentReference(c record.Consultation, opt SubmissionOptions, ids submissionIDs, d document) itiDocumentReference {
	created := string(record.DateOf(opt.local(d.made)))
	role := itiReference{Reference: "#" + containedRole}
	out := itiDocumentReference{
		ResourceType:     "DocumentReference",
		Meta:             itiMeta{Profile: []string{profileReference}},
		Contained:        contained(c, opt),
		MasterIdentifier: itiIdentifier{Use: "usual", System: systemURI, Value: urnUUID + ids.document.String()},
		Status:           "current",
		Type:             *d.kind,
		Category:         []itiConcept{*d.class},
		Subject:          subject(c.Patient),
		Date:             created,
		Author:           []itiReference{role},
		Authenticator:    role, // who signs the note answers for it
		Custodian:        itiReference{Reference: "#" + containedOrganization},
		SecurityLabel:    []itiConcept{*coded(systemSecurity, codeNormal, "")},
		Content: []itiContent{{
			Attachment: itiAttachment{
				ContentType: d.mediaType, Language: languageFrench, URL: ids.binaryURL, Size: d.size, Hash: d.sum,
				Title: d.title, Creation: created,
			},
			Format: itiCoding{System: systemFormats, Code: formatByMimeType},
		}},
		Context: itiContext{
			Period:            itiPeriod{Start: string(record.DateOf(opt.local(d.begun)))},
			FacilityType:      *opt.facility(),
			PracticeSetting:   *opt.practice(),
			SourcePatientInfo: itiReference{Reference: "#" + containedPatient},
		},
	}
	out.Description = oneLine(d.caption)
	if d.replaces != nil {
		out.RelatesTo = []itiRelatesTo{{Code: codeReplaces, Target: d.replaces.target()}}
	}
	if d.noteID != "" {
		out.Context.Related = []itiReference{{Identifier: &itiIdentifier{
			Type: coded(systemURI, typeUniqueID, ""), System: systemURI, Value: d.noteID}}}
	}
	return out
}

// contained are the resources that List and DocumentReference both hold, because
// a recipient may keep one without the other. Each is referred to, as R4 demands
// (invariant dom-3).
func contained(c record.Consultation, opt SubmissionOptions) []any {
	organization := itiOrganization{ResourceType: "Organization", ID: containedOrganization, Name: opt.custodianName(c)}
	if finess := opt.custodianFINESS(c); finess != "" {
		organization.Identifier = []itiIdentifier{
			{Use: "official", Type: coded(systemFRCore0203, "IDNST", ""), System: record.SystemStruct, Value: "1" + finess},
			{Use: "official", Type: coded(systemFRCore0203, "FINEG", ""), System: record.SystemFINESS, Value: finess},
		}
	} else if organization.Name == "" {
		organization.Name = custodianUnnamed + c.Author.RPPS
	}
	practitioner := itiPractitioner{
		ResourceType: "Practitioner", ID: containedPractitioner,
		Identifier: []itiIdentifier{
			{Use: "official", Type: coded(systemFRCore0203, "IDNPS", ""), System: record.SystemIDNat, Value: "8" + c.Author.RPPS},
			{Use: "official", Type: coded(systemFRCore0203, "RPPS", ""), System: record.SystemRPPS, Value: c.Author.RPPS},
		},
	}
	if name := oneLine(c.Author.Name); name != "" {
		practitioner.Name = []itiName{{Text: name}}
	}
	role := itiPractitionerRole{
		ResourceType: "PractitionerRole", ID: containedRole,
		Practitioner: itiReference{Reference: "#" + containedPractitioner},
		Organization: itiReference{Reference: "#" + containedOrganization},
	}
	return []any{sourcePatient(c.Patient), practitioner, organization, role}
}

// sourcePatient is the patient as the sender knows them.
func sourcePatient(p record.Patient) itiPatient {
	out := itiPatient{ResourceType: "Patient", ID: containedPatient, Identifier: patientIdentifiers(p)}
	given := nonEmpty(p.GivenNames)
	if p.BirthName != "" || len(given) > 0 {
		out.Name = append(out.Name, itiName{Use: "official", Family: oneLine(p.BirthName), Given: given})
	}
	if used := oneLine(p.UsedName); used != "" {
		out.Name = append(out.Name, itiName{Use: "usual", Family: used, Given: given})
	}
	if original := oneLine(p.Original); original != "" {
		out.Name = append(out.Name, itiName{Text: original})
	}
	switch p.Sex {
	case record.Female:
		out.Gender = "female"
	case record.Male:
		out.Gender = "male"
	case record.Other:
		out.Gender = "other"
	}
	// Patient.birthDate is a date: no time of day, no offset.
	if born, err := record.ParseDate(string(p.BirthDate)); err == nil {
		out.BirthDate, _, _ = strings.Cut(string(born), "T")
	}
	return out
}

func patientIdentifiers(p record.Patient) []itiIdentifier {
	var out []itiIdentifier
	if !p.INS.Empty() {
		out = append(out, itiIdentifier{Use: "official", System: p.INS.System(), Value: p.INS.Matricule})
	}
	for _, id := range p.Identifiers {
		if value := oneLine(id.Value); value != "" {
			system := oneLine(id.System)
			if strings.Contains(system, " ") {
				system = "" // a system is a URI; the note's text keeps it as written
			}
			out = append(out, itiIdentifier{System: system, Value: value})
		}
	}
	return out
}

// subject says whose document it is. With an INS it is a conditional reference,
// as in the DMP's example: every recipient of the French system can resolve it,
// and one that knows no such person must refuse. The identifier beside it keeps
// the meaning once the reference is replaced. Another identifier is local, so a
// condition on it would be refused wherever it is unknown: it is given as a
// logical reference. Without any, the contained patient is all there is.
func subject(p record.Patient) itiReference {
	ids := patientIdentifiers(p)
	if len(ids) == 0 {
		return itiReference{Reference: "#" + containedPatient}
	}
	out := itiReference{Type: "Patient", Identifier: &itiIdentifier{System: ids[0].System, Value: ids[0].Value}}
	if !p.INS.Empty() {
		out.Reference = "Patient?identifier=" + ids[0].System + "|" + ids[0].Value
	}
	return out
}

func (o SubmissionOptions) facility() *itiConcept {
	if o.Facility.Value != "" {
		return coded(o.Facility.System, o.Facility.Value, o.Facility.Label)
	}
	return coded(systemSector, codeOffice, displayOffice)
}

func (o SubmissionOptions) practice() *itiConcept {
	if o.Practice.Value != "" {
		return coded(o.Practice.System, o.Practice.Value, o.Practice.Label)
	}
	return coded(systemSetting, codeAmbulatory, displayAmbulant)
}

func coded(system, code, display string) *itiConcept {
	return &itiConcept{Coding: []itiCoding{{System: system, Code: code, Display: display}}}
}

func nonEmpty(in []string) []string {
	var out []string
	for _, s := range in {
		if s = oneLine(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
