package fhir_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// slowly reads a body in pieces with pauses, as a thin line takes it.
func slowly(r io.Reader, piece int64, pause time.Duration) {
	for {
		if _, err := io.CopyN(io.Discard, r, piece); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// serveNarrow starts a server whose system takes little ahead of it.
func serveNarrow(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Listener = narrowListener{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

type narrowListener struct{ net.Listener }

func (l narrowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetReadBuffer(32 << 10)
	}
	return conn, err
}

// narrow is a client whose buffers are small, so that what has left has arrived.
func narrow() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetWriteBuffer(16 << 10)
		}
		return conn, err
	}}}
}

func bigPhotograph(t *testing.T) record.Submission {
	t.Helper()
	s, err := fhir.NewPhotograph(sampleConsultation(), photographOf(picture(12<<20)), replacedID, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestProgressNotTime: what counts is that something moves.
func TestProgressNotTime(t *testing.T) {
	s := bigPhotograph(t)
	answer := canned{status: 200, kind: fhir.MediaType, body: goodAnswer}
	const idle = 400 * time.Millisecond
	submit := func(t *testing.T, s record.Submission, read func(io.Reader)) (time.Duration, error) {
		server := serveNarrow(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			read(r.Body)
			answer.ServeHTTP(w, r)
		}))
		began := time.Now()
		_, err := newClient(t, server.URL, fhir.ClientOptions{Timeout: idle, HTTP: narrow()}).Submit(t.Context(), s)
		return time.Since(began), err
	}
	t.Run("slow and steady", func(t *testing.T) {
		took, err := submit(t, s, func(r io.Reader) { slowly(r, 2<<20, 120*time.Millisecond) })
		if err != nil || took < idle {
			t.Errorf("got %v after %v, want success after more than %v", err, took, idle)
		}
	})
	t.Run("stalled half-way", func(t *testing.T) {
		_, err := submit(t, s, func(r io.Reader) { io.CopyN(io.Discard, r, 1<<20); time.Sleep(3 * idle) })
		if d := deliveryError(t, err); d.Outcome != record.OutcomeUnavailable || d.Cause != "timeout" {
			t.Errorf("got %v, want unavailable (timeout): the end of the JSON never left", err)
		}
	})
	t.Run("held back here", func(t *testing.T) {
		held, open := s, s.Attached.Open
		held.Attached = &record.Attachment{At: s.Attached.At, Size: s.Attached.Size, Open: func() (io.ReadCloser, error) {
			from, err := open()
			return struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(from, 6<<20), pause(2*idle), from), from}, err
		}}
		if _, err := submit(t, held, func(r io.Reader) { io.Copy(io.Discard, r) }); err != nil {
			t.Errorf("a note went first: got %v, want success", err)
		}
	})
	t.Run("unreadable here", func(t *testing.T) {
		broken := s
		broken.Attached = &record.Attachment{At: s.Attached.At, Size: s.Attached.Size + 1, Open: s.Attached.Open}
		_, err := submit(t, broken, func(r io.Reader) { io.Copy(io.Discard, r) })
		if d := deliveryError(t, err); d.Outcome != record.OutcomeRefused || d.Cause != "document_unreadable" {
			t.Errorf("got %v, want refused (document_unreadable)", err)
		}
	})
	t.Run("one byte a moment", func(t *testing.T) {
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", fhir.MediaType)
			for range 100 {
				if _, err := io.WriteString(w, " "); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(40 * time.Millisecond)
			}
		}))
		began := time.Now()
		_, err := newClient(t, server.URL, fhir.ClientOptions{Timeout: 200 * time.Millisecond}).Lookup(t.Context(), replacedID)
		if d := deliveryError(t, err); d.Outcome != record.OutcomeUnavailable || time.Since(began) > 2*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// pause is a reader of nothing, after a while.
type pause time.Duration

func (p pause) Read([]byte) (int, error) { time.Sleep(time.Duration(p)); return 0, io.EOF }

// TestInflatedAnswerIsBounded: an answer that is small on the line and large in
// memory is refused as one that is large.
func TestInflatedAnswerIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.Copy(z, io.LimitReader(zeros{}, 64<<20))
	z.Close()
	server := serve(t, canned{status: 200, kind: fhir.MediaType, body: bomb.String(), headers: map[string]string{"Content-Encoding": "gzip"}})
	_, err := newClient(t, server.URL, fhir.ClientOptions{}).Lookup(t.Context(), replacedID)
	if d := deliveryError(t, err); d.Cause != "answer_too_large" {
		t.Errorf("%d bytes on the line: got %v, want answer_too_large", bomb.Len(), err)
	}
}

func tokenKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// byPath answers by the end of the path.
type byPath map[string]reply

func (b byPath) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	for end, answer := range b {
		if strings.HasSuffix(r.URL.Path, end) {
			return answer.RoundTrip(r)
		}
	}
	return nil, errors.New("nobody answers")
}

func TestTokenEndpointAnswers(t *testing.T) {
	const j = "application/json"
	for _, c := range []struct {
		name    string
		answer  reply
		outcome record.Outcome
		cause   string
		words   string
	}{
		{"refused", reply{401, j, []byte(`{"error":"invalid_client","error_description":"clé \u001binconnue"}`)}, record.OutcomeUnauthorized, "token_refused", "invalid_client: clé inconnue"},
		{"400", reply{400, j, []byte(`{"error":"invalid_scope"}`)}, record.OutcomeUnauthorized, "token_refused", "invalid_scope"},
		{"unavailable", reply{400, j, []byte(`{"error":"temporarily_unavailable"}`)}, record.OutcomeUnavailable, "token_unavailable", ""},
		{"500", reply{500, j, []byte(`{"error":"server_error"}`)}, record.OutcomeUnavailable, "token_unavailable", ""},
		{"503", reply{503, "text/html", []byte(htmlAnswer)}, record.OutcomeBusy, "token_busy", ""},
		{"page, 200", reply{200, "text/html", []byte(htmlAnswer)}, record.OutcomeUnavailable, "token_no_answer", ""},
		{"page, 403", reply{403, "text/html", []byte(htmlAnswer)}, record.OutcomeUnavailable, "token_malformed", ""},
		{"redirect", reply{302, "text/html", nil}, record.OutcomeUnavailable, "token_malformed", ""},
		{"no token", reply{200, j, []byte(`{}`)}, record.OutcomeUnavailable, "token_no_answer", ""},
		{"not bearer", reply{200, j, []byte(`{"access_token":"x","token_type":"mac"}`)}, record.OutcomeUnavailable, "token_malformed", ""},
		{"line break", reply{200, j, []byte(`{"access_token":"x\r\nX-A: b","token_type":"bearer"}`)}, record.OutcomeUnavailable, "token_malformed", ""},
	} {
		client, err := fhir.NewClient("http://127.0.0.1:1", fhir.ClientOptions{HTTP: &http.Client{Transport: byPath{"/token": c.answer}},
			Auth: &fhir.Credentials{TokenURL: "http://127.0.0.1:1/token", ClientID: "x", Key: tokenKey(t)}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Submit(t.Context(), mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}))
		if d := deliveryError(t, err); d.Outcome != c.outcome || d.Cause != c.cause || d.Words != c.words {
			t.Errorf("%s: got %v %q, want %s (%s) %q", c.name, err, d.Words, c.outcome, c.cause, c.words)
		}
	}
}

// TestTokenByTheEndpointsClock: a computer whose clock is wrong is asked once more
// by the endpoint's, and gets its token.
func TestTokenByTheEndpointsClock(t *testing.T) {
	for _, off := range []time.Duration{0, 3 * time.Hour, -40 * 24 * time.Hour} {
		asked := 0
		server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				canned{status: 200, kind: fhir.MediaType, body: goodAnswer}.ServeHTTP(w, r)
				return
			}
			asked++
			now := time.Now().Add(off)
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Type", "application/json")
			var claims struct{ Exp int64 }
			parts := strings.Split(r.PostFormValue("client_assertion"), ".")
			data, err := base64.RawURLEncoding.DecodeString(parts[1])
			if err != nil || json.Unmarshal(data, &claims) != nil {
				t.Errorf("not an assertion: %v", err)
			}
			if until := time.Unix(claims.Exp, 0); until.Before(now) || until.After(now.Add(5*time.Minute+time.Second)) {
				w.WriteHeader(http.StatusBadRequest)
				io.WriteString(w, `{"error":"invalid_client"}`)
				return
			}
			io.WriteString(w, `{"access_token":"x","token_type":"Bearer","expires_in":300}`)
		}))
		client := newClient(t, server.URL, fhir.ClientOptions{Auth: &fhir.Credentials{TokenURL: server.URL + "/token", ClientID: "x", Key: tokenKey(t)}})
		if _, err := client.Submit(t.Context(), mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})); err != nil {
			t.Errorf("off by %v: %v", off, err)
		}
		want := 1
		if off != 0 {
			want = 2
		}
		if asked != want {
			t.Errorf("off by %v: asked %d times, want %d", off, asked, want)
		}
	}
}

// TestKeys: which keys sign, and what is said of the others.
func TestKeys(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	web := func(key any) []byte {
		data, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "k1"})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	ec := tokenKey(t)
	for _, c := range []struct {
		name string
		data []byte
		id   string
		ok   bool
	}{
		{"EC", encoded(ec), "", true}, {"RSA", encoded(strong), "", true}, {"JWK", web(ec), "k1", true},
		{"RSA of 1024 bits", encoded(weak), "", false}, {"P-521", encoded(p521), "", false},
		{"public JWK", web(ec.Public()), "", false}, {"nothing", nil, "", false}, {"broken JWK", []byte(`{"kty":"EC"}`), "", false},
		{"large", append(encoded(ec), make([]byte, 100<<10)...), "", false},
	} {
		key, id, err := fhir.ParseKey(c.data)
		if (err == nil) != c.ok || c.ok && (key == nil || id != c.id) || err != nil && record.ReasonOf(err) != "token_key" {
			t.Errorf("%s: got id %q, %v", c.name, id, err)
		}
		if c.ok {
			set, err := fhir.PublicJWKS(key, id)
			if err != nil || bytes.Contains(set, []byte(`"d"`)) || !bytes.Contains(set, []byte(`"kid"`)) {
				t.Errorf("%s: got %s (%v)", c.name, set, err)
			}
		}
	}
}

// FuzzTokenAnswer: whatever the token endpoint says, the client says something of
// the contract, and repeats no token.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"access_token":"secret-token","token_type":"bearer","expires_in":300}`))
	f.Add(401, "application/json", []byte(`{"error":"invalid_client","error_description":"x"}`))
	f.Add(200, "text/plain", []byte(`access_token=secret-token&expires_in=-1`))
	f.Add(200, "text/html", []byte(htmlAnswer))
	key, s := tokenKey(f), mustSubmission(f, sampleConsultation(), fhir.SubmissionOptions{})
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 999 {
			return
		}
		client, err := fhir.NewClient("http://127.0.0.1:1", fhir.ClientOptions{
			HTTP: &http.Client{Transport: byPath{"/token": {status, kind, body}, ":1": {422, fhir.MediaType, []byte(outcomeAnswer)}, "": {422, fhir.MediaType, []byte(outcomeAnswer)}}},
			Auth: &fhir.Credentials{TokenURL: "http://127.0.0.1:1/token", ClientID: "x", Key: key}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Submit(t.Context(), s)
		if d := deliveryError(t, err); strings.Contains(d.Error(), "secret-token") || len(d.Words) > 500 {
			t.Errorf("got %v, %d bytes of words", d, len(d.Words))
		}
	})
}

// FuzzRecordAnswer: whatever is said about a record and about what can be asked,
// the note goes or is refused with one of the causes of a record.
func FuzzRecordAnswer(f *testing.F) {
	const able = `{"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"search-type"}],"searchParam":[{"name":"identifier"}]}]}]}`
	f.Add(able, `{"resourceType":"Bundle","type":"searchset","total":0}`)
	f.Add(able, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","active":false,"identifier":[{"system":"urn:oid:1.2.250.1.213.1.4.10","value":"279035121518989"}],"extension":[{"url":"https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/dmp-fermeture","extension":[{"url":"raisonFermeture","valueString":"x"}]}]}}]}`)
	f.Add(able, htmlAnswer)
	f.Add(outcomeAnswer, "")
	s := mustSubmission(f, sampleConsultation(), fhir.SubmissionOptions{})
	f.Fuzz(func(t *testing.T, metadata, answer string) {
		client, err := fhir.NewClient("http://127.0.0.1:1/r", fhir.ClientOptions{CheckRecord: true, HTTP: &http.Client{Transport: byPath{
			"/metadata": {200, fhir.MediaType, []byte(metadata)}, "/_search": {200, fhir.MediaType, []byte(answer)}, "/r": {200, fhir.MediaType, []byte(goodAnswer)}}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = client.Submit(t.Context(), s); err != nil {
			if d := deliveryError(t, err); d.Outcome != record.OutcomeRefused || !strings.HasPrefix(d.Cause, "record_") || len(d.Words) > 500 {
				t.Errorf("got %v", d)
			}
		}
	})
}

// FuzzAuditAnswer: a look-up of an audit event finds events that carry its id only.
func FuzzAuditAnswer(f *testing.F) {
	s, err := fhir.NewConsulted(sampleConsulted())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AuditEvent","id":"1","entity":[{"what":{"identifier":{"value":"` + s.SubmissionID + `"}}}]}}]}`)
	f.Add(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"DocumentReference","id":"1"}}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		client, err := fhir.NewClient("http://127.0.0.1:1", fhir.ClientOptions{HTTP: &http.Client{Transport: reply{200, fhir.MediaType, []byte(answer)}}})
		if err != nil {
			t.Fatal(err)
		}
		held, err := client.Lookup(t.Context(), s.DocumentID)
		for _, h := range held {
			if err != nil || !strings.HasPrefix(h.Location, "AuditEvent/") || !strings.Contains(answer, "urn:uuid:") && !strings.Contains(answer, `\`) {
				t.Errorf("got %+v (%v) of %q", h, err, answer)
			}
		}
	})
}

// FuzzParseKey: a key's file never panics and never yields what cannot sign.
func FuzzParseKey(f *testing.F) {
	der, err := x509.MarshalPKCS8PrivateKey(tokenKey(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	f.Add([]byte(`{"kty":"EC","crv":"P-384","x":"AA","y":"AA","d":"AA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if key, _, err := fhir.ParseKey(data); err == nil {
			if _, err := fhir.PublicJWKS(key, ""); err != nil {
				t.Errorf("read, and %v", err)
			}
		}
	})
}
