package advice

// This file is the catalogue of what people read of this package, in French.

var sentences = map[Cause]string{
	Dark:    "L’image est trop sombre : ajoutez de la lumière, ou approchez-vous d’une fenêtre.",
	NoCode:  "Aucun code n’est visible sur cette image : cadrez le code en entier et de près, puis vérifiez que l’image est nette et bien éclairée.",
	Cut:     "Le code sort de l’image : reculez un peu et cadrez-le en entier, avec du blanc tout autour.",
	Glare:   "Un reflet cache une partie du code : inclinez la feuille ou éteignez le flash.",
	Hidden:  "Une partie du code est cachée ou tachée : dégagez-la, dépliez la feuille, et recommencez.",
	Small:   "Le code est trop petit sur l’image : rapprochez-vous, ou numérisez à 300 points par pouce.",
	Blurred: "L’image est floue : tenez l’appareil immobile et attendez la mise au point, ou reculez un peu s’il est trop près.",
	Faint:   "Le code est trop pâle : éclairez davantage, ou réimprimez-le avec plus d’encre.",
	Unknown: "Un code est visible, mais n’a pas pu être lu : mettez la feuille bien à plat, photographiez-la d’en face, et un code à la fois.",
	NotOurs: "Ce code n’est pas celui d’une synthèse médicale : cherchez sur la feuille celui qui porte « Code d’urgence ».",
}

// French is the advice in one sentence.
func (a Advice) French() string { return a.Cause.French() }

// French is what to change, in one sentence.
func (c Cause) French() string { return sentences[c] }
