package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// handoverTrips is how many patients take part: one for each road, and one for both.
const handoverTrips = 3

// handoverEnd bounds the wait for the last receipt of the demonstration.
const handoverEnd = time.Minute

// handoverDemo is a laptop without a line, a practice PC and a recipient, each a process
// of its own, and a folder that stands for a USB key. What is done on a machine is done
// by the verbs that a person types.
type handoverDemo struct {
	*demonstration
	program   string
	url       string // of the recipient
	address   string // of the practice PC on the local network
	processes []*exec.Cmd
	log       *os.File
}

// runHandover brings three consultations from the laptop to the recipient: by the key,
// by both roads, by the network.
func (d *demonstration) runHandover(ctx context.Context) (err error) {
	h := &handoverDemo{demonstration: d}
	if h.program, err = os.Executable(); err != nil {
		return err
	}
	for _, dir := range []string{"laptop", "practice", "key"} {
		if err := os.MkdirAll(d.path(dir), 0o700); err != nil {
			return err
		}
	}
	if h.log, err = os.Create(d.path("processes.log")); err != nil {
		return err
	}
	defer h.log.Close()
	defer h.stop(0)
	d.head("3. Trois machines", "Un portable dont la ligne est coupée, le poste du cabinet, le destinataire : trois processus.")
	if err := h.start(ctx); err != nil {
		return err
	}
	if err := h.pair(ctx); err != nil {
		return err
	}
	d.head("4. Noter et remettre", "Par clé USB, par les deux chemins, par le réseau.")
	if err := h.carry(ctx); err != nil {
		return err
	}
	return h.conclude(ctx)
}

// start starts the three machines.
func (h *handoverDemo) start(ctx context.Context) error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.address = free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	if h.url, err = h.serve(ctx, "recipient", "recipient", "--json"); err != nil {
		return err
	}
	timing := []string{"--timeout", demoTimeout.String(), "--settle", demoSettle.String()}
	_, err = h.serve(ctx, "practice", append([]string{"serve", "--json", "--listen", "127.0.0.1:0", "--url", h.url, "--handover-listen", h.address}, timing...)...)
	if err != nil {
		return err
	}
	// Port 9 answers nobody: the line is cut.
	_, err = h.serve(ctx, "laptop", append([]string{"serve", "--json", "--listen", "127.0.0.1:0", "--url", "http://127.0.0.1:9"}, timing...)...)
	return err
}

// serve starts a machine and returns the address that it answers at.
func (h *handoverDemo) serve(ctx context.Context, machine string, args ...string) (url string, err error) {
	cmd := exec.CommandContext(ctx, h.program)
	cmd.Args = append([]string{"zoneblanche"}, append(args, "--data", h.path(machine))...)
	cmd.Stderr = h.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	h.processes = append(h.processes, cmd)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct {
		URL string `json:"url"`
	}
	if err != nil || json.Unmarshal(line, &ready) != nil {
		return "", errors.Join(err, fmt.Errorf("start %s: it does not say where it answers", machine))
	}
	h.printf("  %-9s %s (processus %d)\n", machine, ready.URL, cmd.Process.Pid)
	return ready.URL, nil
}

// stop ends the machines but the first so many.
func (h *handoverDemo) stop(but int) {
	for _, cmd := range h.processes[but:] {
		_ = cmd.Process.Signal(os.Interrupt)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = cmd.Wait()
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	}
	h.processes = h.processes[:but]
}

// do runs a verb on a machine and reads its JSON answer into v, which may be nil.
func (h *handoverDemo) do(ctx context.Context, machine string, v any, args ...string) error {
	cmd := exec.CommandContext(ctx, h.program)
	cmd.Args = append([]string{"zoneblanche"}, append(args, "--json", "--data", h.path(machine))...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return &plainError{say: fmt.Sprintf(sayDemoVerb, machine, strings.Join(args[:2], " "), clean(said.String())), next: nextDemoUnread, code: exitFailed}
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(out.Bytes(), v)
}

// pair makes the two machines know each other; no network helps.
func (h *handoverDemo) pair(ctx context.Context) error {
	var offer, seen, shown pairResult
	if err := h.do(ctx, "practice", &offer, "handover", "pair", "--name", "Poste du cabinet"); err != nil {
		return err
	}
	if err := h.do(ctx, "laptop", &seen, "handover", "pair", "--scan", offer.Text, "--name", "Portable"); err != nil {
		return err
	}
	if err := h.do(ctx, "practice", &shown, "handover", "pair", "--scan", seen.Text); err != nil {
		return err
	}
	h.printf("\n  Mots sur le portable : %s\n  Mots au cabinet :      %s\n", seen.Words, shown.Words)
	// Each side is told the words of the other.
	if err := h.do(ctx, "practice", nil, "handover", "pair", "--confirm", seen.Words); err != nil {
		return err
	}
	return h.do(ctx, "laptop", nil, "handover", "pair", "--confirm", shown.Words)
}

// note records a consultation on the laptop, through the process that holds its journal.
func (h *handoverDemo) note(ctx context.Context, t *trip) error {
	c, err := consultationOf(t.reading, time.Now(), record.Author{RPPS: demoAuthor}, demoNote)
	if err != nil {
		return err
	}
	var made recordedAnswer
	laptop := &app{terminal: h.terminal, data: h.path("laptop")}
	asked, err := laptop.askJSON(ctx, askRecord, c, &made)
	if err == nil && !asked {
		err = errors.New("the laptop does not answer")
	}
	t.entry, t.recorded = made.Entry, time.Now()
	return err
}

func (h *handoverDemo) carry(ctx context.Context) error {
	key, name := h.path("key"), func(i int) string { return clean(h.trips[i].reading.Summary.Patient.Name()) }
	var out handedOut
	var in handedIn
	var sent sentResult

	if err := h.note(ctx, h.trips[0]); err != nil {
		return err
	}
	if err := h.do(ctx, "laptop", &out, "handover", "export", "--to", key); err != nil {
		return err
	}
	h.moment(time.Now(), fmt.Sprintf("%s : notée, scellée sur la clé (%d)", name(0), out.Entries))
	if err := h.do(ctx, "practice", &in, "handover", "import", key); err != nil {
		return err
	}
	h.moment(time.Now(), fmt.Sprintf("  prise au cabinet (%d)", in.Taken))
	if err := h.do(ctx, "practice", &out, "handover", "export", "--to", key); err != nil {
		return err
	}
	if err := h.do(ctx, "laptop", &in, "handover", "import", key); err != nil {
		return err
	}

	if err := h.note(ctx, h.trips[1]); err != nil {
		return err
	}
	if err := h.do(ctx, "laptop", &out, "handover", "export", "--to", key); err != nil {
		return err
	}
	h.moment(time.Now(), fmt.Sprintf("%s : notée, scellée sur la clé (%d)", name(1), out.Entries))
	if err := h.note(ctx, h.trips[2]); err != nil {
		return err
	}
	h.moment(time.Now(), name(2)+" : notée ; le portable arrive au cabinet")
	if err := h.do(ctx, "laptop", &sent, "handover", "send", "--address", h.address); err != nil {
		return err
	}
	h.moment(time.Now(), fmt.Sprintf("  remises par le réseau (%d)", sent.Taken))
	if err := h.do(ctx, "practice", &in, "handover", "import", key); err != nil {
		return err
	}
	h.moment(time.Now(), fmt.Sprintf("  la clé est lue aussi : prises %d, déjà connues %d", in.Taken, in.Known))
	return h.receipts(ctx)
}

// receipts waits until the laptop has every receipt.
func (h *handoverDemo) receipts(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, handoverEnd, errors.New("the receipts did not come in time"))
	defer cancel()
	for {
		var sent sentResult
		if err := h.do(ctx, "laptop", &sent, "handover", "send"); err != nil {
			return err
		}
		if sent.Waiting == 0 {
			h.moment(time.Now(), "tous les accusés de réception sont sur le portable")
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// conclude shows the receipts on the laptop, and counts at the recipient.
func (h *handoverDemo) conclude(ctx context.Context) error {
	client, err := fhir.NewClient(h.url, fhir.ClientOptions{})
	if err != nil {
		return err
	}
	documents := map[string]string{}
	for _, t := range h.trips {
		var entry entryResult
		if err := h.do(ctx, "laptop", &entry, "journal", "show", t.entry); err != nil {
			return err
		}
		if entry.Receipt != nil {
			t.item.State, t.item.Receipt = entry.State, *entry.Receipt
		}
	}
	h.stop(1) // the recipient goes on answering
	journal, err := store.Open(h.path("laptop"), &store.Options{MustExist: true, ReadOnly: true})
	if err != nil {
		return err
	}
	defer journal.Close()
	for _, t := range h.trips {
		s, err := journal.Submission(ctx, t.entry)
		if err != nil {
			return err
		}
		documents[t.entry] = s.DocumentID
	}
	wrong := 0
	h.head("5. Sur le portable", "Chaque consultation, avec l’accusé de réception du destinataire.")
	for _, t := range h.trips {
		found, err := client.Lookup(ctx, documents[t.entry])
		if err != nil {
			return err
		}
		h.printf("  %s  %s\n    %s, accusé %s, %d exemplaire chez le destinataire\n", t.entry, clean(t.reading.Summary.Patient.Name()),
			stateInFrench(t.item.State), t.item.Receipt.Location, len(found))
		if t.item.State != record.Cleared || len(found) != 1 || found[0].Location != t.item.Receipt.Location {
			wrong++
		}
	}
	h.printf("\n  %s\n", h.bold(fmt.Sprintf("%d consultations, %d accusés de réception, chacune une seule fois chez le destinataire : %s.",
		len(h.trips), len(h.trips)-wrong, yesNo(wrong == 0))))
	h.printf(sayDemoHandoverFiles, h.path("laptop"), h.path("practice"), h.path("recipient"), h.path("key"))
	h.printf("\n%.1f s en tout.\n", time.Since(h.began).Seconds())
	if wrong > 0 {
		return exitWith(exitFailed)
	}
	return nil
}
