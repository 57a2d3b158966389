package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/zoneblanche/zoneblanche/recipient"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

const (
	chaosSlow  = 400 * time.Millisecond // of each of the recipient's answers
	chaosEnd   = 3 * time.Minute        // for what is left when the line is well again
	chaosPause = 2 * time.Second        // the worker's longest, so that nobody waits a minute
)

// chaos is the demonstration's delivery when everything goes wrong: the worker is a
// process of its own that is killed, and the line breaks, as a seed says.
type chaos struct {
	*demonstration
	random  *rand.Rand
	line    *chaoticLine
	journal string
	log     *os.File
	worker  *exec.Cmd
	gone    chan struct{} // closed when the worker's process has ended
	entries []string
	kills   int
	turns   int
}

// runChaos delivers what the demonstration recorded, and more, for that long on a
// line that breaks and then on one that is well, and counts at the recipient.
func (d *demonstration) runChaos(ctx context.Context, seed uint64, length time.Duration) error {
	d.head("4. Envoyer, quand tout va mal", fmt.Sprintf(
		"La ligne casse au hasard et le programme d’envoi est tué, pendant %v (graine %d : --seed %[2]d).", length, seed))
	server, err := recipient.New(d.path("recipient"), recipient.Options{Misbehave: recipient.Misbehaviour{Latency: chaosSlow}})
	if err != nil {
		return err
	}
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, listener) }()
	defer func() { stop(); <-served }()

	random := rand.New(rand.NewPCG(seed, 6))
	line, err := newChaoticLine(listener.Addr().String(), rand.New(rand.NewPCG(seed, 7)))
	if err != nil {
		return err
	}
	defer line.close()
	log, err := os.Create(d.path("sync.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	c := &chaos{demonstration: d, random: random, line: line, journal: d.path("journal"), log: log}
	for _, t := range d.trips {
		c.entries = append(c.entries, t.entry)
	}
	defer c.kill()
	if err := c.rage(ctx, length); err != nil {
		return err
	}
	if err := c.calm(ctx); err != nil {
		return err
	}
	return c.count(ctx, server)
}

// recordMore signs one more consultation for each patient, while no worker holds the
// journal.
func (c *chaos) recordMore(ctx context.Context) error {
	journal, err := store.Open(c.journal, nil)
	if err != nil {
		return err
	}
	defer journal.Close()
	for _, t := range c.trips {
		note := fmt.Sprintf("%s Consultation %d.", demoNote, c.kills+1)
		consultation, err := consultationOf(t.reading, time.Now(), record.Author{RPPS: demoAuthor}, note)
		if err != nil {
			return err
		}
		entry, _, err := recordConsultation(ctx, journal, consultation)
		if err != nil {
			return err
		}
		c.entries = append(c.entries, entry)
	}
	c.moment(time.Now(), fmt.Sprintf("%d consultations de plus", len(c.trips)))
	return nil
}

// start runs the worker as a process of its own, as a service would.
func (c *chaos) start() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	c.worker = exec.Command(program)
	c.worker.Args = []string{"zoneblanche", "sync", "run", "--data", c.journal, "--url", c.line.url(),
		"--timeout", demoTimeout.String(), "--settle", demoSettle.String(), "--longest-pause", chaosPause.String()}
	c.worker.Stderr = c.log
	if err := c.worker.Start(); err != nil {
		c.worker = nil
		return err
	}
	gone := make(chan struct{})
	go func(cmd *exec.Cmd) {
		defer close(gone)
		_ = cmd.Wait()
	}(c.worker)
	c.gone = gone
	return nil
}

// kill ends the worker without a word, as a cut of the power does.
func (c *chaos) kill() {
	if c.worker != nil {
		_ = c.worker.Process.Kill()
		<-c.gone
		c.worker = nil
	}
}

// rage breaks the line and kills the worker. One that somebody else killed is
// started again.
func (c *chaos) rage(ctx context.Context, length time.Duration) error {
	end := time.After(length)
	first, d := randomWeather(c.random)
	c.line.turn(first)
	c.moment(time.Now(), "la ligne est "+string(first))
	turn, kill := time.After(d), time.After(killAfter(c.random))
	for {
		if c.worker == nil {
			if err := c.start(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case <-turn:
			w, d := randomWeather(c.random)
			c.turns++
			c.line.turn(w)
			c.moment(time.Now(), "la ligne est "+string(w))
			turn = time.After(d)
		case <-kill:
			c.kills++
			c.moment(time.Now(), fmt.Sprintf("le programme d’envoi (%d) est tué", c.worker.Process.Pid))
			c.kill()
			if err := c.recordMore(ctx); err != nil {
				return err
			}
			kill = time.After(killAfter(c.random))
		case <-c.gone:
			c.moment(time.Now(), "le programme d’envoi s’est arrêté ; il repart")
			c.worker = nil
		}
	}
}

func killAfter(r *rand.Rand) time.Duration { return time.Duration(400+r.IntN(3000)) * time.Millisecond }

// calm mends the line and waits until nothing waits any more.
func (c *chaos) calm(ctx context.Context) error {
	c.line.turn(weatherGood)
	c.moment(time.Now(), "la ligne est rétablie ; le programme d’envoi finit seul")
	ctx, cancel := context.WithTimeoutCause(ctx, chaosEnd, errors.New("the deliveries did not end in time"))
	defer cancel()
	for {
		if c.worker == nil {
			if err := c.start(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.gone:
			c.worker = nil
		case <-time.After(200 * time.Millisecond):
		}
		known, err := openDeliveryKeeper(c.journal)
		if err != nil {
			return err
		}
		if s := known.now().Status; s != nil && s.Cleared+s.Attention == len(c.entries) {
			c.kill()
			return nil
		}
	}
}

// count compares the journal with what the recipient holds.
func (c *chaos) count(ctx context.Context, server *recipient.Server) error {
	entries := c.entries
	journal, err := store.Open(c.journal, &store.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer journal.Close()
	documents, err := server.Documents()
	if err != nil {
		return err
	}
	held := make(map[string]recipient.Document)
	for _, d := range documents {
		held[d.UniqueID] = d
	}
	c.head("5. Le compte", fmt.Sprintf("La ligne a changé %d fois, le programme d’envoi a été tué %d fois.", c.turns, c.kills))
	wrong, attempts := 0, 0
	for _, entry := range entries {
		info, err := journal.Entry(ctx, entry)
		if err != nil {
			return err
		}
		attempts += info.Item.Attempts
		d := held[info.Item.DocumentID]
		if info.Item.State != record.Cleared || d.Held != 1 || !d.Intact {
			wrong++
			c.printf("  %s : %s, %d exemplaire(s) chez le destinataire\n", entry, stateInFrench(info.Item.State), d.Held)
		}
	}
	c.printf("  %d tentatives pour %d consultations (%s)\n", attempts, len(entries), filepath.Base(c.log.Name()))
	ok := wrong == 0 && len(documents) == len(entries)
	c.printf("\n  %s\n", c.bold(fmt.Sprintf("%d consultations, %d envois confirmés, %d documents chez le destinataire, chacun une seule fois : %s.",
		len(entries), len(entries)-wrong, len(documents), yesNo(ok))))
	c.printf("\n%.1f s en tout.\n", time.Since(c.began).Seconds())
	if !ok {
		return exitWith(exitFailed)
	}
	return nil
}
