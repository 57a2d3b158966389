package main

import "fmt"

// What print says of a whole folder.
const (
	flagBatch   = "imprime chaque synthèse (.json) de ce DOSSIER ; -o nomme le dossier des feuilles, sinon le même"
	flagReplace = "avec --batch : remplace les feuilles qui existent déjà"

	sayReplaceAlone = "--replace ne va qu’avec --batch."
	sayBatchAlone   = "--batch prend un dossier, et aucun autre fichier."
	// Each of these asks something about one person.
	sayBatchOneByOne = "%s concerne une personne à la fois : imprimez cette feuille sans --batch."

	sayBatchLeftOut  = "%s : ne figure pas sur la feuille :\n"
	sayBatchAbout    = "%s : %s\n"
	sayBatchProgress = "%d sur %d\n"
	sayBatchBar      = "\r\x1b[K[%s%s] %d sur %d"
	sayBatchClear    = "\r\x1b[K"
)

// batchDone counts the sheets that were written.
func batchDone(n, of int, folder string) string {
	if n == 1 {
		return fmt.Sprintf("1 feuille écrite sur %d, dans %s.", of, folder)
	}
	return fmt.Sprintf("%d feuilles écrites sur %d, dans %s.", n, of, folder)
}

// batchFailed counts the files that made none, for a reason said beside each.
func batchFailed(n int) string {
	if n == 1 {
		return "1 fichier n’a pas donné de feuille : la raison est dite plus haut."
	}
	return fmt.Sprintf("%d fichiers n’ont pas donné de feuille : les raisons sont dites plus haut.", n)
}

// batchPartly counts the sheets that do not bear everything.
func batchPartly(n int) string {
	if n == 1 {
		return "1 feuille ne porte pas tout : ce qui manque est dit plus haut."
	}
	return fmt.Sprintf("%d feuilles ne portent pas tout : ce qui manque est dit plus haut.", n)
}

// batchUntried counts the files that nobody looked at.
func batchUntried(n int) string {
	if n == 1 {
		return "1 fichier n’a pas été traité. Les feuilles écrites sont entières."
	}
	return fmt.Sprintf("%d fichiers n’ont pas été traités. Les feuilles écrites sont entières.", n)
}
