package store

import (
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// pseudonyms returns the index keys under which a patient's entries are found, in
// the spirit of [record.Patient.Same]: the INS alone where there is one, or else
// the traits and each identifier of other systems. There is always one, so that
// those of whom nothing is known are found together.
func (c codec) pseudonyms(p record.Patient) [][]byte {
	k := c.keys.pseudonym
	if !p.INS.Empty() {
		return [][]byte{keyed(k, "ins", p.INS.OID, p.INS.Matricule)}
	}
	var out [][]byte
	seen := map[string]bool{}
	add := func(pseudonym []byte) {
		if !seen[string(pseudonym)] {
			seen[string(pseudonym)] = true
			out = append(out, pseudonym)
		}
	}
	for _, id := range p.Identifiers {
		if id.Value != "" {
			add(keyed(k, "identifier", id.System, id.Value))
		}
	}
	if p.BirthName != "" || len(out) == 0 {
		add(keyed(k, "traits", fold(p.BirthName), fold(strings.Join(p.GivenNames, " ")),
			string(p.BirthDate), string(p.Sex)))
	}
	return out
}

// person is what the index knows somebody by.
type person struct {
	pseudonyms [][]byte
	// newest is where their newest card is remembered; nil: nowhere (newest.go).
	newest []byte
}

func (c codec) person(p record.Patient) *person {
	who := &person{pseudonyms: c.pseudonyms(p)}
	if !p.INS.Empty() {
		who.newest = who.pseudonyms[0]
	} else if key, ok := c.personKey(p); ok {
		who.newest = key
	}
	return who
}

// contentHash is what two records of one consultation have in common: the card,
// the person, the author and the note. Identifiers beside an INS are left out:
// one reading of a card may have seen more of its symbols than another.
func (c codec) contentHash(v record.Consultation) []byte {
	p := v.Patient
	author := v.Author.RPPS
	if author == "" {
		author = v.Author.Name
	}
	person := []string{p.INS.OID, p.INS.Matricule}
	if p.INS.Empty() {
		person = []string{fold(p.BirthName), fold(strings.Join(p.GivenNames, " ")), string(p.BirthDate), string(p.Sex)}
		if p.BirthName == "" {
			person = append(person, p.Original)
			for _, id := range p.Identifiers {
				person = append(person, id.System, id.Value)
			}
		}
	}
	return keyed(c.keys.content, append([]string{v.Card.ID, author, v.Text()}, person...)...)
}

// fold makes names comparable whatever their case.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }
