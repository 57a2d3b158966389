package main

import (
	"fmt"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

// This file is the catalogue of what people read about the service.

// fill puts values into a sentence of the catalogue.
func fill(sentence string, values ...any) string { return fmt.Sprintf(sentence, values...) }

const (
	titleService    = "Zone Blanche"
	describeService = "Journal, pages et envoi des consultations, sans personne devant le poste."

	flagServicePrint = "montre ce qui serait installé, sans rien changer"

	sayServiceInstalled  = "Le service est installé : il démarre avec ce poste, sans que personne ouvre de session."
	sayServiceWithoutURL = "Sans --url, il n’envoie rien : relancez la commande avec l’adresse du destinataire quand vous l’aurez."
	sayServiceReady      = "Il tourne. Les pages : %s\n"
	sayServiceToken      = "Pour créer un compte : ouvrez %spremier-compte dans le navigateur de ce poste et tapez ce jeton, valable une fois : %s\n"

	sayServiceRuns      = "Le service tourne."
	sayServiceStopped   = "Le service est installé et ne tourne pas."
	nextServiceStopped  = "Démarrez-le en administrateur : zoneblanche service start."
	sayServiceAbsent    = "Aucun service n’est installé sur ce poste."
	nextServiceAbsent   = "Installez-le en administrateur : zoneblanche service install --url URL."
	sayServiceWhere     = "Pages : %s\nJournal : %s (compte « %s », illisible pour les autres)\nNouveau compte pour les pages, en administrateur : zoneblanche service add-account\n"
	sayServiceIsStopped = "Le service est arrêté. Ce qui est signé attend dans le journal."
	sayServiceGone      = "Le service est retiré : il ne démarre plus avec ce poste."
	sayServiceKept      = "Le journal reste dans %s, avec son compte « %s ». Rien n’est effacé.\n"
	sayServiceRefused   = "Le système refuse : %s."
	sayServiceSilent    = "Le service ne répond pas."
	nextServiceSilent   = "Voyez « zoneblanche service status », puis démarrez-le : zoneblanche service start."

	sayNotAdministrator         = "Cette commande demande les droits d’administrateur."
	nextNotAdministrator        = "Relancez-la avec sudo."
	nextNotAdministratorWindows = "Relancez-la dans un terminal ouvert « en tant qu’administrateur »."
	sayNoServiceManager         = "Ce poste n’a pas de gestionnaire de services connu (systemd, launchd ou Windows)."
	nextNoServiceManager        = "Faites démarrer « zoneblanche serve --url URL » par ce qui démarre les programmes de ce poste."

	sayProgramOpen       = "Le programme peut être remplacé par un autre que l’administrateur (%s) : qui le ferait lirait le journal."
	nextMoveProgram      = "Copiez-le d’abord : sudo install -m 755 \"%s\" /usr/local/bin/zoneblanche, puis relancez la commande avec celui-là."
	sayAccountIsPersons  = "Le compte « %s » de ce poste est celui d’une personne."
	nextAccountIsPersons = "Renommez ce compte : le service a besoin du sien."
	sayNoAccount         = "Le compte du service n’a pas pu être créé (%s)."
	nextNoAccount        = "Créez-le à la main : sudo useradd --system --user-group zoneblanche, puis relancez la commande."
	sayFolderTaken       = "Le dossier %s contient autre chose qu’un journal : il n’est pas donné au service."
	nextFolderTaken      = "Indiquez un dossier neuf avec --data, ou laissez le dossier habituel."

	sayServicesFolder  = "Ce dossier appartient au service (compte « %s »)."
	nextServicesFolder = "Travaillez sous son compte : sudo -u %s zoneblanche … --data %s."

	sayJournalIsServices = "Le journal de ce poste est tenu par le service, et votre compte ne peut pas le lire."
	nextPagesOf          = "Ouvrez les pages et connectez-vous : %s"

	sayWindowsPlan = `Service              %s (%s)
Compte               %s
Démarrage            automatique, différé ; relancé 15 s après un arrêt imprévu
Commande             %s
Dossier              %s
Droits du dossier    %s
`
)

// serviceRefusals has a row for each reason to refuse a plan.
var serviceRefusals = map[daemon.Why]failure{
	daemon.WhyListen: {say: "Adresse d’écoute refusée pour un service : « %s ».",
		next: "Donnez une adresse de ce poste avec un port fixe : --listen 127.0.0.1:8484."},
	daemon.WhyURL:      {say: "Cette adresse de destinataire n’est pas valable : « %s ».", next: "Exemple : https://destinataire.exemple/fhir."},
	daemon.WhyDataHome: {say: "Le dossier « %s » est celui d’une personne.", next: "Retirez --data : le service a le sien, que personne d’autre ne lit."},
	daemon.WhyDataPlace: {say: "Le dossier « %s » est au système, ou se vide tout seul.",
		next: "Retirez --data, ou donnez un dossier neuf qui ne sert à rien d’autre."},
	daemon.WhyWrites: {say: "Le service ne peut pas écrire dans « %s », qui est chez une personne ou se vide tout seul.",
		next: "Donnez un dossier commun, par exemple /srv/zoneblanche-depot, où le compte du service a le droit d’écrire."},
	daemon.WhyProgramHome: {say: "Le programme est dans le dossier d’une personne ou dans un dossier de passage (%s) : le service ne pourrait pas l’y prendre.",
		next: "Copiez-le d’abord dans « Program Files », puis relancez la commande de là."},
	daemon.WhyPath: {say: "Le nom « %s » contient des caractères qu’un service ne peut pas porter.", next: "Renommez le fichier ou le dossier, puis recommencez."},
}

func cannotMakeAccount(err error) error {
	what := "le système ne le montre pas"
	if err != nil {
		what = clean(err.Error())
	}
	return &plainError{say: fill(sayNoAccount, what), next: nextNoAccount, code: exitFailed}
}

// whereItSpeaks says where the service's own words are.
func whereItSpeaks(platform daemon.Platform) string {
	switch platform {
	case daemon.Launchd:
		return "Ce qu’il dit : " + daemon.LaunchdLog + "."
	case daemon.Windows:
		return "Ce qu’il dit : observateur d’événements, journal Application, source ZoneBlanche."
	}
	return "Ce qu’il dit : journalctl -u zoneblanche -n 50."
}

var (
	helpService = help{
		short: "Zone Blanche comme service de ce poste : démarre seul, livre seul",
		long: `Installe « zoneblanche serve » comme service de ce poste (systemd, launchd ou
Windows) : pages et envoi démarrent avec la machine, sans personne, sous un compte à
part, le seul à lire le journal. On y accède par les pages, en se connectant.`,
		example: `  sudo zoneblanche service install --url https://destinataire.exemple/fhir
  zoneblanche service status`,
	}
	helpServiceInstall = help{
		short: "installe et démarre le service (en administrateur)",
		long: `Prend les options de « zoneblanche serve ». Crée le compte du service s’il manque,
lui donne son dossier, le démarre, et affiche le jeton du premier compte des pages.
Relancée, change les options. --print montre ce qui serait écrit.`,
		example: `  sudo zoneblanche service install --url https://destinataire.exemple/fhir
  zoneblanche service install --url https://destinataire.exemple/fhir --print`,
	}
	helpServiceStatus = help{
		short:   "dit si le service tourne, et où sont ses pages",
		long:    "Dit si le service est installé, s’il tourne, où sont ses pages et son journal.",
		example: "  zoneblanche service status",
	}
	helpServiceAddAccount = help{
		short:   "donne le jeton qui crée un compte des pages (en administrateur)",
		long:    "Affiche un jeton, valable une fois, qui permet de créer un compte dans les pages.",
		example: "  sudo zoneblanche service add-account",
	}
	helpServiceStart = help{
		short: "démarre le service (en administrateur)", long: "Démarre le service installé.",
		example: "  sudo zoneblanche service start",
	}
	helpServiceStop = help{
		short:   "arrête le service (en administrateur)",
		long:    "Arrête le service jusqu’au prochain démarrage du poste. Rien n’est perdu.",
		example: "  sudo zoneblanche service stop",
	}
	helpServiceUninstall = help{
		short:   "retire le service ; le journal reste (en administrateur)",
		long:    "Arrête le service et le retire. Le journal et son compte restent, et la commande dit où.",
		example: "  sudo zoneblanche service uninstall",
	}
)
