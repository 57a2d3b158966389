package recipient_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

var _ outsync.Transport = (*fhir.Client)(nil)

// TestContract holds the FHIR client, with this recipient at the other end, to
// what the worker relies on.
func TestContract(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Harness {
		server, err := recipient.New(t.TempDir(), recipient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		var down, hang atomic.Bool
		ended := make(chan struct{})
		handler := server.Handler()
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hang.Load() {
				select {
				case <-r.Context().Done():
				case <-ended:
				}
				return
			}
			handler.ServeHTTP(w, r)
		}))
		t.Cleanup(front.Close)
		t.Cleanup(func() { close(ended) })
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if down.Load() {
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("network is unreachable")}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		client, err := fhir.NewClient(front.URL, fhir.ClientOptions{HTTP: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		return transporttest.Harness{
			Transport:     client,
			NewSubmission: func(t *testing.T) record.Submission { n++; return submission(t, n) },
			Held: func(t *testing.T, documentID string) int {
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
			},
			Break: func(_ *testing.T, kind transporttest.Kind) bool {
				down.Store(kind == transporttest.NoAnswer)
				hang.Store(kind == transporttest.Hang)
				transport.CloseIdleConnections()
				m := recipient.Misbehaviour{Everything: true, RetryAfter: 3 * time.Second}
				switch kind {
				case transporttest.NoFault, transporttest.NoAnswer, transporttest.Hang:
				case transporttest.Portal:
					m.Portal = -1
				case transporttest.Busy:
					m.Busy = -1
				case transporttest.Unauthorized:
					m.Refuse, m.RefuseStatus = -1, http.StatusForbidden
				case transporttest.Refuse:
					m.Refuse = -1
				case transporttest.LoseRequest:
					m.DropRequests = -1
				case transporttest.LoseAnswer:
					m.DropAnswers = -1
				default:
					return false
				}
				server.SetMisbehaviour(m)
				return true
			},
			Words:      "Refus de démonstration",
			RetryAfter: 3 * time.Second,
		}
	})
}
