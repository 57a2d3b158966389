package fhir

import (
	"encoding/json"
	"strconv"

	"github.com/zoneblanche/zoneblanche/record"
)

// Extensions of our own, which doc.go lists. They hold what a summary says and no
// element of FHIR can; the export writes them and only the import reads them.
const (
	extBase      = "https://zoneblanche.example/fhir/StructureDefinition/"
	extAsWritten = extBase + "as-written"
	extOmitted   = extBase + "omitted-entries"
	extAbridged  = extBase + "abridged-entries"
	extNote      = extBase + "note"
	extValue     = extBase + "value"
	extContactID = extBase + "contact-identifier"
)

// Where a vaccine's entry comes from (terminology.hl7.org/CodeSystem/immunization-origin).
const (
	systemOrigin = "http://terminology.hl7.org/CodeSystem/immunization-origin"
	originRecord = "record" // a written record that the patient brought
)

// Bounds of numbers that are believed.
const (
	ipsMaxCount     = 1_000_000
	ipsMaxFrequency = 999
)

// ours returns the extension of an element that has the URL, one of ours, and
// marks it as read. The other extensions of the element are told as ever.
func (n *ipsNode) ours(url string) *ipsExtension {
	raw, ok := n.fields["extension"]
	if !ok {
		return nil
	}
	var all ipsMany[*ipsExtension]
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return n.take("extension", url, all)
}

// take returns the one extension of that URL; where there are two, neither is
// believed.
func (n *ipsNode) take(name, url string, all []*ipsExtension) *ipsExtension {
	var found *ipsExtension
	for _, e := range all {
		if e == nil || e.URL != ipsText(url) {
			continue
		}
		if found != nil {
			return nil
		}
		found = e
	}
	if found != nil {
		if n.known == nil {
			n.known = map[string]bool{}
		}
		n.known[name+" "+url] = true
	}
	return found
}

// beside returns what a primitive that has no value carries instead of it.
func (n *ipsNode) beside(name string) []*ipsPrimitive {
	raw, ok := n.fields["_"+name]
	if !ok || n.has(name) {
		return nil
	}
	var all ipsMany[*ipsPrimitive]
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}

// absent reports whether the source says that it does not know an element.
func (n *ipsNode) absent(name string) bool {
	all := n.beside(name)
	return len(all) == 1 && all[0].absent()
}

// word reads a code. Where FHIR's list lacked it, it stands beside the element;
// it is never read against a value that the element has.
func (n *ipsNode) word(name string) string {
	if n.has(name) {
		return n.text(name)
	}
	words := n.words(name)
	if len(words) != 1 {
		return ""
	}
	return words[0]
}

// words reads a list of codes likewise.
func (n *ipsNode) words(name string) []string {
	var out []string
	for _, t := range ipsAll[ipsText](n, name) {
		if s := ipsClean(string(t)); s != "" {
			out = append(out, s)
		}
	}
	for _, p := range n.beside(name) {
		if p == nil {
			continue
		}
		if e := n.take("_"+name, extAsWritten, p.Extension); e != nil {
			if s := ipsClean(string(e.ValueString)); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// note reads words that the element's type has no place for.
func (n *ipsNode) note() string {
	e := n.ours(extNote)
	if e == nil {
		return ""
	}
	return ipsClean(string(e.ValueString))
}

// count reads how many things are not there.
func (n *ipsNode) count(url string) int {
	e := n.ours(url)
	if e == nil {
		return 0
	}
	number, err := strconv.Atoi(string(e.ValueUnsigned))
	if err != nil || number < 0 || number > ipsMaxCount {
		n.garbled("extension")
		return 0
	}
	return number
}

// absent reports whether extensions say that the value is not known.
func (p *ipsPrimitive) absent() bool {
	if p == nil {
		return false
	}
	for _, e := range p.Extension {
		if e != nil && e.URL == extAbsent {
			return true
		}
	}
	return false
}

// written returns what stands instead of a value that its type cannot have.
func (p *ipsPrimitive) written() string {
	if p == nil {
		return ""
	}
	for _, e := range p.Extension {
		if e != nil && e.URL == extAsWritten {
			return ipsClean(string(e.ValueString))
		}
	}
	return ""
}

// concept is the extension's value.
func (e *ipsExtension) concept() record.Concept {
	var c ipsConcept
	if e == nil || json.Unmarshal(e.ValueConcept, &c) != nil {
		return record.Concept{}
	}
	return c.record()
}

// omit counts entries of a section that are not in the document. They contradict
// "none known".
func (im *ipsImport) omit(id record.SectionID, n int) {
	s := im.summary
	if n == 0 {
		return
	}
	im.blocked[id] = true
	switch id {
	case record.Allergies:
		s.Allergies.Omitted += n
	case record.Medications:
		s.Medications.Omitted += n
	case record.Problems:
		s.Problems.Omitted += n
	case record.PregnancyID:
		s.Pregnancy.Omitted += n
	case record.Devices:
		s.Devices.Omitted += n
	case record.Procedures:
		s.Procedures.Omitted += n
	case record.Immunizations:
		s.Immunizations.Omitted += n
	case record.Results:
		s.Results.Omitted += n
	case record.VitalSigns:
		s.VitalSigns.Omitted += n
	case record.CarePlan:
		s.CarePlan.Omitted += n
	case record.Directives:
		s.Directives.Omitted += n
	}
}

// contactNumber reads a contact's national number.
func (im *ipsImport) contactNumber(n *ipsNode) string {
	e := n.ours(extContactID)
	var id ipsIdentifier
	if e == nil {
		return ""
	}
	if json.Unmarshal(e.ValueIdentifier, &id) != nil || id.System != record.SystemRPPS {
		n.garbled("extension")
		return ""
	}
	number := ipsClean(string(id.Value))
	if record.CheckRPPS(number) != nil {
		im.leave(wordContact, whyRPPS)
		return ""
	}
	return number
}

// ipsNoteOf reads words beside an identifier.
func ipsNoteOf(all []*ipsExtension) string {
	for _, e := range all {
		if e != nil && e.URL == extNote {
			return ipsClean(string(e.ValueString))
		}
	}
	return ""
}

// unknown reports whether an official name says that it is not known.
func (h ipsName) unknown() bool {
	return h.Use == "official" && h.full() == "" && h.XFamily.absent()
}
