package recipient_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// authority is a certificate authority for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	a.certificate = sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a, &a.key.PublicKey)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, template *x509.Certificate, by *authority, key *ecdsa.PublicKey) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "TEST ONLY"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := by.certificate
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// issue makes a certificate for a server on loopback or for a client.
func (a *authority) issue(t *testing.T, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key := newKey(t)
	leaf := sign(t, &x509.Certificate{
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

const clientID = "cabinet-1"

// secureSite is a recipient that asks everybody who they are.
type secureSite struct {
	*recipient.Server
	front       *front
	line        *cutListener
	url         string
	authority   *authority
	certificate tls.Certificate // a client's
	key         *ecdsa.PrivateKey
	log         *bytes.Buffer
}

type secureOptions struct {
	tokenFor time.Duration
	records  []recipient.Record
}

func openSecure(t *testing.T, o secureOptions) *secureSite {
	t.Helper()
	s := &secureSite{authority: newAuthority(t), key: newKey(t), log: new(bytes.Buffer)}
	s.certificate = s.authority.issue(t, x509.ExtKeyUsageClientAuth)
	keys, err := fhir.PublicJWKS(s.key, "")
	if err != nil {
		t.Fatal(err)
	}
	s.Server, err = recipient.New(t.TempDir(), recipient.Options{
		Client:  &recipient.Client{ID: clientID, JWKS: keys, TokenFor: o.tokenFor},
		Records: o.records,
		Log:     slog.New(slog.NewTextHandler(s.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.front = newFront(s.Handler())
	site := httptest.NewUnstartedServer(s.front)
	s.line = &cutListener{Listener: site.Listener}
	site.Listener = s.line
	site.EnableHTTP2 = true
	site.Config.ErrorLog = log.New(io.Discard, "", 0)
	portal := &tls.Config{Certificates: []tls.Certificate{newAuthority(t).issue(t, x509.ExtKeyUsageServerAuth)}}
	site.TLS = &tls.Config{
		// A portal answers with a certificate of its own, having no other.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if s.front.kind.Load() == transporttest.Portal {
				return portal, nil
			}
			return nil, nil
		},
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{s.authority.issue(t, x509.ExtKeyUsageServerAuth)},
		ClientCAs: s.authority.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	}
	site.StartTLS()
	s.front.closing(t, site)
	s.url = site.URL
	return s
}

func (s *secureSite) options() fhir.ClientOptions {
	return fhir.ClientOptions{
		Roots: s.authority.pool(), Certificate: &s.certificate, CheckRecord: true,
		Auth: &fhir.Credentials{TokenURL: s.url + "/token", ClientID: clientID, Key: s.key},
	}
}

func (s *secureSite) client(t *testing.T) *fhir.Client {
	t.Helper()
	return newClient(t, s.url, s.options())
}

func newClient(t *testing.T, url string, opt fhir.ClientOptions) *fhir.Client {
	t.Helper()
	client, err := fhir.NewClient(url, opt)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestStrangersAreTurnedAway: without the right authority, certificate or key,
// nothing is delivered, and the reason is told apart from a line that is down.
func TestStrangersAreTurnedAway(t *testing.T) {
	s := openSecure(t, secureOptions{})
	other := newAuthority(t)
	for _, c := range []struct {
		name    string
		change  func(*fhir.ClientOptions)
		outcome record.Outcome
		cause   string
	}{
		{"the system's authorities alone", func(o *fhir.ClientOptions) { o.Roots = nil }, record.OutcomeUnavailable, "token_no_answer"},
		{"another authority", func(o *fhir.ClientOptions) { o.Roots = other.pool() }, record.OutcomeUnavailable, "token_no_answer"},
		{"no certificate", func(o *fhir.ClientOptions) { o.Certificate = nil }, record.OutcomeUnavailable, "token_no_answer"},
		{"another key", func(o *fhir.ClientOptions) { o.Auth.Key = newKey(t) }, record.OutcomeUnauthorized, "token_refused"},
		{"another client", func(o *fhir.ClientOptions) { o.Auth.ClientID = "cabinet-2" }, record.OutcomeUnauthorized, "token_refused"},
		{"no credentials", func(o *fhir.ClientOptions) { o.Auth, o.CheckRecord = nil, false }, record.OutcomeUnauthorized, "status_401"},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := s.options()
			c.change(&options)
			_, err := newClient(t, s.url, options).Submit(t.Context(), submission(t, 1))
			if d := deliveryError(t, err); d.Outcome != c.outcome || d.Cause != c.cause {
				t.Errorf("got %v, want %s (%s)", err, c.outcome, c.cause)
			}
		})
	}
	if documents, err := s.Documents(); err != nil || len(documents) != 0 {
		t.Errorf("a stranger delivered %d documents (%v)", len(documents), err)
	}
}

func TestTokens(t *testing.T) {
	t.Run("one for many requests", func(t *testing.T) {
		s := openSecure(t, secureOptions{})
		client := s.client(t)
		for n := range 5 {
			mustSubmit(t, client, submission(t, n))
		}
		if s.TokensAsked() != 1 {
			t.Errorf("asked for %d tokens, want 1", s.TokensAsked())
		}
	})
	t.Run("renewed once when it is refused", func(t *testing.T) {
		s := openSecure(t, secureOptions{})
		client := s.client(t)
		mustSubmit(t, client, submission(t, 1))
		s.ForgetTokens()
		mustSubmit(t, client, submission(t, 2))
		if s.TokensAsked() != 2 {
			t.Errorf("asked for %d tokens, want 2", s.TokensAsked())
		}
	})
	t.Run("one for many at once", func(t *testing.T) {
		s := openSecure(t, secureOptions{})
		client := s.client(t)
		var wg sync.WaitGroup
		for n := range 8 {
			sub := submission(t, n)
			wg.Go(func() {
				if _, err := client.Submit(t.Context(), sub); err != nil {
					t.Errorf("submit: %v", err)
				}
			})
		}
		wg.Wait()
		if s.TokensAsked() != 1 {
			t.Errorf("asked for %d tokens, want 1", s.TokensAsked())
		}
	})
	t.Run("renewed before its end", func(t *testing.T) {
		s := openSecure(t, secureOptions{tokenFor: 3 * time.Second})
		client := s.client(t)
		mustSubmit(t, client, submission(t, 1))
		time.Sleep(2100 * time.Millisecond) // a third of its life is left, and more
		refused := 0
		next := s.front.next
		s.front.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := httptest.NewRecorder()
			next.ServeHTTP(seen, r)
			if seen.Code == http.StatusUnauthorized {
				refused++
			}
			for name, values := range seen.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(seen.Code)
			w.Write(seen.Body.Bytes())
		})
		mustSubmit(t, client, submission(t, 2))
		if refused != 0 || s.TokensAsked() != 2 {
			t.Errorf("asked for %d tokens after %d refusals, want 2 after none", s.TokensAsked(), refused)
		}
	})
}

// TestOneConnectionForMany: over TLS, submissions under way together share one
// connection (HTTP/2).
func TestOneConnectionForMany(t *testing.T) {
	s := openSecure(t, secureOptions{})
	client := s.client(t)
	mustSubmit(t, client, submission(t, 0))
	next := s.front.next
	var together, most, version atomic.Int32
	s.front.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := together.Add(1)
		defer together.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		version.Store(int32(r.ProtoMajor))
		time.Sleep(20 * time.Millisecond)
		next.ServeHTTP(w, r)
	})
	var wg sync.WaitGroup
	for n := range 16 {
		sub := submission(t, n+1)
		wg.Go(func() {
			if _, err := client.Submit(t.Context(), sub); err != nil {
				t.Errorf("submit beside others: %v", err)
			}
		})
	}
	wg.Wait()
	if s.line.accepted.Load() != 1 || version.Load() != 2 || most.Load() < 4 {
		t.Errorf("%d connections of HTTP/%d with at most %d requests together, want one of HTTP/2 with several",
			s.line.accepted.Load(), version.Load(), most.Load())
	}
}

func mustSubmit(t *testing.T, client *fhir.Client, s record.Submission) record.Receipt {
	t.Helper()
	receipt, err := client.Submit(t.Context(), s)
	if err != nil {
		d := deliveryError(t, err)
		t.Fatalf("submit: %v, in the words %q", err, d.Words)
	}
	return receipt
}

// TestServeOverTLS: the server's own listener demands TLS 1.3 and a certificate.
func TestServeOverTLS(t *testing.T) {
	ca := newAuthority(t)
	server, err := recipient.New(t.TempDir(), recipient.Options{TLS: &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, x509.ExtKeyUsageServerAuth)}, ClientCAs: ca.pool()}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	url := "https://" + listener.Addr().String()
	certificate := ca.issue(t, x509.ExtKeyUsageClientAuth)
	mustSubmit(t, newClient(t, url, fhir.ClientOptions{Roots: ca.pool(), Certificate: &certificate}), submission(t, 1))
	if _, err := newClient(t, url, fhir.ClientOptions{Roots: ca.pool()}).Submit(t.Context(), submission(t, 2)); err == nil {
		t.Error("delivered without a certificate")
	}
	old, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: ca.pool(), MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}})
	if err == nil {
		old.Close()
		t.Error("the server speaks TLS 1.2")
	}
}

// TestSecretsStayHere: neither errors nor logs nor formats show a token, an
// assertion or a key, whatever fails.
func TestSecretsStayHere(t *testing.T) {
	s := openSecure(t, secureOptions{})
	var secrets []string
	next := s.front.next
	s.front.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			secrets = append(secrets, token)
		}
		if r.URL.Path == "/token" {
			body, _ := io.ReadAll(r.Body)
			secrets = append(secrets, string(body[bytes.Index(body, []byte("client_assertion="))+17:][:100]))
			if len(secrets) > 2 { // an endpoint that repeats what it was sent
				w.WriteHeader(http.StatusBadRequest)
				w.Write(body)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
	options := s.options()
	client := newClient(t, s.url, options)
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	mustSubmit(t, client, submission(t, 1))
	s.ForgetTokens()
	_, err := client.Submit(t.Context(), submission(t, 2))
	if err == nil {
		t.Fatal("submitted with a token endpoint that repeats what it is sent")
	}
	logger.Error("failed", "error", err, "client", client, "credentials", *options.Auth)
	shown := log.String() + err.Error() + s.log.String() + options.Auth.String()
	for _, format := range []string{"%v", "%+v", "%#v"} {
		shown += sprintf(format, *options.Auth) + sprintf(format, err)
	}
	private, err := s.key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, new(big.Int).SetBytes(private).String(), secretName, "279035121518989")
	if len(secrets) < 5 {
		t.Fatalf("only %d secrets were seen: this proves nothing", len(secrets))
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(shown, secret) {
			t.Errorf("a secret of %d bytes is shown in %q", len(secret), shown)
		}
	}
}

func sprintf(format string, v any) string { return fmt.Sprintf(format, v) }

func deliveryError(t *testing.T, err error) *record.DeliveryError {
	t.Helper()
	var d *record.DeliveryError
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want a delivery error", err)
	}
	return d
}

// FuzzTokenRequest: nobody gets a token by guessing, and whatever is asked is
// answered.
func FuzzTokenRequest(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	keys, err := fhir.PublicJWKS(key, "k")
	if err != nil {
		f.Fatal(err)
	}
	server, err := recipient.New(f.TempDir(), recipient.Options{Client: &recipient.Client{ID: clientID, JWKS: keys}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { server.Close() })
	handler := server.Handler()
	const form = "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
	f.Add("")
	f.Add("eyJhbGciOiJub25lIiwia2lkIjoiayJ9.eyJpc3MiOiJjYWJpbmV0LTEiLCJzdWIiOiJjYWJpbmV0LTEifQ.")
	f.Add("eyJhbGciOiJFUzM4NCIsImtpZCI6ImsifQ.e30.AAAA")
	f.Fuzz(func(t *testing.T, assertion string) {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/token", strings.NewReader(form+url.QueryEscape(assertion)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusBadRequest {
			t.Errorf("got status %d for %q", w.Code, assertion)
		}
	})
}
