package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// policy is the Content-Security-Policy of every answer: this server's own files and
// nothing else. 'wasm-unsafe-eval' lets a decoder in WebAssembly run in the page.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; " +
	"media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'"

// headers are on every answer, errors included.
var headers = map[string]string{
	"Content-Security-Policy":      policy,
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(self), microphone=(), geolocation=(), clipboard-read=(), usb=(), serial=()",
	"Cache-Control":                "no-store",
}

// guard stands before every page. hosts are the names under which this server may
// be called: any other is a page elsewhere whose name was made to lead here.
func guard(hosts []string, next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	checked := crossOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		if !anyFold(hosts, r.Host) {
			http.Error(w, sayWrongHost, http.StatusMisdirectedRequest)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !strings.EqualFold(origin, "http://"+r.Host) {
			http.Error(w, sayWrongOrigin, http.StatusForbidden)
			return
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodPost:
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			http.Error(w, sayWrongMethod, http.StatusMethodNotAllowed)
			return
		}
		checked.ServeHTTP(w, r)
	})
}

func anyFold(list []string, s string) bool {
	for _, one := range list {
		if strings.EqualFold(one, s) {
			return true
		}
	}
	return false
}

// hostsOf are the names of a loopback listener.
func hostsOf(addr net.Addr) ([]string, error) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() {
		return nil, &record.Error{Code: record.CodeInvalid, Op: "listen", Reason: ReasonNotLoopback}
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return nil, err
	}
	var hosts []string
	for _, host := range []string{"127.0.0.1", "localhost", "::1", tcp.IP.String()} {
		hosts = append(hosts, net.JoinHostPort(host, port))
	}
	if port == "80" {
		hosts = append(hosts, "127.0.0.1", "localhost", "[::1]")
	}
	return hosts, nil
}

// ReasonNotLoopback is the reason of a listener that other machines could reach.
const ReasonNotLoopback = "not_loopback"

// Bounds of what a request may carry, in bytes.
const (
	maxForm   = 2 << 20  // a form of words; a note has 1 MiB at most
	maxUpload = 96 << 20 // photographs of all pages of a sheet
	maxFiles  = 32
)

// errTooLarge is a request beyond its bounds.
var errTooLarge = &record.Error{Code: record.CodeTooLarge, Op: "read request", Reason: ReasonUpload}

// ReasonUpload is the reason of a request that is too large.
const ReasonUpload = "upload_too_large"

// parseForm reads a form of words.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return tooLarge(r.ParseForm())
}

// upload is a form with files, held in memory: the standard library would put large
// files on disk, where pictures of patients must not be.
type upload struct {
	values map[string]string
	files  map[string][][]byte
}

// upload reads a form with files.
func (c *call) upload() (upload, error) {
	u := upload{values: map[string]string{}, files: map[string][][]byte{}}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, c.maxUpload)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return u, &record.Error{Code: record.CodeInvalid, Op: "read request", Reason: ReasonForm, Err: err}
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err != nil {
			return u, tooLarge(err)
		}
		if n == maxFiles {
			return u, errTooLarge
		}
		if err := u.take(part, c.maxUpload); err != nil {
			return u, err
		}
	}
}

func (u *upload) take(part *multipart.Part, limit int64) error {
	defer part.Close()
	if part.FileName() == "" {
		limit = maxForm
	}
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	switch {
	case err != nil:
		return tooLarge(err)
	case int64(len(data)) > limit:
		return errTooLarge
	case part.FileName() == "":
		u.values[part.FormName()] = string(data)
	case len(data) > 0:
		u.files[part.FormName()] = append(u.files[part.FormName()], data)
	}
	return nil
}

// ReasonForm is the reason of a request that is no form of ours.
const ReasonForm = "form"

func tooLarge(err error) error {
	var size *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &size):
		return errTooLarge
	case errors.Is(err, context.Canceled):
		return err
	}
	return &record.Error{Code: record.CodeInvalid, Op: "read request", Reason: ReasonForm, Err: err}
}
