package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

type syncOptions struct {
	url     string
	timeout time.Duration
	settle  time.Duration
}

// A person waits for sync once: its patience is shorter than the service's, and a
// recipient that has taken a note answers well within it.
const (
	onceTimeout = 20 * time.Second
	onceSettle  = 15 * time.Second
)

func (o *syncOptions) flags(flags *pflag.FlagSet, timeout, settle time.Duration) {
	flags.StringVar(&o.url, "url", os.Getenv("ZONEBLANCHE_URL"), flagURL)
	flags.DurationVar(&o.timeout, "timeout", timeout, flagTimeout)
	flags.DurationVar(&o.settle, "settle", settle, flagSettle)
}

func newSync(a *app) *cobra.Command {
	var o struct{ once, run syncOptions }
	once := verb("once --url URL", helpSyncOnce, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.syncOnce(cmd, o.once)
	})
	run := verb("run --url URL", helpSyncRun, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.syncRun(cmd, o.run)
	})
	status := verb("status", helpSyncStatus, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.syncStatus(cmd)
	}))
	o.once.flags(once.Flags(), onceTimeout, onceSettle)
	o.run.flags(run.Flags(), outsync.DefaultRequestTimeout, outsync.DefaultSettle)
	a.jsonFlag(once.Flags())
	a.jsonFlag(status.Flags())
	retry := verb("retry ENTRÉE", helpSyncRetry, exactly(1, sayOneEntry), a.beside(func(cmd *cobra.Command, args []string) error {
		return a.syncRetry(cmd, args[0])
	}))
	return group("sync", helpSync, once, run, status, retry)
}

// newWorker joins a journal and a recipient. What happens is told to tell.
func newWorker(journal *store.Journal, o syncOptions, tell func(outsync.Event)) (*outsync.Worker, error) {
	client, err := fhir.NewClient(o.url, fhir.ClientOptions{Timeout: o.timeout})
	if err != nil {
		return nil, err
	}
	w := outsync.New(journal, client)
	w.RequestTimeout, w.Settle, w.OnEvent, w.Server = o.timeout, o.settle, tell, client.BaseURL
	// Whatever a killed pass left in flight has rested by then, and so has what this
	// pass may lose itself.
	w.Patience = 2 * (o.timeout + o.settle)
	return w, nil
}

// noteContact keeps, in the journal, when the recipient last answered.
func noteContact(ctx context.Context, journal *store.Journal, worker *outsync.Worker) error {
	at := worker.Status().LastContact
	if at.IsZero() {
		return nil
	}
	return journal.Contact(context.WithoutCancel(ctx), at)
}

// syncResult is what sync once --json tells.
type syncResult struct {
	Cleared   int    `json:"cleared"`
	Waiting   int    `json:"waiting"`
	Attention int    `json:"attention"`
	Attempts  int    `json:"attempts"`
	Cause     string `json:"cause"`
}

// openWorker opens the journal and joins it to the recipient; the caller closes
// the journal.
func (a *app) openWorker(cmd *cobra.Command, o syncOptions) (*store.Journal, *outsync.Worker, error) {
	if o.url == "" {
		return nil, nil, &usageError{cmd: cmd, say: sayNoURL}
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return nil, nil, err
	}
	worker, err := newWorker(journal, o, a.tellEvent)
	if err != nil {
		return nil, nil, errors.Join(err, journal.Close())
	}
	return journal, worker, nil
}

func (a *app) syncOnce(cmd *cobra.Command, o syncOptions) error {
	journal, worker, err := a.openWorker(cmd, o)
	if err != nil {
		return err
	}
	defer journal.Close()
	result, err := worker.Once(cmd.Context())
	if err := errors.Join(err, noteContact(cmd.Context(), journal, worker)); err != nil {
		return err
	}
	// What is left is what the journal says is left, earlier refusals included.
	left, err := journal.Counts(cmd.Context())
	if err != nil {
		return err
	}
	return a.tellSync(syncResult{
		Cleared: result.Cleared, Waiting: left.Pending + left.InFlight, Attention: left.Attention,
		Attempts: result.Attempts, Cause: result.Cause,
	})
}

// tellSync shows how a pass ended. Its status is 0 when nothing is left, 3 when
// something was delivered and something is left, 1 when nothing was delivered.
func (a *app) tellSync(r syncResult) error {
	if a.asJSON {
		if err := a.json(r); err != nil {
			return err
		}
	} else {
		a.printf(saySynced, r.Cleared, r.Waiting, r.Attention)
	}
	if r.Waiting+r.Attention == 0 {
		return nil
	}
	say, next := syncCause(r)
	a.notef("%s\n→ %s\n", say, next)
	if r.Cleared > 0 {
		return exitWith(exitPart)
	}
	return exitWith(exitFailed)
}

func (a *app) syncRun(cmd *cobra.Command, o syncOptions) error {
	journal, worker, err := a.openWorker(cmd, o)
	if err != nil {
		return err
	}
	defer journal.Close()
	a.notef("%s\n", sayRunning)
	ran := make(chan error, 1)
	go func() { ran <- worker.Run(cmd.Context()) }()
	tick := time.NewTicker(contactEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ran:
			return errors.Join(err, noteContact(cmd.Context(), journal, worker))
		case <-tick.C:
			if err := noteContact(cmd.Context(), journal, worker); err != nil {
				a.notef("%s\n", sayContactUnkept)
			}
		}
	}
}

// contactEvery is how often a running worker keeps its last contact on disk.
const contactEvery = time.Minute

// syncRetry puts an entry that a person has looked at back among those to send.
func (a *app) syncRetry(cmd *cobra.Command, id string) error {
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	info, err := journal.Entry(cmd.Context(), id)
	if err != nil {
		return err
	}
	if info.Item.State != record.Attention {
		return &plainError{say: fmt.Sprintf(sayNotHeld, stateInFrench(info.Item.State)), next: nextNotHeld, code: exitFailed}
	}
	if _, err := journal.Requeue(cmd.Context(), info.Item); err != nil {
		return err
	}
	a.printf(sayRequeued, id)
	return nil
}

// statusResult is what sync status --json tells.
type statusResult struct {
	Pending        int        `json:"pending"`
	InFlight       int        `json:"in_flight"`
	Attention      int        `json:"attention"`
	Cleared        int        `json:"cleared"`
	Late           int        `json:"late"`
	OldestDeadline *time.Time `json:"oldest_deadline"`
	LastContact    *time.Time `json:"last_contact"`
}

func (a *app) syncStatus(cmd *cobra.Command) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	c, err := journal.Counts(cmd.Context())
	if err != nil {
		return err
	}
	result := statusResult{
		Pending: c.Pending, InFlight: c.InFlight, Attention: c.Attention, Cleared: c.Cleared, Late: c.Late,
		OldestDeadline: instant(c.OldestDeadline), LastContact: instant(c.LastContact),
	}
	if a.asJSON {
		return a.json(result)
	}
	a.showStatus(result)
	return nil
}

// instant returns nil for the zero time, which JSON writes as null.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
