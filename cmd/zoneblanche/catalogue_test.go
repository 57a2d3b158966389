package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reasonPattern finds the reasons that packages give to their errors.
var reasonPattern = regexp.MustCompile(`(?:Reason:\s*|Reason[A-Z]\w*\s*=\s*|(?:invalid|conflict|fail|refused|ipsError)\((?:op, )?)"([a-z_]+)"`)

// internalReasons are those that only a defect of ours can cause; they fall to the
// row "L’opération a échoué" with their detail.
var internalReasons = map[string]bool{
	// fhir and store, of what scan --record builds
	"not_fhir": true, "id": true, "acted_at": true, "source_id": true, "consultation": true, "submission": true,
	"replaces": true, "photograph": true, "note_id": true, "consulted": true,
	// print and qr, of what print builds
	"no_summary": true, "no_date": true, "symbol": true, "signing_key": true, "issued_at": true, "card_id": true,
	// fhir, of an export, which no verb makes yet
	"number": true, "component": true, "observation_value": true, "count": true,
	// of wrong calls
	"no_page": true, "journal_closed": true, "journal_read_only": true, "wrong_state": true, "no_receipt": true,
	"algorithm": true, "date": true, "trust_key": true,
}

// Every reason that a package gives has its row, so that nobody reads a key.
func TestEveryReasonHasASentence(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "web" {
			return fs.SkipDir // the pages have a catalogue of their own, and a test of it
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range reasonPattern.FindAllStringSubmatch(string(data), -1) {
			found++
			if _, ok := failuresByReason[m[1]]; !ok && !internalReasons[m[1]] {
				t.Errorf("%s gives the reason %q, which has no sentence", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 40 {
		t.Errorf("found %d reasons: the pattern no longer sees them", found)
	}
}
