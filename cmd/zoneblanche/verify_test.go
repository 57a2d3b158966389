package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// emergencyStart is how the text of an emergency symbol begins: the prefix, then
// base45 of the COSE_Sign1 tag and array header.
const emergencyStart = "ZB1:RRQ"

func emergencyOf(t *testing.T, texts []string) string {
	t.Helper()
	for _, text := range texts {
		if strings.HasPrefix(text, emergencyStart) {
			return text
		}
	}
	t.Fatal("no emergency symbol on the sheet")
	return ""
}

// answer is verify's line with the content of a card.
type answer struct {
	verdictResult
	Content *record.Summary `json:"content"`
}

// answers runs verify --json on texts and returns its answers.
func answers(t *testing.T, data string, texts ...string) (int, []answer) {
	t.Helper()
	code, stdout, _ := cli(t, "verify", "--json", "--data", data, saved(t, texts...))
	var all []answer
	for _, line := range strings.Split(strings.TrimSpace(stdout), "\n") {
		var r answer
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, r)
	}
	return code, all
}

func TestVerifyTextOfASheet(t *testing.T) {
	data := practice(t)
	texts := codes(t, data, "ehpad-neuf-traitements")
	if len(texts) < 4 {
		t.Fatalf("got %d codes, want an emergency code and at least three parts", len(texts))
	}
	code, all := answers(t, data, texts...)
	if code != 0 || len(all) != 1 || all[0].Verdict != record.Authentic {
		t.Fatalf("whole card: got %d, %+v", code, all)
	}
	if n := all[0].Content.Medications.Len(); n != 9 {
		t.Errorf("got %d treatments, want nine", n)
	}

	emergency := emergencyOf(t, texts)
	code, all = answers(t, data, emergency)
	if code != 3 || all[0].Verdict != record.Incomplete || all[0].Content == nil {
		t.Errorf("emergency code alone: got %d, %+v, want an incomplete card that shows what is in", code, all)
	}

	altered := alter(emergency)
	code, all = answers(t, data, altered)
	if code != 20 || all[0].Verdict != record.NotAuthentic || all[0].Content != nil {
		t.Errorf("altered: got %d, %+v", code, all)
	}
	code, all = answers(t, data, emergency[:len(emergency)/2/3*3+1])
	if code != 25 && code != 20 || all[0].Content != nil {
		t.Errorf("cut short: got %d, %+v", code, all)
	}

	code, all = answers(t, t.TempDir(), texts...)
	if code != 21 || all[0].Verdict != record.UnknownIssuer || all[0].Content != nil {
		t.Errorf("nobody trusted: got %d, %+v", code, all)
	}
	code, all = answers(t, practice(t), texts...)
	if code != 21 || all[0].Verdict != record.UnknownIssuer || all[0].Content != nil {
		t.Errorf("another practice: got %d, %+v", code, all)
	}
}

// alter lowers one character in the middle, which keeps the text good base45.
func alter(text string) string {
	for i := len(text) / 2; ; i++ {
		if text[i] != '0' {
			return text[:i] + "0" + text[i+1:]
		}
	}
}

func TestStaleSheet(t *testing.T) {
	data := practice(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	must(t, "print", patientFile("allergies-non-renseignees"), "-o", sheet, "--data", data)
	stdout := must(t, "scan", sheet, "--data", data, "--json")
	if !strings.Contains(stdout, `"verdict":"stale"`) || !strings.Contains(stdout, `"allergies":{"state":"no_information"}`) {
		t.Errorf("got %s", stdout)
	}
	stdout = must(t, "scan", sheet, "--data", data)
	if !strings.Contains(stdout, "Authentique mais ancienne") || !strings.Contains(stdout, "NON RENSEIGNÉ") {
		t.Errorf("got %s", stdout)
	}
}

func TestMaskedElementLeavesNoTrace(t *testing.T) {
	data := practice(t)
	sheet := filepath.Join(t.TempDir(), "sheet.pdf")
	code, _, stderr := cli(t, "print", patientFile("grossesse-allergie-penicilline"), "-o", sheet, "--data", data, "--mask", "pregnancy")
	if code != 0 || !strings.Contains(stderr, "masqué à la demande du patient") {
		t.Fatalf("got %d, %s", code, stderr)
	}
	if stdout := must(t, "scan", sheet, "--data", data, "--json"); !strings.Contains(stdout, `"pregnancy":{"state":"no_information"}`) {
		t.Errorf("got %s", stdout)
	}
}

func TestCardStats(t *testing.T) {
	var r statsResult
	if err := json.Unmarshal([]byte(must(t, "card", "stats", "--json", patientFile("ehpad-neuf-traitements"))), &r); err != nil {
		t.Fatal(err)
	}
	if r.Carried == 0 || r.Entries != r.Carried+len(r.LeftOut) || r.CBOR == 0 || r.Signed == 0 || r.Bits == 0 {
		t.Errorf("got %+v", r)
	}
	for _, s := range r.Symbols {
		if s.Chars > 600 || s.Version > 15 || s.ECC != "M" {
			t.Errorf("got %+v, want at most 600 characters, version 15, M", s)
		}
	}
}
