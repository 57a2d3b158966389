package record

// This file is the catalogue of what people read of this package, in French.

const (
	titleAllergies     = "Allergies et intolérances"
	titleMedications   = "Traitements"
	titleProblems      = "Problèmes de santé"
	titlePregnancy     = "Grossesse"
	titleDevices       = "Implants et dispositifs"
	titleProcedures    = "Opérations et actes"
	titleImmunizations = "Vaccinations"
	titleResults       = "Résultats d’examens"
	titleVitalSigns    = "Constantes"
	titleCarePlan      = "Plan de soins"
	titleDirectives    = "Directives anticipées"

	titleContacts = "Contacts"

	titlePrescriptions = "Prescriptions :"
	titleOrders        = "Examens demandés :"
	titleOpenedFor     = "Ouverture malgré un consentement expiré, motif :"

	noneAllergies     = "Aucune allergie connue"
	noneMedications   = "Aucun traitement en cours"
	noneProblems      = "Aucun problème de santé connu"
	nonePregnancy     = "Pas de grossesse"
	noneDevices       = "Aucun implant ni dispositif"
	noneProcedures    = "Aucune opération connue"
	noneImmunizations = "Aucune vaccination connue"
	noneResults       = "Aucun résultat"
	noneVitalSigns    = "Aucune constante"
	noneCarePlan      = "Aucun plan de soins"
	noneDirectives    = "Aucune directive anticipée"

	// NotFilledIn is what stands where nobody asked or answered. It must never
	// look like "none known".
	NotFilledIn = "Non renseigné"

	// MayBeIncomplete stands on every sheet and screen, whether or not anything
	// was masked, so that its presence tells nothing.
	MayBeIncomplete = "Cette synthèse peut être incomplète : le patient peut avoir masqué des éléments."
)

// French returns the role as it stands before a contact's name.
func (r Role) French() string {
	switch r {
	case RoleEmergency:
		return "Personne à prévenir"
	case RoleTrusted:
		return "Personne de confiance"
	case RoleDoctor:
		return "Médecin traitant"
	case RoleHolder:
		return "Représentant légal"
	case RoleNurse:
		return "Infirmier ou infirmière"
	case RolePharmacy:
		return "Pharmacie"
	case RoleFacility:
		return "Établissement de résidence"
	case RoleDirective:
		return "Dépositaire des directives"
	}
	return "Contact"
}

// French returns the sex in words.
func (s Sex) French() string {
	switch s {
	case Female:
		return "féminin"
	case Male:
		return "masculin"
	case Other:
		return "indéterminé"
	}
	return "non renseigné"
}

// French returns the verdict in a few words, for a sentence that tells of a
// reading in the past. What the reader is told at the time is
// [Judgement.Sentence].
func (v Verdict) French() string {
	switch v {
	case Authentic:
		return "authentique"
	case Stale:
		return "authentique mais ancienne"
	case Superseded:
		return "authentique, mais une plus récente avait déjà été vue"
	case PatientDeclared:
		return "déclarée par le patient, non vérifiée par un soignant"
	case Incomplete:
		return "incomplète : il manquait des codes"
	case NotAuthentic:
		return "falsifiée ou abîmée"
	case UnknownIssuer:
		return "émetteur inconnu"
	case Expired:
		return "hors validité"
	case Unsigned:
		return "non signée"
	case Revoked:
		return "révoquée"
	case Unreadable:
		return "illisible"
	}
	return "non renseigné"
}

// Why something is not on the card.
const (
	whyTooOld = "résultat de plus de 5 ans, sans affection de longue durée"
	whyMasked = "masqué à la demande du patient"
	// WhyNoRoom is said of an entry that the symbols of one card cannot hold.
	WhyNoRoom = "ne tient pas dans les codes de la carte"
	// WhyNarrativeOnly is said of a section that has words but no entries.
	WhyNarrativeOnly = "texte libre sans donnée structurée"
)
