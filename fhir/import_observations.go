package fhir

import (
	"encoding/json"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

type jsonRaw = json.RawMessage

// ipsObservationSection is where an observation outside any known section goes,
// by its category.
func ipsObservationSection(r *ipsResource) (record.SectionID, string) {
	for _, c := range ipsAll[ipsConcept](r.ipsNode, "category") {
		for _, coding := range c.Coding {
			switch coding.Code {
			case "vital-signs":
				return record.VitalSigns, ""
			case "social-history", "survey", "activity", "therapy":
				return "", whySection
			}
		}
	}
	return record.Results, ""
}

// observation carries one Observation into the results or the vital signs. A
// panel's members are carried one by one after it.
func (im *ipsImport) observation(r *ipsResource, place ipsPlace) {
	o := im.readObservation(r.ipsNode)
	o.Status = r.code("status")
	o.Date = r.startOf("effective")
	o.Note = ipsJoin(" / ", r.notes("note"), r.text("comment"))
	members := ipsAll[ipsReference](r.ipsNode, "hasMember")
	if o.What.Empty() {
		im.list(r, place, whyNoCode)
		im.members(r, members, place)
		return
	}
	if !ipsHasValue(o) {
		why := whyNoValue
		if len(members) > 0 {
			why = whyGrouping
		}
		im.list(r, place, why)
		im.members(r, members, place)
		return
	}
	section := &im.summary.Results
	if place.id == record.VitalSigns {
		section = &im.summary.VitalSigns
	}
	section.Entries = append(section.Entries, o)
	im.carried(r, place, o.Title())
	im.members(r, members, place)
}

func ipsHasValue(o record.Observation) bool {
	return !o.Quantity.Empty() || !o.Value.Empty() || len(o.Components) > 0 || o.Note != "" || !o.Interpretation.Empty()
}

// ipsMaxGroups bounds how deep groups of results nest.
const ipsMaxGroups = 16

// members carries the parts of a panel or a report.
func (im *ipsImport) members(r *ipsResource, refs []ipsReference, place ipsPlace) {
	if im.depth >= ipsMaxGroups && len(refs) > 0 {
		im.leave(place.what(r.Type, im.titleOf(r)), whyTooDeep)
		return
	}
	im.depth++
	defer func() { im.depth-- }()
	for _, ref := range refs {
		member := im.resolve(r, ref)
		if member == nil {
			im.unresolved(place, ref)
			continue
		}
		im.readEntry(member, place)
	}
}

// report carries the results of a DiagnosticReport. The report itself is a
// cover: what it says beyond its results is listed.
func (im *ipsImport) report(r *ipsResource, place ipsPlace) {
	results := ipsAll[ipsReference](r.ipsNode, "result")
	r.fate = ipsListed
	r.skip("code")
	r.startOf("effective")
	why := whyGrouping
	if len(results) == 0 {
		why = whyNoValue
	}
	if details := im.details(r); details != "" {
		why += " ; " + whyDetails + details
	}
	im.leave(place.what(r.Type, im.titleOf(r)), why)
	im.members(r, results, place)
}

// readObservation reads what an observation and a component have in common.
func (im *ipsImport) readObservation(n *ipsNode) record.Observation {
	o := record.Observation{What: n.concept("code"), Interpretation: n.first("interpretation")}
	o.Quantity, o.Value = im.value(n)
	var ranges []string
	for _, part := range ipsAll[*ipsNode](n, "referenceRange") {
		ranges = append(ranges, im.reference(n, part))
	}
	o.Reference = ipsJoin(" ; ", ranges...)
	for _, part := range ipsAll[*ipsNode](n, "component") {
		c := im.readObservation(part)
		c.Note = part.note()
		im.absorb(n, part)
		if c.What.Empty() || !ipsHasValue(c) {
			n.lose("component")
			continue
		}
		o.Components = append(o.Components, c)
	}
	return o
}

// value reads a value of any type as a quantity, or as a concept or words.
func (im *ipsImport) value(n *ipsNode) (record.Quantity, record.Concept) {
	words := func(s string) (record.Quantity, record.Concept) { return record.Quantity{}, record.Text(s) }
	switch {
	case n.has("valueQuantity"):
		return n.quantity("valueQuantity"), record.Concept{}
	case n.has("valueCodeableConcept"):
		return record.Quantity{}, n.concept("valueCodeableConcept")
	case n.has("valueString"):
		return words(n.text("valueString"))
	case n.has("valueInteger"):
		q, ok := ipsQuantity{Value: ipsGet[ipsText](n, "valueInteger")}.record()
		if !ok {
			n.garbled("value")
		}
		return q, record.Concept{}
	case n.has("valueBoolean"):
		switch n.text("valueBoolean") {
		case "true":
			return words(wordYes)
		case "false":
			return words(wordNo)
		}
		n.garbled("value")
	case n.has("valueRange"):
		return words(ipsRangeText(ipsGet[ipsRange](n, "valueRange")))
	case n.has("valueRatio"):
		ratio := ipsGet[ipsRatio](n, "valueRatio")
		over, ok1 := ratio.Numerator.record()
		under, ok2 := ratio.Denominator.record()
		if !ok1 || !ok2 || over.Empty() || under.Empty() {
			n.garbled("value")
			break
		}
		return words(over.String() + " / " + under.String())
	case n.has("valueDateTime"):
		return words(n.dateOf("valueDateTime").French())
	case n.has("valueTime"):
		return words(n.text("valueTime"))
	case n.has("valuePeriod"):
		start, end := n.period("valuePeriod")
		switch {
		case start.Known() && end.Known():
			return words(wordFrom + start.French() + " " + wordTo + end.French())
		case start.Known():
			return words(wordSince + start.French())
		case end.Known():
			return words(wordUntil + end.French())
		}
	}
	return record.Quantity{}, record.Concept{}
}

// reference writes a usual range in words. Whom it applies to is listed, since a
// range for others must not pass for the patient's.
func (im *ipsImport) reference(n, part *ipsNode) string {
	text := part.text("text")
	r := ipsRange{Low: ipsGet[ipsQuantity](part, "low"), High: ipsGet[ipsQuantity](part, "high")}
	if text == "" {
		text = ipsRangeText(r)
	}
	if kind := ipsGet[ipsConcept](part, "type"); kind.code() != "" && kind.code() != "normal" {
		text = ipsJoin(" : ", kind.label(), text)
	}
	if ages := ipsRangeText(ipsGet[ipsRange](part, "age")); ages != "" {
		text = ipsJoin(" : ", ages, text)
	}
	for _, group := range part.concepts("appliesTo") {
		text = ipsJoin(" : ", group.String(), text)
	}
	im.absorb(n, part)
	return text
}

// ipsRangeText writes "4 à 6 mmol/L", the unit once where both ends share it.
func ipsRangeText(r ipsRange) string {
	low, ok1 := r.Low.record()
	high, ok2 := r.High.record()
	switch {
	case !ok1 || !ok2:
		return ""
	case low.Empty() && high.Empty():
		return ""
	case low.Empty():
		return wordMax + high.String()
	case high.Empty():
		return wordMin + low.String()
	}
	if low.Unit == high.Unit {
		low.Unit, low.Code = "", ""
	}
	return strings.TrimSpace(low.String()) + wordRange + high.String()
}
