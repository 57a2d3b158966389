package recipient_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
)

const secretName = "PATIENTE"

// consultation is the nth of a test identity.
func consultation(n int) record.Consultation {
	return record.Consultation{
		ID: fmt.Sprintf("0193a1b2-0000-7000-8000-%012d", n),
		Patient: record.Patient{
			INS:       record.INS{Matricule: "279035121518989", OID: record.OIDINSTest},
			BirthName: secretName, GivenNames: []string{"Ines"}, BirthDate: "1979-03-14", Sex: record.Female,
		},
		ActedAt: time.Date(2026, 3, 14, 9, 42, 0, 0, time.UTC),
		Author:  record.Author{RPPS: "99700218896", Name: "Dr Essai"},
		Note:    fmt.Sprintf("Note %d.", n),
	}
}

// submission is the note of the nth consultation.
func submission(t *testing.T, n int) record.Submission {
	t.Helper()
	s, err := fhir.NewSubmission(consultation(n), fhir.SubmissionOptions{JournalHead: journalHead})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// journalHead stands for a head: a recipient keeps it as it is.
const journalHead = "zbh1.dGVzdA-_"

type site struct {
	*recipient.Server
	*fhir.Client
	url string
	log *bytes.Buffer
}

func open(t *testing.T, dir string, m recipient.Misbehaviour) *site {
	t.Helper()
	var log bytes.Buffer
	server, err := recipient.New(dir, recipient.Options{Misbehave: m, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	front := httptest.NewServer(server.Handler())
	t.Cleanup(front.Close)
	client, err := fhir.NewClient(front.URL, fhir.ClientOptions{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return &site{server, client, front.URL, &log}
}

func (s *site) failed(t *testing.T, sub record.Submission) *record.DeliveryError {
	t.Helper()
	_, err := s.Submit(t.Context(), sub)
	var d *record.DeliveryError
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want a delivery error", err)
	}
	return d
}

// held checks that the server holds each submission n times, over its records.
func (s *site) held(t *testing.T, n int, subs ...record.Submission) {
	t.Helper()
	documents, err := s.Documents()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]recipient.Document{}
	for _, d := range documents {
		found[d.UniqueID] = d
	}
	for _, sub := range subs {
		if d := found[sub.DocumentID]; d.Held != n || (n > 0 && !d.Intact) {
			t.Errorf("got %+v, want held %d times and intact", d, n)
		}
	}
}

func TestDeliverOnce(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	first, err := s.Submit(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Submit(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if again.Location != first.Location || !strings.HasPrefix(first.Location, "DocumentReference/") {
		t.Errorf("got %q, then %q", first.Location, again.Location)
	}
	held, err := s.Lookup(t.Context(), sub.DocumentID)
	if err != nil || len(held) != 1 {
		t.Fatalf("got %v, %v", held, err)
	}
	if held[0].Location != first.Location || !bytes.Equal(held[0].SHA1, sub.DocumentSHA1) || held[0].Size != sub.DocumentSize || held[0].Status != "current" {
		t.Errorf("got %+v", held[0])
	}
	s.held(t, 1, sub)
	counts, err := s.Counts()
	if err != nil || counts != (recipient.Counts{DocumentReferences: 1, Lists: 1, Binaries: 1}) {
		t.Errorf("got %+v, %v", counts, err)
	}
	if d, _ := s.Documents(); d[0].Received != 2 {
		t.Errorf("received %d times, want 2", d[0].Received)
	}
	if none, err := s.Lookup(t.Context(), submission(t, 2).DocumentID); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v for what was never sent", none, err)
	}
	if log := s.log.String(); strings.Contains(log, secretName) || strings.Contains(log, "27903") || !strings.Contains(log, sub.DocumentID) {
		t.Errorf("got log %s", log)
	}
}

// TestEveryAnswerIsFHIR fetches what was kept and checks it against R4.
func TestEveryAnswerIsFHIR(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	_, answer := s.request(t, "POST", "/", fhir.MediaType, sub.Body)
	valid := func(body []byte) {
		t.Helper()
		if err := fhirschema.Validate(body); err != nil {
			t.Error(err)
		}
	}
	valid(answer)
	var bundle struct {
		Entry []struct {
			Response struct{ Status, Location, ETag, LastModified string }
		}
	}
	if err := json.Unmarshal(answer, &bundle); err != nil || len(bundle.Entry) != 3 {
		t.Fatalf("got %s", answer)
	}
	for i, kind := range []string{"List", "DocumentReference", "Binary"} {
		r := bundle.Entry[i].Response
		if r.Status != "201 Created" || !strings.HasPrefix(r.Location, kind+"/") || r.ETag != `W/"1"` || r.LastModified == "" {
			t.Errorf("got %+v for the %s", r, kind)
		}
		response, body := s.request(t, "GET", "/"+r.Location, "", nil)
		if response.StatusCode != 200 || response.Header.Get("ETag") != `W/"1"` {
			t.Errorf("%s: got %s", kind, response.Status)
		}
		valid(body)
		if bytes.Contains(body, []byte(`"reference":"urn:uuid:`)) || bytes.Contains(body, []byte(`"url":"urn:uuid:`)) {
			t.Errorf("%s: a reference was not resolved: %s", kind, body)
		}
	}
	_, body := s.request(t, "GET", "/"+bundle.Entry[1].Response.Location, "", nil)
	for _, want := range []string{`"value":"` + sub.DocumentID + `"`, `"url":"` + bundle.Entry[2].Response.Location + `"`} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	request, _ := http.NewRequest("GET", s.url+"/"+bundle.Entry[2].Response.Location, nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(response.Body)
	if sum := sha1.Sum(content); !bytes.Equal(sum[:], sub.DocumentSHA1) || response.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("got %s %q", response.Header.Get("Content-Type"), content)
	}
	response, body = s.request(t, "GET", "/metadata", "", nil)
	if response.StatusCode != 200 {
		t.Errorf("got %s", response.Status)
	}
	// The published schema's list of versions was made before 4.0.1 was in it.
	valid(bytes.Replace(body, []byte(`"fhirVersion":"4.0.1"`), []byte(`"fhirVersion":"4.0.0"`), 1))
	_, body = s.request(t, "GET", "/DocumentReference?identifier="+url.QueryEscape("urn:ietf:rfc:3986|"+sub.DocumentID), "", nil)
	valid(body)
}

func (s *site) request(t *testing.T, method, path, kind string, body []byte) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", fhir.MediaType)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, data
}

func TestRefusals(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	change := func(old, new string) []byte { return bytes.Replace(sub.Body, []byte(old), []byte(new), 1) }
	for _, c := range []struct {
		name, method, path, kind string
		body                     []byte
		status                   int
		says                     string
	}{
		{"not JSON", "POST", "/", fhir.MediaType, []byte("{"), 400, "structure"},
		{"not a Bundle", "POST", "/", fhir.MediaType, []byte(`{"resourceType":"Patient"}`), 400, "not a Bundle"},
		{"a batch", "POST", "/", fhir.MediaType, change(`"type":"transaction"`, `"type":"batch"`), 400, "not a transaction"},
		{"another hash", "POST", "/", fhir.MediaType, change(`"hash":"`, `"hash":"AAAA`), 422, "SHA-1"},
		{"no custodian", "POST", "/", fhir.MediaType, change(`"custodian":{"reference":"#organization"},`, ""), 422, "custodian"},
		{"a patient in the Bundle", "POST", "/", fhir.MediaType, change(`"entry":[{"fullUrl"`, `"entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","active":true},"request":{"method":"POST","url":"Patient"}},{"fullUrl"`), 422, "only the creation"},
		{"another condition", "POST", "/", fhir.MediaType, change(`"ifNoneExist":"identifier=`, `"ifNoneExist":"title=`), 422, "ifNoneExist"},
		{"XML", "POST", "/", "application/fhir+xml", []byte("<Bundle/>"), 415, "not-supported"},
		{"no type", "POST", "/", "", sub.Body, 415, "not-supported"},
		{"another charset", "POST", "/", fhir.MediaType + "; charset=latin1", sub.Body, 415, "not-supported"},
		{"too large", "POST", "/", fhir.MediaType, bytes.Repeat([]byte(" "), 65<<20), 413, "too-long"},
		{"unknown parameter", "GET", "/DocumentReference?identifier=a%7Cb&status=current", "", nil, 400, "identifier"},
		{"no parameter", "GET", "/DocumentReference", "", nil, 400, "identifier"},
		{"parameter twice", "GET", "/DocumentReference?identifier=a%7Cb&identifier=c%7Cd", "", nil, 400, "identifier"},
		{"value without system", "GET", "/DocumentReference?identifier=b", "", nil, 400, "system|value"},
		{"no such document", "GET", "/DocumentReference/1", "", nil, 404, "not-found"},
		{"no such type", "GET", "/Patient/1", "", nil, 404, "not-found"},
		{"a create alone", "POST", "/DocumentReference", fhir.MediaType, []byte("{}"), 404, "not-found"},
		{"a delete", "DELETE", "/List/1", "", nil, 404, "not-found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := s.request(t, c.method, c.path, c.kind, c.body)
			if response.StatusCode != c.status || !strings.Contains(string(body), c.says) {
				t.Errorf("got %s %s, want %d with %q", response.Status, body, c.status, c.says)
			}
			if err := fhirschema.Validate(body); err != nil || !strings.Contains(string(body), "OperationOutcome") {
				t.Errorf("not an OperationOutcome: %v %s", err, body)
			}
			if strings.Contains(string(body), secretName) {
				t.Error("the refusal quotes the patient")
			}
		})
	}
	if counts, err := s.Counts(); err != nil || counts != (recipient.Counts{}) {
		t.Errorf("something of a refused transaction was kept: %+v, %v", counts, err)
	}
	if d := s.failed(t, func() record.Submission {
		wrong := sub
		wrong.Body = change(`"custodian":{"reference":"#organization"},`, "")
		return wrong
	}()); d.Outcome != record.OutcomeRefused || !strings.Contains(d.Words, "custodian") {
		t.Errorf("got %v with %q", d, d.Words)
	}
}

func TestAnotherDocumentUnderTheSameID(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	if _, err := s.Submit(t.Context(), sub); err != nil {
		t.Fatal(err)
	}
	other := submission(t, 2)
	body := bytes.ReplaceAll(other.Body, []byte(other.DocumentID), []byte(sub.DocumentID))
	other.Body, other.DocumentID = body, sub.DocumentID
	if d := s.failed(t, other); d.Outcome != record.OutcomeRefused || d.Cause != "status_409" || !strings.Contains(d.Words, "XDSNonIdenticalHash") {
		t.Errorf("got %v with %q", d, d.Words)
	}
	s.held(t, 1, sub)
	if counts, _ := s.Counts(); counts != (recipient.Counts{DocumentReferences: 1, Lists: 1, Binaries: 1}) {
		t.Errorf("the transaction was not atomic: %+v", counts)
	}
}

// TestWithoutCondition: the server does what the standard says of a Bundle that
// leaves it to luck, and the count shows it.
func TestWithoutCondition(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{}), submission(t, 1)
	lucky := sub
	for _, id := range []string{sub.SubmissionID, sub.DocumentID} {
		lucky.Body = bytes.Replace(lucky.Body, []byte(`,"ifNoneExist":"identifier=urn:ietf:rfc:3986|`+id+`"`), nil, 1)
	}
	for range 2 {
		if _, err := s.Submit(t.Context(), lucky); err != nil {
			t.Fatal(err)
		}
	}
	s.held(t, 2, sub)
	if held, err := s.Lookup(t.Context(), sub.DocumentID); err != nil || len(held) != 2 {
		t.Errorf("got %v, %v", held, err)
	}
	if d := s.failed(t, sub); d.Outcome != record.OutcomeRefused || d.Cause != "status_412" {
		t.Errorf("got %v, want the ambiguity refused", d)
	}
}

func TestMisbehaviour(t *testing.T) {
	for _, c := range []struct {
		name    string
		m       recipient.Misbehaviour
		outcome record.Outcome
		cause   string
		kept    int
	}{
		{"portal", recipient.Misbehaviour{Portal: 1}, record.OutcomeUnavailable, "html_answer", 0},
		{"busy", recipient.Misbehaviour{Busy: 1, RetryAfter: 1500 * time.Millisecond}, record.OutcomeBusy, "status_503", 0},
		{"refuse", recipient.Misbehaviour{Refuse: 1}, record.OutcomeRefused, "status_422", 0},
		{"refuse otherwise", recipient.Misbehaviour{Refuse: 1, RefuseStatus: 403}, record.OutcomeRefused, "status_403", 0}, // it answers reads: about the entry
		{"request dropped", recipient.Misbehaviour{DropRequests: 1}, record.OutcomeUnknown, "cut", 0},
		{"answer dropped", recipient.Misbehaviour{DropAnswers: 1}, record.OutcomeUnknown, "cut", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, sub := open(t, t.TempDir(), c.m), submission(t, 1)
			d := s.failed(t, sub)
			if d.Outcome != c.outcome || d.Cause != c.cause {
				t.Errorf("got %v, want %s (%s)", d, c.outcome, c.cause)
			}
			if d.Outcome == record.OutcomeBusy && d.RetryAfter != 2*time.Second {
				t.Errorf("got Retry-After %s", d.RetryAfter)
			}
			if (d.Words != "") != (d.Outcome == record.OutcomeRefused || d.Outcome == record.OutcomeBusy || d.Outcome == record.OutcomeUnauthorized) {
				t.Errorf("got words %q", d.Words)
			}
			s.held(t, c.kept, sub)
			held, err := s.Lookup(t.Context(), sub.DocumentID)
			if err != nil || len(held) != c.kept {
				t.Fatalf("got %v, %v", held, err)
			}
			if c.kept == 1 && !bytes.Equal(held[0].SHA1, sub.DocumentSHA1) {
				t.Error("the document that is held is another one")
			}
			receipt, err := s.Submit(t.Context(), sub) // it fails once
			if err != nil {
				t.Fatal(err)
			}
			if c.kept == 1 && receipt.Location != held[0].Location {
				t.Errorf("sent again, it went to %s", receipt.Location)
			}
			s.held(t, 1, sub)
		})
	}
	t.Run("always", func(t *testing.T) {
		s := open(t, t.TempDir(), recipient.Misbehaviour{Refuse: -1})
		for range 3 {
			s.failed(t, submission(t, 1))
		}
		s.SetMisbehaviour(recipient.Misbehaviour{})
		if _, err := s.Submit(t.Context(), submission(t, 1)); err != nil {
			t.Error(err)
		}
	})
}

// TestSlowServerActsLate: the effect comes after the client has given up.
func TestSlowServerActsLate(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{Latency: 200 * time.Millisecond}), submission(t, 1)
	s.Timeout = 20 * time.Millisecond
	if d := s.failed(t, sub); d.Outcome != record.OutcomeUnknown || d.Cause != "timeout" {
		t.Fatalf("got %v", d)
	}
	patient, err := fhir.NewClient(s.url, fhir.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if held, err := patient.Lookup(t.Context(), sub.DocumentID); err != nil || len(held) != 0 {
		t.Errorf("got %v, %v: too early", held, err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		if held, err := patient.Lookup(t.Context(), sub.DocumentID); err == nil && len(held) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the effect never came")
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.held(t, 1, sub)
}

func TestManyAtOnce(t *testing.T) {
	s, sub := open(t, t.TempDir(), recipient.Misbehaviour{DropAnswers: 5}), submission(t, 1)
	var wg sync.WaitGroup
	var mu sync.Mutex
	locations := map[string]int{}
	for range 32 {
		wg.Go(func() {
			receipt, err := s.Submit(t.Context(), sub)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				locations["cut"]++
				return
			}
			locations[receipt.Location]++
		})
	}
	wg.Wait()
	if len(locations) != 2 || locations["cut"] != 5 {
		t.Errorf("got %v, want 5 cut answers and one location", locations)
	}
	s.held(t, 1, sub)
	if counts, err := s.Counts(); err != nil || counts != (recipient.Counts{DocumentReferences: 1, Lists: 1, Binaries: 1}) {
		t.Errorf("got %+v, %v", counts, err)
	}
}

func TestReopening(t *testing.T) {
	dir, sub := filepath.Join(t.TempDir(), "r"), submission(t, 1)
	s := open(t, dir, recipient.Misbehaviour{DropAnswers: 1})
	s.failed(t, sub)
	if info, err := os.Stat(filepath.Join(dir, recipient.FileName)); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0) {
		t.Errorf("got %v, %v: others may read it", info, err)
	}
	_, err := recipient.New(dir, recipient.Options{})
	if record.CodeOf(err) != record.CodeLocked || record.ReasonOf(err) != "recipient_locked" {
		t.Errorf("got %v for a file that is held", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, recipient.Misbehaviour{})
	again.held(t, 1, sub)
	if _, err := again.Submit(t.Context(), sub); err != nil {
		t.Error(err)
	}
	again.held(t, 1, sub)
}

func TestServe(t *testing.T) {
	server, err := recipient.New(t.TempDir(), recipient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	client, err := fhir.NewClient("http://"+l.Addr().String(), fhir.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := client.Probe(t.Context()); record.OutcomeOf(err) != record.OutcomeUnavailable {
		t.Errorf("got %v from a server that has stopped", err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("the second time: %v", err)
	}

	everywhere, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip("cannot listen on every address here")
	}
	if err := server.Serve(t.Context(), everywhere); record.ReasonOf(err) != "not_loopback" {
		t.Errorf("got %v for an address that the network reaches", err)
	}
}

func TestForeignHost(t *testing.T) {
	s := open(t, t.TempDir(), recipient.Misbehaviour{})
	request, _ := http.NewRequest("GET", s.url+"/metadata", nil)
	request.Host = "attacker.example.org"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("got %s", response.Status)
	}
}

// FuzzTransaction: whatever is posted, the answer is FHIR, and what is refused
// leaves nothing behind.
func FuzzTransaction(f *testing.F) {
	sub, err := fhir.NewSubmission(record.Consultation{
		ID: "fuzz", Patient: record.Patient{BirthName: "X"}, ActedAt: time.Unix(1773000000, 0).UTC(),
		Author: record.Author{RPPS: "99700218896"}, Note: "n",
	}, fhir.SubmissionOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sub.Body)
	f.Add([]byte(`{"resourceType":"Bundle","type":"transaction","entry":[null,7,{"request":{"method":"POST"}}]}`))
	server, err := recipient.New(f.TempDir(), recipient.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { server.Close() })
	handler := server.Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		before, _ := server.Counts()
		request := httptest.NewRequest("POST", "http://127.0.0.1/", bytes.NewReader(body))
		request.Header.Set("Content-Type", fhir.MediaType)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if _, err := fhir.ParseResource(answer.Body.Bytes()); err != nil || answer.Code == http.StatusInternalServerError {
			t.Errorf("got %d %s", answer.Code, answer.Body)
		}
		if after, err := server.Counts(); err != nil || (answer.Code != 200 && after != before) {
			t.Errorf("got %+v, then %+v (%v) after %d", before, after, err, answer.Code)
		}
	})
}
