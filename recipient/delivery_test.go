package recipient_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// statusOf is what the recipient says of a document that it holds once.
func statusOf(t *testing.T, client *fhir.Client, s record.Submission) string {
	t.Helper()
	held, err := client.Lookup(t.Context(), s.DocumentID)
	if err != nil || len(held) != 1 {
		t.Fatalf("look-up: got %+v (%v), want one document", held, err)
	}
	return held[0].Status
}

// TestCorrections: each correction makes what it corrects superseded, a correction
// of a correction too, whether it names it by its unique id or by its location, and
// sending it again has no effect.
func TestCorrections(t *testing.T) {
	s := open(t, t.TempDir(), recipient.Misbehaviour{})
	x := submission(t, 1)
	mustSubmit(t, s.Client, x)
	y := correction(t, 2, fhir.Replaced{DocumentID: x.DocumentID})
	receipt := mustSubmit(t, s.Client, y)
	if got := statusOf(t, s.Client, x); got != "superseded" {
		t.Errorf("the first note is %s", got)
	}
	z := correction(t, 3, fhir.Replaced{DocumentID: y.DocumentID, Location: receipt.Location})
	for range 3 {
		mustSubmit(t, s.Client, z)
		mustSubmit(t, s.Client, y) // the line repeats it, late: nothing is undone
	}
	for sub, want := range map[*record.Submission]string{&x: "superseded", &y: "superseded", &z: "current"} {
		if got := statusOf(t, s.Client, *sub); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// A second correction of the first note would make two that count.
	other := correction(t, 4, fhir.Replaced{DocumentID: x.DocumentID})
	if d := s.failed(t, other); d.Outcome != record.OutcomeRefused || d.Cause != "original_replaced" {
		t.Errorf("got %v, want refused (original_replaced)", d)
	}
	raw := func(sub record.Submission) int {
		response, _ := s.request(t, http.MethodPost, "/", fhir.MediaType, sub.Body)
		return response.StatusCode
	}
	if got := raw(other); got != http.StatusConflict {
		t.Errorf("sent all the same: got status %d, want 409", got)
	}
	if got := raw(correction(t, 5, fhir.Replaced{DocumentID: submission(t, 99).DocumentID})); got != http.StatusNotFound {
		t.Errorf("a correction of nothing, sent all the same: got status %d, want 404", got)
	}
	s.held(t, 1, x, y, z)
}

// TestCorrectionOfANoteOnItsWay: the note's answer is lost, or the note itself, or
// it comes after the time-out, and it is corrected before anybody knows. Both end
// up held once, the note superseded.
func TestCorrectionOfANoteOnItsWay(t *testing.T) {
	for _, kind := range []transporttest.Kind{transporttest.LoseAnswer, transporttest.LoseRequest, transporttest.LateCommit} {
		t.Run(string(kind), func(t *testing.T) {
			server, f, client := fronted(t)
			first := true
			f.fault = func(r *http.Request) transporttest.Fault {
				if r.Method == http.MethodPost && first {
					first = false
					return transporttest.Fault{Kind: kind, After: 50 * time.Millisecond}
				}
				return transporttest.Fault{}
			}
			note := submission(t, 1)
			corrected := correction(t, 2, fhir.Replaced{DocumentID: note.DocumentID})
			outbox := new(outboxtest.Memory)
			outbox.Add("note", time.Now().Add(-time.Minute), note)
			outbox.Add("correction", time.Now(), corrected)
			drain(t, outbox, client)
			for _, sub := range []record.Submission{note, corrected} {
				if n := heldBy(server)(t, sub.DocumentID); n != 1 {
					t.Errorf("held %d times, want once", n)
				}
			}
			if a, b := statusOf(t, client, note), statusOf(t, client, corrected); a != "superseded" || b != "current" {
				t.Errorf("the note is %s and its correction %s", a, b)
			}
		})
	}
}

// TestCorrectionWaitsForItsNote: sent first, a correction is neither taken nor
// refused, and goes once the note is there.
func TestCorrectionWaitsForItsNote(t *testing.T) {
	s := open(t, t.TempDir(), recipient.Misbehaviour{})
	note := submission(t, 1)
	corrected := correction(t, 2, fhir.Replaced{DocumentID: note.DocumentID})
	if d := s.failed(t, corrected); d.Outcome != record.OutcomeUnknown || d.Cause != "original_missing" {
		t.Errorf("got %v, want unknown (original_missing)", d)
	}
	if counts, err := s.Counts(); err != nil || counts.DocumentReferences != 0 {
		t.Errorf("got %+v (%v), want nothing held", counts, err)
	}
	mustSubmit(t, s.Client, note)
	mustSubmit(t, s.Client, corrected)
	if got := statusOf(t, s.Client, note); got != "superseded" {
		t.Errorf("the note is %s", got)
	}
}

// fronted is a recipient behind a line that fails on demand.
func fronted(t *testing.T) (*recipient.Server, *front, *fhir.Client) {
	t.Helper()
	server, err := recipient.New(t.TempDir(), recipient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	f := newFront(server.Handler())
	return server, f, newClient(t, f.serve(t).URL, fhir.ClientOptions{})
}

// drain delivers until nothing waits.
func drain(t *testing.T, outbox *outboxtest.Memory, client *fhir.Client) {
	t.Helper()
	w := quickWorker(outbox, client)
	w.RequestTimeout = 300 * time.Millisecond
	for pass := 0; len(waiting(t, outbox)) > 0; pass++ {
		if pass == 500 {
			t.Fatalf("something still waits: %+v", outbox.Items())
		}
		if _, err := w.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestPhotographOverABadLine: a picture of some size, cut in the middle, is
// known not to have been taken, goes again, and is held once with its content.
func TestPhotographOverABadLine(t *testing.T) {
	server, f, client := fronted(t)
	next, cuts := f.next, 0
	f.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if large := r.ContentLength < 0 || r.ContentLength > 500<<10; large && r.Header.Get("Expect") != "" && cuts < 2 {
			cuts++
			io.CopyN(io.Discard, r.Body, 300<<10)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
	note := submission(t, 1)
	photo := photograph(t, 1, note.DocumentID, noise(1<<20))
	mustSubmit(t, client, note)
	for range 2 {
		_, err := client.Submit(t.Context(), photo)
		if d := deliveryError(t, err); d.Outcome != record.OutcomeUnavailable || d.Cause != "cut" {
			t.Errorf("cut in the middle: got %v, want unavailable (cut)", err)
		}
	}
	mustSubmit(t, client, photo)
	mustSubmit(t, client, photo)
	documents, err := server.Documents()
	if err != nil || len(documents) != 2 || !documents[0].Intact || !documents[1].Intact || documents[0].Held+documents[1].Held != 2 {
		t.Errorf("got %+v (%v), want the note and the picture, each once and intact", documents, err)
	}
}

// noise is a picture of n bytes that no compression makes smaller.
func noise(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{6}).Read(data)
	copy(data, "\xff\xd8\xff")
	return data
}

// TestAuditEventsOnce: an event sent three times is held once, and found.
func TestAuditEventsOnce(t *testing.T) {
	s := open(t, t.TempDir(), recipient.Misbehaviour{DropAnswers: 1})
	event := consulted(t, 1)
	if d := s.failed(t, event); d.Outcome != record.OutcomeUnknown {
		t.Errorf("got %v, want unknown", d)
	}
	held, err := s.Lookup(t.Context(), event.DocumentID)
	if err != nil || len(held) != 1 || !strings.HasPrefix(held[0].Location, "AuditEvent/") {
		t.Fatalf("got %+v (%v), want one event", held, err)
	}
	if receipt := mustSubmit(t, s.Client, event); receipt.Location != held[0].Location {
		t.Errorf("sent again it is at %s, was at %s", receipt.Location, held[0].Location)
	}
	if held, err := s.Lookup(t.Context(), consulted(t, 2).DocumentID); err != nil || len(held) != 0 {
		t.Errorf("an event that was never sent: got %+v (%v)", held, err)
	}
}

// TestRecordIsAskedFor is TD0.2: asked where the recipient offers it, once for a
// patient, never with the INS in an address; a missing or closed record is a
// refusal, a question without an answer is none.
func TestRecordIsAskedFor(t *testing.T) {
	const system, value = "urn:oid:1.2.250.1.213.1.4.10", "279035121518989"
	for _, c := range []struct {
		name    string
		records []recipient.Record
		cause   string
		words   string
		asked   int
	}{
		{"not offered", nil, "", "", 0},
		{"open", []recipient.Record{{System: system, Value: value}}, "", "", 1},
		{"none", []recipient.Record{{System: system, Value: "1"}}, "record_missing", "", 2},
		{"closed", []recipient.Record{{System: system, Value: value, Closed: true, Reason: "Demande du patient"}}, "record_closed", "Demande du patient", 2},
		{"two", []recipient.Record{{System: system, Value: value}, {System: system, Value: value}}, "record_twice", "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, err := recipient.New(t.TempDir(), recipient.Options{Records: c.records})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			var urls []string
			handler := server.Handler()
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				urls = append(urls, r.URL.String())
				handler.ServeHTTP(w, r)
			}))
			defer site.Close()
			client := newClient(t, site.URL, fhir.ClientOptions{CheckRecord: true})
			for n := range 2 {
				_, err := client.Submit(t.Context(), submission(t, n))
				if c.cause == "" {
					if err != nil {
						t.Fatal(err)
					}
				} else if d := deliveryError(t, err); d.Outcome != record.OutcomeRefused || d.Cause != c.cause || d.Words != c.words {
					t.Errorf("got %v in the words %q, want refused (%s) %q", err, d.Words, c.cause, c.words)
				}
			}
			asked := strings.Count(fmt.Sprint(urls), "/Patient/_search")
			if asked != c.asked || strings.Contains(fmt.Sprint(urls), value) {
				t.Errorf("asked %d times, want %d: %v", asked, c.asked, urls)
			}
		})
	}
	t.Run("a portal in between", func(t *testing.T) {
		server, err := recipient.New(t.TempDir(), recipient.Options{Records: []recipient.Record{{System: system, Value: value}}})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		f := newFront(server.Handler())
		client := newClient(t, f.serve(t).URL, fhir.ClientOptions{CheckRecord: true})
		f.kind.Store(transporttest.Portal)
		if _, err := client.Submit(t.Context(), submission(t, 1)); record.OutcomeOf(err) != record.OutcomeUnavailable {
			t.Errorf("got %v, want unavailable", err)
		}
		f.kind.Store(transporttest.NoFault)
		mustSubmit(t, client, submission(t, 1))
	})
}

// TestCompression: requests are compressed once the recipient has said that it
// takes it, are the same bytes, and go plain again when it refuses them.
func TestCompression(t *testing.T) {
	for _, takes := range []bool{true, false} {
		server, f, client := fronted(t)
		next := f.next
		var codings []string
		f.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				codings = append(codings, r.Header.Get("Content-Encoding"))
				if !takes && r.Header.Get("Content-Encoding") != "" {
					outcome(w, http.StatusUnsupportedMediaType, "non")
					return
				}
			}
			next.ServeHTTP(w, r)
		})
		note := submission(t, 2)
		mustSubmit(t, client, submission(t, 1))
		mustSubmit(t, client, note)
		photo := photograph(t, 2, note.DocumentID, bytes.Repeat([]byte("\xff\xd8\xff"), 200<<10))
		mustSubmit(t, client, photo)
		want := []string{"", "gzip", "gzip"}
		if !takes {
			want = []string{"", "gzip", "", ""}
		}
		if fmt.Sprint(codings) != fmt.Sprint(want) {
			t.Errorf("takes %v: got codings %q, want %q", takes, codings, want)
		}
		documents, err := server.Documents()
		if err != nil || len(documents) != 3 {
			t.Fatalf("got %d documents (%v), want 3", len(documents), err)
		}
		for _, d := range documents {
			if d.Held != 1 || !d.Intact {
				t.Errorf("got %+v", d)
			}
		}
	}
}
