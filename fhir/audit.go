package fhir

import (
	"crypto/sha1"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// auditPrefix tells the id of an audit event from a document's where both are just
// ids: in a journal, and in a look-up.
const auditPrefix = "audit:"

const (
	profileRead       = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
	systemAuditEntity = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
	systemAuditType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemInteraction = "http://hl7.org/fhir/restful-interaction"
	systemDICOM       = "http://dicom.nema.org/resources/ontology/DCM"
	systemParticipant = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	systemActReason   = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	systemEntityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemEntityRole  = "http://terminology.hl7.org/CodeSystem/object-role"
	systemSourceType  = "http://terminology.hl7.org/CodeSystem/security-source-type"
	// systemCard names cards: what was read is no resource of anybody's.
	systemCard = "https://zoneblanche.example/fhir/card"

	networkMachine = "1" // http://hl7.org/fhir/network-type
	networkURI     = "5"
	// detailHead is the type of the detail that holds the journal's head, detailReason
	// of the one that says why the card was opened although no consent held.
	detailHead   = "journal-head"
	detailReason = "reason"
)

// ConsultedOptions are what an event says beside who opened which card of whom, when.
// The zero value says nothing more. Whoever builds an event twice must give the same
// options twice.
type ConsultedOptions struct {
	Device string // the name of this machine
	// JournalHead is what the journal's head was then, signed by the journal, as one
	// line of text. Whoever holds the event can show later that the journal was cut
	// or written anew. "" leaves it out.
	JournalHead string
}

var errConsulted = errors.New("the event has no id, no time, no card, a reason that is too long, or a journal's head that is not one line")

// NewConsulted freezes the AuditEvent of a consultation, in the shape of IHE BALP
// PatientRead: the card stands for the server, this machine for the client. It is
// sent as a transaction of one create, under the condition that no event carries
// its id, so that sending it again changes nothing; [Client.Lookup] finds it by
// that id.
//
// Errors are CodeInvalid with Reason "consulted", "no_patient", "ins" or "rpps".
func NewConsulted(c record.Consulted, opt ConsultedOptions) (record.Submission, error) {
	fail := func(reason string, err error) (record.Submission, error) {
		return record.Submission{}, &record.Error{Code: record.CodeInvalid, Op: "build audit event", Reason: reason, Err: err}
	}
	identifiers := patientIdentifiers(c.Patient)
	switch {
	case c.ID == "" || c.At.IsZero() || !hexadecimal(c.Card.ID) || len(c.Reason) > maxHead || !validHead(opt.JournalHead):
		return fail("consulted", errConsulted)
	case len(identifiers) == 0 && oneLine(c.Patient.Name()) == "":
		return fail("no_patient", errNoPatient)
	case !record.LooksLikeRPPS(c.Author.RPPS):
		return fail("rpps", errors.New("an RPPS number has 11 digits"))
	}
	if ins := c.Patient.INS; !ins.Empty() {
		if _, err := record.ParseINS(ins.Matricule, ins.OID); err != nil {
			return fail("ins", err)
		}
	}
	id := derive("consulted", c.ID)
	event := auditEvent(c, opt, id)
	resource, err := encodeJSON(event)
	if err != nil {
		return fail("consulted", err)
	}
	body, err := encodeJSON(struct {
		ResourceType string     `json:"resourceType"`
		Type         string     `json:"type"`
		Entry        []itiEntry `json:"entry"`
	}{"Bundle", "transaction", []itiEntry{{urnUUID + derive("event", id.String()).String(), event,
		itiRequest{"POST", "AuditEvent", auditCondition(urnUUID + id.String())}}}})
	if err != nil {
		return fail("consulted", err)
	}
	sum := sha1.Sum(resource)
	return record.Submission{
		DocumentID: auditPrefix + urnUUID + id.String(), SubmissionID: urnUUID + id.String(), MediaType: MediaType,
		Body: body, DocumentSHA1: sum[:], DocumentSize: len(resource), Entries: 1,
	}, nil
}

// auditParameter searches by the name of an entity: an AuditEvent has no identifier
// of its own in R4, and this is a plain string search, which servers have.
const auditParameter = "entity-name"

func auditCondition(id string) string { return auditParameter + "=" + id }

func auditQuery(id string) string { return url.Values{auditParameter: {id}}.Encode() }

// carriesAudit reports whether an audit event has that id.
func carriesAudit(event element, id string) bool {
	for _, entity := range event.list("entity") {
		if entity.get("what").get("identifier").text("value") == id {
			return true
		}
	}
	return false
}

func auditEvent(c record.Consulted, opt ConsultedOptions, id uuid.UUID) itiAuditEvent {
	device := oneLine(opt.Device)
	if device == "" {
		device = auditDevice
	}
	person := itiReference{Type: "Patient", Display: oneLine(c.Patient.Name())}
	if ids := patientIdentifiers(c.Patient); len(ids) > 0 {
		person = itiReference{Type: "Patient", Identifier: &itiIdentifier{System: ids[0].System, Value: ids[0].Value}}
	}
	event := itiAuditEvent{
		ResourceType: "AuditEvent",
		Meta:         itiMeta{Profile: []string{profileRead}},
		Type:         itiCoding{System: systemAuditType, Code: "rest"},
		Subtype:      []itiCoding{{System: systemInteraction, Code: "read"}},
		Action:       "R",
		Recorded:     c.At.Format(time.RFC3339),
		Outcome:      "0",
		Purpose:      []itiConcept{*coded(systemActReason, "TREAT", "")},
		Agent: []itiAgent{
			{Type: coded(systemDICOM, "110153", "Source Role ID"), Who: cardReference(c.Card),
				Network: &itiNetwork{systemCard + "/" + c.Card.ID, networkURI}},
			{Type: coded(systemDICOM, "110152", "Destination Role ID"), Who: itiReference{Display: device},
				Network: &itiNetwork{device, networkMachine}},
			{Type: coded(systemParticipant, "IRCP", "information recipient"), Requestor: true, Name: oneLine(c.Author.Name),
				Who: itiReference{Type: "Practitioner", Identifier: &itiIdentifier{System: record.SystemIDNat, Value: "8" + c.Author.RPPS}}},
		},
		Source: itiSource{Site: oneLine(c.Author.Organisation), Observer: itiReference{Display: device},
			Type: []itiCoding{{System: systemSourceType, Code: "1"}}},
		Entity: []itiEntity{
			{What: &person, Type: itiCoding{System: systemEntityType, Code: "1"}, Role: &itiCoding{System: systemEntityRole, Code: "1"}},
			{What: ptr(cardReference(c.Card)), Type: itiCoding{System: systemEntityType, Code: "2"}, Role: &itiCoding{System: systemEntityRole, Code: "4"}},
			{What: &itiReference{Identifier: &itiIdentifier{System: systemURI, Value: urnUUID + id.String()}},
				Type: itiCoding{System: systemAuditEntity, Code: "XrequestId"}, Name: urnUUID + id.String()},
		},
	}
	if reason := oneLine(c.Reason); reason != "" {
		card := &event.Entity[1]
		card.Detail = []itiDetail{{detailReason, reason}}
	}
	if opt.JournalHead != "" {
		// Type "other": the profile has one entity of type "system object", the card.
		event.Entity = append(event.Entity, itiEntity{
			Type: itiCoding{System: systemEntityType, Code: "4"}, Role: &itiCoding{System: systemEntityRole, Code: "13"},
			Name: auditJournal, Detail: []itiDetail{{detailHead, opt.JournalHead}},
		})
	}
	return event
}

func cardReference(card record.CardRef) itiReference {
	display := auditCard
	if issuer := oneLine(card.Issuer); issuer != "" {
		display += auditIssuer + issuer
	}
	return itiReference{Identifier: &itiIdentifier{System: systemCard, Value: card.ID}, Display: display}
}

func hexadecimal(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdef") == ""
}

func ptr[T any](v T) *T { return &v }
