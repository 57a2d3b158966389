package main

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/internal/browser"
	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/record"
)

// woundPhotograph is a photograph of a mark 34 mm from another, beside a code; a and b
// are where they are, in pixels.
func woundPhotograph(t *testing.T, text string) (path string, a, b ruler.Point) {
	t.Helper()
	sheet := markedSheet(t, text)
	sheet.Codes = sheet.Codes[:3]
	picture, scale := woundShot(sheet, 3)
	_, _, codes, err := new(desk).Codes(t.Context(), jpegOf(t, picture))
	if err != nil || len(codes) != 1 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	side := scale * 3
	found := outside(blobs(picture, int(side*side/3), int(side*side*1.6)), codes[0].Corners)
	if len(found) != 2 {
		t.Fatalf("%d marks are in the photograph", len(found))
	}
	path = filepath.Join(t.TempDir(), "plaie.jpg")
	if err := os.WriteFile(path, jpegOf(t, picture), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, found[0], found[1]
}

// pointAt clicks a place of the picture that is measured.
func pointAt(p *browser.Page, at ruler.Point) {
	p.Eval(fmt.Sprintf(`(() => { const i = document.getElementById("image"), b = i.getBoundingClientRect(), k = b.width / i.naturalWidth;
		i.dispatchEvent(new MouseEvent("click", {bubbles: true, clientX: b.x + %f * k, clientY: b.y + %f * k})); })()`, at.X, at.Y), nil)
}

// A wound is photographed and measured; the program stops in the middle of the note, and
// nothing is lost.
func TestCareInABrowser(t *testing.T) {
	data := practice(t)
	texts := codes(t, data, "plaie-chronique-photographies")
	photo, a, b := woundPhotograph(t, texts[0])
	var ready serveReady
	stop := running(t, &ready, "serve", "--json", "--listen", "127.0.0.1:0", "--data", data)
	p := browser.Open(t, 1366, 768)
	signUp(p, ready)
	p.Type("#texte", texts[0])
	p.Follow("#texte + button")
	here := p.Path()
	p.Click(".confirm input")
	p.Follow(".confirm button")
	p.Type("#note", "Plaie du talon droit, propre.")
	p.Until(`document.getElementById("note-state").textContent.startsWith("Brouillon gardé")`)

	// The program stops, and starts again.
	stop()
	p.Type("#note", " Pansement refait.")
	p.Until(`document.getElementById("note-state").textContent.startsWith("Zone Blanche ne répond plus")`)
	p.Complaints() // the browser says that nobody answered
	if *shots != "" {
		p.Shot(filepath.Join(*shots, "sans-reponse.png"), false)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(ready.URL, "http://"), "/")
	running(t, &ready, "serve", "--json", "--listen", address, "--data", data)
	p.Eval(`document.getElementById("note").dispatchEvent(new Event("input", {bubbles: true}))`, nil)
	p.Until(`document.getElementById("note-state").textContent.startsWith("Session verrouillée ou fermée")`)
	credentials, _ := json.Marshal([]string{doctorName, doctorPassword})
	p.Eval(`((c) => fetch("/connexion", {method: "POST", body: new URLSearchParams({nom: c[0], "mot-de-passe": c[1]})}).then(() => 1))(`+string(credentials)+`)`, nil) // in another tab
	p.Eval(`document.getElementById("note").dispatchEvent(new Event("input", {bubbles: true}))`, nil)
	p.Until(`document.getElementById("note-state").textContent.startsWith("Brouillon gardé")`)
	p.Complaints()

	// It is offered again where one begins.
	p.Go(ready.URL)
	if got := p.Text(".drafts"); !strings.Contains(got, "Reprendre") {
		t.Fatalf("drafts: got %q", got)
	}
	examine(t, p, "brouillons")
	p.Follow(".drafts .second")
	examine(t, p, "abandonner")
	p.Follow(".actions a.button")
	var note string
	p.Eval(`document.getElementById("note").value`, &note)
	if p.Path() != here+"/note" || note != "Plaie du talon droit, propre. Pansement refait." {
		t.Fatalf("got %s, %q", p.Path(), note)
	}

	p.Follow("#note-photos")
	p.Files("#fichiers", photo)
	p.Follow("#photos button[type=submit]")
	p.Type("input[name=legende]", "Talon droit")
	p.Follow("form[action$=legende] button")
	p.Until(`document.querySelector(".photos img").complete`)
	examine(t, p, "photos")
	p.Follow("a[href$=mesurer]")
	p.Until(`!document.getElementById("point-1").hidden`)
	pointAt(p, a)
	pointAt(p, b)
	p.Until(`document.getElementById("mesure-dit").textContent.startsWith("Dites d’abord")`)
	p.Click("input[value=feuille]")
	p.Until(`document.getElementById("mesure-dit").textContent.startsWith("Environ 34 mm")`)
	examine(t, p, "mesurer")
	// By the keyboard, and back.
	p.Eval(`document.getElementById("point-2").focus()`, nil)
	for range 10 {
		p.Press("ArrowLeft")
	}
	p.Until(`!document.getElementById("noter").disabled`)
	pointAt(p, b)
	p.Until(`document.getElementById("mesure-dit").textContent.startsWith("Environ 34 mm")`)
	p.Follow("#noter")
	var caption string
	if p.Eval(`document.querySelector("input[name=legende]").value`, &caption); caption != "Talon droit, mesuré à l’écran, environ 34 mm" {
		t.Errorf("caption: got %q", caption)
	}
	p.Follow(".actions a.button")
	p.Follow("#note-form .actions button")
	if got := p.Text("main"); !strings.Contains(got, "environ 34 mm") {
		t.Errorf("the review lacks the photograph: %s", got)
	}
	examine(t, p, "signer-photos")
	p.Follow("form[action$=signer] .actions button")
	if got := p.Text("h1"); got != "Consultation enregistrée" {
		t.Fatalf("got %q: %s", got, p.Text("main"))
	}
	// The page that was left open signs nothing more, and says so.
	p.Go(strings.TrimSuffix(ready.URL, "/") + here)
	p.Eval(`fetch("`+here+`/signer", {method: "POST", body: new URLSearchParams({version: "x"})}).then((r) => r.text()).then((t) => { window.said = t; })`, nil)
	p.Until(`window.said && window.said.includes("rien n’est enregistré deux fois")`)
	p.Complaints() // the browser says that it was told 409
	otherPages(t, p, ready, data)
}

// otherPages are those that only some cards and some pictures lead to.
func otherPages(t *testing.T, p *browser.Page, ready serveReady, data string) {
	t.Helper()
	// A signed entry is corrected.
	p.Go(ready.URL + "envois")
	p.Eval(`[...document.querySelectorAll("tbody tr")].find((r) => r.cells[1].innerText.startsWith("Consultation")).querySelector("a").id = "celle-ci"`, nil)
	p.Follow("#celle-ci")
	p.Follow("a[href$=corriger]")
	examine(t, p, "corriger")

	// A picture without a code says what to change; two sheets at once are chosen from.
	blank := filepath.Join(t.TempDir(), "blanc.jpg")
	if err := os.WriteFile(blank, jpegOf(t, image.NewGray(image.Rect(0, 0, 640, 480))), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Go(ready.URL + "lire")
	p.Files("#fichiers", blank)
	p.Follow("#drop button")
	if got := p.Text(".failure"); !strings.Contains(got, "trop sombre") {
		t.Errorf("a dark picture: got %q", got)
	}
	examine(t, p, "non-lue")
	p.Files("#fichiers", sheetOf(t, data, "aucune-allergie-connue"), expiredSheet(t, data))
	p.Follow("#drop button")
	if got := p.Text(".found"); !strings.Contains(got, "Ouvrir cette carte") {
		t.Errorf("two sheets: got %q", got)
	}
	examine(t, p, "plusieurs")

	// The one whose consent has expired asks for a reason before it shows anything.
	p.Follow(".found article:nth-child(2) a.button")
	if got := p.Text("main"); !strings.Contains(got, "Le consentement du patient a expiré") || strings.Contains(got, "Traitements") {
		t.Errorf("an expired consent: got %q", got)
	}
	examine(t, p, "motif")
}

// expiredSheet is a sheet whose consent was given too long ago.
func expiredSheet(t *testing.T, data string) string {
	t.Helper()
	s := summaryOf(t, "ehpad-neuf-traitements")
	s.Consents = []record.Consent{{Status: "active", Given: "2024-01-01"}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "expire.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	sheet := filepath.Join(t.TempDir(), "expire.pdf")
	must(t, "print", file, "-o", sheet, "--data", data)
	return sheet
}
