package main

import (
	"fmt"

	"github.com/zoneblanche/zoneblanche/handover"
)

// What the verbs of the hand-over say.

var (
	helpHandover = help{
		short: "remet des consultations au poste du cabinet, par le réseau ou par clé USB",
		long: `Un portable sans ligne remet ses consultations, scellées, au poste du cabinet, qui
les envoie. Le portable garde sa copie et son échéance jusqu’à l’accusé de réception
du destinataire.`,
		example: `  zoneblanche handover pair                          sur le poste du cabinet
  zoneblanche handover pair --scan photo.jpg         sur le portable
  zoneblanche handover export --to /media/usb
  zoneblanche handover import /media/usb
  zoneblanche handover status`,
	}
	helpHandoverPair = help{
		short: "relie deux postes : montre un code, lit celui de l’autre, confirme les mots",
		long: `Sur le poste du cabinet, montre un code à lire avec le portable dans les dix minutes.
Sur le portable, --scan lit ce code (une photo, une capture ou le texte) et montre la
réponse, que le poste du cabinet lit de même. Les deux postes montrent alors les mêmes
huit mots : tapez sur chacun les mots que montre l’autre, avec --confirm.`,
		example: `  zoneblanche handover pair --name "Cabinet du Dr Martin" --address 192.168.1.20:8485
  zoneblanche handover pair --scan photo.jpg
  zoneblanche handover pair --confirm "abeille abricot …"`,
	}
	helpHandoverExport = help{
		short: "écrit dans un dossier ce qui est à remettre, et les accusés de réception",
		long: `Écrit un fichier scellé par consultation à envoyer, pour chaque poste relié qui envoie,
et les accusés de réception pour ceux dont ce poste a pris les consultations. Une clé
retirée trop tôt ne perd rien : recommencez.`,
		example: `  zoneblanche handover export --to /media/usb
  zoneblanche handover export --to /media/usb --for "Cabinet du Dr Martin"`,
	}
	helpHandoverImport = help{
		short:   "prend dans un dossier ce qui est destiné à ce poste",
		long:    `Prend les consultations et les accusés de réception destinés à ce poste. Prendre deux fois la même clé ne change rien.`,
		example: "  zoneblanche handover import /media/usb",
	}
	helpHandoverSend = help{
		short: "remet par le réseau ce qui est à envoyer, et prend les accusés de réception",
		long: `Cherche le poste du cabinet à l’adresse de la liaison. « zoneblanche serve » et « sync run »
le font d’eux-mêmes, tous les quarts de minute. Avec --address, note une autre adresse.`,
		example: `  zoneblanche handover send
  zoneblanche handover send --address 192.168.1.20:8485`,
	}
	helpHandoverStatus = help{
		short:   "dit qui détient chaque consultation à envoyer, depuis quand, et si l’échéance est sûre",
		example: "  zoneblanche handover status",
	}
	helpHandoverList = help{
		short:   "liste les postes reliés",
		example: "  zoneblanche handover list",
	}
	helpHandoverRevoke = help{
		short: "met fin au lien avec un poste",
		long: `Plus rien n’est pris de ce poste ni remis à ce poste. Ce qui en a été pris avant est
envoyé tout de même. Faites-le dès qu’un portable est volé.`,
		example: `  zoneblanche handover revoke "Portable du Dr Martin"`,
	}
)

const (
	flagHandoverTo      = "dossier où écrire, par exemple une clé USB"
	flagHandoverFor     = "n’écrit que pour ce poste (son nom, ou le début de son numéro)"
	flagHandoverAgain   = "remet aussi ce qu’un poste dit avoir pris"
	flagHandoverSendFor = "ne cherche que ce poste (son nom, ou le début de son numéro)"
	flagHandoverAddress = "nouvelle adresse de ce poste, HÔTE:PORT"
	flagHandoverListen  = "répond aux portables reliés à cette adresse du réseau du cabinet, par exemple :8485"
	flagPairName        = "nom de ce poste, montré à l’autre (le nom de la machine sinon)"
	flagPairAddress     = "adresse de ce poste sur le réseau du cabinet, HÔTE:PORT"
	flagPairScan        = "image, fichier ou texte du code que montre l’autre poste"
	flagPairConfirm     = "les huit mots que montre l’autre poste"
	flagPairRelay       = "l’autre poste transmet sans lire : adresse du destinataire, ou fichier de ses clés, pour sceller à son nom"
	flagPairOut         = "écrit aussi le code dans cette image PNG"

	sayNoFolder         = "Indiquez le dossier où écrire : --to DOSSIER."
	sayOneFolder        = "Indiquez le dossier à lire, par exemple celui de la clé USB."
	sayOnePeer          = "Indiquez le poste, comme l’affiche « zoneblanche handover list »."
	sayPairOne          = "Donnez --scan ou --confirm, pas les deux."
	sayPairRelayScan    = "--relay va avec --scan : il dit que l’autre poste ne doit pas lire."
	sayNoSealingKeys    = "Ce destinataire ne publie pas de clés de scellement : aucun poste ne peut lui transmettre sans lire."
	nextNoSealingKeys   = "Vérifiez l’adresse, ou reliez un poste qui a le droit de lire, sans --relay."
	sayPairRelay        = "Relais : ce poste transmettra sans pouvoir lire. Mots des clés du destinataire, à comparer avec lui : %s\n"
	sayPairNoCode       = "Aucun code de liaison n’est lisible sur cette image."
	nextPairNoCode      = "Reprenez la photo de face, le code entier, sans reflet ; ou donnez le texte écrit sous le code."
	sayPairNameless     = "Poste sans nom"
	sayPairOffer        = "Lisez ce code avec le portable : zoneblanche handover pair --scan PHOTO\nIl sert une fois, jusqu’au %s.\n"
	sayPairAnswer       = "Lisez ce code avec l’autre poste : zoneblanche handover pair --scan PHOTO"
	sayPairWords        = "Poste : %s\nMots de ce côté : %s\nTapez ici les mots que montre l’autre poste : zoneblanche handover pair --confirm \"…\"\nS’ils ne sont pas les mêmes, quelqu’un s’est mis entre les deux : recommencez ailleurs.\n"
	sayPaired           = "Postes reliés : %s.\n"
	sayHandedOut        = "Consultations remises : %d. Accusés écrits : %d. Déjà là : %d.\n"
	sayHandedUnreadable = "Consultations illisibles, non remises : %d. Voyez « zoneblanche journal verify ».\n"
	sayHandedIn         = "Consultations prises : %d. Envois confirmés : %d. Prises par un autre poste : %d. Déjà connus : %d.\n"
	sayHandedElsewhere  = "Pour un autre poste, laissés en place : %d.\n"
	sayHandedLeftovers  = "Restes d’une copie interrompue, laissés de côté : %d. Recommencez l’export si besoin.\n"
	sayPackagesWritten  = "%d fichiers écrits…\n"
	sayPackagesRead     = "%d fichiers lus…\n"
	sayPeerUnknown      = "Aucun poste relié, ou plusieurs, pour « %s »."
	nextPeerUnknown     = "Voyez les postes : zoneblanche handover list."
	sayNoPeers          = "Aucun poste n’est relié à celui-ci. Commencez par « zoneblanche handover pair » sur le poste du cabinet."
	sayRevokedPeer      = "Lien terminé : plus rien ne sera pris de « %s » ni remis à ce poste.\n"
	sayNothingOwed      = "Rien à envoyer."
	sayHoldingHere      = "  ce poste : l’a, et l’enverra lui-même s’il trouve une ligne\n"
	sayHoldingFrom      = "  remise par %s le %s : ce poste l’envoie\n"

	sayHandedBy     = "consultation remise par un autre poste"
	sayHandedByPeer = "Remise par le poste %s, qui en garde le contenu et l’échéance.\n"

	nextHandoverPort = "Choisissez un autre port avec --handover-listen, et indiquez-le dans la liaison (handover pair --address)."
	saySent          = "%s : remises %d, envois confirmés %d, en attente d’un accusé %d, refusées %d.\n"
	sayNoAddress     = "Aucun poste relié n’a d’adresse sur le réseau."
	nextNoAddress    = "Indiquez-la : zoneblanche handover send --address HÔTE:PORT, ou passez par une clé USB."
	sayLineUp        = "Le poste « %s » répond : les consultations lui sont remises.\n"
	sayLineDown      = "Le poste « %s » ne répond plus à son adresse ; il sera cherché de nouveau.\n"
	sayListening     = "Réponses aux portables reliés : %s\n"

	flagDemoHandover     = "un portable sans ligne, le poste du cabinet et le destinataire : par clé USB, par le réseau, par les deux"
	sayDemoOne           = "Donnez --chaos ou --handover, pas les deux."
	sayDemoVerb          = "Sur %s, « %s » a échoué : %s"
	sayDemoHandoverFiles = `
À regarder :
  portable             %s
  poste du cabinet     %s
  destinataire         %s
  clé USB              %s
`

	sayFolderFull     = "Il n’y a plus de place dans %s : ce qui n’est pas écrit reste à remettre."
	sayFolderReadOnly = "%s est protégé en écriture : rien n’y est écrit."
	sayFolderMissing  = "Le dossier %s n’existe pas."
	sayFolderLost     = "%s ne répond plus : la clé a peut-être été retirée."
	nextFolder        = "Vérifiez la clé ou le dossier, puis recommencez. Rien n’est perdu."
)

// safetyInFrench says how an entry stands against its deadline.
func safetyInFrench(s handover.Safety) string {
	switch s {
	case handover.OnCourse:
		return "échéance en bonne voie"
	case handover.AtRisk:
		return "ÉCHÉANCE EN DANGER"
	case handover.Missed:
		return "ÉCHÉANCE DÉPASSÉE"
	}
	return string(s)
}

// holderInFrench says what another journal has.
func holderInFrench(p handover.Party) string {
	name := clean(p.Name)
	switch {
	case p.Attention:
		return fmt.Sprintf("%s : l’a prise le %s, et une personne doit y regarder là-bas", name, frenchTime(p.TakenAt))
	case !p.TakenAt.IsZero() && p.Revoked:
		return fmt.Sprintf("%s : l’a prise le %s, avant la fin du lien", name, frenchTime(p.TakenAt))
	case !p.TakenAt.IsZero():
		return fmt.Sprintf("%s : l’a prise le %s", name, frenchTime(p.TakenAt))
	}
	return fmt.Sprintf("%s : remise le %s, pas encore prise à notre connaissance", name, frenchTime(p.GivenAt))
}

// peerInFrench says what a pairing is good for.
func peerInFrench(r peerResult) string {
	switch {
	case r.Revoked != nil:
		return fmt.Sprintf("lien terminé le %s", frenchTime(*r.Revoked))
	case r.Confirmed == nil:
		return "à confirmer, mots : " + r.Words
	case r.Relay:
		return "transmet sans lire pour ce poste" + addressInFrench(r.Address)
	case r.Holder:
		return "envoie pour ce poste" + addressInFrench(r.Address)
	}
	return "remet ses consultations à ce poste"
}

func addressInFrench(address string) string {
	if address == "" {
		return ""
	}
	return ", " + clean(address)
}
