package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file has the sentences that code chooses; what a page always says stands in
// its template.

// Titles of pages.
const (
	titleError    = "Cela n’a pas marché"
	titleAccount  = "Premier compte"
	titleSignIn   = "Connexion"
	titleLocked   = "Session verrouillée"
	titleScan     = "Lire une carte"
	titleSummary  = "Synthèse"
	titleNote     = "Écrire la consultation"
	titleSign     = "Relire et signer"
	titleSigned   = "Consultation enregistrée"
	titleOutbox   = "À envoyer"
	titleEntry    = "Une consultation"
	titlePatient  = "La feuille du patient"
	titleForm     = "Remplir la feuille"
	titleChoose   = "Ce qui sera sur la feuille"
	titleSheet    = "La feuille est prête"
	titleContacts = "Contacts"
	titlePhotos   = "Photographies"
	titleMeasure  = "Mesurer"
	titleCorrect  = "Corriger"
	titleDrop     = "Abandonner ce brouillon ?"
)

// Answers to the practice's own software.
const (
	sayAPIToken     = "Ce logiciel n’a pas de jeton valable : créez-en un avec « zoneblanche api add »."
	sayAPIBrowser   = "Cette adresse est faite pour un logiciel, pas pour un navigateur."
	sayAPINowhere   = "Il n’y a rien à cette adresse : voyez doc/api.md."
	sayAPIAfter     = "« after » attend le nombre « next » de la réponse précédente."
	sayDepositFails = "le dossier de votre logiciel ne peut pas être écrit, ce qui est signé y suivra"
	sayAPINoCard    = "Cette carte n’est plus ouverte, ou le médecin n’a pas encore confirmé l’identité."
)

// Refusals before any page.
const (
	sayWrongHost   = "Cette adresse n’est pas celle de Zone Blanche."
	sayWrongOrigin = "Demande venue d’un autre site : refusée."
	sayWrongMethod = "Demande refusée."
	sayBroken      = "Cette page n’a pas pu être affichée."
)

// What pages say when something is missing.
const (
	sayWrongToken      = "Ce jeton n’est pas celui que le programme a affiché à son démarrage."
	sayPasswordsDiffer = "Les deux mots de passe ne sont pas les mêmes."
	sayWrongPassword   = "Nom ou mot de passe incorrect."
	noticeRPPS         = "La clé de votre numéro RPPS ne correspond pas : vérifiez-le auprès de votre caisse ou de votre ordre."

	sayNoCode        = "Aucun code trouvé dans cette image."
	sayNothingGiven  = "Rien à lire."
	nextNothingGiven = "Choisissez une photographie ou un PDF, ou scannez un code dans le champ."
	noticePartRead   = "La carte est lue. Un des fichiers n’a pas pu l’être."

	sayReasonMissing      = "Écrivez en quelques mots pourquoi vous ouvrez cette carte."
	sayNotConfirmed       = "Cochez « C’est bien la personne devant moi » après avoir comparé l’identité."
	sayNothingWritten     = "Écrivez une note, une prescription ou un examen avant de signer."
	sayNoteRefused        = "Ce texte est trop long (900 Ko au plus) ou contient des caractères de commande."
	sayChangedMeanwhile   = "Le texte a changé dans un autre onglet : relisez-le avant de signer."
	sayWrittenElsewhere   = "Ce brouillon a changé dans un autre onglet. Comparez les deux textes : celui que vous gardez remplace l’autre."
	saySignedElsewhere    = "Cette consultation a été signée dans un autre onglet : rien n’est enregistré deux fois."
	sayDraftUnkept        = "Ce texte n’est pas gardé. Ne fermez pas cette page."
	sayDraftsUnread       = "Des brouillons ne peuvent pas être lus."
	noticeDropped         = "Le brouillon est effacé."
	sayWaits              = "quand l’entrée corrigée sera arrivée"
	sayCorrectionKept     = "Gardé tant que le programme tourne. Rien n’est enregistré avant la signature."
	sayNothingCorrected   = "Rien n’est changé : corrigez le texte, ou revenez."
	sayCorrectionUnsigned = "Cochez la case pour signer cette correction."
	sayDangerUnread       = "Cochez la case sous l’alerte d’allergie avant de signer, ou corrigez la prescription."
	sayNotRecorded        = "Rien n’est enregistré."
	sayOpeningUnkept      = "L’ouverture de cette carte n’a pas pu être notée dans le journal."
	sayOutboxUnread       = "L’état des envois ne peut pas être lu."
	noticeRequeued        = "Remise à envoyer."

	sayNoSummary     = "Choisissez le fichier de la synthèse (Bundle FHIR, .json)."
	sayNoIdentity    = "Le nom de naissance et le prénom sont nécessaires."
	sayBirthDate     = "Cette date de naissance n’est pas possible."
	sayTooLong       = "Une ligne est trop longue (300 caractères au plus), ou il y a trop de lignes (60 au plus)."
	sayContradiction = "Vous avez coché « aucun » et rempli la liste : choisissez l’un ou l’autre."

	gapAllergies     = "Allergies non renseignées"
	gapAllergiesWhy  = "C’est la première chose qu’un médecin cherche. Répondez, même par « aucune connue »."
	gapTreatments    = "Traitements non renseignés"
	gapTreatmentsWhy = "Un médecin ne pourra pas prescrire sans risque. Répondez, même par « aucun »."
	gapBirth         = "Date de naissance absente"
	gapBirthWhy      = "Elle sert à reconnaître la personne."
	gapContact       = "Aucun contact"
	gapContactWhy    = "Ajoutez une personne à prévenir."
	gapProblems      = "Problèmes de santé non renseignés"
	gapProblemsWhy   = "Maladies au long cours, opérations prévues…"
)

// reasons are the sentences of this package's own errors, with the next step.
var reasons = map[string][2]string{
	ReasonNoPage:         {"Cette page n’existe pas.", "Revenez à la page d’accueil."},
	ReasonNoVisit:        {"Cette carte n’est plus ouverte.", "Lisez-la à nouveau."},
	ReasonNotCorrectable: {"Cette entrée ne peut pas être corrigée.", "Une consultation n’a qu’une correction : corrigez celle-ci à son tour."},
	ReasonSigned:         {"Cette consultation est déjà signée : rien n’est enregistré deux fois.", "Retrouvez-la dans « À envoyer »."},
	ReasonDraftClosed:    {"La carte de ce brouillon ne peut plus être ouverte.", "Relisez la carte du patient. Votre texte reste gardé : retrouvez-le dans « Lire une carte », puis « Voir ou effacer »."},
	// The program has sentences for these too, which speak of its commands.
	"disk_full":       {"Le disque est plein.", "Libérez de la place, puis recommencez."},
	"no_draft":        {"Ce brouillon n’est plus là.", "Retrouvez les autres dans « Lire une carte »."},
	"no_entry":        {"Cette entrée n’est pas dans le journal.", "Retrouvez les autres dans « À envoyer »."},
	"stale_item":      {"Cet envoi vient de changer d’état.", "Relisez-le, puis recommencez."},
	"corrected":       {"Une correction de cette entrée existe déjà.", "Corrigez la correction."},
	"photo_format":    {"Cette photographie n’est ni un JPEG ni un PNG entier : elle n’est pas gardée.", "Reprenez-la en JPEG. Sur iPhone : Réglages, Appareil photo, Formats, « Le plus compatible »."},
	"photo_too_large": {"Cette photographie dépasse 20 Mo, ou il y en a déjà 50 : elle n’est pas gardée.", "Réduisez-la, ou gardez-en moins."},
	ReasonUpload:      {"Ces fichiers sont trop grands (96 Mo et 32 fichiers au plus).", "Envoyez les pages une à une."},
	ReasonForm:        {"Cette demande est arrivée incomplète.", "Recommencez."},
	ReasonAccounts:    {"Le fichier des comptes est abîmé.", "Restaurez accounts.json depuis une sauvegarde, ou retirez-le pour créer un nouveau compte."},
	ReasonAccount:     {"Ce compte ne peut pas être créé.", "Il faut un nom, un numéro RPPS à 11 chiffres et un mot de passe de 10 caractères au moins."},
	ReasonNameTaken:   {"Un compte porte déjà ce nom.", "Connectez-vous, ou choisissez un autre nom."},
	"busy":            {"La machine lit déjà d’autres images.", "Recommencez dans un instant."},
}

func correctedWords(duplicate bool) string {
	if duplicate {
		return "Cette correction était déjà enregistrée : rien n’est ajouté."
	}
	return "La correction est enregistrée."
}

// kindWords is what an entry is.
func kindWords(kind record.EntryKind) string {
	switch kind {
	case record.KindPhotograph:
		return "Photographie"
	case record.KindConsulted:
		return "Carte ouverte"
	case record.KindCorrection:
		return "Correction"
	}
	return "Consultation"
}

// keptWords says until when a draft is kept.
func keptWords(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return "Brouillon gardé sur ce poste à " + at.Local().Format("15 h 04") + ". Il vous attend si la page se ferme ou si le programme s’arrête."
}

// frenchMoment writes a time as 28/11/2026 à 14 h 05.
func frenchMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("02/01/2006 à 15 h 04")
}

func frenchDay(t time.Time) string { return t.Local().Format("02/01/2006") }

// span writes a duration in its largest unit or two: 3 min, 41 h, 5 jours.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "moins d’une minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 72*time.Hour:
		return fmt.Sprintf("%d h %02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d jours", int(d.Hours()/24))
}

func waitWords(d time.Duration) string {
	return "Trop d’essais. Attendez " + span(max(d, time.Second)) + " puis recommencez."
}

func plural(n int, one, many string) string {
	if n > 1 {
		return fmt.Sprintf(many, n)
	}
	return fmt.Sprintf(one, n)
}

// outboxWords is the state of the outbox in one line.
func outboxWords(s Status, now time.Time) string {
	stage := outboxStage(s, now)
	var parts []string
	if s.Waiting+s.Attention == 0 {
		parts = append(parts, "Rien à envoyer")
	} else {
		parts = append(parts, plural(s.Waiting, "%d envoi en attente", "%d envois en attente"))
	}
	if s.Attention > 0 {
		parts = append(parts, plural(s.Attention, "%d à reprendre par vous", "%d à reprendre par vous"))
	}
	if s.Late > 0 {
		parts = append(parts, plural(s.Late, "%d en retard", "%d en retard"))
	}
	parts[len(parts)-1] += stageWords[stage]
	if !s.NextDeadline.IsZero() && s.Waiting+s.Attention > 0 {
		left := leftWords(s.NextDeadline.Sub(now))
		if stage > 0 { // one line, whatever it says
			parts = append(parts, "échéance "+left)
		} else {
			parts = append(parts, "prochaine échéance "+frenchMoment(s.NextDeadline)+" ("+left+")")
		}
	}
	parts = append(parts, contactWords(s, now))
	if s.DepositFails {
		parts = append(parts, sayDepositFails)
	}
	return strings.Join(parts, " · ")
}

// outboxStage is how far the oldest debt has come: 0, then 1 to 3 from 24, 36 and 44
// hours after the act on, and 4 once it is late (design, section 9).
func outboxStage(s Status, now time.Time) int {
	if s.Late > 0 {
		return 4
	}
	if s.NextDeadline.IsZero() || s.Waiting+s.Attention == 0 {
		return 0
	}
	left := s.NextDeadline.Sub(now)
	for stage, hours := range []time.Duration{4, 12, 24} {
		if left <= hours*time.Hour {
			return 3 - stage
		}
	}
	return 0
}

// stageWords asks for what can still be done.
var stageWords = [5]string{
	"",
	", depuis plus de 24 heures",
	", depuis plus de 36 heures : trouvez un réseau aujourd’hui",
	", depuis plus de 44 heures : trouvez un réseau maintenant",
	", au-delà de 48 heures : trouvez un réseau, prévenez le cabinet",
}

func contactWords(s Status, now time.Time) string {
	words := "aucun contact avec le destinataire jusqu’ici"
	if !s.LastContact.IsZero() {
		words = "dernier contact il y a " + span(now.Sub(s.LastContact))
	}
	if !s.Delivers {
		words += " (ce poste n’envoie pas)"
	}
	return words
}

// leftWords says how long is left, or for how long it is over.
func leftWords(d time.Duration) string {
	if d < 0 {
		return "dépassée depuis " + span(-d)
	}
	return "dans " + span(d)
}

// whereWords says which other machines have an entry that is owed, and whether that is
// enough.
func whereWords(e Entry) []string {
	if e.Item.State == record.Cleared {
		return nil
	}
	var words []string
	if e.From != "" {
		words = append(words, "remise ici par "+plain(e.From))
	}
	for _, h := range e.Holders {
		switch name := plain(h.Name); {
		case h.Taken.IsZero():
			words = append(words, "préparée pour "+name+" le "+frenchMoment(h.Given)+", sans réponse de sa part")
		case h.Attention:
			words = append(words, name+" l’a depuis le "+frenchMoment(h.Taken)+" et ne peut pas l’envoyer : voyez avec ce poste")
		default:
			words = append(words, name+" l’a depuis le "+frenchMoment(h.Taken)+" et l’envoie aussi")
		}
	}
	if e.Unsafe && (e.From != "" || len(e.Holders) > 0) {
		words = append(words, "l’échéance n’est pas sûre")
	}
	return words
}

func nextTryWords(at, now time.Time) string {
	if at.IsZero() || !at.After(now) {
		return "dès que la ligne le permet"
	}
	return "dans " + span(at.Sub(now))
}

func stateWords(s record.DeliveryState) string {
	switch s {
	case record.Draft:
		return "brouillon"
	case record.Pending:
		return "à envoyer"
	case record.InFlight:
		return "envoi à confirmer"
	case record.Cleared:
		return "envoi confirmé"
	case record.Attention:
		return "à reprendre par vous"
	}
	return string(s)
}

// causes are the failures that have a key; anything else is the recipient's words.
var causes = map[string]string{
	"no_answer":   "pas de réponse",
	"html_answer": "une page web a répondu à la place du destinataire (portail d’accès)",
	"cut":         "ligne coupée, sort inconnu : il sera vérifié avant tout nouvel envoi",
	"timeout":     "réponse trop longue, sort inconnu : il sera vérifié avant tout nouvel envoi",
	"found":       "le document y est",
	"not_found":   "le document n’y est pas",
	"busy":        "destinataire occupé",
	"refused":     "refusé par le destinataire",
}

// causeWords parts a failure that we know from the recipient's own words.
func causeWords(last string) (cause, words string) {
	if last == "" {
		return "", ""
	}
	if known, ok := causes[last]; ok {
		return known, ""
	}
	return "", plain(last)
}

func outcomeWords(outcome string) string {
	switch record.Outcome(outcome) {
	case "cleared":
		return "envoi confirmé"
	case record.OutcomeUnavailable:
		return "pas de réponse"
	case record.OutcomeUnknown:
		return "réponse perdue"
	case record.OutcomeBusy:
		return "destinataire occupé"
	case record.OutcomeRefused:
		return "refusé"
	case record.OutcomeUnauthorized:
		return "accès refusé"
	case "":
		return "en cours"
	}
	return outcome
}

func ageWords(years int) string { return plural(years, "%d an", "%d ans") }

// bornWords is "née le 12/03/1937".
func bornWords(p record.Patient, now time.Time) string {
	if !p.BirthDate.Known() {
		return "date de naissance absente"
	}
	born := "né(e)"
	switch p.Sex {
	case record.Female:
		born = "née"
	case record.Male:
		born = "né"
	}
	if len(p.BirthDate) < len(time.DateOnly) {
		return born + " en " + p.BirthDate.French()
	}
	return born + " le " + p.BirthDate.French()
}

// verdictOf is a verdict in words, with the class of its look: good, watch or bad.
func verdictOf(r Reading) verdictView {
	v := verdictView{Sentence: plain(r.Judgement.Sentence()), Next: plain(r.Judgement.NextStep()), Look: "bad"}
	switch r.Judgement.Verdict {
	case record.Authentic:
		v.Look = "good"
	case record.Stale, record.Superseded, record.PatientDeclared, record.Incomplete, record.Unsigned, record.UnknownIssuer:
		v.Look = "watch"
	}
	return v
}

// partialWords says what stands of a card that is not whole.
func partialWords(r Reading) string {
	if r.Declared {
		return "Ce qui suit est déclaré par le patient, et ce n’est pas toute la carte."
	}
	return "Ce qui suit est authentique, signé par " + plain(r.Issuer.Name) + ", mais ce n’est pas toute la carte."
}

// missingWords counts entries that exist and are not shown, and says where they are.
func missingWords(n int, more bool, r Reading) string {
	what := plural(n, "%d élément", "%d éléments")
	if more {
		what = "et " + plural(n, "%d autre", "%d autres")
	}
	switch {
	case r.Complete:
		return what + " sans place sur la carte"
	case r.Locked:
		return what + " derrière le code du patient"
	}
	return what + " sur les autres codes de la feuille"
}
