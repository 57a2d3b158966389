package main

// help is a verb's help: one line, a paragraph, examples.
type help struct{ short, long, example string }

const usageTemplate = `Usage : {{if .HasAvailableSubCommands}}{{.CommandPath}} VERBE{{else}}{{.UseLine}}{{end}}
{{if .HasAvailableSubCommands}}
Verbes :
{{range .Commands}}{{if .IsAvailableCommand}}  {{rpad .Name .NamePadding}} {{.Short}}
{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}
Options :
{{.LocalFlags.FlagUsages}}{{end}}{{if .HasAvailableInheritedFlags}}
Options générales :
{{.InheritedFlags.FlagUsages}}{{end}}`

const helpTemplate = `{{if .HasExample}}Exemples :

{{.Example}}

{{end}}{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}`

var helpRoot = help{
	short: "la synthèse médicale sur papier, là où il n’y a pas de réseau",
	long: `Zone Blanche imprime une synthèse médicale signée, la relit sans réseau,
garde la note de consultation et l’envoie dans les 48 heures.`,
	example: `  zoneblanche demo                                  tout le trajet, sur des patients inventés
  zoneblanche issuer new --name "Cabinet du Dr Martin"
  zoneblanche trust add CERTIFICAT
  zoneblanche print synthese.json -o feuille.pdf
  zoneblanche scan photo.jpg
  zoneblanche scan photo.jpg --record --note "…" --author 99970000008
  zoneblanche sync once --url https://destinataire.exemple/fhir`,
}

var (
	helpDemo = help{
		short: "fait tout le trajet sur des patients inventés, sans réseau",
		long: `Crée un émetteur et une liste de confiance, imprime les feuilles de patients
inventés, les numérise, les relit, enregistre une consultation pour chacun et
l’envoie à un destinataire sur cette machine pendant que la ligne tombe deux fois.
Avec --chaos, la ligne casse au hasard et le programme d’envoi est tué : à la fin,
chaque consultation est chez le destinataire, une seule fois.`,
		example: `  zoneblanche demo
  zoneblanche demo --chaos
  zoneblanche demo --out essai`,
	}
	helpPrint = help{
		short: "imprime la feuille d’un patient (PDF)",
		long: `Lit une synthèse (Bundle FHIR IPS, ou synthèse au format JSON de Zone Blanche),
la signe avec la clé de l’émetteur et écrit la feuille A4. Ce qui ne figure pas
sur la feuille est dit, élément par élément.`,
		example: `  zoneblanche print synthese.json -o feuille.pdf
  zoneblanche print synthese.json -o feuille.pdf --wallet
  zoneblanche print synthese.json -o feuille.pdf --mask pregnancy --mask medications:2
  zoneblanche print synthese.json -o feuille.pdf --code
  zoneblanche print synthese.json -o feuille.pdf --declared
  zoneblanche print synthese.json -o feuille.pdf --add-immunizations carte.png --jwks cles.json
  zoneblanche print synthese.json -o feuille.html
  zoneblanche print --batch syntheses -o feuilles --wallet
  zoneblanche print --wedge-test -o etalonnage.pdf`,
	}
	helpScan = help{
		short: "lit une feuille photographiée ou numérisée",
		long: `Lit tous les codes des images et des PDF donnés, vérifie la signature sans
réseau et montre la synthèse. Plusieurs photographies d’une même feuille peuvent
être données ensemble. Sans --record, la lecture ne laisse pas de trace.`,
		example: `  zoneblanche scan photo.jpg
  zoneblanche scan recto.jpg verso.jpg
  zoneblanche scan feuille.pdf --code -
  zoneblanche scan feuille.pdf --record --note "Pansement refait." --author 99970000008`,
	}
	helpVerify = help{
		short: "vérifie le texte d’un code",
		long: `Vérifie des textes de codes, donnés tels quels, dans un fichier (un par ligne)
ou sur l’entrée standard (-), et montre leur contenu avec leur verdict. Ce qu’un
lecteur tenu à la main a tapé est rétabli si le clavier l’a changé, et cru
seulement si la signature tient.`,
		example: `  zoneblanche verify codes.txt
  zoneblanche verify - < codes.txt`,
	}
	helpQR = help{short: "lit les codes sans les interpréter, et règle un lecteur",
		example: "  zoneblanche qr read photo.jpg"}
	helpQRRead = help{
		short:   "montre le texte de chaque code d’une image",
		long:    "Montre le texte brut de chaque code trouvé, un par ligne, sans rien interpréter.",
		example: "  zoneblanche qr read photo.jpg\n  zoneblanche qr read --json feuille.pdf",
	}
	helpCard = help{short: "dit ce qui serait imprimé",
		example: "  zoneblanche card stats synthese.json"}
	helpCardStats = help{
		short:   "mesure la carte d’une synthèse : octets, codes, versions",
		long:    "Mesure la carte qui serait imprimée : octets, codes, versions, et ce qui n’y figurerait pas.",
		example: "  zoneblanche card stats synthese.json\n  zoneblanche card stats --json *.json",
	}
	helpJournal = help{short: "montre et contrôle le journal des consultations",
		example: "  zoneblanche journal list\n  zoneblanche journal verify"}
	helpJournalList = help{
		short:   "liste les entrées, leur échéance et leur envoi",
		example: "  zoneblanche journal list\n  zoneblanche journal list --json",
	}
	helpJournalShow = help{
		short:   "montre une entrée, sa note et ses tentatives d’envoi",
		example: "  zoneblanche journal show 01920000-0000-7000-8000-000000000000",
	}
	helpJournalVerify = help{
		short:   "contrôle que rien n’a été perdu ni modifié",
		long:    "Contrôle la chaîne des entrées, les index et chaque contenu chiffré.",
		example: "  zoneblanche journal verify",
	}
	helpSync = help{short: "envoie les consultations et garde les accusés de réception",
		example: "  zoneblanche sync once --url https://destinataire.exemple/fhir\n  zoneblanche sync status"}
	helpSyncOnce = help{
		short:   "tente maintenant d’envoyer tout ce qui attend",
		long:    "Tente une fois d’envoyer tout ce qui attend, l’échéance la plus proche d’abord.",
		example: "  zoneblanche sync once --url https://destinataire.exemple/fhir",
	}
	helpSyncRun = help{
		short: "envoie en continu, jusqu’à l’arrêt",
		long: `Envoie en continu, prévient à 24, 36 et 44 heures et en cas de retard. --hook
donne aussi l’alerte à un programme (en JSON sur son entrée) ou à une adresse https.`,
		example: `  zoneblanche sync run --url https://destinataire.exemple/fhir
  zoneblanche sync run --url https://destinataire.exemple/fhir --hook /usr/local/bin/alerte
  zoneblanche sync run --url https://destinataire.exemple/fhir --metrics 127.0.0.1:9464`,
	}
	helpSyncStatus = help{
		short:   "dit ce qui attend, jusqu’à quand, et pourquoi",
		example: "  zoneblanche sync status",
	}
	helpSyncRetry = help{
		short:   "remet à envoyer une entrée que le destinataire avait refusée",
		example: "  zoneblanche sync retry 01920000-0000-7000-8000-000000000000",
	}
	helpIssuer = help{short: "crée, montre ou renouvelle l’émetteur qui signe les feuilles",
		example: "  zoneblanche issuer new --name \"Cabinet du Dr Martin\"\n  zoneblanche issuer show\n  zoneblanche issuer rotate"}
	helpIssuerNew = help{
		short: "crée la clé d’un émetteur",
		long: `Crée la clé qui signe les feuilles et son certificat, à faire connaître à ceux
qui les liront. La clé se protège par une phrase secrète.`,
		example: `  zoneblanche issuer new --name "Cabinet du Dr Martin" --kind practice
  zoneblanche issuer new --name "Pharmacie du Bourg" --kind pharmacy --passphrase-file phrase.txt`,
	}
	helpIssuerShow = help{short: "montre l’émetteur de ce dossier", example: "  zoneblanche issuer show"}
	helpTrust      = help{short: "choisit les émetteurs acceptés",
		example: "  zoneblanche trust add cabinet.cert\n  zoneblanche trust list\n  zoneblanche trust update trust-list.cose"}
	helpTrustAdd = help{
		short:   "accepte un émetteur",
		long:    "Ajoute des certificats d’émetteurs à la liste de confiance de ce poste et la signe.",
		example: "  zoneblanche trust add cabinet.cert\n  zoneblanche trust add cabinet.cert pharmacie.cert --root /media/cle/root.key",
	}
	helpTrustList = help{
		short:   "liste les émetteurs acceptés",
		example: "  zoneblanche trust list\n  zoneblanche trust list liste.cose",
	}
	helpRecipient = help{
		short: "un petit destinataire FHIR, pour essayer et pour tester",
		long: `Reçoit des envois sur cette machine seulement, les contrôle et les garde dans son
propre fichier (--data DOSSIER). On peut lui demander de mal se conduire.`,
		example: `  zoneblanche recipient --listen 127.0.0.1:8080 --data recu
  zoneblanche recipient --drop-answers 1
  zoneblanche recipient --busy 2 --retry-after 3s`,
	}
)

// Options.
const (
	flagHelp           = "montre cette aide"
	flagVersion        = "montre la version"
	flagData           = "dossier des données (sinon ZONEBLANCHE_DATA, sinon le dossier habituel du système)"
	flagJSON           = "un objet JSON par ligne"
	flagOut            = "feuille à écrire : PDF, ou page HTML si le nom finit par .html ; - pour la sortie standard (PDF)"
	flagMask           = "élément à ne pas imprimer : RUBRIQUE, RUBRIQUE:RANG ou RUBRIQUE:TITRE (répétable)"
	flagWallet         = "ajoute la carte à découper pour le portefeuille"
	flagIssuer         = "clé de l’émetteur (sinon celle du dossier des données)"
	flagPassphraseFile = "fichier qui contient la phrase secrète"
	flagAt             = "date à laquelle juger ou imprimer, au format RFC 3339 (sinon maintenant)"
	flagTrust          = "liste de confiance à utiliser (sinon celle du dossier des données)"
	flagCert           = "certificat X.509 d’un émetteur de certificats COVID ou de 2D-DOC (répétable)"
	flagJWKS           = "clés d’un émetteur de SMART Health Cards, ou ses révocations : [ÉMETTEUR=]FICHIER (répétable)"
	flagRecord         = "enregistre la consultation dans le journal"
	flagNote           = "note de consultation"
	flagAuthor         = "numéro RPPS de qui consulte"
	flagURL            = "adresse FHIR du destinataire (sinon ZONEBLANCHE_URL)"
	flagTimeout        = "temps laissé à une requête"
	flagSettle         = "temps d’attente avant de refaire un envoi dont le sort est inconnu"
	flagIssuerName     = "nom qui sera lu sur les feuilles"
	flagIssuerKind     = "practitioner, practice, pharmacy, care_home ou town_hall"
	flagIssuerRPPS     = "numéro RPPS de l’émetteur"
	flagIssuerFINESS   = "numéro FINESS de l’émetteur"
	flagIssuerAlg      = "algorithme de signature : EdDSA ou ES256"
	flagListen         = "adresse d’écoute, sur cette machine"
	flagLatency        = "retard de chaque réponse"
	flagRefuse         = "refuse les N premiers envois (422)"
	flagDropAnswers    = "accepte N envois puis coupe la ligne sans répondre"
	flagDropRequests   = "coupe la ligne avant d’accepter, N fois"
	flagBusy           = "répond « revenez plus tard » (503) aux N premiers envois"
	flagRetryAfter     = "délai annoncé avec --busy"
	flagPortal         = "répond une page web aux N premiers envois"
	flagDemoOut        = "dossier où garder les feuilles, les images, le journal et la liste"
)
