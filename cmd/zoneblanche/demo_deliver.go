package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// The demonstration's patience: a line on this machine answers at once.
const (
	demoTimeout = 2 * time.Second
	demoSettle  = 200 * time.Millisecond
)

// happening is one line of the timeline.
type happening struct {
	at    time.Time
	entry string
	what  string
}

// timeline collects what happened, from several goroutines.
type timeline struct {
	mu   sync.Mutex
	seen []happening
}

func (l *timeline) add(at time.Time, entry, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, happening{at, entry, what})
}

// deliver sends every entry to a recipient on loopback whose line fails twice,
// and returns what that recipient holds in the end, by unique id.
func (d *demonstration) deliver(ctx context.Context, journal *store.Journal) (map[string]recipient.Document, error) {
	server, err := recipient.New(d.path("recipient"), recipient.Options{
		Misbehave: recipient.Misbehaviour{DropRequests: 1, DropAnswers: 1},
	})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, listener) }()
	defer func() { stop(); <-served }()

	options := syncOptions{url: "http://" + listener.Addr().String(), timeout: demoTimeout, settle: demoSettle}
	worker, err := newWorker(journal, options, d.note)
	if err != nil {
		return nil, err
	}
	worker.FollowUp = demoSettle
	result, err := worker.Once(ctx)
	if err != nil {
		return nil, err
	}
	d.printf("  "+saySynced, result.Cleared, result.Waiting, result.Attention)
	for _, t := range d.trips {
		info, err := journal.Entry(ctx, t.entry)
		if err != nil {
			return nil, err
		}
		t.item = info.Item
	}
	stop()
	if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	served <- nil
	documents, err := server.Documents()
	held := map[string]recipient.Document{}
	for _, document := range documents {
		held[document.UniqueID] = document
	}
	return held, err
}

// note keeps an event of the delivery for the timeline.
func (d *demonstration) note(e outsync.Event) {
	if what := eventInFrench(e); what != "" {
		d.line.add(e.At, e.Entry, what)
	}
}

// conclude shows the timeline and what the recipient holds, and fails when the
// two do not agree.
func (d *demonstration) conclude(held map[string]recipient.Document) error {
	d.head("5. Ce qui s’est passé", "De la feuille à l’accusé de réception.")
	wrong := 0
	for _, t := range d.trips {
		d.printf("  %s\n", d.bold(clean(t.reading.Summary.Patient.Name())))
		d.moment(t.printed, "imprimée")
		d.moment(t.scanned, "numérisée et vérifiée hors ligne")
		d.moment(t.recorded, "consultation enregistrée")
		for _, h := range d.line.seen {
			if h.entry == t.entry {
				d.moment(h.at, h.what)
			}
		}
		document := held[t.item.DocumentID]
		if t.item.State != record.Cleared || document.Held != 1 || !document.Intact {
			wrong++
			d.printf("            PAS D’ACCUSÉ : %s, %d exemplaire(s) chez le destinataire\n", stateInFrench(t.item.State), document.Held)
			continue
		}
		d.moment(t.item.Receipt.At, fmt.Sprintf("accusé de réception %s", t.item.Receipt.Location))
		d.printf("            tentatives : %d, %s avant l’échéance de 48 h\n", t.item.Attempts, frenchLeft(t.item.Deadline.Sub(t.item.Receipt.At)))
	}
	total := 0
	for _, document := range held {
		total += document.Held
	}
	d.printf("\n  %s\n", d.bold(fmt.Sprintf("%d consultations, %d accusés de réception, %d documents chez le destinataire, chacun une seule fois : %s.",
		len(d.trips), len(d.trips)-wrong, total, yesNo(wrong == 0 && total == len(d.trips)))))
	d.printf(sayDemoFiles, d.path("sheets"), d.path("scans"), d.path("trust", "trust-list.cose"), d.path("journal"), d.path("recipient"))
	d.printf(sayDemoNext, d.path("trust", "trust-list.cose"), d.trips[0].pdf, d.path("journal"))
	d.printf("\n%.1f s en tout.\n", time.Since(d.began).Seconds())
	if wrong > 0 || total != len(d.trips) {
		return exitWith(exitFailed)
	}
	return nil
}

func (d *demonstration) moment(at time.Time, what string) {
	d.printf("    %5.2f s  %s\n", at.Sub(d.began).Seconds(), what)
}

func yesNo(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}
