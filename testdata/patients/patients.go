// Package patients holds the invented patients of the demonstration and of the
// tests. README.md says who they are.
package patients

import "embed"

// Files are the patients' summaries, FHIR R4 IPS documents.
//
//go:embed *.json
var Files embed.FS

// Demonstration names the six patients of the demonstration, in its order. The
// others serve tests.
var Demonstration = []string{
	"grossesse-allergie-penicilline.json",
	"enfant-diabete-type-1.json",
	"ehpad-neuf-traitements.json",
	"aucune-allergie-connue.json",
	"allergies-non-renseignees.json",
	"plaie-chronique-photographies.json",
}
