package main

import (
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/store"
)

// This file tells what damage did to the journal.

func newJournalSalvaged(a *app) *cobra.Command {
	cmd := verb("salvaged", helpJournalSalvaged, exactly(0, sayNoArguments), a.beside(func(*cobra.Command, []string) error {
		return a.journalSalvaged()
	}))
	a.jsonFlag(cmd.Flags())
	return cmd
}

// salvagedResult is what journal salvaged --json tells.
type salvagedResult struct {
	Salvages []store.Salvaged `json:"salvages"`
}

func (a *app) journalSalvaged() error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	list, err := journal.Salvages()
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.json(salvagedResult{nonNil(list)})
	}
	if len(list) == 0 {
		a.printf("%s\n", sayNeverDamaged)
	}
	for _, s := range list {
		a.showSalvaged(s)
	}
	return nil
}

// tellSalvaged says that opening a journal had to save it.
func (a *app) tellSalvaged(journal *store.Journal) {
	if journal != nil && journal.Salvaged() != nil {
		a.notef("%s\n", saySalvagedNow)
	}
}

func (a *app) showSalvaged(s store.Salvaged) {
	a.printf(saySalvaged, frenchTime(s.At))
	whole := !s.Unknown
	if s.Unknown {
		a.printf(saySalvagedUnknown, int(s.Entries)-len(s.Lost))
	} else {
		a.printf(saySalvagedOf, s.Entries)
	}
	for _, part := range []struct {
		say  string
		what []string
	}{
		{saySalvagedLost, s.Lost}, {saySalvagedBodies, s.Bodies}, {saySalvagedItems, s.Items},
		{saySalvagedDrafts, s.Drafts}, {saySalvagedPhotos, s.Photographs},
	} {
		if len(part.what) == 0 {
			continue
		}
		whole = false
		a.printf(part.say, len(part.what))
		for _, name := range part.what {
			a.printf("    %s\n", clean(name))
		}
	}
	if whole {
		a.printf(saySalvagedAll)
	}
	a.printf(saySalvagedKept, clean(s.Kept))
}

// showProblems lists problems, those that read the same once.
func (a *app) showProblems(problems []store.Problem) {
	type line struct{ entry, say string }
	seen := map[line]bool{}
	for _, p := range problems {
		l := line{p.Entry, problemInFrench(p.Code)}
		switch {
		case seen[l]:
		case l.entry == "":
			a.printf("  - %s\n", l.say)
		default:
			a.printf("  - %s : %s\n", clean(l.entry), l.say)
		}
		seen[l] = true
	}
}
