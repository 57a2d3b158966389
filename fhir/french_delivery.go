package fhir

// This file is the catalogue of what people read of a delivered document, in
// French.

const (
	titleNote       = "Compte rendu de consultation"
	titleSubmission = "Envoi d’un compte rendu de consultation"
	titlePhotograph = "Photographie"
	titlePhotoSent  = "Envoi d’une photographie"
	titleOnDay      = " du " // followed by the day

	noteActedAt     = "Date de la consultation : "
	noteSignedAt    = "Date de validation : "
	noteAtTime      = " à "
	noteAuthor      = "Professionnel : "
	noteRPPS        = "N° RPPS : "
	noteStructure   = "Structure : "
	noteFINESS      = "N° FINESS : "
	notePatient     = "PATIENT"
	noteName        = "Nom : "
	noteOriginal    = "Nom dans son écriture : "
	noteBirthDate   = "Date de naissance : "
	noteSex         = "Sexe : "
	noteBirthPlace  = "Lieu de naissance (code INSEE) : "
	noteINS         = "Matricule INS : "
	noteINSNone     = "absent"
	noteINSTest     = " (identité de test)"
	noteINSDemo     = " (identité de démonstration)"
	noteQualified   = " (identité qualifiée)"
	noteUnqualified = " (identité non qualifiée)"
	noteIdentifier  = "Autre identifiant : "
	noteCard        = "CARTE CONSULTÉE"
	noteCardNone    = "Aucune carte n’a été consultée."
	noteCardID      = "Carte : "
	noteCardIssuer  = "Émetteur : "
	noteCardIssued  = "Émise le : "
	noteCardVerdict = "Verdict à la lecture : "
	noteText        = "NOTE"
	noteReplaces    = "Remplace le compte rendu : "

	auditCard    = "Carte de synthèse"
	auditIssuer  = ", émetteur : "
	auditJournal = "journal du cabinet"
	auditDevice  = "poste du cabinet"

	// custodianUnnamed stands before the RPPS number of a professional whose
	// structure nobody told.
	custodianUnnamed = "Cabinet du professionnel RPPS "

	displayNoteType  = "CR ou fiche de consultation ou de visite"
	displayNoteClass = "Compte rendu"
	displayPhotoType = "Photographie"
	displayImaging   = "Imagerie médicale"
	displayOffice    = "Cabinet individuel"
	displayAmbulant  = "Ambulatoire"
)
