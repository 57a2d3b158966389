package print

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is the catalogue of what people read on paper, in French. Sentences
// are written here with ordinary spaces; [fr] makes them the unbreakable ones
// that French wants before high punctuation.

// calibrationSteps are what to do with the calibration sheet.
var calibrationSteps = []string{
	"1. Branchez le lecteur à l’ordinateur.",
	"2. Dans une fenêtre de commandes, tapez « zoneblanche qr learn - » et appuyez sur Entrée.",
	"3. Lisez ce code avec le lecteur, puis appuyez sur Entrée si rien ne se passe.",
}

const (
	program  = "Zone Blanche"
	docTitle = "Synthèse médicale d’urgence"

	calibrationTitle = "Feuille d’étalonnage du lecteur de codes"
	calibrationWhy   = "Un lecteur tenu à la main tape le code comme le ferait un clavier. Quand l’ordinateur est réglé pour un autre clavier que lui, des lettres et des chiffres changent en route. Cette feuille apprend à Zone Blanche lesquels."
	calibrationAfter = "La réponse dit comment le lecteur et l’ordinateur sont réglés ; cet ordinateur s’en souvient. Recommencez si vous changez de lecteur ou de clavier. Cette feuille ne contient aucune donnée de santé et sert autant de fois que vous voulez."

	nameMissing       = "NOM NON RENSEIGNÉ"
	birthMissing      = "date de naissance non renseignée"
	sexIs             = "sexe %s"
	insIs             = "INS : %s"
	insNone           = "INS : non renseigné"
	insQualified      = "identité qualifiée"
	insUnqualified    = "identité non qualifiée, à vérifier"
	insTest           = "identité de test"
	insDemo           = "identité de démonstration"
	insProvisional    = "identifiant provisoire"
	birthPlaceIs      = "%s à\u00a0%s (INSEE)"
	otherIDIs         = "Autre identifiant : %s"
	originalNameIs    = "Nom dans son écriture : %s"
	originalNameLost  = "Nom dans son écriture d’origine : dans les codes, cette feuille ne sait pas l’imprimer"
	updatedOn         = "Mise à jour le %s"
	updatedIn         = "Mise à jour en %s"
	updatedBy         = " par %s"
	authorDeclared    = " (déclaré)"
	updatedNever      = "Mise à jour non renseignée : vérifiez chaque point avec le patient."
	staleMention      = "PLUS DE %d MOIS"
	staleAdvice       = "Ancienne : vérifiez chaque point avec le patient."
	undatedMention    = "SANS DATE"
	issuerIs          = "Signée par %s"
	issuerPatient     = "Déclarée par le patient, non vérifiée par un soignant"
	issuerMissing     = "Émetteur non indiqué"
	rppsIs            = "RPPS\u00a0%s"
	finessIs          = "FINESS\u00a0%s"
	identityCaption   = "Identité INS"
	emergencyFallback = "Code d’urgence"

	allergiesHeading   = "ALLERGIES ET INTOLÉRANCES"
	allergiesUnknown   = "ALLERGIES : NON RENSEIGNÉ"
	allergiesAsk       = "Demandez au patient : cette feuille ne dit rien de ses allergies."
	continued          = " (suite)"
	severeChip         = "GRAVE"
	aldChip            = "ALD"
	askPatient         = "demandez au patient"
	notFilledList      = "Non renseigné : %s."
	countOf            = " (%d)"
	countOfAll         = " (%d sur %d)"
	columnDrug         = "Traitement"
	columnUse          = "Comment il se prend"
	contactsHeading    = "Contacts"
	consentHeading     = "Consentement"
	consentGiven       = "Donné %s"
	consentUndated     = "Date non renseignée"
	consentOver        = "CONSENTEMENT EXPIRÉ"
	noPhone            = "téléphone non renseigné"
	posologyElsewhere  = "posologie absente des codes lus" // on a screen that shows a part of a card
	posologyNotCarried = "posologie non imprimée, à demander"
	noPosology         = "posologie non renseignée"
	noName             = "sans nom"
	usualRange         = "usuel : %s"
	dosesRank          = "dose\u00a0%s"
	lotIs              = "lot\u00a0%s"
	targetsAre         = "contre %s"
	serialIs           = "n°\u00a0%s"
	dueDate            = "terme prévu %s"
	forReason          = "pour %s"
	declaredOnly       = "déclaré, non vérifié"

	missingNote = "Le signe \uFFFD remplace un caractère que cette feuille ne sait pas imprimer : il est dans les codes."

	declaredWords   = "Personne ne s’est porté garant de ce qui est écrit ici : vérifiez chaque point."
	signedWords     = "Les codes sont signés ; le texte en est la copie."
	howToDoctor     = "Professionnel de santé :"
	howToDoctorRest = "scannez les codes avec Zone Blanche, sans réseau. "
	howToFinder     = "Trouvé cette feuille ?"
	howToFinderRest = "Confidentielle : rendez-la ou portez-la en pharmacie. Urgence : 15 ou 112."

	cardIs     = "Carte %s"
	printedOn  = "Imprimée le %s"
	pageOf     = "Page %d/%d"
	pageGoesOn = "suite page %d"

	codesTitle     = "Codes de la synthèse"
	codesHeading   = "Codes de la synthèse :"
	codesContinued = "Codes de la synthèse (suite)"
	codesHelp      = "scannez-les tous, feuille à plat"
	codesLocked    = "s’ouvrent avec le code du patient"
	codesEnough    = "; %d sur %d suffisent si d’autres sont abîmés"
	codesFallback  = "Code %d"

	walletHeading   = "Carte à découper"
	walletHelp      = "Découpez le long des pointillés, pliez au milieu, gardez-la sur vous."
	walletOneSide   = "Imprimez-la d’un seul côté." // a browser knows no front and back
	walletBlank     = "Page laissée blanche : la carte à découper est à la page suivante."
	walletAllergies = "ALLERGIES :"
	walletUnknown   = "NON RENSEIGNÉ, demandez au patient"
	walletLocked    = " %d, derrière le code du patient : demandez-le-lui"
	walletMore      = "et %d de plus : scannez le code"
	walletScan      = "Scannez le code avec Zone Blanche, sans réseau."
)

// omitted says how many entries the card does not carry; f marks the sections
// whose noun is feminine.
func omitted(n int, feminine, alone bool) string {
	e, s := "", ""
	if feminine {
		e = "e"
	}
	if n > 1 {
		s = "s"
	}
	if alone {
		return fmt.Sprintf("%d élément%s, non imprimé%s ici", n, s, s)
	}
	return fmt.Sprintf("et %d autre%s, non imprimé%s%s", n, s, e, s)
}

// hiddenAllergies is said when allergies exist and none of them is printed.
func hiddenAllergies(n int) string {
	if n == 1 {
		return fr("1 ALLERGIE, NON IMPRIMÉE ICI : demandez au patient")
	}
	return fr("%d ALLERGIES, NON IMPRIMÉES ICI : demandez au patient", n)
}

// lockedAllergies is said when allergies exist and stand behind the patient's code.
func lockedAllergies(n int) string {
	if n == 1 {
		return fr("1 ALLERGIE, PROTÉGÉE PAR LE CODE DU PATIENT : demandez-le-lui")
	}
	return fr("%d ALLERGIES, PROTÉGÉES PAR LE CODE DU PATIENT : demandez-le-lui", n)
}

// lockedEntries is the same for treatments, behind their title.
func lockedEntries(n int) string {
	if n == 1 {
		return "1 élément, protégé par le code du patient"
	}
	return fmt.Sprintf("%d éléments, protégés par le code du patient", n)
}

// feminine are the sections whose entries are feminine nouns.
var feminine = map[record.SectionID]bool{
	record.Allergies: true, record.PregnancyID: true, record.Procedures: true,
	record.Immunizations: true, record.VitalSigns: true, record.Directives: true,
}

// fr formats a sentence of this catalogue with the spaces that French wants.
func fr(format string, args ...any) string {
	return fmt.Sprintf(nobreak(format), args...)
}

// nobreak keeps double punctuation from being parted from its word by the end of
// a line.
func nobreak(s string) string {
	for _, mark := range []string{":", ";", "!", "?", "»"} {
		s = strings.ReplaceAll(s, " "+mark, "\u00a0"+mark)
	}
	return strings.ReplaceAll(s, "« ", "«\u00a0")
}

// born is the participle that agrees with the person.
func born(sex record.Sex) string {
	switch sex {
	case record.Female:
		return "Née"
	case record.Male:
		return "Né"
	}
	return "Né(e)"
}

// onDate puts a date after its verb: en 2009, en 03/2009, le 14/03/2009.
func onDate(d record.Date) string {
	if len(d) < len("2009-03-14") {
		return "en\u00a0" + d.French()
	}
	return "le\u00a0" + d.French()
}

func since(d record.Date) string {
	if len(d) < len("2009-03-14") {
		return "depuis\u00a0" + d.French()
	}
	return "depuis\u00a0le\u00a0" + d.French()
}

func until(d record.Date) string {
	if len(d) < len("2009-03-14") {
		return "jusqu’en\u00a0" + d.French()
	}
	return "jusqu’au\u00a0" + d.French()
}

// age says how old somebody born on d is at now: days and months for infants,
// whose doses depend on them. It is empty when that cannot be said.
func age(d record.Date, now time.Time) string {
	birth := d.Time()
	if birth.IsZero() || birth.After(now) {
		return ""
	}
	years := now.Year() - birth.Year()
	if len(d) == len("2009") {
		return fmt.Sprintf("environ %d ans", years)
	}
	months := record.MonthsSince(d, now)
	if years = months / 12; years >= 3 {
		return fmt.Sprintf("%d ans", years)
	}
	if len(d) == len("2009-03") {
		return fmt.Sprintf("environ %d mois", months)
	}
	if months > 0 {
		return fmt.Sprintf("%d mois", months)
	}
	if days := int(now.Sub(birth).Hours() / 24); days > 1 {
		return fmt.Sprintf("%d jours", days)
	}
	return "nouveau-né"
}

// statusWords says a status that changes what an entry means; a status that only
// says "now" has no words. One that is not in the table is printed as it is.
var statusWords = map[string]string{
	"": "", "active": "", "completed": "", "final": "", "recurrence": "récidive", "relapse": "rechute",
	"amended": "corrigé", "corrected": "corrigé", "registered": "en attente", "preliminary": "provisoire", "cancelled": "ANNULÉ",
	"inactive": "antécédent", "remission": "en rémission", "resolved": "antécédent résolu",
	"in-progress": "en cours", "preparation": "prévu", "intended": "prévu", "on-hold": "SUSPENDU",
	"stopped": "ARRÊTÉ", "not-taken": "NON PRIS", "not-done": "NON FAIT", "unknown": "état inconnu",
	"entered-in-error": "SAISI PAR ERREUR",
}

// allergyStatus are the same for allergies, which are feminine and never heal by
// being old.
var allergyStatus = map[string]string{"": "", "active": "", "inactive": "ancienne", "resolved": "considérée comme résolue"}

var verificationWords = map[string]string{
	"": "", "confirmed": "", "unconfirmed": "non confirmée", "presumed": "présumée",
	"refuted": "DÉMENTIE", "entered-in-error": "SAISIE PAR ERREUR",
}

var severityWords = map[string]string{"": "", "mild": "légère", "moderate": "modérée", "severe": "sévère"}

// said looks a code up in one of the tables; a code that is not there is shown
// as it is written, never dropped.
func said(table map[string]string, code string) string {
	if words, ok := table[code]; ok {
		return words
	}
	return code
}

const (
	intolerance = "intolérance"
	asNeeded    = "si besoin"
	and         = " et "
	routePrefix = "voie"
	endedWords  = "TERMINÉ"
)

// periodUnit is a unit of time as posologies say it: "par jour", "tous les …
// jours", and a shorter form for once a unit.
type periodUnit struct{ one, every, many, each string }

var periodUnits = map[string]periodUnit{
	"s":   {"par seconde", "toutes les", "secondes", ""},
	"min": {"par minute", "toutes les", "minutes", ""},
	"h":   {"par heure", "toutes les", "heures", "toutes les heures"},
	"d":   {"par jour", "tous les", "jours", ""},
	"wk":  {"par semaine", "toutes les", "semaines", ""},
	"mo":  {"par mois", "tous les", "mois", ""},
	"a":   {"par an", "tous les", "ans", ""},
}

// momentWords are the words for FHIR's EventTiming codes.
var momentWords = map[string]string{
	"MORN": "le matin", "MORN.early": "tôt le matin", "MORN.late": "en fin de matinée", "NOON": "à midi",
	"AFT": "l’après-midi", "AFT.early": "en début d’après-midi", "AFT.late": "en fin d’après-midi",
	"EVE": "le soir", "EVE.early": "en début de soirée", "EVE.late": "tard le soir", "NIGHT": "la nuit",
	"PHS": "après l’endormissement", "HS": "au coucher", "WAKE": "au réveil",
	"C": "au repas", "CM": "au petit déjeuner", "CD": "au déjeuner", "CV": "au dîner",
	"AC": "avant le repas", "ACM": "avant le petit déjeuner", "ACD": "avant le déjeuner", "ACV": "avant le dîner",
	"PC": "après le repas", "PCM": "après le petit déjeuner", "PCD": "après le déjeuner", "PCV": "après le dîner",
}

// countedUnits are the units that take the mark of the plural from two on.
var countedUnits = map[string]bool{
	"comprimé": true, "gélule": true, "capsule": true, "goutte": true, "sachet": true, "ampoule": true,
	"bouffée": true, "inhalation": true, "injection": true, "dose": true, "cuillère": true, "cuillerée": true,
	"patch": true, "dispositif": true, "unité": true, "suppositoire": true, "application": true, "ovule": true,
	"pulvérisation": true, "flacon": true, "stylo": true, "pastille": true, "lyophilisat": true, "mesure": true,
	"anneau": true, "dosette": true, "seringue": true, "pipette": true,
}

// Words of a posology that say how often, or only when needed: in French, and in
// English for foreign summaries.
var (
	rhythmWords = []string{"fois", "jour", "matin", "midi", "soir", "nuit", "coucher", "heure", "semaine", "mois", "repas", "/j", "tous les", "toutes les",
		"day", "daily", "hour", "week", "month", "night", "morning", "evening", "times", "once", "twice"}
	oralWords     = []string{"orale", "oral ", "per os", "bouche"}
	asNeededWords = []string{"besoin", "si ", "demande", "needed", "prn", "if "}
)
