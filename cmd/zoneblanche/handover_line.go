package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Below the data folder, sealed packages wait in handoverOut for the network, and arrive
// in handoverIn.
var (
	handoverOut = filepath.Join("handover", "out")
	handoverIn  = filepath.Join("handover", "in")
)

// sentResult is one line of handover send --json.
type sentResult struct {
	Peer string `json:"peer"`
	Name string `json:"name"`
	handover.Exchanged
}

func (a *app) handoverSend(cmd *cobra.Command, who, address string) error {
	ctx := cmd.Context()
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	peers, err := holders(ctx, journal)
	if err != nil {
		return err
	}
	if who != "" {
		p, err := findPeer(cmd, journal, who)
		if err != nil {
			return err
		}
		peers = []store.Peer{p}
	}
	if address != "" && len(peers) == 1 {
		if err := journal.MovePeer(ctx, peers[0].ID, address); err != nil {
			return err
		}
		peers[0].Address = address
	}
	sent, refused := 0, 0
	for _, p := range peers {
		if p.Address == "" {
			continue
		}
		line, err := handover.NewLine(journal, p, filepath.Join(journal.Dir(), handoverOut))
		if err != nil {
			return err
		}
		done, err := line.Exchange(ctx)
		line.Close()
		if err != nil {
			return err
		}
		sent, refused = sent+1, refused+done.Refused
		if a.asJSON {
			err = a.json(sentResult{p.ID, p.Name, done})
		} else {
			a.printf(saySent, clean(p.Name), done.Taken, done.Cleared, done.Waiting, done.Refused)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case sent == 0:
		return &plainError{say: sayNoAddress, next: nextNoAddress, code: exitFailed}
	case refused > 0:
		return exitWith(exitPart)
	}
	return nil
}

// holders are the peers that take this journal's entries.
func holders(ctx context.Context, journal *store.Journal) (some []store.Peer, err error) {
	all, err := journal.Peers(ctx)
	for _, p := range all {
		if p.Usable() && p.Holder {
			some = append(some, p)
		}
	}
	return some, err
}

// startExchange answers paired laptops at an address, when there is one, and looks for
// the holders of this journal's own entries, until ctx is done. wake is told of entries
// that were taken.
func (a *app) startExchange(ctx context.Context, journal *store.Journal, listen string, wake func()) (done <-chan error, err error) {
	ended := make(chan error, 1)
	var server *handover.Server
	var listener net.Listener
	if listen != "" {
		if server, err = handover.NewServer(journal, filepath.Join(journal.Dir(), handoverIn)); err != nil {
			return nil, err
		}
		server.Took = wake
		if listener, err = net.Listen("tcp", listen); err != nil {
			return nil, &plainError{say: sayPortTaken, next: nextHandoverPort, code: exitFailed}
		}
		a.notef(sayListening, listener.Addr())
	}
	go func() {
		var wg sync.WaitGroup
		wg.Go(func() { (&exchanger{app: a, journal: journal, lines: map[string]*knownLine{}}).run(ctx) })
		var err error
		if server != nil {
			err = server.Serve(ctx, listener)
		}
		wg.Wait()
		ended <- err
	}()
	return ended, nil
}

// exchanger looks for the holders again and again.
type exchanger struct {
	*app
	journal *store.Journal
	lines   map[string]*knownLine // by peer and address
}

// knownLine is a line to a holder, and whether people were told that it is up.
type knownLine struct {
	*handover.Line
	name string
	up   bool
	bulk sync.Mutex // held while photographs are under way
}

func (x *exchanger) run(ctx context.Context) {
	var bulk sync.WaitGroup
	defer bulk.Wait()
	tick := time.NewTicker(handover.LookEvery)
	defer tick.Stop()
	for {
		if err := x.look(ctx, &bulk); err != nil && ctx.Err() == nil {
			x.tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (x *exchanger) look(ctx context.Context, bulk *sync.WaitGroup) error {
	peers, err := holders(ctx, x.journal)
	if err != nil {
		return err
	}
	for _, p := range peers {
		if p.Address == "" {
			continue
		}
		key := p.ID + " " + p.Address
		if x.lines[key] == nil {
			line, err := handover.NewLine(x.journal, p, filepath.Join(x.journal.Dir(), handoverOut))
			if err != nil {
				return err
			}
			x.lines[key] = &knownLine{Line: line, name: clean(p.Name)}
		}
		line := x.lines[key]
		if wanted, err := line.Wanted(ctx); err != nil || !wanted {
			if err != nil {
				return err
			}
			continue
		}
		_, err := line.Notes(ctx)
		x.say(ctx, line, err)
		if err == nil && line.bulk.TryLock() {
			bulk.Go(func() {
				defer line.bulk.Unlock()
				_, _ = line.Photographs(ctx) // a line that fails is told by the next look
			})
		}
	}
	return nil
}

// say tells people when a line comes and goes; a refusal is told once too.
func (x *exchanger) say(ctx context.Context, line *knownLine, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil && !line.up:
		line.up = true
		x.notef(sayLineUp, line.name)
	case err != nil && line.up:
		line.up = false
		if record.ReasonOf(err) == handover.ReasonNoLine || errors.Is(err, context.DeadlineExceeded) {
			x.notef(sayLineDown, line.name)
		} else {
			x.tell(err)
		}
	}
}
