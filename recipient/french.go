package recipient

// This file is the catalogue of what people may read of this package, in French.

const (
	wordsRefused = "Refus de démonstration : ce destinataire est réglé pour refuser les envois."
	wordsBusy    = "Destinataire réglé pour se dire occupé : réessayez plus tard."

	portalPage = `<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><title>Portail d’accès au Wi-Fi</title></head>
<body><h1>Bienvenue</h1><p>Acceptez les conditions d’utilisation pour accéder à Internet.</p></body>
</html>
`
	description = "Destinataire de démonstration de Zone Blanche : ne remplace pas un service de partage de documents."
)

// wordsClient is what the token endpoint says to a sender that it does not believe.
const wordsClient = "Client inconnu de cette démonstration, ou assertion refusée."
