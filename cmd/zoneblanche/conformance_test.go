package main

// This file holds the real parts of a delivery to the contracts of sync: the FHIR
// client with the demonstration recipient, and the journal.

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

func consultation(at time.Time) record.Consultation {
	id := uuid.Must(uuid.NewV7()).String()
	return record.Consultation{
		ID: id,
		Patient: record.Patient{
			INS:       record.INS{Matricule: "279035121518989", OID: record.OIDINSTest},
			BirthName: "PATIENTE", GivenNames: []string{"Ines"}, BirthDate: "1979-03-14", Sex: record.Female,
		},
		ActedAt: at,
		Author:  record.Author{RPPS: "99700218896", Name: "Dr Essai"},
		Note:    "Note " + id,
	}
}

func submission(t *testing.T, c record.Consultation) record.Submission {
	t.Helper()
	s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// front stands before the recipient and plays what happens to a line and not to a
// server: every request meets it, look-ups and probes included.
type front struct {
	kind atomic.Value
	next http.Handler
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	post := r.Method == http.MethodPost
	switch f.kind.Load().(transporttest.Kind) {
	case transporttest.Portal:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!DOCTYPE html><html><body>Bienvenue</body></html>")
	case transporttest.Busy:
		w.Header().Set("Retry-After", strconv.Itoa(90))
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"throttled"}]}`)
	case transporttest.Gateway:
		if post {
			f.next.ServeHTTP(httptest.NewRecorder(), r)
			w.Header().Set("Retry-After", strconv.Itoa(90))
			http.Error(w, "upstream is busy", http.StatusServiceUnavailable)
			return
		}
		f.next.ServeHTTP(w, r)
	case transporttest.Unauthorized:
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}`)
	case transporttest.Refuse:
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"text":"Auteur inconnu"}}]}`)
	case transporttest.Hang:
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	case transporttest.LoseRequest:
		if post {
			io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}
		f.next.ServeHTTP(w, r)
	case transporttest.LoseAnswer:
		if post {
			f.next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		f.next.ServeHTTP(w, r)
	default:
		f.next.ServeHTTP(w, r)
	}
}

func TestClientAndRecipient(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		server, err := recipient.New(t.TempDir(), recipient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		f := &front{next: server.Handler()}
		f.kind.Store(transporttest.NoFault)
		line := httptest.NewServer(f)
		t.Cleanup(line.Close)
		// A dead line is an address at which nobody listens.
		dead := httptest.NewServer(nil)
		dead.Close()
		client, err := fhir.NewClient(line.URL, fhir.ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		nobody, err := fhir.NewClient(dead.URL, fhir.ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return transporttest.Harness{
			Transport: &either{f: f, live: client, dead: nobody},
			NewSubmission: func(t *testing.T) record.Submission {
				return submission(t, consultation(time.Now()))
			},
			NewCorrection: func(t *testing.T, of record.Submission) record.Submission {
				s, err := fhir.NewSubmission(consultation(time.Now()), fhir.SubmissionOptions{Replaces: &fhir.Replaced{DocumentID: of.DocumentID}})
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			NewConsulted: func(t *testing.T) record.Submission {
				c := consultation(time.Now())
				s, err := fhir.NewConsulted(record.Consulted{ID: c.ID, Patient: c.Patient, Card: record.CardRef{ID: "00ff"}, At: c.ActedAt, Author: c.Author}, fhir.ConsultedOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			Held: func(t *testing.T, id string) int {
				documents, err := server.Documents()
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range documents {
					if d.UniqueID == id {
						return d.Held
					}
				}
				return 0
			},
			Break:      func(_ *testing.T, k transporttest.Kind) bool { f.kind.Store(k); return true },
			Words:      "Auteur inconnu",
			RetryAfter: 90 * time.Second,
		}
	})
}

type either struct {
	f          *front
	live, dead *fhir.Client
}

func (e *either) client() *fhir.Client {
	if e.f.kind.Load() == transporttest.NoAnswer {
		return e.dead
	}
	return e.live
}

func (e *either) Submit(ctx context.Context, s record.Submission) (record.Receipt, error) {
	return e.client().Submit(ctx, s)
}

func (e *either) Lookup(ctx context.Context, id string) ([]record.Held, error) {
	return e.client().Lookup(ctx, id)
}

func (e *either) Probe(ctx context.Context) error { return e.client().Probe(ctx) }

var _ outsync.Transport = (*fhir.Client)(nil)
var _ outsync.Outbox = (*store.Journal)(nil)

func TestJournal(t *testing.T) {
	outboxtest.Run(t, func(t *testing.T) outboxtest.Harness {
		dir := t.TempDir()
		j, err := store.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = j.Close() })
		return outboxtest.Harness{
			Outbox: j,
			Add: func(t *testing.T, at time.Time) (string, record.Submission) {
				c := consultation(at)
				s := submission(t, c)
				entry, duplicate, err := j.Record(t.Context(), c, s)
				if err != nil || duplicate {
					t.Fatal(duplicate, err)
				}
				return entry, s
			},
			Correct: func(t *testing.T, of record.Item, at time.Time) (string, record.Submission) {
				c := consultation(at)
				s := submission(t, c)
				entry, _, err := j.Correct(t.Context(), store.Correction{Of: of}, c, s)
				if err != nil {
					t.Fatal(err)
				}
				return entry, s
			},
			Reopen: func(t *testing.T) outsync.Outbox {
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				again, err := store.Open(dir, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = again.Close() })
				return again
			},
		}
	})
}

// The whole way on a line that loses every other answer.
func TestJournalToRecipient(t *testing.T) {
	j, err := store.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	server, err := recipient.New(t.TempDir(), recipient.Options{Misbehave: recipient.Misbehaviour{DropAnswers: 3}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	line := httptest.NewServer(server.Handler())
	defer line.Close()
	client, err := fhir.NewClient(line.URL, fhir.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		c := consultation(time.Now())
		if _, _, err := j.Record(t.Context(), c, submission(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	w := outsync.New(j, client)
	w.FollowUp = 50 * time.Millisecond
	w.OnEvent = func(e outsync.Event) { t.Log(e.Entry[:min(len(e.Entry), 8)], e.Kind, e.Cause) }
	got, err := w.Once(t.Context())
	if err != nil || got.Cleared != 10 || got.Waiting != 0 {
		t.Fatalf("result %+v, %v", got, err)
	}
	documents, err := server.Documents()
	if err != nil || len(documents) != 10 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	for _, d := range documents {
		if d.Held != 1 || !d.Intact {
			t.Errorf("%+v", d)
		}
	}
}
