package main

// This part of the catalogue speaks of the patient's code and of declared cards.

const (
	flagCode     = "protège les codes complets par un code du patient, tiré au hasard et montré une seule fois"
	flagWithhold = "avec --code : protège aussi les allergies et les traitements"
	flagDeclared = "feuille déclarée par le patient : personne ne s’en porte garant, aucun émetteur n’est nécessaire"
	flagOpen     = "code du patient ; - pour le lire sur l’entrée standard, sans qu’il paraisse dans la liste des programmes"

	sayWithholdAlone   = "--withhold ne va qu’avec --code."
	sayCodeOnStdout    = "--code et « -o - » écriraient tous deux sur la sortie standard."
	sayDeclaredIssuer  = "--declared ne va pas avec --issuer : une feuille déclarée n’a pas d’émetteur."
	sayCodeAndStdin    = "Les codes de la feuille et le code du patient ne peuvent pas venir tous deux de l’entrée standard."
	sayCodeShownOnce   = "Code du patient : %s\n"
	sayAskCode         = "Code du patient : "
	noteKeepCode       = "Recopiez ce code à la main, et gardez-le ailleurs que la feuille : il ne sera plus montré, et n’est écrit nulle part."
	noteShareCode      = "Donnez-le aussi à une personne dont le téléphone est sur la feuille : un médecin pourra le lui demander. S’il se perd, réimprimez la feuille."
	noteClearEmergency = "Le code d’urgence reste lisible sans lui : identité, allergies, traitements, problèmes de santé, grossesse, implants et contacts. --withhold protège aussi les allergies et les traitements ; --mask retire un élément de toute la feuille."
	noteClearIdentity  = "Le code d’urgence reste lisible sans lui : identité, problèmes de santé, grossesse, implants et contacts. Les allergies et les traitements n’y sont que comptés : sans ce code, un soignant ne les verra pas, même en urgence."
	sayPartDeclared    = "Ce qui suit est déclaré par le patient, et ce n’est pas toute la carte."
	whereLocked        = "derrière le code du patient"
)
