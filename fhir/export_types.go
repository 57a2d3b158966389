package fhir

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// The FHIR data types, from the values of the record.

// expDate is a FHIR R4 dateTime; it is a little narrower than [record.Date], which
// has a year 0 and more offsets.
var expDate = regexp.MustCompile(`^(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$`)

// date checks a date. What is none cannot be exported.
func (x *exporter) date(d record.Date) string {
	if !d.Known() {
		return ""
	}
	if _, err := record.ParseDate(string(d)); err != nil || !expDate.MatchString(string(d)) {
		x.fail("date")
		return ""
	}
	return string(d)
}

// moment adds a date of a choice of types, or that it is unknown where FHIR or the
// International Patient Summary wants one.
func (x *exporter) moment(o *expObject, choice string, d record.Date) {
	o.put(choice+"DateTime", x.date(d))
	if !d.Known() {
		o.put("_"+choice+"DateTime", expAbsent())
	}
}

// period makes a Period.
func (x *exporter) period(start, end record.Date) *expObject {
	return newObject("start", x.date(start), "end", x.date(end))
}

// number checks a decimal. What is none cannot be exported.
func (x *exporter) number(s string) json.Number {
	if s == "" {
		return ""
	}
	number, ok := ipsNumber(s)
	if !ok {
		x.fail("number")
	}
	return json.Number(number)
}

// count is an extension that says how many things are not here; nil for none.
func (x *exporter) count(url string, n int) *expObject {
	if n < 0 || n > ipsMaxCount {
		x.fail("count")
	}
	if n <= 0 {
		return nil
	}
	return newObject("url", url, "valueUnsignedInt", n)
}

// expAbsent is what stands beside an element whose value is unknown.
func expAbsent() *expObject {
	return newObject("extension", []*expObject{newObject("url", extAbsent, "valueCode", "unknown")})
}

// expAbsentConcept is a concept that only says that it is unknown, for elements
// that FHIR demands.
func expAbsentConcept() *expObject {
	return newObject("coding", []*expObject{newObject("system", systemAbsentReason, "code", "unknown")})
}

// expWritten is what stands instead of a value that FHIR's type or list has no
// place for.
func expWritten(words string) *expObject {
	return newObject("extension", []*expObject{newObject("url", extAsWritten, "valueString", words)})
}

// expWords is an extension that holds words.
func expWords(url, words string) *expObject {
	if words = ipsClean(words); words == "" {
		return nil
	}
	return newObject("url", url, "valueString", words)
}

// code adds a code of a closed list. One that the list lacks is kept as written.
func (o *expObject) code(name, value string, list []string) {
	switch value = ipsClean(value); {
	case value == "":
	case slices.Contains(list, value):
		o.put(name, value)
	default:
		o.put("_"+name, expWritten(value))
	}
}

// no adds a boolean that is false, which put takes for nothing.
func (o *expObject) no(name string) {
	o.names, o.values = append(o.names, name), append(o.values, false)
}

// status adds a code that FHIR demands.
func (o *expObject) status(value string, list []string) {
	o.code("status", value, list)
	if ipsClean(value) == "" {
		o.put("_status", expAbsent())
	}
}

// codes adds several codes of a closed list. A list cannot mix both spellings, so
// one code that it lacks sends all to the other.
func (o *expObject) codes(name string, values, list []string) {
	var plain []string
	var written []*expObject
	foreign := false
	for _, v := range values {
		if v = ipsClean(v); v != "" {
			plain = append(plain, v)
			written = append(written, expWritten(v))
			foreign = foreign || !slices.Contains(list, v)
		}
	}
	if foreign {
		o.put("_"+name, written)
		return
	}
	o.put(name, plain)
}

// uri adds a code system or an identifier's. What is no URI is kept as written.
func (o *expObject) uri(value string) {
	value = ipsClean(value)
	if strings.ContainsAny(value, " \u00a0\u202f") {
		o.put("_system", expWritten(value))
		return
	}
	o.put("system", value)
}

// expConcept makes a CodeableConcept; nil of a concept that is empty.
func expConcept(c record.Concept) *expObject {
	if c.Empty() {
		return nil
	}
	var codings []*expObject
	labelled := false
	for _, code := range c.Codes {
		coding := &expObject{}
		coding.uri(code.System)
		coding.text("code", code.Value)
		coding.text("display", code.Label)
		codings = append(codings, coding)
		labelled = labelled || code.Label != ""
	}
	out := newObject("coding", codings)
	out.text("text", c.Label)
	if c.Label == "" && labelled {
		out.put("_text", expAbsent()) // or the first code's label would pass for it
	}
	return out
}

func expConcepts(all []record.Concept) []*expObject {
	var out []*expObject
	for _, c := range all {
		out = append(out, expConcept(c))
	}
	return out
}

// expCoded is a concept of one code of a system that the program knows.
func expCoded(system, code, display string) *expObject {
	return newObject("coding", []*expObject{newObject("system", system, "code", code, "display", display)})
}

// expState is a clinical status, which FHIR writes as a concept and demands. A code
// that the system lacks stands without a system.
func expState(system, code string, list []string) *expObject {
	code = ipsClean(code)
	if code == "" {
		return expAbsent()
	}
	if !slices.Contains(list, code) {
		system = ""
	}
	return expCoded(system, code, "")
}

// expNote makes an annotation.
func expNote(words string) []*expObject {
	o := &expObject{}
	o.text("text", words)
	return []*expObject{o}
}

// expUCUM are units that are their own UCUM code, so that the code can be given
// though the record does not repeat it.
var expUCUM = map[string]bool{
	"%": true, "/min": true, "a": true, "cm": true, "d": true, "fL": true, "g": true, "g/dL": true, "g/L": true, "h": true,
	"kg": true, "kg/m2": true, "kPa": true, "L": true, "m": true, "mg": true, "mg/dL": true, "mg/L": true, "min": true,
	"mL": true, "mL/min": true, "mm": true, "mmol/L": true, "mol/L": true, "ng/L": true, "ng/mL": true, "nmol/L": true,
	"pg": true, "pmol/L": true, "s": true, "U/L": true, "wk": true,
}

// quantity makes a Quantity.
func (x *exporter) quantity(q record.Quantity) *expObject {
	if q.Empty() {
		return nil
	}
	o := newObject("value", x.number(q.Value))
	if q.Comparator != "" && !slices.Contains(listComparators, q.Comparator) {
		x.fail("number")
	}
	o.put("comparator", q.Comparator)
	o.text("unit", q.Unit)
	code := ipsClean(q.Code)
	if code == "" && expUCUM[q.Unit] {
		code = q.Unit
	}
	if code != "" {
		o.put("system", record.SystemUCUM)
		o.put("code", code)
	}
	return o
}

// The closed lists of FHIR R4, and the systems of clinical statuses.
var (
	listComparators     = []string{"<", "<=", ">=", ">"}
	listAllergyTypes    = []string{"allergy", "intolerance"}
	listCategories      = []string{"food", "medication", "environment", "biologic"}
	listCriticality     = []string{"low", "high", "unable-to-assess"}
	listSeverities      = []string{"mild", "moderate", "severe"}
	listAllergyStatus   = []string{"active", "inactive", "resolved"}
	listVerification    = []string{"unconfirmed", "presumed", "confirmed", "refuted", "entered-in-error"}
	listClinical        = []string{"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
	listTreatment       = []string{"active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken"}
	listProcedure       = []string{"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"}
	listDeviceUse       = []string{"active", "completed", "entered-in-error", "intended", "stopped", "on-hold"}
	listImmunization    = []string{"completed", "entered-in-error", "not-done"}
	listObservation     = []string{"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
	listPlan            = []string{"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
	listConsent         = []string{"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"}
	listPeriodUnits     = []string{"s", "min", "h", "d", "wk", "mo", "a"}
	listWhen            = []string{"MORN", "MORN.early", "MORN.late", "NOON", "AFT", "AFT.early", "AFT.late", "EVE", "EVE.early", "EVE.late", "NIGHT", "PHS", "HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV"}
	systemAllergyStatus = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	systemAllergyCheck  = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
	systemClinical      = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	systemCertainty     = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
)
