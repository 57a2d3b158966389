package foreign

import (
	"fmt"
	"strings"
	"time"
)

// This file is the catalogue of what people read of this package, in French; the
// tables of values and fields are in the files beside it.

const (
	titleSHC   = "Carte de santé SMART"
	titleHCERT = "Certificat COVID numérique de l’UE"
	title2DDoc = "2D-DOC"
	titleINS   = "Datamatrix INS"
	titleLink  = "Lien de santé SMART"

	whyDamaged        = "code abîmé ou incomplet"
	whyTooLong        = "plus long qu’aucun code de cette sorte"
	whyMalformed      = "contenu que la norme n’admet pas"
	whyNotDeflated    = "contenu non compressé, que la norme n’admet pas"
	whyTimeUnit       = "dates écrites dans une unité que la norme n’admet pas"
	whyNewerHCERT     = "certificat d’une version plus récente"
	whyVersion2DDoc   = "2D-DOC d’une version inconnue"
	whyNewerINS       = "datamatrix INS d’une version plus récente"
	whyChunkAlone     = "code numéroté alors qu’il est seul"
	whyNetwork        = "lien à ouvrir avec un réseau"
	whyNetworkExpired = "lien à ouvrir avec un réseau, et dont la date est passée"

	warnFuture        = "La date du document est dans le futur : vérifiez l’heure de ce poste."
	warnUnverified    = "La clé de l’émetteur n’est pas sur ce poste : rien n’a pu être vérifié."
	warnNotEntitled   = "Le signataire n’a pas le droit de signer ce genre de document."
	warnIssuerUnbound = "Le fichier de clés ne dit pas à quel émetteur elles appartiennent : le nom affiché est celui que la carte déclare."
	warnIssuerForeign = "La signature est bonne, mais la clé appartient à un autre émetteur que celui que la carte déclare."
	warnIssuerURL     = "L’adresse de l’émetteur n’est pas de la forme que la norme demande."
	warnNoKeyID       = "Le certificat ne nomme pas la clé qui l’a signé ; elle a été trouvée par essais."
	warnNoCRL         = "La liste de révocation de l’émetteur n’est pas sur ce poste : la carte peut avoir été révoquée."
	warnOldCRL        = "La liste de révocation est plus ancienne que les clés de l’émetteur."
	warnTooLong       = "La carte est plus longue que ce que la norme met dans un code."
	warnBOM           = "Le contenu commence par une marque d’ordre des octets."
	warnSpaces        = "Des espaces entourent le contenu."
	warnTypeExtra     = "La carte annonce un type de contenu étranger à la norme."
	warnTypeMissing   = "La carte contient des vaccinations sans les annoncer."
	warnForm          = "Le contenu s’écarte de la forme que la norme demande."
	warnSchema        = "Le certificat s’écarte du schéma européen sur des points de forme."
	warnAnnex         = "Le code porte une annexe que personne n’a signée ; elle n’est pas affichée."
	warnINSKey        = "Le matricule est erroné : sa clé ou son OID ne convient pas."
	warnNetwork       = "Ce code est un lien : ses documents sont sur un serveur, et rien ne peut en être lu sans réseau."

	labelServer    = "Serveur"
	labelLinkLabel = "Intitulé"
	labelPasscode  = "Code d’accès demandé"
	labelExpires   = "Valable jusqu’au"
	valueYes       = "oui"

	labelFamily        = "Nom"
	labelGiven         = "Prénom"
	labelBirth         = "Date de naissance"
	labelDisease       = "Maladie"
	labelVaccine       = "Vaccin"
	labelVaccineType   = "Type de vaccin"
	labelMaker         = "Titulaire de l’autorisation"
	labelDose          = "Dose"
	labelVaccinated    = "Vacciné(e) le"
	labelTestType      = "Type de test"
	labelTestName      = "Nom du test"
	labelSampled       = "Prélèvement le"
	labelResult        = "Résultat"
	labelTestPlace     = "Lieu du test"
	labelFirstPositive = "Premier test positif le"
	labelValidFrom     = "Valable à partir du"
	labelValidUntil    = "Valable jusqu’au"
	labelCountry       = "Pays"
	labelIssuedBy      = "Délivré par"
	labelCertificate   = "Identifiant du certificat"

	wordDCC     = "certificat COVID européen"
	word2DDoc   = "attestation 2D-DOC"
	wordSHC     = "carte de santé SMART"
	wordTestINS = "(identité de test)"
)

// titlesDCC name a COVID certificate by its group.
var titlesDCC = map[string]string{
	groupVaccination: titleHCERT + " : vaccination",
	groupTest:        titleHCERT + " : test",
	groupRecovery:    titleHCERT + " : rétablissement",
}

var labelsINS = map[string]string{
	"S1": "Matricule INS",
	"S2": "OID",
	"S3": "Prénoms de naissance",
	"S4": "Nom de naissance",
	"S5": "Sexe",
	"S6": "Date de naissance",
	"S7": "Lieu de naissance (code INSEE)",
}

// wordCode names a code as it is numbered on paper.
func wordCode(index, total int) string { return fmt.Sprintf("le code %d sur %d", index, total) }

func whyChunkBeyond(index, total int) string {
	return fmt.Sprintf("code numéroté %d sur %d", index, total)
}

func whyTwice(indexes []int, total int) string {
	if len(indexes) == 1 {
		return codesOf(indexes, total) + " est donné deux fois"
	}
	return codesOf(indexes, total) + " sont donnés deux fois"
}

func warnINSField(labels []string) string {
	return "À vérifier, absent ou mal écrit : " + strings.ToLower(enumerate(labels)) + "."
}

// noteLapsed follows the note of a vaccination whose document has lapsed.
const noteLapsed = " (document dont la validité est passée)"

// noteDeclared is the note of a vaccination that another document declares.
func noteDeclared(document, issuer string) string {
	s := "Déclarée par document : " + document
	if issuer = strings.TrimSpace(issuer); issuer != "" {
		s += ", émetteur " + issuer
	}
	return s
}

func unknownField(id string) string { return "Champ " + id }

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
