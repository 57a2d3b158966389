package record

import (
	"strconv"
	"strings"
	"time"
)

// Verdict answers "may I believe this code?". The values are the ones that
// scripts rely on.
type Verdict string

// The verdicts.
const (
	Authentic       Verdict = "authentic"        // signed by a trusted issuer, in date
	Stale           Verdict = "stale"            // authentic, not updated for 18 months
	Superseded      Verdict = "superseded"       // authentic, but a newer card of the person was seen
	PatientDeclared Verdict = "patient_declared" // self-signed: unaltered, vouched for by nobody
	Incomplete      Verdict = "incomplete"       // some codes are missing
	NotAuthentic    Verdict = "not_authentic"    // the signature does not hold
	UnknownIssuer   Verdict = "unknown_issuer"   // the issuer is not in the trust list
	Expired         Verdict = "expired"          // outside its validity, or its key's
	Unsigned        Verdict = "unsigned"         // carries no signature by design
	Revoked         Verdict = "revoked"          // card or key revoked
	Unreadable      Verdict = "unreadable"       // not a code that we know, or damaged
)

// verdictInfo is one row of the only table that knows verdicts. Sentence may hold
// one %, which stands for the judgement's detail.
type verdictInfo struct {
	verdict  Verdict
	exit     int
	believed bool
	sentence string
	bare     string // the sentence when there is no detail
	next     string
}

// verdicts is the table: value, exit status, sentence, next step.
var verdicts = []verdictInfo{
	{Authentic, 0, true, "Synthèse authentique, signée par %.", "Synthèse authentique.",
		"Comparez l’identité avec la personne devant vous."},
	{Stale, 0, true, "Authentique mais ancienne (mise à jour il y a % mois) : à vérifier.", "Authentique mais sans date de mise à jour sûre : à vérifier.",
		"Vérifiez chaque point avec la personne et faites mettre la synthèse à jour."},
	{Superseded, 0, true, "Une synthèse plus récente a déjà été vue le %.", "Une synthèse plus récente a déjà été vue.",
		"Demandez à la personne sa feuille la plus récente."},
	{PatientDeclared, 0, true, "Déclarée par le patient, non vérifiée par un soignant.", "Déclarée par le patient, non vérifiée par un soignant.",
		"Vérifiez chaque point avec la personne."},
	{Incomplete, 3, true, "Il manque %.", "Il manque une partie des codes de la carte.",
		"Photographiez aussi les autres codes de la même feuille."},
	{NotAuthentic, 20, false, "Falsifiée ou abîmée : ne pas utiliser.", "Falsifiée ou abîmée : ne pas utiliser.",
		"Reprenez la photographie ; si le résultat est le même, demandez une nouvelle feuille."},
	{UnknownIssuer, 21, false, "Émetteur inconnu de votre liste du %.", "Émetteur inconnu : vous n’avez pas de liste de confiance.",
		"Mettez votre liste de confiance à jour, ou appelez l’émetteur indiqué sur la feuille."},
	{Expired, 22, false, "Hors validité depuis le %.", "Hors validité.",
		"Demandez une feuille plus récente."},
	{Unsigned, 23, false, "Non signé : identité à comparer.", "Non signé : identité à comparer.",
		"Comparez avec une pièce d’identité : ce code ne prouve rien."},
	{Revoked, 24, false, "Révoquée le % : ne pas utiliser.", "Révoquée : ne pas utiliser.",
		"Demandez une nouvelle feuille."},
	{Unreadable, 25, false, "Code illisible : %.", "Code illisible.",
		"Reprenez la photographie de plus près, à plat, avec plus de lumière."},
}

// otherWords are the words of the verdicts that are said differently of a code that
// is not a card of ours.
var otherWords = map[Verdict]struct{ sentence, bare, next string }{
	Authentic: {"Document authentique, signé par %.", "Document authentique.",
		"Comparez l’identité avec la personne devant vous."},
	UnknownIssuer: {"Signature non vérifiée : %.", "Signature non vérifiée : aucune clé de cet émetteur n’a été donnée.",
		"Donnez la clé ou le certificat de l’émetteur, ou ne vous y fiez pas."},
	Unreadable: {"Code non lu : %.", "Code non lu.",
		"Demandez le document d’origine."},
}

func infoOf(v Verdict) verdictInfo {
	for _, info := range verdicts {
		if info.verdict == v {
			return info
		}
	}
	return verdictInfo{verdict: v, exit: 1}
}

// Exit returns the exit status of a command whose answer is v; an unknown value
// is a failure.
func (v Verdict) Exit() int { return infoOf(v).exit }

// Believed reports whether the content may be shown as the issuer's own words:
// the signature holds, the issuer is trusted or the patient, and nothing revokes
// it. What an incomplete card carries is believed part by part.
func (v Verdict) Believed() bool { return infoOf(v).believed }

// Lock tells why the rest of an incomplete card, all of whose codes are there, is
// not shown.
type Lock string

// The locks.
const (
	Unlocked  Lock = ""           // nothing is locked, or the patient's code has opened it
	Locked    Lock = "locked"     // the patient's code was not given
	WrongCode Lock = "wrong_code" // the code that was given does not open it
)

// lockWords are the words of an incomplete card whose rest is locked.
var lockWords = map[Lock]struct{ sentence, next string }{
	Locked: {"Le reste est protégé par le code du patient.",
		"Demandez à la personne, ou à un de ses contacts, son code de dix caractères, et relisez la feuille avec ce code."},
	WrongCode: {"Le code donné n’ouvre pas cette carte : le reste n’est pas montré.",
		"Vérifiez les dix caractères avec la personne : le code doit être celui de cette feuille. S’il est juste, un code de la feuille est abîmé."},
}

// Judgement is a verdict with what fills its sentence: an issuer's name, a number
// of months, a date, or what is missing.
type Judgement struct {
	Verdict Verdict
	Detail  string
	// Other says that the code is not a card of ours, which changes the words.
	Other bool
	// Lock changes the words of [Incomplete].
	Lock Lock
}

// Sentence is what the doctor reads.
func (j Judgement) Sentence() string {
	if words, ok := lockWords[j.Lock]; ok && j.Verdict == Incomplete {
		return words.sentence
	}
	info := infoOf(j.Verdict)
	if other, ok := otherWords[j.Verdict]; ok && j.Other {
		info.sentence, info.bare = other.sentence, other.bare
	}
	if j.Detail == "" {
		return info.bare
	}
	return strings.Replace(info.sentence, "%", j.Detail, 1)
}

// NextStep is what the doctor can do.
func (j Judgement) NextStep() string {
	if words, ok := lockWords[j.Lock]; ok && j.Verdict == Incomplete {
		return words.next
	}
	if other, ok := otherWords[j.Verdict]; ok && j.Other {
		return other.next
	}
	return infoOf(j.Verdict).next
}

// JudgeAge turns an authentic judgement into a stale one when the summary of a
// card was last updated too long before now, or on a day that it does not say or
// that has not come yet.
func JudgeAge(j Judgement, updated Date, now time.Time) Judgement {
	if j.Verdict != Authentic || !StaleAt(updated, now) {
		return j
	}
	if !updated.Known() || updated.InFuture(now) {
		return Judgement{Verdict: Stale}
	}
	return Judgement{Verdict: Stale, Detail: strconv.Itoa(MonthsSince(updated, now))}
}
