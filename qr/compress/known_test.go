package compress

// The codes of section 3.7 of doc/card-format.md.
const (
	knownPlain  = "6a36092de9c26c6a304b1f1db1774dd9789fb1c6a0541330b6bedbf06d033851"
	knownTaught = "7f5a8d790360c0e8efa303f21c11"
	knownPrior  = "45ab3670a83491b57dfa3cd2"
)
