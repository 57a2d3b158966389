package main

// This file is the catalogue of what serve says in the terminal.

const (
	flagKiosk      = "imprime seulement, ne demande pas de connexion et oublie tout après chaque personne"
	flagAddAccount = "affiche un jeton qui permet de créer un compte de plus"
	flagIdle       = "verrouille la session après ce temps sans geste (10 min ; borne : 2 min, puis tout est oublié)"

	sayServing       = "Zone Blanche est prêt. Ouvrez dans le navigateur de ce poste : %s\nCtrl+C pour arrêter : ce qui est signé est dans le journal.\n"
	sayServingAlone  = "Zone Blanche est prêt : %s\n"
	sayServeToken    = "Jeton pour créer un compte, valable une fois : %s\n"
	sayServeLoopback = "Les pages ne s’ouvrent que sur cette machine (127.0.0.1)."
	sayKioskAlone    = "--kiosk n’imprime que : il ne va ni avec --url ni avec --add-account."
	sayServeUnsigned = "Les feuilles ne seront pas signées par le cabinet : elles seront déclarées par le patient."
	sayPageSlow      = "Cette image demande trop de temps."
)

var helpServe = help{
	short: "les pages du médecin et du patient, dans le navigateur de ce poste",
	long: `Ouvre les pages sur cette machine seulement : lire une carte, écrire et signer la
consultation, suivre les envois, préparer la feuille d’un patient. Au premier
démarrage, un jeton affiché ici permet de créer le compte. Avec --url, envoie aussi
ce qui est signé, dès que la ligne le permet.`,
	example: `  zoneblanche serve
  zoneblanche serve --url https://destinataire.exemple/fhir
  zoneblanche serve --kiosk --listen 127.0.0.1:8485`,
}
