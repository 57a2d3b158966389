package recipient_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

var _ outsync.Transport = (*fhir.Client)(nil)

// unreachable is a network that can be down.
func unreachable(down *atomic.Bool) *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if down.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("network is unreachable")}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

// heldBy counts what our recipient holds.
func heldBy(server *recipient.Server) func(*testing.T, string) int {
	return func(t *testing.T, documentID string) int {
		documents, err := server.Documents()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range documents {
			if d.UniqueID == documentID {
				return d.Held
			}
		}
		return 0
	}
}

// numbered makes submissions from a number on, so that no two tests share one.
func numbered(h transporttest.Harness, from int) transporttest.Harness {
	var n atomic.Int64
	n.Store(int64(from))
	next := func() int { return int(n.Add(1)) }
	h.NewSubmission = func(t *testing.T) record.Submission { return submission(t, next()) }
	h.NewCorrection = func(t *testing.T, of record.Submission) record.Submission {
		return correction(t, next(), fhir.Replaced{DocumentID: of.DocumentID})
	}
	h.NewConsulted = func(t *testing.T) record.Submission { return consulted(t, next()) }
	return h
}

// TestContract holds the FHIR client, with this recipient at the other end, to
// what the worker relies on.
func TestContract(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		server, err := recipient.New(t.TempDir(), recipient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		f := newFront(server.Handler())
		site := f.serve(t)
		return numbered(plainHarness(t, f, site.URL, heldBy(server)), 0)
	})
}

// TestContractOverTLS is the same over TLS 1.3 and HTTP/2, with a client
// certificate and tokens.
func TestContractOverTLS(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		s := openSecure(t, secureOptions{})
		options := s.options()
		options.CheckRecord = false // a question of its own, with tests of its own
		client := newClient(t, s.url, options)
		if err := client.Probe(t.Context()); err != nil { // brings connection and token
			t.Fatal(err)
		}
		wasAway := false
		return numbered(transporttest.Harness{
			Transport: client, Held: heldBy(s.Server),
			Break: func(_ *testing.T, kind transporttest.Kind) bool {
				s.front.kind.Store(kind)
				away := kind == transporttest.NoAnswer || kind == transporttest.Portal
				if away || wasAway { // another network: no connection outlives it
					s.line.set(kind == transporttest.NoAnswer)
					client.CloseIdleConnections()
				}
				wasAway = away
				return kind != transporttest.LateCommit
			},
			Words: frontWords, RetryAfter: frontRetryAfter,
		}, 0)
	})
}

// contract is the same with an engine that we did not write.
func (p *medplum) contract(t *testing.T) {
	runs := 0
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		runs++
		f := newFront(p.proxy())
		site := f.serve(t)
		return numbered(plainHarness(t, f, site.URL+p.base.Path, p.held), 100_000+1000*runs)
	})
}

func plainHarness(t *testing.T, f *front, base string, held func(*testing.T, string) int) transporttest.Harness {
	var down atomic.Bool
	transport := unreachable(&down)
	client, err := fhir.NewClient(base, fhir.ClientOptions{HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return transporttest.Harness{
		Transport: client, Held: held,
		Break: func(_ *testing.T, kind transporttest.Kind) bool {
			down.Store(kind == transporttest.NoAnswer)
			transport.CloseIdleConnections()
			f.kind.Store(kind)
			return kind != transporttest.LateCommit
		},
		Words: frontWords, RetryAfter: frontRetryAfter,
	}
}

// proxy passes requests on to the peer.
func (p *medplum) proxy() http.Handler {
	target := &url.URL{Scheme: p.base.Scheme, Host: p.base.Host}
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // whoever asked is gone
	}
}
