package fhir_test

import (
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// TestJournalHead: each kind of submission carries the head that it is given, within the
// profiles' rules and R4's schema, and nothing where it is given none.
func TestJournalHead(t *testing.T) {
	const head = "zbh1.AbC-_9"
	opt := fhir.SubmissionOptions{JournalHead: head}
	correcting := opt
	correcting.Replaces = &fhir.Replaced{DocumentID: replacedID}
	note := mustSubmission(t, sampleConsultation(), opt)
	photo, err := fhir.NewPhotograph(sampleConsultation(), photographOf(picture(1000)), note.DocumentID, opt)
	if err != nil {
		t.Fatal(err)
	}
	consulted, options := sampleConsulted()
	options.JournalHead = head
	event, err := fhir.NewConsulted(consulted, options)
	if err != nil {
		t.Fatal(err)
	}
	plain := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	for name, c := range map[string]struct {
		s    record.Submission
		want string
	}{
		"note": {note, head}, "correction": {mustSubmission(t, sampleConsultation(), correcting), head},
		"photograph": {photo, head}, "event": {event, head}, "none": {plain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := wholeBody(t, c.s)
			if name != "event" {
				obeys(t, body)
			}
			resource, _ := dig(t, body, "entry", 0, "resource").(map[string]any)
			if got := fhir.JournalHeadOf(resource); got != c.want {
				t.Errorf("carries %q, want %q", got, c.want)
			}
			if c.want == "" && strings.Contains(string(body), "journal-head") {
				t.Error("an empty head stands in it")
			}
		})
	}
	for _, bad := range []string{"two\nlines", strings.Repeat("x", 5000), "\xff"} {
		if _, err := fhir.NewSubmission(sampleConsultation(), fhir.SubmissionOptions{JournalHead: bad}); record.ReasonOf(err) != "journal_head" {
			t.Errorf("%.10q: got %v", bad, err)
		}
	}
}
