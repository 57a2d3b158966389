package main

import (
	"flag"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/internal/browser"
)

// shots is where pictures of the pages are put, for doc/images and for looking.
var shots = flag.String("shots", "", "folder for pictures of the pages")

// examine holds a page to the rules of accessibility, in light and in dark, and takes
// its picture when pictures are wanted.
func examine(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	p.Eval("document.activeElement.blur(); scrollTo(0, 0)", nil)
	for _, complaint := range p.Complaints() {
		t.Errorf("%s: the browser complains: %s", name, complaint)
	}
	for _, dark := range []bool{true, false} {
		p.Dark(dark)
		for _, violation := range p.Axe() {
			t.Errorf("%s (dark: %v): %s", name, dark, violation)
		}
		if *shots != "" && dark {
			p.Shot(filepath.Join(*shots, name+"-sombre.png"), false)
		}
	}
	for _, wrong := range p.Sizes() {
		t.Errorf("%s: %s", name, wrong)
	}
	if *shots != "" {
		p.Shot(filepath.Join(*shots, name+".png"), false)
		p.Shot(filepath.Join(*shots, name+"-entier.png"), true)
	}
	// 200 % of a screen of 1366 pixels leaves 683, and 400 % of one of 1280 leaves 320:
	// nothing may need to be scrolled sideways.
	for _, width := range []int{683, 320} {
		p.Resize(width, 768)
		if over := p.Overflow(); over > 0 {
			t.Errorf("%s: %d px wider than a screen of %d px", name, over, width)
		}
	}
	p.Resize(1366, 768)
}

const (
	doctorName     = "Dr Camille Morel"
	doctorPassword = "quatre mots sans rapport"
)

// signUp makes the first account.
func signUp(p *browser.Page, ready serveReady) {
	p.Go(ready.URL)
	p.Type("#jeton", ready.Token)
	p.Type("#nom", doctorName)
	p.Type("#rpps", demoAuthor)
	p.Type("#mot-de-passe", doctorPassword)
	p.Type("#encore", doctorPassword)
	p.Follow("main button")
}

// The doctor's whole story in a browser: account, card, note, signature, outbox,
// receipt.
func TestDoctorInABrowser(t *testing.T) {
	data := practice(t)
	sheet := sheetOf(t, data, "ehpad-neuf-traitements")
	received := receiving(t)
	ready := serving(t, "--data", data, "--url", received)
	p := browser.Open(t, 1366, 768)
	p.Go(ready.URL)
	examine(t, p, "compte")
	signUp(p, ready)
	if got := p.Path(); got != "/lire" {
		t.Fatalf("after the account: got %s, want /lire", got)
	}
	examine(t, p, "lire")

	p.Files("#fichiers", sheet)
	began := time.Now()
	p.Follow("#drop button")
	t.Logf("sheet as a PDF to summary: %v", time.Since(began).Round(time.Millisecond))
	if name := p.Text("h1"); !strings.Contains(name, "LE GALL") {
		t.Errorf("got %q, want the name", name)
	}
	for _, want := range []string{"Sulfamides", "Codéine"} {
		if got := p.Text(".allergies"); !strings.Contains(got, want) {
			t.Errorf("allergies: got %q, want %s", got, want)
		}
	}
	// Also while the line above is at its longest.
	p.Eval(`(() => { const line = document.querySelector(".outbox"); line.classList.add("loud", "late");
		line.innerText = "Attention. 12 envois en attente, depuis plus de 44 heures : trouvez un réseau maintenant · échéance dans 3 h 59 · dernier contact il y a 44 h 12"; })()`, nil)
	for _, selector := range []string{".head", ".allergies", ".treatments", ".side", ".confirm button"} {
		var bottom float64
		p.Eval(`document.querySelector("`+selector+`").getBoundingClientRect().bottom`, &bottom)
		if bottom > 768 {
			t.Errorf("%s ends at %.0f px: not on the first screen of 1366×768", selector, bottom)
		}
	}
	p.Go(strings.TrimSuffix(ready.URL, "/") + p.Path())
	examine(t, p, "synthese")

	// Nothing is written before the identity is confirmed.
	here := p.Path()
	p.Go(strings.TrimSuffix(ready.URL, "/") + here + "/note")
	if got := p.Path(); got != here {
		t.Errorf("a note without confirmation: got %s, want %s", got, here)
	}
	p.Click(".confirm input")
	p.Follow(".confirm button")
	p.Type("#note", "Chute de sa hauteur ce matin, sans perte de connaissance. Douleur du poignet droit, pas de déformation.")
	p.Type("#prescriptions", "Paracétamol 1 g : 1 comprimé matin, midi et soir, 5 jours\nTramadol 50 mg : si douleur, 3 par jour au plus")
	p.Type("#examens", "Radiographie du poignet droit\nCréatinine")
	examine(t, p, "note")
	p.Follow("main form .actions button")
	if got := p.Text("main"); !strings.Contains(got, "Codéine") || !strings.Contains(got, "Prend déjà\u00a0: Paracétamol") {
		t.Errorf("the review does not warn: %s", got)
	}
	examine(t, p, "signer")
	p.Click(".check.danger input")
	p.Follow("form[action$=signer] .actions button")
	if got := p.Text("h1"); got != "Consultation enregistrée" {
		t.Fatalf("got %q: %s", got, p.Text("main"))
	}
	examine(t, p, "fin")
	p.Follow(".actions .second")
	entry := p.Path()
	for end := time.Now().Add(15 * time.Second); !strings.Contains(p.Text("main"), "Accusé de réception"); p.Go(strings.TrimSuffix(ready.URL, "/") + entry) {
		if time.Now().After(end) {
			t.Fatalf("no receipt: %s", p.Text("main"))
		}
		time.Sleep(100 * time.Millisecond)
	}
	examine(t, p, "envoi")
	p.Go(ready.URL + "envois")
	if got := p.Text(".outbox"); !strings.Contains(got, "Rien à envoyer · dernier contact") {
		t.Errorf("outbox: got %q", got)
	}
	examine(t, p, "envois")

	// Locked by hand, and back.
	p.Follow(".who button")
	examine(t, p, "verrou")
	p.Type("#mot-de-passe", doctorPassword)
	p.Follow("main button")
	if got := p.Path(); got != "/envois" {
		t.Errorf("after unlocking: got %s, want /envois", got)
	}
	p.Go(ready.URL + "nulle-part")
	p.Complaints() // the browser says that it was told 404
	examine(t, p, "erreur")
	p.Follow(".who button")
	p.Follow(".other button")
	examine(t, p, "connexion")
}

// A patient fills in, is told what is missing, masks, and gets a sheet, in a kiosk.
func TestPatientInABrowser(t *testing.T) {
	ready := serving(t, "--kiosk", "--data", t.TempDir())
	p := browser.Open(t, 1366, 768)
	p.Go(ready.URL)
	examine(t, p, "patient")
	p.Follow("a.button")
	p.Type("#nom-naissance", "Lefèvre")
	p.Type("#prenoms", "Élise")
	p.Eval(`document.getElementById("naissance").value = "1948-05-12"`, nil)
	p.Click("input[name=sexe][value=F]")
	p.Click("input[name=traitements-reponse][value=liste]")
	p.Type("#traitements", "Ramipril 5 mg : 1 le matin\nParacétamol 1 g : si douleur")
	p.Type("#problemes", "Hypertension")
	p.Click("input[name=problemes-reponse][value=liste]")
	p.Type("#contact-nom", "Paul Lefèvre, son fils")
	p.Type("#contact-telephone", "06 39 98 00 00")
	examine(t, p, "saisie")
	p.Follow("main form > .actions button")
	if got := p.Text(".gap"); !strings.Contains(got, "Allergies non renseignées") {
		t.Errorf("what is missing: got %q", got)
	}
	p.Click("input[value='medications:2']")
	examine(t, p, "choix")
	p.Follow("main form > .actions button")
	if got := p.Text("h1"); got != "La feuille est prête" {
		t.Fatalf("got %q: %s", got, p.Text("main"))
	}
	if got := p.Text("main"); !strings.Contains(got, "Paracétamol") {
		t.Errorf("what was masked is not told: %s", got)
	}
	examine(t, p, "feuille")
	p.Follow("main form button")
	p.Go(ready.URL + "patient/feuille")
	if got := p.Path(); got != "/patient" {
		t.Errorf("after the end: got %s, want /patient", got)
	}
}

// tabTo moves the focus with the keyboard alone, and fails when nothing shows where
// it is.
func tabTo(t *testing.T, p *browser.Page, selector string) {
	t.Helper()
	for range 60 {
		p.Press("Tab")
		var there, visible bool
		p.Eval(`document.activeElement.matches(`+strconv.Quote(selector)+`)`, &there)
		if !there {
			continue
		}
		p.Eval(`(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 3; })()`, &visible)
		if !visible {
			t.Errorf("%s: the focus on %s cannot be seen", p.Path(), selector)
		}
		return
	}
	t.Fatalf("%s: the keyboard does not reach %s", p.Path(), selector)
}

// enter presses Enter and waits for the next page.
func enter(p *browser.Page) {
	before := p.Stamp()
	p.Press("Enter")
	p.UntilLeft(before)
}

// Reading, writing and signing work without JavaScript and without a mouse.
func TestDoctorWithTheKeyboardAndWithoutScripts(t *testing.T) {
	data := practice(t)
	texts := codes(t, data, "aucune-allergie-connue")
	ready := serving(t, "--data", data)
	p := browser.Open(t, 1366, 768)
	p.Scripts(false)
	p.Go(ready.URL)
	for _, field := range [][2]string{{"#nom", doctorName}, {"#rpps", demoAuthor}, {"#mot-de-passe", doctorPassword}, {"#encore", doctorPassword}} {
		if field[0] == "#nom" {
			p.Insert(ready.Token) // the first field has the focus
		}
		tabTo(t, p, field[0])
		p.Insert(field[1])
	}
	enter(p)
	if got := p.Path(); got != "/lire" {
		t.Fatalf("after the account: got %s: %s", got, p.Text("main"))
	}
	// The field for scanners has the focus, and a scanner ends with Enter.
	for _, text := range texts {
		p.Insert(text)
		enter(p)
		if p.Path() != "/lire" {
			break
		}
	}
	if got := p.Text(".allergies"); !strings.Contains(got, "Aucune allergie connue") {
		t.Fatalf("allergies: got %q", got)
	}
	tabTo(t, p, ".confirm input")
	p.Press("Space")
	tabTo(t, p, ".confirm button")
	enter(p)
	p.Insert("Plâtre retiré, mobilité complète.") // the note has the focus
	tabTo(t, p, "#examens")
	p.Insert("Cholestérol LDL")
	tabTo(t, p, "main form .actions button")
	enter(p)
	tabTo(t, p, "form[action$=signer] .actions button")
	enter(p)
	if got := p.Text("h1"); got != "Consultation enregistrée" {
		t.Fatalf("got %q: %s", got, p.Text("main"))
	}
}
