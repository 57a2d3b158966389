package foreign

// valuesCVX are the vaccines that SMART Health Cards were mostly made for, by their
// CVX codes (CDC, "IIS: Current HL7 Standard Code Set CVX").
var valuesCVX = map[string]string{
	"207": "Moderna COVID-19 (ARNm)",
	"208": "Pfizer-BioNTech COVID-19 (ARNm)",
	"210": "AstraZeneca COVID-19 (vecteur viral)",
	"211": "Novavax COVID-19 (protéine recombinante)",
	"212": "Janssen COVID-19 (vecteur viral)",
	"217": "Pfizer-BioNTech COVID-19 (ARNm, sans dilution)",
	"218": "Pfizer-BioNTech COVID-19 (ARNm, enfant)",
	"221": "Moderna COVID-19 (ARNm, rappel)",
	"229": "Moderna COVID-19 bivalent (ARNm)",
}

// wordCVX names a vaccine that a card names by its code alone.
func wordCVX(code string) string {
	if name := valuesCVX[code]; name != "" {
		return name
	}
	return "Vaccin de code CVX " + code
}
