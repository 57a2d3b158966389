package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

func newHandover(a *app) *cobra.Command {
	var to, peer string
	var again bool
	export := verb("export --to DOSSIER", helpHandoverExport, exactly(0, sayNoArguments), a.besideFolder("to", func(cmd *cobra.Command, _ []string) error {
		return a.handoverExport(cmd, to, peer, again)
	}))
	export.Flags().StringVar(&to, "to", "", flagHandoverTo)
	export.Flags().StringVar(&peer, "for", "", flagHandoverFor)
	export.Flags().BoolVar(&again, "again", false, flagHandoverAgain)
	imports := verb("import DOSSIER", helpHandoverImport, exactly(1, sayOneFolder), func(cmd *cobra.Command, args []string) error {
		path, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		return a.beside(func(cmd *cobra.Command, args []string) error { return a.handoverImport(cmd, args[0]) })(cmd, []string{path})
	})
	status := verb("status", helpHandoverStatus, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.handoverStatus(cmd)
	}))
	list := verb("list", helpHandoverList, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.handoverList(cmd)
	}))
	revoke := verb("revoke POSTE", helpHandoverRevoke, exactly(1, sayOnePeer), a.beside(func(cmd *cobra.Command, args []string) error {
		return a.handoverRevoke(cmd, args[0])
	}))
	var address string
	send := verb("send", helpHandoverSend, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.handoverSend(cmd, peer, address)
	}))
	send.Flags().StringVar(&peer, "for", "", flagHandoverSendFor)
	send.Flags().StringVar(&address, "address", "", flagHandoverAddress)
	for _, cmd := range []*cobra.Command{export, imports, send, status, list, revoke} {
		a.jsonFlag(cmd.Flags())
	}
	return group("handover", helpHandover, newHandoverPair(a), export, imports, send, status, list, revoke)
}

// besideFolder is beside for a verb with a flag that names a folder or a file, which
// another process would look for elsewhere.
func (a *app) besideFolder(flag string, fn func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if f := cmd.Flags().Lookup(flag); f.Changed {
			path, err := filepath.Abs(f.Value.String())
			if err != nil {
				return err
			}
			if err := cmd.Flags().Set(flag, path); err != nil {
				return err
			}
		}
		return a.beside(fn)(cmd, args)
	}
}

// aboutFolder turns what a folder refuses into the sentence for it.
func aboutFolder(path string, err error) error {
	say := sayFolderLost
	switch {
	case err == nil || record.ReasonOf(err) != handover.ReasonFolder:
		return err
	case isDiskFull(err):
		say = sayFolderFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		say = sayFolderReadOnly
	case errors.Is(err, fs.ErrNotExist):
		say = sayFolderMissing
	}
	return &plainError{say: fmt.Sprintf(say, path), next: nextFolder, code: exitFailed}
}

// handedOut is what handover export --json tells.
type handedOut struct {
	Entries    int      `json:"entries"`
	Receipts   int      `json:"receipts"`
	Kept       int      `json:"kept"`
	Unreadable []string `json:"unreadable"`
}

func (a *app) handoverExport(cmd *cobra.Command, to, peer string, again bool) error {
	if to == "" {
		return &usageError{cmd: cmd, say: sayNoFolder}
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	o := handover.ExportOptions{Again: again}
	if peer != "" {
		p, err := findPeer(cmd, journal, peer)
		if err != nil {
			return err
		}
		o.For = p.ID
	}
	desk, err := handover.NewDesk(journal)
	if err != nil {
		return err
	}
	progress := a.counting(sayPackagesWritten)
	o.Wrote = func(handover.Header) { progress() }
	folder := handover.Dir(to)
	if _, _, err := folder.List(); err != nil {
		return aboutFolder(to, err)
	}
	folder.Sweep()
	done, err := desk.Export(cmd.Context(), folder, o)
	if err != nil {
		return aboutFolder(to, err)
	}
	r := handedOut{done.Entries, done.Receipts, done.Kept, nonNil(done.Unreadable)}
	if a.asJSON {
		err = a.json(r)
	} else {
		a.printf(sayHandedOut, r.Entries, r.Receipts, r.Kept)
	}
	if err == nil && len(r.Unreadable) > 0 {
		a.notef(sayHandedUnreadable, len(r.Unreadable))
		return exitWith(exitPart)
	}
	return err
}

// handedIn is what handover import --json tells.
type handedIn struct {
	Taken     int             `json:"taken"`     // entries of others, owed here from now on
	Cleared   int             `json:"cleared"`   // entries of this journal, by a receipt
	Held      int             `json:"held"`      // entries of this journal that a holder took
	Known     int             `json:"known"`     // what was known already
	Elsewhere int             `json:"elsewhere"` // for another machine
	Leftovers int             `json:"leftovers"` // of an interrupted copy
	Refused   []refusedImport `json:"refused"`
}

type refusedImport struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// maxRefused is how many refused files are named; a folder may be full of them.
const maxRefused = 100

func (a *app) handoverImport(cmd *cobra.Command, from string) error {
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	desk, err := handover.NewDesk(journal)
	if err != nil {
		return err
	}
	r := handedIn{Refused: []refusedImport{}}
	progress := a.counting(sayPackagesRead)
	done, err := desk.Import(cmd.Context(), handover.Dir(from), func(o handover.Outcome) {
		progress()
		if o.Err == nil {
			return
		}
		if len(r.Refused) < maxRefused {
			r.Refused = append(r.Refused, refusedImport{o.File, record.ReasonOf(o.Err)})
			a.tell(aboutFile(o.File, o.Err))
		}
	})
	if err != nil {
		return aboutFolder(from, err)
	}
	of := done.Outcomes
	r.Taken, r.Cleared, r.Held, r.Known = of[handover.Took], of[handover.Cleared], of[handover.HeardTook], of[handover.TookAgain]
	r.Elsewhere, r.Leftovers = of[handover.Elsewhere], done.Leftovers
	if a.asJSON {
		if err := a.json(r); err != nil {
			return err
		}
	} else {
		a.showImport(r)
	}
	switch refused := of[handover.Refused]; {
	case refused > 0 && refused+r.Elsewhere == done.Seen: // all that was for this machine
		return exitWith(exitFailed)
	case refused > 0:
		return exitWith(exitPart)
	}
	return nil
}

func (a *app) showImport(r handedIn) {
	a.printf(sayHandedIn, r.Taken, r.Cleared, r.Held, r.Known)
	if r.Elsewhere > 0 {
		a.notef(sayHandedElsewhere, r.Elsewhere)
	}
	if r.Leftovers > 0 {
		a.notef(sayHandedLeftovers, r.Leftovers)
	}
}

// counting returns a function that counts what is done, on a terminal and beyond a
// second.
func (a *app) counting(say string) func() {
	if !isTerminal(a.err) {
		return func() {}
	}
	n, last := 0, time.Now()
	return func() {
		if n++; time.Since(last) > time.Second {
			last = time.Now()
			a.notef(say, n)
		}
	}
}

// findPeer finds a peer by its identifier, the beginning of it, or its name.
func findPeer(cmd *cobra.Command, journal *store.Journal, what string) (store.Peer, error) {
	peers, err := journal.Peers(cmd.Context())
	if err != nil {
		return store.Peer{}, err
	}
	peers = slices.DeleteFunc(peers, func(p store.Peer) bool {
		return p.Name != what && (len(what) < 4 || len(what) > len(p.ID) || p.ID[:len(what)] != what)
	})
	if len(peers) != 1 {
		return store.Peer{}, &plainError{say: fmt.Sprintf(sayPeerUnknown, what), next: nextPeerUnknown, code: exitFailed}
	}
	return peers[0], nil
}
