package fhir

import (
	"github.com/zoneblanche/zoneblanche/record"
)

// What marks a long-term condition: a code of the French agency's own
// terminology, "En rapport avec une ALD", under its URL or its object identifier.
const codeALD = "MED-574"

var systemsALD = []string{
	"https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis",
	"urn:oid:1.2.250.1.213.1.1.4.322",
}

// problem carries one Condition. The record has no place for how sure a diagnosis
// is, and a presumption must not read as a fact: the note says it first.
func (im *ipsImport) problem(r *ipsResource, place ipsPlace) {
	p := record.Problem{
		Condition: r.concept("code"),
		Status:    r.code("clinicalStatus"),
		Severity:  r.concept("severity"),
		BodySite:  r.first("bodySite"),
		Onset:     r.startOf("onset"),
		Abatement: r.startOf("abatement"),
	}
	categories := ipsAll[ipsConcept](r.ipsNode, "category")
	for _, system := range systemsALD {
		p.ALD = p.ALD || ipsAnyHas(categories, system, codeALD)
	}
	p.Note = ipsJoin(" / ", ipsCertainty(r.code("verificationStatus")), r.notes("note"))
	if p.Status == "" && place.past {
		p.Status = "inactive"
	}
	if p.Condition.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Problems.Entries = append(im.summary.Problems.Entries, p)
	im.carried(r, place, p.Title())
}

func ipsCertainty(status string) string {
	switch status {
	case "unconfirmed":
		return wordUnconfirmed
	case "provisional":
		return wordProvisional
	case "differential":
		return wordDifferential
	}
	return ""
}

// procedure carries one Procedure, done or not: its status says which.
func (im *ipsImport) procedure(r *ipsResource, place ipsPlace) {
	p := record.Procedure{
		Act:       r.concept("code"),
		Status:    r.code("status"),
		Performed: r.startOf("performed"),
		BodySite:  r.first("bodySite"),
		Note:      ipsJoin(" / ", r.text("performedString"), r.notes("note")),
	}
	if p.Act.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Procedures.Entries = append(im.summary.Procedures.Entries, p)
	im.carried(r, place, p.Title())
}

// deviceUse carries one DeviceUseStatement with the Device that it names.
func (im *ipsImport) deviceUse(r *ipsResource, place ipsPlace) {
	d := record.Device{
		Status:   r.code("status"),
		Since:    r.startOf("timing"),
		BodySite: r.concept("bodySite"),
	}
	ref := ipsGet[ipsReference](r.ipsNode, "device")
	device := im.resolve(r, ref)
	if device == nil || device.Type != "Device" {
		d.Type = record.Text(ipsClean(string(ref.Display)))
		if d.Type.Empty() {
			im.list(r, place, whyUnresolved)
			return
		}
	} else {
		im.describeDevice(device, &d)
		r.lost = append(r.lost, device.lost...)
		if device.fate == ipsPending {
			device.fate = ipsInfrastructure
		}
	}
	d.Note = ipsJoin(" / ", d.Note, r.notes("note"))
	im.addDevice(r, place, d)
}

// deviceAlone carries a Device to which a section refers without a statement of
// use.
func (im *ipsImport) deviceAlone(r *ipsResource, place ipsPlace) {
	d := record.Device{Status: r.word("status")}
	im.describeDevice(r, &d)
	im.addDevice(r, place, d)
}

func (im *ipsImport) addDevice(r *ipsResource, place ipsPlace, d record.Device) {
	if d.Type.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Devices.Entries = append(im.summary.Devices.Entries, d)
	im.carried(r, place, d.Title())
}

// describeDevice reads what a device is. A commercial name beside a type, and who
// made it, go into the note; the serial number first, else the UDI.
func (im *ipsImport) describeDevice(device *ipsResource, d *record.Device) {
	d.Type = device.concept("type")
	var names []string
	for _, n := range ipsAll[*ipsNode](device.ipsNode, "deviceName") {
		names = append(names, n.text("name"))
	}
	brand := ipsJoin(", ", names...)
	if d.Type.Empty() {
		d.Type, brand = record.Text(brand), ""
	}
	d.Note = ipsJoin(" / ", ipsJoin(", ", device.text("manufacturer"), brand, device.text("modelNumber")), device.notes("note"))
	d.Serial = device.text("serialNumber")
	for _, udi := range ipsAll[*ipsNode](device.ipsNode, "udiCarrier") {
		id := ipsJoin("", udi.text("carrierHRF"))
		if id == "" {
			id = udi.text("deviceIdentifier")
		}
		if d.Serial == "" {
			d.Serial = id
		} else if id != "" && id != d.Serial {
			device.lose("udiCarrier")
		}
	}
	device.skip("status", "owner")
	im.rest(device.ipsNode)
}

// immunization carries one vaccine, given or not: its status says which.
func (im *ipsImport) immunization(r *ipsResource, place ipsPlace) {
	v := record.Immunization{
		Vaccine:  r.concept("vaccineCode"),
		Status:   r.code("status"),
		Date:     r.startOf("occurrence"),
		Lot:      r.text("lotNumber"),
		Route:    r.concept("route"),
		BodySite: r.concept("site"),
	}
	reason := r.concept("statusReason").String()
	if reason != "" {
		reason = wordReason + reason
	}
	v.Note = ipsJoin(" / ", reason, r.text("occurrenceString"), r.notes("note"))
	if r.isTrue("notGiven") { // as an older version has it
		v.Status = "not-done"
	}
	if !v.Date.Known() && r.has("date") {
		v.Date = r.dateOf("date") // likewise
	}
	// A vaccine that is known from a written record alone is declared, not proved.
	if r.text("primarySource") == "false" && ipsAnyHas(ipsAll[ipsConcept](r.ipsNode, "reportOrigin"), systemOrigin, originRecord) {
		v.Declared = true
	} else if r.has("primarySource") || r.has("reportOrigin") {
		im.admin = true
	}
	if r.text("isSubpotent") == "true" {
		r.lose("isSubpotent")
	}
	for i, n := range ipsAll[*ipsNode](r.ipsNode, "protocolApplied") {
		if i > 0 {
			r.lose("protocolApplied")
			break
		}
		v.Targets = n.concepts("targetDisease")
		v.Dose = ipsJoin("", n.text("doseNumberPositiveInt"), n.text("doseNumberString"))
		im.absorb(r.ipsNode, n)
	}
	if v.Vaccine.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Immunizations.Entries = append(im.summary.Immunizations.Entries, v)
	im.carried(r, place, v.Title())
}
