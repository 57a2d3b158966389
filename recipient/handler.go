package recipient

import (
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// maxBody bounds a transaction: a note and a photograph fit many times over.
const maxBody = 64 << 20

// Handler answers at the root: POST / is a transaction.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", s.transaction)
	mux.HandleFunc("POST "+fhir.SealedPath, s.sealed)
	mux.HandleFunc("GET "+fhir.SealedKeysPath, s.sealingKeys)
	mux.HandleFunc("GET /metadata", s.metadata)
	mux.HandleFunc("GET /DocumentReference", func(w http.ResponseWriter, r *http.Request) {
		s.search(w, r, "DocumentReference", "identifier")
	})
	mux.HandleFunc("GET /AuditEvent", func(w http.ResponseWriter, r *http.Request) {
		s.search(w, r, "AuditEvent", auditParameter)
	})
	if s.records != nil {
		mux.HandleFunc("POST /Patient/_search", s.patient)
	}
	if s.auth != nil {
		mux.HandleFunc("POST "+tokenPath, s.auth.token)
		mux.HandleFunc("GET "+smartPath, smartConfiguration)
	}
	for _, kind := range []string{"DocumentReference", "List", "Binary", "AuditEvent"} {
		mux.HandleFunc("GET /"+kind+"/{id}", func(w http.ResponseWriter, r *http.Request) { s.read(w, r, kind) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeRefusal(w, refused(http.StatusNotFound, "not-found", "nothing is served here; see metadata"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			writeRefusal(w, refused(http.StatusMisdirectedRequest, "forbidden", "this server answers to its loopback address only"))
			return
		}
		w.Header().Set("Accept-Encoding", "gzip") // RFC 9110, section 12.5.3: of requests
		if s.auth != nil && !open(r.URL.Path) && !s.auth.allows(r) {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			writeRefusal(w, refused(http.StatusUnauthorized, "login", "an access token is required"))
			return
		}
		if r.Method != http.MethodPost {
			if fault, m := s.nextRead(); answerFault(w, fault, m) {
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// answerFault plays the faults that are answers, and reports whether it did.
func answerFault(w http.ResponseWriter, f fault, m Misbehaviour) bool {
	switch f {
	case portal:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, portalPage)
	case busy:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(m.RetryAfter.Seconds()))))
		writeRefusal(w, refused(http.StatusServiceUnavailable, "transient", wordsBusy))
	case refuse:
		status := m.RefuseStatus
		if status == 0 {
			status = http.StatusUnprocessableEntity
		}
		writeRefusal(w, refused(status, "business-rule", wordsRefused))
	default:
		return false
	}
	return true
}

func (s *Server) transaction(w http.ResponseWriter, r *http.Request) {
	body, tooBad := readBody(w, r)
	if tooBad != nil {
		writeRefusal(w, tooBad)
		return
	}
	fault, m := s.next()
	if !s.wait(m.Latency) {
		panic(http.ErrAbortHandler) // the server is closing
	}
	if answerFault(w, fault, m) {
		return
	}
	if fault == dropRequest {
		panic(http.ErrAbortHandler) // cuts the connection, as net/http documents
	}
	entries, no := readTransaction(body)
	if no == nil {
		if err := s.apply(entries, time.Now()); err != nil {
			if no = asRefusal(err); no.status == http.StatusInternalServerError {
				s.log.LogAttrs(r.Context(), slog.LevelError, "transaction failed", slog.Any("error", err))
			}
		}
	}
	if no != nil {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "transaction refused", slog.Int("status", no.status))
		writeRefusal(w, no)
		return
	}
	for _, e := range entries {
		if e.kind == "DocumentReference" {
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "document held",
				slog.String("document", uniqueID(e.resource)), slog.String("location", e.location), slog.Bool("existed", e.existed))
		}
	}
	if fault == dropAnswer {
		panic(http.ErrAbortHandler)
	}
	writeFHIR(w, http.StatusOK, transactionResponse(entries))
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	coding := r.Header.Get("Content-Encoding")
	if err != nil || (kind != fhir.MediaType && kind != "application/json") || (charset != "" && charset != "utf-8") ||
		(coding != "" && coding != "gzip") {
		return nil, refused(http.StatusUnsupportedMediaType, "not-supported", "only application/fhir+json in UTF-8, plain or in gzip, is supported")
	}
	var from io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	if coding == "gzip" {
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, refused(http.StatusBadRequest, "structure", "the request is not gzip, or was cut")
		}
		from = io.LimitReader(z, maxBody+1)
	}
	body, err := io.ReadAll(from)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) || len(body) > maxBody:
		return nil, refused(http.StatusRequestEntityTooLarge, "too-long", "the Bundle is larger than 64 MiB")
	case err != nil:
		return nil, refused(http.StatusBadRequest, "structure", "the request was cut")
	}
	return body, nil
}

// read answers GET /Type/id. A Binary comes as what it holds unless FHIR is asked
// for (hl7.org/fhir/R4/binary.html#rest).
func (s *Server) read(w http.ResponseWriter, r *http.Request, kind string) {
	var found resource
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		found, err = load(tx, kind+"/"+r.PathValue("id"))
		return err
	})
	switch {
	case err != nil:
		writeRefusal(w, refused(http.StatusInternalServerError, "exception", "the resource cannot be read"))
		return
	case found == nil:
		writeRefusal(w, refused(http.StatusNotFound, "not-found", "no such resource"))
		return
	}
	meta, _ := found["meta"].(map[string]any)
	w.Header().Set("ETag", `W/"`+text(meta, "versionId")+`"`)
	if kind == "Binary" && !strings.Contains(r.Header.Get("Accept"), "json") {
		writeContent(w, found)
		return
	}
	writeFHIR(w, http.StatusOK, found)
}

func writeContent(w http.ResponseWriter, binary resource) {
	data, err := base64.StdEncoding.DecodeString(text(binary, "data"))
	if err != nil {
		writeRefusal(w, refused(http.StatusInternalServerError, "exception", "the content cannot be read"))
		return
	}
	header := w.Header()
	header.Set("Content-Type", text(binary, "contentType"))
	header.Set("Content-Disposition", "attachment") // a foreign document never runs as a page of ours
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.Write(data)
}

// search answers GET /Type?name=system|value. A parameter that is not understood
// is refused: leaving it out would answer another question.
func (s *Server) search(w http.ResponseWriter, r *http.Request, kind, name string) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(query) != 1 || len(query[name]) != 1 {
		writeRefusal(w, refused(http.StatusBadRequest, "not-supported", "exactly one parameter is supported: "+name))
		return
	}
	wanted := readQuery(query, name)
	if wanted == nil {
		writeRefusal(w, refused(http.StatusBadRequest, "value", name+" is system|value, one of them"))
		return
	}
	var found []resource
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, location := range find(tx, kind, *wanted) {
			r, err := load(tx, location)
			if err != nil {
				return err
			}
			if r == nil {
				return errMissing
			}
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		writeRefusal(w, refused(http.StatusInternalServerError, "exception", "the search failed"))
		return
	}
	writeSearchset(w, r, "/"+kind+"?"+query.Encode(), found)
}

// writeSearchset writes what a search found.
func writeSearchset(w http.ResponseWriter, r *http.Request, self string, found []resource) {
	type mode struct {
		Mode string `json:"mode"`
	}
	type item struct {
		FullURL  string   `json:"fullUrl"`
		Resource resource `json:"resource"`
		Search   mode     `json:"search"`
	}
	type link struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	}
	items, base := []item(nil), baseOf(r)
	for _, one := range found {
		items = append(items, item{base + "/" + text(one, "resourceType") + "/" + text(one, "id"), one, mode{"match"}})
	}
	writeFHIR(w, http.StatusOK, struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Total        int    `json:"total"`
		Link         []link `json:"link"`
		Entry        []item `json:"entry,omitempty"`
	}{"Bundle", "searchset", len(items), []link{{"self", base + self}}, items})
}

// baseOf is the address that a request was made to.
func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
