package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// The whole story without JavaScript: plain forms and links.
func TestTheDoctorsStoryWithoutScripts(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.status = Status{Waiting: 2, NextDeadline: testNow.Add(5 * time.Hour), LastContact: testNow.Add(-12 * time.Minute), Delivers: true}
	at := r.open(sample())
	_, _, body := r.get(at)
	r.want(body, "Odette LE GALL (née KERVELLA)", "née le 02/11/1937", "89 ans", "Synthèse authentique, signée par Cabinet d’essai.",
		"Pénicilline", "Ramipril 5 mg", "2 envois en attente", "dans 5 h 00", "dernier contact il y a 12 min", record.MayBeIncomplete)
	if len(r.openings) != 1 || r.openings[0].Author.RPPS != doctor.RPPS || r.openings[0].Card.ID != "0011223344556677" || !r.openings[0].At.Equal(testNow) {
		t.Errorf("opening: got %+v", r.openings)
	}
	r.get(at)
	if len(r.openings) != 1 {
		t.Errorf("the same card was opened %d times", len(r.openings))
	}

	// Nothing is written or signed before the identity is confirmed.
	for _, path := range []string{"/note", "/signer"} {
		if _, where, _ := r.get(at + path); where != at {
			t.Errorf("GET %s before confirming: got %s", path, where)
		}
		if _, where, _ := r.post(at+path, "note", "x", "version", "x"); where != at {
			t.Errorf("POST %s before confirming: got %s", path, where)
		}
	}
	if status, _, body := r.post(at+"/confirmer", "personne", ""); status != http.StatusBadRequest || !strings.Contains(body, "Cochez") {
		t.Errorf("confirming without the box: got %d", status)
	}
	if _, where, _ := r.post(at+"/confirmer", "personne", "oui"); where != at+"/note" {
		t.Fatalf("after confirming: got %s", where)
	}
	if status, _, body := r.post(at+"/note", "note", " \r\n"); status != http.StatusBadRequest || !strings.Contains(body, "Écrivez") {
		t.Errorf("an empty note: got %d", status)
	}
	r.later(20 * time.Second)
	_, where, body := r.post(at+"/note", "note", "Angine.\r\nBon état.", "prescriptions", "Amoxicilline 1 g : matin et soir\r\n\r\nParacétamol 1 g, si douleur", "examens", "TSH\nZorglub")
	if where != at+"/signer" {
		t.Fatalf("got %s", where)
	}
	r.want(body, "Amoxicilline 1 g\u00a0: allergie inscrite, Pénicilline", "Prend déjà\u00a0: Paracétamol 1 g", record.NoInteractionChecker,
		"Aucun résultat encore valable", "Non vérifiable\u00a0: Zorglub", "RPPS 99970000008 (déclaré)")
	version := between(body, `name="version" value="`, `"`)
	if status, _, body := r.post(at+"/signer", "version", version); status != http.StatusBadRequest || !strings.Contains(body, "Cochez la case") {
		t.Errorf("signing over an allergy unread: got %d", status)
	}
	if status, _, _ := r.post(at+"/signer", "version", "other", "malgre", "oui"); status != http.StatusConflict {
		t.Errorf("signing what another tab changed: got %d", status)
	}
	if len(r.recorded) != 0 {
		t.Fatal("a refused signature was recorded")
	}
	_, where, body = r.post(at+"/signer", "version", version, "malgre", "oui")
	if where != at+"/fin" || len(r.recorded) != 1 {
		t.Fatalf("got %s, %d recorded: %s", where, len(r.recorded), body)
	}
	c := r.recorded[0]
	want := "Angine.\nBon état.\n\nPrescriptions :\n- Amoxicilline 1 g : matin et soir\n- Paracétamol 1 g, si douleur\n\nExamens demandés :\n- TSH\n- Zorglub"
	if c.Text() != want || len(c.Prescriptions) != 2 || len(c.Orders) != 2 || c.Author.RPPS != doctor.RPPS || !c.ActedAt.Equal(testNow) || c.Patient.BirthName != "Kervella" || c.Card.ID == "" {
		t.Errorf("got %+v", c)
	}
	// A second tab signs nothing more, is told so, and keeps what it wrote on the screen.
	status, _, body := r.post(at+"/signer", "version", version, "malgre", "oui")
	if status != http.StatusConflict || len(r.recorded) != 1 {
		t.Errorf("signing twice: got %d, %d recorded", status, len(r.recorded))
	}
	r.want(body, saySignedElsewhere)
	status, _, body = r.post(at+"/note", "note", "autre texte", "version", version)
	if status != http.StatusConflict {
		t.Errorf("writing after signing: got %d", status)
	}
	r.want(body, saySignedElsewhere, "autre texte", "n’est pas dans la consultation signée")
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// When the journal cannot write, nothing is said to be signed and nothing is lost.
func TestAFullDiskKeepsTheNote(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	_, _, body := r.post(at+"/note", "note", "Lombalgie.")
	version := between(body, `name="version" value="`, `"`)
	r.recordErr = &record.Error{Code: record.CodeUnavailable, Op: "record consultation", Reason: "disk_full"}
	status, _, body := r.post(at+"/signer", "version", version)
	if status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
	r.want(body, "Rien n’est enregistré.", "Le disque est plein.", "Lombalgie.")
	first := r.server.sessionsVisit(at).id
	r.recordErr = nil
	if _, where, _ := r.post(at+"/signer", "version", version); where != at+"/fin" || len(r.recorded) != 1 {
		t.Fatalf("the second try: got %s", where)
	}
	if r.recorded[0].ID != first {
		t.Error("trying again made another consultation")
	}
}

// sessionsVisit finds a visit by the address of its page.
func (s *Server) sessionsVisit(at string) *visit {
	for _, one := range s.sessions.all {
		if v := one.visit(strings.TrimPrefix(at, "/lecture/")); v != nil {
			return v
		}
	}
	return nil
}

// A consent that has expired asks for a reason before anything clinical is shown; the
// reason goes to the journal and into the note.
func TestAnExpiredConsentAsksForAReason(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	s := sample()
	s.Consents[0].Given = "2024-01-01"
	at := r.open(s)
	_, _, body := r.get(at)
	if strings.Contains(body, "Pénicilline") || strings.Contains(body, "Ramipril") || len(r.openings) != 0 {
		t.Error("the card was opened without a reason")
	}
	r.want(body, "Le consentement du patient a expiré", "Odette")
	if _, where, _ := r.post(at+"/confirmer", "personne", "oui"); where != at {
		t.Errorf("confirmed without a reason: got %s", where)
	}
	if status, _, _ := r.post(at+"/motif", "motif", "  x "); status != http.StatusBadRequest {
		t.Errorf("a reason of one letter: got %d", status)
	}
	_, _, body = r.post(at+"/motif", "motif", "Malaise, accord oral")
	r.want(body, "Pénicilline", "Consentement expiré", "Malaise, accord oral")
	if len(r.openings) != 1 || r.openings[0].Reason != "Malaise, accord oral" {
		t.Errorf("got %+v", r.openings)
	}
	r.post(at+"/confirmer", "personne", "oui")
	_, _, body = r.post(at+"/note", "note", "RAS.")
	r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`))
	if len(r.recorded) != 1 || !strings.Contains(r.recorded[0].Text(), "motif :\n- Malaise, accord oral") {
		t.Errorf("got %+v", r.recorded)
	}
}

// Verdicts that are not believed open nothing.
func TestAForgedCardOpensNothing(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for _, v := range []record.Verdict{record.NotAuthentic, record.UnknownIssuer, record.Expired, record.Revoked, record.Unreadable, record.Unsigned} {
		card := cardReading(sample())
		card.Judgement = record.Judgement{Verdict: v, Detail: "x"}
		r.readings = []Reading{card}
		status, at, body := r.send("/lire", nil, "fichiers", "code ZB1:A")
		if status != http.StatusOK || at != "/lire" || strings.Contains(body, "Odette") || strings.Contains(body, "/lecture/") {
			t.Errorf("%s: got %d at %s, or the content is shown", v, status, at)
		}
		r.want(body, strings.ReplaceAll(card.Judgement.NextStep(), "'", "&#39;"))
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for name, c := range map[string]struct{ file, want string }{
		"a picture without a code": {"white", "</b> Approchez la feuille."},
		"a file that is none":      {"broken", "Cela a échoué (format)"},
		"nothing":                  {"", "Rien à lire"},
	} {
		var files []string
		if c.file != "" {
			files = []string{"fichiers", c.file}
		}
		if _, _, body := r.send("/lire", nil, files...); !strings.Contains(body, c.want) {
			t.Errorf("%s: the page does not say %q", name, c.want)
		}
	}
}

// What a handheld scanner typed keeps its characters, the last space included, and
// the keys.
func TestTypedCodesKeepCharactersAndKeys(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.readings = []Reading{cardReading(sample())}
	typed := "ZB1M&é\"'  X "
	_, at, _ := r.send("/lire", map[string]string{"texte": typed, "touches": `[{"c":"KeyZ","k":"W","s":true}]`})
	if !strings.HasPrefix(at, "/lecture/") {
		t.Errorf("got %s", at)
	}
	if len(r.typed) != 1 || r.typed[0].Text != typed || len(r.typed[0].Keys) != 1 || r.typed[0].Keys[0] != (Key{"KeyZ", "W", true}) {
		t.Errorf("got %+v", r.typed)
	}
	r.send("/lire", map[string]string{"texte": typed, "touches": `not json`})
	if len(r.typed) != 2 || r.typed[1].Text != typed {
		t.Errorf("got %+v", r.typed)
	}
}

// Text of a card is text: no markup of it, and nothing that turns the writing round.
func TestHostileTextIsShownAsText(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	s := sample()
	s.Patient.GivenNames = []string{"<script>alert(1)</script>", "\u202eetnaurI"}
	s.Allergies.Entries[0].Substance = record.Text(`"><img src=x onerror=alert(1)>`)
	s.Medications.Entries[0].Drug = record.Text("{{.Visit}}\x00\x1b[2J")
	at := r.open(s)
	for _, path := range []string{"", "/note", "/signer"} {
		if path == "/note" {
			r.post(at+"/confirmer", "personne", "oui")
		}
		if path == "/signer" {
			r.post(at+"/note", "note", "</textarea><script>x</script>", "prescriptions", "<b>amoxicilline</b>")
		}
		_, _, body := r.get(at + path)
		for _, bad := range []string{"<script>alert", "<script>x", "<img src=x", "<b>amoxicilline", "\u202e", "\x1b", "\x00"} {
			if strings.Contains(body, bad) {
				t.Errorf("%q: the page holds %q", path, bad)
			}
		}
		r.want(body, "&lt;script&gt;alert(1)")
	}
}

// The outbox says what failed in the recipient's words, and a person puts it back.
func TestTheOutboxPage(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	item := func(id string, state record.DeliveryState, change func(*record.Item)) EntryDetail {
		i := record.Item{Entry: id, State: state, ActedAt: testNow.Add(-40 * time.Hour), Deadline: testNow.Add(8 * time.Hour), Attempts: 2}
		change(&i)
		return EntryDetail{Entry: Entry{Item: i, Patient: "Odette LE GALL"}, Consultation: record.Consultation{Note: "Angine.", Author: doctor.author()},
			Attempts: []record.AttemptInfo{{Number: 1, Started: testNow.Add(-time.Hour), Outcome: "unavailable", Cause: "no_answer"}}}
	}
	r.entries = []EntryDetail{
		item("a", record.Attention, func(i *record.Item) { i.LastError = "Matricule <inconnu>" }),
		item("b", record.Pending, func(i *record.Item) { i.LastError = "html_answer"; i.NextAttempt = testNow.Add(7 * time.Minute) }),
		item("c", record.Pending, func(i *record.Item) { i.Deadline = testNow.Add(-3 * time.Hour) }),
		item("d", record.Cleared, func(i *record.Item) { i.Receipt = record.Receipt{At: testNow, Location: "DocumentReference/1"} }),
	}
	_, _, body := r.get("/envois")
	r.want(body, "« Matricule &lt;inconnu&gt; »", "à reprendre par vous", "portail d’accès", "prochaine dans 7 min", "dépassée depuis 3 h 00", "EN RETARD", "envoi confirmé", "dans 8 h 00")
	_, _, body = r.get("/envois/a")
	r.want(body, "Matricule &lt;inconnu&gt;", "Angine.", "pas de réponse", "Remettre à envoyer")
	_, at, body := r.post("/envois/a/relancer")
	if at != "/envois/a" || len(r.requeued) != 1 || r.requeued[0] != "a" {
		t.Errorf("got %s, %v", at, r.requeued)
	}
	r.want(body, noticeRequeued)
	if status, _, _ := r.get("/envois/unknown"); status != http.StatusNotFound {
		t.Errorf("an entry that is not there: got %d", status)
	}
}

// Two cards at once are two cards: the doctor chooses.
func TestSeveralCardsAreChosenFrom(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	other := sample()
	other.Patient = record.Patient{BirthName: "Morvan", GivenNames: []string{"Yann"}, BirthDate: "1980-01-01", Sex: record.Male}
	second := cardReading(other)
	second.Ref.ID = "ffeeddccbbaa9988"
	r.readings = []Reading{cardReading(sample()), second}
	_, at, body := r.send("/lire", nil, "fichiers", "code a", "fichiers", "code b")
	if at != "/lire" {
		t.Errorf("got %s", at)
	}
	r.want(body, "Odette", "Yann MORVAN", "né le 01/01/1980", "Ouvrir cette carte")
}

// The camera opens a card as soon as it says whose it is; opened for the rest of that
// card, it goes on until nothing is missing.
func TestTheCameraGoesOnUntilNothingIsMissing(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	frame := func(text, suite string) (answer frameAnswer) {
		t.Helper()
		response := r.do("POST", "/lire/image", "code "+text, func(q *http.Request) { q.Header.Set("X-Suite", suite); q.Header.Set("Accept", "application/json") })
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	card := func(v record.Verdict, s *record.Summary, texts ...string) Reading {
		c := cardReading(s)
		c.Judgement, c.Ref.Verdict, c.Complete, c.Texts = record.Judgement{Verdict: v, Detail: "le code 2 sur 3"}, v, v == record.Authentic, texts
		return c
	}
	if a := frame("", ""); a.Open != "" {
		t.Errorf("an empty picture: got %+v", a)
	}
	// Only when asked, since measuring takes longer than a picture may.
	for _, asked := range []string{"", "1"} {
		var a frameAnswer
		response := r.do("POST", "/lire/image", "white", func(q *http.Request) { q.Header.Set("X-Suite", "s"); q.Header.Set("X-Advise", asked) })
		if err := json.NewDecoder(response.Body).Decode(&a); err != nil || a.Suite != "s" || (a.Say == "Approchez la feuille.") != (asked != "") {
			t.Errorf("advice asked %q: got %+v, %v", asked, a, err)
		}
	}
	r.readings = []Reading{card(record.Incomplete, nil, "part1")}
	waiting := frame("part1", "")
	if waiting.Open != "" || waiting.Suite == "" || waiting.Say == "" {
		t.Errorf("a part without its emergency code: got %+v", waiting)
	}
	r.readings = []Reading{card(record.Incomplete, sample(), "emergency", "part1")}
	named := frame("emergency", waiting.Suite)
	if named.Open != "/lecture/"+waiting.Suite {
		t.Errorf("the first sight of whose it is: got %+v", named)
	}
	if a := frame("emergency", waiting.Suite); a.Open != "" || a.Suite != waiting.Suite || a.Say == "" {
		t.Errorf("the rest is looked for: got %+v", a)
	}
	r.get("/lecture/" + waiting.Suite)
	r.readings = []Reading{card(record.Authentic, sample(), "emergency", "part1", "part2", "part3")}
	whole := frame("part3", waiting.Suite)
	if whole.Open != "/lecture/"+waiting.Suite {
		t.Errorf("the whole card: got %+v", whole)
	}
	r.get(whole.Open)
	if n := len(r.openings); n != 2 || r.openings[1].Card.Verdict != record.Authentic {
		t.Errorf("the journal was told %d times: %+v", n, r.openings)
	}
}

// A note that nothing holds is not pushed out by other cards.
func TestManyCardsKeepTheNoteThatIsBeingWritten(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	r.post(at+"/garder", "note", "Angine.")
	for range maxVisits + 5 {
		r.open(sample())
	}
	_, where, body := r.get(at + "/note")
	if where != at+"/note" || !strings.Contains(body, "Angine.") {
		t.Errorf("got %s", where)
	}
}
