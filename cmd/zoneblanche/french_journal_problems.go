package main

import "github.com/zoneblanche/zoneblanche/store"

// What journal verify, verify-export and salvaged say of what is not as it was written.

var (
	helpJournalSalvaged = help{
		short: "dit ce qui a été sauvé d’un journal abîmé, et ce qui est perdu",
		long: `Un journal abîmé (disque, clé USB retirée, fichier modifié) est réparé quand le
programme l’ouvre : tout ce qui est intact est gardé. Ce verbe dit, pour chaque fois,
ce qui n’a pas pu l’être. Le fichier abîmé est conservé à côté du journal.`,
		example: "  zoneblanche journal salvaged",
	}
)

const (
	sayNeverDamaged      = "Ce journal n’a jamais été abîmé."
	saySalvaged          = "Le %s, le journal a été trouvé abîmé et réparé.\n"
	saySalvagedOf        = "  Il comptait %d entrées.\n"
	saySalvagedUnknown   = "  On ne sait plus combien d’entrées il comptait. Entrées retrouvées : %d. Comparez avec une sauvegarde.\n"
	saySalvagedAll       = "  Rien n’est perdu.\n"
	saySalvagedNow       = "Le journal était abîmé : ce qui est intact a été gardé. « zoneblanche journal salvaged » dit ce qui est perdu."
	saySalvagedLost      = "  Entrées perdues : %d. Si vous en gardez une sauvegarde ou une trace, saisissez-les à nouveau.\n"
	saySalvagedBodies    = "  Envois ou photographies perdus : %d. Ces entrées attendent quelqu’un : voyez « zoneblanche sync status ».\n"
	saySalvagedItems     = "  États d’envoi perdus : %d. Ces entrées sont d’abord recherchées chez le destinataire, pour ne rien envoyer deux fois.\n"
	saySalvagedDrafts    = "  Brouillons perdus : %d.\n"
	saySalvagedPhotos    = "  Photographies perdues (consultation ou brouillon, numéro) : %d.\n"
	saySalvagedKept      = "  Le fichier abîmé est conservé : %s. Gardez-le : un spécialiste peut parfois en tirer plus.\n"
	saySalvagedMentioned = "Ce journal a déjà été abîmé et réparé (%d fois) : voyez « zoneblanche journal salvaged ».\n"
)

// problemInFrench says what a problem means for whoever reads it. The program's own
// words, with numbers of pages and names of parts, are in --json.
func problemInFrench(code store.ProblemCode) string {
	switch code {
	case store.ProblemUnreadable:
		return "le fichier du journal est abîmé et ne peut pas être ouvert en lecture ; il sera réparé à la prochaine écriture"
	case store.ProblemPages:
		return "la structure du fichier est abîmée ; il sera réparé à la prochaine ouverture en écriture"
	case store.ProblemUnused:
		return "une partie du fichier ne sert plus à rien ; rien n’est perdu, « zoneblanche journal compact » rend la place"
	case store.ProblemLast:
		return "le dernier enregistrement avant l’arrêt manque peut-être : contrôlez la dernière consultation"
	case store.ProblemLog:
		return "des enregistrements confirmés juste avant l’arrêt ne peuvent plus être lus"
	case store.ProblemForeignLog:
		return "le fichier du journal est plus ancien que la suite de ses enregistrements : une ancienne copie a sans doute été remise en place"
	case store.ProblemHead:
		return "le résumé du journal ne peut pas être lu, le reste n’a pas pu être contrôlé"
	case store.ProblemMissing:
		return "l’entrée a disparu"
	case store.ProblemEntry:
		return "l’entrée n’est plus ce qui a été écrit et ne peut pas être lue"
	case store.ProblemChain:
		return "la suite des entrées est rompue à cet endroit"
	case store.ProblemBody:
		return "ce qui doit être envoyé pour cette entrée ne peut pas être lu"
	case store.ProblemPhotograph:
		return "une photographie n’est plus celle qui a été prise"
	case store.ProblemItem:
		return "l’état de l’envoi ne peut pas être lu"
	case store.ProblemCorrection:
		return "une correction et ce qu’elle remplace ne vont plus ensemble"
	case store.ProblemHandover:
		return "ce qui est noté d’une consultation remise à un autre poste ne peut pas être lu ; elle reste à envoyer d’ici"
	case store.ProblemReceipt:
		return "l’envoi et son accusé de réception ne concordent pas"
	case store.ProblemAttempt:
		return "l’historique d’une tentative d’envoi ne peut pas être lu"
	case store.ProblemIndex:
		return "une table de recherche ne concorde pas avec les entrées"
	case store.ProblemNewest:
		return "la date de la dernière carte vue d’un patient ne peut pas être lue"
	case store.ProblemCounts:
		return "les nombres d’envois du résumé ne sont pas ceux des entrées"
	case store.ProblemBucket:
		return "une partie du fichier ne peut pas être lue jusqu’au bout"
	case store.ProblemDraft:
		return "un brouillon ne peut pas être lu ; « zoneblanche journal drafts --drop » le supprime"
	case store.ProblemBackups:
		return "la liste des sauvegardes ne peut pas être lue"
	case store.ProblemPurge:
		return "le contenu a disparu sans qu’une purge l’explique"
	case store.ProblemCut:
		return "le journal a été raccourci : la tête gardée ailleurs connaît plus d’entrées"
	case store.ProblemRewritten:
		return "le journal a été réécrit : il n’est plus celui dont la tête gardée ailleurs a été prise"
	case store.ProblemExportSignature:
		return "une signature n’est pas valable"
	case store.ProblemExportFile:
		return "un fichier de la preuve a été modifié, ajouté ou retiré"
	}
	return "quelque chose n’est pas ce qui a été écrit"
}
