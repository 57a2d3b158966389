package main

// This file is the part of the catalogue about other people's documents, and about
// what the journal has seen before.

const (
	flagAddImmunizations  = "ajoute les vaccinations d’un certificat COVID européen, d’une carte de santé SMART ou d’un 2D-DOC authentiques, même si leur validité est passée : FICHIER ou TEXTE (répétable)"
	sayVaccineAdded       = "Vaccination ajoutée, déclarée par document : %s"
	sayVaccineThere       = "Vaccination déjà dans la synthèse, non ajoutée : %s"
	sayDocumentLapsed     = "La validité de ce document est passée : ses vaccinations restent acquises, et la feuille le précise."
	sayNoVaccineDocument  = "Ce qui est donné à --add-immunizations n’est pas un document de vaccination que ce programme connaît : rien n’est imprimé."
	nextVaccineDocument   = "Donnez un certificat COVID européen, une carte de santé SMART ou une attestation vaccinale 2D-DOC."
	sayNoVaccines         = "Ce document ne contient aucune vaccination : rien n’est imprimé."
	sayVaccinesUnbelieved = "Les vaccinations de ce document ne sont pas ajoutées, et rien n’est imprimé. %s"
	sayVaccinesOfOther    = "Le nom ou la date de naissance de ce document ne concordent pas avec la synthèse : rien n’est imprimé."
	nextVaccinesOfOther   = "Vérifiez que le document est bien celui de la personne ; sinon, imprimez sans lui."

	sayNewerLocked = "Le journal est tenu par un autre programme : il n’a pas pu dire si une synthèse plus récente a déjà été vue."
	sayNewerUnread = "Le journal n’a pas pu être lu : il ne dit pas si une synthèse plus récente a déjà été vue. Voyez « zoneblanche journal verify »."

	sayOneLapsed     = "La date de fin d’un traitement est passée, et rien ne dit qu’il est arrêté : à vérifier avec la personne."
	saySeveralLapsed = "La date de fin de %d traitements est passée, et rien ne dit qu’ils sont arrêtés : à vérifier avec la personne."

	sayAttention       = "Attention : %s"
	sayUndrawable      = "%s : des caractères manquent à la police et sont remplacés par un signe sur la feuille. Le code les porte."
	sayWhose           = "%s : %s."
	sayUpdatedInFuture = "la date de mise à jour de la synthèse est dans le futur : qui la lira devra tout vérifier. Corrigez-la, ou l’heure de ce poste."
)
