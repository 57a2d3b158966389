package wedge

// This file is the catalogue of what people read of this package, in French.

var layoutNames = map[string]string{
	"us":       "QWERTY américain",
	"fr":       "AZERTY français",
	"be":       "AZERTY belge",
	"fr-mac":   "AZERTY français de Mac",
	"ch-fr":    "suisse romand",
	"ca-fr":    "canadien français",
	"ca-multi": "canadien multilingue",
	"bepo":     "BÉPO",
	"afnor":    "AZERTY normalisé (AFNOR)",
	"de":       "QWERTZ allemand",
	"gb":       "QWERTY britannique",
}

const (
	wordScanner  = "lecteur réglé pour un clavier "
	wordHost     = ", ordinateur réglé pour un clavier "
	wordCapsLock = ", majuscules verrouillées"
	wordLearnt   = "correspondance apprise sur la feuille d’étalonnage"
)

// French names the table: how the scanner is set, and the computer. Computers that
// type codes alike go by the first one's name.
func (t *Table) French() string {
	if t.ID == "" {
		return wordLearnt
	}
	name := wordScanner + layoutNames[t.scanner] + wordHost + layoutNames[t.host]
	if t.CapsLock() {
		name += wordCapsLock
	}
	return name
}
