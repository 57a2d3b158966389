package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// papers are the files with which a practice and a recipient know each other, all
// made for one test.
type papers struct {
	dir    string
	ca     *x509.Certificate
	caKey  *ecdsa.PrivateKey
	number int64
}

func newPapers(t *testing.T) *papers {
	t.Helper()
	p := &papers{dir: t.TempDir()}
	p.caKey = p.key(t, "ca.key")
	p.ca = p.certificate(t, "ca.pem", p.caKey, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	p.certificate(t, "server.pem", p.key(t, "server.key"), &x509.Certificate{
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	p.certificate(t, "client.pem", p.key(t, "client.key"), &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	p.key(t, "token.key")
	return p
}

func (p *papers) file(name string) string { return filepath.Join(p.dir, name) }

func (p *papers) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(p.file(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *papers) key(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, name, "PRIVATE KEY", der)
	return key
}

func (p *papers) certificate(t *testing.T, name string, key *ecdsa.PrivateKey, template *x509.Certificate) *x509.Certificate {
	t.Helper()
	p.number++
	template.SerialNumber, template.Subject = big.NewInt(p.number), pkix.Name{CommonName: "TEST ONLY " + name}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := p.ca
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, p.caKey)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, name, "CERTIFICATE", der)
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// serveRecipient runs the verb until the test ends and returns its address.
func serveRecipient(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"recipient", "--json"}, args...), terminal{in: strings.NewReader(""), out: in, err: io.Discard})
		in.Close()
	}()
	t.Cleanup(func() { stop(); go io.Copy(io.Discard, out); <-done })
	var ready struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.URL == "" {
		t.Fatalf("the recipient said %q (%v)", line, err)
	}
	return ready.URL
}

// recorded is a journal's folder with n consultations that wait.
func recorded(t *testing.T, n int) string {
	t.Helper()
	data := t.TempDir()
	journal, err := store.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	for i := range n {
		c := record.Consultation{
			ID:      fmt.Sprintf("0193a1b2-0000-7000-8000-%012d", i+1),
			Patient: record.Patient{BirthName: "PATIENTE", INS: record.INS{Matricule: "279035121518989", OID: record.OIDINSTest}},
			ActedAt: time.Now().Add(time.Duration(i-n) * time.Hour), Author: record.Author{RPPS: "99970000008"}, Note: fmt.Sprintf("Note %d.", i),
		}
		s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := journal.Record(t.Context(), c, s); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// TestSyncRunsOverTLS goes the whole way with flags: the public key is shown, the
// recipient is told of it, strangers deliver nothing, whoever has the papers
// delivers, and what was lost since is told.
func TestSyncRunsOverTLS(t *testing.T) {
	p := newPapers(t)
	keys := must(t, "sync", "jwks", p.file("token.key"))
	if err := os.WriteFile(p.file("jwks.json"), []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	security := []string{"--tls-cert", p.file("server.pem"), "--tls-key", p.file("server.key"), "--client-ca", p.file("ca.pem"),
		"--client-id", "cabinet", "--client-jwks", p.file("jwks.json")}
	url := serveRecipient(t, append(security, "--data", t.TempDir())...)
	if !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Fatalf("the recipient is at %s", url)
	}
	data := recorded(t, 2)
	certificate := []string{"--ca", p.file("ca.pem"), "--client-cert", p.file("client.pem"), "--client-key", p.file("client.key")}
	token := []string{"--token-url", url + "/token", "--client-id", "cabinet", "--token-key", p.file("token.key")}
	var shown strings.Builder
	sync := func(verb, url string, more ...[]string) (int, string) {
		args := []string{"sync", verb, "--json", "--data", data, "--url", url, "--timeout", "5s", "--settle", "100ms"}
		for _, m := range more {
			args = append(args, m...)
		}
		code, stdout, stderr := cli(t, args...)
		shown.WriteString(stdout + stderr)
		return code, stdout
	}
	for _, c := range []struct {
		name, cause string
		more        [][]string
	}{
		{"nothing", "tls", nil},
		{"no token", "status_401", [][]string{certificate}},
		{"another client", "token_refused", [][]string{certificate, {"--token-url", url + "/token", "--client-id", "autre", "--token-key", p.file("token.key")}}},
		{"another key", "token_refused", [][]string{certificate, {"--token-url", url + "/token", "--client-id", "cabinet", "--token-key", p.file("client.key")}}},
	} {
		if code, out := sync("once", url, c.more...); code != exitFailed || !strings.Contains(out, `"cause":"`+c.cause+`"`) {
			t.Errorf("%s: got status %d, %s, want the cause %s", c.name, code, out, c.cause)
		}
	}
	if code, out := sync("once", url, certificate, token); code != exitDone || !strings.Contains(out, `"cleared":2`) {
		t.Fatalf("with the papers: got status %d, %s", code, out)
	}
	if code, out := sync("recheck", url, certificate, token); code != exitDone || !strings.Contains(out, `{"checked":2,"held":2,"missing":0,"unasked":0}`) {
		t.Errorf("recheck: got status %d, %s", code, out)
	}
	if code, out := sync("recheck", "https://127.0.0.1:1", certificate); code != exitFailed || !strings.Contains(out, `"unasked":2`) {
		t.Errorf("recheck without a line: got status %d, %s", code, out)
	}
	yesterday := serveRecipient(t, "--data", t.TempDir())
	if code, out := sync("recheck", yesterday); code != exitPart || strings.Count(out, `"found":"not_found"`) != 2 {
		t.Errorf("recheck of a recipient that lost everything: got status %d, %s", code, out)
	}
	for _, name := range []string{"token.key", "client.key", "server.key", "ca.key"} {
		secret, _ := os.ReadFile(p.file(name))
		if line := strings.Split(string(secret), "\n")[1]; strings.Contains(shown.String()+keys, line) {
			t.Errorf("%s is shown", name)
		}
	}
	if strings.Contains(shown.String(), "PATIENTE") || strings.Contains(shown.String(), "eyJ") {
		t.Error("a name or a token is shown")
	}
}

func TestConnectionFlags(t *testing.T) {
	p := newPapers(t)
	data := recorded(t, 1)
	empty := p.file("empty")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{exitFailed, "autorité", []string{"--ca", empty}},
		{exitFailed, "introuvable", []string{"--ca", p.file("absent")}},
		{exitUsage, "avec sa clé", []string{"--client-cert", p.file("client.pem")}},
		{exitFailed, "ne vont pas ensemble", []string{"--client-cert", p.file("client.pem"), "--client-key", p.file("server.key")}},
		{exitUsage, "jeton", []string{"--token-url", "https://127.0.0.1:1/token"}},
		{exitFailed, "clé ne peut pas signer", []string{"--token-url", "https://127.0.0.1:1/token", "--client-id", "x", "--token-key", p.file("client.pem")}},
		{exitFailed, "serveur de jetons", []string{"--token-url", "http://192.0.2.1/token", "--client-id", "x", "--token-key", p.file("token.key")}},
	} {
		code, _, stderr := cli(t, append([]string{"sync", "once", "--data", data, "--url", "https://127.0.0.1:1"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.say) || strings.Contains(stderr, "BEGIN") {
			t.Errorf("%v: got status %d, %q, want %d and %q", c.args, code, stderr, c.code, c.say)
		}
	}
}
