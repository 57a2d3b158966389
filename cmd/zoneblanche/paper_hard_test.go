package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// hardPatients writes the summaries that paper has trouble with, and returns their
// files.
func hardPatients(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for name, s := range map[string]*record.Summary{"lettres": everyLetter(), "balises": markup(), "posologie": longPosology(), "quatre-cents": fourHundred()} {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func somebody() *record.Summary {
	s := &record.Summary{
		Patient:   record.Patient{BirthName: "Essai", GivenNames: []string{"Ana"}, BirthDate: "1950-01-01", Sex: record.Female},
		UpdatedAt: "2026-11-01",
	}
	s.Allergies.Entries = []record.Allergy{{Substance: record.Text("Latex")}}
	return s
}

// europeanLetters are the small letters of the European languages that write in Latin,
// those of transliteration included, with their capitals by their side.
const europeanLetters = "àâäáãåāăąæçćĉċčďđðéèêëēĕėęěĝğġģĥħíìîïĩīĭįıĵķĺļľŀłñńņňŉŋóòôöõøōŏőœŕŗřśŝşšșţťŧțúùûüũūŭůűųŵẁẃẅýÿŷỳźżžþßǎǐǒǔǧǩǫǻǽǿḃḋḟṁṗṡṫẽẑ"

// everyLetter has names with every European letter, and one in Arabic script.
func everyLetter() *record.Summary {
	s := somebody()
	s.Patient.GivenNames = []string{"Zoë", "Łucja"}
	s.Patient.BirthName, s.Patient.UsedName = "Dvořáková", "Þorláksdóttir"
	s.Patient.Original = "محمد الأمين"
	letters := []rune(europeanLetters)
	for i := 0; i < len(letters); i += 12 {
		part := string(letters[i:min(i+12, len(letters))])
		s.Contacts = append(s.Contacts, record.Contact{Role: record.RoleEmergency, Name: part + " " + strings.ToUpper(strings.Map(withCapital, part)), Phone: "0639980001"})
	}
	return s
}

// withCapital drops the letters whose capital is two letters or another word.
func withCapital(r rune) rune {
	if strings.ContainsRune("ßŉı", r) {
		return -1
	}
	return r
}

func markup() *record.Summary {
	s := somebody()
	s.Problems.Entries = []record.Problem{{Condition: record.Text(`<script>alert(1)</script> & "x"`), Note: "<b>gras</b> &lt;non&gt; --> \\(fin"}}
	s.Contacts = []record.Contact{{Role: record.RoleTrusted, Name: "</div><img src=x onerror=alert(2)>", Phone: "0639980001"}}
	return s
}

func longPosology() *record.Summary {
	s := somebody()
	text := strings.TrimSpace(strings.Repeat("2 gélules le matin à jeun, puis 1 le soir, arrêter en cas de vertiges ou d’œdème. ", 8))
	s.Medications.Entries = []record.Medication{{Drug: record.Text("Prednisone 20 mg"), Dosages: []record.Dosage{{Text: string([]rune(text)[:600])}}}}
	return s
}

// fourHundred has more than twelve symbols hold.
func fourHundred() *record.Summary {
	s := somebody()
	words := strings.Fields("fièvre bilan toux marche sommeil appétit peau vue ouïe dos genou main")
	random := uint32(7)
	word := func() string {
		random = random*1664525 + 1013904223
		return fmt.Sprintf("%s%x", words[random>>8%uint32(len(words))%uint32(len(words))], random>>12)
	}
	for i := range 400 {
		s.Results.Entries = append(s.Results.Entries, record.Observation{
			What: record.Text(fmt.Sprintf("Analyse-%d %s", i, word())), Quantity: record.Quantity{Value: fmt.Sprint(i), Unit: "mmol/L"},
			Date: "2026-01-01", Note: word() + " " + word() + " " + word(),
		})
	}
	return s
}
