package main

import (
	"context"
	"errors"
	"fmt"

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
}

type recheckSum struct {
	Checked int    `json:"checked"`
	Held    int    `json:"held"`
	Missing int    `json:"missing"`
	Unasked int    `json:"unasked"` // for want of a line
	Cause   string `json:"cause,omitempty"`
}

func newRecheck(a *app) *cobra.Command {
	var o syncOptions
	cmd := verb("recheck --url URL", helpSyncRecheck, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		if o.url == "" {
			return &usageError{cmd: cmd, say: sayNoURL}
		}
		return a.recheck(cmd.Context(), o)
	})
	o.flags(cmd.Flags(), onceTimeout, onceSettle)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// recheck asks the recipient what it holds today of all that it has receipted.
// It changes nothing, in the journal or there.
func (a *app) recheck(ctx context.Context, o syncOptions) error {
	journal, err := a.openJournal(true)
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
		if e.Item.State == record.Cleared {
			cleared = append(cleared, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sum := recheckSum{}
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
		if err := a.tellMissing(e, found); err != nil {
			return err
		}
	}
	return a.tellRecheck(sum)
}

func (a *app) tellMissing(e store.EntryInfo, found string) error {
	if a.asJSON {
		receipt := e.Item.Receipt
		return a.json(recheckResult{e.ID, found, &receipt})
	}
	a.printf(sayRecheckMissing, e.ID, e.Item.Receipt.At.Local().Format("02/01/2006 15:04"), causeInFrench(found))
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
