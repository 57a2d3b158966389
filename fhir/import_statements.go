package fhir

import (
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// LOINC codes of an expected date of delivery, by any way of estimating it.
var loincDelivery = map[string]bool{"11778-8": true, "11779-6": true, "11780-4": true, "57063-0": true, "90367-5": true}

// pregnancy carries one Observation of the pregnancy section. An expected date
// of delivery belongs to the pregnancy that names it as a member; alone, it is a
// statement of its own.
func (im *ipsImport) pregnancy(r *ipsResource, place ipsPlace) {
	s, members := im.pregnancyStatement(r)
	r.fate = ipsInfrastructure // under way: a member may name it in turn
	var others []ipsReference
	for _, ref := range members {
		member := im.resolve(r, ref)
		if member == nil || member.Type != "Observation" || member.fate != ipsPending || !ipsIsDelivery(member) || s.Until.Known() || im.refusal(member) != "" {
			others = append(others, ref)
			continue
		}
		due, _ := im.pregnancyStatement(member)
		s.Until = due.Until
		im.carried(member, place, due.Title())
	}
	im.members(r, others, place)
	if s.What.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	if s.Value.Empty() && !s.Until.Known() && s.Note == "" {
		im.list(r, place, whyNoValue)
		return
	}
	im.summary.Pregnancy.Entries = append(im.summary.Pregnancy.Entries, s)
	im.carried(r, place, s.Title())
}

func ipsIsDelivery(r *ipsResource) bool {
	code, ok := ipsPeek(r, "code").In(record.SystemLOINC)
	return ok && loincDelivery[code]
}

func (im *ipsImport) pregnancyStatement(r *ipsResource) (record.Statement, []ipsReference) {
	members := ipsAll[ipsReference](r.ipsNode, "hasMember")
	s := record.Statement{
		What:   r.concept("code"),
		Status: r.code("status"),
		Date:   r.startOf("effective"),
		Note:   r.notes("note"),
	}
	if r.has("status") {
		s.Status = ipsStatementStatus(s.Status)
	}
	if ipsIsDelivery(r) && r.has("valueDateTime") {
		s.Until = r.dateOf("valueDateTime")
		return s, members
	}
	quantity, value := im.value(r.ipsNode)
	s.Value = value
	if !quantity.Empty() {
		s.Value = record.Text(quantity.String())
	}
	return s, members
}

// ipsStatementStatus leaves out the status that says nothing.
func ipsStatementStatus(status string) string {
	switch status {
	case "final", "amended", "corrected", "current":
		return ""
	}
	return status
}

// pregnancyCondition carries a pregnancy that the source states as a Condition.
func (im *ipsImport) pregnancyCondition(r *ipsResource, place ipsPlace) {
	s := record.Statement{
		What:   r.concept("code"),
		Status: r.code("clinicalStatus"),
		Date:   r.startOf("onset"),
		Until:  r.startOf("abatement"),
		Note:   ipsJoin(" / ", ipsCertainty(r.code("verificationStatus")), r.notes("note")),
	}
	if s.What.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Pregnancy.Entries = append(im.summary.Pregnancy.Entries, s)
	im.carried(r, place, s.Title())
}

// carePlan carries one CarePlan: its title, its description and what each
// activity says in words.
func (im *ipsImport) carePlan(r *ipsResource, place ipsPlace) {
	s := record.Statement{Status: r.code("status"), What: record.Text(r.text("title"))}
	// A title in the words of the category is that category, codes included.
	if categories := r.concepts("category"); len(categories) > 0 && (s.What.Empty() || s.What.Label == categories[0].String()) {
		s.What = categories[0]
	}
	s.Value = r.ours(extValue).concept()
	s.Date, s.Until = r.period("period")
	words := []string{r.text("description")}
	for _, activity := range ipsAll[*ipsNode](r.ipsNode, "activity") {
		words = append(words, im.activity(r, activity))
		im.absorb(r.ipsNode, activity)
	}
	words = append(words, r.notes("note"))
	s.Note = ipsJoin(" / ", words...)
	if s.What.Empty() {
		s.What, s.Note = record.Text(s.Note), ""
	}
	if s.What.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.CarePlan.Entries = append(im.summary.CarePlan.Entries, s)
	im.carried(r, place, s.Title())
}

// activity puts one activity of a care plan into words. One that is over or that
// must not be done is listed, since the words would read as an instruction.
func (im *ipsImport) activity(r *ipsResource, n *ipsNode) string {
	ref := ipsGet[ipsReference](n, "reference")
	words := ipsClean(string(ref.Display))
	if words == "" && n.has("reference") {
		n.lose("reference")
	}
	for _, d := range ipsAll[*ipsNode](n, "detail") {
		said := ipsJoin(" : ", d.concept("code").String(), d.text("description"))
		switch status := d.text("status"); {
		case status == "cancelled" || status == "stopped" || status == "entered-in-error" || d.isTrue("doNotPerform"):
			n.lose("activity")
			continue
		}
		d.skip("doNotPerform", "kind")
		scheduled := d.text("scheduledString")
		words = ipsJoin(" : ", words, ipsJoin(", ", said, scheduled))
		im.absorb(n, d)
	}
	return words
}

// Scopes of a Consent (terminology.hl7.org/CodeSystem/consentscope).
const (
	scopeDirective = "adr"
	scopePrivacy   = "patient-privacy"
	scopeTreatment = "treatment"
	scopeResearch  = "research"
)

// consent carries a Consent: an advance directive is a directive, and agreeing
// that professionals consult the summary is a consent. A refusal is carried as a
// consent that does not hold.
func (im *ipsImport) consent(r *ipsResource, place ipsPlace) {
	scope := ipsGet[ipsConcept](r.ipsNode, "scope").code()
	categories := r.concepts("category")
	given := r.dateOf("dateTime")
	provision := ipsGet[*ipsNode](r.ipsNode, "provision")
	var until record.Date
	kind := ""
	if provision != nil {
		_, until = provision.period("period")
		kind = provision.text("type")
	}
	what := record.Concept{}
	if len(categories) > 0 {
		what = categories[0]
	}
	rule := r.concept("policyRule")
	if scope == scopePrivacy {
		c := record.Consent{Status: "inactive", Given: given, Until: until, Text: ipsJoin(" / ", rule.Label, what.String())}
		if r.code("status") == "active" && kind != "deny" {
			c.Status = "active"
		}
		im.summary.Consents = append(im.summary.Consents, c)
		im.closeProvision(r, provision)
		place.id, place.title = "", wordConsent
		im.carried(r, place, c.Text)
		return
	}
	if scope == scopeResearch || scope == scopeTreatment && place.id != record.Directives {
		im.list(r, ipsPlace{title: wordConsent}, whySection)
		return
	}
	s := record.Statement{What: what, Status: r.code("status"), Date: given, Until: until, Value: rule}
	var words []string
	if provision != nil {
		for _, code := range provision.concepts("code") {
			words = append(words, ipsJoin(" ", ipsProvisionFrench[kind], code.String()))
		}
	}
	s.Note = ipsJoin(" / ", strings.Join(words, " / "), r.note())
	im.closeProvision(r, provision)
	if s.What.Empty() {
		im.list(r, place, whyNoCode)
		return
	}
	im.summary.Directives.Entries = append(im.summary.Directives.Entries, s)
	im.carried(r, place, s.Title())
}

func (im *ipsImport) closeProvision(r *ipsResource, provision *ipsNode) {
	if provision != nil {
		im.absorb(r.ipsNode, provision)
	}
}

// directiveDocument carries the mention of a document in which directives are
// written; the document itself stays where it is.
func (im *ipsImport) directiveDocument(r *ipsResource, place ipsPlace) {
	s := record.Statement{
		What:   r.concept("type"),
		Status: ipsStatementStatus(r.code("status")),
		Date:   r.dateOf("date"),
		Note:   r.text("description"),
	}
	if s.What.Empty() {
		s.What, s.Note = record.Text(s.Note), ""
	}
	if s.What.Empty() {
		im.list(r, place, im.documentReason(r))
		return
	}
	im.summary.Directives.Entries = append(im.summary.Directives.Entries, s)
	im.carried(r, place, s.Title())
}
