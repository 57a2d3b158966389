package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Options say what the pages stand on. Accounts, Reader, Journal, Drafts,
// Photographs, Ruler, Outbox, Corrections, Printer, Words and Explain are needed, except that a kiosk needs Printer, Words and Explain
// only.
type Options struct {
	Accounts    *Accounts
	Reader      Reader
	Journal     Journal
	Drafts      Drafts
	Photographs Photographs
	Ruler       Ruler
	Corrections Corrections
	Outbox      Outbox
	Printer     Printer
	Issuer      string // who signs sheets on this machine, "" for nobody
	Words       Words
	// Explain turns an error into a French sentence and a next step.
	Explain func(error) (say, next string)
	// Font is the file of the letters, TrueType; nil leaves them to the browser.
	Font func(bold bool) string
	// Token makes an account, once; "" makes none.
	Token string
	// Local answers programs of the same user, nil for none.
	Local *Local
	// API answers the practice's own software, nil for none.
	API *API
	// Signing is told, just before a consultation is recorded, what it rests on; nil
	// when nobody wants to know.
	Signing func(consultation string, s *record.Summary)
	// Kiosk only prints, asks nobody to sign in and keeps nothing.
	Kiosk bool
	// Idle locks a session after that time without an act of a person; zero means
	// [DefaultIdle]. A kiosk forgets instead, after [KioskIdle] when zero.
	Idle time.Duration
	// BodyTimeout is how long a request may take to arrive; zero means
	// [DefaultBodyTimeout].
	BodyTimeout time.Duration
	// Now is time.Now when nil.
	Now    func() time.Time
	Logger *slog.Logger // nil: silence
}

// Defaults of [Options].
const (
	DefaultIdle        = 10 * time.Minute // a desk that somebody left
	KioskIdle          = 2 * time.Minute  // the next person is waiting
	DefaultBodyTimeout = 60 * time.Second // a photograph over loopback takes less than one
)

// Server answers the pages.
type Server struct {
	opt       Options
	templates templates
	sessions  sessions
	limiter   limiter
	uploads   chan struct{} // a place for each upload under way
	readings  chan struct{} // a place for each picture that is read
	maxUpload int64         // bytes of one request with files
}

// New makes a server; [Server.Serve] starts it.
func New(opt Options) (*Server, error) {
	if opt.Idle == 0 {
		opt.Idle = DefaultIdle
		if opt.Kiosk {
			opt.Idle = KioskIdle
		}
	}
	if opt.BodyTimeout == 0 {
		opt.BodyTimeout = DefaultBodyTimeout
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	parsed, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	return &Server{
		opt: opt, templates: parsed, maxUpload: maxUpload, uploads: make(chan struct{}, 3), readings: make(chan struct{}, 2),
	}, nil
}

// Serve answers on a loopback listener until the context ends, which is no error.
// It closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	hosts, err := hostsOf(listener.Addr())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler:           guard(hosts, s.routes()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       s.opt.BodyTimeout,
		WriteTimeout:      s.opt.BodyTimeout + time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
	}
	sweeping, stop := context.WithCancel(ctx)
	defer stop()
	go s.sweep(sweeping)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close() // a browser keeps connections open that it does not use
		}
		stopped <- err
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			idle := time.Duration(0)
			if s.opt.Kiosk {
				idle = s.opt.Idle
			}
			s.sessions.sweep(s.opt.Now(), idle)
		}
	}
}

// call is one request on its way.
type call struct {
	*Server
	w       http.ResponseWriter
	r       *http.Request
	session *session // nil before sign-in
	now     time.Time
}

// page handles one address. An error becomes a page that says it.
type handler func(*call) error

// routes are every address there is.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{name}", s.asset)
	open := func(pattern string, h handler) { mux.Handle(pattern, s.open(h)) }
	inside := func(pattern string, h handler) { mux.Handle(pattern, s.inside(h, true)) }

	inside("GET /patient", (*call).patientStart)
	inside("POST /patient", (*call).patientImport)
	inside("GET /patient/saisie", (*call).patientForm)
	inside("POST /patient/saisie", (*call).patientFilled)
	inside("GET /patient/choix", (*call).patientChoose)
	inside("POST /patient/choix", (*call).patientPrint)
	inside("GET /patient/feuille", (*call).patientSheet)
	inside("GET /patient/feuille.pdf", (*call).patientPDF)
	inside("GET /patient/page/{n}", (*call).patientPage)
	inside("POST /patient/fin", (*call).patientEnd)
	inside("POST /present", (*call).present)
	mux.Handle("/", s.open((*call).nowhere))
	if s.opt.Local != nil {
		mux.HandleFunc("POST "+LocalPath, s.opt.Local.serve)
	}
	if s.opt.Kiosk {
		open("GET /{$}", func(c *call) error { return c.redirect("/patient") })
		return mux
	}
	if s.opt.API != nil {
		s.apiRoutes(mux)
	}
	open("GET /{$}", func(c *call) error { return c.redirect("/lire") })
	open("GET /premier-compte", (*call).accountForm)
	open("POST /premier-compte", (*call).accountMake)
	open("GET /connexion", (*call).signInForm)
	open("POST /connexion", (*call).signIn)
	open("GET /verrou", (*call).lockForm)
	open("POST /verrou", (*call).unlock)
	open("POST /deconnexion", (*call).signOut)
	inside("POST /verrouiller", (*call).lock)

	inside("GET /lire", (*call).scanForm)
	inside("POST /lire", (*call).scanUpload)
	mux.Handle("POST /lire/image", s.inside((*call).scanFrame, false))
	inside("GET /lecture/{visit}", (*call).summary)
	inside("POST /lecture/{visit}/motif", (*call).summaryReason)
	inside("POST /lecture/{visit}/code", (*call).summaryCode)
	inside("POST /lecture/{visit}/confirmer", (*call).summaryConfirm)
	inside("GET /lecture/{visit}/note", (*call).noteForm)
	mux.Handle("POST /lecture/{visit}/note", s.insideOr((*call).noteWritten, true, (*call).noteLocked))
	mux.Handle("POST /lecture/{visit}/garder", s.insideOr((*call).noteKept, true, (*call).noteLocked))
	inside("GET /lecture/{visit}/photos", (*call).photosForm)
	inside("POST /lecture/{visit}/photos", (*call).photosTaken)
	inside("GET /lecture/{visit}/photo/{n}", (*call).photoShown)
	inside("POST /lecture/{visit}/photo/{n}/legende", (*call).photoCaption)
	inside("POST /lecture/{visit}/photo/{n}/retirer", (*call).photoDropped)
	inside("GET /lecture/{visit}/photo/{n}/mesurer", (*call).measureForm)
	inside("POST /lecture/{visit}/photo/{n}/mesurer", (*call).measured)
	inside("GET /lecture/{visit}/abandonner", (*call).dropForm)
	inside("POST /lecture/{visit}/abandonner", (*call).drop)
	inside("GET /lecture/{visit}/signer", (*call).signForm)
	inside("POST /lecture/{visit}/signer", (*call).sign)
	inside("GET /lecture/{visit}/fin", (*call).signed)

	inside("GET /envois", (*call).outbox)
	inside("GET /envois/{entry}", (*call).outboxEntry)
	inside("POST /envois/{entry}/relancer", (*call).outboxRetry)
	inside("POST /envois/{entry}/preuve", (*call).evidence)
	inside("GET /envois/{entry}/corriger", (*call).correctForm)
	mux.Handle("POST /envois/{entry}/corriger", s.insideOr((*call).corrected, true, (*call).correctLocked))
	mux.Handle("POST /envois/{entry}/garder", s.insideOr((*call).correctKept, true, (*call).correctLocked))
	return mux
}

// open serves an address that needs no sign-in.
func (s *Server) open(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := s.opt.Now()
		c := &call{Server: s, w: w, r: r, session: s.sessions.of(r, now), now: now}
		c.answer(h(c))
	})
}

// inside serves an address to who has signed in and is not locked out. act tells
// whether asking for it is an act of a person.
func (s *Server) inside(h handler, act bool) http.Handler {
	return s.insideOr(h, act, func(c *call) error {
		c.comeBack()
		return c.redirect("/verrou")
	})
}

// insideOr is [Server.inside] with what a locked session is answered.
func (s *Server) insideOr(h handler, act bool, locked handler) http.Handler {
	return s.open(func(c *call) error {
		switch {
		case s.opt.Kiosk:
			if c.session != nil && c.session.touch(c.now, s.opt.Idle, act) {
				s.sessions.end(c.w, c.session)
				c.session = nil
			}
			if c.session == nil {
				c.session = s.sessions.begin(c.w, Account{}, c.now)
			}
		case s.opt.Accounts.Empty():
			return c.redirect("/premier-compte")
		case c.session == nil:
			return c.redirect("/connexion")
		case c.session.touch(c.now, s.opt.Idle, act):
			return locked(c)
		}
		return h(c)
	})
}

// comeBack remembers where unlocking leads: to the page itself, or to the page that
// a form was on.
func (c *call) comeBack() {
	back := c.r.URL.Path
	if c.r.Method == http.MethodPost {
		back = ""
		if c.r.PathValue("visit") != "" {
			back = "/lecture/" + c.r.PathValue("visit")
		}
	}
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if c.session.back == "" {
		c.session.back = back
	}
}

func (c *call) redirect(to string) error {
	http.Redirect(c.w, c.r, to, http.StatusSeeOther)
	return nil
}

// answer shows an error, when there is one.
func (c *call) answer(err error) {
	if err != nil {
		c.fail(err)
	}
}

func (c *call) nowhere() error { return errNowhere }
