package recipient_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

const (
	frontWords      = "auteur inconnu ici"
	frontRetryAfter = 3 * time.Second
	portalPage      = "<!DOCTYPE html><html><body>Bienvenue</body></html>"
)

// front stands before a recipient, any recipient, and fails in one way until told
// otherwise. fault, when set, chooses for each transaction instead.
type front struct {
	next  http.Handler
	kind  atomic.Value // transporttest.Kind
	fault func(r *http.Request) transporttest.Fault
	ended chan struct{}
}

func newFront(next http.Handler) *front {
	f := &front{next: next, ended: make(chan struct{})}
	f.kind.Store(transporttest.NoFault)
	return f
}

// serve starts the front; a test's end first lets go of whoever hangs.
func (f *front) serve(t *testing.T) *httptest.Server {
	site := httptest.NewUnstartedServer(f)
	site.Listener = &cutListener{Listener: site.Listener}
	site.Start()
	f.closing(t, site)
	return site
}

func (f *front) closing(t *testing.T, site *httptest.Server) {
	t.Cleanup(func() {
		close(f.ended)
		site.CloseClientConnections()
		site.Close()
	})
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := transporttest.Fault{Kind: f.kind.Load().(transporttest.Kind)}
	if f.fault != nil {
		fault = f.fault(r)
	}
	if r.URL.Path == "/token" {
		f.next.ServeHTTP(w, r)
		return
	}
	posts := r.Method == http.MethodPost
	switch fault.Kind {
	case transporttest.Hang:
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-f.ended:
		}
		return
	case transporttest.Portal:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, portalPage)
		return
	case "404":
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	case "slow":
		time.Sleep(fault.After)
	case transporttest.Busy:
		w.Header().Set("Retry-After", "3")
		outcome(w, http.StatusServiceUnavailable, "plus tard")
		return
	case transporttest.Unauthorized:
		outcome(w, http.StatusForbidden, "poste inconnu")
		return
	case transporttest.Refuse:
		if posts {
			io.Copy(io.Discard, r.Body)
			outcome(w, http.StatusUnprocessableEntity, frontWords)
			return
		}
	case transporttest.Gateway:
		if posts {
			f.next.ServeHTTP(httptest.NewRecorder(), r)
			w.Header().Set("Retry-After", "3")
			http.Error(w, "upstream is busy", http.StatusServiceUnavailable)
			return
		}
	case transporttest.LoseRequest:
		if posts {
			io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}
	case transporttest.LoseAnswer:
		if posts {
			f.next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
	case transporttest.LateCommit:
		if posts {
			body, _ := io.ReadAll(r.Body)
			late := r.Clone(r.Context())
			go func() {
				time.Sleep(fault.After)
				late.Body = io.NopCloser(bytes.NewReader(body))
				f.next.ServeHTTP(httptest.NewRecorder(), late.WithContext(context.Background()))
			}()
			panic(http.ErrAbortHandler)
		}
	}
	f.next.ServeHTTP(w, r)
}

func outcome(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", fhir.MediaType)
	w.WriteHeader(status)
	io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"`+words+`"}]}`)
}

// cutListener is a listener whose line can be down: whoever comes is hung up on,
// and whoever is there.
type cutListener struct {
	net.Listener
	down     atomic.Bool
	accepted atomic.Int32
	mu       sync.Mutex
	open     []net.Conn
}

func (l *cutListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.down.Load() {
			conn.Close()
			continue
		}
		l.accepted.Add(1)
		// Little is taken ahead, as by a line, so that what is cut had not all left.
		conn.(*net.TCPConn).SetReadBuffer(32 << 10)
		l.mu.Lock()
		l.open = append(l.open, conn)
		l.mu.Unlock()
		return conn, nil
	}
}

func (l *cutListener) set(down bool) {
	l.down.Store(down)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.open {
		conn.Close()
	}
	l.open = nil
}
