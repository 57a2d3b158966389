package qr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is the catalogue of what people read of this package, in French.

const (
	wordContact       = "Contact"
	wordDetails       = " (détails)"
	wordEmergencyCode = "le code d’urgence"
	wordPatientCode   = "le code du patient"

	whyForeign   = "ce n’est pas un code de synthèse médicale"
	whyDamaged   = "code abîmé ou incomplet"
	whyNewer     = "carte d’une version plus récente de Zone Blanche"
	whyMalformed = "contenu que cette version ne comprend pas"
	whyTooMany   = "trop de codes à la fois"

	warnNoList   = "Il n’y a pas de liste de confiance sur ce poste."
	warnUpdated  = "La date de mise à jour de la synthèse est dans le futur : ne vous y fiez pas, et vérifiez l’heure de ce poste."
	warnLocked   = "Les autres codes de la feuille sont protégés par le code du patient : demandez-le-lui aussi."
	warnWithheld = "À la demande de la personne, ses allergies et ses traitements ne sont lisibles qu’avec son code : demandez-le-lui avant de prescrire."
	warnFuture   = "La date d’émission de la carte est dans le futur : vérifiez l’heure de ce poste."
)

// wordCode names a full code as it is printed: "le code 2 sur 3".
func wordCode(index, of int) string {
	if of == 1 {
		return "le code de la synthèse complète"
	}
	return fmt.Sprintf("le code %d sur %d", index, of)
}

// wordCodes names each code on its own.
func wordCodes(numbers []int, of int) []string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = wordCode(n, of)
	}
	return words
}

// missingSentence says what is missing, in few words: "le code d’urgence et les
// codes 1 à 3 et 5 sur 9 (à défaut le code 8 ou 9)".
func missingSentence(emergency bool, numbers []int, of int, instead []int) string {
	var parts []string
	if emergency {
		parts = append(parts, wordEmergencyCode)
	}
	switch len(numbers) {
	case 0:
	case 1:
		parts = append(parts, wordCode(numbers[0], of))
	default:
		parts = append(parts, fmt.Sprintf("les codes %s sur %d", ranges(numbers, " et "), of))
	}
	s := enumerate(parts)
	if len(instead) > 0 {
		s += " (à défaut le code " + ranges(instead, " ou ") + ")"
	}
	return s
}

// ranges writes ascending numbers, three or more in a row as "1 à 3".
func ranges(numbers []int, last string) string {
	var words []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		if end-i >= 2 {
			words = append(words, fmt.Sprintf("%d à %d", numbers[i], numbers[end]))
			i = end + 1
			continue
		}
		words = append(words, strconv.Itoa(numbers[i]))
		i++
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + last + words[len(words)-1]
}

func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " et " + words[last]
}

func frenchDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02/01/2006")
}

// warnOld says that a summary is old, or without a date.
func warnOld(updated record.Date, now time.Time) string {
	if !updated.Known() {
		return "Sans date de mise à jour : à vérifier."
	}
	return fmt.Sprintf("Ancienne (mise à jour il y a %d mois) : à vérifier.", record.MonthsSince(updated, now))
}

func warnListStale(issued, due time.Time) string {
	return "La liste de confiance du " + frenchDay(issued) + " devait être renouvelée le " + frenchDay(due) + "."
}

func warnUnknownKeys(n int) string {
	if n == 1 {
		return "Une information d’une version plus récente n’est pas affichée."
	}
	return fmt.Sprintf("%d informations d’une version plus récente ne sont pas affichées.", n)
}

func warnAbridged(n int) string {
	if n == 1 {
		return "Les détails d’un élément ne tenaient pas dans les codes de la carte."
	}
	return fmt.Sprintf("Les détails de %d éléments ne tenaient pas dans les codes de la carte.", n)
}
