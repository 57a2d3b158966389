package fhir

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/zoneblanche/zoneblanche/record"
)

// readPatient reads who the summary is about. INS identifiers whose key does not
// fit never become an INS, nor anything else: a wrong number is worse than none.
func (im *ipsImport) readPatient() {
	p := im.patient
	p.fate = ipsInfrastructure
	out := &im.summary.Patient
	im.readIdentifiers(p, out)
	im.readNames(p, out)
	im.readBirth(p, out)
	switch gender := p.text("gender"); gender {
	case "female":
		out.Sex = record.Female
	case "male":
		out.Sex = record.Male
	case "other":
		out.Sex = record.Other
	case "", "unknown":
	default:
		p.garbled("gender")
	}
	im.readContacts(p)
	if p.text("active") == "true" {
		p.skip("active")
	} else if p.has("active") {
		p.lose("active")
	}
	if p.text("deceasedBoolean") == "true" {
		p.lose("deceased")
	}
	p.skip("deceasedBoolean", "multipleBirthBoolean")
	if details := im.details(p); details != "" {
		im.leave(wordPatient, whyDetails+details)
	}
}

func (im *ipsImport) readIdentifiers(p *ipsResource, out *record.Patient) {
	for _, id := range ipsAll[ipsIdentifier](p.ipsNode, "identifier") {
		system, value := ipsSystem(id.System, id.XSystem), ipsClean(string(id.Value))
		if value == "" {
			continue
		}
		if !ipsIsINS(system) {
			out.Identifiers = append(out.Identifiers, record.CodeValue{System: system, Value: value, Label: ipsNoteOf(id.Extension)})
			continue
		}
		ins, err := record.ParseINS(value, system)
		switch {
		case err != nil:
			im.leave(wordPatient+" : "+wordINS, whyINSKey)
		case out.INS.Empty():
			out.INS = ins
		case out.INS != ins:
			im.leave(wordPatient+" : "+wordINS, whySecondINS)
		}
	}
}

// ipsIsINS reports whether an identifier's system is one of those of the INS, in
// either spelling; the withdrawn INS-C counts, so that it never passes for a
// local number.
func ipsIsINS(system string) bool {
	oid := strings.TrimPrefix(system, "urn:oid:")
	switch oid {
	case record.OIDINSNIR, record.OIDINSNIA, record.OIDINSTest, record.OIDINSDemo, "1.2.250.1.213.1.4.2":
		return true
	}
	return false
}

// readNames finds the birth name and the name used. In France the official name
// is the birth name; elsewhere a maiden name, where given, is.
func (im *ipsImport) readNames(p *ipsResource, out *record.Patient) {
	var latin []ipsName
	names := ipsAll[ipsName](p.ipsNode, "name")
	for _, name := range names {
		switch {
		case name.Use == "old" || name.full() == "":
		case ipsIsLatin(name.full()):
			latin = append(latin, name)
		case out.Original == "":
			out.Original = name.full()
		}
	}
	find := func(uses ...ipsText) (ipsName, bool) {
		for _, use := range uses {
			for _, name := range latin {
				if name.Use == use {
					return name, true
				}
			}
		}
		return ipsName{}, false
	}
	official, ok := find("official", "", "usual", "temp", "nickname", "anonymous")
	// A source that says it does not know the official name has given another.
	if slices.ContainsFunc(names, ipsName.unknown) {
		official, ok = ipsName{}, true
	}
	if !ok {
		official, _ = find("maiden")
	}
	out.GivenNames = official.given()
	out.BirthName = ipsClean(string(official.Family))
	if out.BirthName == "" && len(out.GivenNames) == 0 {
		out.BirthName = official.full() // only words, without parts
	}
	for _, e := range official.Extension {
		if e != nil && e.URL == extBirthGiven {
			if given := strings.Fields(ipsClean(string(e.ValueString))); len(given) > 0 {
				out.GivenNames = given
			}
		}
	}
	if maiden, ok := find("maiden"); ok && official.Use != "maiden" && maiden.Family != "" {
		out.UsedName, out.BirthName = out.BirthName, ipsClean(string(maiden.Family))
	}
	if usual, ok := find("usual"); ok && official.Use != "usual" {
		if family := ipsClean(string(usual.Family)); family != "" && !strings.EqualFold(family, out.BirthName) {
			out.UsedName = family
		}
		if given := usual.given(); len(given) > 0 && !slices.ContainsFunc(out.GivenNames, func(g string) bool { return strings.EqualFold(g, given[0]) }) {
			p.lose("usualGiven")
		}
	}
	for _, name := range names {
		switch name.Use {
		case "official", "usual", "maiden":
		default:
			if full := name.full(); full != "" && full != official.full() && full != out.Original {
				p.lose("name")
			}
		}
	}
}

// ipsIsLatin reports whether every letter is Latin.
func ipsIsLatin(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return false
		}
	}
	return true
}

func (im *ipsImport) readBirth(p *ipsResource, out *record.Patient) {
	out.BirthDate = p.dateOf("birthDate")
	if len(out.BirthDate) > len(time.DateOnly) { // a day in FHIR, and in the INS traits
		p.garbled("birthDate")
		out.BirthDate = out.BirthDate[:len(time.DateOnly)]
	}
	other := false
	for _, e := range ipsAll[*ipsExtension](p.ipsNode, "extension") {
		switch e.URL {
		case extReliability:
			for _, part := range e.Extension {
				if part != nil && part.URL == "identityStatus" && part.ValueCoding.Code == "VALI" {
					out.Qualified = true
				}
			}
		case extBirthPlace:
			im.readBirthPlace(e.Value, p, out)
		case extOmitted:
		default:
			other = true
		}
	}
	im.summary.ContactsOmitted = p.count(extOmitted)
	if other {
		p.lose("extension")
	}
	if out.INS.Empty() {
		out.Qualified = false // only an INS can have been checked
	}
}

// readBirthPlace takes the INSEE code; the town's name follows from it.
func (im *ipsImport) readBirthPlace(a ipsAddress, p *ipsResource, out *record.Patient) {
	all := a.Extension
	if a.XCity != nil {
		all = append(slices.Clone(all), a.XCity.Extension...)
	}
	for _, e := range all {
		if e == nil || e.URL != extINSEE {
			continue
		}
		code := ipsClean(string(e.ValueCoding.Code))
		if record.CheckBirthPlace(code) != nil {
			im.leave(wordPatient+" : "+wordBirthCode, whyBirthPlace)
			return
		}
		out.BirthPlace = code
		return
	}
	p.lose("birthPlace")
}
