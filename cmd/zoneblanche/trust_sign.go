package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/trust"
)

// maxListDays bounds how long a list may call itself fresh.
const maxListDays = 3650

type trustSignOptions struct {
	keeper
	days    int
	newRoot bool
}

func newTrustSign(a *app) *cobra.Command {
	var o trustSignOptions
	cmd := verb("sign", helpTrustSign, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("days") && (o.days < 1 || o.days > maxListDays) {
			return &usageError{cmd: cmd, say: sayDays}
		}
		return a.trustSign(&o)
	})
	flags := cmd.Flags()
	flags.IntVar(&o.days, "days", 0, flagDays)
	flags.BoolVar(&o.newRoot, "new-root", false, flagNewRoot)
	o.flags(flags)
	a.jsonFlag(flags)
	return cmd
}

// trustSignResult is what trust sign --json tells.
type trustSignResult struct {
	listFacts
	RootReplaced bool   `json:"root_replaced"`
	RootKey      string `json:"root_key,omitempty"` // where the new root's secret is
}

func (a *app) trustSign(o *trustSignOptions) error {
	return a.keep(&o.keeper, func(f *trust.Folder, passphrase []byte) error {
		// A list is begun by its first issuer: an empty one would only name a root that
		// nobody needs.
		if _, err := f.Current(); err != nil {
			return err
		}
		renew := func(l *trust.List) error {
			if o.days > 0 {
				l.SetValidity(time.Duration(o.days) * 24 * time.Hour)
			}
			return nil
		}
		var list *trust.List
		var rootKey string
		var err error
		if o.newRoot {
			list, rootKey, err = f.ReplaceRoot(passphrase, time.Now(), renew)
		} else {
			list, err = f.Change(passphrase, time.Now(), renew)
		}
		if err != nil {
			return err
		}
		if o.newRoot && len(passphrase) == 0 {
			a.notef("%s\n", sayKeyUnprotected)
		}
		facts := factsOfList(list, f.Path(trust.ListFile))
		if a.asJSON {
			return a.json(trustSignResult{listFacts: facts, RootReplaced: o.newRoot, RootKey: rootKey})
		}
		a.printf(sayListSigned, facts.Sequence, facts.List, frenchTime(facts.Issued), frenchTime(facts.NextUpdate))
		if o.newRoot {
			a.printf(sayRootMade, facts.Words, rootKey)
		}
		return nil
	})
}
