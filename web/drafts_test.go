package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// begin opens a card, confirms, and keeps a note; it returns the path of the card.
func (r *rig) begin(note string) string {
	r.t.Helper()
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	status, _, body := r.keep(at, note, "")
	if status != http.StatusOK || !strings.Contains(body, "Brouillon gardé sur ce poste à") {
		r.t.Fatalf("keeping: got %d %s", status, body)
	}
	return at
}

// keep does what the page's script does.
func (r *rig) keep(at, note, version string) (status int, where, body string) {
	r.t.Helper()
	q, err := http.NewRequest(http.MethodPost, r.url+at+"/garder", strings.NewReader("note="+note+"&version="+version))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Accept", "application/json")
	response, err := r.client.Do(q)
	return r.answer(response, err)
}

// restart forgets every session, as the end of the program does, and signs in again.
func (r *rig) restart() {
	r.server.sessions.mu.Lock()
	r.server.sessions.all = nil
	r.server.sessions.mu.Unlock()
	r.signIn()
}

// A draft survives the end of the program, and a page that stayed open finds it again.
func TestADraftSurvivesTheProgram(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("Chute.")
	id := strings.TrimPrefix(at, "/lecture/")
	if d := r.drafts[id]; d.Consultation.Note != "Chute." || len(d.Codes) == 0 || d.Consultation.Author != doctor.author() {
		t.Fatalf("the draft: got %+v", d)
	}
	r.restart()
	_, _, body := r.get("/lire")
	r.want(body, "Commencées, pas encore signées", "Odette LE GALL", at+"/note")
	opened := len(r.openings)
	_, where, body := r.get(at + "/note")
	if where != at+"/note" {
		t.Fatalf("got %s: %s", where, body)
	}
	r.want(body, ">Chute.</textarea>", "Pénicilline")
	if len(r.openings) != opened+1 {
		t.Errorf("opening the card again was journalled %d times", len(r.openings)-opened)
	}
	// The page that was open all the time goes on where it was.
	r.restart()
	if status, _, body := r.keep(at, "Chute, poignet.", written{Note: "Chute."}.version()); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	_, _, body = r.post(at+"/note", "note", "Chute, poignet droit.", "version", written{Note: "Chute, poignet."}.version())
	_, where, _ = r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`))
	if where != at+"/fin" || len(r.recorded) != 1 || r.recorded[0].ID != id || r.recorded[0].Note != "Chute, poignet droit." {
		t.Fatalf("got %s, %+v", where, r.recorded)
	}
	// The same page after another start: signed already, and nothing twice.
	r.entries = []EntryDetail{{Entry: Entry{Item: record.Item{Entry: id}}, Consultation: r.recorded[0]}}
	r.restart()
	status, _, body := r.post(at+"/signer", "version", "x")
	if status != http.StatusConflict || len(r.recorded) != 1 {
		t.Errorf("got %d, %d recorded", status, len(r.recorded))
	}
	r.want(body, "déjà signée", "/envois/"+id)
}

// A draft belongs to who wrote it.
func TestADraftBelongsToItsAuthor(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("Angine.")
	d := r.drafts[strings.TrimPrefix(at, "/lecture/")]
	d.Consultation.Author.RPPS = "99970000016"
	r.drafts[d.Consultation.ID] = d
	r.restart()
	if _, _, body := r.get("/lire"); strings.Contains(body, "Commencées") {
		t.Error("somebody else's draft is offered")
	}
	for _, path := range []string{"", "/note", "/abandonner", "/signer"} {
		if status, _, body := r.get(at + path); status != http.StatusNotFound || strings.Contains(body, "Odette") {
			t.Errorf("%q: got %d", path, status)
		}
	}
	if r.post(at + "/abandonner"); len(r.drafts) != 1 {
		t.Error("somebody else's draft was dropped")
	}
}

// Two tabs, and two browsers, that write one draft do not undo each other's text
// unseen.
func TestTwoTabsWriteOneDraft(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("un")
	one := written{Note: "un"}.version()
	second := r.browser()
	first := r.client
	r.client = second
	r.signIn()
	r.get(at + "/note")
	if status, _, _ := r.keep(at, "deux", one); status != http.StatusOK {
		t.Errorf("the second browser: got %d", status)
	}
	r.client = first
	status, _, body := r.keep(at, "trois", one)
	if status != http.StatusConflict {
		t.Errorf("the first browser: got %d", status)
	}
	r.want(body, sayWrittenElsewhere)
	status, _, body = r.post(at+"/note", "note", "trois", "version", one)
	if status != http.StatusConflict {
		t.Errorf("the first browser's form: got %d", status)
	}
	r.want(body, sayWrittenElsewhere, ">trois</textarea>", `<p class="note">deux</p>`)
	// Seen, it may replace the other.
	_, where, body := r.post(at+"/note", "note", "trois", "version", between(body, `id="note-version" value="`, `"`))
	if where != at+"/signer" {
		t.Fatalf("got %s", where)
	}
	r.client = second
	version := between(body, `name="version" value="`, `"`)
	r.post(at+"/signer", "version", version)
	r.client = first
	status, _, body = r.post(at+"/signer", "version", version)
	if status != http.StatusConflict || len(r.recorded) != 1 || r.recorded[0].Note != "trois" {
		t.Errorf("signing twice: got %d, %+v", status, r.recorded)
	}
	r.want(body, saySignedElsewhere)
}

// What was typed into a page whose session was locked meanwhile is kept, and nothing
// is shown for it.
func TestALockedSessionKeepsWhatWasTyped(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("un")
	r.later(DefaultIdle + time.Minute)
	_, where, body := r.post(at+"/note", "note", "une heure de frappe", "version", written{Note: "un"}.version())
	if where != "/verrou" || strings.Contains(body, "Odette") {
		t.Errorf("got %s", where)
	}
	if got := r.drafts[strings.TrimPrefix(at, "/lecture/")].Consultation.Note; got != "une heure de frappe" {
		t.Errorf("the draft has %q", got)
	}
	if status, _, _ := r.get(at + "/note"); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
}

// When a draft cannot be kept, its text stays on the screen and the page says why.
func TestADraftThatCannotBeKeptStaysOnTheScreen(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("un")
	r.draftErr = &record.Error{Code: record.CodeUnavailable, Op: "save draft", Reason: "disk_full"}
	status, _, body := r.keep(at, "deux", written{Note: "un"}.version())
	if status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
	r.want(body, sayDraftUnkept, "Le disque est plein.")
	status, _, body = r.post(at+"/note", "note", "deux et trois", "version", written{Note: "deux"}.version())
	if status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
	r.want(body, sayDraftUnkept, ">deux et trois</textarea>")
	r.draftErr = nil
	if _, where, _ := r.post(at+"/note", "note", "deux et trois", "version", between(body, `id="note-version" value="`, `"`)); where != at+"/signer" {
		t.Errorf("with room again: got %s", where)
	}
}

// A draft whose card cannot be opened any more shows its text, and is forgotten only
// when asked.
func TestADraftOfAClosedCard(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("Angine blanche.")
	revoked := cardReading(sample())
	revoked.Judgement = record.Judgement{Verdict: record.Revoked}
	r.readings = []Reading{revoked}
	r.restart()
	status, _, body := r.get(at + "/note")
	if status != http.StatusConflict {
		t.Errorf("got %d", status)
	}
	r.want(body, "ne peut plus être ouverte", at+"/abandonner")
	_, _, body = r.get(at + "/abandonner")
	r.want(body, "Angine blanche.", "Odette LE GALL")
	if strings.Contains(body, "Le reprendre") {
		t.Error("a draft of a closed card can be resumed")
	}
	if _, where, body := r.post(at + "/abandonner"); where != "/lire" || len(r.drafts) != 0 || !strings.Contains(body, noticeDropped) {
		t.Errorf("got %s, %d drafts", where, len(r.drafts))
	}
}

// The browser is asked to keep nothing of what is typed, not for the restoring of its
// tabs either.
func TestFormsWithClinicalTextAreNotRemembered(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	s := sample()
	s.Consents[0].Given = "2024-01-01"
	at := r.open(s)
	_, _, body := r.get(at)
	r.want(body, `name="motif" autocomplete="off"`)
	r.post(at+"/motif", "motif", "Malaise")
	_, _, body = r.post(at+"/confirmer", "personne", "oui")
	r.want(body, `id="note-form" autocomplete="off"`)
	_, _, body = r.send(at+"/photos", nil, "fichiers", "one")
	r.want(body, `name="legende" autocomplete="off"`)
	r.entries = []EntryDetail{{Entry: Entry{Item: record.Item{Entry: "a", Kind: record.KindConsultation}}, Consultation: record.Consultation{Note: "x"}}}
	_, _, body = r.get("/envois/a/corriger")
	r.want(body, `id="note-form" autocomplete="off"`)
}

// Codes that are read after the draft was begun are kept with it.
func TestADraftKeepsMoreCodes(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("un")
	more := cardReading(sample())
	more.Texts = []string{"code a", "code b"}
	r.readings = []Reading{more}
	r.send("/lire", map[string]string{"suite": strings.TrimPrefix(at, "/lecture/")}, "fichiers", "code b")
	if d := r.drafts[strings.TrimPrefix(at, "/lecture/")]; len(d.Codes) != 2 || d.Consultation.Note != "un" {
		t.Errorf("got %+v", d)
	}
}

// A draft that a command beside the pages dropped does not keep the text from being
// signed.
func TestADraftThatWasDroppedBesideIsSigned(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.begin("Angine.")
	_, _, body := r.get(at + "/signer")
	clear(r.drafts)
	if _, where, body := r.post(at+"/signer", "version", between(body, `name="version" value="`, `"`)); where != at+"/fin" || len(r.recorded) != 1 {
		t.Errorf("got %s: %s", where, body)
	}
}
