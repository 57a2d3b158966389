package web

import (
	"html"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// Every kind of alert that there is reaches a page, with its reason.
func TestEveryAlertReachesAPage(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	s := sample()
	s.UpdatedAt = "2024-01-05"
	s.Consents[0].Given = "2024-01-01"
	s.Immunizations.Entries = nil
	s.Immunizations.None = true
	s.Results.None = false
	s.Results.Entries = []record.Observation{{What: record.Concept{Label: "HbA1c", Codes: []record.CodeValue{{System: record.SystemLOINC, Value: "4548-4"}}}, Date: "2026-11-01"}}
	shown := func(at, from string, alerts []record.Alert) map[record.AlertKind]bool {
		t.Helper()
		kinds := map[record.AlertKind]bool{}
		body := html.UnescapeString(from)
		for _, a := range plainAlerts(alerts) {
			kinds[a.Kind] = true
			if a.Reason == "" || !strings.Contains(body, a.Title) || !strings.Contains(body, a.Reason) {
				t.Errorf("%s: %s, %q: not on the page, or without a reason", at, a.Kind, a.Title)
			}
		}
		return kinds
	}
	seen := map[record.AlertKind]bool{}
	add := func(kinds map[record.AlertKind]bool) {
		for k := range kinds {
			seen[k] = true
		}
	}
	at := r.open(s)
	_, _, body := r.post(at+"/motif", "motif", "Malaise")
	add(shown("summary", body, s.Alerts(testNow)))
	r.post(at+"/confirmer", "personne", "oui")
	_, _, body = r.post(at+"/note", "prescriptions", "Amoxicilline 1 g\nRamipril 5 mg\nZorglub", "examens", "HbA1c")
	for _, line := range []string{"Amoxicilline 1 g", "Ramipril 5 mg", "Zorglub"} {
		add(shown("review", body, s.CheckPrescription(drugOf(line), testNow)))
	}
	add(shown("review", body, s.CheckOrder(record.Text("HbA1c"), testNow)))
	r.want(body, record.NoInteractionChecker, "Non vérifiable")

	empty := sample()
	empty.Allergies = record.Section[record.Allergy]{}
	_, _, body = r.get(r.open(empty))
	add(shown("summary without allergies", body, empty.Alerts(testNow)))
	for _, kind := range []record.AlertKind{
		record.AlertStale, record.AlertAllergies, record.AlertConsent, record.AlertTetanus, record.AlertInfluenza,
		record.AlertAllergic, record.AlertSameClass, record.AlertAlreadyDone,
	} {
		if !seen[kind] {
			t.Errorf("no page shows an alert of the kind %s", kind)
		}
	}
}
