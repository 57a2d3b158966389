package foreign

import (
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// systemCommunityRegister is the register of medicines that the Union authorised,
// whose numbers certificates name vaccines by.
const systemCommunityRegister = "https://ec.europa.eu/health/documents/community-register/html/"

// describe says what a certificate says, and makes its vaccinations entries that a
// summary can take over as declared by another document.
func (d *dcc) describe(r *Reading) {
	r.Title = titlesDCC[d.kind]
	r.Patient = d.patient()
	r.fact(labelFamily, firstOf(d.family, spaced(d.familyICAO)))
	r.fact(labelGiven, firstOf(d.given, spaced(d.givenICAO)))
	r.fact(labelBirth, d.birth.French())
	for _, e := range d.entries {
		text := func(key string) string { s, _ := e[key].(string); return s }
		r.fact(labelDisease, named(valuesDCC, text("tg")))
		switch d.kind {
		case groupVaccination:
			r.fact(labelVaccine, named(valuesDCC, text("mp")))
			r.fact(labelVaccineType, named(valuesDCC, text("vp")))
			r.fact(labelMaker, named(valuesDCC, text("ma")))
			r.fact(labelDose, doseOf(wholeNumber(e["dn"]), wholeNumber(e["sd"])))
			r.fact(labelVaccinated, frenchDateText(text("dt")))
			r.Immunizations = append(r.Immunizations, immunization(e, r.Issuer))
		case groupTest:
			r.fact(labelTestType, named(valuesDCC, text("tt")))
			r.fact(labelTestName, firstOf(text("nm"), text("ma")))
			r.fact(labelSampled, frenchTimeText(text("sc")))
			r.fact(labelResult, named(valuesDCC, text("tr")))
			r.fact(labelTestPlace, text("tc"))
		case groupRecovery:
			r.fact(labelFirstPositive, frenchDateText(text("fr")))
			r.fact(labelValidFrom, frenchDateText(text("df")))
			r.fact(labelValidUntil, frenchDateText(text("du")))
		}
		r.fact(labelCountry, text("co"))
		r.fact(labelIssuedBy, text("is"))
		r.fact(labelCertificate, text("ci"))
	}
}

// patient is who the certificate is about. Its family name is not said to be the
// one of birth, which an INS is made of, and so is taken for the one in use.
func (d *dcc) patient() record.Patient {
	p := record.Patient{UsedName: firstOf(d.family, spaced(d.familyICAO)), BirthDate: d.birth}
	if given := firstOf(d.given, spaced(d.givenICAO)); given != "" {
		p.GivenNames = []string{given}
	}
	return p
}

// immunization makes a vaccination an entry of a summary.
func immunization(e map[string]any, issuer string) record.Immunization {
	text := func(key string) string { s, _ := e[key].(string); return s }
	i := record.Immunization{Status: "completed", Declared: true, Note: noteDeclared(wordDCC, issuer)}
	i.Vaccine.Label = valuesDCC[text("mp")]
	if mp := text("mp"); strings.HasPrefix(mp, "EU/") {
		i.Vaccine.Codes = append(i.Vaccine.Codes, record.CodeValue{System: systemCommunityRegister, Value: mp})
	} else if i.Vaccine.Label == "" {
		i.Vaccine.Label = mp
	}
	if vp := text("vp"); vp != "" {
		system := record.SystemSNOMED
		if strings.HasPrefix(vp, "J07") {
			system = record.SystemATC
		}
		i.Vaccine.Codes = append(i.Vaccine.Codes, record.CodeValue{System: system, Value: vp, Label: valuesDCC[vp]})
	}
	if tg := text("tg"); tg != "" {
		i.Targets = []record.Concept{{Label: valuesDCC[tg], Codes: []record.CodeValue{{System: record.SystemSNOMED, Value: tg}}}}
	}
	if t, ok := dccTime(text("dt")); ok {
		i.Date = record.DayOf(t)
	}
	i.Dose = doseInSeries(wholeNumber(e["dn"]), wholeNumber(e["sd"]))
	return i
}

// spaced undoes the fillers of a machine-readable name (ICAO Doc 9303-3).
func spaced(icao string) string {
	return strings.Join(strings.FieldsFunc(icao, func(c rune) bool { return c == '<' }), " ")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// named writes a code with what it stands for, and alone when that is not known.
func named(values map[string]string, code string) string {
	if name := values[code]; name != "" && name != code {
		return name + " (" + code + ")"
	}
	return code
}

func doseOf(number, series int) string {
	if number < 0 || series < 0 {
		return ""
	}
	return strconv.Itoa(number) + " / " + strconv.Itoa(series)
}

// doseInSeries is a rank, with the length of the series where that is known: "1/2".
func doseInSeries(number, series int) string {
	switch {
	case number <= 0:
		return ""
	case series <= 0:
		return strconv.Itoa(number)
	}
	return strconv.Itoa(number) + "/" + strconv.Itoa(series)
}

func frenchDateText(text string) string {
	if t, ok := dccTime(text); ok {
		return frenchDay(t)
	}
	return text
}

func frenchTimeText(text string) string {
	t, ok := dccTime(text)
	switch {
	case !ok:
		return text
	case len(text) == len(time.DateOnly):
		return frenchDay(t)
	}
	return t.Format("02/01/2006 15:04 -07:00")
}
