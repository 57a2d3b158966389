package fhir

import "strconv"

// This file is the catalogue of what people read of an exported document, in
// French.

const (
	titleSummary   = "Synthèse médicale"
	titleConsents  = "Consentement"
	displaySummary = "Synthèse du dossier médical"
	displayALD     = "En rapport avec une ALD"
	programName    = "Zone Blanche"
	wordDueDate    = "Date prévue d’accouchement"
)

// What stands between and before the words of an entry.
const (
	sayColon       = "\u00a0: "
	saySemicolon   = "\u00a0; "
	sayBorn        = "naissance le "
	sayINS         = "INS "
	sayDone        = "fait"
	sayUpdated     = "Mise à jour"
	sayCriticality = "criticité "
	saySince       = "depuis "
	sayUntil       = "jusqu’à "
	sayTerm        = "terme ou fin : "
	sayGiven       = "donné le "
	sayReaction    = "réaction : "
	sayReason      = "motif : "
	sayAsNeeded    = "si besoin"
	sayALD         = "ALD"
	saySerial      = "n° "
	sayTargets     = "contre "
	sayRank        = "dose n° "
	sayLot         = "lot "
	sayDeclared    = "repris d’un autre document, non vérifié"
	sayUsual       = "valeurs usuelles : "
)

// omittedWords tells of entries that are not here, after shown others.
func omittedWords(n, shown int) string {
	count := strconv.Itoa(n)
	switch {
	case n == 1 && shown == 0:
		return "1 élément non porté par ce document"
	case n == 1:
		return "et 1 autre, non porté par ce document"
	case shown == 0:
		return count + " éléments non portés par ce document"
	}
	return "et " + count + " autres, non portés par ce document"
}

// abridgedWords tells of entries that stand here without all that is known of them.
func abridgedWords(n int) string {
	if n == 1 {
		return "1 élément porté sans tous ses détails"
	}
	return strconv.Itoa(n) + " éléments portés sans tous leurs détails"
}

var sayType = map[string]string{"allergy": "allergie", "intolerance": "intolérance"}

var sayCategory = map[string]string{"food": "aliment", "medication": "médicament", "environment": "environnement", "biologic": "produit biologique"}

var sayLevel = map[string]string{"low": "faible", "high": "élevée", "unable-to-assess": "non évaluable"}

var saySeverity = map[string]string{"mild": "légère", "moderate": "modérée", "severe": "sévère"}

var sayVerification = map[string]string{
	"confirmed": "confirmée", "unconfirmed": "non confirmée", "presumed": "présumée", "refuted": "RÉFUTÉE", "entered-in-error": "SAISIE PAR ERREUR",
}

// sayStatus translates the statuses of all entries. What is over, or was not done,
// is written in capitals, since overlooking it would be dangerous.
var sayStatus = map[string]string{
	"active": "en cours", "inactive": "INACTIF", "resolved": "RÉSOLU", "recurrence": "récidive", "relapse": "rechute", "remission": "en rémission",
	"completed": "terminé", "stopped": "ARRÊTÉ", "on-hold": "SUSPENDU", "intended": "prévu", "unknown": "statut inconnu", "not-taken": "NON PRIS",
	"in-progress": "en cours", "not-done": "NON FAIT", "preparation": "en préparation", "final": "définitif", "preliminary": "provisoire",
	"registered": "enregistré", "amended": "modifié", "corrected": "corrigé", "cancelled": "ANNULÉ", "draft": "projet", "revoked": "RÉVOQUÉ",
	"proposed": "proposé", "rejected": "REFUSÉ", "entered-in-error": "SAISI PAR ERREUR", "current": "en vigueur",
}

// sayWhen translates the moments of FHIR's list EventTiming.
var sayWhen = map[string]string{
	"MORN": "le matin", "MORN.early": "tôt le matin", "MORN.late": "en fin de matinée", "NOON": "à midi", "AFT": "l’après-midi",
	"AFT.early": "en début d’après-midi", "AFT.late": "en fin d’après-midi", "EVE": "le soir", "EVE.early": "en début de soirée",
	"EVE.late": "en fin de soirée", "NIGHT": "la nuit", "PHS": "après l’endormissement", "HS": "au coucher", "WAKE": "au réveil",
	"C": "aux repas", "CM": "au petit déjeuner", "CD": "au déjeuner", "CV": "au dîner", "AC": "avant les repas", "ACM": "avant le petit déjeuner",
	"ACD": "avant le déjeuner", "ACV": "avant le dîner", "PC": "après les repas", "PCM": "après le petit déjeuner", "PCD": "après le déjeuner",
	"PCV": "après le dîner",
}
