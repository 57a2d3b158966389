package main

// This file is the catalogue of what the practice's own software needs.

const (
	flagDeposit = "dépose chaque consultation et sa synthèse, en FHIR, dans ce dossier que votre logiciel relève"

	sayOneProgram      = "Donnez le nom du logiciel, de 60 caractères au plus."
	sayProgramThere    = "Un logiciel de ce nom a déjà un jeton."
	nextProgramThere   = "Choisissez un autre nom, ou retirez d’abord l’ancien avec « zoneblanche api remove »."
	sayProgramsFull    = "Il y a déjà 64 logiciels."
	nextProgramsFull   = "Retirez ceux qui ne servent plus : « zoneblanche api list », puis « zoneblanche api remove »."
	sayProgramMissing  = "Aucun logiciel ne porte ce nom."
	nextProgramMissing = "Voyez les noms avec « zoneblanche api list »."
	sayProgramAdded    = "%s peut lire ce que Zone Blanche donne sur cette machine. Son jeton, montré cette seule fois : %s\n"
	sayProgramRemoved  = "%s ne peut plus rien lire.\n"
	sayProgramLine     = "%s, depuis le %s\n"
	sayNoPrograms      = "Aucun logiciel n’a de jeton."
	sayDeposited       = "Les consultations signées seront déposées dans %s, en clair : le logiciel qui les prend doit les effacer.\n"
	sayDepositFolder   = "%s n’est pas un dossier où déposer."
	nextDepositFolder  = "Créez-le, lisible par vous et votre logiciel seulement, puis relancez."
)

var helpAPI = help{
	short: "les logiciels de cette machine qui peuvent lire les consultations et les synthèses",
	long: `Donne à un logiciel du cabinet un jeton pour lire, en FHIR et sur cette machine seulement,
ce qui est signé et la synthèse des cartes ouvertes. Il ne peut rien changer.`,
}

var helpAPIAdd = help{
	short: "donne un jeton à un logiciel",
	long: `Le jeton n’est montré qu’une fois. Le logiciel le présente à chaque demande
(Authorization: Bearer), à l’adresse des pages suivie de /api/v1/.`,
	example: `  zoneblanche api add "Logiciel du cabinet"`,
}

var helpAPIList = help{
	short:   "les logiciels qui ont un jeton",
	long:    `Liste les logiciels qui peuvent lire, et depuis quand.`,
	example: `  zoneblanche api list`,
}

var helpAPIRemove = help{
	short:   "retire son jeton à un logiciel",
	long:    `Le jeton ne vaut plus rien tout de suite, même si les pages sont ouvertes.`,
	example: `  zoneblanche api remove "Logiciel du cabinet"`,
}
