package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func kiosk(t *testing.T) *rig {
	return newRig(t, func(o *Options) { o.Kiosk = true })
}

// fill prints a sheet from the form.
func (r *rig) fill(more ...string) (status int, at, body string) {
	r.t.Helper()
	return r.post("/patient/saisie", append([]string{"nom-naissance", "Lefèvre", "prenoms", "Élise Marie", "naissance", "1948-05-12", "sexe", "F"}, more...)...)
}

func TestAKioskShowsThePatientsPagesAlone(t *testing.T) {
	r := kiosk(t)
	if _, at, _ := r.get("/"); at != "/patient" {
		t.Errorf("got %s", at)
	}
	for _, path := range []string{"/lire", "/connexion", "/premier-compte", "/envois", "/verrou", "/lecture/x"} {
		if status, _, _ := r.get(path); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

func TestAPatientFillsInMasksAndPrints(t *testing.T) {
	r := kiosk(t)
	_, at, body := r.fill("traitements-reponse", "liste", "traitements", "Ramipril 5 mg : 1 le matin\nParacétamol 1 g", "problemes-reponse", "aucun")
	if at != "/patient/choix" {
		t.Fatalf("got %s: %s", at, body)
	}
	r.want(body, "Élise Marie LEFÈVRE", "Allergies non renseignées", "C’est la première chose qu’un médecin cherche", "Aucun contact", "Ramipril 5 mg", `value="medications:2"`, "déclarée par le patient")
	if strings.Contains(body, "Problèmes de santé non renseignés") {
		t.Error("an answer of none counts as no answer")
	}
	_, at, body = r.post("/patient/choix", "masquer", "medications:2", "code", "oui", "signature", "cabinet")
	if at != "/patient/feuille" {
		t.Fatalf("got %s: %s", at, body)
	}
	r.want(body, "ABCDE FGHJK", "Paracétamol 1 g", "masqué à la demande du patient", "Déclarée par le patient")
	if len(r.sheets) != 1 || !r.sheets[0].Declared || !r.sheets[0].Code {
		t.Errorf("got %+v: a kiosk signs nothing", r.sheets)
	}
	s := r.printed[0]
	if len(s.Medications.Entries) != 1 || s.Medications.Entries[0].Dosages[0].Text != "1 le matin" || !s.Problems.None || s.Allergies.None {
		t.Errorf("got %+v", s)
	}
	response, err := r.client.Get(r.url + "/patient/feuille.pdf")
	if status, _, pdf := r.answer(response, err); status != http.StatusOK || !strings.HasPrefix(pdf, "%PDF") || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the PDF: got %d, %v", status, response.Header)
	}
	if _, at, _ := r.post("/patient/fin"); at != "/patient" {
		t.Errorf("got %s", at)
	}
	for _, path := range []string{"/patient/choix", "/patient/feuille", "/patient/feuille.pdf"} {
		if _, at, _ := r.get(path); at != "/patient" {
			t.Errorf("%s after the end: got %s", path, at)
		}
	}
	if _, _, body := r.get("/patient/saisie"); strings.Contains(body, "Lefèvre") {
		t.Error("the form remembers the last person")
	}
}

// Two idle minutes forget everything, whether or not the browser asks again.
func TestAKioskForgets(t *testing.T) {
	r := kiosk(t)
	_, _, body := r.fill()
	r.want(body, `content="125;url=/patient"`, `data-idle="120"`)
	r.later(KioskIdle + time.Second)
	if _, at, body := r.get("/patient/choix"); at != "/patient" || strings.Contains(body, "Élise") {
		t.Errorf("got %s, or the person is still known", at)
	}
	r.fill()
	r.later(KioskIdle + time.Second)
	r.server.sessions.sweep(r.clock(), r.server.opt.Idle)
	if n := len(r.server.sessions.all); n != 0 {
		t.Errorf("%d sessions are remembered", n)
	}
}

func TestAFormThatContradictsItselfIsRefused(t *testing.T) {
	r := kiosk(t)
	for name, more := range map[string][]string{
		"none, and a list":    {"allergies-reponse", "aucun", "allergies", "Pénicilline"},
		"born tomorrow":       {"naissance", "2099-01-01"},
		"a line without end":  {"problemes", strings.Repeat("x", maxLine+1)},
		"lines without end":   {"problemes", strings.Repeat("x\n", maxLines+1)},
		"a control character": {"problemes", "a\x1bb"},
	} {
		fields := []string{"nom-naissance", "L", "prenoms", "É"}
		if status, _, body := r.post("/patient/saisie", append(fields, more...)...); status != http.StatusBadRequest || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: got %d", name, status)
		}
	}
	if status, _, _ := r.post("/patient/saisie", "prenoms", "É"); status != http.StatusBadRequest {
		t.Errorf("nobody: got %d", status)
	}
}

func TestAnImportIsMaskedOrRefused(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	if status, _, body := r.send("/patient", nil, "fichier", "not json"); status != http.StatusBadRequest || !strings.Contains(body, "Cela a échoué (json)") {
		t.Errorf("got %d", status)
	}
	if status, _, _ := r.send("/patient", nil); status != http.StatusBadRequest {
		t.Errorf("no file: got %d", status)
	}
	_, at, body := r.send("/patient", nil, "fichier", "{}")
	if at != "/patient/choix" {
		t.Fatalf("got %s", at)
	}
	r.want(body, "Odette", "Pénicilline", "Signée par Cabinet d’essai")
	if status, _, _ := r.post("/patient/choix", "masquer", "allergies:9"); status != http.StatusNotFound {
		t.Errorf("masking what is not there: got %d", status)
	}
	if len(r.sheets) != 0 {
		t.Fatal("a sheet was made that shows what should be masked")
	}
	r.post("/patient/choix", "masquer", "allergies:1", "signature", "cabinet")
	if len(r.sheets) != 1 || r.sheets[0].Declared || len(r.printed[0].Allergies.Entries) != 0 || r.printed[0].Allergies.None {
		t.Errorf("got %+v, %+v", r.sheets, r.printed)
	}
	// Coming back, nothing of the mask has touched the summary itself.
	_, _, body = r.get("/patient/choix")
	r.want(body, "Pénicilline")
}
