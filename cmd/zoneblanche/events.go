package main

import (
	"fmt"
	"strings"
	"time"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// tellEvent shows, on stderr, what the worker does, for whoever watches.
func (a *app) tellEvent(e outsync.Event) {
	if what := eventInFrench(e); what != "" {
		a.notef("%s  %s  %s\n", e.At.Local().Format(time.TimeOnly), e.Entry, what)
	}
}

// eventInFrench says what happened; "" is for what is not worth a line.
func eventInFrench(e outsync.Event) string {
	switch e.Kind {
	case outsync.AttemptStarted:
		return fmt.Sprintf("tentative %d", e.Number)
	case outsync.AttemptEnded:
		return "  " + causeInFrench(e.Cause)
	case outsync.LookedUp:
		return "  vérification chez le destinataire : " + causeInFrench(e.Cause)
	case outsync.ClearedEvent:
		return "envoi confirmé"
	case outsync.HeldEvent:
		return "à reprendre par une personne"
	case outsync.EndpointDown:
		return "le destinataire ne répond plus : " + causeInFrench(e.Cause)
	case outsync.EndpointUp:
		return "le destinataire répond"
	case outsync.ClockWrong:
		return sayClockEvent
	case outsync.ClockRight:
		return sayClockRight
	case outsync.JournalFailed:
		return "le journal ne répond pas : rien n’est envoyé sans lui"
	}
	return ""
}

// causes says in French why an attempt ended as it did.
var causes = map[string]string{
	"":            "terminé",
	"no_answer":   "pas de réponse",
	"html_answer": "une page web a répondu (portail)",
	"cut":         "ligne coupée, sort inconnu",
	"timeout":     "réponse trop longue, sort inconnu",
	"found":       "le document y est",
	"not_found":   "le document n’y est pas",
	"busy":        "destinataire occupé",
	"refused":     "refusé",

	"redirect":         "l’adresse renvoie ailleurs",
	"not_fhir":         "une réponse d’un autre service",
	"answer_too_large": "une réponse démesurée",
	"answer_malformed": "une réponse incompréhensible",
	"lost_there":       "le destinataire l’a perdu, à renvoyer",

	"tls":                 "la protection de la ligne n’a pas pu s’établir",
	"token_refused":       "le serveur de jetons refuse ce poste",
	"token_no_answer":     "le serveur de jetons ne répond pas",
	"record_missing":      "aucun dossier au nom de ce patient chez le destinataire",
	"record_closed":       "le dossier de ce patient est fermé chez le destinataire",
	"record_twice":        "plusieurs dossiers pour ce patient chez le destinataire",
	"original_missing":    "attend le compte rendu qu’il corrige",
	"original_replaced":   "le compte rendu corrigé a déjà été remplacé par un autre",
	"original_withdrawn":  "le compte rendu corrigé a été retiré",
	"original_held_twice": "le compte rendu corrigé est en double chez le destinataire",
	"found_several":       "le document y est plusieurs fois",
	"found_different":     "un autre document y est sous le même identifiant",
	"found_withdrawn":     "le document y a été retiré",
}

func causeInFrench(cause string) string {
	if s, ok := causes[cause]; ok {
		return s
	}
	if code, ok := strings.CutPrefix(cause, "status_"); ok {
		return "réponse " + code
	}
	return cause
}
