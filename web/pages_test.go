package web

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// everyPage opens each page that there is and calls look with it.
func everyPage(t *testing.T, look func(name, body string)) {
	t.Helper()
	r := newRig(t, func(o *Options) { o.Token = "ABCDE-23456" })
	page := func(name, path string) {
		t.Helper()
		status, _, body := r.get(path)
		if status >= 500 {
			t.Errorf("%s: got %d", name, status)
		}
		look(name, body)
	}
	page("compte", "/premier-compte")
	s := r.signIn()
	page("connexion", "/connexion")
	page("lire", "/lire")
	page("error", "/nulle-part")
	page("envois-vide", "/envois")
	r.status = Status{Waiting: 1, Attention: 1, NextDeadline: testNow.Add(5 * time.Hour), LastContact: testNow.Add(-12 * time.Minute), Delivers: true}
	r.entries = []EntryDetail{{
		Entry: Entry{Patient: "Odette LE GALL", Item: record.Item{
			Entry: "018f0000-0000-7000-8000-000000000001", State: record.Attention, ActedAt: testNow.Add(-time.Hour), Deadline: testNow.Add(47 * time.Hour), Attempts: 1, LastError: "Matricule inconnu",
		}},
		Consultation: record.Consultation{Note: "Angine.", Author: doctor.author(), Card: record.CardRef{ID: "0011", Issuer: "Cabinet", Verdict: record.Authentic}},
		Attempts:     []record.AttemptInfo{{Number: 1, Started: testNow, Outcome: "refused"}},
	}}
	page("envois", "/envois")
	page("envoi", "/envois/018f0000-0000-7000-8000-000000000001")

	expired := sample()
	expired.Consents[0].Given = "2020-01-01"
	page("lecture-motif", r.open(expired))
	nothing := &record.Summary{Patient: sample().Patient}
	page("lecture-vide", r.open(nothing))
	part := cardReading(sample())
	part.Judgement, part.Complete, part.Locked = record.Judgement{Verdict: record.Incomplete, Lock: record.Locked}, false, true
	part.Summary.Allergies.Omitted, part.Summary.ContactsOmitted = 2, 1
	r.readings = []Reading{part}
	_, _, body := r.send("/lire", nil, "fichiers", "code A")
	look("lecture-protegee", body)
	part.Judgement, part.Locked, part.Summary = record.Judgement{Verdict: record.Incomplete, Detail: "le code d’urgence"}, false, nil
	r.readings = []Reading{part, {Title: "2D-DOC", Judgement: record.Judgement{Verdict: record.UnknownIssuer, Other: true}, Facts: []Fact{{"Nom", "Odette"}}}}
	_, _, body = r.send("/lire", nil, "fichiers", "code A", "fichiers", "white")
	look("lire-plusieurs", body)

	at := r.open(sample())
	page("lecture", at)
	r.post(at+"/confirmer", "personne", "oui")
	page("note", at+"/note")
	r.post(at+"/note", "note", "Angine.", "prescriptions", "Amoxicilline 1 g : 3 par jour\nZorglub", "examens", "TSH")
	page("signer", at+"/signer")
	_, _, body = r.get(at + "/signer")
	r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`), "malgre", "oui")
	page("fin", at+"/fin")

	page("patient", "/patient")
	page("saisie", "/patient/saisie")
	r.send("/patient", nil, "fichier", "{}")
	page("choix", "/patient/choix")
	r.post("/patient/choix", "code", "oui", "masquer", "allergies:1")
	page("feuille", "/patient/feuille")
	s.mu.Lock()
	s.locked = true
	s.mu.Unlock()
	page("verrou", "/verrou")
}

var (
	// An address with a scheme, or one that begins with two slashes.
	absolute = regexp.MustCompile(`(?i)(?:https?:|ftp:|wss?:|data:|javascript:)[^\s"'<>]*|(?:src|href|action|url)\s*[=(]\s*["']?//[^\s"'<>]*`)
	inline   = regexp.MustCompile(`(?i)<script(?:[^>]*[^/]?)>[^<]|<style|\sstyle\s*=|\son[a-z]+\s*=`)
	label    = regexp.MustCompile(`<label[^>]* for="([^"]+)"`)
	field    = regexp.MustCompile(`<(?:input|textarea|select)\b[^>]*>`)
	id       = regexp.MustCompile(` id="([^"]+)"`)
	form     = regexp.MustCompile(`<form\b[^>]*>`)
	image    = regexp.MustCompile(`<img\b[^>]*>`)
)

// No page has an address of elsewhere, a script or a style of its own, a field
// without a label, a name twice, or a form that a browser would send by its address.
func TestEveryPageKeepsTheRules(t *testing.T) {
	seen := 0
	everyPage(t, func(name, body string) {
		seen++
		for _, found := range absolute.FindAllString(body, -1) {
			t.Errorf("%s: has the address %q", name, found)
		}
		for _, found := range inline.FindAllString(body, -1) {
			t.Errorf("%s: has %q", name, found)
		}
		labelled := map[string]bool{}
		for _, m := range label.FindAllStringSubmatch(body, -1) {
			labelled[m[1]] = true
		}
		for _, f := range field.FindAllString(body, -1) {
			m := id.FindStringSubmatch(f)
			wrapped := strings.Contains(f, `type="checkbox"`) || strings.Contains(f, `type="radio"`)
			if !strings.Contains(f, `type="hidden"`) && !wrapped && (m == nil || !labelled[m[1]]) {
				t.Errorf("%s: no label for %s", name, f)
			}
		}
		ids := map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(body, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two elements have the id %s", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, f := range form.FindAllString(body, -1) {
			if !strings.Contains(f, `method="post"`) {
				t.Errorf("%s: the form %s would put what is typed into an address", name, f)
			}
		}
		for _, i := range image.FindAllString(body, -1) {
			if !strings.Contains(i, " alt=") {
				t.Errorf("%s: no words for %s", name, i)
			}
		}
		if strings.Count(body, "<h1") != 1 || !strings.Contains(body, `<html lang="fr">`) || !strings.Contains(body, `href="#main"`) {
			t.Errorf("%s: lacks a heading, a language or a way past the head", name)
		}
	})
	if seen < 20 {
		t.Errorf("got %d pages", seen)
	}
}

func TestAssetsFetchNothingFromElsewhere(t *testing.T) {
	n := 0
	err := fs.WalkDir(assetFiles, "assets", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		data, err := assetFiles.ReadFile(path)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(data), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, found := range absolute.FindAllString(text, -1) {
			t.Errorf("%s: has the address %q", path, found)
		}
		for _, bad := range []string{"innerHTML", "eval(", "document.write", "localStorage", "sessionStorage", "indexedDB", "caches.", "@import"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: has %q", path, bad)
			}
		}
		return nil
	})
	if err != nil || n < 4 {
		t.Errorf("got %d files, %v", n, err)
	}
}

var drawn = regexp.MustCompile(`[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

var moment = regexp.MustCompile(`\d\d/\d\d/\d{4} à \d\d h \d\d`)

// The pages that decide care are kept as they are, word for word.
func TestGoldenPages(t *testing.T) {
	golden := map[string]bool{"lecture": true, "lecture-vide": true, "lecture-protegee": true, "signer": true, "envois": true, "choix": true}
	everyPage(t, func(name, body string) {
		if !golden[name] {
			return
		}
		_, got, _ := strings.Cut(body, "<main")
		got, _, _ = strings.Cut(got, "</main>")
		got = "<main" + drawn.ReplaceAllString(got, "ID")
		got = moment.ReplaceAllString(got, "MOMENT") // depends on where the machine is
		got = regexp.MustCompile(`\n\s*\n+`).ReplaceAllString(got, "\n")
		path := filepath.Join("testdata", "golden", name+".html")
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	})
}
