package record

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Agrees reports whether an identity that another document states may be the
// patient's: the same birth date, a family name that is the patient's birth name or
// name in use, and given names of which one list begins the other. Case, accents,
// hyphens and apostrophes do not count, since documents lose them. What the patient
// states the other must state too; a patient without a name and without a birth date
// agrees with everybody.
//
// It is what taking something over from a document asks for. It is no proof of
// identity: [Patient.Same] is for a program that must not guess.
func (p Patient) Agrees(other Patient) bool {
	if p.BirthDate.Known() && p.BirthDate != other.BirthDate {
		return false
	}
	mine := families(p)
	if len(mine) > 0 && !slices.ContainsFunc(families(other), func(name string) bool { return slices.Contains(mine, name) }) {
		return false
	}
	given := words(strings.Join(p.GivenNames, " "))
	if len(given) == 0 {
		return true
	}
	theirs := words(strings.Join(other.GivenNames, " "))
	n := min(len(given), len(theirs))
	return n > 0 && slices.Equal(given[:n], theirs[:n])
}

// families are the names of p that may stand as its family name, folded.
func families(p Patient) (names []string) {
	for _, name := range []string{p.BirthName, p.UsedName} {
		if folded := strings.Join(words(name), " "); folded != "" {
			names = append(names, folded)
		}
	}
	return names
}

// words splits a name and makes it comparable: capitals without accents.
func words(name string) []string {
	return strings.FieldsFunc(plain.Replace(strings.ToUpper(name)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// plain takes the accents off Latin capitals: those of French and of the languages
// of Europe (Unicode, Latin-1 Supplement and Latin Extended-A), and accents that
// stand as characters of their own.
var plain = func() *strings.Replacer {
	var pairs []string
	for letter, accented := range map[string]string{
		"A": "ÀÁÂÃÅĀĂĄ", "C": "ÇĆĈĊČ", "D": "ÐĎĐ", "E": "ÈÉÊËĒĔĖĘĚ", "G": "ĜĞĠĢ", "H": "ĤĦ",
		"I": "ÌÍÎÏĨĪĬĮİ", "J": "Ĵ", "K": "Ķ", "L": "ĹĻĽĿŁ", "N": "ÑŃŅŇ", "O": "ÒÓÔÕŌŎŐØ",
		"R": "ŔŖŘ", "S": "ŚŜŞŠȘ", "T": "ŢŤŦȚ", "U": "ÙÚÛŨŪŬŮŰŲ", "W": "Ŵ", "Y": "ÝŶŸ", "Z": "ŹŻŽ",
		"AE": "Æ", "OE": "Œ", "SS": "ẞß", "TH": "Þ",
	} {
		for _, r := range accented {
			pairs = append(pairs, string(r), letter)
		}
	}
	// An umlaut is dropped, as French documents do.
	pairs = append(pairs, "Ä", "A", "Ö", "O", "Ü", "U")
	for r := rune(0x300); r <= 0x36f; r++ {
		pairs = append(pairs, string(r), "")
	}
	return strings.NewReplacer(pairs...)
}()

// SameAs reports whether i and other tell of the same vaccination: one vaccine,
// named by the same code, on the same day.
func (i Immunization) SameAs(other Immunization) bool {
	day := func(d Date) Date { return d[:min(len(d), len(time.DateOnly))] }
	if !i.Date.Known() || day(i.Date) != day(other.Date) {
		return false
	}
	return slices.ContainsFunc(i.Vaccine.Codes, func(c CodeValue) bool { return c.Value != "" && other.Vaccine.Has(c.System, c.Value) })
}
