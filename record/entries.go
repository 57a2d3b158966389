package record

// Allergy is one allergy or intolerance (FHIR AllergyIntolerance).
type Allergy struct {
	Substance    Concept    `json:"substance"`
	Type         string     `json:"type,omitempty"`         // allergy | intolerance
	Categories   []string   `json:"categories,omitempty"`   // food | medication | environment | biologic
	Criticality  string     `json:"criticality,omitempty"`  // low | high | unable-to-assess
	Status       string     `json:"status,omitempty"`       // active | inactive | resolved
	Verification string     `json:"verification,omitempty"` // confirmed | unconfirmed | presumed | refuted
	Onset        Date       `json:"onset,omitempty"`
	Reactions    []Reaction `json:"reactions,omitempty"`
	Note         string     `json:"note,omitempty"`
}

// Reaction is what an allergy did to the patient.
type Reaction struct {
	Manifestations []Concept `json:"manifestations,omitempty"`
	Severity       string    `json:"severity,omitempty"` // mild | moderate | severe
	Onset          Date      `json:"onset,omitempty"`
}

// Medication is one treatment (FHIR MedicationStatement or MedicationRequest).
type Medication struct {
	Drug    Concept  `json:"drug"`
	Status  string   `json:"status,omitempty"` // active | completed | stopped | on-hold | intended | unknown | not-taken
	Dosages []Dosage `json:"dosages,omitempty"`
	Start   Date     `json:"start,omitempty"`
	End     Date     `json:"end,omitempty"`
	Reason  Concept  `json:"reason,omitzero"`
	Note    string   `json:"note,omitempty"`
}

// Dosage is how a treatment is taken: in words, and as numbers where given
// (FHIR Dosage and Timing.repeat).
type Dosage struct {
	Text       string   `json:"text,omitempty"`
	Dose       Quantity `json:"dose,omitzero"`
	Frequency  int      `json:"frequency,omitempty"`   // times …
	Period     string   `json:"period,omitempty"`      // … every so many …
	PeriodUnit string   `json:"period_unit,omitempty"` // … s | min | h | d | wk | mo | a
	When       []string `json:"when,omitempty"`        // MORN | NOON | EVE | NIGHT | AC | PC | HS …
	AsNeeded   bool     `json:"as_needed,omitempty"`
	Route      Concept  `json:"route,omitzero"`
}

// Problem is a diagnosis, active or past (FHIR Condition). ALD marks a long-term
// condition recognised by the health insurance (code de la sécurité sociale,
// L160-14 3°).
type Problem struct {
	Condition Concept `json:"condition"`
	ALD       bool    `json:"ald,omitempty"`
	Status    string  `json:"status,omitempty"`   // active | recurrence | relapse | inactive | remission | resolved
	Severity  Concept `json:"severity,omitzero"`  //
	BodySite  Concept `json:"body_site,omitzero"` //
	Onset     Date    `json:"onset,omitempty"`
	Abatement Date    `json:"abatement,omitempty"`
	Note      string  `json:"note,omitempty"`
}

// Procedure is an act that was done, surgery first of all (FHIR Procedure).
type Procedure struct {
	Act       Concept `json:"act"`
	Status    string  `json:"status,omitempty"` // completed | in-progress | not-done …
	Performed Date    `json:"performed,omitempty"`
	BodySite  Concept `json:"body_site,omitzero"`
	Note      string  `json:"note,omitempty"`
}

// Device is an implant or an aid in use (FHIR DeviceUseStatement with Device).
type Device struct {
	Type     Concept `json:"type"`
	Status   string  `json:"status,omitempty"` // active | completed …
	Since    Date    `json:"since,omitempty"`
	BodySite Concept `json:"body_site,omitzero"`
	Serial   string  `json:"serial,omitempty"` // serial number or UDI
	Note     string  `json:"note,omitempty"`
}

// Immunization is a vaccine that was given (FHIR Immunization).
type Immunization struct {
	Vaccine  Concept   `json:"vaccine"`
	Status   string    `json:"status,omitempty"` // completed | not-done
	Date     Date      `json:"date,omitempty"`
	Targets  []Concept `json:"targets,omitempty"`
	Dose     string    `json:"dose,omitempty"` // rank in the series: "2"
	Lot      string    `json:"lot,omitempty"`
	Route    Concept   `json:"route,omitzero"`
	BodySite Concept   `json:"body_site,omitzero"`
	// Declared is set when the source is another document (a DCC, a SMART Health
	// Card) and nobody checked it.
	Declared bool   `json:"declared,omitempty"`
	Note     string `json:"note,omitempty"`
}

// Observation is a result or a vital sign (FHIR Observation). A value is a
// quantity, a concept or words; a panel has components instead.
type Observation struct {
	What           Concept       `json:"what"`
	Status         string        `json:"status,omitempty"`
	Date           Date          `json:"date,omitempty"`
	Quantity       Quantity      `json:"quantity,omitzero"`
	Value          Concept       `json:"value,omitzero"`
	Interpretation Concept       `json:"interpretation,omitzero"`
	Reference      string        `json:"reference,omitempty"` // the usual range, in words
	Components     []Observation `json:"components,omitempty"`
	Note           string        `json:"note,omitempty"`
}

// Statement is an entry of a section whose content is said rather than measured:
// a pregnancy, a care plan, an advance directive.
type Statement struct {
	What   Concept `json:"what"`
	Status string  `json:"status,omitempty"`
	Date   Date    `json:"date,omitempty"`
	Until  Date    `json:"until,omitempty"` // a due date, an end
	Value  Concept `json:"value,omitzero"`
	Note   string  `json:"note,omitempty"`
}

// Role is what a contact is to the patient.
type Role string

// The roles of a contact.
const (
	RoleEmergency Role = "emergency"       // personne à prévenir
	RoleTrusted   Role = "trusted"         // personne de confiance
	RoleDoctor    Role = "attending"       // médecin traitant
	RoleOther     Role = "other"           // anybody else of the care circle
	RoleHolder    Role = "legal_guardian"  // parent or guardian
	RoleNurse     Role = "nurse"           // infirmier habituel
	RolePharmacy  Role = "pharmacy"        // pharmacie habituelle
	RoleFacility  Role = "care_home"       // établissement de résidence
	RoleDirective Role = "directive_agent" // who keeps the advance directives
)

// Contact is somebody to call.
type Contact struct {
	Role         Role   `json:"role"`
	Name         string `json:"name,omitempty"`
	Relation     string `json:"relation,omitempty"`
	Phone        string `json:"phone,omitempty"`
	RPPS         string `json:"rpps,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// Consent is the patient's agreement that professionals consult the summary. It
// is global and lasts at most one year.
type Consent struct {
	Status string `json:"status,omitempty"` // active | inactive
	Given  Date   `json:"given,omitempty"`
	Until  Date   `json:"until,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Entry labels: what a person would call the entry.

// Title names the allergy by its substance.
func (a Allergy) Title() string { return a.Substance.String() }

// Title names the treatment by its drug.
func (m Medication) Title() string { return m.Drug.String() }

// Title names the problem.
func (p Problem) Title() string { return p.Condition.String() }

// Title names the act.
func (p Procedure) Title() string { return p.Act.String() }

// Title names the device.
func (d Device) Title() string { return d.Type.String() }

// Title names the vaccine.
func (i Immunization) Title() string { return i.Vaccine.String() }

// Title names what was observed.
func (o Observation) Title() string { return o.What.String() }

// Title names what is stated.
func (s Statement) Title() string { return s.What.String() }
