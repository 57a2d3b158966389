package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// meter counts what a delivery does, for Prometheus. Its labels are states, levels
// and causes: words of ours, of which there are few.
type meter struct {
	registry *prometheus.Registry
	entries  *prometheus.GaugeVec
	late     prometheus.Gauge
	deadline prometheus.Gauge
	contact  prometheus.Gauge
	clock    prometheus.Gauge
	endpoint *prometheus.GaugeVec
	attempts *prometheus.CounterVec
	lookups  *prometheus.CounterVec
	cleared  *prometheus.CounterVec
	held     prometheus.Counter
	warnings *prometheus.CounterVec
	failures prometheus.Counter

	worker func() outsync.Status // set before it serves

	mu   sync.Mutex
	seen time.Time // when the journal was last read
}

func newMeter() *meter {
	m := &meter{registry: prometheus.NewRegistry()}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "zoneblanche", Name: name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	gauges := func(name, help, label string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "zoneblanche", Name: name, Help: help}, []string{label})
		m.registry.MustRegister(g)
		return g
	}
	counters := func(name, help, label string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "zoneblanche", Name: name, Help: help}, []string{label})
		m.registry.MustRegister(c)
		return c
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "zoneblanche", Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	m.entries = gauges("outbox_entries", "Entries of the journal by state of delivery.", "state")
	m.late = gauge("outbox_late_entries", "Entries not cleared whose deadline has passed.")
	m.deadline = gauge("outbox_oldest_deadline_timestamp_seconds", "Earliest deadline of what is not cleared; 0 when nothing is owed.")
	m.contact = gauge("last_contact_timestamp_seconds", "When the recipient last answered; 0 when it never did.")
	m.clock = gauge("clock_offset_seconds", "How far this machine's clock was ahead of the recipient's when they were last compared.")
	m.endpoint = gauges("endpoint_state", "1 for the state that the recipient is in, 0 for the others.", "state")
	m.attempts = counters("attempts_total", "Attempts that ended, by cause; ok is an acceptance.", "cause")
	m.lookups = counters("lookups_total", "Look-ups at the recipient, by what was learnt.", "cause")
	m.cleared = counters("cleared_total", "Entries cleared, by the proof.", "via")
	m.held = counter("held_total", "Entries that came to need a person.")
	m.warnings = counters("warned_entries_total", "Entries that people were warned of, by level.", "level")
	m.failures = counter("journal_failures_total", "Times that the journal could not be read or written.")
	return m
}

// observe counts an event of the worker.
func (m *meter) observe(e outsync.Event) {
	switch e.Kind {
	case outsync.AttemptEnded:
		cause := e.Cause
		if cause == "" {
			cause = "ok"
		}
		m.attempts.WithLabelValues(cause).Inc()
	case outsync.LookedUp:
		m.lookups.WithLabelValues(e.Cause).Inc()
	case outsync.ClearedEvent:
		m.cleared.WithLabelValues(e.Cause).Inc()
	case outsync.HeldEvent:
		m.held.Inc()
	case outsync.JournalFailed:
		m.failures.Inc()
	}
}

func (m *meter) warned(n outsync.Notice) {
	m.warnings.WithLabelValues(string(n.Level)).Add(float64(len(n.Entries)))
}

// set takes over the status as it was just read.
func (m *meter) set(s statusResult, w outsync.Status) {
	for state, n := range map[string]int{"pending": s.Pending, "in_flight": s.InFlight, "attention": s.Attention, "cleared": s.Cleared} {
		m.entries.WithLabelValues(state).Set(float64(n))
	}
	m.late.Set(float64(s.Late))
	m.deadline.Set(seconds(s.OldestDeadline))
	m.contact.Set(seconds(s.LastContact))
	m.clock.Set(w.ClockOffset.Seconds())
	for _, state := range []outsync.EndpointState{outsync.Untested, outsync.Up, outsync.Down, outsync.Busy, outsync.Unauthorized} {
		on := 0.0
		if state == w.State {
			on = 1
		}
		m.endpoint.WithLabelValues(string(state)).Set(on)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = time.Now()
}

func seconds(t *time.Time) float64 {
	if t == nil {
		return 0
	}
	return float64(t.Unix())
}

// alive reports whether journal and worker have given a sign of life lately.
func (m *meter) alive() (journal, worker bool) {
	turn := m.worker().LastTurn
	m.mu.Lock()
	defer m.mu.Unlock()
	recent := func(t time.Time) bool { return !t.IsZero() && time.Since(t) < 4*tendEvery }
	return recent(m.seen), recent(turn)
}

// serve answers on a loopback address until the context is done.
func (m *meter) serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		journal, worker := m.alive()
		w.Header().Set("Content-Type", "application/json")
		if !journal || !worker {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(map[string]bool{"journal": journal, "worker": worker})
	})
	server := &http.Server{
		Handler:           localOnly(mux),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 8 << 10,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// localOnly refuses a request that was made to another name: a page in a browser on
// this machine could otherwise have its own name lead here.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !loopback(host) {
			http.Error(w, "this address is for this machine alone", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
