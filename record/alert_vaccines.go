package record

import "time"

// This file compares the vaccinations of a summary with the French calendar
// (ministère de la santé, "Calendrier des vaccinations et recommandations
// vaccinales", edition 2025). It knows tetanus and influenza only.

// tetanusAges are the ages of the calendar at which a vaccine against tetanus is
// due: the end of the first doses at 11 months, boosters at 6 years, between 11 and
// 13, at 25, 45 and 65, then every ten years.
var tetanusAges = []int{1, 6, 11, 25, 45, 65, 75, 85, 95, 105, 115}

// A dose counts for an age when it was given some years before it at most: the
// calendar wants no second booster within five years, and children's ages lie
// closer together.
const (
	earlyAdult = 5
	earlyChild = 1
)

// vaccine tells which entries are of one vaccine: by ATC and CVX code, by target
// disease, or by the words of the label.
type vaccine struct {
	atc   []string // prefixes
	cvx   []string
	snomd string // the target disease
	words []string
}

var tetanus = vaccine{
	// WHO, ATC index: J07AM tetanus, J07AJ51/52 pertussis with toxoids, J07CA
	// combinations; those without tetanus (J07CA04, 08, 10) are not listed.
	atc: []string{"J07AM", "J07AJ51", "J07AJ52", "J07CA01", "J07CA02", "J07CA03", "J07CA05", "J07CA06", "J07CA07",
		"J07CA09", "J07CA11", "J07CA12", "J07CA13"},
	// CDC, code set CVX.
	cvx: []string{"01", "09", "20", "22", "28", "35", "50", "106", "107", "110", "112", "113", "115", "120", "130",
		"132", "138", "139", "146", "170", "195", "196"},
	snomd: "76902006",
	words: []string{"tetanos", "dtp", "dtcap", "dtcp", "revaxis", "repevax", "boostrixtetra", "boostrix", "infanrix",
		"infanrixtetra", "infanrixquinta", "infanrixhexa", "tetravac", "tetravac-acellulaire", "pentavac", "hexyon", "vaxelis"},
}

var influenza = vaccine{
	atc: []string{"J07BB"},
	cvx: []string{"15", "16", "88", "111", "125", "126", "127", "128", "135", "140", "141", "144", "149", "150", "151",
		"153", "155", "158", "161", "166", "168", "171", "185", "186", "194", "197", "200", "201", "202", "205", "231", "320"},
	snomd: "6142004",
	words: []string{"grippe", "antigrippal", "vaxigriptetra", "vaxigrip", "influvac", "influvactetra", "fluarixtetra",
		"efluelda", "fluad"},
}

// of reports whether an entry is of the vaccine, and known is false when nothing
// about the entry tells what it is.
func (v vaccine) of(i Immunization) (is, known bool) {
	for _, target := range i.Targets {
		is = is || target.Has(SystemSNOMED, v.snomd)
		known = known || len(target.Codes) > 0
	}
	for _, code := range i.Vaccine.Codes {
		switch code.System {
		case SystemATC:
			is, known = is || hasPrefix(code.Value, v.atc), true
		case SystemCVX:
			is, known = is || contains(v.cvx, code.Value), true
		}
	}
	words := wordsOf(i.Title())
	for _, w := range v.words {
		is = is || contains(words, w)
	}
	return is, known || is
}

// last returns the day of the latest dose that was given. unsure is true when an
// entry that nothing identifies, or one that the card does not carry, could be a
// later one.
func (s *Summary) last(v vaccine, now time.Time) (day Date, unsure bool) {
	unsure = s.Immunizations.Missing() > 0
	for _, i := range s.Immunizations.Entries {
		if i.Status == "not-done" {
			continue
		}
		is, known := v.of(i)
		unsure = unsure || !known || is && !i.Date.Known()
		if is && i.Date.Known() && !i.Date.InFuture(now) && i.Date.Latest().After(day.Latest()) {
			day = i.Date
		}
	}
	return day, unsure
}

// tetanusAlert looks for a dose since the last age at which the calendar wants one.
func (s *Summary) tetanusAlert(now time.Time) (Alert, bool) {
	unverifiable := func(why string) (Alert, bool) {
		return Alert{AlertTetanus, Unverifiable, alertTetanusUnknown, why}, true
	}
	age, ok := AgeAt(s.Patient.BirthDate, now)
	switch {
	case !ok:
		return unverifiable(whyNoBirthDate)
	case age < tetanusAges[0]:
		return unverifiable(whyInfant)
	case s.Immunizations.State() == NoInformation:
		return unverifiable(whyNoVaccinations)
	}
	due := tetanusAges[0]
	for _, a := range tetanusAges {
		if a <= age {
			due = a
		}
	}
	early := earlyAdult
	if due < 25 {
		early = earlyChild
	}
	last, unsure := s.last(tetanus, now)
	since := s.Patient.BirthDate.Time().AddDate(due-early, 0, 0)
	switch {
	case last.Known() && !last.Latest().Before(since):
		return Alert{}, false
	case unsure:
		return unverifiable(whyUnclearVaccine)
	}
	return Alert{AlertTetanus, Information, alertTetanusTitle, tetanusReason(due, last)}, true
}

// The season of the campaign against influenza, in whole months, and the month
// from which a dose is of this season. The campaign of each year begins in October
// and has ended between January and February.
const (
	seasonOpens  = time.October
	seasonCloses = time.February
	doseSince    = time.September
)

// influenzaAlert looks for a dose of this season where the calendar wants one: from
// 65 years, during pregnancy, in care homes. For an ALD the calendar has a list of
// its own, which a mark does not tell apart: the alert says that it is to be checked.
func (s *Summary) influenzaAlert(now time.Time) (Alert, bool) {
	year := now.Year()
	switch {
	case now.Month() >= seasonOpens:
	case now.Month() <= seasonCloses:
		year--
	default:
		return Alert{}, false
	}
	unverifiable := func(why string) (Alert, bool) {
		return Alert{AlertInfluenza, Unverifiable, alertInfluenzaUnknown, why}, true
	}
	last, unsure := s.last(influenza, now)
	if last.Known() && !last.Latest().Before(time.Date(year, doseSince, 1, 0, 0, 0, 0, time.UTC)) {
		return Alert{}, false
	}
	age, known := AgeAt(s.Patient.BirthDate, now)
	why := ""
	switch {
	case known && age >= 65:
		why = whyAge65
	case s.Pregnant():
		why = whyPregnant
	case s.inCareHome():
		why = whyCareHome
	case s.HasALD():
		return unverifiable(whyALD)
	case !known:
		return unverifiable(whyNoBirthDate)
	default:
		return Alert{}, false
	}
	switch {
	case s.Immunizations.State() == NoInformation:
		return unverifiable(whyNoVaccinations)
	case unsure:
		return unverifiable(whyUnclearVaccine)
	}
	return Alert{AlertInfluenza, Information, alertInfluenzaTitle, influenzaReason(why, year, last)}, true
}

// Pregnant reports whether the summary says that the patient is pregnant: the
// status of LOINC 82810-3 answered with SNOMED CT 77386006.
func (s *Summary) Pregnant() bool {
	for _, p := range s.Pregnancy.Entries {
		if p.Value.Has(SystemSNOMED, "77386006") {
			return true
		}
	}
	return false
}

func (s *Summary) inCareHome() bool {
	for _, c := range s.Contacts {
		if c.Role == RoleFacility {
			return true
		}
	}
	return false
}
