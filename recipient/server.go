package recipient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/zoneblanche/zoneblanche/record"
)

// FileName is the file's name in the server's folder.
const FileName = "recipient.db"

const (
	lockTimeout = time.Second     // as for the journal: one process holds the file
	stopTimeout = 5 * time.Second // for requests under way when the server stops
)

// Options refine a [Server]. The zero value behaves.
type Options struct {
	Misbehave Misbehaviour
	// Log receives one line a transaction, with identifiers alone; nil means none.
	Log *slog.Logger
	// TLS makes Serve speak TLS, 1.3 at least, with what it says; nil means plain
	// HTTP. With ClientCAs, a client must show a certificate of theirs.
	TLS *tls.Config
	// Client, when it is not nil, is the one sender that may deliver, with tokens
	// that it gets at /token.
	Client *Client
	// Records are the records of people that can be asked for; nil means that the
	// question is not offered.
	Records []Record
}

// Server is a FHIR endpoint over one folder. Its methods may be called
// concurrently.
type Server struct {
	db      *bolt.DB
	log     *slog.Logger
	tls     *tls.Config
	auth    *auth // nil when nobody is asked who they are
	records []Record
	sealing *sealing

	mu        sync.Mutex
	misbehave Misbehaviour
	running   map[*http.Server]bool
	closed    bool
	closing   chan struct{} // closed by Close
}

var errNotLoopback = errors.New("the recipient listens on loopback addresses only")

// New opens the server's file in dir, creating both where they are missing.
// Errors are CodeLocked with Reason "recipient_locked", CodeInvalid with Reason
// "client_keys", and CodeUnavailable.
func New(dir string, opt Options) (*Server, error) {
	fail := func(code record.Code, reason string, err error) (*Server, error) {
		return nil, &record.Error{Code: code, Op: "open recipient", Reason: reason, Err: err}
	}
	var who *auth
	if opt.Client != nil {
		var err error
		if who, err = newAuth(*opt.Client); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(record.CodeUnavailable, "", err)
	}
	db, err := bolt.Open(filepath.Join(dir, FileName), 0o600, &bolt.Options{Timeout: lockTimeout, FreelistType: bolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return fail(record.CodeLocked, "recipient_locked", err)
	}
	if err != nil {
		return fail(record.CodeUnavailable, "", err)
	}
	if err := createBuckets(db); err != nil {
		return fail(record.CodeUnavailable, "", errors.Join(err, db.Close()))
	}
	keys, err := openSealing(db)
	if err != nil {
		return fail(record.CodeUnavailable, "", errors.Join(err, db.Close()))
	}
	s := &Server{db: db, sealing: keys, log: opt.Log, tls: opt.TLS, auth: who, records: opt.Records,
		misbehave: opt.Misbehave, running: map[*http.Server]bool{}, closing: make(chan struct{})}
	if s.tls != nil {
		s.tls = s.tls.Clone()
		s.tls.MinVersion = max(s.tls.MinVersion, tls.VersionTLS13)
		if s.tls.ClientCAs != nil {
			s.tls.ClientAuth = tls.RequireAndVerifyClientCert
		}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Serve answers on l until ctx is done or the server is closed, then returns nil.
// It refuses a listener that the network can reach.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if !loopback(l.Addr().String()) {
		return &record.Error{Code: record.CodeInvalid, Op: "serve recipient", Reason: "not_loopback", Err: errors.Join(errNotLoopback, l.Close())}
	}
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         s.tls,
		ErrorLog:          log.New(io.Discard, "", 0), // handshakes that fail, with addresses
	}
	if !s.start(server) {
		return errors.Join(&record.Error{Code: record.CodeUnavailable, Op: "serve recipient", Err: http.ErrServerClosed}, l.Close())
	}
	defer s.stop(server)
	done := make(chan error, 1)
	go func() {
		if s.tls != nil {
			done <- server.ServeTLS(l, "", "")
		} else {
			done <- server.Serve(l)
		}
	}()
	select {
	case err := <-done:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return &record.Error{Code: record.CodeUnavailable, Op: "serve recipient", Err: err}
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if server.Shutdown(limit) != nil {
			server.Close() // whoever is still waiting is cut off
		}
		<-done
		return nil
	}
}

func (s *Server) start(server *http.Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running[server] = true
	return true
}

func (s *Server) stop(server *http.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, server)
}

// Close cuts off every request and closes the file. It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	servers := s.running
	if !s.closed {
		close(s.closing)
	}
	s.running, s.closed = map[*http.Server]bool{}, true
	s.mu.Unlock()
	var err error
	for server := range servers {
		err = errors.Join(err, server.Close())
	}
	return errors.Join(err, s.db.Close())
}

// loopback reports whether an address, or the Host of a request, is this machine.
// A Host that is not is a page elsewhere whose name was made to point here.
func loopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}
