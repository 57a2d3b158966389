package record

import (
	"fmt"
	"strings"
)

// This file is the catalogue of alerts, in French.

// NoInteractionChecker stands wherever prescriptions are compared.
const NoInteractionChecker = "Ce contrôle compare des classes de médicaments. Il ne cherche pas les interactions et ne remplace pas un logiciel d’aide à la prescription."

const (
	alertAllergiesTitle      = "Allergies non renseignées"
	alertAllergiesReason     = "Ce n’est pas « aucune allergie » : demandez à la personne."
	alertAllergiesPartTitle  = "Allergies affichées en partie"
	alertAllergiesPartReason = "La carte en porte d’autres, qui ne sont pas lues ou n’ont pas tenu."

	alertStaleTitle    = "Synthèse obsolète"
	alertUndatedReason = "Sa date de mise à jour manque ou n’est pas possible : vérifiez chaque point."

	alertConsentTitle         = "Consentement expiré"
	alertConsentReason        = "Le consentement dure un an au plus. L’ouverture demande un motif."
	alertConsentUnknownTitle  = "Consentement non vérifiable"
	alertConsentUnknownReason = "Aucun ne figure dans ce qui est lu."

	alertTetanusTitle     = "Rappel tétanos à faire"
	alertTetanusUnknown   = "Rappel tétanos non vérifiable"
	alertInfluenzaTitle   = "Vaccin contre la grippe à faire"
	alertInfluenzaUnknown = "Vaccin contre la grippe non vérifiable"

	whyNoBirthDate    = "La date de naissance manque."
	whyInfant         = "Avant un an, suivez le calendrier du nourrisson."
	whyNoVaccinations = "Les vaccinations ne sont pas renseignées."
	whyUnclearVaccine = "Des vaccinations ne sont pas lues, pas datées ou pas reconnues."
	whyAge65          = "Recommandé chaque année à partir de 65 ans"
	whyPregnant       = "Recommandé pendant la grossesse"
	whyCareHome       = "Recommandé en établissement"
	whyALD            = "Affection de longue durée : vérifiez si elle est dans la liste du calendrier vaccinal."

	alertClassATC        = "classe ATC "
	whyNoATC             = "Aucun code ATC n’est connu pour ce médicament : ni allergies ni doublons n’ont été comparés."
	whyAllergiesEmpty    = "Les allergies ne sont pas renseignées."
	whyAllergiesPart     = "D’autres allergies existent et ne sont pas affichées."
	whyTreatmentsEmpty   = "Les traitements ne sont pas renseignés."
	whyTreatmentsPart    = "D’autres traitements existent et ne sont pas affichés."
	alertValidityUnknown = "Durée de validité usuelle non connue."
	whyNoResults         = "Les résultats d’examens ne sont pas renseignés."
	whyResultsPart       = "D’autres résultats existent et ne sont pas affichés."
	whyResultUndated     = "Un résultat existe, sans date sûre."
	whyExamUnknown       = "Cet examen n’est pas reconnu parmi les résultats."
)

func staleReason(d Date, months int) string {
	return fmt.Sprintf("Mise à jour le %s, il y a %d mois (limite : %d).", d.French(), months, StaleAfterMonths)
}

func lastDose(last Date) string {
	if !last.Known() {
		return "Aucune dose inscrite."
	}
	return "Dernière dose inscrite : " + last.French() + "."
}

func tetanusReason(age int, last Date) string {
	at := fmt.Sprintf("un rappel à %d ans", age)
	switch age {
	case 1:
		at = "la fin des premières doses à 11 mois"
	case 11:
		at = "un rappel entre 11 et 13 ans"
	}
	return lastDose(last) + " Le calendrier vaccinal prévoit " + at + "."
}

func influenzaReason(why string, year int, last Date) string {
	return fmt.Sprintf("%s. Campagne %d-%d. %s", why, year, year+1, lastDose(last))
}

func unverifiableDrug(name string) string { return "Non vérifiable : " + name }

func unverifiableExam(name string) string { return "Déjà fait ? Non vérifiable : " + name }

func allergicTitle(drug, allergy string) string {
	return fmt.Sprintf("%s : allergie inscrite, %s", drug, allergy)
}

func allergicReason(drug, class string) string {
	return fmt.Sprintf("« %s » est de la même classe (%s).", drug, class)
}

func sameClassTitle(treatment string) string { return "Prend déjà : " + treatment }

func sameClassReason(drug, class string) string {
	return fmt.Sprintf("« %s » est de la même classe (%s).", drug, class)
}

func whyNotCompared(names []string) string {
	return "Allergies sans code de médicament, non comparées : " + strings.Join(names, ", ") + "."
}

func whyTreatmentsApart(names []string) string {
	return "Traitements sans code ATC, non comparés : " + strings.Join(names, ", ") + "."
}

func alreadyTitle(name string, d Date) string {
	return fmt.Sprintf("%s : déjà fait le %s", name, d.French())
}

func validityReason(months int) string {
	if months == 0 {
		return "Ce résultat vaut pour toujours."
	}
	return fmt.Sprintf("Un résultat vaut d’ordinaire %d mois.", months)
}

func resultWords(o Observation) string {
	value := o.Quantity.String()
	if value == "" {
		value = o.Value.String()
	}
	if value == "" {
		return ""
	}
	return " Résultat : " + value + "."
}
