package qr

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file makes the vectors of what a summary may say: every field of every struct,
// every rank of every table, and what has none.

// whole is a summary as one emergency message with k = 0, whatever a writer would
// have left for the full one.
func (m *vectorMaker) whole(id string, s *record.Summary) string {
	m.t.Helper()
	body, err := encodeBody(s)
	if err != nil {
		m.t.Fatal(err)
	}
	h := head{kind: kindEmergency, issued: testNow, card: [8]byte([]byte(id))}
	var code []byte
	h.dictionary, code = coder{}.compress(nil, body)
	return signedText(m.t, m.key, h, code)
}

func (m *vectorMaker) everything() {
	full := func() *record.Summary {
		s := new(record.Summary)
		fullValue(reflect.ValueOf(s).Elem(), 0)
		for _, info := range record.SectionInfos {
			section := reflect.ValueOf(s.Section(info.ID)).Elem()
			section.FieldByName("Omitted").SetInt(0)
			section.FieldByName("Details").SetZero()
		}
		s.UpdatedAt, s.ContactsOmitted, s.Abridged = "2026-11-18", 0, 0
		s.Sort()
		return s
	}
	m.add("every-field", "every field of every struct, in two messages", m.sheet("card-151", full()).all)
	m.add("every-field-at-once", "every field of every struct, in one message", []string{m.whole("card-152", full())})
	m.ranks()
	m.patients()

	s := smallSummary()
	s.Patient.GivenNames = []string{"Zoë-Lou", "E\u0301lodie", "\ufeffA", "\u200f\u05d0", "\U0001f469\u200d\u2695\ufe0f"}
	for i, text := range []string{"\x00", "\n\t", "\u2028 <&>", "\"\\", "\ufffd", "\u0300", " ", "\U0010ffff"} {
		s.Contacts = append(s.Contacts, record.Contact{Role: record.RoleOther, Name: fmt.Sprint(i), Organisation: text})
	}
	m.add("characters", "text is any UTF-8 and comes back to the byte", []string{m.whole("card-153", s)})
}

// ranks has every rank of every table, and a text that has none.
func (m *vectorMaker) ranks() {
	other := func(table []string) []string { return append(slices.Clone(table), "autre") }
	results := smallSummary()
	for i, unit := range other(units) {
		results.Results.Entries = append(results.Results.Entries, record.Observation{What: record.Text(fmt.Sprint(i)), Status: "final",
			Quantity: record.Quantity{Value: "1", Unit: unit, Code: units[len(units)-1-i%len(units)], Comparator: other(comparators)[i%(len(comparators)+1)]}})
	}
	m.add("units", "every unit and comparator, with and without a rank", []string{m.whole("card-161", results)})
	states := smallSummary()
	for _, status := range other(statuses) {
		states.Problems.Entries = append(states.Problems.Entries, record.Problem{Condition: record.Text("p"), Status: status})
	}
	m.add("statuses", "every status, with and without a rank", []string{m.whole("card-162", states)})
	contacts := smallSummary()
	for i, relation := range other(relations) {
		contacts.Contacts = append(contacts.Contacts, record.Contact{Name: fmt.Sprint(i), Relation: relation, Role: record.Role(other(roles)[i%(len(roles)+1)])})
	}
	m.add("relations", "every relation and role, with and without a rank", []string{m.whole("card-163", contacts)})
	doses := smallSummary()
	all := other(moments)
	doses.Medications.Entries[0].Dosages = []record.Dosage{{When: all}}
	for i, unit := range other(periodUnits) {
		doses.Medications.Entries[0].Dosages = append(doses.Medications.Entries[0].Dosages, record.Dosage{Frequency: 1 + i%2, Period: fmt.Sprint(1 + i/2), PeriodUnit: unit}, record.Dosage{Period: "2", PeriodUnit: unit})
	}
	doses.Medications.Entries[0].Dosages = append(doses.Medications.Entries[0].Dosages, record.Dosage{Frequency: 3}, record.Dosage{Frequency: 3, Period: "1", PeriodUnit: "d"})
	m.add("doses", "every moment and unit of a period, and the defaults of a frequency", []string{m.whole("card-164", doses)})
	allergies := smallSummary()
	allergies.Allergies = record.Section[record.Allergy]{}
	for i, v := range other(verification) {
		at := func(table []string) string { return other(table)[i%(len(table)+1)] }
		allergies.Allergies.Entries = append(allergies.Allergies.Entries, record.Allergy{Substance: record.Text(fmt.Sprint(i)), Verification: v, Status: "active",
			Type: at(allergyTypes), Criticality: at(criticality), Categories: []string{at(categories)}, Reactions: []record.Reaction{{Severity: at(severities), Manifestations: []record.Concept{record.Text("r")}}}})
	}
	m.add("allergies", "every rank of an allergy, with and without one", []string{m.whole("card-165", allergies)})
	systemsOf := smallSummary()
	for i, system := range systems {
		for _, value := range []string{"7", "x"} {
			concept := record.Concept{Label: fmt.Sprint(i), Codes: []record.CodeValue{{System: system.uri, Value: value}, {System: system.uri, Value: value, Label: "l"}}}
			systemsOf.Procedures.Entries = append(systemsOf.Procedures.Entries, record.Procedure{Act: concept, Status: "completed"})
		}
		systemsOf.Patient.Identifiers = append(systemsOf.Patient.Identifiers, record.CodeValue{System: system.uri, Value: fmt.Sprint(i)})
	}
	m.add("systems", "every code system, of codes and of identifiers", []string{m.whole("card-166", systemsOf)})
	var cards []string
	for i, language := range other(languages) {
		s := smallSummary()
		s.Language = language
		cards = append(cards, m.whole(fmt.Sprintf("card-9%02d", i), s))
	}
	m.add("languages", "every language, with and without a rank: a card for each", cards)
}

// patients has identities whose fields follow from the INS, and others.
func (m *vectorMaker) patients() {
	var cards []string
	for i, change := range []func(*record.Patient){
		func(p *record.Patient) { p.INS.OID = record.OIDINSNIR },
		func(p *record.Patient) { p.INS.OID = record.OIDINSNIA },
		func(p *record.Patient) { p.INS.OID = record.OIDINSDemo },
		func(p *record.Patient) { p.INS.OID = "" },
		func(p *record.Patient) { p.INS.OID = "1.2.3" },
		func(p *record.Patient) { p.INS.Matricule = "" },
		func(p *record.Patient) { p.INS.Matricule = "258077532145103" }, // the key is wrong
		func(p *record.Patient) { p.INS.Matricule = "25807753214510" },
		func(p *record.Patient) { p.INS.Matricule = ins("180112A004012") },
		func(p *record.Patient) { p.INS.Matricule = ins("180112B004012") },
		func(p *record.Patient) { p.INS.Matricule = ins("0000000000000") },
		func(p *record.Patient) { p.INS.Matricule = ins("9999999999999") },
		func(p *record.Patient) { p.Sex = record.Male },
		func(p *record.Patient) { p.Sex = "" },
		func(p *record.Patient) { p.Sex = record.Other },
		func(p *record.Patient) { p.Sex = "X" },
		func(p *record.Patient) { p.BirthPlace = "" },
		func(p *record.Patient) { p.BirthPlace = "00042" },
		func(p *record.Patient) { p.BirthPlace = "42" },
		func(p *record.Patient) { p.INS = record.INS{} },
		func(p *record.Patient) { *p = record.Patient{Sex: record.Male} },
		func(p *record.Patient) { *p = record.Patient{} },
	} {
		s := smallSummary()
		s.Patient.INS.Matricule = ins("2580775321451")
		change(&s.Patient)
		cards = append(cards, m.whole(fmt.Sprintf("card-8%02d", i), s))
	}
	m.add("identities", "INS of every authority, packed or not; sex and birthplace that follow from it or do not: a card for each", cards)
}
