package record

import "time"

// This file tells a doctor what to look at in a summary that was just opened. An
// alert is a value with its reason; none of them decides anything. A check that
// cannot be made is an alert of the level [Unverifiable], because silence would read
// as "nothing found".

// AlertKind names the rule that an alert comes from.
type AlertKind string

// The kinds of alerts.
const (
	AlertStale       AlertKind = "stale"             // not updated for 18 months
	AlertAllergies   AlertKind = "allergies_unknown" // nobody filled the allergies in
	AlertConsent     AlertKind = "consent_expired"   // no consent holds
	AlertTetanus     AlertKind = "tetanus"           // a booster is due by the calendar
	AlertInfluenza   AlertKind = "influenza"         // this season's vaccine is due
	AlertAllergic    AlertKind = "allergic"          // a prescription of a class of an allergy
	AlertSameClass   AlertKind = "same_class"        // a prescription of a class already taken
	AlertAlreadyDone AlertKind = "already_done"      // an exam whose last result still holds
)

// AlertLevel says how loudly an alert is shown.
type AlertLevel string

// The levels, loudest first.
const (
	Danger       AlertLevel = "danger"
	Watch        AlertLevel = "attention"
	Information  AlertLevel = "information"
	Unverifiable AlertLevel = "unverifiable" // the check could not be made
)

// Alert is one thing to look at. Title and Reason are French; they may quote the
// summary's own words.
type Alert struct {
	Kind   AlertKind
	Level  AlertLevel
	Title  string
	Reason string
}

// Alerts applies the rules that need nothing but the summary and the time: its age,
// its allergies, the consent and the vaccinations. The loudest come first.
func (s *Summary) Alerts(now time.Time) []Alert {
	var all []Alert
	add := func(a Alert, ok bool) {
		if ok {
			all = append(all, a)
		}
	}
	add(s.allergiesAlert())
	add(s.staleAlert(now))
	add(s.consentAlert(now))
	add(s.tetanusAlert(now))
	add(s.influenzaAlert(now))
	return byLevel(all)
}

// byLevel puts the loudest first and keeps the order within a level.
func byLevel(all []Alert) []Alert {
	var out []Alert
	for _, level := range []AlertLevel{Danger, Watch, Information, Unverifiable} {
		for _, a := range all {
			if a.Level == level {
				out = append(out, a)
			}
		}
	}
	return out
}

// allergiesAlert: allergies are the field most often left empty, and the one that
// kills. Programme rule: an empty field is never "none known".
func (s *Summary) allergiesAlert() (Alert, bool) {
	switch {
	case s.Allergies.State() == NoInformation:
		return Alert{AlertAllergies, Danger, alertAllergiesTitle, alertAllergiesReason}, true
	case s.Allergies.Missing() > 0:
		return Alert{AlertAllergies, Danger, alertAllergiesPartTitle, alertAllergiesPartReason}, true
	}
	return Alert{}, false
}

// staleAlert: programme rule, a summary that was not updated for 18 months is to be
// treated as obsolete ([StaleAfterMonths]).
func (s *Summary) staleAlert(now time.Time) (Alert, bool) {
	if !StaleAt(s.UpdatedAt, now) {
		return Alert{}, false
	}
	if !s.UpdatedAt.Known() || s.UpdatedAt.InFuture(now) {
		return Alert{AlertStale, Watch, alertStaleTitle, alertUndatedReason}, true
	}
	return Alert{AlertStale, Watch, alertStaleTitle, staleReason(s.UpdatedAt, MonthsSince(s.UpdatedAt, now))}, true
}

// consentAlert: programme rule, consent is global and lasts one year at most
// ([ConsentYears]). A summary without any says nothing of it.
func (s *Summary) consentAlert(now time.Time) (Alert, bool) {
	switch {
	case len(s.Consents) == 0:
		return Alert{AlertConsent, Unverifiable, alertConsentUnknownTitle, alertConsentUnknownReason}, true
	case s.ConsentExpired(now):
		return Alert{AlertConsent, Watch, alertConsentTitle, alertConsentReason}, true
	}
	return Alert{}, false
}

// AgeAt is the age in whole years at now of somebody born on d: the least that a
// date of a year or a month alone allows. ok is false when the date is not known.
func AgeAt(d Date, now time.Time) (years int, ok bool) {
	if !d.Known() || d.InFuture(now) {
		return 0, false
	}
	born := d.Latest()
	years = now.Year() - born.Year()
	if born.AddDate(years, 0, 0).After(now) {
		years--
	}
	return max(years, 0), true
}
