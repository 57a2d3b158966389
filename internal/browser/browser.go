// Package browser drives a Chromium for tests: it opens pages, presses keys, clicks,
// and takes pictures. It speaks the DevTools protocol over a pipe, so that nothing
// else on the machine can reach the browser, and needs no module.
//
// A [Page] is one tab. Its methods fail the test that opened it, and wait up to
// fifteen seconds for what they need.
package browser

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a page may take to be as a test expects.
const patience = 15 * time.Second

// flags make a browser that starts clean, asks nothing of the network, and runs in a
// container.
var flags = []string{
	"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
	"--font-render-hinting=none", "--remote-debugging-pipe", "--mute-audio", "--disable-default-apps", "--no-default-browser-check",
}

// Page is one tab of a browser of its own.
type Page struct {
	t       testing.TB
	out     io.WriteCloser
	session string

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	broken  error
	console []string // what the page's scripts complained about
}

type answer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// Find returns the path of a Chromium, or "".
func Find() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Open starts a browser with a tab of that size in pixels; it ends with the test.
// more are flags beside the usual ones.
func Open(t testing.TB, width, height int, more ...string) *Page {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the pipe to the browser needs inherited files, which Go has not on Windows")
	}
	path := Find()
	if path == "" {
		t.Fatal("no chromium: scripts/test installs it")
	}
	profile, err := os.MkdirTemp("", "zoneblanche-browser-")
	if err != nil {
		t.Fatal(err)
	}
	toBrowser, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{}, flags...), "--user-data-dir="+profile, fmt.Sprintf("--window-size=%d,%d", width, height))
	cmd := exec.Command(path, append(append(args, more...), "about:blank")...)
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser} // 3 and 4, as the flag wants
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	p := &Page{t: t, out: out, waiting: map[int]chan answer{}}
	done := make(chan struct{})
	go func() { p.listen(in); close(done) }()
	t.Cleanup(func() {
		_, _ = p.send("", "Browser.close", nil)
		out.Close()
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		<-done
		in.Close()
		for range 20 { // its helpers may still be writing
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	p.attach(width, height)
	return p
}

// attach opens a tab and looks at it alone.
func (p *Page) attach(width, height int) {
	p.t.Helper()
	var target struct{ TargetID string }
	p.must("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	p.must("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	p.session = session.SessionID
	p.Call("Page.enable", nil, nil)
	p.Call("Runtime.enable", nil, nil)
	p.Call("Log.enable", nil, nil)
	p.Resize(width, height)
}

// Resize sets the size of the page in pixels.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

func (p *Page) listen(in io.Reader) {
	r := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := r.ReadBytes(0)
		if err != nil {
			p.mu.Lock()
			p.broken = err
			for _, w := range p.waiting {
				close(w)
			}
			p.waiting = nil
			p.mu.Unlock()
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			answer
		}
		if json.Unmarshal(line[:len(line)-1], &m) != nil {
			continue
		}
		p.mu.Lock()
		if w := p.waiting[m.ID]; m.ID != 0 && w != nil {
			w <- m.answer
			delete(p.waiting, m.ID)
		}
		p.note(m.Method, m.Params)
		p.mu.Unlock()
	}
}

// note keeps errors of scripts and of the content policy.
func (p *Page) note(method string, params json.RawMessage) {
	switch method {
	case "Runtime.exceptionThrown":
		p.console = append(p.console, string(params))
	case "Log.entryAdded":
		var e struct {
			Entry struct{ Level, Text, Source, URL string }
		}
		if json.Unmarshal(params, &e) == nil && e.Entry.Level == "error" {
			p.console = append(p.console, e.Entry.Source+": "+e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// Complaints returns and forgets what scripts and the content policy complained
// about.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.console
	p.console = nil
	return all
}

func (p *Page) send(session, method string, params any) (chan answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return nil, p.broken
	}
	p.next++
	message := map[string]any{"id": p.next, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	data, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	w := make(chan answer, 1)
	p.waiting[p.next] = w
	_, err = p.out.Write(append(data, 0))
	return w, err
}

func (p *Page) call(session, method string, params, result any) error {
	w, err := p.send(session, method, params)
	if err != nil {
		return err
	}
	select {
	case a, ok := <-w:
		switch {
		case !ok:
			return errors.New("the browser went away")
		case a.Error != nil:
			return errors.New(a.Error.Message)
		case result != nil:
			return json.Unmarshal(a.Result, result)
		}
		return nil
	case <-time.After(2 * patience):
		return errors.New("the browser does not answer")
	}
}

func (p *Page) must(session, method string, params, result any) {
	p.t.Helper()
	if err := p.call(session, method, params, result); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
}

// Call calls a method of the DevTools protocol on the tab.
func (p *Page) Call(method string, params, result any) {
	p.t.Helper()
	p.must(p.session, method, params, result)
}

// Go opens an address and waits until it is loaded.
func (p *Page) Go(url string) {
	p.t.Helper()
	var r struct{ ErrorText string }
	p.Call("Page.navigate", map[string]any{"url": url}, &r)
	if r.ErrorText != "" {
		p.t.Fatalf("open %s: %s", url, r.ErrorText)
	}
	p.Until(`document.readyState === "complete"`)
}

// Eval evaluates an expression, a promise included, into v, which may be nil.
func (p *Page) Eval(expression string, v any) {
	p.t.Helper()
	if err := p.eval(expression, v); err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
}

func (p *Page) eval(expression string, v any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := p.call(p.session, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true}, &r)
	switch {
	case err != nil:
		return err
	case r.ExceptionDetails != nil:
		return errors.New(r.ExceptionDetails.Text + " " + r.ExceptionDetails.Exception.Description)
	case v == nil || r.Result.Value == nil:
		return nil
	}
	return json.Unmarshal(r.Result.Value, v)
}

// Until waits until an expression is true. A page that is being replaced answers
// nothing for a moment.
func (p *Page) Until(expression string) {
	p.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		var ok bool
		if err = p.eval("!!("+expression+")", &ok); err == nil && ok {
			return
		}
	}
	var text string
	_ = p.eval("location.pathname + '\\n' + document.body.innerText.slice(0, 1500)", &text)
	p.t.Fatalf("waited for %s (%v), the page says:\n%s", expression, err, text)
}

// Text returns what a person reads of the first element that a selector finds.
func (p *Page) Text(selector string) (text string) {
	p.t.Helper()
	p.Until("document.querySelector(" + quote(selector) + ")")
	p.Eval("document.querySelector("+quote(selector)+").innerText", &text)
	return text
}

// Path returns the path of the page's address.
func (p *Page) Path() (path string) {
	p.t.Helper()
	p.Eval("location.pathname", &path)
	return path
}

// Click clicks the middle of the first element that a selector finds, as a mouse
// does, and Follow waits for the page that it leads to besides.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Until("document.querySelector(" + quote(selector) + ")")
	var at struct{ X, Y float64 }
	p.Eval(`(() => { const e = document.querySelector(`+quote(selector)+`); e.scrollIntoView({block: "center"});
		const b = e.getBoundingClientRect(); return {X: b.x + b.width/2, Y: b.y + b.height/2}; })()`, &at)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		p.Call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
	}
}

// Follow clicks what leads to another page, and waits for it.
func (p *Page) Follow(selector string) {
	p.t.Helper()
	p.Eval("window.here = true", nil)
	p.Click(selector)
	p.Until(`!window.here && document.readyState === "complete"`)
}

// Type writes into a field as from a keyboard.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Until("document.querySelector(" + quote(selector) + ")")
	p.Eval("document.querySelector("+quote(selector)+").focus()", nil)
	p.Call("Input.insertText", map[string]any{"text": text}, nil)
}

// Press presses and releases one key: "Tab", "Enter", "Space", "ArrowLeft"…
func (p *Page) Press(key string) {
	p.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, "Space": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
	texts := map[string]string{"Enter": "\r", "Space": " "}
	names := map[string]string{"Space": " "}
	name := key
	if n, ok := names[key]; ok {
		name = n
	}
	p.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": name, "code": key, "text": texts[key], "windowsVirtualKeyCode": codes[key]}, nil)
	p.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "code": key, "windowsVirtualKeyCode": codes[key]}, nil)
}

// Files puts files into a field of a form.
func (p *Page) Files(selector string, paths ...string) {
	p.t.Helper()
	p.Until("document.querySelector(" + quote(selector) + ")")
	var doc struct{ Root struct{ NodeID int } }
	p.Call("DOM.getDocument", nil, &doc)
	var node struct{ NodeID int }
	p.Call("DOM.querySelector", map[string]any{"nodeId": doc.Root.NodeID, "selector": selector}, &node)
	p.Call("DOM.setFileInputFiles", map[string]any{"files": paths, "nodeId": node.NodeID}, nil)
}

// Shot writes a PNG of what is on the screen, or of the whole page.
func (p *Page) Shot(path string, whole bool) {
	p.t.Helper()
	p.Eval("document.fonts.ready.then(() => 1)", nil)
	var r struct{ Data string }
	p.Call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &r)
	data, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func quote(s string) string {
	data, _ := json.Marshal(s)
	return strings.ReplaceAll(string(data), "\u2028", "")
}

// Insert types into the field that has the focus.
func (p *Page) Insert(text string) {
	p.t.Helper()
	p.Call("Input.insertText", map[string]any{"text": text}, nil)
}

// Stamp tells one page from the next, whether or not their addresses differ.
func (p *Page) Stamp() (stamp float64) {
	p.t.Helper()
	p.Eval("performance.timeOrigin", &stamp)
	return stamp
}

// UntilLeft waits until another page than the one of that stamp is there.
func (p *Page) UntilLeft(stamp float64) {
	p.t.Helper()
	p.Until(fmt.Sprintf(`performance.timeOrigin !== %f && document.readyState === "complete"`, stamp))
}
