package fhir

import (
	"github.com/zoneblanche/zoneblanche/record"
)

// Code systems and codes of a document and its sections.
const (
	loincSummary      = "60591-5"
	loincConsents     = "59284-0"
	systemEmptyReason = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
	systemScope       = "http://terminology.hl7.org/CodeSystem/consentscope"
	systemAbsentIPS   = systemAbsent + "-uv-ips"
)

// document writes the Composition, then everything it refers to. The Composition
// is filled last, since it needs the references of the rest.
func (x *exporter) document() {
	c, _ := x.resource("Composition")
	x.writePatient()
	authors, keeper := x.authors()
	sections := x.sections()

	c.put("language", x.language())
	c.put("text", headNarrative(x.s))
	c.one("extension", x.count(extAbridged, x.s.Abridged))
	c.put("status", "final")
	c.put("type", expCoded(record.SystemLOINC, loincSummary, displaySummary))
	c.put("subject", expReference(x.patient))
	c.put("date", x.date(x.s.UpdatedAt))
	if !x.s.UpdatedAt.Known() {
		c.put("_date", expAbsent())
	}
	c.put("author", authors)
	c.put("title", titleSummary)
	c.put("custodian", expReference(keeper))
	c.put("section", sections)
}

// sections writes every section that says something, and those that the French
// profile demands.
func (x *exporter) sections() []*expObject {
	s := x.s
	all := []*expObject{
		exportSection(x, record.Allergies, s.Allergies, (*exporter).allergy, narrateAllergy),
		exportSection(x, record.Medications, s.Medications, (*exporter).treatment, narrateMedication),
		exportSection(x, record.Problems, s.Problems, (*exporter).problem, narrateProblem),
		exportSection(x, record.PregnancyID, s.Pregnancy, (*exporter).pregnancy, narrateStatement),
		exportSection(x, record.Devices, s.Devices, (*exporter).device, narrateDevice),
		exportSection(x, record.Procedures, s.Procedures, (*exporter).procedure, narrateProcedure),
		exportSection(x, record.Immunizations, s.Immunizations, (*exporter).immunization, narrateImmunization),
		exportSection(x, record.Results, s.Results, (*exporter).result, narrateObservation),
		exportSection(x, record.VitalSigns, s.VitalSigns, (*exporter).vitalSign, narrateObservation),
		exportSection(x, record.CarePlan, s.CarePlan, (*exporter).plan, narrateStatement),
		exportSection(x, record.Directives, s.Directives, (*exporter).directive, narrateStatement),
	}
	if len(s.Consents) > 0 {
		section := newObject("title", titleConsents, "code", expCoded(record.SystemLOINC, loincConsents, ""))
		var items []string
		var entries []*expObject
		for _, c := range s.Consents {
			entries = append(entries, expReference(x.consent(c)))
			items = append(items, narrateConsent(c))
		}
		section.put("text", narrative(items))
		section.put("entry", entries)
		all = append(all, section)
	}
	return all
}

// exportSection writes one section in one of its three states. write returns the
// reference of an entry, narrate its words in XHTML.
func exportSection[E any](x *exporter, id record.SectionID, s record.Section[E], write func(*exporter, E) string, narrate func(E) string) *expObject {
	info, _ := record.InfoOf(id)
	state := s.State()
	if s.None && state != record.NoneKnown {
		x.fail("section_state")
	}
	if state == record.NoInformation && !info.Mandatory {
		return nil
	}
	section := &expObject{}
	section.one("extension", x.count(extOmitted, s.Omitted))
	section.put("title", info.Title)
	section.put("code", expCoded(record.SystemLOINC, info.LOINC, ""))

	var items []string
	var entries []*expObject
	reason := ""
	switch state {
	case record.HasEntries:
		for _, e := range s.Entries {
			entries = append(entries, expReference(write(x, e)))
			items = append(items, narrate(e))
		}
		if s.Omitted > 0 {
			items = append(items, narrateWords(omittedWords(s.Omitted, len(entries))))
		}
		if len(entries) == 0 {
			reason = "unavailable"
		}
	case record.NoneKnown:
		items = append(items, narrateWords(info.NoneKnown))
		if ref := x.noneKnown(id, info.NoneKnown); ref != "" {
			entries = append(entries, expReference(ref))
		} else {
			reason = "nilknown"
		}
	default:
		items = append(items, narrateWords(record.NotFilledIn))
		reason = "unavailable"
	}
	section.put("text", narrative(items))
	section.put("entry", entries)
	if reason != "" {
		section.put("emptyReason", expCoded(systemEmptyReason, reason, ""))
	}
	return section
}

// noneKnown writes the entry that says "none known" in the sections for which the
// International Patient Summary has a code, and returns "" for the others.
func (x *exporter) noneKnown(id record.SectionID, words string) string {
	coded := func(code string) *expObject {
		o := expCoded(systemAbsentIPS, code, "")
		o.text("text", words)
		return o
	}
	switch id {
	case record.Allergies:
		r, ref := x.resource("AllergyIntolerance")
		r.put("clinicalStatus", expState(systemAllergyStatus, "active", listAllergyStatus))
		r.put("code", coded("no-known-allergies"))
		r.put("patient", expReference(x.patient))
		return ref
	case record.Medications:
		r, ref := x.resource("MedicationStatement")
		r.put("status", "unknown")
		r.put("medicationCodeableConcept", coded("no-known-medications"))
		r.put("subject", expReference(x.patient))
		x.moment(r, "effective", "")
		return ref
	case record.Problems:
		r, ref := x.resource("Condition")
		r.put("clinicalStatus", expState(systemClinical, "active", listClinical))
		r.put("code", coded("no-known-problems"))
		r.put("subject", expReference(x.patient))
		return ref
	case record.Procedures:
		r, ref := x.resource("Procedure")
		r.put("status", "unknown")
		r.put("code", coded("no-known-procedures"))
		r.put("subject", expReference(x.patient))
		x.moment(r, "performed", "")
		return ref
	case record.Devices:
		d, device := x.resource("Device")
		d.put("type", coded("no-known-devices"))
		d.put("patient", expReference(x.patient))
		r, ref := x.resource("DeviceUseStatement")
		r.put("status", "active")
		r.put("subject", expReference(x.patient))
		x.moment(r, "timing", "")
		r.put("device", expReference(device))
		return ref
	case record.Immunizations:
		r, ref := x.resource("Immunization")
		r.put("status", "not-done")
		r.put("vaccineCode", coded("no-known-immunizations"))
		r.put("patient", expReference(x.patient))
		x.moment(r, "occurrence", "")
		return ref
	}
	return ""
}

func expReference(ref string) *expObject { return newObject("reference", ref) }
