package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// signInPage is the body of the pages that ask for a password.
type signInPage struct {
	Error     string
	Name      string
	RPPS      string
	AskToken  bool
	NoToken   bool // this start of the program made none
	MinLength int
}

// The keys under which failures are counted. Names that nobody has share one, so
// that guessing names fills no memory.
const (
	keyToken   = "token"
	keyUnknown = "unknown"
)

func (c *call) accountForm() error { return c.showAccount(http.StatusOK, signInPage{}) }

func (c *call) showAccount(status int, body signInPage) error {
	token := c.token()
	if token == "" && !c.opt.Accounts.Empty() {
		return c.redirect("/connexion")
	}
	body.AskToken, body.NoToken, body.MinLength = token != "", token == "", MinPassword
	return c.show(status, "compte", page{Title: titleAccount, Body: body})
}

func (s *Server) token() string {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return s.opt.Token
}

// Allow lets who has the token make one account more. It replaces the token that was
// not used yet, and may be called at any time.
func (s *Server) Allow(token string) {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	s.opt.Token = token
}

// accountMake makes the account that the one-time token allows.
func (c *call) accountMake() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	form := signInPage{Name: c.r.PostFormValue("nom"), RPPS: strings.ReplaceAll(c.r.PostFormValue("rpps"), " ", "")}
	if wait := c.limiter.wait(keyToken, c.now); wait > 0 {
		form.Error = waitWords(wait)
		return c.showAccount(http.StatusTooManyRequests, form)
	}
	if !sameToken(c.r.PostFormValue("jeton"), c.token()) {
		c.limiter.failed(keyToken, c.now)
		form.Error = sayWrongToken
		return c.showAccount(http.StatusForbidden, form)
	}
	password := c.r.PostFormValue("mot-de-passe")
	if password != c.r.PostFormValue("encore") {
		form.Error = sayPasswordsDiffer
		return c.showAccount(http.StatusBadRequest, form)
	}
	account, err := c.opt.Accounts.Add(form.Name, form.RPPS, password)
	if err != nil {
		say, next := c.explain(err)
		form.Error = say + " " + next
		return c.showAccount(statusOf(err), form)
	}
	c.sessions.mu.Lock()
	c.opt.Token = ""
	c.sessions.mu.Unlock()
	c.session = c.sessions.begin(c.w, account, c.now)
	if record.CheckRPPS(account.RPPS) != nil {
		c.session.say(noticeRPPS)
	}
	return c.redirect("/lire")
}

func (c *call) signInForm() error {
	if c.opt.Accounts.Empty() {
		return c.redirect("/premier-compte")
	}
	return c.show(http.StatusOK, "connexion", page{Title: titleSignIn, Body: signInPage{}})
}

func (c *call) signIn() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	form := signInPage{Name: c.r.PostFormValue("nom")}
	account, status, say := c.password(form.Name, c.r.PostFormValue("mot-de-passe"))
	if status != http.StatusOK {
		form.Error = say
		return c.show(status, "connexion", page{Title: titleSignIn, Body: form})
	}
	if c.session != nil {
		c.sessions.end(c.w, c.session) // a new identifier at each sign-in
	}
	c.session = c.sessions.begin(c.w, account, c.now)
	return c.redirect("/lire")
}

// password checks a password, slowly for who guesses.
func (c *call) password(name, password string) (account Account, status int, say string) {
	key := keyUnknown
	if c.opt.Accounts.known(name) {
		key = "account " + strings.ToLower(strings.Join(strings.Fields(name), " "))
	}
	if wait := c.limiter.wait(key, c.now); wait > 0 {
		c.w.Header().Set("Retry-After", seconds(wait))
		return account, http.StatusTooManyRequests, waitWords(wait)
	}
	account, ok := c.opt.Accounts.Check(name, password)
	if !ok {
		c.limiter.failed(key, c.now)
		return account, http.StatusForbidden, sayWrongPassword
	}
	c.limiter.succeeded(key)
	return account, http.StatusOK, ""
}

// lockForm is where an idle session waits for its password.
func (c *call) lockForm() error {
	if c.session == nil {
		return c.redirect("/connexion")
	}
	c.session.mu.Lock()
	c.session.locked = true
	c.session.mu.Unlock()
	return c.show(http.StatusOK, "verrou", page{Title: titleLocked, Body: signInPage{Name: c.session.account.Name}})
}

func (c *call) lock() error {
	if from := c.r.Header.Get("Referer"); from != "" {
		if i := strings.Index(from, c.r.Host+"/"); i >= 0 {
			path, _, _ := strings.Cut(from[i+len(c.r.Host):], "?")
			c.session.mu.Lock()
			c.session.back = path
			c.session.mu.Unlock()
		}
	}
	return c.redirect("/verrou")
}

func (c *call) unlock() error {
	if c.session == nil {
		return c.redirect("/connexion")
	}
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	_, status, say := c.password(c.session.account.Name, c.r.PostFormValue("mot-de-passe"))
	if status != http.StatusOK {
		return c.show(status, "verrou", page{Title: titleLocked, Body: signInPage{Name: c.session.account.Name, Error: say}})
	}
	c.session.mu.Lock()
	back := c.session.back
	c.session.locked, c.session.seen, c.session.back = false, c.now, ""
	c.session.mu.Unlock()
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") || back == "/verrou" {
		back = "/lire"
	}
	return c.redirect(back)
}

// signOut ends a session, a locked one too, so that the next doctor can sign in.
func (c *call) signOut() error {
	if c.session != nil {
		c.sessions.end(c.w, c.session)
	}
	return c.redirect("/connexion")
}

func seconds(d time.Duration) string {
	return formatInt(int(d.Round(time.Second).Seconds()) + 1)
}
