package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// The unmistakable patient: every field is a word that stands nowhere else.
var unmistakable = []string{
	"ZYXQNAISSANCE", "ZYXQUSAGE", "Zyxqprenom", "279035121518989", "1979-03-01", "zyxqidentifiant",
	"zyxqallergene", "zyxqreaction", "zyxqmedicament", "zyxqposologie", "zyxqprobleme", "zyxqdirective",
	"zyxqnote", photographPlace, "zyxqplus",
}

func unmistakableSummary() *record.Summary {
	text := func(s string) record.Concept { return record.Concept{Label: s} }
	return &record.Summary{
		Patient: record.Patient{
			INS: record.INS{Matricule: "279035121518989", OID: record.OIDINSTest}, BirthName: "ZYXQNAISSANCE", UsedName: "ZYXQUSAGE",
			GivenNames: []string{"Zyxqprenom"}, BirthDate: "1979-03-01", Sex: record.Female, BirthPlace: "51215",
			Identifiers: []record.CodeValue{{System: "urn:oid:1.2.3", Value: "zyxqidentifiant"}},
		},
		UpdatedAt: record.DateOf(time.Now().Add(-time.Hour)),
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{{
			Substance: text("zyxqallergene"), Reactions: []record.Reaction{{Manifestations: []record.Concept{text("zyxqreaction")}}}}}},
		Medications: record.Section[record.Medication]{Entries: []record.Medication{{
			Drug: text("zyxqmedicament"), Status: "active", Dosages: []record.Dosage{{Text: "zyxqposologie"}}}}},
		Problems:   record.Section[record.Problem]{Entries: []record.Problem{{Condition: text("zyxqprobleme"), Status: "active"}}},
		Directives: record.Section[record.Statement]{Entries: []record.Statement{{What: text("zyxqdirective")}}},
	}
}

// spellings are the ways in which a program may have written a word without meaning
// to hide it.
func spellings(word string) map[string][]byte {
	out := map[string][]byte{"UTF-8": []byte(word), "hexadecimal": []byte(hex.EncodeToString([]byte(word)))}
	for name, order := range map[string]int{"UTF-16BE": 0, "UTF-16LE": 1} {
		var b []byte
		for _, u := range utf16.Encode([]rune(word)) {
			pair := []byte{byte(u >> 8), byte(u)}
			b = append(b, pair[order], pair[1-order])
		}
		out[name] = b
	}
	for shift := range 3 {
		// Encoded at each of the three alignments; the ends depend on the neighbours.
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), word...))
		out["base64+"+string(rune('0'+shift))] = []byte(strings.TrimRight(text, "=")[(shift*8+5)/6 : (shift+len(word))*8/6])
	}
	return out
}

// tells returns the words that data has, in whatever spelling and case.
func tells(data []byte) (found []string) {
	lower := bytes.ToLower(data)
	for _, word := range unmistakable {
		for name, spelt := range spellings(word) {
			if bytes.Contains(data, spelt) || bytes.Contains(lower, bytes.ToLower([]byte(word))) {
				found = append(found, word+" as "+name)
				break
			}
		}
	}
	return found
}

// tellsNothing fails when a file in dir, or within a zip in it, tells anything.
func tellsNothing(t *testing.T, when, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if found := tells([]byte(path)); len(found) > 0 {
			t.Errorf("%s: the name of %s tells %v", when, path, found)
		}
		if found := tells(data); len(found) > 0 {
			t.Errorf("%s: %s tells %v", when, path, found)
		}
		for name, part := range parts(path) {
			if found := tells(part); len(found) > 0 {
				t.Errorf("%s: %s in %s tells %v", when, name, path, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parts are the files within a zip.
func parts(path string) map[string][]byte {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			continue
		}
		out[f.Name], _ = io.ReadAll(in)
		_ = in.Close()
	}
	return out
}

// TestNothingTellsThePatient records an unmistakable patient through the command
// line and searches whatever the program wrote: files, temporary ones too, file
// names, errors, and what verbs say that have no business to name anybody.
func TestNothingTellsThePatient(t *testing.T) {
	data := practice(t)
	out, paper, temporary := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	source, sheet, photo := filepath.Join(paper, "s.json"), filepath.Join(paper, "sheet.pdf"), filepath.Join(paper, "p.jpg")
	text, err := json.Marshal(unmistakableSummary())
	if err := errors.Join(err, os.WriteFile(source, text, 0o600), os.WriteFile(photo, photograph(), 0o600)); err != nil {
		t.Fatal(err)
	}
	// The control: what this test searches for is there where it should be.
	if found := tells(text); len(found) < len(unmistakable)-3 {
		t.Fatalf("the summary itself tells only %v", found)
	}
	quiet := func(want int, args ...string) {
		t.Helper()
		code, stdout, stderr := cli(t, append(args, "--data", data)...)
		if code != want {
			t.Fatalf("%s: status %d, want %d\n%s%s", strings.Join(args, " "), code, want, stdout, stderr)
		}
		if found := tells([]byte(stderr)); len(found) > 0 {
			t.Errorf("%s: stderr tells %v", args[:2], found)
		}
		switch args[0] + " " + args[1] {
		case "journal list", "journal show", "journal drafts":
			return // they are for the doctor's eyes
		}
		if args[0] != "scan" {
			if found := tells([]byte(stdout)); len(found) > 0 {
				t.Errorf("%s: stdout tells %v", args[:2], found)
			}
		}
	}
	quiet(0, "print", source, "-o", sheet)
	quiet(0, "scan", sheet, "--record", "--note", "zyxqnote", "--author", "99970000008", "--photo", photo)
	tellsNothing(t, "recorded", data)

	url, stop := runRecipient(t, "--data", filepath.Join(paper, "received"), "--refuse", "1", "--drop-answers", "1")
	defer stop()
	cli(t, "sync", "once", "--url", "http://127.0.0.1:9", "--data", data) // nobody answers
	tellsNothing(t, "failed", data)
	code, stdout, stderr := cli(t, "sync", "once", "--url", url, "--settle", "200ms", "--timeout", "5s", "--data", data)
	if found := tells([]byte(stdout + stderr)); code == exitUsage || len(found) > 0 {
		t.Errorf("sync: status %d, tells %v", code, found)
	}
	tellsNothing(t, "sent", data)

	quiet(0, "journal", "list")
	quiet(0, "journal", "verify")
	quiet(0, "journal", "protect")
	quiet(0, "journal", "head")
	quiet(0, "sync", "status")
	quiet(0, "journal", "export", "-o", filepath.Join(out, "preuve.zip"))
	quiet(0, "journal", "backup", "-o", filepath.Join(out, "b.zip"))
	quiet(0, "journal", "purge", "--after", "0", "--dry-run")
	quiet(0, "journal", "compact")
	if n := tellsNothing(t, "kept", data) + tellsNothing(t, "written", out); n < 6 {
		t.Errorf("only %d files were searched", n)
	}

	// The control: an export with content tells everything that the journal has, but
	// for the place where the photograph was taken.
	full := filepath.Join(paper, "tout.zip")
	must(t, "journal", "export", "-o", full, "--content", "--data", data)
	all := ""
	for _, part := range parts(full) {
		all += string(part)
	}
	if found := strings.Join(tells([]byte(all)), " "); !strings.Contains(found, "zyxqnote") || !strings.Contains(found, "ZYXQNAISSANCE") || strings.Contains(found, photographPlace) {
		t.Errorf("an export with content tells %s", found)
	}
	err = filepath.WalkDir(filepath.Join(paper, "received"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var file []byte
			if file, err = os.ReadFile(path); bytes.Contains(file, []byte(photographPlace)) {
				t.Error("the recipient knows where the photograph was taken")
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	// A program that ends in the middle of everything.
	journal, err := store.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	ctx := context.Background()
	read := reading{}
	read.Summary = unmistakableSummary()
	author := record.Author{RPPS: "99970000008"}
	for i := range 30 {
		c, err := consultationOf(read, time.Now().Add(time.Duration(i)*time.Hour), author, "zyxqplus zyxqnote")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := recordConsultation(ctx, journal, c); err != nil {
			t.Fatal(err)
		}
	}
	c, err := consultationOf(read, time.Now(), author, "zyxqnote")
	if err != nil {
		t.Fatal(err)
	}
	draft, err := journal.SaveDraft(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	whole := photograph()
	if _, err := journal.Attach(ctx, draft, bytes.NewReader(whole[:len(whole)-2])); err == nil || len(tells([]byte(err.Error()))) > 0 {
		t.Errorf("half a photograph: %v", err)
	}
	if logs, _ := filepath.Glob(filepath.Join(data, "journal.wal*")); len(logs) == 0 {
		t.Error("there is no log: this part of the test searches nothing new")
	}
	tellsNothing(t, "crashed", data)
	tellsNothing(t, "temporary", temporary)
}
