package fhir

import (
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// This file is the catalogue of what people read of the import, in French.

// Why something of a Bundle is not in the summary.
const (
	whyUnresolved   = "référence introuvable dans le fichier"
	whyError        = "marqué comme saisi par erreur dans la source"
	whyRefuted      = "réfuté : la source dit que ce n’est pas le cas"
	whyCancelled    = "annulé dans la source"
	whyNoCode       = "sans libellé ni code"
	whyNoValue      = "sans valeur"
	whyUnreadable   = "illisible : structure inattendue"
	whySection      = "rubrique que la carte ne porte pas"
	whyType         = "type de contenu inattendu dans cette rubrique"
	whyOrphan       = "présent dans le fichier, mais aucune rubrique n’y renvoie"
	whyPhotograph   = "photographie : les images ne sont pas portées par la carte"
	whyDocument     = "document joint : les fichiers ne sont pas portés par la carte"
	whyOtherPerson  = "concerne une autre personne"
	wordAstray      = "porté, mais sa référence au patient ne mène nulle part : vérifiez qu’il concerne cette personne"
	whyModifier     = "porte une mention qui en change le sens et que le programme ne connaît pas"
	whyDoNotPerform = "prescription négative (ne pas donner)"
	whyContradicted = "contredit par d’autres éléments de la même rubrique"
	whyPartialNone  = "absence d’une seule catégorie : ne vaut pas « aucune allergie connue »"
	whyPastNone     = "ne vaut que pour les antécédents"
	whyGrouping     = "regroupement : son contenu est porté élément par élément"
	whyNoResource   = "entrée sans contenu"
	whyINSKey       = "matricule INS dont la clé ou l’origine est incorrecte"
	whySecondINS    = "un autre matricule INS est déjà porté"
	whyBirthPlace   = "code du lieu de naissance incorrect"
	whyRPPS         = "numéro RPPS incorrect"
	whyFINESS       = "numéro FINESS incorrect"
	whyDate         = "date illisible"
	whyUnknownField = "champ inconnu"
	whySecondAuthor = "un seul auteur est porté"
	whySecondDoc    = "un seul document est lu par fichier"
	whyNotDocument  = "le fichier n’est pas un document attesté : contenu repris par type"
	whyProvisional  = "document provisoire dans la source"
	whyInformation  = "« non renseigné » contredit par d’autres éléments de la même rubrique"
	whyTooDeep      = "rubriques ou regroupements trop emboîtés"
	whyAdmin        = "auteur de chaque saisie, date de saisie et séjour ne sont jamais portés"
	whyExtensions   = " éléments ont des extensions propres à leur source, non portées"
	whyDetails      = "éléments non portés : "
)

// What is named in lists of what was left out.
const (
	wordSummary   = "Synthèse"
	wordPatient   = "Identité"
	wordContact   = "Contacts"
	wordConsent   = "Consentement"
	wordEverySect = "Toutes les rubriques"
	wordOther     = "Autres éléments"
	wordNoTitle   = "rubrique sans titre"
	wordNoLabel   = "sans libellé"
	wordINS       = "matricule INS"
	wordBirthCode = "code du lieu de naissance"
	wordNarrative = "texte libre complémentaire"
	wordExtension = "extensions"
	wordContained = "contenu annexe"
	wordHidden    = "(illisible)"
	wordDateOf    = "date de publication du fichier, faute de date de synthèse"
)

// What the import writes into a summary itself, where the source says it by a
// code and the record holds words.
const (
	wordYes          = "oui"
	wordNo           = "non"
	wordPrescribed   = "Prescrit le "
	wordReason       = "Motif : "
	wordAsNeeded     = "si besoin : "
	wordFrom         = "du "
	wordTo           = "au "
	wordSince        = "depuis le "
	wordUntil        = "jusqu’au "
	wordRange        = " à "
	wordMin          = "≥ "
	wordMax          = "≤ "
	wordUnconfirmed  = "Diagnostic non confirmé"
	wordProvisional  = "Diagnostic provisoire"
	wordDifferential = "Diagnostic différentiel"
	wordTimes        = " fois"
	wordPer          = "par "
	wordAnd          = " et "
	wordMinutes      = "\u00a0min"
)

// ipsTypeFrench names a resource type.
var ipsTypeFrench = map[string]string{
	"AllergyIntolerance": "Allergie", "MedicationStatement": "Traitement", "MedicationRequest": "Prescription",
	"MedicationAdministration": "Administration", "MedicationDispense": "Dispensation", "Medication": "Médicament",
	"Condition": "Problème de santé", "Procedure": "Acte", "Device": "Dispositif", "DeviceUseStatement": "Dispositif",
	"Immunization": "Vaccination", "Observation": "Observation", "DiagnosticReport": "Compte rendu d’examen",
	"CarePlan": "Plan de soins", "Consent": "Consentement", "DocumentReference": "Document", "Media": "Photographie",
	"Binary": "Fichier", "Encounter": "Consultation ou séjour", "Location": "Lieu", "Specimen": "Prélèvement",
	"RelatedPerson": "Proche", "Patient": "Autre patient", "Composition": "Autre synthèse", "Flag": "Alerte",
	"Goal": "Objectif", "CareTeam": "Équipe de soins", "ServiceRequest": "Demande d’examen", "FamilyMemberHistory": "Antécédent familial",
	"ImagingStudy": "Imagerie", "ClinicalImpression": "Évaluation", "RiskAssessment": "Évaluation du risque",
	"ImmunizationRecommendation": "Vaccin recommandé", "Appointment": "Rendez-vous", "Provenance": "Traçabilité",
	"List": "Liste", "QuestionnaireResponse": "Questionnaire", "Coverage": "Couverture sociale", "Substance": "Substance",
	"BodyStructure": "Localisation", "AdverseEvent": "Effet indésirable", "NutritionOrder": "Régime",
}

// ipsElementFrench names the elements that a record cannot hold; one that is not
// here is shown by its FHIR name.
var ipsElementFrench = map[string]string{
	"lastOccurrence": "dernière survenue", "onset": "début", "abatement": "fin", "reaction": "réaction",
	"description": "description", "exposureRoute": "voie d’exposition", "substance": "substance en cause",
	"note": "remarque", "stage": "stade", "evidence": "éléments de preuve", "bodySite": "localisation",
	"site": "localisation", "severity": "gravité", "statusReason": "motif du statut", "reasonCode": "motif",
	"reasonReference": "motif", "derivedFrom": "origine", "partOf": "ensemble parent", "basedOn": "demande d’origine",
	"form": "forme", "ingredient": "composition", "amount": "contenance", "batch": "lot", "manufacturer": "fabricant",
	"dosage": "posologie", "dosageInstruction": "posologie", "dispenseRequest": "délivrance", "substitution": "substitution",
	"priority": "priorité", "courseOfTherapyType": "type de traitement", "groupIdentifier": "numéro d’ordonnance",
	"insurance": "prise en charge", "supportingInformation": "informations complémentaires", "detectedIssue": "alerte de prescription",
	"authoredOn": "date de prescription", "effective": "date", "timing": "horaires", "additionalInstruction": "consigne",
	"patientInstruction": "consigne au patient", "method": "méthode", "rate": "débit", "maxDosePerPeriod": "dose maximale",
	"maxDosePerAdministration": "dose maximale par prise", "maxDosePerLifetime": "dose maximale à vie", "sequence": "ordre des posologies",
	"asNeeded": "condition de prise", "doseAndRate": "doses multiples", "dose": "dose", "repeat": "rythme", "route": "voie",
	"bounds": "durée du traitement", "count": "nombre de prises", "duration": "durée d’une prise", "eventTimes": "dates de prise",
	"dayOfWeek": "jours de la semaine", "timeOfDay": "heures de prise", "offset": "délai", "frequencyMax": "fréquence maximale",
	"periodMax": "période maximale", "performed": "date", "outcome": "issue", "complication": "complication", "followUp": "suivi",
	"usedReference": "matériel utilisé", "usedCode": "matériel utilisé", "focalDevice": "dispositif posé", "report": "compte rendu",
	"complicationDetail": "complication", "occurrence": "date", "doseQuantity": "quantité injectée", "expirationDate": "péremption",
	"isSubpotent": "dose insuffisante", "subpotentReason": "dose insuffisante", "education": "information remise",
	"programEligibility": "éligibilité", "fundingSource": "financement", "protocolApplied": "protocole vaccinal",
	"series": "schéma vaccinal", "seriesDoses": "nombre de doses du schéma", "authority": "autorité", "targetDisease": "maladie visée",
	"interpretation": "interprétation", "referenceRange": "valeurs usuelles", "specimen": "prélèvement", "device": "appareil",
	"dataAbsentReason": "motif d’absence", "value": "valeur", "focus": "objet", "hasMember": "éléments regroupés", "component": "composants",
	"conclusion": "conclusion", "conclusionCode": "conclusion codée", "presentedForm": "document joint", "media": "image",
	"imagingStudy": "imagerie", "result": "résultat", "resultsInterpreter": "interprète", "addresses": "problèmes visés",
	"goal": "objectifs", "activity": "activités", "careTeam": "équipe de soins", "contributor": "contributeurs", "replaces": "plan remplacé",
	"instantiatesCanonical": "protocole", "instantiatesUri": "protocole", "title": "titre", "policy": "texte de référence",
	"policyRule": "règle", "source": "document source", "verification": "vérification", "provision": "modalités", "scope": "portée",
	"organization": "organisme", "content": "fichier joint", "securityLabel": "confidentialité", "docStatus": "statut du document",
	"relatesTo": "document lié", "authenticator": "signataire", "custodian": "organisme responsable", "attester": "signataire",
	"event": "épisode de soins", "confidentiality": "confidentialité", "telecom": "téléphone ou courriel", "address": "adresse",
	"deceased": "décès", "maritalStatus": "situation familiale", "multipleBirth": "naissance multiple", "photo": "photographie",
	"communication": "langue parlée", "managingOrganization": "établissement gestionnaire", "link": "lien avec une autre fiche",
	"active": "fiche inactive", "name": "autre nom", "contact": "contact", "gender": "sexe", "period": "période",
	"relationship": "lien", "generalPractitioner": "médecin traitant", "qualification": "qualification", "birthDate": "date de naissance",
	"udiCarrier": "identifiant unique", "modelNumber": "modèle", "lotNumber": "lot", "manufactureDate": "fabrication",
	"partNumber": "référence", "version": "version", "property": "caractéristiques", "safety": "sécurité", "specialization": "spécialisation",
	"deviceName": "autre nom", "distinctIdentifier": "identifiant distinctif", "definition": "définition", "parent": "appareil parent",
	"url": "adresse électronique", "owner": "propriétaire", "statement": "précision", "code": "code", "status": "statut", "type": "type",
	"manifestation": "manifestation", "usualGiven": "prénom utilisé", "displayOnly": "libellé sans code", "kind": "nature",
	"scheduled": "calendrier", "product": "produit", "dailyAmount": "quantité par jour", "quantity": "quantité", "progress": "avancement",
	"reference": "élément lié", "detail": "détail", "outcomeReference": "résultat", "outcomeCodeableConcept": "résultat", "prohibited": "interdiction",
	"prior": "prescription précédente", "priorPrescription": "prescription précédente", "eventHistory": "historique", "reasonNotGiven": "motif", "end": "fin",
	"laterality": "côté", "actor": "intervenants", "action": "actions", "dataPeriod": "période visée", "data": "données", "purpose": "finalité",
	"class": "classe", "mode": "mode", "orderedBy": "ordre", "bodyStructure": "localisation", "refRange": "valeurs usuelles", "birthPlace": "lieu de naissance",
	"extension": wordExtension, "signature": "signature électronique", "link ": "liens", "taken": "prise", "interval": "intervalle",
}

// ipsElementWord names one element for a person.
func ipsElementWord(name string) string {
	if word, ok := ipsElementFrench[name]; ok {
		return word
	}
	for _, choice := range ipsChoices {
		if strings.HasPrefix(name, choice) && len(name) > len(choice) {
			if next := name[len(choice)]; next >= 'A' && next <= 'Z' {
				return ipsElementFrench[choice]
			}
		}
	}
	return "« " + name + " »"
}

// ipsChoices are elements whose JSON name carries their type.
var ipsChoices = []string{
	"onset", "abatement", "effective", "performed", "occurrence", "timing", "value", "deceased", "multipleBirth",
	"asNeeded", "dose", "rate", "bounds", "source", "scheduled", "product", "seriesDoses",
}

// ipsTitle names a section for a person.
func ipsTitle(id record.SectionID) string {
	if info, ok := record.InfoOf(id); ok {
		return info.Title
	}
	return wordOther
}

// ipsUnitFrench writes a FHIR unit of time after a number.
func ipsUnitFrench(unit string) string {
	switch unit {
	case "s":
		return "s"
	case "min":
		return "min"
	case "h":
		return "h"
	case "d":
		return "jour(s)"
	case "wk":
		return "semaine(s)"
	case "mo":
		return "mois"
	case "a":
		return "an(s)"
	}
	return unit
}

var ipsDayFrench = map[string]string{
	"mon": "lundi", "tue": "mardi", "wed": "mercredi", "thu": "jeudi", "fri": "vendredi", "sat": "samedi", "sun": "dimanche",
}

// ipsProvisionFrench says what a provision of a directive does.
var ipsProvisionFrench = map[string]string{"permit": "accepte :", "deny": "refuse :"}
