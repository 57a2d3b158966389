package main

// This part of the catalogue speaks of handheld scanners.

const (
	flagWedgeTest         = "écrit la feuille d’étalonnage d’un lecteur de codes tenu à la main, sans synthèse"
	sayCalibrationPrinted = "Feuille d’étalonnage écrite : %s\nÀ lire ensuite avec le lecteur : zoneblanche qr learn -\n"
	sayOneCalibration     = "Indiquez ce que le lecteur a tapé pour la feuille d’étalonnage, ou - pour le lire sur l’entrée standard."
	sayScanNow            = "Lisez maintenant le code de la feuille d’étalonnage avec le lecteur."
	sayLearnt             = "Lecteur reconnu : %s.\nCe poste s’en souvient.\n"
	sayCapsLock           = "Attention : les majuscules sont verrouillées sur ce poste. Si ce n’est pas voulu, déverrouillez-les et recommencez."
	sayKeyboard           = "Texte rétabli d’après le clavier : %s."
	sayScannerUnread      = "%s : ce qui a été appris du lecteur est abîmé et n’a pas servi. Recommencez avec « zoneblanche qr learn »."
)

var helpQRLearn = help{
	short: "apprend comment un lecteur tenu à la main tape sur ce poste",
	long: `Prend ce que le lecteur a tapé pour le code de la feuille d’étalonnage
(zoneblanche print --wedge-test -o feuille.pdf), en déduit les réglages du lecteur et du
clavier, et s’en souvient dans le dossier des données. Les claviers courants sont
reconnus même sans cela.`,
	example: "  zoneblanche qr learn -",
}
