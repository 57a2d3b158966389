package compress

const (
	knownPlain  = ""
	knownTaught = ""
	knownPrior  = ""
)
