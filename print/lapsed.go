package print

import "github.com/zoneblanche/zoneblanche/record"

// This file has the words for a treatment that is over by its own end date and
// still said to be going on. Which of the two is wrong only a person can tell: it is
// shown, apart from the current ones ([record.Summary.SortAt]), and says both.

const lapsedChip = "À VÉRIFIER"

// What stands beside a date of update that has not come yet.
const (
	futureMention = "DATE DANS LE FUTUR"
	futureAdvice  = "Date fausse : vérifiez chaque point avec le patient."
)

// lapsedWords is said in place of "jusqu’au".
func lapsedWords(m record.Medication) string {
	words := "terminé selon sa date de fin le\u00a0" + m.End.French()
	if len(m.End) < len("2009-03-14") {
		words = "terminé selon sa date de fin en\u00a0" + m.End.French()
	}
	switch m.Status {
	case "active":
		return words + ", encore marqué actif"
	case "intended":
		return words + ", encore marqué prévu"
	}
	return words
}
