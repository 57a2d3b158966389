package fhir

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

const systemConditionCategory = "http://terminology.hl7.org/CodeSystem/condition-category"

func (x *exporter) allergy(a record.Allergy) string {
	r, ref := x.resource("AllergyIntolerance")
	r.put("clinicalStatus", expState(systemAllergyStatus, a.Status, listAllergyStatus))
	if a.Verification != "" {
		r.put("verificationStatus", expState(systemAllergyCheck, a.Verification, listVerification))
	}
	r.code("type", a.Type, listAllergyTypes)
	r.codes("category", a.Categories, listCategories)
	r.code("criticality", a.Criticality, listCriticality)
	r.put("code", expConcept(a.Substance))
	r.put("patient", expReference(x.patient))
	r.put("onsetDateTime", x.date(a.Onset))
	r.put("note", expNote(a.Note))
	var reactions []*expObject
	for _, reaction := range a.Reactions {
		o := newObject("manifestation", expConcepts(reaction.Manifestations))
		if o.empty() {
			o.one("manifestation", expAbsentConcept()) // FHIR wants one
		}
		o.put("onset", x.date(reaction.Onset))
		o.code("severity", reaction.Severity, listSeverities)
		reactions = append(reactions, o)
	}
	r.put("reaction", reactions)
	return ref
}

func (x *exporter) problem(p record.Problem) string {
	r, ref := x.resource("Condition")
	certainty, note := expCertainty(p.Note)
	r.put("clinicalStatus", expState(systemClinical, p.Status, listClinical))
	r.put("verificationStatus", certainty)
	categories := []*expObject{expCoded(systemConditionCategory, "problem-list-item", "")}
	if p.ALD {
		categories = append(categories, expCoded(systemsALD[0], codeALD, displayALD))
	}
	r.put("category", categories)
	r.put("severity", expConcept(p.Severity))
	r.put("code", expConcept(p.Condition))
	r.one("bodySite", expConcept(p.BodySite))
	r.put("subject", expReference(x.patient))
	r.put("onsetDateTime", x.date(p.Onset))
	r.put("abatementDateTime", x.date(p.Abatement))
	r.put("note", expNote(note))
	return ref
}

// expCertainty takes from a note the words by which the import says how sure a
// diagnosis is, and gives back the code.
func expCertainty(note string) (certainty *expObject, rest string) {
	first, rest, _ := strings.Cut(note, " / ")
	for _, code := range []string{"unconfirmed", "provisional", "differential"} {
		if first == ipsCertainty(code) && ipsJoin(" / ", first, rest) == note {
			return expCoded(systemCertainty, code, ""), rest
		}
	}
	return nil, note
}

func (x *exporter) procedure(p record.Procedure) string {
	r, ref := x.resource("Procedure")
	r.status(p.Status, listProcedure)
	r.put("code", expConcept(p.Act))
	r.put("subject", expReference(x.patient))
	x.moment(r, "performed", p.Performed)
	r.one("bodySite", expConcept(p.BodySite))
	r.put("note", expNote(p.Note))
	return ref
}

func (x *exporter) device(d record.Device) string {
	thing, device := x.resource("Device")
	thing.text("serialNumber", d.Serial)
	thing.put("type", expConcept(d.Type))
	thing.put("patient", expReference(x.patient))
	r, ref := x.resource("DeviceUseStatement")
	r.status(d.Status, listDeviceUse)
	r.put("subject", expReference(x.patient))
	x.moment(r, "timing", d.Since)
	r.put("device", expReference(device))
	r.put("bodySite", expConcept(d.BodySite))
	r.put("note", expNote(d.Note))
	return ref
}

// expRank is a rank in a vaccine's series that is a FHIR positiveInt.
var expRank = regexp.MustCompile(`^[1-9]\d{0,8}$`)

func (x *exporter) immunization(v record.Immunization) string {
	r, ref := x.resource("Immunization")
	r.status(v.Status, listImmunization)
	r.put("vaccineCode", expConcept(v.Vaccine))
	r.put("patient", expReference(x.patient))
	x.moment(r, "occurrence", v.Date)
	if v.Declared {
		r.no("primarySource")
		r.put("reportOrigin", expCoded(systemOrigin, originRecord, ""))
	}
	r.text("lotNumber", v.Lot)
	r.put("site", expConcept(v.BodySite))
	r.put("route", expConcept(v.Route))
	r.put("note", expNote(v.Note))
	protocol := newObject("targetDisease", expConcepts(v.Targets))
	switch {
	case expRank.MatchString(v.Dose):
		protocol.put("doseNumberPositiveInt", json.Number(v.Dose))
	case v.Dose != "":
		protocol.text("doseNumberString", v.Dose)
	case !protocol.empty():
		protocol.put("_doseNumberString", expAbsent())
	}
	r.one("protocolApplied", protocol)
	return ref
}

// treatment writes one treatment, with its drug as a Medication of its own.
func (x *exporter) treatment(m record.Medication) string {
	drug, medication := x.resource("Medication")
	drug.put("code", expConcept(m.Drug))
	r, ref := x.resource("MedicationStatement")
	r.status(m.Status, listTreatment)
	r.put("medicationReference", expReference(medication))
	r.put("subject", expReference(x.patient))
	if m.Start.Known() || m.End.Known() {
		r.put("effectivePeriod", x.period(m.Start, m.End))
	} else {
		x.moment(r, "effective", "")
	}
	r.one("reasonCode", expConcept(m.Reason))
	r.put("note", expNote(m.Note))
	var dosages []*expObject
	for _, d := range m.Dosages {
		dosages = append(dosages, x.dosage(d))
	}
	r.put("dosage", dosages)
	return ref
}

func (x *exporter) dosage(d record.Dosage) *expObject {
	o := &expObject{}
	o.text("text", d.Text)
	repeat := &expObject{}
	if d.Frequency < 0 || d.Frequency > ipsMaxFrequency {
		x.fail("number")
	}
	if d.Frequency > 0 {
		repeat.put("frequency", d.Frequency)
	}
	repeat.put("period", x.number(d.Period))
	repeat.code("periodUnit", d.PeriodUnit, listPeriodUnits)
	repeat.codes("when", d.When, listWhen)
	o.put("timing", newObject("repeat", repeat))
	o.put("asNeededBoolean", d.AsNeeded)
	o.put("route", expConcept(d.Route))
	o.one("doseAndRate", newObject("doseQuantity", x.quantity(d.Dose)))
	return o
}
