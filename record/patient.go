package record

import (
	"log/slog"
	"strings"
)

// Sex is the administrative sex of the INS traits.
type Sex string

// The values of [Sex]; "" means unknown.
const (
	Female Sex = "F"
	Male   Sex = "M"
	Other  Sex = "I" // indeterminate, as in the INS traits
)

// Patient is who the summary is about. The INS traits are the birth name, the
// given names, the birth date, the sex and the birthplace (ANS, "Référentiel
// INS", 2.1): they are Latin capitals and accents as the state register has them.
type Patient struct {
	INS        INS      `json:"ins,omitzero"`
	Qualified  bool     `json:"qualified,omitempty"` // the identity was checked against the national service
	BirthName  string   `json:"birth_name,omitempty"`
	GivenNames []string `json:"given_names,omitempty"`
	UsedName   string   `json:"used_name,omitempty"`     // the family name used, when another
	Original   string   `json:"original_name,omitempty"` // the name in its own script, when not Latin
	BirthDate  Date     `json:"birth_date,omitempty"`
	Sex        Sex      `json:"sex,omitempty"`
	BirthPlace string   `json:"birth_place,omitempty"` // INSEE code, 5 characters
	// Identifiers are those of other systems, local or foreign.
	Identifiers []CodeValue `json:"identifiers,omitempty"`
}

// Name writes the name as it is read aloud: given names, then the used name in
// capitals, then the birth name when it is another.
func (p Patient) Name() string {
	given := strings.Join(p.GivenNames, " ")
	family := p.UsedName
	if family == "" {
		family = p.BirthName
	}
	name := strings.TrimSpace(given + " " + strings.ToUpper(family))
	if p.UsedName != "" && p.BirthName != "" && !strings.EqualFold(p.UsedName, p.BirthName) {
		born := "né(e)"
		switch p.Sex {
		case Female:
			born = "née"
		case Male:
			born = "né"
		}
		name += " (" + born + " " + strings.ToUpper(p.BirthName) + ")"
	}
	if name == "" {
		name = p.Original
	}
	return name
}

// Same reports whether p and q are the same person for a program that must not
// guess: the same INS or, where neither has one, the same traits or the same
// foreign identifier.
func (p Patient) Same(q Patient) bool {
	if !p.INS.Empty() || !q.INS.Empty() {
		return p.INS == q.INS
	}
	for _, a := range p.Identifiers {
		for _, b := range q.Identifiers {
			if a.System == b.System && a.Value == b.Value {
				return true
			}
		}
	}
	return p.BirthName != "" && strings.EqualFold(p.BirthName, q.BirthName) &&
		strings.EqualFold(strings.Join(p.GivenNames, " "), strings.Join(q.GivenNames, " ")) &&
		p.BirthDate == q.BirthDate && p.Sex == q.Sex
}

// LogValue hides the identity.
func (p Patient) LogValue() slog.Value { return slog.StringValue("[patient]") }
