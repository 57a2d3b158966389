package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// A signed entry is corrected by another one; evidence of it is a file.
func TestCorrections(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	note := record.Consultation{ID: "a", Note: "Angine.", Prescriptions: []string{"Amoxicilline"}, Author: record.Author{Name: "Dr Autre", RPPS: "99970000016"}, ActedAt: testNow.Add(-time.Hour)}
	entry := func(id string, kind record.EntryKind, change func(*record.Item)) EntryDetail {
		i := record.Item{Entry: id, Kind: kind, State: record.Attention, ActedAt: note.ActedAt, Deadline: testNow.Add(40 * time.Hour)}
		change(&i)
		return EntryDetail{Entry: Entry{Item: i, Patient: "Odette LE GALL"}, Consultation: note, Reason: "motif <1>"}
	}
	r.entries = []EntryDetail{
		entry("a", record.KindConsultation, func(*record.Item) {}),
		entry("b", record.KindConsultation, func(i *record.Item) { i.CorrectedBy = "c" }),
		entry("c", record.KindCorrection, func(i *record.Item) { i.Replaces, i.Waits, i.State = "b", true, record.Pending }),
		entry("d", record.KindConsulted, func(*record.Item) {}),
	}
	_, _, body := r.get("/envois/a")
	r.want(body, "/envois/a/corriger", "Remettre à envoyer", "/envois/a/preuve")
	_, _, body = r.get("/envois/b")
	r.want(body, "Corrigée par", "/envois/c")
	if strings.Contains(body, "/envois/b/corriger") || strings.Contains(body, "Remettre") {
		t.Error("what is corrected is offered to be corrected or sent again")
	}
	_, _, body = r.get("/envois/c")
	r.want(body, "Correction", sayWaits, "/envois/b")
	_, _, body = r.get("/envois/d")
	r.want(body, "Carte ouverte", "motif &lt;1&gt;")
	for _, id := range []string{"b", "d"} {
		if status, _, _ := r.get("/envois/" + id + "/corriger"); status != http.StatusConflict {
			t.Errorf("correcting %s: got %d", id, status)
		}
	}

	_, _, body = r.get("/envois/a/corriger")
	r.want(body, ">Angine.</textarea>", ">Amoxicilline</textarea>", "à la place de celle que le destinataire a refusée", "Non vérifiable ici")
	for name, fields := range map[string][]string{
		sayNothingCorrected:   {"note", "Angine.", "prescriptions", "Amoxicilline", "signer", "oui"},
		sayCorrectionUnsigned: {"note", "Angine virale."},
		sayNothingWritten:     {"note", " ", "signer", "oui"},
	} {
		if status, _, body := r.post("/envois/a/corriger", fields...); status != http.StatusBadRequest || !strings.Contains(body, name) {
			t.Errorf("%q: got %d", name, status)
		}
	}
	// A locked session keeps what was typed, and shows it again.
	r.later(DefaultIdle + time.Minute)
	if _, where, _ := r.post("/envois/a/corriger", "note", "Angine virale, longue frappe", "signer", "oui"); where != "/verrou" || len(r.corrected) != 0 {
		t.Errorf("locked: got %s", where)
	}
	for _, s := range r.server.sessions.all {
		s.locked, s.seen = false, r.clock()
	}
	_, _, body = r.get("/envois/a/corriger")
	r.want(body, ">Angine virale, longue frappe</textarea>")
	r.recordErr = &record.Error{Code: record.CodeConflict, Op: "correct", Reason: "stale_item"}
	status, _, body := r.post("/envois/a/corriger", "note", "Angine virale.", "signer", "oui")
	if status != http.StatusConflict {
		t.Errorf("an entry that moved: got %d", status)
	}
	r.want(body, sayNotRecorded, ">Angine virale.</textarea>")
	if status, _, body := r.post("/envois/a/preuve"); status != http.StatusConflict || strings.HasPrefix(body, "PK") {
		t.Errorf("evidence that cannot be made: got %d", status)
	}
	r.recordErr = nil
	_, _, body = r.post("/envois/a/corriger", "note", "Angine virale.", "signer", "oui")
	r.want(body, "La correction est enregistrée.")
	if len(r.corrected) != 1 || r.corrected[0].Note != "Angine virale." || r.corrected[0].Author != doctor.author() || !r.corrected[0].ActedAt.Equal(note.ActedAt) || len(r.corrected[0].Prescriptions) != 0 {
		t.Errorf("got %+v", r.corrected)
	}
	for _, content := range []string{"", "oui"} {
		_, _, body := r.post("/envois/a/preuve", "contenu", content)
		if want := "PK a " + map[string]string{"": "false", "oui": "true"}[content]; body != want {
			t.Errorf("evidence: got %q, want %q", body, want)
		}
	}
}

// The words on every page grow louder at 24, 36 and 44 hours, and once it is late.
func TestTheOutboxGrowsLouder(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for _, c := range []struct {
		after      time.Duration
		late       int
		say, class string
	}{
		{23 * time.Hour, 0, "1 envoi en attente", `class="outbox"`},
		{24 * time.Hour, 0, stageWords[1], `class="outbox loud"`},
		{36 * time.Hour, 0, stageWords[2], `class="outbox loud"`},
		{44 * time.Hour, 0, stageWords[3], `class="outbox loud late"`},
		{49 * time.Hour, 1, stageWords[4], `class="outbox loud late"`},
	} {
		r.status = Status{Waiting: 1, Late: c.late, NextDeadline: testNow.Add(record.SyncWithin - c.after), Delivers: true}
		for _, path := range []string{"/lire", "/envois", "/patient"} {
			_, _, body := r.get(path)
			r.want(body, c.say, c.class)
			for i, other := range stageWords {
				if i > 0 && other != c.say && strings.Contains(body, other) {
					t.Errorf("after %v the page also says %q", c.after, other)
				}
			}
		}
	}
}

// A journal that cannot keep an opening does not hide the card: what failed is said, and
// the next page tries again.
func TestAnOpeningThatCannotBeKept(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.openErr = &record.Error{Code: record.CodeUnavailable, Op: "record", Reason: "disk_full"}
	at := r.open(sample())
	_, _, body := r.get(at)
	r.want(body, "Pénicilline", sayOpeningUnkept, "Le disque est plein.", "n’a pas encore pu être notée")
	r.openErr = nil
	_, _, body = r.get(at)
	r.want(body, "L’ouverture de cette carte est notée dans le journal")
	if len(r.openings) != 1 {
		t.Errorf("%d openings", len(r.openings))
	}
}
