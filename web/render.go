package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// templates are the pages by name.
type templates map[string]*template.Template

// parseTemplates reads every page on top of the layout that all share.
func parseTemplates() (templates, error) {
	base, err := template.New("base").Funcs(template.FuncMap{
		"moment": frenchMoment, "day": frenchDay, "state": stateWords, "kept": keptWords, "lower": strings.ToLower,
	}).ParseFS(templateFiles, "templates/base.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	all := templates{}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page == "base" || page == "parts" {
			continue
		}
		clone, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if all[page], err = clone.ParseFS(templateFiles, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// page is what the layout needs and, in Body, what the page itself does.
type page struct {
	Title   string
	Tab     string // which of the tabs is current
	Account string // "" before sign-in
	Kiosk   bool
	Outbox  *outboxLine
	Notice  string
	Refresh int // seconds after which the page locks itself without JavaScript, 0: never
	Idle    int // seconds after which it does with it
	IdleTo  string
	Wide    bool // uses the whole width of the screen
	Scripts []string
	Body    any
}

// show renders a page. It is written only when all of it could be made.
func (c *call) show(status int, name string, p page) error {
	p.Kiosk = c.opt.Kiosk
	if c.session != nil && !p.Kiosk && p.Tab != "" {
		p.Account = c.session.account.Name
		p.Outbox = c.outboxLine()
		p.Idle, p.IdleTo = int(c.opt.Idle.Seconds()), "/verrou"
	}
	if c.session != nil {
		p.Notice = c.session.takeNotice()
	}
	if p.Kiosk {
		p.Idle, p.IdleTo = int(c.opt.Idle.Seconds()), "/patient"
		if p.Refresh == 0 {
			p.Refresh = p.Idle + 5
		}
	}
	if p.Idle > 0 {
		p.Scripts = append([]string{"idle.js"}, p.Scripts...)
	}
	var out bytes.Buffer
	if err := c.templates[name].ExecuteTemplate(&out, "base", p); err != nil {
		c.opt.Logger.Error("page cannot be made", "page", name)
		http.Error(c.w, sayBroken, http.StatusInternalServerError)
		return nil
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(out.Bytes())
	return nil
}

// errorPage is the body of the page that says an error.
type errorPage struct{ Say, Next, Back string }

var errNowhere = &record.Error{Code: record.CodeNotFound, Op: "find page", Reason: ReasonNoPage}

// Reasons of errors that this package gives, beside those of its other files.
const (
	ReasonNoPage  = "no_such_page"
	ReasonNoVisit = "no_visit" // the card is no longer open
)

// fail shows an error as a page, or as a line for a script of ours.
func (c *call) fail(err error) {
	say, next := c.explain(err)
	status := statusOf(err)
	c.opt.Logger.Info("request failed", "code", record.CodeOf(err), "reason", record.ReasonOf(err))
	if c.wantsJSON() {
		c.json(status, frameAnswer{Say: strings.TrimSpace(say + " " + next)})
		return
	}
	_ = c.show(status, "error", page{Title: titleError, Tab: tabOf(c), Body: errorPage{say, next, c.backOf(err)}})
}

func (c *call) explain(err error) (say, next string) {
	if words, ok := reasons[record.ReasonOf(err)]; ok {
		return words[0], words[1]
	}
	return c.opt.Explain(err)
}

// tabOf keeps the tabs on the page of an error for who is signed in.
func tabOf(c *call) string {
	if c.session == nil {
		return ""
	}
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if c.session.locked {
		return ""
	}
	return "error"
}

// backOf is where an error leads a person on to.
func (c *call) backOf(err error) string {
	switch record.ReasonOf(err) {
	case ReasonSigned:
		return "/envois/" + c.r.PathValue("visit")
	case ReasonDraftClosed:
		return "/lecture/" + c.r.PathValue("visit") + "/abandonner"
	}
	if c.opt.Kiosk {
		return "/patient"
	}
	if id := c.r.PathValue("visit"); id != "" && c.session != nil && c.session.visit(id) != nil {
		return "/lecture/" + id
	}
	if strings.HasPrefix(c.r.URL.Path, "/patient") {
		return "/patient"
	}
	return "/lire"
}

func statusOf(err error) int {
	switch record.CodeOf(err) {
	case record.CodeInvalid:
		return http.StatusBadRequest
	case record.CodeNotFound:
		return http.StatusNotFound
	case record.CodeConflict:
		return http.StatusConflict
	case record.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case record.CodeUnavailable, record.CodeLocked:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// assetTypes are the files that pages may ask for.
var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".wasm": "application/wasm"}

// fontCache lets the browser keep the letters and the reader of codes, which are large
// and no secret.
const fontCache = "private, max-age=86400"

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if s.opt.Font != nil && (name == "regular.ttf" || name == "bold.ttf") {
		w.Header().Set("Content-Type", "font/ttf")
		w.Header().Set("Cache-Control", fontCache)
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(s.opt.Font(name == "bold.ttf")))
		return
	}
	kind, ok := assetTypes[path.Ext(name)]
	data, err := assetFiles.ReadFile("assets/" + name)
	if !ok || err != nil || strings.ContainsAny(name, "/\\") {
		c := &call{Server: s, w: w, r: r, now: s.opt.Now()}
		c.fail(errNowhere)
		return
	}
	w.Header().Set("Content-Type", kind)
	if path.Ext(name) == ".wasm" {
		w.Header().Set("Cache-Control", fontCache)
	}
	_, _ = w.Write(data)
}

// busy waits for a place, or until the request is over.
func (c *call) busy(places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-c.r.Context().Done():
		return nil, errors.Join(errBusy, c.r.Context().Err())
	}
}

var errBusy = &record.Error{Code: record.CodeUnavailable, Op: "wait for a place", Reason: "busy"}
