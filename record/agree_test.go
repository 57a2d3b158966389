package record

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatientAgrees(t *testing.T) {
	person := func(birth, used, given string, on Date) Patient {
		p := Patient{BirthName: birth, UsedName: used, BirthDate: on}
		if given != "" {
			p.GivenNames = []string{given}
		}
		return p
	}
	anne := person("Lefèvre", "", "Anne-Marie", "1950-01-02")
	for _, c := range []struct {
		name           string
		patient, other Patient
		want           bool
	}{
		{"the same", anne, anne, true},
		{"capitals, accents and a hyphen lost", anne, person("", "LEFEVRE", "ANNE MARIE", "1950-01-02"), true},
		{"accents as characters of their own", anne, person("", "Lefe\u0300vre", "Anne Marie", "1950-01-02"), true},
		{"the married name", person("Lefèvre", "d’Œuvre", "Anne", "1950-01-02"), person("", "D'OEUVRE", "Anne", "1950-01-02"), true},
		{"one given name of two", anne, person("Lefèvre", "", "Anne", "1950-01-02"), true},
		{"a second given name more", anne, person("Lefèvre", "", "Anne Marie Rose", "1950-01-02"), true},
		{"another first given name", anne, person("Lefèvre", "", "Marie", "1950-01-02"), false},
		{"no given name there", anne, person("Lefèvre", "", "", "1950-01-02"), false},
		{"another name", anne, person("Lefort", "", "Anne-Marie", "1950-01-02"), false},
		{"a longer name", anne, person("Lefèvre Martin", "", "Anne-Marie", "1950-01-02"), false},
		{"no name there", anne, person("", "", "Anne-Marie", "1950-01-02"), false},
		{"another day", anne, person("Lefèvre", "", "Anne-Marie", "1950-01-03"), false},
		{"a year only", anne, person("Lefèvre", "", "Anne-Marie", "1950"), false},
		{"no birth date there", anne, person("Lefèvre", "", "Anne-Marie", ""), false},
		{"nobody known", Patient{}, anne, true},
		{"only a birth date known", person("", "", "", "1950-01-02"), anne, true},
	} {
		if got := c.patient.Agrees(c.other); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Whatever the letters, a name agrees with itself in capitals, and never with one
// that has another letter.
func TestAgreesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-zÀ-ÖØ-öø-ÿœŒčŁ]{1,12}`).Draw(t, "name")
		p := Patient{BirthName: name, GivenNames: []string{name}, BirthDate: "1950-01-02"}
		q := p
		q.BirthName = "  " + plain.Replace(strings.ToUpper(name)) + " "
		if !p.Agrees(q) || !q.Agrees(p) {
			t.Fatalf("%q and %q", p.BirthName, q.BirthName)
		}
		q.BirthName = name + "q"
		if p.Agrees(q) {
			t.Fatalf("%q and %q", p.BirthName, q.BirthName)
		}
	})
}
