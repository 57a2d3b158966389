package print

import (
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

func TestPosology(t *testing.T) {
	needed := tablet("1", 3)
	needed.AsNeeded = true
	for name, test := range map[string]struct {
		in   record.Dosage
		want string
	}{
		"text first":            {record.Dosage{Text: " 1 le soir ", Dose: q("1", "comprimé")}, "1 le soir"},
		"text that disagrees":   {record.Dosage{Text: "1 le soir", Dose: q("2", "mg")}, "1 le soir, 2·mg"},
		"text without the dose": {record.Dosage{Text: "à jeun", Dose: q("7.5", "mg"), Frequency: 1, PeriodUnit: "wk"}, "à jeun, 7,5·mg, 1 fois par semaine"},
		"text without rhythm":   {record.Dosage{Text: "1 comprimé", Frequency: 3, Period: "1", PeriodUnit: "d", AsNeeded: true}, "1 comprimé, 3 fois par jour, si besoin"},
		"text that says it all": {record.Dosage{Text: "Un comprimé 3 fois par jour si besoin", Dose: q("1", "comprimé"), Frequency: 3, PeriodUnit: "d", AsNeeded: true}, "Un comprimé 3 fois par jour si besoin"},
		"three times, if need":  {needed, "1·comprimé 3 fois par jour, si besoin"},
		"plural":                {tablet("2", 1), "2·comprimés 1 fois par jour"},
		"one and a half":        {tablet("1.5", 1), "1,5·comprimé 1 fois par jour"},
		"plural of two words":   {record.Dosage{Dose: q("2", "cuillère à café"), Frequency: 1, PeriodUnit: "d"}, "2·cuillères à café 1 fois par jour"},
		"unit without a plural": {record.Dosage{Dose: q("500", "mg"), Frequency: 2, Period: "1", PeriodUnit: "d"}, "500·mg 2 fois par jour"},
		"every eight hours":     {record.Dosage{Dose: q("1", "g"), Frequency: 1, Period: "8", PeriodUnit: "h"}, "1·g toutes les 8 heures"},
		"every hour":            {record.Dosage{Frequency: 1, Period: "1", PeriodUnit: "h"}, "toutes les heures"},
		"every other day":       {record.Dosage{Frequency: 1, Period: "2", PeriodUnit: "d"}, "tous les 2 jours"},
		"twice in three weeks":  {record.Dosage{Frequency: 2, Period: "3", PeriodUnit: "wk"}, "2 fois toutes les 3 semaines"},
		"period in parts":       {record.Dosage{Period: "0.5", PeriodUnit: "d"}, "tous les 0,5 jours"},
		"once a month":          {record.Dosage{Frequency: 1, Period: "1", PeriodUnit: "mo"}, "1 fois par mois"},
		"moments":               {tablet("1", 3, "MORN", "NOON", "EVE"), "1·comprimé 3 fois par jour, le matin, à midi et le soir"},
		"unknown moment":        {tablet("1", 1, "XYZ"), "1·comprimé 1 fois par jour, XYZ"},
		"unknown unit of time":  {record.Dosage{Frequency: 2, PeriodUnit: "lune"}, "2 fois par lune"},
		"route":                 {record.Dosage{Dose: q("1", "dose"), Route: record.Text("sous-cutanée")}, "1·dose, voie sous-cutanée"},
		"route in full":         {record.Dosage{Route: record.Text("Voie orale")}, "voie orale"},
		"text without route":    {record.Dosage{Text: "Une injection", Route: record.Text("Voie intramusculaire")}, "Une injection, voie intramusculaire"},
		"text with its route":   {record.Dosage{Text: "18 UI en sous-cutané", Route: record.Text("Voie sous-cutanée")}, "18 UI en sous-cutané"},
		"text, by mouth":        {record.Dosage{Text: "1 le soir", Route: record.Text("Voie orale")}, "1 le soir"},
		"frequency alone":       {record.Dosage{Frequency: 2}, "2 fois"},
		"only if needed":        {record.Dosage{AsNeeded: true}, "si besoin"},
		"nothing":               {record.Dosage{}, ""},
		"not a number":          {record.Dosage{Dose: q("beaucoup", "comprimé")}, "beaucoup·comprimé"},
	} {
		if got := Posology(test.in); got != visible(test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// visible turns the points that stand for unbreakable spaces in tests into them.
func visible(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r == '·' {
			out[i] = '\u00a0'
		}
	}
	return string(out)
}

func TestAge(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	for birth, want := range map[record.Date]string{
		"1943-03-14": "83 ans", "1943-03-15": "82 ans", "1943": "environ 83 ans", "1943-03": "83 ans",
		"2025-11-02": "4 mois", "2024-01-01": "26 mois", "2023-01-01": "3 ans", "2026-03-01": "13 jours", "2026-03-14": "nouveau-né",
		"2027-01-01": "", "": "",
	} {
		if got := age(birth, now); got != want {
			t.Errorf("born %q: got %q, want %q", birth, got, want)
		}
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{
		"0612345678": "06·12·34·56·78", "06.12.34.56.78": "06·12·34·56·78", "+33 6 12 34 56 78": "+33·6·12·34·56·78",
		"15": "15", "+32 2 123 45 67": "+32·2·123·45·67", "0612345678 (soir)": "0612345678·(soir)", "06a2345678": "06a2345678",
	} {
		if got := phone(in); got != visible(want) {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestOmitted(t *testing.T) {
	for want, got := range map[string]string{
		"et 3 autres, non imprimés": omitted(3, false, false), "et 1 autre, non imprimée": omitted(1, true, false),
		"2 éléments, non imprimés ici": omitted(2, true, true), "1 élément, non imprimé ici": omitted(1, false, true),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
