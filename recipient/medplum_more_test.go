package recipient_test

import (
	"bytes"
	"io"
	"net/url"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// corrections: the engine marks what is replaced, in the same transaction, named by
// its unique id or by its location; a correction of what it does not hold is kept
// back, and refused whole when it is sent all the same.
func (p *medplum) corrections(t *testing.T) {
	client := newClient(t, p.base.String(), fhir.ClientOptions{})
	first := submission(t, 600_001)
	mustSubmit(t, client, first)
	second := correction(t, 600_002, fhir.Replaced{DocumentID: first.DocumentID})
	receipt := mustSubmit(t, client, second)
	third := correction(t, 600_003, fhir.Replaced{DocumentID: second.DocumentID, Location: receipt.Location})
	mustSubmit(t, client, third)
	mustSubmit(t, client, third) // again: no effect
	for s, want := range map[*record.Submission]string{&first: "superseded", &second: "superseded", &third: "current"} {
		held, err := client.Lookup(t.Context(), s.DocumentID)
		if err != nil || len(held) != 1 || held[0].Status != want {
			t.Errorf("got %+v (%v), want one document that is %s", held, err, want)
		}
	}
	orphan := correction(t, 600_004, fhir.Replaced{DocumentID: submission(t, 600_005).DocumentID})
	if _, err := client.Submit(t.Context(), orphan); record.OutcomeOf(err) != record.OutcomeUnknown {
		t.Errorf("a correction of nothing: got %v, want outcome unknown", err)
	}
	if n := p.held(t, orphan.DocumentID); n != 0 {
		t.Errorf("a correction of nothing is held %d times", n)
	}
}

func (p *medplum) photographAndAudit(t *testing.T) {
	client := newClient(t, p.base.String(), fhir.ClientOptions{})
	note := submission(t, 700_001)
	mustSubmit(t, client, note)
	photo := photograph(t, 700_001, note.DocumentID, bytes.Repeat([]byte("\xff\xd8\xff"), 200_000))
	event := consulted(t, 700_001)
	for range 2 {
		mustSubmit(t, client, photo)
		mustSubmit(t, client, event)
	}
	if n := p.held(t, photo.DocumentID); n != 1 {
		t.Errorf("the photograph is held %d times, want once", n)
	}
	if held, err := client.Lookup(t.Context(), event.DocumentID); err != nil || len(held) != 1 {
		t.Errorf("look-up of the audit event: got %v (%v), want one", held, err)
	}
	if n := p.count(t, "AuditEvent"); n != 1 {
		t.Errorf("%d audit events are held, want 1", n)
	}
	for kind, want := range map[string]int{"List": p.count(t, "List"), "AuditEvent": 1} {
		heads := 0
		entries, _ := p.get(t, p.base.Path+"/"+kind, url.Values{"_count": {"1000"}})["entry"].([]any)
		for _, entry := range entries {
			resource, _ := entry.(map[string]any)["resource"].(map[string]any)
			if fhir.JournalHeadOf(resource) == journalHead {
				heads++
			}
		}
		if want == 0 || heads == 0 {
			t.Errorf("%d heads in what the engine holds of %s, of %d", heads, kind, want)
		}
	}
	related, _ := p.get(t, p.base.Path+"/DocumentReference", url.Values{"identifier": {"urn:ietf:rfc:3986|" + photo.DocumentID}})["entry"].([]any)
	if len(related) != 1 {
		t.Fatalf("got %d", len(related))
	}
}

// correction is a note that replaces another.
func correction(t *testing.T, n int, r fhir.Replaced) record.Submission {
	t.Helper()
	s, err := fhir.NewSubmission(consultation(n), fhir.SubmissionOptions{Replaces: &r})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func photograph(t *testing.T, n int, note string, data []byte) record.Submission {
	t.Helper()
	c := consultation(n)
	s, err := fhir.NewPhotograph(c, fhir.Photograph{ID: c.ID + "/1", MediaType: "image/jpeg", TakenAt: c.ActedAt.Add(time.Minute),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}, note, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func consulted(t *testing.T, n int) record.Submission {
	t.Helper()
	c := consultation(n)
	s, err := fhir.NewConsulted(record.Consulted{ID: c.ID, Patient: c.Patient, Card: record.CardRef{ID: "00ff"}, At: c.ActedAt, Author: c.Author}, fhir.ConsultedOptions{JournalHead: journalHead})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
