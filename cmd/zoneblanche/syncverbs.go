package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

type syncOptions struct {
	url     string
	timeout time.Duration
	settle  time.Duration
	hook    string // a program or an address to tell people by
	longest time.Duration
	connection
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
	flags.StringVar(&o.hook, "hook", os.Getenv("ZONEBLANCHE_HOOK"), flagHook)
	o.connection.flags(flags)
}

func newSync(a *app) *cobra.Command {
	var o struct {
		once, run syncOptions
		metrics   string
		handover  string
	}
	once := verb("once --url URL", helpSyncOnce, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.syncOnce(cmd, o.once)
	})
	run := verb("run --url URL", helpSyncRun, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.syncRun(cmd, o.run, o.metrics, o.handover)
	})
	status := verb("status", helpSyncStatus, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.syncStatus(cmd)
	}))
	o.once.flags(once.Flags(), onceTimeout, onceSettle)
	o.run.flags(run.Flags(), outsync.DefaultRequestTimeout, outsync.DefaultSettle)
	run.Flags().DurationVar(&o.run.longest, "longest-pause", outsync.DefaultEntryEvery, flagLongestPause)
	run.Flags().StringVar(&o.metrics, "metrics", "", flagMetrics)
	run.Flags().StringVar(&o.handover, "handover-listen", "", flagHandoverListen)
	a.jsonFlag(once.Flags())
	a.jsonFlag(status.Flags())
	retry := verb("retry ENTRÉE", helpSyncRetry, exactly(1, sayOneEntry), a.beside(func(cmd *cobra.Command, args []string) error {
		return a.syncRetry(cmd, args[0])
	}))
	return group("sync", helpSync, once, run, status, retry, newRecheck(a), newJWKS(a))
}

// newWorker joins a journal and a recipient. What happens is told to tell.
func newWorker(journal *store.Journal, o syncOptions, tell func(outsync.Event)) (*outsync.Worker, error) {
	client, err := o.client(o.url, o.timeout)
	if err != nil {
		return nil, err
	}
	w := outsync.New(journal, client)
	w.RequestTimeout, w.Settle, w.OnEvent, w.Server = o.timeout, o.settle, tell, client.BaseURL
	if o.longest > 0 {
		w.ProbeEvery, w.EntryEvery = min(w.ProbeEvery, o.longest), min(w.EntryEvery, o.longest)
		w.Spread, w.FollowUp = min(w.Spread, o.longest), min(w.FollowUp, o.longest/4)
	}
	// Whatever a killed pass left in flight has rested by then, and so has what this
	// pass may lose itself.
	w.Patience = 2 * (o.timeout + o.settle)
	return w, nil
}

// syncResult is what sync once --json tells.
type syncResult struct {
	Cleared   int    `json:"cleared"`
	Waiting   int    `json:"waiting"`
	Attention int    `json:"attention"`
	Attempts  int    `json:"attempts"`
	Cause     string `json:"cause"`
}

func (a *app) syncOnce(cmd *cobra.Command, o syncOptions) error {
	if o.url == "" {
		return &usageError{cmd: cmd, say: sayNoURL}
	}
	d, err := a.openDelivery(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer d.journal.Close()
	result, err := d.worker.Once(cmd.Context())
	d.tendOrSay(context.WithoutCancel(cmd.Context()))
	if err != nil {
		return err
	}
	// What is left is what the journal says is left, earlier refusals included.
	left, err := d.journal.Counts(cmd.Context())
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

func (a *app) syncRun(cmd *cobra.Command, o syncOptions, metrics, listen string) error {
	if o.url == "" {
		return &usageError{cmd: cmd, say: sayNoURL}
	}
	var listener net.Listener
	if metrics != "" {
		host, _, err := net.SplitHostPort(metrics)
		if err != nil || !loopback(host) {
			return &usageError{cmd: cmd, say: sayMetricsLoopback}
		}
		if listener, err = net.Listen("tcp", metrics); err != nil {
			return &plainError{say: sayPortTaken, next: nextMetricsPort, code: exitFailed}
		}
		defer listener.Close()
	}
	d, err := a.openDelivery(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer d.journal.Close()
	a.notef("%s\n", sayRunning)
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	exchanged, err := a.startExchange(ctx, d.journal, listen, d.worker.Wake)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	if listener != nil {
		a.notef(sayMetrics, listener.Addr())
		go func() { served <- d.meter.serve(ctx, listener) }()
	} else {
		served <- nil
	}
	err = d.run(ctx)
	stop()
	return errors.Join(err, <-served, <-exchanged)
}

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
