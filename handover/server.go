package handover

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// The network carries the files that a key would carry:
//
//	GET  /1/packages/NAME           how many bytes of a package have arrived
//	PUT  /1/packages/NAME?at=N&of=M the next piece of it, up to maxPiece bytes
//	POST /1/receipts                how the entries named stand: receipt packages, one after the other
//	POST /1/pair                    the answer to an offer
//
// A package is taken when its last byte is there, by the importer that reads keys.
const (
	maxPiece    = 1 << 20
	maxAsked    = 1000 // entries in one question
	maxPartial  = 64   // packages of one peer that have begun and not ended
	partialLife = 7 * 24 * time.Hour

	pieceTimeout = time.Minute // of one request: a piece on a slow wireless network
	idleTimeout  = 2 * time.Minute
	stopTimeout  = 5 * time.Second
)

// Server takes packages from paired origins over the local network. Make one with
// [NewServer], set its fields, then call [Server.Serve].
type Server struct {
	// Took is told after entries were taken; nil for nobody.
	Took func()

	journal *store.Journal
	desk    *Desk
	dir     string // where packages arrive

	mu    sync.Mutex // of the files
	large sync.Mutex // one large package is read at a time
}

// NewServer makes a server over a journal; what is arriving is kept, sealed, in dir.
func NewServer(j *store.Journal, dir string) (*Server, error) {
	desk, err := NewDesk(j)
	if err != nil {
		return nil, err
	}
	return &Server{journal: j, desk: desk, dir: dir}, nil
}

// Serve answers on l until ctx is done, and then returns nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.sweep()
	// Whoever answers an offer is nobody's peer yet; each request is judged by the key.
	config, err := s.desk.identity.tlsConfig(func(ed25519.PublicKey) bool { return true })
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler: s.handler(), TLSConfig: config, ReadTimeout: pieceTimeout, WriteTimeout: pieceTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 16 << 10, ErrorLog: log.New(io.Discard, "", 0), TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(l, "", "") }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if server.Shutdown(limit) != nil {
			server.Close()
		}
		<-done
		return nil
	}
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /1/pair", s.pair)
	mux.HandleFunc("GET /1/packages/{name}", s.ofPeer(s.arrived))
	mux.HandleFunc("PUT /1/packages/{name}", s.ofPeer(s.piece))
	mux.HandleFunc("POST /1/receipts", s.ofPeer(s.receipts))
	return mux
}

// answer is what each request is answered with; the receipts, alone, are packages.
type answer struct {
	At     int64  `json:"at"`               // bytes that have arrived
	What   What   `json:"what,omitempty"`   // what became of the package, once it is whole
	Reason string `json:"reason,omitempty"` // why something is refused
}

func say(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a)
}

// ofPeer finds out which peer asks, by the key that its connection proved. A pairing
// that was ended is asked about each time.
func (s *Server) ofPeer(fn func(w http.ResponseWriter, r *http.Request, p store.Peer)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		peers, err := s.journal.Peers(r.Context())
		if err != nil {
			say(w, http.StatusServiceUnavailable, answer{Reason: record.ReasonOf(err)})
			return
		}
		key := keyOf(*r.TLS)
		for _, p := range peers {
			if !bytes.Equal(p.Sign, key) {
				continue
			}
			if err := p.Refusal("answer peer"); err != nil {
				say(w, http.StatusForbidden, answer{Reason: record.ReasonOf(err)})
				return
			}
			fn(w, r, p)
			return
		}
		say(w, http.StatusForbidden, answer{Reason: ReasonStranger})
	}
}

func (s *Server) pair(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
	if err == nil {
		var a pairing
		if a, err = parsePairing(string(text)); err == nil && !bytes.Equal(a.sign, keyOf(*r.TLS)) {
			err = pairingError(record.CodeUntrusted, ReasonPairingText, "the answer is somebody else's")
		}
	}
	if err == nil {
		_, err = Answered(r.Context(), s.journal, string(text))
	}
	if err != nil {
		say(w, http.StatusForbidden, answer{Reason: record.ReasonOf(err)})
		return
	}
	say(w, http.StatusOK, answer{})
}

var nameForm = regexp.MustCompile(`^[0-9a-f]{20}\.zbh$`)

// where is the file in which a package of a peer arrives.
func (s *Server) where(p store.Peer, name string) string { return filepath.Join(s.dir, p.ID, name) }

func (s *Server) arrived(w http.ResponseWriter, r *http.Request, p store.Peer) {
	name := r.PathValue("name")
	if !nameForm.MatchString(name) {
		say(w, http.StatusBadRequest, answer{Reason: ReasonPackage})
		return
	}
	info, err := os.Stat(s.where(p, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		say(w, http.StatusOK, answer{})
	case err != nil:
		say(w, http.StatusServiceUnavailable, answer{Reason: ReasonFolder})
	default:
		say(w, http.StatusOK, answer{At: info.Size()})
	}
}

// piece takes the next bytes of a package. Bytes that do not follow those that are there
// are refused with how many are.
func (s *Server) piece(w http.ResponseWriter, r *http.Request, p store.Peer) {
	name := r.PathValue("name")
	at, errAt := strconv.ParseInt(r.URL.Query().Get("at"), 10, 64)
	of, errOf := strconv.ParseInt(r.URL.Query().Get("of"), 10, 64)
	if !nameForm.MatchString(name) || errAt != nil || errOf != nil || at < 0 || of <= 0 || of > MaxPackage {
		say(w, http.StatusBadRequest, answer{Reason: ReasonPackage})
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPiece))
	if err != nil || at+int64(len(b)) > of {
		say(w, http.StatusBadRequest, answer{Reason: ReasonPackageCut})
		return
	}
	path := s.where(p, name)
	size, err := s.put(path, at, b)
	switch {
	case err != nil:
		say(w, http.StatusServiceUnavailable, answer{Reason: ReasonFolder})
	case size != at+int64(len(b)):
		say(w, http.StatusConflict, answer{At: size})
	case size < of:
		say(w, http.StatusOK, answer{At: size})
	default:
		s.take(w, r, path, size)
	}
}

// put writes bytes at the end of a file, if that is where they belong, and returns the
// file's size. They need not be on disk: a package that lost some does not open.
func (s *Server) put(path string, at int64, b []byte) (size int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if at > 0 {
			return 0, nil
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return 0, err
		}
		others, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(others) >= maxPartial {
			return 0, errors.Join(err, errors.New("too many packages have begun"))
		}
	} else if err != nil {
		return 0, err
	} else if size = info.Size(); size != at {
		return size, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return size, err
	}
	n, err := f.Write(b)
	return size + int64(n), errors.Join(err, f.Close())
}

// take imports a package that is whole, and forgets the file.
func (s *Server) take(w http.ResponseWriter, r *http.Request, path string, size int64) {
	if size > largePackage {
		s.large.Lock()
		defer s.large.Unlock()
	}
	b, err := os.ReadFile(path)
	if err != nil {
		say(w, http.StatusServiceUnavailable, answer{Reason: ReasonFolder})
		return
	}
	var got Outcome
	_, err = s.desk.Import(r.Context(), loose{filepath.Base(path): b}, func(o Outcome) { got = o })
	if err != nil { // this machine's: the file stays, and is tried again
		say(w, http.StatusServiceUnavailable, answer{At: size, Reason: record.ReasonOf(err)})
		return
	}
	_ = os.Remove(path)
	if got.What == Took && s.Took != nil {
		s.Took()
	}
	say(w, http.StatusOK, answer{At: size, What: got.What, Reason: record.ReasonOf(got.Err)})
}

// asking is the question for receipts.
type asking struct {
	Entries []string `json:"entries"`
}

func (s *Server) receipts(w http.ResponseWriter, r *http.Request, p store.Peer) {
	var q asking
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q) != nil || len(q.Entries) > maxAsked {
		say(w, http.StatusBadRequest, answer{Reason: ReasonPackage})
		return
	}
	out, err := s.desk.receiptsFor(r.Context(), p, q.Entries, time.Now())
	if err != nil {
		say(w, http.StatusServiceUnavailable, answer{Reason: record.ReasonOf(err)})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	for _, b := range out {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// sweep forgets packages that began long ago and never ended.
func (s *Server) sweep() {
	found, err := filepath.Glob(filepath.Join(s.dir, "*", "*"+Extension))
	if err != nil {
		return // only for a pattern that is none
	}
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > partialLife {
			_ = os.Remove(path)
		}
	}
}

// loose are packages in memory, by name.
type loose map[string][]byte

func (l loose) List() (names []string, leftovers int, err error) {
	for name := range l {
		names = append(names, name)
	}
	return names, 0, nil
}

func (l loose) Open(name string) (io.ReadCloser, int64, error) {
	return io.NopCloser(bytes.NewReader(l[name])), int64(len(l[name])), nil
}

func (l loose) Write(string, []byte) error { return errors.ErrUnsupported }
func (l loose) Remove(string) error        { return nil }
