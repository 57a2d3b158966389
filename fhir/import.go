package fhir

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// ImportBundle reads an International Patient Summary and returns the summary it
// makes, sorted, with what could not be carried. Errors are of code invalid, with
// the reason "json", "not_a_bundle", "no_patient", "entered_in_error" (the document
// as a whole) or "too_large".
func ImportBundle(r io.Reader) (*record.Summary, []record.LeftOut, error) {
	data, err := ipsRead(r)
	if err != nil {
		return nil, nil, err
	}
	im, err := importIPS(data)
	if err != nil {
		return nil, nil, err
	}
	return im.summary, im.left, nil
}

// ipsImport is one import under way.
type ipsImport struct {
	bundle    *ipsNode
	resources []*ipsResource
	index     *ipsIndex
	patient   *ipsResource
	summary   *record.Summary
	left      []record.LeftOut
	claims    []ipsClaim
	// blocked holds the sections in which something could not be read, so that
	// "none known" may not be said of them.
	blocked map[record.SectionID]bool
	// met holds the contacts that are in the summary already.
	met map[record.Contact]bool
	// depth counts the groups inside groups that are being read.
	depth int
	// admin is set once an element was met that is said once for all.
	admin bool
	// extended counts the entries that lost nothing but extensions.
	extended int
}

func importIPS(data []byte) (*ipsImport, error) {
	if len(data) == 0 || data[0] != '{' {
		return nil, ipsError("not_a_bundle", errIPSBundle)
	}
	im := &ipsImport{bundle: &ipsNode{}, summary: &record.Summary{}, blocked: map[record.SectionID]bool{}}
	if err := json.Unmarshal(data, im.bundle); err != nil || im.bundle.text("resourceType") != "Bundle" {
		return nil, ipsError("not_a_bundle", errIPSBundle)
	}
	im.readEntries()
	composition := im.firstOf("Composition")
	if im.patient = im.findPatient(composition); im.patient == nil {
		return nil, ipsError("no_patient", errIPSPatient)
	}
	if composition != nil && composition.text("status") == "entered-in-error" {
		return nil, ipsError("entered_in_error", errIPSMistake)
	}
	im.readPatient()
	if composition != nil {
		im.readComposition(composition)
	} else {
		im.readLoose()
	}
	im.readRelatives()
	im.listOrphans()
	im.settleClaims()
	im.finish()
	return im, nil
}

// readEntries makes a resource of every entry, a hollow one where there is none.
func (im *ipsImport) readEntries() {
	for _, entry := range ipsAll[*ipsNode](im.bundle, "entry") {
		raw := entry.raw("resource")
		im.resources = append(im.resources, newIPSResource(raw, entry.text("fullUrl"), false))
	}
	// An entry that is no object at all is an entry all the same.
	for range len(ipsAll[json.RawMessage](im.bundle, "entry")) - len(im.resources) {
		im.resources = append(im.resources, newIPSResource(nil, "", false))
	}
	im.index = newIPSIndex(im.resources)
}

func (im *ipsImport) firstOf(resourceType string) *ipsResource {
	for _, r := range im.resources {
		if r.Type == resourceType {
			return r
		}
	}
	return nil
}

// findPatient is the Composition's subject, or the first patient of the Bundle
// where the subject cannot be found.
func (im *ipsImport) findPatient(composition *ipsResource) *ipsResource {
	if composition != nil {
		if p := im.resolve(composition, ipsGet[ipsReference](composition.ipsNode, "subject")); p != nil && p.Type == "Patient" {
			return p
		}
	}
	return im.firstOf("Patient")
}

func (im *ipsImport) resolve(from *ipsResource, ref ipsReference) *ipsResource {
	return im.index.resolve(from, ref)
}

// leave lists something that has no resource of its own.
func (im *ipsImport) leave(what, why string) {
	im.left = append(im.left, record.LeftOut{What: what, Why: why})
}

// ipsHarmless are reasons for leaving an entry out that say nothing against "none
// known": the source itself takes the entry back, or it is not of this section.
var ipsHarmless = map[string]bool{
	whyError: true, whyRefuted: true, whyCancelled: true, whyDoNotPerform: true, whyOtherPerson: true, whyGrouping: true,
	whyPartialNone: true, whyPastNone: true, whyPhotograph: true, whyDocument: true, whySection: true,
}

// list lists a resource that is not carried.
func (im *ipsImport) list(r *ipsResource, place ipsPlace, why string) {
	if r.fate == ipsPending || r.fate == ipsInfrastructure {
		r.fate = ipsListed
	}
	if place.id != "" && !ipsHarmless[why] {
		im.blocked[place.id] = true
	}
	im.leave(place.what(r.Type, im.titleOf(r)), why)
}

// carried marks a resource as carried, and lists those of its elements that the
// summary does not hold.
func (im *ipsImport) carried(r *ipsResource, place ipsPlace, title string) {
	r.fate = ipsCarried
	if im.astray(r) {
		im.leave(place.what(r.Type, title), WhyAstray)
	}
	switch details := im.details(r); details {
	case "":
	case wordExtension:
		// Nothing in an extension's name tells a person what it held: one line counts
		// them all.
		im.extended++
	default:
		im.leave(place.what(r.Type, title), whyDetails+details)
	}
}

// WhyAstray is the reason given in the list of what is left out for an entry that is
// carried all the same: what could not be carried is whose it is.
const WhyAstray = wordAstray

// astray reports whether r says whose it is by a reference that leads nowhere. It is
// carried all the same, since one file is mostly about one person and an allergy
// must not be lost for a broken link; but somebody has to know.
func (im *ipsImport) astray(r *ipsResource) bool {
	for _, name := range []string{"subject", "patient"} {
		ref := ipsGet[ipsReference](r.ipsNode, name)
		if (ref.Reference != "" || ref.Identifier.Value != "") && im.resolve(r, ref) == nil {
			return true
		}
	}
	return false
}

// details names, once each, the elements of r that were not held.
func (im *ipsImport) details(r *ipsResource) string {
	im.rest(r.ipsNode)
	for _, id := range r.order {
		if r.contained[id].fate == ipsPending {
			r.loseWord(wordContained)
			break
		}
	}
	return ipsJoin(", ", r.lost...)
}

// ipsTechnical are elements that serve machines, or that the section already says.
var ipsTechnical = []string{
	"resourceType", "id", "meta", "implicitRules", "language", "identifier", "subject", "patient", "category", "intent",
	"contained", "text", "status", "linkId",
}

// ipsAdministrative are the elements that are said once for all to be missing.
var ipsAdministrative = []string{
	"recorder", "asserter", "informationSource", "performer", "performerType", "recordedDate", "dateAsserted", "assertedDate",
	"issued", "encounter", "context", "primarySource", "reportOrigin", "location", "requester", "reportedBoolean",
	"reportedReference", "recorded", "recordedOn", "created", "author", "practitioner",
}

// rest marks as lost what nobody read of n.
func (im *ipsImport) rest(n *ipsNode) {
	if n.has("text") && !n.read["text"] {
		var narrative ipsNarrative
		if json.Unmarshal(n.raw("text"), &narrative) == nil && narrative.Status == "additional" {
			n.loseWord(wordNarrative)
		}
	}
	n.skip(ipsTechnical...)
	for _, name := range ipsAdministrative {
		if n.has(name) && !n.read[name] {
			im.admin = true
			n.read[name] = true
		}
	}
	var names []string
	for name := range n.fields {
		if !n.read[name] && n.has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case name == "extension" && n.onlyAbsent(name, false):
		case strings.HasPrefix(name, "_") && n.onlyAbsent(name, true):
		case strings.HasPrefix(name, "_"):
			n.lose("extension")
		default:
			n.lose(name)
		}
		n.read[name] = true
	}
}

// absorb closes a part of n: what is lost of the part is lost of n.
func (im *ipsImport) absorb(n, part *ipsNode) {
	im.rest(part)
	n.lost = append(n.lost, part.lost...)
}

// onlyAbsent reports whether extensions say nothing but why a value is missing, or
// the value in another language, or what was read already.
func (n *ipsNode) onlyAbsent(name string, wrapped bool) bool {
	raw := n.fields[name]
	var all ipsMany[*ipsExtension]
	if wrapped {
		var primitives ipsMany[*ipsPrimitive]
		if json.Unmarshal(raw, &primitives) != nil {
			return false
		}
		for _, p := range primitives {
			if p != nil {
				all = append(all, p.Extension...)
			}
		}
	} else if json.Unmarshal(raw, &all) != nil {
		return false
	}
	for _, e := range all {
		if e != nil && e.URL != extAbsent && e.URL != extTranslation && !n.known[name+" "+string(e.URL)] {
			return false
		}
	}
	return true
}

// listOrphans lists what no section led to.
func (im *ipsImport) listOrphans() {
	for _, r := range im.resources {
		if r.fate != ipsPending {
			continue
		}
		switch r.Type {
		case "":
			r.fate = ipsListed
			im.leave(wordOther, whyNoResource)
		case "Practitioner", "PractitionerRole", "Organization":
			r.fate = ipsInfrastructure
		case "Patient":
			im.list(r, ipsPlace{}, whyOtherPerson)
		case "Composition":
			im.list(r, ipsPlace{}, whySecondDoc)
		case "Media", "DocumentReference":
			im.list(r, ipsPlace{}, im.documentReason(r))
		default:
			if id, sure := ipsNatural[r.Type]; sure {
				im.blocked[id] = true
			}
			im.list(r, ipsPlace{}, whyOrphan)
		}
	}
}

// finish says what is said once for all, and sorts.
func (im *ipsImport) finish() {
	if im.bundle.has("signature") {
		im.leave(wordSummary, whyDetails+ipsElementWord("signature"))
	}
	if im.extended > 0 {
		im.leave(wordEverySect, strconv.Itoa(im.extended)+whyExtensions)
	}
	if im.admin {
		im.leave(wordEverySect, whyAdmin)
	}
	im.summary.Sort()
}

// ImportSummary reads a summary in either of two forms: a FHIR Bundle, which
// names its resourceType, or the JSON of [record.Summary]. In the latter, dates
// and numbers that are not what they should be are removed and listed.
func ImportSummary(r io.Reader) (*record.Summary, []record.LeftOut, error) {
	data, err := ipsRead(r)
	if err != nil {
		return nil, nil, err
	}
	var frame struct {
		ResourceType json.RawMessage `json:"resourceType"`
	}
	if err := json.Unmarshal(data, &frame); err != nil {
		return nil, nil, ipsError("not_a_bundle", errIPSBundle)
	}
	if frame.ResourceType != nil {
		return ImportBundle(bytes.NewReader(data))
	}
	return importOwn(data)
}
