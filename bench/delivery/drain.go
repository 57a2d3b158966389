package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
)

const (
	entries   = 500
	upBits    = 1e6
	downBits  = 8e6
	roundTrip = 60 * time.Millisecond
	loss      = 0.02
	photoSize = 10 << 20
)

// bench is a recipient at the end of a line.
type bench struct {
	dir    string
	server *recipient.Server
	roots  *x509.CertPool
	target string
	stop   func() error
	lines  uint64
}

// thinLine takes measures over the line, each with a recipient of its own.
func thinLine(out io.Writer, measures ...func(io.Writer, string) error) error {
	dir, err := os.MkdirTemp("", "delivery-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(out, "Thin line: 1 Mb/s up, 8 Mb/s down, %v, %.0f %% loss (line.go has the model)\n", roundTrip, 100*loss)
	for _, measure := range measures {
		if err := measure(out, dir); err != nil {
			return err
		}
	}
	return nil
}

// newBench starts a recipient that speaks TLS 1.3 and HTTP/2.
func newBench(dir, name string) (*bench, error) {
	certificate, roots, err := selfSigned()
	if err != nil {
		return nil, err
	}
	b := &bench{dir: filepath.Join(dir, name), roots: roots}
	b.server, err = recipient.New(b.dir, recipient.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, b.server.Close())
	}
	b.target = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.server.Serve(ctx, l) }()
	b.stop = func() error {
		cancel()
		return errors.Join(<-served, b.server.Close())
	}
	return b, nil
}

func (b *bench) line() (*line, error) {
	b.lines++
	return newLine(b.target, upBits, downBits, roundTrip, loss, b.lines)
}

// holds checks that the recipient holds n documents, each once.
func (b *bench) holds(n int) error {
	documents, err := b.server.Documents()
	if err != nil {
		return err
	}
	for _, d := range documents {
		if d.Held != 1 || !d.Intact {
			return fmt.Errorf("the recipient holds %+v", d)
		}
	}
	if len(documents) != n {
		return fmt.Errorf("the recipient holds %d documents, want %d", len(documents), n)
	}
	return nil
}

// drainOurs lets the worker, with its defaults, drain a journal on disk.
func drainOurs(out io.Writer, dir string) error {
	b, err := newBench(dir, "ours")
	if err != nil {
		return err
	}
	defer b.stop()
	l, err := b.line()
	if err != nil {
		return err
	}
	defer l.close()
	journal, err := store.Open(filepath.Join(dir, "journal"), nil)
	if err != nil {
		return err
	}
	defer journal.Close()
	raw, zipped := 0, 0
	for i := range entries {
		c, s, err := note(i, time.Now())
		if err != nil {
			return err
		}
		if _, _, err := journal.Record(context.Background(), c, s); err != nil {
			return err
		}
		raw, zipped = raw+len(s.Body), zipped+gzipped(s.Body)
	}
	client, err := fhir.NewClient("https://"+l.address(), fhir.ClientOptions{Roots: b.roots})
	if err != nil {
		return err
	}
	ideal := time.Duration(float64(zipped) * 8 / upBits * float64(time.Second))
	fmt.Fprintf(out, "  %d entries: %d bytes, %d compressed, which take %.1f s\n", entries, raw, zipped, ideal.Seconds())
	start := time.Now()
	result, err := outsync.New(journal, client).Once(context.Background())
	took := time.Since(start)
	if err != nil {
		return err
	}
	if result.Cleared != entries {
		return fmt.Errorf("cleared %d of %d: %+v", result.Cleared, entries, result)
	}
	fmt.Fprintf(out, "  the worker:                    %6.1f s, %.2f times that (wanted: at most 1.5); %d bytes up\n", took.Seconds(), took.Seconds()/ideal.Seconds(), l.up.carried)
	return b.holds(entries)
}

// drainPeer sends the same over one connection of HTTP/1.1, one request after the
// other and uncompressed, as a library's client does that nobody has told more.
func drainPeer(out io.Writer, dir string) error {
	b, err := newBench(dir, "peer")
	if err != nil {
		return err
	}
	defer b.stop()
	l, err := b.line()
	if err != nil {
		return err
	}
	defer l.close()
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: b.roots, MinVersion: tls.VersionTLS13},
		TLSNextProto:    map[string]func(string, *tls.Conn) http.RoundTripper{},
	}}
	defer client.CloseIdleConnections()
	zipped := 0
	start := time.Now()
	for i := range entries {
		_, s, err := note(i, time.Now())
		if err != nil {
			return err
		}
		zipped += gzipped(s.Body)
		response, err := client.Post("https://"+l.address(), s.MediaType, bytes.NewReader(s.Body))
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
	}
	took := time.Since(start)
	ideal := float64(zipped) * 8 / upBits
	fmt.Fprintf(out, "  one at a time over HTTP/1.1:   %6.1f s, %.2f times that\n", took.Seconds(), took.Seconds()/ideal)
	return b.holds(entries)
}

// photograph signs notes while a photograph is under way, and says how much later
// they are cleared than without it.
func photograph(out io.Writer, dir string) error {
	b, err := newBench(dir, "photograph")
	if err != nil {
		return err
	}
	defer b.stop()
	l, err := b.line()
	if err != nil {
		return err
	}
	defer l.close()
	client, err := fhir.NewClient("https://"+l.address(), fhir.ClientOptions{Roots: b.roots})
	if err != nil {
		return err
	}
	outbox := new(outboxtest.Memory)
	worker := outsync.New(outbox, client)
	cleared := make(chan string, 100)
	worker.OnEvent = func(e outsync.Event) {
		if e.Kind == outsync.ClearedEvent {
			cleared <- e.Entry
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- worker.Run(ctx) }()
	defer func() { stop(); <-ran }()

	const notes = 12
	sign := func(i int) (time.Duration, error) {
		_, s, err := note(i, time.Now())
		if err != nil {
			return 0, err
		}
		name := fmt.Sprintf("note-%d", i)
		signed := time.Now()
		outbox.Add(name, signed, s)
		worker.Wake()
		for {
			select {
			case entry := <-cleared:
				if entry == name {
					return time.Since(signed), nil
				}
			case <-time.After(time.Minute):
				return 0, errors.New("a note is not cleared within a minute")
			}
		}
	}
	round := func(first int) (all []time.Duration, err error) {
		for i := range notes {
			took, err := sign(first + i)
			if err != nil {
				return nil, err
			}
			all = append(all, took)
			time.Sleep(time.Duration(700+100*i) * time.Millisecond)
		}
		return all, nil
	}
	alone, err := round(0)
	if err != nil {
		return err
	}
	s, err := picture(time.Now())
	if err != nil {
		return err
	}
	start := time.Now()
	outbox.Add("photograph", start, s)
	worker.Wake()
	time.Sleep(5 * time.Second)
	beside, err := round(notes)
	if err != nil {
		return err
	}
	if state := outbox.Item("photograph").State; state != record.InFlight {
		return fmt.Errorf("the photograph is %s while notes are signed", state)
	}
	select {
	case <-cleared:
	case <-time.After(10 * time.Minute):
		return errors.New("the photograph is not cleared within ten minutes")
	}
	took := time.Since(start)
	delay := longest(beside) - median(alone)
	fmt.Fprintf(out, "  a photograph of 10 MiB under way (%.0f s in all): a note signed meanwhile is cleared after %.2f s (median), %.2f s at most;\n"+
		"    without it after %.2f s; so it is delayed by %.2f s at most (wanted: at most 2 s)\n",
		took.Seconds(), median(beside).Seconds(), longest(beside).Seconds(), median(alone).Seconds(), delay.Seconds())
	return b.holds(2*notes + 1)
}

// words are what notes are made of: their compression should be that of a language.
var words = strings.Fields(`patient patiente consultation ce jour tension artérielle stable traitement inchangé douleur
abdominale fièvre depuis hier auscultation cardiaque pulmonaire sans particularité contrôle biologique dans un mois
ordonnance renouvelée pansement refait plaie propre suture à retirer vaccin antigrippal proposé accepté refusé
toux grasse nocturne dyspnée effort œdème membres inférieurs poids kilos glycémie capillaire insuline adaptée
surveillance domicile infirmière passage quotidien avis spécialisé demandé cardiologue radiographie thorax prescrite
bon état général appétit conservé sommeil perturbé anxiété entourage présent chute récente sans perte connaissance`)

// note is a consultation as a doctor writes it, some hundred words, and what is
// delivered of it.
func note(i int, at time.Time) (record.Consultation, record.Submission, error) {
	r := rand.New(rand.NewPCG(uint64(i), 11))
	var text strings.Builder
	for range 60 + r.IntN(120) {
		text.WriteString(words[r.IntN(len(words))] + " ")
	}
	c := consultation(at, strings.TrimSpace(text.String())+".")
	c.Patient.BirthName = fmt.Sprintf("PATIENTE%d", i)
	s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	return c, s, err
}

func consultation(at time.Time, text string) record.Consultation {
	return record.Consultation{
		ID: uuid.Must(uuid.NewV7()).String(),
		Patient: record.Patient{
			INS:       record.INS{Matricule: "279035121518989", OID: record.OIDINSTest},
			BirthName: "PATIENTE", GivenNames: []string{"Ines"}, BirthDate: "1979-03-14", Sex: record.Female,
		},
		ActedAt: at,
		Author:  record.Author{RPPS: "99700218896", Name: "Dr Essai"},
		Note:    text,
	}
}

// picture is a photograph whose bytes do not compress.
func picture(at time.Time) (record.Submission, error) {
	c := consultation(at, "Plaie photographiée.")
	s, err := fhir.NewSubmission(c, fhir.SubmissionOptions{})
	if err != nil {
		return s, err
	}
	return fhir.NewPhotograph(c, fhir.Photograph{
		ID: uuid.Must(uuid.NewV7()).String(), MediaType: "image/jpeg", TakenAt: at,
		Open: func() (io.ReadCloser, error) {
			noise := rand.NewChaCha8([32]byte{1})
			return io.NopCloser(io.MultiReader(bytes.NewReader([]byte{0xff, 0xd8, 0xff}), io.LimitReader(noise, photoSize-3))), nil
		},
	}, s.DocumentID, fhir.SubmissionOptions{})
}

func gzipped(b []byte) int {
	var n counter
	z := gzip.NewWriter(&n)
	_, _ = z.Write(b)
	_ = z.Close()
	return int(n)
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, roots, nil
}
