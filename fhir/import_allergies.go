package fhir

import "github.com/zoneblanche/zoneblanche/record"

// allergy carries one AllergyIntolerance.
func (im *ipsImport) allergy(r *ipsResource, place ipsPlace) {
	a := record.Allergy{
		Substance:    r.concept("code"),
		Type:         r.word("type"),
		Criticality:  r.word("criticality"),
		Status:       r.code("clinicalStatus"),
		Verification: r.code("verificationStatus"),
		Onset:        r.startOf("onset"),
		Note:         r.notes("note"),
		Categories:   r.words("category"),
	}
	for _, n := range ipsAll[*ipsNode](r.ipsNode, "reaction") {
		im.reaction(r, n, &a)
	}
	if a.Substance.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Allergies.Entries = append(im.summary.Allergies.Entries, a)
	im.carried(r, place, a.Title())
}

// reaction carries one reaction. Its substance stands for the allergy's where
// that has none, as some sources write it.
func (im *ipsImport) reaction(r *ipsResource, n *ipsNode, a *record.Allergy) {
	reaction := record.Reaction{
		Manifestations: n.concepts("manifestation"),
		Severity:       n.word("severity"),
		Onset:          n.dateOf("onset"),
	}
	substance := n.concept("substance")
	switch {
	case a.Substance.Empty():
		a.Substance = substance
	case !substance.Empty() && !ipsSameConcept(substance, a.Substance):
		n.lose("substance")
	}
	if words := n.text("description"); words != "" {
		if len(reaction.Manifestations) == 0 {
			reaction.Manifestations = []record.Concept{record.Text(words)}
		} else if len(reaction.Manifestations) != 1 || reaction.Manifestations[0].Label != words {
			n.lose("description")
		}
	}
	im.absorb(r.ipsNode, n)
	if len(reaction.Manifestations) > 0 || reaction.Severity != "" || reaction.Onset.Known() {
		a.Reactions = append(a.Reactions, reaction)
	}
}

// ipsSameConcept reports whether b says at least what a says.
func ipsSameConcept(a, b record.Concept) bool {
	if a.Label == b.Label {
		return true
	}
	for _, code := range a.Codes {
		if b.Has(code.System, code.Value) {
			return true
		}
	}
	return false
}
