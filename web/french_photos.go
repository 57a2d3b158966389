package web

import (
	"fmt"
	"math"

	"github.com/zoneblanche/zoneblanche/internal/ruler"
)

// This file has the sentences about photographs and measuring.

const (
	sayNoPhoto        = "Aucune photographie reçue."
	nextNoPhoto       = "Choisissez un ou plusieurs fichiers JPEG ou PNG, ou prenez une photographie."
	sayCaptionRefused = "Cette légende est trop longue (300 caractères au plus) ou contient des caractères de commande."

	sayNoScale       = "Cette photographie ne peut pas être mesurée : aucun code de la feuille du patient n’y est lisible."
	nextNoScale      = "Posez la feuille à plat contre la zone, dans le même plan, un code entier bien net, et photographiez d’en face."
	sayOtherScale    = "Cette photographie ne peut pas être mesurée : le code visible n’est pas celui de la feuille de ce patient."
	nextOtherScale   = "Vérifiez que la photographie est bien celle de ce patient, puis reprenez-la avec sa feuille."
	sayScaleSmall    = "Cette photographie ne peut pas être mesurée : le code y est trop petit."
	nextScaleSmall   = "Photographiez de plus près : le code doit occuper au moins un dixième de la largeur de l’image."
	sayScaleOblique  = "Cette photographie ne peut pas être mesurée : la feuille est vue trop de biais."
	nextScaleOblique = "Photographiez d’en face, l’appareil parallèle à la feuille."
	sayWhichCode     = "Dites d’abord si le code visible est celui de la feuille ou celui de la carte découpée."
	sayNoPoints      = "Placez les deux points aux deux bouts de ce que vous mesurez."
	sayUncertain     = "Trop incertain pour être mesuré : ces points sont trop loin du code. Reprenez la photographie, la feuille plus près de la zone, et de plus près."
)

// measuredWords is a length as the page says it.
func measuredWords(l ruler.Length) string {
	return fmt.Sprintf("Environ %d mm, à %d mm près.", int(math.Round(l.MM)), int(max(1, math.Ceil(l.Within))))
}

// captionWords is a length as the caption keeps it.
func captionWords(l ruler.Length) string {
	return fmt.Sprintf("mesuré à l’écran, environ %d mm", int(math.Round(l.MM)))
}
