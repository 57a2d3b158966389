package main

import "github.com/zoneblanche/zoneblanche/store"

// What the verbs of the journal say: its key, its copies, its evidence.

const (
	sayAskJournalPassphrase = "Phrase secrète du journal : "
	sayNewJournalPassphrase = "Nouvelle phrase secrète du journal : "
	sayOneCustody           = "Indiquez une seule protection."
	sayOldKeyFile           = "Une ancienne copie de store.key (sauvegarde, disque) ouvre toujours le journal : détruisez-la."
	sayNoZip                = "Indiquez le fichier à écrire : -o %s."
	sayOneBackup            = "Indiquez le fichier de la sauvegarde."
	sayOneExport            = "Indiquez le fichier de l’export."
	sayBadDays              = "Indiquez un nombre de jours, 0 ou plus."
	sayHead                 = "%s\nEntrées : %d. Empreinte de la clé du journal : %s\n"
	sayExported             = "Preuve écrite : %s (%d entrées).\nEmpreinte de la clé, à donner à qui la vérifiera : %s\n"
	sayExportContent        = "Attention : ce fichier contient les consultations en clair. Chiffrez-le pour le transporter."
	sayExportUnreadable     = "Entrées illisibles, dites comme telles dans la preuve : %d."
	sayExportSound          = "Preuve intacte : %d entrées qui se suivent, le %s.\nEmpreinte de la clé, à comparer avec celle du cabinet : %s\n"
	sayExportUnsound        = "Preuve altérée : %d problèmes.\n"
	sayBackedUp             = "Sauvegarde écrite : %s (%d entrées).\n"
	sayRestored             = "Journal remis en place : %d entrées.\nEnvois non confirmés : %d. Chacun sera d’abord recherché chez le destinataire.\n"
	sayRestoredDamaged      = "La sauvegarde contient des entrées abîmées : voyez « zoneblanche journal verify »."
	sayPurged               = "Contenus détruits : %d. Entrées gardées : %d. Clés détruites : %d.\n"
	sayWouldPurge           = "Contenus à détruire : %d. Entrées gardées : %d. Rien n’est changé.\n"
	sayBackupHolds          = "  la sauvegarde du %s (%s) contient encore ces contenus, %s\n"
	sayBackupUntil          = "à détruire le %s au plus tard"
	sayBackupNoEnd          = "sans date de fin : c’est à vous de la détruire"
	sayPurgeDisk            = "Les clés détruites le sont pour ce programme. Un disque SSD peut en garder d’anciens blocs : seul le chiffrement du disque y répond."
	sayUncompacted          = "Les contenus sont détruits, mais le fichier n’a pas pu être réduit : libérez de la place, puis « zoneblanche journal compact »."
	sayCompacted            = "Journal compacté : %d octets avant, %d après.\n"
	sayDraft                = "%s  %s  %s, photographies : %d\n"
	sayNoDrafts             = "Il n’y a pas de brouillon."
	sayHeadAgrees           = "Le journal contient toujours ce que dit cette tête : rien n’a été coupé ni réécrit depuis le %s.\n"
	sayPhotographOf         = "photographie de %s"
	sayOpenedCard           = "carte ouverte : %s"
	sayCorrectionOf         = "%s, correction de %s"
	sayCorrectedBy          = ", corrigée par %s"
	sayWaitsForFirst        = ", part après l’entrée qu’elle corrige"
	sayCorrected            = "Correction enregistrée : %s, corrige %s\n"
	sayCorrectInstead       = "Le destinataire avait refusé la première version : la correction est envoyée à sa place."
	sayCorrectWaits         = "La correction part dès que l’envoi de la première version est confirmé."
	sayNotCorrectable       = "Cette entrée n’est pas un compte rendu : elle ne se corrige pas."
	nextNotCorrectable      = "Corrigez le compte rendu de la consultation, ou enregistrez-en un nouveau."
	unknownDocument         = "aucune entrée ne correspond à ce document : le journal a été coupé ou réécrit, ou le document vient d’ailleurs"
	sayContentPurged        = "contenu détruit le %s"
	sayPhotographs          = ", photographies : %d (à envoyer : %d)"
	sayPhotographLine       = "  photographie %s : %s\n"
	sayPhotosWithoutRecord  = "--photo ne sert qu’avec --record."
)

var (
	helpJournalProtect = help{
		short: "dit ce qui protège la clé du journal, ou en change",
		long: `Sans option, dit ce qui protège la clé et ce que cela vaut. Avec une option, confie
la clé à un autre gardien, après avoir vérifié qu’il la rend. La clé reste la même.`,
		example: `  zoneblanche journal protect
  zoneblanche journal protect --passphrase
  zoneblanche journal protect --keyring
  zoneblanche journal protect --credential zoneblanche.store.key
  zoneblanche journal protect --file`,
	}
	helpJournalCorrect = help{
		short: "corrige un compte rendu par une nouvelle entrée",
		long: `La première version reste dans le journal. Chez le destinataire, la correction la
remplace ; elle part après elle, ou à sa place si elle avait été refusée. Les
prescriptions et les examens demandés sont repris tels quels.`,
		example: `  zoneblanche journal correct 01920000-0000-7000-8000-000000000000 --note "Otite gauche, et non droite" --author 10003456785`,
	}
	helpJournalHead = help{
		short: "donne la tête signée du journal, à remettre à quelqu’un d’autre",
		long: `La tête dit où en est le journal. Qui la garde peut montrer plus tard qu’il a été
coupé ou réécrit : « zoneblanche journal verify --head TÊTE ».`,
		example: "  zoneblanche journal head",
	}
	helpJournalExport = help{
		short: "écrit la preuve du journal, vérifiable par un expert",
		long: `Écrit un fichier zip signé : les empreintes des entrées, les actes, les tentatives
et les accusés de réception, avec un mode d’emploi. Sans --content il ne contient
aucune donnée de santé ni aucune identité de patient.`,
		example: `  zoneblanche journal export -o preuve.zip
  zoneblanche journal export -o dossier.zip --content`,
	}
	helpJournalVerifyExport = help{
		short:   "vérifie une preuve, sans le journal",
		example: "  zoneblanche journal verify-export preuve.zip",
	}
	helpJournalBackup = help{
		short: "sauvegarde le journal",
		long: `Écrit le journal et ses clés dans un seul fichier. Avec --passphrase-file, la clé y
est scellée par une phrase secrète. Avec --keep, le journal se souvient du jour où
la sauvegarde doit être détruite.`,
		example: `  zoneblanche journal backup -o /media/usb/journal.zip --passphrase-file phrase.txt
  zoneblanche journal backup -o journal.zip --keep 90`,
	}
	helpJournalRestore = help{
		short: "remet une sauvegarde en place, dans un dossier sans journal",
		long: `Remet le journal et ses clés en place et les contrôle. Ce qui n’était pas confirmé
est d’abord recherché chez le destinataire, pour ne rien envoyer deux fois.`,
		example: "  zoneblanche journal restore journal.zip --data nouveau",
	}
	helpJournalPurge = help{
		short: "détruit le contenu des consultations envoyées depuis longtemps",
		long: `Détruit les clés des consultations dont l’envoi est confirmé depuis le nombre de
jours donné, photographies comprises, puis compacte le journal. Une consultation
dont une partie reste à envoyer n’est jamais touchée. Les empreintes, les dates et
les accusés de réception restent, et la chaîne se vérifie toujours.`,
		example: `  zoneblanche journal purge --after 90 --dry-run
  zoneblanche journal purge --after 90`,
	}
	helpJournalCompact = help{
		short:   "réduit le fichier du journal",
		example: "  zoneblanche journal compact",
	}
	helpJournalDrafts = help{
		short:   "liste les brouillons, ou en supprime un",
		example: "  zoneblanche journal drafts\n  zoneblanche journal drafts --drop 01920000-0000-7000-8000-000000000000",
	}
)

const (
	flagCorrectNote           = "le compte rendu corrigé, en entier"
	flagProtectPassphrase     = "scelle la clé par une phrase secrète, à taper à chaque démarrage"
	flagProtectKeyring        = "confie la clé au trousseau du système"
	flagProtectCredential     = "attend la clé de systemd, sous ce nom (LoadCredential=)"
	flagProtectDPAPI          = "fait sceller la clé par Windows pour ce compte"
	flagProtectFile           = "garde la clé dans le fichier store.key"
	flagJournalPassphraseFile = "fichier qui contient la phrase secrète"
	flagExportOut             = "fichier zip à écrire"
	flagExportContent         = "ajoute les consultations et les photographies, en clair"
	flagBackupOut             = "fichier zip à écrire"
	flagBackupPassphrase      = "scelle la clé, dans la sauvegarde, par la phrase secrète de ce fichier"
	flagBackupKeep            = "nombre de jours après lequel la sauvegarde doit être détruite"
	flagPurgeAfter            = "nombre de jours depuis la confirmation de l’envoi"
	flagPurgeDry              = "dit ce qui serait détruit, sans rien changer"
	flagDraftDrop             = "supprime ce brouillon et ses photographies"
	flagVerifyDocument        = "cherche l’entrée d’un document que le destinataire a (urn:uuid:…)"
	flagVerifyHead            = "compare avec une tête que quelqu’un d’autre a gardée"
	flagPhoto                 = "ajoute une photographie (JPEG ou PNG, 20 Mo au plus) ; peut être répétée"
)

// custodyInFrench says what keeps the store key, and what that is worth.
func custodyInFrench(c store.CustodyInfo) string {
	switch c.Kind {
	case store.CustodyFile:
		s := "La clé est dans le fichier store.key, que seul le compte du programme peut lire : les envois partent sans personne, mais un poste volé dont le disque n’est pas chiffré livre le journal."
		if c.Shared {
			s = "ATTENTION : d’autres comptes de ce poste peuvent lire store.key. Retirez-leur ce droit (chmod 600). " + s
		}
		return s
	case store.CustodyCredential:
		return "La clé est remise au service par systemd : les envois partent sans personne. Elle vaut ce que vaut l’endroit d’où systemd la prend : chiffrée avec une puce TPM, un disque volé ne suffit pas."
	case store.CustodyDPAPI:
		return "La clé est scellée par Windows pour ce compte, sur ce poste : les envois partent sans personne, et le disque seul ne suffit pas sans le mot de passe du compte."
	case store.CustodyPassphrase:
		return "La clé est scellée par une phrase secrète : un poste volé éteint ne livre rien si la phrase est longue, mais rien n’est envoyé tant que personne ne l’a tapée."
	case store.CustodyKeyring:
		return "La clé est dans le trousseau du système : un poste volé éteint ne livre rien si la session a un bon mot de passe, mais rien n’est envoyé avant l’ouverture de la session."
	}
	return "La clé est gardée d’une façon que cette version ne connaît pas."
}

// backupKeyInFrench says what else than the backup must be kept.
func backupKeyInFrench(c store.Custody) string {
	switch c {
	case store.CustodyFile:
		return "Elle contient la clé du journal en clair : rangez-la comme le dossier d’un patient."
	case store.CustodyPassphrase:
		return "La clé y est scellée par la phrase secrète : sans elle, la sauvegarde ne sert à rien. Notez-la ailleurs."
	}
	return "La clé n’y est pas : la sauvegarde ne s’ouvre que sur ce poste. Pour l’ouvrir ailleurs, refaites-la avec --passphrase-file."
}
