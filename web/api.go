package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// API answers the practice's own software on this machine, so that nothing is typed
// twice: what was signed, and the summaries of cards whose holder the doctor has
// recognised, as FHIR R4. It changes nothing. doc/api.md describes it.
type API struct {
	// Allowed reports whether a token is one that was given to a program.
	Allowed func(token string) bool
	// Entries returns entries of a higher sequence than after, the lowest first, as
	// many as limit.
	Entries func(ctx context.Context, after uint64, limit int) ([]APIEntry, error)
	// Entry gives the Bundle of one entry as it is delivered, byte for byte.
	Entry func(ctx context.Context, id string) (io.ReadCloser, error)
	// Summary writes a summary as a FHIR document.
	Summary func(s *record.Summary) ([]byte, error)
}

// APIPath is where [API] answers.
const APIPath = "/api/v1/"

// apiLimit is how many entries one answer lists.
const apiLimit = 100

// APIEntry is one entry of the journal, without a word of what it says.
type APIEntry struct {
	ID         string    `json:"id"`
	Sequence   uint64    `json:"sequence"`
	Kind       string    `json:"kind"`
	Of         string    `json:"of,omitempty"`       // the consultation that a photograph belongs to
	Replaces   string    `json:"replaces,omitempty"` // the entry that a correction corrects
	ActedAt    time.Time `json:"acted_at"`
	RecordedAt time.Time `json:"recorded_at"`
	State      string    `json:"state"`
	Purged     bool      `json:"purged"` // its content was destroyed
	Bundle     string    `json:"bundle,omitempty"`
}

// apiCard is one card whose holder was recognised.
type apiCard struct {
	ID           string    `json:"id"`
	ReadAt       time.Time `json:"read_at"`
	ConfirmedAt  time.Time `json:"confirmed_at"`
	Verdict      string    `json:"verdict"`
	Complete     bool      `json:"complete"`
	Consultation string    `json:"consultation,omitempty"` // the entry, once signed
	Bundle       string    `json:"bundle"`
}

// apiRoutes adds the addresses of the API to those of the pages.
func (s *Server) apiRoutes(mux *http.ServeMux) {
	answer := func(pattern string, h func(http.ResponseWriter, *http.Request)) {
		mux.Handle("GET "+APIPath+pattern, s.forPrograms(h))
	}
	answer("entries", s.apiEntries)
	answer("entries/{entry}", s.apiEntry)
	answer("cards", s.apiCards)
	answer("cards/{visit}", s.apiCard)
	mux.Handle(APIPath, s.forPrograms(func(w http.ResponseWriter, _ *http.Request) {
		apiError(w, http.StatusNotFound, "not_found", sayAPINowhere)
	}))
}

// forPrograms lets through who shows a token and is no browser: a page elsewhere must
// not become a client of this API, whatever it was told.
func (s *Server) forPrograms(h func(http.ResponseWriter, *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Cookie") != "":
			apiError(w, http.StatusForbidden, "browser", sayAPIBrowser)
		case !bearer || !s.opt.API.Allowed(token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="zoneblanche"`)
			apiError(w, http.StatusUnauthorized, "token", sayAPIToken)
		default:
			h(w, r)
		}
	})
}

func (s *Server) apiEntries(w http.ResponseWriter, r *http.Request) {
	var after uint64
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			apiError(w, http.StatusBadRequest, "after", sayAPIAfter)
			return
		}
		after = n
	}
	entries, err := s.opt.API.Entries(r.Context(), after, apiLimit)
	if err != nil {
		s.apiFail(w, err)
		return
	}
	for i := range entries {
		if !entries[i].Purged {
			entries[i].Bundle = APIPath + "entries/" + entries[i].ID
		}
		after = entries[i].Sequence
	}
	apiJSON(w, struct {
		Entries []APIEntry `json:"entries"`
		Next    uint64     `json:"next"` // what to give as after, next time
		More    bool       `json:"more"`
	}{append([]APIEntry{}, entries...), after, len(entries) == apiLimit})
}

func (s *Server) apiEntry(w http.ResponseWriter, r *http.Request) {
	bundle, err := s.opt.API.Entry(r.Context(), r.PathValue("entry"))
	if err != nil {
		s.apiFail(w, err)
		return
	}
	defer bundle.Close()
	w.Header().Set("Content-Type", mediaFHIR)
	// A part that cannot be read any more must not look like an end.
	if _, err := io.Copy(w, bundle); err != nil {
		s.opt.Logger.Warn("entry was not given whole", "entry", r.PathValue("entry"), "code", record.CodeOf(err))
		panic(http.ErrAbortHandler)
	}
}

// mediaFHIR is the media type of FHIR in JSON (hl7.org/fhir/R4/http.html#mime-type).
const mediaFHIR = "application/fhir+json; charset=utf-8"

func (s *Server) apiCards(w http.ResponseWriter, _ *http.Request) {
	cards := []apiCard{}
	for _, v := range s.sessions.visits() {
		v.mu.Lock()
		if v.recognised() {
			cards = append(cards, apiCard{
				ID: v.id, ReadAt: v.readAt, ConfirmedAt: v.confirmed, Verdict: string(v.reading.Judgement.Verdict),
				Complete: v.reading.Complete, Consultation: v.entry, Bundle: APIPath + "cards/" + v.id,
			})
		}
		v.mu.Unlock()
	}
	slices.SortFunc(cards, func(a, b apiCard) int { return a.ConfirmedAt.Compare(b.ConfirmedAt) })
	apiJSON(w, struct {
		Cards []apiCard `json:"cards"`
	}{cards})
}

func (s *Server) apiCard(w http.ResponseWriter, r *http.Request) {
	for _, v := range s.sessions.visits() {
		if v.id != r.PathValue("visit") {
			continue
		}
		v.mu.Lock()
		recognised, summary := v.recognised(), v.reading.Summary
		v.mu.Unlock()
		if !recognised {
			break
		}
		bundle, err := s.opt.API.Summary(summary)
		if err != nil {
			s.apiFail(w, err)
			return
		}
		w.Header().Set("Content-Type", mediaFHIR)
		_, _ = w.Write(bundle)
		return
	}
	apiError(w, http.StatusNotFound, "not_found", sayAPINoCard)
}

// recognised reports whether the doctor has said that the card is of the person in
// front: until then, a summary may be somebody else's and goes to no other program.
func (v *visit) recognised() bool { return !v.confirmed.IsZero() && !v.needsReason() }

// visits are the cards that are open in any session.
func (all *sessions) visits() []*visit {
	all.mu.Lock()
	defer all.mu.Unlock()
	var visits []*visit
	for _, s := range all.all {
		s.mu.Lock()
		visits = append(visits, s.visits...)
		s.mu.Unlock()
	}
	return visits
}

func (s *Server) apiFail(w http.ResponseWriter, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody listens any more
	}
	say, next := s.opt.Explain(err)
	code := record.CodeOf(err)
	s.opt.Logger.Warn("a program was refused", "code", code)
	apiError(w, statusOf(err), string(code), say+" "+next)
}

func apiJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(body)
}

// apiError says why in French, since the person at the desk may be shown it.
func apiError(w http.ResponseWriter, status int, code, say string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{code, strings.TrimSpace(say)})
}
