package foreign

// types2DDoc name the types of documents.
var types2DDoc = map[string]string{
	"00": "justificatif de domicile",
	"01": "justificatif de domicile",
	"02": "justificatif de domicile",
	"03": "relevé d’identité bancaire",
	"04": "avis d’impôt sur le revenu",
	"05": "relevé d’identité SEPAmail",
	"06": "bulletin de salaire",
	"07": "titre d’identité",
	"08": "zone lisible d’un titre d’identité",
	"10": "contrat de travail",
	"11": "relevé de compte",
	"12": "acte d’huissier",
	"13": "document étranger",
	"A0": "certificat de qualité de l’air",
	"A1": "courrier de permis à points",
	"A2": "carte mobilité inclusion",
	"A3": "macaron VTC",
	"A4": "certificat de décès",
	"A5": "carte T3P",
	"A6": "carte professionnelle de sapeur-pompier",
	"A7": "certificat de qualité de l’air",
	"AE": "certificat de décès",
	"B0": "diplôme",
	"B1": "attestation de versement de la CVEC",
	"B2": "test COVID",
	"C9": "caducée infirmier",
	"L1": "attestation vaccinale",
}

// values2DDoc name the values of some fields.
var values2DDoc = map[string]map[string]string{
	"F3": {"M": "masculin", "F": "féminin", "U": "non renseigné"},
	"F5": {"P": "positif", "N": "négatif", "I": "indéterminé", "X": "prélèvement non conforme"},
	"LA": {"CO": "vaccination en cours", "TE": "vaccination terminée"},
}

// fieldTable2DDoc lists identifiers of fields: the least and the greatest length,
// 0 for no bound, how to show the value, and the label (ANTS, "Spécifications
// techniques des codes à barres 2D-Doc").
const fieldTable2DDoc = `
01|0|0| |Identifiant unique du document
02|0|0| |Catégorie de document
03|0|0| |Sous-catégorie de document
04|0|0| |Application de composition
05|0|0| |Version de l’application de composition
06|4|4|H|Date de l’association entre le document et le code
07|6|6| |Heure de l’association entre le document et le code
08|4|4|H|Date d’expiration du document
09|4|4| |Nombre de pages du document
0A|9|9| |Éditeur du 2D-Doc
0B|9|9| |Intégrateur du 2D-Doc
0C|0|0|U|Adresse du document
10|0|38|/|Bénéficiaire
11|0|38| |Qualité du bénéficiaire
12|0|38| |Prénom du bénéficiaire
13|0|38| |Nom du bénéficiaire
14|0|38|/|Destinataire de la facture
15|0|38| |Qualité du destinataire
16|0|38| |Prénom du destinataire
17|0|38| |Nom du destinataire
18|0|0| |Numéro de la facture
19|0|0| |Numéro de client
1A|0|0| |Numéro du contrat
1B|0|0| |Identifiant du souscripteur
1C|8|8|D|Date d’effet du contrat
1D|0|16| |Montant TTC de la facture
1E|0|30| |Téléphone du bénéficiaire
1F|0|30| |Téléphone du destinataire
1G|1|1| |Co-bénéficiaire non mentionné
1H|1|1| |Co-destinataire non mentionné
1I|0|38|/|Co-bénéficiaire
1J|0|38| |Qualité du co-bénéficiaire
1K|0|38| |Prénom du co-bénéficiaire
1L|0|38| |Nom du co-bénéficiaire
1M|0|38|/|Co-destinataire
1N|0|38| |Qualité du co-destinataire
1O|0|38| |Prénom du co-destinataire
1P|0|38| |Nom du co-destinataire
20|0|38| |Adresse du service, ligne 2
21|0|38| |Adresse du service, ligne 3
22|0|38| |Adresse du service, ligne 4
23|0|38| |Adresse du service, ligne 5
24|5|5| |Code postal du service
25|0|32| |Localité du service
26|2|2| |Pays du service
27|0|38| |Adresse du destinataire, ligne 2
28|0|38| |Adresse du destinataire, ligne 3
29|0|38| |Adresse du destinataire, ligne 4
2A|0|38| |Adresse du destinataire, ligne 5
2B|5|5| |Code postal du destinataire
2C|0|32| |Localité du destinataire
2D|2|2| |Pays du destinataire
30|0|140|/|Titulaire
31|14|38| |IBAN
32|8|11| |BIC
33|0|30| |BBAN
34|2|2| |Pays du compte
35|14|34| |Identifiant SEPAmail
36|4|4|H|Début de période
37|4|4|H|Fin de période
38|0|11| |Solde en début de période
39|0|11| |Solde en fin de période
40|13|13| |Numéro fiscal
41|0|0| |Revenu fiscal de référence
42|0|0| |Situation du foyer
43|0|0| |Nombre de parts
44|13|13| |Référence d’avis d’impôt
45|4|4| |Année des revenus
46|0|38| |Déclarant 1
47|13|13| |Numéro fiscal du déclarant 1
48|0|38| |Déclarant 2
49|13|13| |Numéro fiscal du déclarant 2
4A|8|8|D|Date de mise en recouvrement
50|14|14| |SIRET de l’employeur
51|6|6| |Nombre d’heures travaillées
52|7|7| |Cumul d’heures travaillées
53|4|4|H|Début de période
54|4|4|H|Fin de période
55|8|8|D|Début de contrat
56|4|4|H|Fin de contrat
57|8|8|D|Signature du contrat
58|0|11| |Salaire net imposable
59|0|12| |Cumul du salaire net imposable
5A|0|11| |Salaire brut du mois
5B|0|12| |Cumul du salaire brut
5C|0|11| |Salaire net
5D|0|38| |Adresse de l’employeur, ligne 2
5E|0|38| |Adresse de l’employeur, ligne 3
5F|0|38| |Adresse de l’employeur, ligne 4
5G|0|38| |Adresse de l’employeur, ligne 5
5H|5|5| |Code postal de l’employeur
5I|0|32| |Localité de l’employeur
5J|2|2| |Pays de l’employeur
5K|0|50| |Identifiant de cotisant
60|0|60|/|Prénoms
61|0|20| |Prénom
62|0|38| |Nom de naissance
63|0|38| |Nom d’usage
64|0|38| |Nom d’époux ou d’épouse
65|2|2| |Type de pièce d’identité
66|0|20| |Numéro de la pièce d’identité
67|2|2| |Nationalité
68|1|1| |Sexe
69|8|8|D|Date de naissance
6A|0|32| |Lieu de naissance
6B|3|3| |Département du bureau émetteur
6C|2|2| |Pays de naissance
6D|0|60| |Père
6E|0|60| |Mère
6F|0|90| |Zone lisible
6G|1|38| |Nom
6H|1|10| |Civilité
6I|2|2| |Pays émetteur
70|12|12|T|Décès le
71|12|12|T|Constat du décès le
72|0|38| |Nom du défunt
73|0|60|/|Prénoms du défunt
74|0|38| |Nom de jeune fille du défunt
75|8|8|D|Date de naissance du défunt
76|1|1| |Sexe du défunt
77|0|45| |Commune de décès
78|5|5| |Code postal de la commune de décès
79|0|114| |Domicile du défunt
7A|5|5| |Code postal du domicile du défunt
7B|0|45| |Commune du domicile du défunt
7C|1|1| |Obstacle médico-légal
7D|1|1| |Mise en bière
7E|1|1| |Obstacle aux soins de conservation
7F|1|1| |Obstacle aux dons du corps
7G|1|1| |Recherche de la cause du décès
7H|2|2| |Délai de transport du corps
7I|1|1| |Prothèse avec pile
7J|1|1| |Retrait de la pile de prothèse
7K|13|13| |Code NNC
7L|9|9| |FINESS de l’organisme agréé
7M|0|64| |Médecin
7N|0|128| |Lieu de validation du certificat de décès
7O|1|1| |Certificat de décès supplémentaire
80|0|38| |Nom
81|0|60|/|Prénoms
82|0|20| |Numéro de carte
83|0|40| |Organisme de tutelle
84|0|40| |Profession
90|0|38|/|Huissier de justice
91|0|38|/|Demandeur
92|0|38|/|Destinataire
93|0|38|/|Tiers concerné
94|0|38| |Intitulé de l’acte
95|0|18| |Numéro de l’acte
96|8|8|D|Date de signature de l’acte
A0|2|2| |Pays d’immatriculation
A1|0|17| |Immatriculation
A2|0|17| |Marque
A3|0|17| |Nom commercial
A4|17|17| |Numéro de série
A5|3|3| |Catégorie du véhicule
A6|2|2| |Carburant
A7|3|3| |CO2 (g/km)
A8|0|12| |Classe environnementale
A9|3|3| |Classe d’émission polluante
AA|8|8|D|Première immatriculation
AB|0|8| |Type de lettre
AC|0|19| |Numéro de dossier
AD|4|4|H|Date de l’infraction
AE|4|4| |Heure de l’infraction
AF|1|1| |Points retirés
AG|1|1| |Solde de points
AH|0|30| |Numéro de la carte
AI|8|8|D|Expiration initiale
AJ|13|13| |Numéro EVTC
AK|7|7| |Numéro de macaron
AL|11|11| |Numéro de la carte
AM|0|5| |Motif de surclassement
B0|0|60|/|Prénoms
B1|0|20| |Prénom
B2|0|38| |Nom de naissance
B3|0|38| |Nom d’usage
B4|0|38| |Nom d’époux ou d’épouse
B5|2|2| |Nationalité
B6|1|1| |Sexe
B7|8|8|D|Date de naissance
B8|0|32| |Lieu de naissance
B9|2|2| |Pays de naissance
BA|1|1| |Mention
BB|0|50| |Numéro d’étudiant
BC|0|20| |Numéro du diplôme
BD|1|1| |Niveau du diplôme
BE|3|3| |Crédits ECTS
BF|3|3| |Année universitaire
BG|2|2| |Type de diplôme
BH|0|30| |Domaine
BI|0|30| |Mention
BJ|0|30| |Spécialité
BK|14|14| |Numéro de l’attestation CVEC
F0|0|0| |Prénoms
F1|0|0| |Nom
F2|8|8|D|Date de naissance
F3|1|1| |Sexe
F4|0|0| |Code LOINC de l’examen
F5|1|1| |Résultat
F6|12|12|T|Prélèvement le
L0|0|0| |Nom
L1|0|0| |Prénoms
L2|8|8|D|Date de naissance
L3|0|0| |Maladie
L4|0|0| |Type de vaccin (ATC)
L5|0|0| |Vaccin
L6|0|0| |Fabricant
L7|1|1| |Rang de la dose
L8|1|1| |Doses attendues
L9|8|8|D|Dernière injection le
LA|2|2| |État
`
