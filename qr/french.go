package qr

import (
	"fmt"
	"strings"
	"time"
)

// This file is the catalogue of what people read of this package, in French.

const (
	wordContact       = "Contact"
	wordDetails       = " (détails)"
	wordEmergencyCode = "le code d’urgence"

	whyForeign   = "ce n’est pas un code de synthèse médicale"
	whyDamaged   = "code abîmé ou incomplet"
	whyNewer     = "carte d’une version plus récente de Zone Blanche"
	whyMalformed = "contenu que cette version ne comprend pas"
	whyTooMany   = "trop de codes à la fois"

	warnNoList = "Il n’y a pas de liste de confiance sur ce poste."
	warnFuture = "La date d’émission de la carte est dans le futur : vérifiez l’heure de ce poste."
)

// wordCode names a full code as it is printed: "le code 2 sur 3".
func wordCode(index, of int) string {
	if of == 1 {
		return "le code de la synthèse complète"
	}
	return fmt.Sprintf("le code %d sur %d", index, of)
}

// missingSentence joins what is missing, and says which codes would do as well.
func missingSentence(missing []string, instead []int) string {
	s := enumerate(missing)
	if len(instead) == 0 {
		return s
	}
	words := make([]string, len(instead))
	for i, index := range instead {
		words[i] = fmt.Sprintf("le code %d", index)
	}
	return s + " (à défaut " + strings.Join(words, " ou ") + ")"
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
