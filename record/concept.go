package record

import "strings"

// Code systems that the program knows by name. Others are carried as written.
const (
	SystemICD10     = "http://hl7.org/fhir/sid/icd-10"
	SystemATC       = "http://www.whocc.no/atc"
	SystemSNOMED    = "http://snomed.info/sct"
	SystemLOINC     = "http://loinc.org"
	SystemCVX       = "http://hl7.org/fhir/sid/cvx"
	SystemUCUM      = "http://unitsofmeasure.org"
	SystemCIS       = "https://smt.esante.gouv.fr/terminologie-bdpm"
	SystemCCAM      = "https://interop.esante.gouv.fr/terminologies/CodeSystem-ccam"
	SystemUnknown   = ""
	systemOIDPrefix = "urn:oid:"
)

// CodeValue is one code of one system: the system's URI, the code, and the label
// that the source gave to that code when it differs from the concept's own.
type CodeValue struct {
	System string `json:"system,omitempty"`
	Value  string `json:"code"`
	Label  string `json:"label,omitempty"`
}

// Concept is something that a person reads and a machine may compare: a label
// and any number of codes, the most specific first.
type Concept struct {
	Label string      `json:"label,omitempty"`
	Codes []CodeValue `json:"codes,omitempty"`
}

// Empty reports whether the concept says nothing at all.
func (c Concept) Empty() bool { return c.Label == "" && len(c.Codes) == 0 }

// String returns the label, or the first code's label, or the first code as it
// is written: a concept without a label is shown, never dropped.
func (c Concept) String() string {
	if c.Label != "" {
		return c.Label
	}
	for _, code := range c.Codes {
		if code.Label != "" {
			return code.Label
		}
	}
	if len(c.Codes) > 0 {
		return c.Codes[0].Value
	}
	return ""
}

// In returns the first code that c has in system.
func (c Concept) In(system string) (string, bool) {
	for _, code := range c.Codes {
		if code.System == system {
			return code.Value, true
		}
	}
	return "", false
}

// Has reports whether c carries exactly that code.
func (c Concept) Has(system, value string) bool {
	for _, code := range c.Codes {
		if code.System == system && code.Value == value {
			return true
		}
	}
	return false
}

// Text is the concept of free words alone.
func Text(label string) Concept { return Concept{Label: strings.TrimSpace(label)} }

// Quantity is a number with its unit. Value is decimal text as written, because
// "5.0" says more than "5" about a measure; Unit is what is read, Code the UCUM
// code when it differs.
type Quantity struct {
	Comparator string `json:"comparator,omitempty"` // <, <=, >=, > or ""
	Value      string `json:"value,omitempty"`
	Unit       string `json:"unit,omitempty"`
	Code       string `json:"code,omitempty"`
}

// Empty reports whether there is no number.
func (q Quantity) Empty() bool { return q.Value == "" }

// String writes the quantity as it is read in French: "7,2 mmol/L".
func (q Quantity) String() string {
	if q.Value == "" {
		return ""
	}
	s := q.Comparator + strings.Replace(q.Value, ".", ",", 1)
	unit := q.Unit
	if unit == "" {
		unit = q.Code
	}
	if unit != "" && unit != "1" {
		s += "\u00a0" + unit
	}
	return s
}
