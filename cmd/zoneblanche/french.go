package main

import (
	"fmt"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

// This file and french_help.go are the catalogue of what people read of the
// command line, in French.

// What is wrong with a command line.
const (
	sayVerbMissing    = "Il manque le verbe."
	sayVerbUnknown    = "Verbe inconnu : « %s »."
	sayFlagUnknown    = "Option inconnue : « %s »."
	sayFlagBare       = "Il manque la valeur de l’option « --%s »."
	sayFlagBad        = "Valeur refusée pour l’option « --%s »."
	sayNoArguments    = "Cette commande ne prend pas d’argument."
	sayOneSummary     = "Indiquez le fichier JSON de la synthèse."
	sayNoOutput       = "Indiquez où écrire la feuille : -o FEUILLE.pdf."
	sayNoPicture      = "Indiquez au moins une image ou un PDF."
	sayNoText         = "Indiquez au moins un texte de code ou un fichier."
	sayOneEntry       = "Indiquez l’identifiant d’une entrée, comme l’affiche « zoneblanche journal list »."
	sayNoCertificate  = "Indiquez le fichier de certificat d’un émetteur."
	sayBadMoment      = "Date refusée : « %s ». Exemple attendu : 2026-03-14T10:00:00+01:00."
	sayIssuerName     = "Indiquez le nom de l’émetteur : --name \"Cabinet du Dr …\"."
	sayIssuerAlg      = "Algorithme refusé : EdDSA ou ES256."
	sayIssuerKind     = "Nature d’émetteur refusée : practitioner, practice, pharmacy, care_home ou town_hall."
	sayRecordMissing  = "--note et --author ne servent qu’avec --record."
	sayAuthorMissing  = "Indiquez qui consulte : --author avec le numéro RPPS à 11 chiffres."
	sayNoteMissing    = "Indiquez la note de consultation : --note \"…\"."
	sayAuthorShape    = "Un numéro RPPS a 11 chiffres."
	sayNoteRefused    = "Cette note dépasse 1 Mo ou contient des caractères de commande."
	sayRecordNow      = "--at ne va pas avec --record : une consultation est enregistrée à l’heure où elle a lieu."
	sayTwoOnStdout    = "--json et « -o - » écriraient tous deux sur la sortie standard."
	sayNoURL          = "Indiquez l’adresse du destinataire : --url URL."
	sayBadListen      = "Adresse d’écoute refusée : « %s ». Exemple : 127.0.0.1:8080."
	sayListenLoopback = "Le destinataire de démonstration n’écoute que sur cette machine (127.0.0.1)."
	nextHelp          = "Exemples : %s --help"
)

// What commands say when all goes well, and their questions.
const (
	sayPrinted           = "Feuille écrite : %s (%d codes).\n"
	sayPrintedOne        = "Feuille écrite : %s (un seul code, qui dit tout).\n"
	sayLeftOut           = "Ne figure pas sur la feuille :"
	sayKeyUnprotected    = "Attention : la clé n’est protégée que par les droits du fichier. Une phrase secrète la protégerait mieux (--passphrase-file)."
	sayIssuerCreated     = "Émetteur créé : %s (clé %s).\nCertificat à faire connaître : %[3]s\nPour l’accepter sur ce poste : zoneblanche trust add \"%[3]s\"\n"
	sayIssuerShown       = "%s (%s)\nclé %s, %s, valable depuis le %s\ncertificat : %s\n"
	sayAskPassphrase     = "Phrase secrète de l’émetteur : "
	sayNewPassphrase     = "Nouvelle phrase secrète (vide : aucune) : "
	sayRepeatPassphrase  = "Encore une fois : "
	sayRootCreated       = "Votre liste de confiance est signée par une clé propre à ce poste. Mots à comparer : %s"
	sayTrustAdded        = "Émetteur accepté : %s (clé %s).\n"
	sayTrustHead         = "Liste de confiance %s\nn° %d, du %s, à renouveler avant le %s\nMots à comparer : %s\n"
	sayTrustLine         = "  - %s (%s), clé %s%s\n"
	sayRecorded          = "Consultation enregistrée dans le journal : %s\n"
	sayNotRecorded       = "Rien n’est enregistré : sans --record, cette lecture ne laisse pas de trace."
	sayAlreadyRecorded   = "Cette consultation était déjà dans le journal : %s"
	sayAuthorKey         = "Attention : la clé du numéro RPPS %s ne correspond pas. Vérifiez-le."
	sayJournalEmpty      = "Le journal est vide."
	sayJournalUnreadable = "Le journal est abîmé et ne peut pas être lu en entier : le prochain enregistrement ou envoi reprendra ce qui est intact et gardera le fichier abîmé à côté."
	saySynced            = "Envois confirmés : %d. En attente : %d. À reprendre par une personne : %d.\n"
	sayRunning           = "Envoi en continu. Ctrl+C pour arrêter : rien ne sera perdu."
	sayRecipientReady    = "Destinataire de démonstration prêt : %s\n"
	sayStats             = "%s : %d éléments portés sur %d, CBOR %d octets, signé %d octets, %d bits de code\n"
	sayPageWithoutCode   = "%s : page sans code."
	sayPageUnread        = "%s : aucun code n’a pu y être lu."
	sayPartSigned        = "Ce qui suit est authentique, signé par %s, mais ce n’est pas toute la carte."
	sayUnverifiedFacts   = "Non vérifié : ces informations peuvent avoir été inventées."
	sayNoName            = "Nom absent de la carte"
	sayNoINS             = "INS non renseigné"
	sayNotQualified      = "Identité non qualifiée : à vérifier avec une pièce d’identité"
	sayRequeued          = "Entrée remise à envoyer : %s\n"
	sayAbridged          = "Éléments abrégés sur ce code : %d. Les codes complets de la feuille portent leurs détails."
	sayStatsSymbol       = "  code %s : %d caractères, version %d, correction %s\n"
)

// Failures that no package can know, and where they lead.
const (
	sayInterrupted       = "Arrêté avant la fin."
	nextInterrupted      = "Relancez la même commande : ce qui était enregistré l’est toujours."
	sayStopped           = "%s : lecture arrêtée, ce fichier demande trop de temps (%d pages lues sur %d)."
	nextStopped          = "Donnez seulement les pages ou la partie de l’image qui portent les codes."
	sayRecordedUnshown   = "La consultation est enregistrée (%s), mais le résultat n’a pas pu être affiché."
	nextRecordedUnshown  = "Ne la saisissez pas une seconde fois : voyez « zoneblanche journal list »."
	sayUnshown           = "Le résultat n’a pas pu être affiché en entier."
	nextUnshown          = "Recommencez en affichant à l’écran ou dans un fichier qui a de la place."
	sayNotHeld           = "Cette entrée n’attend personne (%s)."
	nextNotHeld          = "Seule une entrée « à reprendre par une personne » se remet à envoyer : zoneblanche journal list."
	sayPassphrasesDiffer = "Les deux phrases secrètes ne sont pas les mêmes."
	nextAgain            = "Recommencez."
	saySeveralCards      = "Plusieurs cartes ont été lues : rien n’est enregistré."
	nextOneCard          = "Donnez les images d’une seule feuille à la fois."
	sayNothingToRecord   = "Rien n’est enregistré : aucune carte ne dit de façon sûre de qui il s’agit."
	nextNothingToRecord  = "Suivez le conseil donné pour la carte, ou notez la consultation sur papier."
	sayPortTaken         = "Cette adresse est déjà utilisée par un autre programme."
	nextPortTaken        = "Choisissez un autre port : --listen 127.0.0.1:0 en prend un libre."
	sayDemoNotEmpty      = "Le dossier existe déjà et n’est pas vide : %s"
	nextDemoNotEmpty     = "Choisissez un dossier neuf pour --out."
	detailNoCode         = "aucun code trouvé dans l’image"
)

// failuresByReason has a row for each reason that a package gives.
var failuresByReason = map[string]failure{
	"accounts_damaged":  {say: "Le fichier des comptes (accounts.json) est abîmé.", next: "Restaurez-le depuis une sauvegarde, ou retirez-le pour créer un nouveau compte."},
	"programs_damaged":  {say: "Le fichier des logiciels admis (api.json) est abîmé.", next: "Retirez-le, puis redonnez un jeton à chaque logiciel avec « zoneblanche api add »."},
	"json":              {say: "Ce fichier n’est pas du JSON lisible.", next: "Exportez à nouveau la synthèse depuis le logiciel d’origine."},
	"not_a_bundle":      {say: "Ce fichier JSON n’est pas une synthèse médicale (Bundle FHIR ou synthèse Zone Blanche).", next: "Exportez la synthèse au format IPS (FHIR) et recommencez."},
	"no_patient":        {say: "Cette synthèse ne dit pas de quel patient il s’agit.", next: "Exportez-la à nouveau avec l’identité du patient."},
	"summary_too_large": {say: "Ce fichier de synthèse est trop grand ou trop profond (32 Mo au plus).", next: "Exportez la synthèse sans les images."},
	"section_state":     {say: "Une rubrique de la synthèse se contredit (état et contenu).", next: "Corrigez le fichier, ou exportez-le à nouveau."},
	"mask":              {say: "Élément à masquer introuvable : rien n’est imprimé.", next: "Exemples : --mask allergies:2, --mask pregnancy, --mask \"medications:Nom du médicament\"."},
	"allergies_do_not_fit": {say: "Les allergies ne tiennent pas toutes dans le code d’urgence : aucune carte n’est faite, car une liste incomplète serait dangereuse.",
		next: "Regroupez ou abrégez les allergies dans la synthèse, puis recommencez."},
	"patient_code": {say: "Un code du patient a dix caractères, chiffres et lettres.",
		next: "Relisez-le sur le papier où il est noté. Les espaces, les tirets et les majuscules ne comptent pas."},
	"nothing_to_lock": {say: "Le code d’urgence dit déjà toute la synthèse, en clair : le code du patient ne protégerait rien.",
		next: "Ajoutez --withhold pour protéger les allergies et les traitements, ou imprimez sans --code."},
	"withhold_without_code": {say: "Les allergies et les traitements ne peuvent quitter le code d’urgence que derrière un code du patient.",
		next: "Ajoutez --code, ou imprimez sans --withhold."},
	"identity_does_not_fit": {say: "L’identité ne tient pas dans le code d’urgence : aucune carte n’est faite.", next: "Abrégez les noms dans la synthèse."},

	"password": {say: "Ce PDF est protégé par un mot de passe.", next: "Enregistrez-le sans mot de passe, ou photographiez la feuille."},
	"empty":    {say: "Ce fichier est vide.", next: "Reprenez la photographie ou la numérisation."},
	"format":   {say: "Ce fichier n’est pas une image ni un PDF lisible.", next: "Donnez une photographie (JPEG, PNG) ou un PDF de numérisation."},
	"folder":   {say: "C’est un dossier, pas un fichier.", next: "Donnez les photographies elles-mêmes, par exemple : zoneblanche scan dossier/*.jpg."},
	"device":   {say: "C’est un appareil, pas un fichier.", next: "Enregistrez d’abord la photographie ou la numérisation dans un fichier."},
	"heif": {say: "Cette photographie est au format HEIC (ou AVIF), qui n’est pas lu ici.",
		next: "Ouvrez-la et enregistrez-la en JPEG. Sur iPhone, pour les prochaines : Réglages, Appareil photo, Formats, « Le plus compatible »."},
	"truncated": {say: "Cette image est incomplète : la copie a été interrompue.", next: "Copiez le fichier à nouveau, ou reprenez la photographie."},
	"too_large": {say: "Cette image est trop grande pour être lue sans risque.", next: "Réduisez-la à moins de 64 millions de pixels."},
	"wedge_calibration": {say: "Ce n’est pas ce qu’un lecteur tape pour la feuille d’étalonnage.",
		next: "Lisez de nouveau le code de la feuille, sans rien taper d’autre. S’il manque des caractères, réglez l’ordinateur sur un clavier français ou américain."},
	"wedge_table": {say: "Ce qui a été appris du lecteur est abîmé.", next: "Recommencez : zoneblanche qr learn -."},
	"no_code":     {say: "Aucun code trouvé dans cette image.", next: "Reprenez la photographie de plus près, à plat, avec plus de lumière."},
	"not_text":    {say: "Ce fichier n’est ni une image ni un texte de code.", next: "Donnez une image, un PDF, ou un fichier texte avec un code par ligne."},
	"too_many_texts": {say: "Ce fichier contient plus de 1 000 lignes.",
		next: "Donnez seulement les codes d’une feuille."},

	"no_journal": {say: "Il n’y a pas encore de journal dans ce dossier.", next: "Enregistrez une consultation (scan --record), ou indiquez le bon dossier avec --data.", exit: exitNoJournal},
	"journal_locked": {say: "Le journal est tenu par un autre programme.",
		next: "Attendez la fin de l’autre commande, ou arrêtez-la, puis recommencez.", exit: exitLocked},
	"disk_full": {say: "Le disque est plein : rien n’a été enregistré.", next: "Libérez de la place, puis recommencez la même commande."},
	"journal_damaged": {say: "Le journal est abîmé.",
		next: "Enregistrez ou envoyez comme d’habitude : ce qui est intact sera repris dans un journal neuf, et le fichier abîmé gardé à côté. « zoneblanche journal verify » dit ce qui manque."},
	"store_key_missing": {say: "La clé du journal est introuvable : son contenu ne peut pas être lu.",
		next: "Remettez le fichier store.key à côté du journal, depuis une sauvegarde."},
	"store_key_wrong": {say: "Cette clé n’est pas celle du journal.", next: "Remettez le fichier store.key d’origine à côté du journal."},
	"journal_newer": {say: "Ce journal a été écrit par une version plus récente de Zone Blanche.",
		next: "Installez la version récente sur ce poste."},
	"period_keys_missing": {say: "Les clés de période du journal (periods.key) sont introuvables : son contenu ne peut pas être lu.",
		next: "Remettez le fichier periods.key à côté du journal, depuis une sauvegarde."},
	"journal_passphrase": {say: "La phrase secrète du journal manque ou est fausse.",
		next: "Recommencez en la tapant, ou donnez son fichier dans ZONEBLANCHE_JOURNAL_PASSPHRASE_FILE."},
	"custody": {say: "Ce qui garde la clé du journal (trousseau, systemd ou Windows) ne répond pas ici.",
		next: "Ouvrez la session du compte qui l’a confiée, ou lancez le service. Voyez « zoneblanche journal protect --help »."},
	"entry_purged": {say: "Le contenu de cette entrée a été détruit.", next: "Il reste ses dates et son accusé de réception : zoneblanche journal show."},
	"no_draft":     {say: "Aucun brouillon ne porte cet identifiant.", next: "Voyez la liste : zoneblanche journal drafts."},
	"photo_format": {say: "Cette photographie n’est ni un JPEG ni un PNG entier : rien n’est enregistré.",
		next: "Reprenez-la au format JPEG, ou recommencez sans elle."},
	"photo_too_large": {say: "C’est trop de photographies, ou une trop grande (20 Mo, 50 par consultation) : rien n’est enregistré.",
		next: "Réduisez-la, ou recommencez sans elle."},
	"journal_exists": {say: "Il y a déjà un journal dans ce dossier : rien n’est remis en place.", next: "Indiquez un autre dossier avec --data."},
	"backup":         {say: "Ce fichier n’est pas une sauvegarde entière d’un journal.", next: "Essayez une autre sauvegarde."},
	"export":         {say: "Ce fichier n’est pas une preuve exportée d’un journal.", next: "Demandez-la à nouveau à qui vous l’a donnée."},
	"head":           {say: "Ce texte n’est pas la tête de ce journal.", next: "Vérifiez qu’il est entier : il commence par « zbh1. »."},
	"no_entry":       {say: "Aucune entrée ne porte cet identifiant.", next: "Voyez la liste : zoneblanche journal list."},

	"passphrase": {say: "Phrase secrète manquante ou fausse.", next: "Donnez-la avec --passphrase-file, ou tapez-la quand elle est demandée."},
	"no_issuer": {say: "Aucun émetteur n’est créé dans ce dossier : la feuille ne peut pas être signée.",
		next: "Créez-le une fois : zoneblanche issuer new --name \"Cabinet du Dr …\"."},
	"issuer_exists": {say: "Un émetteur existe déjà dans ce dossier : sa clé n’est pas remplacée.",
		next: "Voyez-le avec « zoneblanche issuer show », ou choisissez un autre dossier (--data)."},
	"no_trust_list": {say: "Il n’y a pas de liste de confiance dans ce dossier.", next: "Ajoutez un émetteur : zoneblanche trust add CERTIFICAT."},
	"trust_list":    {say: "Cette liste de confiance est altérée ou illisible.", next: "Demandez-la à nouveau à qui vous l’a donnée."},
	"trust_list_older": {say: "Cette liste de confiance est plus ancienne que celle du poste : elle est refusée.",
		next: "Demandez la liste à jour."},
	"trust_root_unknown": {say: "Cette liste de confiance est signée par une autorité inconnue de ce poste : elle est refusée.",
		next: "Appelez qui tient votre liste. Pour en suivre une autre, après avoir comparé ses mots par téléphone, mettez d’abord de côté le dossier « trust »."},
	"trust_root_replaced": {say: "Cette liste de confiance est signée par une autorité qui a été remplacée : elle est refusée.",
		next: "Demandez la liste à jour à qui la tient."},
	"trust_list_lost": {say: "La liste de confiance qui annonçait le changement d’autorité n’est plus dans ce dossier : aucune autre ne peut la suivre.",
		next: "Reprenez-la sur un autre poste ou dans une sauvegarde : zoneblanche trust update LISTE."},
	"trust_key":   {say: "Aucune clé de la liste de confiance ne porte ce numéro.", next: "Voyez les numéros : zoneblanche trust list."},
	"root_exists": {say: "Une clé d’autorité existe déjà à cet endroit : elle n’est pas remplacée.", next: "Recommencez, ou indiquez un autre endroit avec --root."},
	"trust_locked": {say: "Un autre programme est en train de modifier la liste de confiance : rien n’est changé.",
		next: "Recommencez dans un instant."},
	"issuer_revoked": {say: "La clé de l’émetteur est révoquée : une feuille signée avec elle serait refusée.",
		next: "Créez une nouvelle clé : zoneblanche issuer rotate."},
	"trust_list_signature": {say: "La signature de cette liste de confiance ne tient pas : elle est refusée.", next: "Demandez-la à nouveau à qui vous l’a donnée."},
	"trust_list_forked": {say: "Deux listes de confiance différentes portent le même numéro : celle-ci est refusée.",
		next: "Appelez qui tient la liste."},
	"trust_root_other": {say: "Cette liste de confiance est tenue par quelqu’un d’autre : ce poste ne peut pas la modifier.",
		next: "Demandez ce changement à qui la tient, ou donnez avec --root la clé de l’autorité actuelle."},
	"no_root": {say: "La clé de l’autorité n’est pas sur ce poste : il suit la liste de confiance sans pouvoir la modifier.",
		next: "Demandez ce changement à qui tient la liste, ou donnez sa clé avec --root."},
	"trust_pins":            {say: "Le fichier pins.json, qui dit quelle autorité croire, est abîmé.", next: "Remettez-le depuis une sauvegarde."},
	"key_file":              {say: "Ce fichier de clé est abîmé.", next: "Reprenez-le depuis une sauvegarde."},
	"issuer":                {say: "Ces informations d’émetteur ne sont pas valables.", next: "Raccourcissez le nom, sans retour à la ligne."},
	"not_a_folder":          {say: "Un fichier porte le nom du dossier attendu.", next: "Choisissez un autre dossier avec --data."},
	"certificate_signature": {say: "La signature de ce certificat ne tient pas : il est refusé.", next: "Demandez-le à nouveau à l’émetteur."},
	"certificate":           {say: "Ce certificat d’émetteur est altéré ou illisible.", next: "Demandez-le à nouveau à l’émetteur."},
	"issuer_key":            {say: "Cette clé d’émetteur est altérée ou illisible.", next: "Reprenez-la depuis une sauvegarde."},
	"rpps":                  {say: "Ce numéro RPPS n’est pas valable (11 chiffres, le dernier est une clé).", next: "Relisez-le sur la carte du professionnel."},
	"finess":                {say: "Ce numéro FINESS n’est pas valable (9 chiffres, le dernier est une clé).", next: "Relisez-le sur un document de l’établissement."},
	"base_url":              {say: "Cette adresse de destinataire n’est pas valable.", next: "Exemple : https://destinataire.exemple/fhir."},
	"ca_file":               {say: "Ce fichier ne contient pas de certificat d’autorité en PEM.", next: "Demandez au destinataire le certificat de son autorité."},
	"client_cert":           {say: "Ce certificat et cette clé ne vont pas ensemble, ou ne sont pas en PEM.", next: "Vérifiez les deux fichiers, sans mot de passe."},
	"client_keys":           {say: "Ce fichier ne contient pas de clés publiques (JWKS).", next: "Faites-le avec « zoneblanche sync jwks CLÉ »."},
	"token_url":             {say: "Cette adresse de serveur de jetons n’est pas valable.", next: "Elle commence par https:// : reprenez celle que le destinataire vous a donnée."},
	"client_id":             {say: "Le serveur de jetons demande un identifiant de client.", next: "Ajoutez --client-id avec l’identifiant que le destinataire vous a donné."},
	"token_key":             {say: "Cette clé ne peut pas signer les demandes de jeton.", next: "Il faut une clé privée RSA d’au moins 2048 bits, ou ECDSA P-256 ou P-384, en PEM ou en JWK, sans mot de passe."},
	"insecure_url": {say: "Cette adresse de destinataire n’est pas protégée : rien n’est envoyé.",
		next: "Donnez une adresse qui commence par https:// (http:// ne sert que sur cette machine)."},
	"not_loopback": {say: "Le destinataire de démonstration n’écoute que sur cette machine.", next: "Exemple : --listen 127.0.0.1:8080."},
	"note": {say: "Cette note ne peut pas être envoyée : elle est vide, dépasse 1 Mo, ou contient des caractères interdits.",
		next: "Corrigez la note, puis recommencez."},
	"ins":     {say: "Le numéro INS de cette carte n’est pas valable : rien n’est enregistré.", next: "Demandez une nouvelle feuille, et notez la consultation sur papier."},
	"no_file": {say: "Fichier introuvable.", next: "Vérifiez le nom et le dossier."},
	"entered_in_error": {say: "Cette synthèse est marquée comme saisie par erreur : elle n’est pas imprimée.",
		next: "Exportez la synthèse valable du patient."},
	"disk_error":     {say: "Le disque refuse de lire ou d’écrire le journal.", next: "Copiez le dossier du journal ailleurs sans attendre, puis faites vérifier le disque."},
	"journal_reopen": {say: "La dernière écriture du journal n’a pas été confirmée par le disque.", next: "Relancez la commande : le journal vérifie alors ce qui est écrit."},
	"store_key_damaged": {say: "La clé du journal est abîmée : son contenu ne peut pas être lu.",
		next: "Remettez le fichier store.key d’origine à côté du journal, depuis une sauvegarde."},
	"summary":        {say: "Cette synthèse contient un élément qui ne peut pas être porté sur une carte.", next: "Corrigez le fichier, ou exportez-le à nouveau."},
	"foreign_keys":   {say: "Ce fichier de clés ou de certificats n’est pas valable.", next: "Demandez-le à nouveau à l’autorité qui le publie."},
	"file_too_large": {say: "Ce fichier est trop grand.", next: "Vérifiez que c’est le bon fichier."},
	"issuer_expired": {say: "La clé de l’émetteur n’est pas valable à cette date : une feuille signée avec elle serait refusée.",
		next: "Créez une nouvelle clé : zoneblanche issuer rotate."},
	"not_a_file":       {say: "Ce nom est celui d’un dossier ou d’un appareil : la feuille n’y est pas écrite.", next: "Choisissez un autre nom avec -o."},
	"sheet_exists":     {say: "Une feuille de ce nom existe déjà : elle n’est pas remplacée.", next: "Ajoutez --replace, ou nommez un autre dossier avec -o."},
	"sheet_twice":      {say: "Un autre fichier de ce dossier donne une feuille du même nom : celui-ci n’est pas imprimé.", next: "Renommez l’un des deux."},
	"no_summaries":     {say: "Ce dossier ne contient aucune synthèse (fichier .json).", next: "Vérifiez le dossier donné à --batch."},
	"handover_package": {say: "Ce fichier n’est pas une consultation remise, ou il a été altéré : rien n’en est pris.", next: "Refaites l’export sur l’autre poste. Rien n’est perdu."},
	"handover_cut":     {say: "Ce fichier n’a été copié qu’à moitié : rien n’en est pris.", next: "Refaites la copie ou l’export. Rien n’est perdu."},
	"handover_newer":   {say: "Ce fichier a été écrit par une version plus récente : rien n’en est pris.", next: "Mettez ce poste à jour, puis recommencez."},
	"handover_stranger": {say: "Ce fichier vient d’un poste qui n’est pas relié à celui-ci : rien n’en est pris.",
		next: "S’il doit l’être, reliez les deux postes : zoneblanche handover pair."},
	"handover_elsewhere": {say: "Ce fichier est destiné à un autre poste.", next: "Laissez-le sur la clé."},
	"handover_folder":    {say: "Le dossier ne répond plus.", next: "Vérifiez la clé, puis recommencez. Rien n’est perdu."},
	"handover_other": {say: "Ce fichier porte le numéro d’une consultation connue, avec un autre contenu : il est refusé.",
		next: "Gardez-le et demandez de l’aide : les deux postes ne disent pas la même chose."},
	"handover_unasked": {say: "Cet accusé de réception répond à ce que ce poste n’a pas remis : il est refusé.", next: "Rien à faire : la consultation reste à envoyer."},
	"no_peer": {say: "Aucun poste relié ne peut recevoir ou remettre de consultations.",
		next: "Reliez les deux postes et confirmez les mots : zoneblanche handover pair, puis handover list."},
	"peer_revoked":     {say: "Le lien avec ce poste a été terminé : rien n’en est pris.", next: "Reliez-le de nouveau si c’était une erreur : zoneblanche handover pair."},
	"peer_unconfirmed": {say: "Les mots de ce poste n’ont pas encore été comparés : rien n’en est pris.", next: "Comparez-les : zoneblanche handover list, puis handover pair --confirm."},
	"handover_no_line": {say: "Le poste relié ne répond pas à son adresse, ou ce n’est pas lui qui répond.",
		next: "Vérifiez le réseau et l’adresse (zoneblanche handover list), ou passez par une clé USB. Rien n’est perdu."},
	"sealing_keys": {say: "Ce ne sont pas les clés de scellement d’un destinataire.", next: "Donnez son adresse, ou le fichier qu’il publie."},
	"sealed_receipt": {say: "Cet accusé de réception n’est pas signé par le destinataire pour cette consultation : il est refusé.",
		next: "Rien à faire : la consultation reste à envoyer."},
	"no_offer":     {say: "Ce poste n’attend pas cette réponse, ou les dix minutes sont passées.", next: "Montrez un nouveau code : zoneblanche handover pair."},
	"pairing_text": {say: "Ce texte n’est pas celui d’une liaison entre deux postes, ou un caractère est faux.", next: "Reprenez-le entier : il commence par « ZBPAIR: »."},
	"pairing_self": {say: "Ce code est celui de ce poste-ci.", next: "Lisez-le avec l’autre poste."},
	"pairing_words": {say: "Ces mots ne sont ceux d’aucune liaison de ce poste.",
		next: "Relisez l’écran de l’autre poste. S’il montre vraiment d’autres mots, quelqu’un s’est mis entre les deux : terminez ce lien."},
	"stale_item":   {say: "Cette entrée a changé entre-temps.", next: "Recommencez."},
	"entry_exists": {say: "Une autre entrée porte déjà cet identifiant : rien n’est enregistré.", next: "Recommencez."},
	"corrected": {say: "Cette entrée a déjà une correction.",
		next: "Corrigez la correction : zoneblanche journal show en donne l’identifiant."},
	"not_correctable": {say: sayNotCorrectable, next: nextNotCorrectable},
	"journal_head":    {say: "La tête du journal est illisible : rien n’est enregistré.", next: "Contrôlez le journal : zoneblanche journal verify."},
}

// failuresByCode has a row for each class of error without a known reason.
var failuresByCode = map[record.Code]failure{
	record.CodeInvalid:     {say: "Ce qui a été donné n’est pas valable.", next: "Vérifiez le fichier ou la commande, puis recommencez.", detail: true},
	record.CodeNotFound:    {say: "Introuvable.", next: "Vérifiez le nom, puis recommencez.", detail: true},
	record.CodeConflict:    {say: "Quelqu’un l’a modifié entre-temps.", next: "Recommencez.", detail: true},
	record.CodeUntrusted:   {say: "Personne ne se porte garant de ce fichier.", next: "Demandez-le à nouveau à qui vous l’a donné.", detail: true},
	record.CodeLocked:      {say: "Un autre programme tient ce fichier.", next: "Fermez l’autre programme, puis recommencez.", detail: true},
	record.CodeUnavailable: {say: "Impossible pour le moment.", next: "Recommencez plus tard. Rien n’est perdu.", detail: true},
	record.CodeTooLarge:    {say: "C’est trop grand pour être traité.", next: "Réduisez le fichier, puis recommencez.", detail: true},
}

var (
	failureMissingFile = failure{say: "Fichier introuvable.", next: "Vérifiez le nom et le dossier."}
	failurePermission  = failure{say: "Accès refusé à ce fichier ou à ce dossier.", next: "Demandez les droits, ou choisissez un autre dossier."}
	failureInternal    = failure{say: "L’opération a échoué.", next: "Recommencez ; si cela continue, gardez ce message et demandez de l’aide.", detail: true}
)

func kindInFrench(kind string) string {
	switch kind {
	case "practitioner":
		return "professionnel de santé"
	case "practice":
		return "cabinet"
	case "pharmacy":
		return "pharmacie"
	case "care_home":
		return "Ehpad"
	case "town_hall":
		return "mairie"
	}
	return "émetteur"
}

func roleInFrench(r qr.Role) string {
	switch r {
	case qr.RoleEmergency:
		return "d’urgence"
	case qr.RoleParity:
		return "de secours"
	}
	return "complet"
}

// captionOf is what stands under a printed symbol.
func captionOf(s qr.Symbol) string {
	switch s.Role {
	case qr.RoleEmergency:
		return "Code d’urgence"
	case qr.RoleParity:
		return fmt.Sprintf("Code de secours %d", s.Index)
	}
	return fmt.Sprintf("Code %d sur %d", s.Index, s.Of)
}

// What the demonstration says.
const (
	demoNote       = "Consultation de démonstration : état général conservé, traitement inchangé, à revoir dans un mois."
	sayDemoUnread  = "La feuille %s n’a pas pu être relue entièrement."
	nextDemoUnread = "Les fichiers sont gardés : regardez l’image et signalez ce défaut."
	sayDemoFiles   = `
À regarder :
  feuilles imprimées   %s
  pages numérisées     %s
  liste de confiance   %s
  journal              %s
  destinataire         %s
`
	sayDemoNext = `
Et maintenant :
  zoneblanche scan --trust %s %s
  zoneblanche journal list --data %s
`
)
