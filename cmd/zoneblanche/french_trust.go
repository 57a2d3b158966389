package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is the part of the catalogue that speaks of trust: issuers, the list,
// revocations.

var (
	helpIssuerRotate = help{
		short: "change la clé de l’émetteur",
		long: `Crée une nouvelle clé pour le même émetteur, protégée par la même phrase secrète.
L’ancienne clé est gardée à côté avec une fin de validité : les feuilles qu’elle a
signées restent bonnes. Faites accepter ensuite les deux certificats. Si la clé a
été volée, révoquez-la plutôt : zoneblanche revoke --key CLÉ --compromised.`,
		example: `  zoneblanche issuer rotate
  zoneblanche issuer rotate --until 2027-06-30`,
	}
	helpTrustUpdate = help{
		short: "installe une liste de confiance reçue par fichier",
		long: `Vérifie une liste signée et la met en service. La première liste fixe l’autorité
que ce poste croit : comparez ses mots par téléphone avec qui tient la liste. Les
suivantes sont acceptées si elles sont plus récentes et de la même autorité, ou
d’une autorité que celle-ci désigne.`,
		example: `  zoneblanche trust update trust-list.cose
  zoneblanche trust update trust-list.cose --words "lapin tapis vaisselle …"`,
	}
	helpTrustSign = help{
		short: "signe à nouveau la liste de ce poste, ou change son autorité",
		long: `Signe la liste de ce poste avec une date et un numéro nouveaux, pour qu’elle ne
passe pas pour ancienne. --new-root crée une nouvelle autorité, que l’ancienne
désigne : les autres postes la suivent en recevant cette liste.`,
		example: `  zoneblanche trust sign
  zoneblanche trust sign --days 365
  zoneblanche trust sign --new-root --root /media/cle/root.key`,
	}
	helpRevoke = help{
		short: "révoque une clé ou une carte",
		long: `Inscrit une révocation dans la liste de ce poste et la signe. Une clé révoquée ne
vaut plus pour ce qu’elle signe à partir de la date donnée ; avec --compromised,
rien de ce qu’elle a signé ne vaut plus. Le numéro d’une carte est imprimé au bas
de la feuille. Les autres postes le savent quand ils reçoivent la nouvelle liste.`,
		example: `  zoneblanche revoke --card 3f62a0c4d1e85b97
  zoneblanche revoke --key 30c3fe51ee029349 --at 2026-10-01
  zoneblanche revoke --key 30c3fe51ee029349 --compromised`,
	}
)

const (
	flagRoot        = "clé secrète de l’autorité, si elle n’est pas dans le dossier des données"
	flagWords       = "mots de contrôle reçus par téléphone ou par lettre : la liste est refusée s’ils diffèrent"
	flagDays        = "nombre de jours pendant lesquels la liste est à jour (sinon comme avant)"
	flagNewRoot     = "crée une nouvelle autorité, désignée par l’ancienne"
	flagRevokeKey   = "clé à révoquer (16 chiffres hexadécimaux)"
	flagRevokeCard  = "carte à révoquer (16 chiffres hexadécimaux, imprimés sur la feuille)"
	flagCompromised = "la clé a pu être volée ou copiée : rien de ce qu’elle a signé ne vaut plus"
	flagRevokeAt    = "date de la révocation, AAAA-MM-JJ ou RFC 3339 (sinon maintenant)"
	flagUntil       = "date jusqu’à laquelle l’ancienne clé peut encore signer (sinon maintenant)"
)

// What is wrong with a command line.
const (
	sayOneList          = "Indiquez un seul fichier de liste de confiance."
	sayDays             = "Nombre de jours refusé : de 1 à 3650."
	sayKeyOrCard        = "Indiquez ce qui est révoqué : --key CLÉ ou --card CARTE, l’un des deux."
	sayBadID            = "Numéro refusé : « %s ». Une clé ou une carte a 16 chiffres hexadécimaux."
	sayCardCompromised  = "--compromised ne va qu’avec --key."
	sayBadDate          = "Date refusée : « %s ». Exemples attendus : 2026-03-14 ou 2026-03-14T10:00:00+01:00."
	sayRevokeLater      = "Date refusée : une révocation ne peut pas être à venir."
	sayUntilPast        = "Date refusée : l’ancienne clé a pu signer jusqu’à maintenant. Pour une date passée : zoneblanche revoke --key."
	sayWordsDiffer      = "Les mots donnés ne sont pas ceux de cette liste : elle n’est pas installée."
	nextWordsDiffer     = "Relisez les mots avec qui tient la liste ; s’ils diffèrent encore, ne l’installez pas."
	sayListStale        = "Attention : cette liste devait être renouvelée le %s. Demandez la liste à jour."
	sayListNew          = "Liste de confiance n° %d installée : %s\ndu %s, à renouveler avant le %s\n"
	sayListSame         = "Cette liste de confiance est déjà celle du poste (n° %d).\n"
	sayListSigned       = "Liste de confiance n° %d signée : %s\ndu %s, à renouveler avant le %s\nDonnez ce fichier aux autres postes : zoneblanche trust update FICHIER\n"
	sayAskRoot          = "Phrase secrète de l’autorité : "
	sayFirstRoot        = "Première liste de ce poste. Mots à comparer par téléphone avec qui la tient : %s\nS’ils diffèrent, supprimez le dossier %s.\n"
	sayRootFollowed     = "L’autorité a changé ; l’ancienne désigne la nouvelle. Ses mots : %s\n"
	sayRootMade         = "Nouvelle autorité. Ses mots : %s\nSa clé secrète : %s\nGardez l’ancienne clé hors ligne jusqu’à ce que tous les postes aient reçu cette liste.\n"
	sayWordsMatch       = "Les mots concordent : %s\n"
	sayListChange       = "  %s : %s (%s), clé %s\n"
	sayListCard         = "  carte révoquée : %s\n"
	sayListCardAt       = "  carte révoquée : %s, le %s\n"
	sayKeyRevoked       = "Clé révoquée : %s (%s), le %s%s.\n"
	sayCardRevoked      = "Carte révoquée : %s, le %s.\n"
	sayAlreadyRevoked   = "C’était déjà fait : la liste ne change pas."
	sayRevokedSpread    = "Donnez la nouvelle liste (n° %d) aux autres postes : %s\n"
	sayRotated          = "Nouvelle clé de %s : %s\nL’ancienne (%s) ne signe plus après le %s ; ses feuilles restent bonnes.\nPour accepter ce changement :\n  zoneblanche trust add \"%s\" \"%s\"\n"
	sayIssuerListed     = "Ce poste accepte cette clé.\n"
	sayIssuerNotListed  = "Ce poste n’accepte pas encore cette clé : zoneblanche trust add \"%s\"\n"
	sayIssuerRevoked    = "Cette clé est révoquée depuis le %s : zoneblanche issuer rotate\n"
	sayIssuerEnded      = "Cette clé ne signe plus depuis le %s : zoneblanche issuer rotate\n"
	sayIssuerEndsSoon   = "Cette clé ne signera plus après le %s : zoneblanche issuer rotate\n"
	changeAdded         = "accepté"
	changeRemoved       = "retiré"
	changeRevoked       = "clé révoquée"
	changeChanged       = "modifié"
	wordCompromised     = ", compromise : rien de ce qu’elle a signé ne vaut plus"
	wordStillGood       = " ; ce qu’elle a signé avant reste bon"
	wordRevokedSince    = ", révoquée le %s"
	wordCompromisedMark = ", compromise"
	wordEnds            = ", jusqu’au %s"
)

// keyState says, after a key on a list, what a person must know of it.
func keyState(k record.Key) string {
	var b strings.Builder
	if !k.NotAfter.IsZero() {
		fmt.Fprintf(&b, wordEnds, frenchDate(k.NotAfter))
	}
	if !k.RevokedAt.IsZero() {
		fmt.Fprintf(&b, wordRevokedSince, frenchDate(k.RevokedAt))
	}
	if k.Compromised {
		b.WriteString(wordCompromisedMark)
	}
	return b.String()
}

func frenchDate(t time.Time) string { return t.Local().Format("02/01/2006") }
