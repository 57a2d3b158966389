package main

import (
	"fmt"
	"time"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// What is said of deliveries and their deadlines.
const (
	sayMetrics         = "Mesures : http://%[1]s/metrics, état : http://%[1]s/healthz\n"
	sayMetricsLoopback = "Les mesures ne se montrent que sur cette machine : --metrics 127.0.0.1:9464."
	nextMetricsPort    = "Choisissez un autre port : --metrics 127.0.0.1:0 en prend un libre."
	sayBadHook         = "Adresse d’alerte refusée."
	sayNoHook          = "Le programme d’alerte est introuvable, ou ne peut pas être lancé."
	nextBadHook        = "Indiquez avec --hook le chemin d’un programme, ou une adresse https."
	sayHookFailed      = "L’alerte « %s » n’a pas pu être donnée."
	nextHookFailed     = "Elle sera donnée de nouveau dans une minute. Vérifiez le programme ou l’adresse de --hook."
	nextHeld           = "Si le texte est en cause : zoneblanche journal correct ENTRÉE. Si la cause est levée : zoneblanche sync retry ENTRÉE. Rien n’est perdu."
	sayHeldCorrected   = "corrigée par %s"
	sayWaitCorrections = "Des corrections attendent que l’envoi de la première version soit confirmé."
	nextWaitHeld       = "Reprenez d’abord les entrées ci-dessous."
	sayClockEvent      = "l’heure de ce poste n’est pas celle du destinataire : voir zoneblanche sync status"
	sayClockRight      = "l’heure de ce poste est de nouveau celle du destinataire"
	nextClock          = "Vérifiez la date et l’heure de ce poste. Les actes gardent l’heure à laquelle ils ont été notés."
	sayStatusRunning   = "Envoi en continu actif (état du %s).\n"

	sayChaosMissing = "--seed et --for ne servent qu’avec --chaos."

	flagDemoChaos    = "casse la ligne et tue le programme d’envoi, au hasard, puis compte"
	flagDemoSeed     = "graine du hasard, pour refaire la même démonstration"
	flagDemoFor      = "combien de temps tout va mal"
	flagLongestPause = "pause la plus longue entre deux essais d’un envoi"
	flagHook         = "programme ou adresse à prévenir à 24, 36 et 44 h, et en cas de retard (sinon ZONEBLANCHE_HOOK)"
	flagMetrics      = "adresse, sur cette machine, où montrer les mesures Prometheus et l’état"
)

// levelInFrench names a level of warning.
func levelInFrench(l outsync.Level) string {
	switch l {
	case outsync.NeedsHand:
		return "à reprendre"
	case outsync.After24h:
		return "24 h"
	case outsync.After36h:
		return "36 h"
	case outsync.After44h:
		return "44 h"
	case outsync.Late:
		return "en retard"
	}
	return string(l)
}

// noticeInFrench is a warning in one line.
func noticeInFrench(n outsync.Notice, now time.Time) string {
	count := len(n.Entries)
	what := fmt.Sprintf("%d envois attendent", count)
	if count == 1 {
		what = "un envoi attend"
	}
	until := fmt.Sprintf("échéance %s, %s", frenchTime(n.Oldest), frenchLeft(n.Oldest.Sub(now)))
	switch n.Level {
	case outsync.NeedsHand:
		return fmt.Sprintf("À REPRENDRE : %s qu’une personne s’en occupe (%s). Voir : zoneblanche sync status.", what, until)
	case outsync.Late:
		return fmt.Sprintf("EN RETARD : %s depuis plus de 48 h (%s). L’envoi continue ; prévenez le destinataire autrement s’il le faut.", what, until)
	}
	return fmt.Sprintf("ALERTE %[1]s : %[2]s depuis plus de %[1]s (%[3]s). Vérifiez la ligne, ou rapprochez ce poste d’un réseau.", levelInFrench(n.Level), what, until)
}

// clockInFrench says how far the clock of this machine is from the recipient's, when
// that is worth telling.
func clockInFrench(offset time.Duration) (say, next string, wrong bool) {
	way := "avance"
	if offset < 0 {
		way = "retarde"
	}
	say = fmt.Sprintf("L’horloge de ce poste %s de %s sur celle du destinataire.", way, frenchSpan(offset.Abs()))
	return say, nextClock, outsync.Status{ClockOffset: offset}.ClockOff()
}

// frenchSpan is a length of time in its two largest units.
func frenchSpan(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	switch {
	case d >= 2*year:
		return fmt.Sprintf("%d ans", d/year)
	case d >= 2*day:
		return fmt.Sprintf("%d jours", d/day)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// whyWaiting explains why something still waits.
func whyWaiting(r statusResult) (say, next string) {
	switch outsync.EndpointState(r.Endpoint) {
	case outsync.Busy:
		say, next = "Le destinataire demande de revenir plus tard.", "L’envoi reprendra tout seul. Rien n’est perdu."
		if r.RetryAt != nil {
			say = fmt.Sprintf("Le destinataire demande d’attendre jusqu’au %s.", frenchTime(*r.RetryAt))
		}
	case outsync.Down, outsync.Unauthorized:
		say, next = syncCause(syncResult{Waiting: r.Pending + r.InFlight, Cause: r.Cause})
		if !r.Running {
			return say, next + " " + nextThenStart
		}
	default:
		say, next = "L’envoi n’est pas terminé.", "Rien à faire : il continue."
		if r.Waits > 0 && r.Waits == r.Pending && r.InFlight == 0 {
			say = sayWaitCorrections
			if len(r.Held) > 0 {
				return say, nextWaitHeld
			}
		}
		if r.InFlight > 0 {
			say = "Une réponse du destinataire s’est perdue : l’envoi sera vérifié avant d’être refait."
		}
	}
	if !r.Running {
		next = nextStart
	}
	return say, next
}

const (
	nextStart     = "Lancez l’envoi : zoneblanche sync once, ou sync run pour un envoi en continu. Rien n’est perdu."
	nextThenStart = "Ensuite : zoneblanche sync once, ou sync run pour un envoi en continu."
)

// syncCause explains why something still waits.
func syncCause(r syncResult) (say, next string) {
	if r.Waiting == 0 {
		return fmt.Sprintf("Le destinataire refuse %d envoi(s) : une personne doit les regarder.", r.Attention),
			"Lisez ses mots avec « zoneblanche sync status », qui dit aussi quoi faire. Rien n’est perdu."
	}
	switch r.Cause {
	case "html_answer":
		return "Pas de réseau utile : une page web (portail de connexion) a répondu à la place du destinataire.",
			"Connectez-vous au réseau, puis recommencez. Rien n’est perdu."
	case "redirect":
		return "L’adresse renvoie vers une autre, qui n’est pas suivie : ce n’est peut-être pas le destinataire.",
			"Connectez-vous d’abord si ce réseau le demande ; sinon vérifiez l’adresse donnée avec --url. Rien n’est perdu."
	case "tls":
		return "La ligne n’a pas pu être protégée : le certificat du destinataire est périmé, inconnu, ou sa protection est trop ancienne. Rien n’a été envoyé.",
			"Vérifiez d’abord la date et l’heure de ce poste, puis demandez au destinataire (et voyez --ca). Rien n’est perdu."
	case "token_refused":
		return "Le serveur de jetons du destinataire refuse ce poste : plus rien n’est envoyé.",
			"Vérifiez --client-id et la clé déclarée (zoneblanche sync jwks) auprès du destinataire. Rien n’est perdu."
	case "token_no_answer", "token_unavailable", "token_malformed", "token_busy":
		return "Le serveur de jetons du destinataire ne répond pas comme il devrait.", "Vérifiez --token-url, puis recommencez. Rien n’est perdu."
	case "unauthorized", "status_401", "status_403":
		return "Le destinataire refuse ce poste.", "Vérifiez ses droits d’accès auprès du destinataire. Rien n’est perdu."
	case "busy", "status_503", "status_429":
		return "Le destinataire demande de revenir plus tard.", "Recommencez dans quelques minutes. Rien n’est perdu."
	case "status_500", "status_502", "status_504":
		return "Le destinataire est en panne (" + causeInFrench(r.Cause) + ").",
			"Recommencez plus tard ; si cela dure, appelez le destinataire. Rien n’est perdu."
	case "answer_too_large":
		return "Le destinataire envoie une réponse démesurée, qui n’est pas lue.",
			"Vérifiez l’adresse donnée avec --url. Rien n’est perdu."
	case "timeout":
		return "Le destinataire met trop longtemps à répondre.", "Recommencez la même commande dans une minute. Rien n’est perdu."
	case "", "cut", "answer_malformed", "not_counted":
		return "La réponse du destinataire s’est perdue : l’envoi sera vérifié avant d’être refait.",
			"Recommencez la même commande dans une minute. Rien n’est perdu."
	case "no_answer", "canceled":
		return "Le destinataire ne répond pas.", "Vérifiez la connexion, puis recommencez. Rien n’est perdu."
	}
	return "Le destinataire a répondu autre chose qu’un accusé de réception (" + causeInFrench(r.Cause) + ").",
		"Vérifiez l’adresse donnée avec --url, puis recommencez. Rien n’est perdu."
}
