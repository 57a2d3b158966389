package fhir

import (
	"encoding/json"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// ipsPlace is where an entry was found.
type ipsPlace struct {
	id    record.SectionID // "" where the section is unknown or has no code
	title string           // the source's title
	// past is set in the section of past illnesses, whose problems are over unless
	// they say otherwise.
	past bool
	// foreign is set in a section that has a code which is none of ours.
	foreign bool
}

// what names an entry for the list of what was left out.
func (p ipsPlace) what(resourceType, title string) string {
	where := ""
	switch {
	case p.id != "":
		where = ipsTitle(p.id)
	case p.title != "":
		where = p.title
	default:
		if where = ipsTypeFrench[resourceType]; where == "" {
			where = resourceType
		}
	}
	if title == "" {
		return where
	}
	return where + " : " + title
}

// at is the same place once the section of an entry is known.
func (p ipsPlace) at(id record.SectionID) ipsPlace {
	p.id = id
	return p
}

// ipsSections maps the LOINC codes of sections to ours.
var ipsSections = func() map[string]record.SectionID {
	m := map[string]record.SectionID{loincPastIllness: record.Problems}
	for _, info := range record.SectionInfos {
		m[info.LOINC] = info.ID
	}
	return m
}()

const loincPastIllness = "11348-0"

// ipsMaxSections bounds how deep sections nest.
const ipsMaxSections = 8

// readComposition reads the document's head and walks its sections.
func (im *ipsImport) readComposition(c *ipsResource) {
	c.fate = ipsInfrastructure
	if im.bundle.text("type") != "document" {
		im.leave(wordSummary, whyNotDocument)
	}
	if c.text("status") == "preliminary" {
		im.leave(wordSummary, whyProvisional)
	}
	im.readHead(c)
	for _, section := range ipsAll[*ipsNode](c.ipsNode, "section") {
		im.readSection(c, section, ipsPlace{}, 1)
	}
	c.skip("title", "type", "subject")
	if details := im.details(c); details != "" {
		im.leave(wordSummary, whyDetails+details)
	}
}

// readHead reads the date, the language and the author.
func (im *ipsImport) readHead(c *ipsResource) {
	im.summary.UpdatedAt = c.dateOf("date")
	if !im.summary.UpdatedAt.Known() && !c.absent("date") {
		im.useTimestamp()
	}
	im.summary.Abridged = c.count(extAbridged)
	im.readLanguage(c.text("language"))
	for _, ref := range ipsAll[ipsReference](c.ipsNode, "author") {
		im.readAuthor(c, ref)
	}
	if c.text("confidentiality") != "N" && c.has("confidentiality") {
		c.lose("confidentiality")
	}
	if c.has("custodian") {
		keeper := im.resolve(c, ipsGet[ipsReference](c.ipsNode, "custodian"))
		if keeper == nil || keeper.text("name") != im.summary.Author.Organisation {
			c.lose("custodian")
		}
	}
}

// useTimestamp takes the Bundle's own date where the document has none, and says so.
func (im *ipsImport) useTimestamp() {
	im.summary.UpdatedAt = im.bundle.dateOf("timestamp")
	if im.summary.UpdatedAt.Known() {
		im.leave(wordSummary, wordDateOf)
	}
}

// readLanguage keeps the language in which labels are; a document that states
// none is not known to be French.
func (im *ipsImport) readLanguage(lang string) {
	if lang == "" {
		lang = im.bundle.text("language")
	}
	switch {
	case lang == "":
		im.summary.Language = "und"
	case strings.EqualFold(lang, "fr"), strings.EqualFold(lang, "fr-FR"):
		im.summary.Language = ""
	default:
		im.summary.Language = lang
	}
}

// readSection walks one section. A part of a section without a code of its own
// belongs where its parent does.
func (im *ipsImport) readSection(c *ipsResource, section *ipsNode, parent ipsPlace, depth int) {
	place := parent
	code := ipsGet[ipsConcept](section, "code")
	if codings := len(code.Coding); codings > 0 {
		place = ipsPlace{foreign: true}
		for _, coding := range code.Coding {
			id, ok := ipsSections[string(coding.Code)]
			if ok && (coding.System == record.SystemLOINC || coding.System == "") {
				place = ipsPlace{id: id, past: string(coding.Code) == loincPastIllness}
				break
			}
		}
	}
	place.title = section.text("title")
	if place.title == "" {
		place.title = code.label()
	}
	if place.title == "" {
		place.title = wordNoTitle
	}
	entries := ipsAll[ipsReference](section, "entry")
	for _, ref := range entries {
		r := im.resolve(c, ref)
		if r == nil {
			im.unresolved(place, ref)
			continue
		}
		im.readEntry(r, place)
	}
	parts := ipsAll[*ipsNode](section, "section")
	for _, part := range parts {
		if depth >= ipsMaxSections {
			im.leave(place.what("", ""), whyTooDeep)
			break
		}
		im.readSection(c, part, place, depth+1)
	}
	reason := ipsGet[ipsConcept](section, "emptyReason")
	if section.has("emptyReason") {
		im.claimEmpty(place, reason.code())
	}
	im.readNarrative(section, place, len(entries)+len(parts) == 0 && !section.has("emptyReason"))
	if place.id != "" {
		im.omit(place.id, section.count(extOmitted))
	}
	section.skip("mode", "orderedBy", "author", "extension")
	im.rest(section)
	if len(section.lost) > 0 {
		im.leave(place.what("", ""), whyDetails+ipsJoin(", ", section.lost...))
	}
}

// readNarrative lists words that no entry says: those of a section that has no
// entry, and those that declare themselves additional.
func (im *ipsImport) readNarrative(section *ipsNode, place ipsPlace, alone bool) {
	raw := section.raw("text")
	if raw == nil {
		return
	}
	var narrative ipsNarrative
	if json.Unmarshal(raw, &narrative) != nil {
		section.garbled("text")
		return
	}
	if alone && narrative.Status != "empty" && ipsWords(string(narrative.Div)) {
		im.leave(place.what("", ""), record.WhyNarrativeOnly)
	}
	if !alone && narrative.Status == "additional" {
		section.loseWord(wordNarrative)
	}
}

// ipsWords reports whether XHTML holds anything but marks and spaces.
func ipsWords(div string) bool {
	inTag := false
	for _, r := range div {
		switch {
		case r == '<':
			inTag = true
		case r == '>':
			inTag = false
		case !inTag && r > ' ' && r != '\u00a0':
			return true
		}
	}
	return false
}

// unresolved lists a reference that leads nowhere.
func (im *ipsImport) unresolved(place ipsPlace, ref ipsReference) {
	im.leave(place.what("", ipsClean(string(ref.Display))), whyUnresolved)
	if place.id != "" {
		im.blocked[place.id] = true
	}
}

// readLoose imports a Bundle that has no Composition: every entry by its type.
func (im *ipsImport) readLoose() {
	im.leave(wordSummary, whyNotDocument)
	im.useTimestamp()
	im.readLanguage("")
	for _, r := range im.resources {
		// Types that only make sense in a section, or serve others, are told apart at
		// the end.
		switch r.Type {
		case "AllergyIntolerance", "MedicationStatement", "MedicationRequest", "Condition", "Procedure",
			"DeviceUseStatement", "Immunization", "Observation", "DiagnosticReport", "CarePlan", "Consent":
			im.readEntry(r, ipsPlace{})
		}
	}
}

// ipsNatural are the types whose section is sure, wherever they stand.
var ipsNatural = map[string]record.SectionID{
	"AllergyIntolerance":  record.Allergies,
	"MedicationStatement": record.Medications,
	"MedicationRequest":   record.Medications,
	"Immunization":        record.Immunizations,
	"Procedure":           record.Procedures,
	"DeviceUseStatement":  record.Devices,
	"CarePlan":            record.CarePlan,
}

// destination is the section that an entry belongs to, and why it belongs to none.
func (im *ipsImport) destination(r *ipsResource, place ipsPlace) (record.SectionID, string) {
	if id, ok := ipsNatural[r.Type]; ok {
		return id, ""
	}
	if r.Type == "Consent" {
		return record.Directives, ""
	}
	if place.foreign {
		switch r.Type {
		case "Media", "DocumentReference":
			return "", im.documentReason(r)
		}
		return "", whySection
	}
	accepts := map[record.SectionID][]string{
		record.Problems:    {"Condition"},
		record.PregnancyID: {"Condition", "Observation"},
		record.Results:     {"Observation", "DiagnosticReport"},
		record.VitalSigns:  {"Observation", "DiagnosticReport"},
		record.Devices:     {"Device"},
		record.Directives:  {"DocumentReference"},
	}
	for _, accepted := range accepts[place.id] {
		if r.Type == accepted {
			return place.id, ""
		}
	}
	if place.id == "" {
		switch r.Type {
		case "Condition":
			return record.Problems, ""
		case "DiagnosticReport":
			return record.Results, ""
		case "Observation":
			return ipsObservationSection(r)
		}
	}
	switch r.Type {
	case "Media", "DocumentReference":
		return "", im.documentReason(r)
	}
	return "", whyType
}

// readEntry imports one resource that a section refers to.
func (im *ipsImport) readEntry(r *ipsResource, place ipsPlace) {
	if r.fate != ipsPending {
		return // two sections may name the same entry
	}
	if r.Type == "" {
		im.list(r, place, whyUnreadable)
		return
	}
	id, why := im.destination(r, place)
	if why == "" {
		place = place.at(id)
		why = im.refusal(r)
	}
	if why != "" {
		im.list(r, place, why)
		return
	}
	if im.claimCode(r, place) {
		return
	}
	im.convert(r, place)
}

// refusal is why an entry must not be carried whatever it says.
func (im *ipsImport) refusal(r *ipsResource) string {
	if r.has("modifierExtension") {
		return whyModifier
	}
	for _, name := range []string{"subject", "patient"} {
		if !r.has(name) {
			continue
		}
		about := im.resolve(r, ipsGet[ipsReference](r.ipsNode, name))
		if about != nil && about != im.patient {
			return whyOtherPerson
		}
	}
	status, verification := r.code("status"), r.code("verificationStatus")
	switch {
	case status == "entered-in-error" || verification == "entered-in-error":
		return whyError
	case verification == "refuted":
		return whyRefuted
	case status == "cancelled" && r.Type == "Observation":
		return whyCancelled
	case r.isTrue("doNotPerform"):
		return whyDoNotPerform
	}
	return ""
}

// convert carries one entry into its section.
func (im *ipsImport) convert(r *ipsResource, place ipsPlace) {
	switch r.Type {
	case "AllergyIntolerance":
		im.allergy(r, place)
	case "MedicationStatement", "MedicationRequest":
		im.medication(r, place)
	case "Condition":
		if place.id == record.PregnancyID {
			im.pregnancyCondition(r, place)
			return
		}
		im.problem(r, place)
	case "Procedure":
		im.procedure(r, place)
	case "DeviceUseStatement":
		im.deviceUse(r, place)
	case "Device":
		im.deviceAlone(r, place)
	case "Immunization":
		im.immunization(r, place)
	case "Observation":
		if place.id == record.PregnancyID {
			im.pregnancy(r, place)
			return
		}
		im.observation(r, place)
	case "DiagnosticReport":
		im.report(r, place)
	case "CarePlan":
		im.carePlan(r, place)
	case "Consent":
		im.consent(r, place)
	case "DocumentReference":
		im.directiveDocument(r, place)
	default:
		im.list(r, place, whyType)
	}
}

// titleOf names a resource for a person.
func (im *ipsImport) titleOf(r *ipsResource) string {
	for _, name := range []string{"code", "vaccineCode", "medicationCodeableConcept", "type"} {
		raw, ok := r.fields[name]
		if !ok {
			continue
		}
		var concepts ipsMany[ipsConcept]
		if json.Unmarshal(raw, &concepts) == nil && len(concepts) > 0 {
			if s := concepts[0].record().String(); s != "" {
				return s
			}
		}
	}
	for _, name := range []string{"medicationReference", "device"} {
		var ref ipsReference
		if raw, ok := r.fields[name]; ok && json.Unmarshal(raw, &ref) == nil {
			if target := im.resolve(r, ref); target != nil && (target.Type == "Medication" || target.Type == "Device") {
				for _, name := range []string{"code", "type"} {
					if s := ipsPeek(target, name).String(); s != "" {
						return s
					}
				}
			}
			if s := ipsClean(string(ref.Display)); s != "" {
				return s
			}
		}
	}
	for _, name := range []string{"title", "description"} {
		var s ipsText
		if raw, ok := r.fields[name]; ok && json.Unmarshal(raw, &s) == nil && s != "" {
			return ipsClean(string(s))
		}
	}
	return ""
}

// documentReason tells a photograph from another file.
func (im *ipsImport) documentReason(r *ipsResource) string {
	if r.Type == "Media" {
		return whyPhotograph
	}
	var contents []struct {
		Attachment struct {
			ContentType ipsText `json:"contentType"`
		} `json:"attachment"`
	}
	if json.Unmarshal(r.fields["content"], &contents) == nil {
		for _, c := range contents {
			if strings.HasPrefix(string(c.Attachment.ContentType), "image/") {
				return whyPhotograph
			}
		}
	}
	return whyDocument
}
