package fhir

import (
	"slices"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

const (
	systemObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
	loincDueDate              = "11778-8"
)

// result writes one result. Its category follows from what it holds, since the
// record does not say who found it: what was measured is of the laboratory.
func (x *exporter) result(o record.Observation) string {
	category := "exam"
	if measured(o) || slices.ContainsFunc(o.Components, measured) {
		category = "laboratory"
	}
	return x.observation(o, category)
}

func measured(o record.Observation) bool { return !o.Quantity.Empty() || o.Reference != "" }

func (x *exporter) vitalSign(o record.Observation) string { return x.observation(o, "vital-signs") }

func (x *exporter) observation(o record.Observation, category string) string {
	r, ref := x.resource("Observation")
	r.status(o.Status, listObservation)
	r.one("category", expCoded(systemObservationCategory, category, ""))
	r.put("code", expConcept(o.What))
	r.put("subject", expReference(x.patient))
	x.moment(r, "effective", o.Date)
	x.observed(r, o)
	r.put("note", expNote(o.Note))
	x.reference(r, o)
	var components []*expObject
	for _, c := range o.Components {
		if c.Status != "" || c.Date != "" || len(c.Components) > 0 {
			x.fail("component") // a part of a panel has those of the panel
		}
		part := &expObject{}
		part.one("extension", expWords(extNote, c.Note))
		part.put("code", expConcept(c.What))
		x.observed(part, c)
		x.reference(part, c)
		components = append(components, part)
	}
	r.put("component", components)
	return ref
}

// observed adds what was found.
func (x *exporter) observed(r *expObject, o record.Observation) {
	if !o.Quantity.Empty() && !o.Value.Empty() {
		x.fail("observation_value") // FHIR has one value
	}
	r.put("valueQuantity", x.quantity(o.Quantity))
	x.value(r, o.Value)
	r.one("interpretation", expConcept(o.Interpretation))
}

// value adds a concept, or words where it has no code.
func (x *exporter) value(r *expObject, v record.Concept) {
	if len(v.Codes) == 0 {
		r.text("valueString", v.Label)
		return
	}
	r.put("valueCodeableConcept", expConcept(v))
}

func (x *exporter) reference(r *expObject, o record.Observation) {
	words := &expObject{}
	words.text("text", o.Reference)
	r.one("referenceRange", words)
}

// pregnancy writes one statement as an Observation, with the expected date of
// delivery as its member. What has no value is a Condition where its status is
// one of a condition, or where it says nothing but its own name.
func (x *exporter) pregnancy(s record.Statement) string {
	bare := !s.Until.Known() && s.Note == ""
	if s.Value.Empty() && (bare || slices.Contains(listClinical, s.Status)) {
		return x.pregnancyCondition(s)
	}
	loinc, _ := s.What.In(record.SystemLOINC)
	dated := loincDelivery[loinc] && s.Value.Empty() && s.Until.Known()
	member := ""
	if s.Until.Known() && !dated {
		due, ref := x.resource("Observation")
		due.put("status", "final")
		code := expCoded(record.SystemLOINC, loincDueDate, "")
		code.put("text", wordDueDate)
		due.put("code", code)
		due.put("subject", expReference(x.patient))
		x.moment(due, "effective", s.Date)
		due.put("valueDateTime", x.date(s.Until))
		member = ref
	}
	r, ref := x.resource("Observation")
	if ipsClean(s.Status) == "" {
		r.put("status", "final")
	} else {
		// "final" of a statement would be read as no status.
		r.code("status", s.Status, slices.DeleteFunc(slices.Clone(listObservation), func(c string) bool { return ipsStatementStatus(c) == "" }))
	}
	r.put("code", expConcept(s.What))
	r.put("subject", expReference(x.patient))
	x.moment(r, "effective", s.Date)
	if dated {
		r.put("valueDateTime", x.date(s.Until))
	}
	x.value(r, s.Value)
	r.put("note", expNote(s.Note))
	r.one("hasMember", expReference(member))
	return ref
}

func (x *exporter) pregnancyCondition(s record.Statement) string {
	r, ref := x.resource("Condition")
	certainty, note := expCertainty(s.Note)
	r.put("clinicalStatus", expState(systemClinical, s.Status, listClinical))
	r.put("verificationStatus", certainty)
	r.put("code", expConcept(s.What))
	r.put("subject", expReference(x.patient))
	r.put("onsetDateTime", x.date(s.Date))
	r.put("abatementDateTime", x.date(s.Until))
	r.put("note", expNote(note))
	return ref
}

// plan writes a CarePlan. Its title is what a reader shows; where there are codes,
// they stand in the category under the same words.
func (x *exporter) plan(s record.Statement) string {
	r, ref := x.resource("CarePlan")
	if !s.Value.Empty() {
		r.one("extension", newObject("url", extValue, "valueCodeableConcept", expConcept(s.Value)))
	}
	r.status(s.Status, listPlan)
	r.put("intent", "plan")
	if len(s.What.Codes) > 0 {
		r.one("category", expConcept(s.What))
	}
	r.text("title", s.What.String())
	r.text("description", s.Note)
	r.put("subject", expReference(x.patient))
	r.put("period", x.period(s.Date, s.Until))
	return ref
}

// directive writes an advance directive as a Consent.
func (x *exporter) directive(s record.Statement) string {
	r, ref := x.resource("Consent")
	kind, refused := expProvision(s.Note)
	if kind == "" {
		r.one("extension", expWords(extNote, s.Note))
	}
	r.status(s.Status, listConsent)
	r.put("scope", expCoded(systemScope, scopeDirective, ""))
	r.one("category", expConcept(s.What))
	r.put("patient", expReference(x.patient))
	r.put("dateTime", x.date(s.Date))
	rule := expConcept(s.Value)
	if rule == nil {
		rule = expAbsentConcept() // FHIR wants a rule
	}
	r.put("policyRule", rule)
	r.put("provision", newObject("type", kind, "period", x.period("", s.Until), "code", refused))
	return ref
}

// expProvision takes from a note the words by which the import says what a
// directive accepts or refuses, and gives back the codes.
func expProvision(note string) (kind string, codes []*expObject) {
	parts := strings.Split(note, " / ")
	for _, kind := range []string{"deny", "permit"} {
		lead := ipsProvisionFrench[kind]
		codes = nil
		for _, part := range parts {
			words, ok := strings.CutPrefix(part, lead+" ")
			if !ok || words == lead || words != ipsClean(words) || words == "" {
				break
			}
			codes = append(codes, newObject("text", words))
		}
		if len(codes) == len(parts) {
			return kind, codes
		}
	}
	return "", nil
}

// consent writes the agreement that professionals consult the summary.
func (x *exporter) consent(c record.Consent) string {
	r, ref := x.resource("Consent")
	status := "active" // a consent without a status holds
	if c.Status != "" && c.Status != "active" {
		status = "inactive"
	}
	r.put("status", status)
	r.put("scope", expCoded(systemScope, scopePrivacy, ""))
	text := ipsClean(c.Text)
	rule, what, ok := strings.Cut(text, " / ")
	if !ok || ipsJoin(" / ", ipsClean(rule), ipsClean(what)) != text || rule == "" || what == "" {
		rule, what = text, text // the import says the same words once
	}
	category, policy := expCoded(record.SystemLOINC, loincConsents, ""), newObject("text", rule)
	if text == "" {
		category, policy = expAbsentConcept(), expAbsentConcept()
	}
	category.put("text", what)
	r.one("category", category)
	r.put("patient", expReference(x.patient))
	r.put("dateTime", x.date(c.Given))
	r.put("policyRule", policy)
	r.put("provision", newObject("type", "permit", "period", x.period("", c.Until)))
	return ref
}
