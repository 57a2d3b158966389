package fhir

// The types below are the part of FHIR R4 (hl7.org/fhir/R4) that a submission is
// made of. Fields stand in the order of the specification, so that what is
// written reads like its examples; encoding/json keeps that order, which makes
// the bytes the same each time.

type itiBundle struct {
	ResourceType string     `json:"resourceType"`
	Meta         itiMeta    `json:"meta"`
	Type         string     `json:"type"`
	Entry        []itiEntry `json:"entry"`
}

type itiMeta struct {
	Profile []string `json:"profile"`
}

type itiEntry struct {
	FullURL  string     `json:"fullUrl"`
	Resource any        `json:"resource"`
	Request  itiRequest `json:"request"`
}

type itiRequest struct {
	Method      string `json:"method"`
	URL         string `json:"url"`
	IfNoneExist string `json:"ifNoneExist,omitempty"`
}

type itiCoding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type itiConcept struct {
	Coding []itiCoding `json:"coding,omitempty"`
	Text   string      `json:"text,omitempty"`
}

type itiIdentifier struct {
	Use    string      `json:"use,omitempty"`
	Type   *itiConcept `json:"type,omitempty"`
	System string      `json:"system,omitempty"`
	Value  string      `json:"value"`
}

type itiReference struct {
	Reference  string         `json:"reference,omitempty"`
	Type       string         `json:"type,omitempty"`
	Identifier *itiIdentifier `json:"identifier,omitempty"`
	Display    string         `json:"display,omitempty"`
}

type itiExtension struct {
	URL        string         `json:"url"`
	Concept    *itiConcept    `json:"valueCodeableConcept,omitempty"`
	Identifier *itiIdentifier `json:"valueIdentifier,omitempty"`
	Reference  *itiReference  `json:"valueReference,omitempty"`
	String     string         `json:"valueString,omitempty"`
}

type itiName struct {
	Use    string   `json:"use,omitempty"`
	Text   string   `json:"text,omitempty"`
	Family string   `json:"family,omitempty"`
	Given  []string `json:"given,omitempty"`
}

type itiPatient struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Identifier   []itiIdentifier `json:"identifier,omitempty"`
	Name         []itiName       `json:"name,omitempty"`
	Gender       string          `json:"gender,omitempty"`
	BirthDate    string          `json:"birthDate,omitempty"`
}

type itiPractitioner struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Identifier   []itiIdentifier `json:"identifier,omitempty"`
	Name         []itiName       `json:"name,omitempty"`
}

type itiPractitionerRole struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Practitioner itiReference `json:"practitioner"`
	Organization itiReference `json:"organization"`
}

type itiOrganization struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Identifier   []itiIdentifier `json:"identifier,omitempty"`
	Name         string          `json:"name,omitempty"`
}

type itiList struct {
	ResourceType string          `json:"resourceType"`
	Meta         itiMeta         `json:"meta"`
	Contained    []any           `json:"contained"`
	Extension    []itiExtension  `json:"extension"`
	Identifier   []itiIdentifier `json:"identifier"`
	Status       string          `json:"status"`
	Mode         string          `json:"mode"`
	Title        string          `json:"title"`
	Code         itiConcept      `json:"code"`
	Subject      itiReference    `json:"subject"`
	Date         string          `json:"date"`
	Source       itiReference    `json:"source"`
	Entry        []itiListEntry  `json:"entry"`
}

type itiListEntry struct {
	Item itiReference `json:"item"`
}

type itiDocumentReference struct {
	ResourceType     string         `json:"resourceType"`
	Meta             itiMeta        `json:"meta"`
	Contained        []any          `json:"contained"`
	MasterIdentifier itiIdentifier  `json:"masterIdentifier"`
	Status           string         `json:"status"`
	Type             itiConcept     `json:"type"`
	Category         []itiConcept   `json:"category"`
	Subject          itiReference   `json:"subject"`
	Date             string         `json:"date"`
	Author           []itiReference `json:"author"`
	Authenticator    itiReference   `json:"authenticator"`
	Custodian        itiReference   `json:"custodian"`
	RelatesTo        []itiRelatesTo `json:"relatesTo,omitempty"`
	Description      string         `json:"description,omitempty"`
	SecurityLabel    []itiConcept   `json:"securityLabel"`
	Content          []itiContent   `json:"content"`
	Context          itiContext     `json:"context"`
}

type itiRelatesTo struct {
	Code   string       `json:"code"`
	Target itiReference `json:"target"`
}

type itiContent struct {
	Attachment itiAttachment `json:"attachment"`
	Format     itiCoding     `json:"format"`
}

type itiAttachment struct {
	ContentType string `json:"contentType"`
	Language    string `json:"language"`
	URL         string `json:"url"`
	Size        int    `json:"size"`
	Hash        []byte `json:"hash"` // base64 in JSON
	Title       string `json:"title"`
	Creation    string `json:"creation"`
}

type itiContext struct {
	Period            itiPeriod      `json:"period"`
	FacilityType      itiConcept     `json:"facilityType"`
	PracticeSetting   itiConcept     `json:"practiceSetting"`
	SourcePatientInfo itiReference   `json:"sourcePatientInfo"`
	Related           []itiReference `json:"related,omitempty"`
}

type itiPeriod struct {
	Start string `json:"start"`
}

type itiBinary struct {
	ResourceType string `json:"resourceType"`
	ContentType  string `json:"contentType"`
	Data         []byte `json:"data"` // base64 in JSON
}

type itiParameters struct {
	ResourceType string         `json:"resourceType"`
	Meta         itiMeta        `json:"meta"`
	Parameter    []itiParameter `json:"parameter"`
}

type itiParameter struct {
	Name   string         `json:"name"`
	Code   string         `json:"valueCode,omitempty"`
	String string         `json:"valueString,omitempty"`
	Part   []itiParameter `json:"part,omitempty"`
}
