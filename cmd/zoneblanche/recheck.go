package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// recheckResult is one entry that is not as its receipt says, or the sum.
type recheckResult struct {
	Entry   string          `json:"entry,omitempty"`
	Found   string          `json:"found,omitempty"`
	Receipt *record.Receipt `json:"receipt,omitempty"`
	// Requeued says that it is to be sent again.
	Requeued bool `json:"requeued,omitempty"`
}

type recheckSum struct {
	Checked  int    `json:"checked"`
	Held     int    `json:"held"`
	Missing  int    `json:"missing"`
	Requeued int    `json:"requeued,omitempty"`
	Unasked  int    `json:"unasked"` // for want of a line
	Cause    string `json:"cause,omitempty"`
}

func newRecheck(a *app) *cobra.Command {
	var o syncOptions
	var requeue bool
	cmd := verb("recheck --url URL", helpSyncRecheck, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		if o.url == "" {
			return &usageError{cmd: cmd, say: sayNoURL}
		}
		return a.recheck(cmd.Context(), o, requeue)
	})
	cmd.Flags().BoolVar(&requeue, "requeue", false, flagRequeue)
	o.flags(cmd.Flags(), onceTimeout, onceSettle)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// recheck asks the recipient what it holds today of all that it has receipted. It
// changes nothing there, nor in the journal without requeue; with it, what the recipient
// no longer holds is owed again: looked up once more, then sent as the same bytes under
// the same identifier. What a correction that is there has replaced is left alone: sent
// again it would count again.
//
// What was purged has no bytes left, and what the recipient had refused was never there:
// neither is asked about.
func (a *app) recheck(ctx context.Context, o syncOptions, requeue bool) error {
	journal, err := a.openJournal(!requeue)
	if err != nil {
		return err
	}
	defer journal.Close()
	client, err := o.client(o.url, o.timeout)
	if err != nil {
		return err
	}
	var cleared []store.EntryInfo
	err = journal.Entries(ctx, func(e store.EntryInfo) error {
		if e.Item.State == record.Cleared && e.Purged.IsZero() && e.Item.Receipt.Via != record.ViaCorrection {
			cleared = append(cleared, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sum := recheckSum{}
	var missing []missingEntry
	for i, e := range cleared {
		s, err := journal.Submission(ctx, e.ID)
		if err != nil {
			return err
		}
		held, found, err := outsync.Recheck(ctx, client, s)
		if err != nil {
			// The line is down: what is left says nothing about the recipient.
			sum.Unasked, sum.Cause = len(cleared)-i, causeOf(err)
			break
		}
		sum.Checked++
		if held {
			sum.Held++
			continue
		}
		sum.Missing++
		missing = append(missing, missingEntry{e, found})
	}
	for _, m := range missing {
		again := false
		if requeue && m.found == notFound {
			if again, err = recoverLost(ctx, journal, m.entry, missing); err != nil {
				return err
			}
		}
		if again {
			sum.Requeued++
		}
		if err := a.tellMissing(m.entry, m.found, again); err != nil {
			return err
		}
	}
	return a.tellRecheck(sum)
}

// missingEntry is an entry that is not at the recipient as its receipt says.
type missingEntry struct {
	entry store.EntryInfo
	found string
}

// recoverLost has an entry owed again, unless a correction of it is still there.
func recoverLost(ctx context.Context, journal *store.Journal, e store.EntryInfo, missing []missingEntry) (bool, error) {
	if by := e.Item.CorrectedBy; by != "" {
		correction, err := journal.Entry(ctx, by)
		if err != nil {
			return false, err
		}
		lost := slices.ContainsFunc(missing, func(m missingEntry) bool { return m.entry.ID == by && m.found == notFound })
		if correction.Item.State == record.Cleared && !lost {
			return false, nil
		}
	}
	_, err := journal.Recover(ctx, e.Item)
	return err == nil, err
}

// notFound is the finding that allows sending again; every other one needs a person.
const notFound = "not_found"

func (a *app) tellMissing(e store.EntryInfo, found string, again bool) error {
	if a.asJSON {
		receipt := e.Item.Receipt
		return a.json(recheckResult{e.ID, found, &receipt, again})
	}
	a.printf(sayRecheckMissing, e.ID, e.Item.Receipt.At.Local().Format("02/01/2006 15:04"), causeInFrench(found))
	if again {
		a.printf(sayRecheckAgain)
	}
	return nil
}

// tellRecheck ends with 0 when everything is held, 3 when something is missing or
// could not be asked for, and 1 when nothing could.
func (a *app) tellRecheck(sum recheckSum) error {
	if a.asJSON {
		if err := a.json(sum); err != nil {
			return err
		}
	} else {
		a.printf(sayRechecked, sum.Checked, sum.Held, sum.Missing, sum.Unasked)
	}
	switch {
	case sum.Requeued > 0:
		a.notef("%s\n→ %s\n", fmt.Sprintf(sayRecheckRequeued, sum.Requeued), nextRecheckRequeued)
	case sum.Missing > 0:
		a.notef("%s\n→ %s\n", fmt.Sprintf(sayRecheckLost, sum.Missing), nextRecheckLost)
	case sum.Unasked > 0:
		a.notef("%s\n→ %s\n", sayRecheckCut, nextRecheckCut)
	}
	if sum.Unasked > 0 && sum.Checked == 0 {
		return exitWith(exitFailed)
	}
	if sum.Missing+sum.Unasked > 0 {
		return exitWith(exitPart)
	}
	return nil
}

func causeOf(err error) string {
	var d *record.DeliveryError
	if errors.As(err, &d) {
		return d.Cause
	}
	return ""
}
