package main

// This file is the catalogue of what people read about reaching a recipient.

const (
	flagCA         = "certificats (PEM) des seules autorités acceptées pour le destinataire (sinon celles du système)"
	flagClientCert = "certificat (PEM) que ce poste présente au destinataire"
	flagClientKey  = "clé privée (PEM) de ce certificat"
	flagTokenURL   = "adresse du serveur de jetons du destinataire"
	flagClientID   = "identifiant de ce poste auprès du serveur de jetons"
	flagTokenKey   = "clé privée (PEM ou JWK) qui signe les demandes de jeton"
	flagTokenScope = "droits demandés (sinon ceux que l’envoi demande)"

	flagNoRecordCheck = "envoie sans demander d’abord si le patient a un dossier ouvert"

	flagServerCert = "certificat (PEM) : le destinataire parle alors TLS"
	flagServerKey  = "clé privée (PEM) de ce certificat"
	flagClientCA   = "n’accepte que les postes dont une autorité de ce fichier (PEM) a signé le certificat"
	flagClientJWKS = "clés publiques (JWKS) du poste --client-id, le seul qui peut envoyer, avec un jeton de URL/token"

	sayTokenIncomplete  = "Il manque de quoi demander un jeton."
	nextTokenIncomplete = "Donnez ensemble --token-url, --client-id et --token-key."
	sayPairIncomplete   = "Un certificat va avec sa clé."
	nextPairIncomplete  = "Donnez ensemble les deux fichiers, en PEM."
	sayOneKey           = "Donnez un fichier de clé, un seul."

	sayRechecked        = "%d envoi(s) confirmé(s) vérifié(s) : %d présent(s), %d absent(s) ; %d non vérifié(s).\n"
	sayRecheckMissing   = "%s  confirmé le %s  %s\n"
	sayRecheckLost      = "Le destinataire ne présente plus %d document(s) dont il avait accusé réception."
	nextRecheckLost     = "Gardez cette liste et appelez le destinataire : l’accusé est dans le journal (zoneblanche journal show ENTRÉE)."
	sayRecheckAgain     = "  remis à envoyer\n"
	sayRecheckRequeued  = "%d document(s) perdus par le destinataire sont remis à envoyer, tels qu’ils étaient."
	nextRecheckRequeued = "Lancez l’envoi : zoneblanche sync once. Chacun sera recherché une fois encore avant d’être renvoyé."
	flagRequeue         = "remet à envoyer ce que le destinataire n’a plus"
	sayRecheckCut       = "La ligne est tombée avant la fin : le reste n’a pas été vérifié."
	nextRecheckCut      = "Recommencez quand le destinataire répond. Rien n’a changé."
)

var (
	helpSyncRecheck = help{
		short: "demande au destinataire s’il a toujours ce qu’il a reçu",
		long: `Cherche chez le destinataire chaque document dont il a accusé réception, et liste
ceux qu’il ne présente plus (après une restauration, par exemple). Ne change rien, sauf avec --requeue : ce que
le destinataire a perdu est remis à envoyer, tel quel, sous le même identifiant.`,
		example: `  zoneblanche sync recheck --url https://destinataire.exemple/fhir
  zoneblanche sync recheck --url https://destinataire.exemple/fhir --requeue`,
	}
	helpSyncJWKS = help{
		short: "montre la clé publique à déclarer au destinataire",
		long: `Lit la clé privée qui signe les demandes de jeton et montre sa partie publique
(JWKS), à déclarer au destinataire. La clé privée ne quitte pas ce poste.`,
		example: "  zoneblanche sync jwks cle-jetons.pem",
	}
)
