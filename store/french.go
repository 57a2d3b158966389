package store

import (
	"encoding/hex"
	"fmt"
)

// This file is the catalogue of what people read of an export, in French.

// readmeInFrench is the page that explains an export to somebody who has neither the
// journal nor the program.
func readmeInFrench(h Head, fingerprint string, content bool) string {
	what := readmeWithout
	if content {
		what = readmeWith
	}
	return fmt.Sprintf(readme, h.At.Format("02/01/2006 à 15:04:05"), h.Seq, hex.EncodeToString(h.Journal[:]), what, fingerprint)
}

const (
	readmeWithout = `Cet export ne contient aucune donnée de santé ni aucune identité de patient.`
	readmeWith    = `Cet export contient, dans le dossier « contenu », les consultations, les envois et
les photographies EN CLAIR. Il relève du secret médical : ne le confiez qu’à qui a
le droit de le lire, et chiffrez-le pour le transporter.`

	readme = `EXPORT DE PREUVE D’UN JOURNAL ZONE BLANCHE

Fait le %s (UTC). Entrées : %d. Journal : %s

%s

CE QUE CONTIENT CE DOSSIER

  entrees.jsonl      une ligne JSON par entrée, dans l’ordre de l’enregistrement :
                     l’acte (date, auteur), l’empreinte, les tentatives d’envoi et
                     l’accusé de réception du destinataire
  tete.txt           la tête de la chaîne : numéro et empreinte de la dernière
                     entrée, date, signature
  cle-publique.pem   la clé publique du journal (Ed25519)
  SHA256SUMS         l’empreinte SHA-256 de chaque fichier
  SHA256SUMS.sig     la signature de SHA256SUMS

COMMENT LE VÉRIFIER, SANS LE LOGICIEL

1. La signature (OpenSSL 3 ou plus récent) :

     openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin \
       -in SHA256SUMS -sigfile SHA256SUMS.sig

2. Chaque fichier :

     sha256sum -c SHA256SUMS

3. La clé : comparez son empreinte avec celle que le cabinet donne
   (« zoneblanche journal head ») :

     %s

4. La chaîne : pour chaque ligne de entrees.jsonl, l’empreinte « hash » est le
   SHA-256 de la suite d’octets

     "zoneblanche 1" puis un octet nul
     le journal (16 octets, ci-dessus)
     un octet de valeur 5, puis "chain"
     la longueur 8 sur 4 octets, puis le numéro « seq » sur 8 octets
     l’en-tête « header » (82 octets)

   (entiers gros-boutistes). L’en-tête contient, à partir de l’octet 18, l’empreinte
   de l’entrée précédente (32 octets), puis celle du contenu chiffré de l’entrée
   (32 octets). La dernière empreinte doit être celle de tete.txt.

Avec le logiciel : zoneblanche journal verify-export FICHIER.zip

CE QUE CELA PROUVE, ET CE QUE CELA NE PROUVE PAS

Si tout concorde, aucun fichier n’a été modifié depuis l’export, et les entrées se
suivent sans lacune. Qui détient la clé du journal aurait pu fabriquer une autre
chaîne : ce qui l’exclut, c’est une tête remise auparavant à quelqu’un d’autre, par
exemple au destinataire avec chaque envoi. Elle se compare avec
« zoneblanche journal verify --head TÊTE ». Les dates sont celles de l’horloge du
poste. Une entrée purgée (« purged_at ») a perdu son contenu sur ordre, après son
accusé de réception ; sa place dans la chaîne reste vérifiable.
`
)
