package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// do sends a request as it is, without following where it leads.
func (r *rig) do(method, path, body string, change func(*http.Request)) *http.Response {
	r.t.Helper()
	request, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(request)
	}
	client := *r.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { response.Body.Close() })
	return response
}

func text(response *http.Response) string {
	data, _ := io.ReadAll(response.Body)
	return string(data)
}

// A name of elsewhere that leads to 127.0.0.1 gets nothing (DNS rebinding).
func TestOtherHostsAreRefused(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	port := r.url[strings.LastIndex(r.url, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: http.StatusOK, "localhost" + port: http.StatusOK, "LOCALHOST" + port: http.StatusOK,
		"evil.example" + port: http.StatusMisdirectedRequest, "127.0.0.1": http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example" + port: http.StatusMisdirectedRequest, "127.0.0.1:1": http.StatusMisdirectedRequest,
		"0.0.0.0" + port: http.StatusMisdirectedRequest, "[::1]:1": http.StatusMisdirectedRequest,
	} {
		response := r.do("GET", "/lire", "", func(q *http.Request) { q.Host = host })
		if refused := response.StatusCode == http.StatusMisdirectedRequest; refused != (want == http.StatusMisdirectedRequest) {
			t.Errorf("host %s: got %d, want %d", host, response.StatusCode, want)
		}
	}
}

// A page of another site in the same browser can do nothing, cookies or not.
func TestOtherOriginsAreRefused(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	for name, change := range map[string]func(*http.Request){
		"another site":           func(q *http.Request) { q.Header.Set("Origin", "https://evil.example") },
		"another port":           func(q *http.Request) { q.Header.Set("Origin", "http://127.0.0.1:1") },
		"the same host by https": func(q *http.Request) { q.Header.Set("Origin", "https://"+strings.TrimPrefix(r.url, "http://")) },
		"no origin to tell":      func(q *http.Request) { q.Header.Set("Origin", "null") },
		"cross-site":             func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":              func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", "same-site") },
		"cross-site with a good origin": func(q *http.Request) {
			q.Header.Set("Origin", r.url)
			q.Header.Set("Sec-Fetch-Site", "cross-site")
		},
	} {
		response := r.do("POST", at+"/confirmer", "personne=oui", change)
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, response.StatusCode)
		}
	}
	if _, _, body := r.get(at); !strings.Contains(body, "C’est bien la personne") {
		t.Error("a refused request confirmed the identity")
	}
	good := func(q *http.Request) {
		q.Header.Set("Origin", r.url)
		q.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if response := r.do("POST", at+"/confirmer", "personne=oui", good); response.StatusCode != http.StatusSeeOther {
		t.Errorf("our own page: got %d, want 303", response.StatusCode)
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for _, path := range []string{"/", "/lire", "/connexion", "/envois", "/nulle-part", "/assets/style.css", "/assets/nothing", "/lecture/x", "/patient"} {
		response := r.do("GET", path, "", nil)
		for name, want := range headers {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, want)
			}
		}
	}
	refused := r.do("GET", "/lire", "", func(q *http.Request) { q.Host = "evil.example" })
	if refused.Header.Get("Content-Security-Policy") != policy {
		t.Error("a refusal has no content policy")
	}
	rest := strings.ReplaceAll(policy, "'wasm-unsafe-eval'", "")
	for _, word := range []string{"unsafe", "*", "http", "data:"} {
		if strings.Contains(rest, word) {
			t.Errorf("the content policy has %q", word)
		}
	}
}

// insidePaths are addresses that show something of somebody.
var insidePaths = []string{
	"GET /lire", "POST /lire", "POST /lire/image", "GET /envois", "GET /envois/x", "POST /envois/x/relancer",
	"POST /envois/x/preuve", "GET /envois/x/corriger", "POST /envois/x/corriger", "POST /envois/x/garder",
	"GET /patient", "POST /patient", "GET /patient/saisie", "POST /patient/saisie", "GET /patient/choix", "POST /patient/choix",
	"GET /patient/feuille", "GET /patient/feuille.pdf", "GET /patient/page/1", "POST /patient/fin",
	"POST /verrouiller", "POST /present",
}

func TestNothingIsShownBeforeSignIn(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	paths := append([]string{}, insidePaths...)
	for _, sub := range []string{"GET ", "GET /note", "POST /note", "GET /signer", "POST /signer", "GET /fin", "POST /motif", "POST /code", "POST /confirmer", "POST /garder",
		"GET /photos", "POST /photos", "GET /photo/1", "GET /photo/1/mesurer", "POST /photo/1/mesurer", "POST /photo/1/legende", "POST /photo/1/retirer",
		"GET /abandonner", "POST /abandonner"} {
		method, rest, _ := strings.Cut(sub, " ")
		paths = append(paths, method+" "+at+rest)
	}
	check := func(state, want string) {
		for _, path := range paths {
			method, path, _ := strings.Cut(path, " ")
			response := r.do(method, path, "", nil)
			if got := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || got != want {
				t.Errorf("%s: %s %s: got %d to %q, want a redirection to %s", state, method, path, response.StatusCode, got, want)
			}
			if strings.Contains(text(response), "Odette") {
				t.Errorf("%s: %s %s shows the patient", state, method, path)
			}
		}
	}
	mine := r.client
	r.client = r.browser()
	check("without a session", "/connexion")
	r.client = mine
	r.later(DefaultIdle + time.Second)
	check("after idling", "/verrou")
	r.server.opt.Accounts.list = nil
	r.client = r.browser()
	check("without any account", "/premier-compte")
}

func TestACardBelongsToItsSession(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	at := r.open(sample())
	r.client = r.browser()
	r.signIn()
	if status, _, body := r.get(at); status != http.StatusNotFound || strings.Contains(body, "Odette") {
		t.Errorf("another session: got %d", status)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"} {
		if response := r.do(method, "/lire", "", nil); response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d, want 405", method, response.StatusCode)
		}
	}
}

// Paths that lead out of where files are, and identifiers that are no identifiers.
func TestPathTricks(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	for _, path := range []string{
		"/assets/../doc.go", "/assets/..%2fdoc.go", "/assets/%2e%2e%2fdoc.go", "/assets/..%5cdoc.go", "/assets/%00", "/assets/style.css%00.js",
		"/assets/", "/assets", "/templates/base.html", "/assets/style.css/", "/lecture/..%2f..%2fenvois", "/lecture/%00/note", "/envois/%2e%2e",
		"/patient/page/0", "/patient/page/-1", "/patient/page/99999999999999999999", "/patient/page/1e3",
	} {
		address, host := r.url+path, strings.TrimPrefix(r.url, "http://")
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		cookie := ""
		at, _ := url.Parse(r.url)
		for _, c := range r.client.Jar.Cookies(at) {
			cookie = c.String()
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", path, host, cookie)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		body := text(response)
		conn.Close()
		if response.StatusCode == http.StatusOK || strings.Contains(body, "package web") || strings.Contains(body, "{{") {
			t.Errorf("%s: got %d", path, response.StatusCode)
		}
	}
}

func TestUploadsAreBounded(t *testing.T) {
	r := newRig(t, nil)
	r.signIn()
	r.server.maxUpload = 64 << 10
	for name, c := range map[string]struct {
		values map[string]string
		files  []string
	}{
		"one large file":   {nil, []string{"fichiers", strings.Repeat("x", 80<<10)}},
		"several together": {nil, []string{"fichiers", strings.Repeat("x", 40<<10), "fichiers", strings.Repeat("x", 40<<10)}},
	} {
		if status, _, body := r.send("/lire", c.values, c.files...); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "trop grands") {
			t.Errorf("%s: got %d", name, status)
		}
	}
	var many []string
	for range maxFiles + 1 {
		many = append(many, "fichiers", "x")
	}
	if status, _, _ := r.send("/lire", nil, many...); status != http.StatusRequestEntityTooLarge {
		t.Errorf("many files: got %d", status)
	}
	if r.pictures != 0 {
		t.Errorf("%d pictures of refused requests were read", r.pictures)
	}
	if response := r.do("POST", "/lire", "texte=ZB1", nil); response.StatusCode != http.StatusBadRequest {
		t.Errorf("a form that is not multipart: got %d", response.StatusCode)
	}
	large := "note=" + strings.Repeat("x", maxForm)
	at := r.open(sample())
	r.post(at+"/confirmer", "personne", "oui")
	if response := r.do("POST", at+"/note", large, nil); response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form: got %d", response.StatusCode)
	}
}

// Pictures of patients are never on disk, whatever their size.
func TestUploadsLeaveNoFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Setenv("TMP", t.TempDir())
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r := newRig(t, nil)
	r.signIn()
	r.send("/lire", nil, "fichiers", strings.Repeat("x", 40<<20))
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("got %v, %v, want no file", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}

// A body that does not come holds nothing for long.
func TestASlowBodyIsCutOff(t *testing.T) {
	r := newRig(t, func(o *Options) { o.BodyTimeout = 300 * time.Millisecond })
	r.signIn()
	host := strings.TrimPrefix(r.url, "http://")
	at, _ := url.Parse(r.url)
	cookie := r.client.Jar.Cookies(at)[0].String()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /lire HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\n", host, cookie)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil && response.StatusCode < 400 {
		t.Errorf("got %d, want a refusal or a closed connection", response.StatusCode)
	}
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Error("the connection was still open after 20 s")
	}
	if status, _, _ := r.get("/lire"); status != http.StatusOK {
		t.Errorf("others after that: got %d", status)
	}
}

func TestTheCookieIsForThisSiteAlone(t *testing.T) {
	var all sessions
	w := httptest.NewRecorder()
	s := all.begin(w, doctor, testNow)
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || len(c.Value) != 32 {
		t.Errorf("got %+v", c)
	}
	if other := all.begin(w, doctor, testNow); other.id == s.id {
		t.Error("two sessions share an identifier")
	}
	for range 2 * maxSessions {
		all.begin(w, doctor, testNow)
	}
	if len(all.all) > maxSessions {
		t.Errorf("got %d sessions, want %d at most", len(all.all), maxSessions)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:80", "192.0.2.1:80", "[::]:80"} {
		addr, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if hosts, err := hostsOf(addr); err == nil {
			t.Errorf("%s: got %v, want a refusal", address, hosts)
		}
	}
}

// A browser keeps connections open that it does not use: the program ends all the same,
// and that is no error (newRig asks for it).
func TestAnIdleConnectionDoesNotHoldTheEnd(t *testing.T) {
	r := newRig(t, nil)
	idle, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	left = append(left, idle) // open beyond the end of the server, as the next one is
	if status, _, _ := r.get("/connexion"); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	busy, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := busy.Write([]byte("POST /connexion HTTP/1.1\r\nHost: " + strings.TrimPrefix(r.url, "http://") + "\r\nContent-Length: 10\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	left = append(left, busy)
	time.Sleep(50 * time.Millisecond) // the request is under way, and never ends
}

// left are connections that nobody closes.
var left []net.Conn
