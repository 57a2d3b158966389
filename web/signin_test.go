package web

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

const password = "quatre mots sans rapport"

func TestTheFirstAccountNeedsTheToken(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Token = "ABCDE-23456" })
	if _, at, _ := r.get("/"); at != "/premier-compte" {
		t.Fatalf("got %s, want the page of the first account", at)
	}
	fields := []string{"nom", "Dr Camille Morel", "rpps", "99970000008", "mot-de-passe", password, "encore", password}
	if status, _, _ := r.post("/premier-compte", append(fields, "jeton", "ABCDE-23457")...); status != http.StatusForbidden {
		t.Errorf("a wrong token: got %d", status)
	}
	if status, _, body := r.post("/premier-compte", "jeton", "abcde 23456", "nom", "x", "rpps", "1", "mot-de-passe", password, "encore", password); status != http.StatusBadRequest || !strings.Contains(body, "RPPS") {
		t.Errorf("a wrong number: got %d", status)
	}
	if !r.server.opt.Accounts.Empty() {
		t.Fatal("a refused form made an account")
	}
	if status, at, _ := r.post("/premier-compte", append(fields, "jeton", "abcde 23456")...); status != http.StatusOK || at != "/lire" {
		t.Fatalf("got %d at %s", status, at)
	}
	r.client = r.browser()
	if status, _, _ := r.post("/premier-compte", append(fields, "jeton", "ABCDE-23456")...); status == http.StatusOK && !r.server.opt.Accounts.known("Dr Camille Morel") {
		t.Errorf("the token served twice: got %d", status)
	}
	if n := len(r.server.opt.Accounts.list); n != 1 {
		t.Errorf("got %d accounts, want 1", n)
	}
	if status, at, _ := r.post("/connexion", "nom", " dr camille  morel", "mot-de-passe", password); status != http.StatusOK || at != "/lire" {
		t.Errorf("signing in: got %d at %s", status, at)
	}
}

func TestAccountsAreKeptHashedForTheOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.json")
	accounts, err := OpenAccounts(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Add("Dr A", "99970000008", password); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Add("dr  a", "99970000008", password); record.ReasonOf(err) != ReasonNameTaken {
		t.Errorf("the same name: got %v", err)
	}
	if _, err := accounts.Add("Dr B", "99970000008", "short"); record.ReasonOf(err) != ReasonAccount {
		t.Errorf("a short password: got %v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), password) {
		t.Errorf("the file holds the password, or cannot be read: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	again, err := OpenAccounts(path)
	if err != nil {
		t.Fatal(err)
	}
	if account, ok := again.Check("DR A", password); !ok || account.RPPS != "99970000008" {
		t.Errorf("got %+v, %v", account, ok)
	}
	for _, wrong := range []string{"", password + " ", strings.Repeat("x", 1<<20)} {
		if _, ok := again.Check("Dr A", wrong); ok {
			t.Errorf("a wrong password of %d bytes was taken", len(wrong))
		}
	}
	if _, ok := again.Check("", ""); ok {
		t.Error("nobody signed in")
	}
}

func TestDamagedAccountsAreRefused(t *testing.T) {
	for name, content := range map[string]string{
		"not JSON":           "x",
		"no hash":            `[{"name":"a","rpps":"1"}]`,
		"a hash of 4 GiB":    `[{"name":"a","hash":{"salt":"AAAAAAAAAAAAAAAA","sum":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","time":1,"memory":4194304,"threads":1}}]`,
		"a hash of no time":  `[{"name":"a","hash":{"salt":"AAAAAAAAAAAAAAAA","sum":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","time":0,"memory":1,"threads":1}}]`,
		"a hash of no bytes": `[{"name":"a","hash":{"salt":"AAAAAAAAAAAAAAAA","sum":"","time":1,"memory":1,"threads":1}}]`,
	} {
		path := filepath.Join(t.TempDir(), "accounts.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenAccounts(path); record.ReasonOf(err) != ReasonAccounts {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	var l limiter
	now := testNow
	for range freeTries {
		l.failed("a", now)
		if wait := l.wait("a", now); wait != 0 {
			t.Fatalf("got a wait of %v among the first tries", wait)
		}
	}
	last := time.Duration(0)
	for range 12 {
		l.failed("a", now)
		wait := l.wait("a", now)
		if wait < last || wait > maxWait || wait == 0 {
			t.Fatalf("got %v after %v", wait, last)
		}
		last = wait
	}
	if last != maxWait {
		t.Errorf("got %v, want %v at last", last, maxWait)
	}
	if wait := l.wait("b", now); wait != 0 {
		t.Errorf("another account waits %v", wait)
	}
	if l.succeeded("a"); l.wait("a", now) != 0 {
		t.Error("a success does not forgive")
	}
}

func TestTooManyWrongPasswordsWait(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.server.opt.Accounts.list[0].Hash = hash{Salt: make([]byte, 16), Time: 1, Memory: 8, Threads: 1}
	r.server.opt.Accounts.list[0].Hash.Sum = r.server.opt.Accounts.list[0].Hash.of(password)
	r.client = r.browser()
	for range freeTries + 1 {
		if status, _, _ := r.post("/connexion", "nom", doctor.Name, "mot-de-passe", "wrong"); status != http.StatusForbidden {
			t.Fatalf("got %d, want 403", status)
		}
	}
	status, _, body := r.post("/connexion", "nom", doctor.Name, "mot-de-passe", password)
	if status != http.StatusTooManyRequests || !strings.Contains(body, "Attendez") {
		t.Errorf("the right password too early: got %d", status)
	}
	r.later(time.Minute)
	if status, at, _ := r.post("/connexion", "nom", doctor.Name, "mot-de-passe", password); status != http.StatusOK || at != "/lire" {
		t.Errorf("after the wait: got %d at %s", status, at)
	}
}

// A session that nobody touched asks for the password, and then goes on where it
// was, with what was being written.
func TestIdlingLocks(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.server.opt.Accounts.list[0].Hash = hash{Salt: make([]byte, 16), Time: 1, Memory: 8, Threads: 1}
	r.server.opt.Accounts.list[0].Hash.Sum = r.server.opt.Accounts.list[0].Hash.of(password)
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	r.post(at+"/garder", "note", "fièvre depuis trois jours")
	r.later(DefaultIdle - time.Second)
	if _, where, _ := r.get(at + "/note"); where != at+"/note" {
		t.Fatalf("locked too early: got %s", where)
	}
	// Pictures of a camera are nobody's act.
	r.later(DefaultIdle / 2)
	r.do("POST", "/lire/image", "x", nil)
	r.later(DefaultIdle/2 + time.Second)
	if _, where, _ := r.get(at + "/note"); where != "/verrou" {
		t.Fatalf("got %s, want the lock", where)
	}
	if status, _, _ := r.post("/verrou", "mot-de-passe", "wrong"); status != http.StatusForbidden {
		t.Errorf("a wrong password: got %d", status)
	}
	_, where, body := r.post("/verrou", "mot-de-passe", password)
	if where != at+"/note" {
		t.Errorf("got %s, want %s", where, at+"/note")
	}
	r.want(body, "fièvre depuis trois jours")
	r.later(sessionLife)
	if _, where, _ := r.get(at); where != "/connexion" {
		t.Errorf("after a day: got %s", where)
	}
}

// Where unlocking leads is one of our own pages, whatever the browser says.
func TestUnlockingLeadsNowhereElse(t *testing.T) {
	r := newRig(t, nil)
	s := r.signIn()
	r.server.opt.Accounts.list[0].Hash = hash{Salt: make([]byte, 16), Time: 1, Memory: 8, Threads: 1}
	r.server.opt.Accounts.list[0].Hash.Sum = r.server.opt.Accounts.list[0].Hash.of(password)
	for _, back := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "", "/verrou", "/x\r\ny"} {
		s.mu.Lock()
		s.locked, s.back = true, back
		s.mu.Unlock()
		response := r.do("POST", "/verrou", "mot-de-passe="+strings.ReplaceAll(password, " ", "+"), nil)
		if got := response.Header.Get("Location"); got != "/lire" {
			t.Errorf("back %q: got %q, want /lire", back, got)
		}
	}
}

// A locked session can be ended by whoever stands there, who learns nothing of it.
func TestALockedSessionCanBeEnded(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	r.later(DefaultIdle + time.Second)
	r.get(at)
	if _, where, body := r.post("/deconnexion"); where != "/connexion" || strings.Contains(body, "Odette") || strings.Contains(body, doctor.Name) {
		t.Errorf("got %s", where)
	}
	r.signIn()
	if status, _, _ := r.get(at); status != http.StatusNotFound {
		t.Errorf("the card of the ended session: got %d", status)
	}
}
