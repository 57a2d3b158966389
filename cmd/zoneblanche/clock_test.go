package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// TestClockIsCompared: a recipient whose clock says otherwise is told of, and nothing
// that was noted changes.
func TestClockIsCompared(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration // of this machine
		says  string
	}{
		"right":          {0, ""},
		"a little wrong": {4 * time.Minute, ""},
		"ahead":          {130 * time.Minute, "avance de 2 h 1"},
		"behind":         {-6 * time.Minute, "retarde de "},
		"ten years":      {10 * 365 * 24 * time.Hour, "avance de 10 ans"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWay(t)
			line := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Date", time.Now().Add(-c.ahead).UTC().Format(http.TimeFormat))
				w.server.Handler().ServeHTTP(rw, r)
			}))
			defer line.Close()
			client, err := fhir.NewClient(line.URL, fhir.ClientOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var events []outsync.EventKind
			w.worker.Transport, w.worker.OnEvent = client, func(e outsync.Event) { events = append(events, e.Kind) }
			entry := w.note(t, "note")
			acted := w.item(t, entry).ActedAt
			w.deliver(t)
			s := w.worker.Status()
			if off := (s.ClockOffset - c.ahead).Abs(); off > 3*time.Second || s.Compared.IsZero() {
				t.Errorf("measured %v, want %v", s.ClockOffset, c.ahead)
			}
			if got := w.item(t, entry); !got.ActedAt.Equal(acted) || got.Late(time.Now()) {
				t.Errorf("what was noted changed: %+v", got)
			}
			wrong := strings.Contains(strings.Join(kindsOf(events), " "), string(outsync.ClockWrong))
			if wrong != (c.says != "") {
				t.Errorf("events %v", events)
			}
			result := statusOf(store.Counts{}, nil, endpointOf("x", s, time.Now()), time.Now())
			said := strings.Builder{}
			a := &app{terminal: terminal{out: &said, err: &said}}
			a.showStatus(result)
			if c.says != "" && !strings.Contains(said.String(), c.says) || c.says == "" && strings.Contains(said.String(), "horloge") {
				t.Errorf("the status says %q", said.String())
			}
		})
	}
}

func kindsOf(kinds []outsync.EventKind) (texts []string) {
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return texts
}
