package fhir

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/record"
)

// Random summaries for the round trip. They hold every field and every value that
// FHIR lists, and some that it does not; only what is no value of its kind is left
// out, and what the import refuses on purpose: entries that were entered in error,
// cancelled or refuted, and codes that mean "none known".

type gen struct{ *rapid.T }

var genSamples = []string{
	"Pénicilline", "Œdème de Quincke", "1 comprimé le matin", "A & B", "<script>alert(1)</script>", "</div><b>", `"entre guillemets"`,
	"l’œil d'Anne", "&lt;", "]]>", "<!--", "a / b", "a / a", " / x", "refuse : Réanimation", "refuse : A / refuse : B", "accepte : Morphine",
	"accepte : A / refuse : B", "refuse :", wordProvisional, wordProvisional + " / à revoir", wordUnconfirmed + " / " + wordUnconfirmed,
	"Motif : allergie", "urn:uuid:1", "#patient", "true", "null", "0", "-", "1\u00a0mg", "☢ 漢字", "e\u0301", "🙂", "\uFFFD", "x\uFFFE",
	"unknown", "final", "active", strings.Repeat("long ", 60) + "fin",
}

// words draws clean text that is not empty.
func (g gen) words(label string) string {
	return rapid.Map(rapid.OneOf(rapid.SampledFrom(genSamples), rapid.StringN(1, 12, 40)), ipsClean).Filter(func(s string) bool { return s != "" }).Draw(g.T, label)
}

func (g gen) chance(label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(g.T, label) < percent
}

func (g gen) maybe(label string) string {
	if g.chance(label, 50) {
		return ""
	}
	return g.words(label)
}

func (g gen) pick(label string, values ...string) string {
	return rapid.SampledFrom(values).Draw(g.T, label)
}

// status draws one of a list, none, or one that the list lacks.
func (g gen) status(list []string) string {
	known := slices.DeleteFunc(slices.Clone(list), func(s string) bool {
		return s == "entered-in-error" || s == "cancelled" || s == "refuted"
	})
	return g.pick("status", append(known, "", "autre statut", "Active")...)
}

func (g gen) date() record.Date {
	day := fmt.Sprintf("%04d-%02d-%02d", rapid.IntRange(1, 9999).Draw(g.T, "year"), rapid.IntRange(1, 12).Draw(g.T, "month"), rapid.IntRange(1, 28).Draw(g.T, "day"))
	clock := fmt.Sprintf("T%02d:%02d:%02d", rapid.IntRange(0, 23).Draw(g.T, "hour"), rapid.IntRange(0, 59).Draw(g.T, "minute"), rapid.IntRange(0, 59).Draw(g.T, "second"))
	switch rapid.IntRange(0, 5).Draw(g.T, "precision") {
	case 0, 1:
		return ""
	case 2:
		return record.Date(day[:4])
	case 3:
		return record.Date(day[:7])
	case 4:
		return record.Date(day)
	}
	return record.Date(day + clock + g.pick("fraction", "", ".5", ".123456789") + g.pick("zone", "Z", "+01:00", "-04:30", "+14:00"))
}

func (g gen) count() int {
	return rapid.SampledFrom([]int{0, 0, 1, 2, 300, ipsMaxCount}).Draw(g.T, "count")
}

func (g gen) code(label string) record.CodeValue {
	c := record.CodeValue{
		System: g.pick("system", "", record.SystemICD10, record.SystemATC, record.SystemLOINC, record.SystemSNOMED, record.SystemCIS, "urn:oid:1.2.3",
			"https://example.org/liste", "liste sans adresse"),
		Value: g.pick("code", "I10", "N02BE01", "38341003", "11778-8", "48765-2", "a b", "é", g.words("code")),
		Label: g.maybe("display"),
	}
	if c.Label == label {
		c.Label = "" // it is only there when it differs
	}
	return c
}

// concept draws a concept that says something.
func (g gen) concept() record.Concept {
	c := record.Concept{Label: g.maybe("label")}
	for range rapid.IntRange(0, 2).Draw(g.T, "codes") {
		c.Codes = append(c.Codes, g.code(c.Label))
	}
	if c.Empty() {
		c.Label = g.words("label")
	}
	return c
}

func (g gen) maybeConcept() record.Concept {
	if g.chance("no concept", 50) {
		return record.Concept{}
	}
	return g.concept()
}

func (g gen) concepts() []record.Concept {
	var out []record.Concept
	for range rapid.IntRange(0, 2).Draw(g.T, "concepts") {
		out = append(out, g.concept())
	}
	return out
}

func (g gen) decimal() string {
	return g.pick("decimal", "0", "1", "5.0", "0.050", "-3", "7.2", "1e5", "2.5E-3", "123456789012345678",
		fmt.Sprint(rapid.IntRange(0, 1000).Draw(g.T, "number")))
}

func (g gen) quantity() record.Quantity {
	if g.chance("no quantity", 50) {
		return record.Quantity{}
	}
	q := record.Quantity{Value: g.decimal(), Unit: g.pick("unit", "", "mg", "comprimé", "mmol/L", "%", g.words("unit"))}
	if q.Unit != "" && g.chance("UCUM", 40) {
		if code := g.pick("UCUM code", "mm[Hg]", "{tbl}", "ug/L", "mg"); code != q.Unit {
			q.Code = code
		}
	}
	return q
}

// luhn draws a number of n digits and one that checks them.
func (g gen) luhn(n int, check func(string) error) string {
	digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), n, n, -1).Draw(g.T, "digits")
	for last := range 10 {
		if s := digits + fmt.Sprint(last); check(s) == nil {
			return s
		}
	}
	g.Fatal("no digit checks the others")
	return ""
}

func (g gen) rpps() string {
	if g.chance("no RPPS", 50) {
		return ""
	}
	return g.luhn(10, record.CheckRPPS)
}

func (g gen) ins() record.INS {
	if g.chance("no INS", 30) {
		return record.INS{}
	}
	thirteen := g.pick("matricule", "2790351215189", "148022B963001", "180112A004012", "2371129232017")
	key, err := record.INSKey(thirteen)
	if err != nil {
		g.Fatal(err)
	}
	return record.INS{Matricule: thirteen + key, OID: g.pick("OID", record.OIDINSTest, record.OIDINSDemo, record.OIDINSNIA, record.OIDINSNIR)}
}

func (g gen) latin(label string) string {
	some := rapid.SampledFrom([]string{"ESSAI", "D'ÂGE & <b>", "Marie Claire", "Anne", "Ņina", "O’NEIL"})
	return rapid.Map(rapid.OneOf(some, rapid.StringN(1, 8, 20)), ipsClean).
		Filter(func(s string) bool { return s != "" && ipsIsLatin(s) }).Draw(g.T, label)
}

func (g gen) patient() record.Patient {
	p := record.Patient{INS: g.ins(), Sex: record.Sex(g.pick("sex", "", "F", "M", "I")), BirthPlace: g.pick("town", "", "2A004", "29232", "99351")}
	p.Qualified = !p.INS.Empty() && g.chance("qualified", 50)
	if g.chance("birth name", 80) {
		p.BirthName = g.latin("birth name")
	}
	for range rapid.IntRange(0, 3).Draw(g.T, "given names") {
		p.GivenNames = append(p.GivenNames, g.latin("given name"))
	}
	if g.chance("used name", 40) {
		if used := g.latin("used name"); !strings.EqualFold(used, p.BirthName) {
			p.UsedName = used
		}
	}
	if g.chance("original", 20) {
		p.Original = g.pick("original", "Αλέξης Παπάς", "漢字", "Ирина <i>")
	}
	if p.BirthDate = g.date(); len(p.BirthDate) > 10 {
		p.BirthDate = p.BirthDate[:10]
	}
	for range rapid.IntRange(0, 2).Draw(g.T, "identifiers") {
		p.Identifiers = append(p.Identifiers, record.CodeValue{
			System: g.pick("system", "", "urn:oid:1.2.3", "https://example.org/n/", "sans adresse"), Value: g.words("number"), Label: g.maybe("label"),
		})
	}
	return p
}

// genSection draws a section in one of its states.
func genSection[E any](g gen, entry func() E) record.Section[E] {
	var s record.Section[E]
	switch rapid.IntRange(0, 4).Draw(g.T, "state") {
	case 0:
	case 1:
		s.None = true
	case 2:
		s.Omitted = g.count()
	default:
		for range rapid.IntRange(1, 3).Draw(g.T, "entries") {
			s.Entries = append(s.Entries, entry())
		}
		s.Omitted = g.count()
	}
	return s
}

func (g gen) allergy() record.Allergy {
	a := record.Allergy{
		Substance: g.concept(), Type: g.status(listAllergyTypes), Criticality: g.status(listCriticality), Status: g.status(listAllergyStatus),
		Verification: g.status(listVerification), Onset: g.date(), Note: g.maybe("note"),
	}
	for range rapid.IntRange(0, 2).Draw(g.T, "categories") {
		a.Categories = append(a.Categories, g.pick("category", append(slices.Clone(listCategories), "autre")...))
	}
	for range rapid.IntRange(0, 2).Draw(g.T, "reactions") {
		r := record.Reaction{Manifestations: g.concepts(), Severity: g.status(listSeverities), Onset: g.date()}
		if len(r.Manifestations) > 0 || r.Severity != "" || r.Onset != "" {
			a.Reactions = append(a.Reactions, r)
		}
	}
	return a
}

func (g gen) medication() record.Medication {
	m := record.Medication{
		Drug: g.concept(), Status: g.status(listTreatment), Start: g.date(), End: g.date(), Reason: g.maybeConcept(), Note: g.maybe("note"),
	}
	for range rapid.IntRange(0, 2).Draw(g.T, "dosages") {
		d := record.Dosage{Text: g.maybe("dosage"), Dose: g.quantity(), AsNeeded: g.chance("as needed", 20), Route: g.maybeConcept()}
		if g.chance("frequency", 50) {
			d.Frequency = rapid.IntRange(1, ipsMaxFrequency).Draw(g.T, "frequency")
			if g.chance("period", 70) {
				d.Period, d.PeriodUnit = g.decimal(), g.pick("unit of time", listPeriodUnits...)
			}
		}
		for range rapid.IntRange(0, 2).Draw(g.T, "moments") {
			d.When = append(d.When, g.pick("when", append(slices.Clone(listWhen), "au lever")...))
		}
		if !ipsNoDosage(d) {
			m.Dosages = append(m.Dosages, d)
		}
	}
	return m
}

func (g gen) observation() record.Observation {
	o := g.observed()
	o.Status, o.Date = g.status(listObservation), g.date()
	for range rapid.IntRange(0, 2).Draw(g.T, "components") {
		o.Components = append(o.Components, g.observed())
	}
	return o
}

// observed draws what an observation and its components have in common.
func (g gen) observed() record.Observation {
	o := record.Observation{What: g.concept(), Quantity: g.quantity(), Interpretation: g.maybeConcept(), Reference: g.maybe("range"), Note: g.maybe("note")}
	o.Quantity.Comparator = ""
	if !o.Quantity.Empty() {
		o.Quantity.Comparator = g.pick("comparator", "", "<", "<=", ">=", ">")
	} else if o.Value = g.maybeConcept(); !ipsHasValue(o) {
		o.Note = g.words("note")
	}
	return o
}

// statement draws a statement. The concept of a pregnancy is now and then an
// expected date of delivery.
func (g gen) statement(statuses []string) func() record.Statement {
	return func() record.Statement {
		s := record.Statement{What: g.concept(), Status: g.status(statuses), Date: g.date(), Until: g.date(), Value: g.maybeConcept(), Note: g.maybe("note")}
		if g.chance("delivery", 15) {
			s.What = record.Concept{Label: "Terme", Codes: []record.CodeValue{{System: record.SystemLOINC, Value: "11779-6"}}}
		}
		return s
	}
}

func (g gen) contact() record.Contact {
	c := record.Contact{
		Role: record.Role(g.pick("role", "emergency", "trusted", "attending", "other", "legal_guardian", "nurse", "pharmacy", "care_home", "directive_agent")),
		Name: g.maybe("name"), Relation: g.maybe("relation"), Phone: g.pick("phone", "", "+33 6 39 98 20 01", "15", "poste <12>"), RPPS: g.rpps(),
		Organisation: g.pick("organisation", "", "Cabinet du Port", "<b>", g.words("organisation")),
	}
	if c.Role == record.RoleDoctor && g.chance("ordinary doctor", 70) {
		c.Relation = ""
	}
	if c.Name == "" && c.Organisation == "" && c.Phone == "" && c.RPPS == "" {
		c.Name = g.words("name")
	}
	return c
}

func (g gen) author(p record.Patient) record.Author {
	switch rapid.IntRange(0, 4).Draw(g.T, "author") {
	case 0:
		return record.Author{}
	case 1:
		return record.Author{Name: ipsClean(p.Name())}
	}
	a := record.Author{Name: g.maybe("name"), RPPS: g.rpps(), Organisation: g.pick("structure", "", "Cabinet du Port", g.words("structure"))}
	if g.chance("FINESS", 50) {
		a.FINESS = g.pick("FINESS", "2A0000123", g.luhn(8, record.CheckFINESS))
	}
	return a
}

// genSummary draws sorted summaries.
func genSummary() *rapid.Generator[*record.Summary] {
	return rapid.Custom(func(t *rapid.T) *record.Summary {
		g := gen{t}
		s := &record.Summary{
			Patient: g.patient(), UpdatedAt: g.date(), Language: g.pick("language", "", "und", "en", "de-CH", "fr-CA"), Abridged: g.count(),
			Allergies: genSection(g, g.allergy), Medications: genSection(g, g.medication),
			Problems: genSection(g, func() record.Problem {
				return record.Problem{Condition: g.concept(), ALD: g.chance("ALD", 30), Status: g.status(listClinical), Severity: g.maybeConcept(),
					BodySite: g.maybeConcept(), Onset: g.date(), Abatement: g.date(), Note: g.maybe("note")}
			}),
			Pregnancy: genSection(g, g.statement(append(slices.Clone(listObservation), listClinical...))),
			Devices: genSection(g, func() record.Device {
				return record.Device{Type: g.concept(), Status: g.status(append(slices.Clone(listDeviceUse), "inactive")), Since: g.date(),
					BodySite: g.maybeConcept(), Serial: g.maybe("serial"), Note: g.maybe("note")}
			}),
			Procedures: genSection(g, func() record.Procedure {
				return record.Procedure{Act: g.concept(), Status: g.status(listProcedure), Performed: g.date(), BodySite: g.maybeConcept(), Note: g.maybe("note")}
			}),
			Immunizations: genSection(g, func() record.Immunization {
				return record.Immunization{Vaccine: g.concept(), Status: g.status(listImmunization), Date: g.date(), Targets: g.concepts(),
					Dose: g.pick("dose", "", "2", "02", "2/3", g.words("dose")), Lot: g.maybe("lot"), Route: g.maybeConcept(), BodySite: g.maybeConcept(),
					Declared: g.chance("declared", 30), Note: g.maybe("note")}
			}),
			Results: genSection(g, g.observation), VitalSigns: genSection(g, g.observation),
			CarePlan: genSection(g, g.statement(listPlan)), Directives: genSection(g, g.statement(listConsent)),
			ContactsOmitted: g.count(),
		}
		s.Author = g.author(s.Patient)
		for range rapid.IntRange(0, 5).Draw(t, "contacts") {
			if c := g.contact(); !slices.Contains(s.Contacts, c) {
				s.Contacts = append(s.Contacts, c)
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "consents") {
			s.Consents = append(s.Consents, record.Consent{Status: g.pick("consent", "active", "inactive"), Given: g.date(), Until: g.date(), Text: g.maybe("text")})
		}
		s.Sort()
		return s
	})
}
