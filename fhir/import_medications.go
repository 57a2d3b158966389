package fhir

import (
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// medication carries one MedicationStatement or MedicationRequest.
func (im *ipsImport) medication(r *ipsResource, place ipsPlace) {
	m := record.Medication{Status: ipsMedicationStatus(r.code("status"))}
	var why string
	if m.Drug, why = im.drug(r); why != "" {
		im.list(r, place, why)
		return
	}
	if r.has("effectivePeriod") {
		m.Start, m.End = r.period("effectivePeriod")
	} else {
		m.Start = r.startOf("effective")
	}
	prescribed := ""
	if r.Type == "MedicationRequest" && r.has("authoredOn") {
		if day := r.dateOf("authoredOn").French(); day != "" {
			prescribed = wordPrescribed + day
		}
	}
	for _, name := range []string{"dosage", "dosageInstruction"} {
		for _, n := range ipsAll[*ipsNode](r.ipsNode, name) {
			dosage := im.dosage(r, n, &m)
			if !ipsNoDosage(dosage) {
				m.Dosages = append(m.Dosages, dosage)
			}
		}
	}
	m.Reason = im.reason(r)
	m.Note = ipsJoin(" / ", prescribed, r.notes("note"))
	im.summary.Medications.Entries = append(im.summary.Medications.Entries, m)
	im.carried(r, place, m.Title())
}

// ipsMedicationStatus brings the words of a prescription to those of a statement.
func ipsMedicationStatus(status string) string {
	switch status {
	case "cancelled":
		return "stopped"
	case "draft":
		return "intended"
	}
	return status
}

// drug finds what is taken: a concept, a Medication inside or beside, or at least
// the words of the reference.
func (im *ipsImport) drug(r *ipsResource) (record.Concept, string) {
	if drug := r.concept("medicationCodeableConcept"); !drug.Empty() {
		return drug, ""
	}
	if !r.has("medicationReference") {
		return record.Concept{}, whyNoCode
	}
	ref := ipsGet[ipsReference](r.ipsNode, "medicationReference")
	words := ipsClean(string(ref.Display))
	medication := im.resolve(r, ref)
	if medication == nil || medication.Type != "Medication" {
		if words == "" {
			return record.Concept{}, whyUnresolved
		}
		r.lose("code")
		return record.Text(words), ""
	}
	drug := medication.concept("code")
	if drug.Empty() {
		drug = im.ingredients(medication)
	}
	if drug.Empty() {
		drug = record.Text(words)
	}
	if drug.Empty() {
		return drug, whyNoCode
	}
	if medication.fate == ipsPending {
		medication.fate = ipsInfrastructure
	}
	im.rest(medication.ipsNode)
	r.lost = append(r.lost, medication.lost...)
	return drug, ""
}

// ingredients names a drug that has no name by what it is made of.
func (im *ipsImport) ingredients(medication *ipsResource) record.Concept {
	var names []string
	var only record.Concept
	for _, n := range ipsAll[*ipsNode](medication.ipsNode, "ingredient") {
		item := n.concept("itemCodeableConcept")
		if item.Empty() && n.has("itemReference") {
			ref := ipsGet[ipsReference](n, "itemReference")
			if target := im.resolve(medication, ref); target != nil {
				item = target.concept("code")
				if target.fate == ipsPending {
					target.fate = ipsInfrastructure
				}
			} else {
				item = record.Text(ipsClean(string(ref.Display)))
			}
		}
		if item.Empty() {
			continue
		}
		only = item
		names = append(names, item.String())
		im.absorb(medication.ipsNode, n)
	}
	if len(names) == 1 {
		return only
	}
	return record.Text(strings.Join(names, " + "))
}

// reason is why a treatment is taken.
func (im *ipsImport) reason(r *ipsResource) record.Concept {
	reason := r.first("reasonCode")
	for _, ref := range ipsAll[ipsReference](r.ipsNode, "reasonReference") {
		var named record.Concept
		if target := im.resolve(r, ref); target != nil && target.Type == "Condition" {
			named = ipsPeek(target, "code")
		}
		if named.Empty() {
			named = record.Text(ipsClean(string(ref.Display)))
		}
		switch {
		case named.Empty():
			r.lose("reasonReference")
		case reason.Empty():
			reason = named
		case !ipsSameConcept(named, reason):
			r.lose("reasonReference")
		}
	}
	return reason
}

// ipsPeek reads a concept of another resource without marking it as read there.
func ipsPeek(r *ipsResource, name string) record.Concept {
	raw, ok := r.fields[name]
	if !ok {
		return record.Concept{}
	}
	alone := &ipsNode{fields: map[string]jsonRaw{name: raw}, read: map[string]bool{}}
	return alone.concept(name)
}

func ipsNoDosage(d record.Dosage) bool {
	return d.Text == "" && d.Dose.Empty() && d.Frequency == 0 && len(d.When) == 0 && !d.AsNeeded && d.Route.Empty()
}

// dosage carries one Dosage. The source's words come first. What the numbers of
// the record cannot express (days of the week, "one to two", a count) withdraws
// the numbers and, where the source has no words, is put into words: half of a
// rhythm would be another rhythm.
func (im *ipsImport) dosage(r *ipsResource, n *ipsNode, m *record.Medication) record.Dosage {
	d := record.Dosage{Text: n.text("text"), Route: n.concept("route")}
	written := d.Text != ""
	if patient := n.text("patientInstruction"); patient != "" {
		if written && patient != d.Text {
			n.lose("patientInstruction")
		} else {
			d.Text = patient
		}
	}
	for _, c := range n.concepts("additionalInstruction") {
		if written {
			n.lose("additionalInstruction")
		} else {
			d.Text = ipsJoin(", ", d.Text, c.String())
		}
	}
	words := im.dose(n, &d)
	for _, t := range ipsAll[*ipsNode](n, "timing") {
		words = ipsJoin(", ", words, im.timing(n, t, &d, m))
	}
	d.AsNeeded = n.isTrue("asNeededBoolean")
	if n.has("asNeededCodeableConcept") {
		d.AsNeeded = true
		if why := n.concept("asNeededCodeableConcept").String(); why != "" {
			words = ipsJoin(", ", words, wordAsNeeded+why)
		}
	}
	if words != "" {
		if written {
			n.lose("repeat")
		} else {
			d.Text = ipsJoin(", ", d.Text, words)
		}
	}
	n.skip("sequence")
	im.absorb(r.ipsNode, n)
	return d
}

// dose reads how much is taken at once, and returns in words what is no single
// quantity.
func (im *ipsImport) dose(n *ipsNode, d *record.Dosage) (words string) {
	parts := ipsAll[*ipsNode](n, "doseAndRate")
	if n.has("doseQuantity") || n.has("doseRange") { // as an older version has it
		parts = append(parts, n)
	}
	for i, part := range parts {
		if i > 0 {
			n.lose("doseAndRate")
			break
		}
		d.Dose = part.quantity("doseQuantity")
		if part.has("doseRange") {
			words = ipsRangeText(ipsGet[ipsRange](part, "doseRange"))
		}
		if part != n {
			part.skip("type")
			im.absorb(n, part)
		}
	}
	return words
}

// timing reads a rhythm, and returns in words what is no plain one.
func (im *ipsImport) timing(n, t *ipsNode, d *record.Dosage, m *record.Medication) (words string) {
	code := t.concept("code").String()
	if events := ipsAll[ipsText](t, "event"); len(events) > 0 {
		t.lose("eventTimes")
	}
	for _, rep := range ipsAll[*ipsNode](t, "repeat") {
		words = ipsJoin(", ", words, im.repeat(rep, d, m))
		im.absorb(t, rep)
	}
	if code != "" && words == "" && d.Frequency == 0 && len(d.When) == 0 {
		words = code
	}
	im.absorb(n, t)
	return words
}

// ipsUnits are the units of time that FHIR has for a rhythm. With another one,
// the rhythm is put into words as it stands.
var ipsUnits = map[string]bool{"s": true, "min": true, "h": true, "d": true, "wk": true, "mo": true, "a": true}

func (im *ipsImport) repeat(n *ipsNode, d *record.Dosage, m *record.Medication) (words string) {
	frequency, period, unit := n.text("frequency"), n.text("period"), n.word("periodUnit")
	var days, hours, others []string
	for _, day := range ipsAll[ipsText](n, "dayOfWeek") {
		name, ok := ipsDayFrench[string(day)]
		if !ok {
			name = ipsClean(string(day))
		}
		days = append(days, name)
	}
	for _, hour := range ipsAll[ipsText](n, "timeOfDay") {
		hours = append(hours, strings.TrimSuffix(ipsClean(string(hour)), ":00"))
	}
	if s := n.text("frequencyMax"); s != "" {
		frequency += wordRange + s
		others = append(others, s)
	}
	if s := n.text("periodMax"); s != "" {
		period += wordRange + s
		others = append(others, s)
	}
	if s := n.text("count"); s != "" {
		others = append(others, ipsElementWord("count")+" : "+s)
		words = others[len(others)-1]
	}
	when := n.words("when")
	im.bounds(n, m)
	if n.has("offset") {
		others = append(others, n.text("offset"))
		words = ipsJoin(", ", words, ipsElementWord("offset")+" : "+n.text("offset")+wordMinutes)
	}
	plain := len(days)+len(hours)+len(others) == 0
	times, err := strconv.Atoi(frequency)
	if frequency == "" {
		times, err = 0, nil
	}
	number, isNumber := ipsNumber(period)
	measured := period == "" || isNumber && ipsUnits[unit]
	if period == "" {
		unit = "" // a unit of nothing
	}
	if plain && err == nil && times >= 0 && times <= ipsMaxFrequency && measured {
		d.Frequency, d.Period, d.PeriodUnit, d.When = times, number, unit, when
		if times == 0 && period != "" {
			d.Frequency = 1 // FHIR: once in each period unless stated
		}
		return ""
	}
	rhythm := ""
	if frequency != "" {
		rhythm = frequency + wordTimes
	}
	if period != "" {
		rhythm = ipsJoin(" ", rhythm, ipsClean(wordPer+period+"\u00a0"+ipsUnitFrench(unit)))
	}
	return ipsJoin(", ", rhythm, strings.Join(days, wordAnd), strings.Join(hours, wordAnd), strings.Join(when, " "), words)
}

// bounds gives the treatment the dates that only its rhythm has.
func (im *ipsImport) bounds(n *ipsNode, m *record.Medication) {
	if !n.has("boundsPeriod") {
		return
	}
	start, end := n.period("boundsPeriod")
	if !m.Start.Known() {
		m.Start = start
	}
	switch {
	case !m.End.Known():
		m.End = end
	case end.Known() && end != m.End:
		n.lose("bounds")
	}
}
