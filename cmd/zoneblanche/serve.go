package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/web"
)

// accountsFile is who may sign in on this machine, in the data folder.
const accountsFile = "accounts.json"

type serveOptions struct {
	listen     string
	kiosk      bool
	addAccount bool
	service    bool // nobody reads what it says, so it tells no secret
	idle       time.Duration
	trust      string
	deposit    string
	foreign    foreignFlags
	passphrase passphraseFlag
	sync       syncOptions
	handover   string // where paired laptops are answered, or ""
}

func newServe(a *app) *cobra.Command {
	var o serveOptions
	cmd := verb("serve", helpServe, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.serve(cmd, o)
	})
	flags := cmd.Flags()
	o.flags(flags)
	flags.BoolVar(&o.kiosk, "kiosk", false, flagKiosk)
	flags.BoolVar(&o.addAccount, "add-account", false, flagAddAccount)
	flags.BoolVar(&o.service, "service", false, "")
	_ = flags.MarkHidden("service") // service install sets it
	a.jsonFlag(flags)
	return cmd
}

// flags are what a service is installed with, too.
func (o *serveOptions) flags(flags *pflag.FlagSet) {
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8484", flagListen)
	flags.DurationVar(&o.idle, "idle", 0, flagIdle)
	flags.StringVar(&o.trust, "trust", "", flagTrust)
	flags.StringVar(&o.deposit, "deposit", "", flagDeposit)
	o.foreign.flags(flags)
	o.passphrase.flag(flags)
	flags.StringVar(&o.handover, "handover-listen", "", flagHandoverListen)
	o.sync.flags(flags, outsync.DefaultRequestTimeout, outsync.DefaultSettle)
}

// serveReady is what serve --json tells once it answers.
type serveReady struct {
	URL   string `json:"url"`
	Token string `json:"token,omitempty"` // makes the first account, once
}

func (a *app) serve(cmd *cobra.Command, o serveOptions) error {
	a.unattended = o.service
	switch {
	case o.idle < 0:
		return &usageError{cmd: cmd, say: sayFlagBad, about: "idle"}
	case o.kiosk && (o.addAccount || o.deposit != "" || cmd.Flags().Changed("url")):
		return &usageError{cmd: cmd, say: sayKioskAlone}
	}
	listener, err := a.listenHere(cmd, o.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	go qr.Prepare() // while the journal opens
	go picture.Prepare(cmd.Context())
	if o.kiosk {
		return a.serveKiosk(cmd, listener, o.idle)
	}
	data, err := a.folder()
	if err != nil {
		return err
	}
	options := a.storeOptions()
	journal, err := store.Open(data, &options)
	if err != nil {
		return err
	}
	a.tellSalvaged(journal)
	defer journal.Close()
	accounts, err := web.OpenAccounts(filepath.Join(data, accountsFile))
	if err != nil {
		return err
	}
	theirs, err := o.foreign.keys()
	if err != nil {
		return err
	}
	token := ""
	if (accounts.Empty() || o.addAccount) && !o.service {
		token = web.NewToken()
	}
	printer := a.newSheetPrinter(o.passphrase)
	desk := &desk{app: a, journal: journal, trust: o.trust, foreign: theirs}
	local, forget, err := a.openBeside(data, listener, journal, desk)
	if err != nil {
		return err
	}
	defer forget()
	if o.deposit != "" {
		if desk.deposit, err = openDeposit(o.deposit, journal); err != nil {
			return err
		}
		a.notef(sayDeposited, o.deposit)
	}
	server, err := web.New(web.Options{
		Local: local, API: desk.api(), Signing: desk.signing, Accounts: accounts, Reader: desk, Journal: desk, Drafts: desk,
		Photographs: desk, Ruler: desk, Outbox: desk, Corrections: desk, Printer: printer,
		Issuer: printer.issuer(), Words: words{}, Explain: explainHere, Font: print.FontFile, Token: token, Idle: o.idle,
	})
	if err != nil {
		return err
	}
	desk.newAccount = func(first bool) string {
		if first && !accounts.Empty() {
			return ""
		}
		token := web.NewToken()
		server.Allow(token)
		return token
	}
	if err := a.tellServing(listener, token); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	if desk.deposit != nil {
		deposited := make(chan struct{})
		go func() { defer close(deposited); desk.deposit.run(ctx) }()
		defer func() { stop(); <-deposited }()
	}
	exchanged, err := a.startExchange(ctx, journal, o.handover, func() { desk.wake(nil) })
	if err != nil {
		return err
	}
	delivered := make(chan error, 1)
	if o.sync.url != "" {
		d, err := a.join(ctx, journal, o.sync)
		if err != nil {
			return err
		}
		desk.worker.Store(d.worker)
		go func() { delivered <- d.run(ctx) }()
	} else {
		delivered <- nil
	}
	err = server.Serve(ctx, listener)
	stop()
	return errors.Join(err, <-delivered, <-exchanged)
}

// serveKiosk prints and keeps nothing: it has neither journal nor accounts.
func (a *app) serveKiosk(cmd *cobra.Command, listener net.Listener, idle time.Duration) error {
	server, err := web.New(web.Options{
		Printer: sheetPrinter{app: a}, Words: words{}, Explain: explainHere, Font: print.FontFile,
		Kiosk: true, Idle: idle,
	})
	if err != nil {
		return err
	}
	if err := a.tellServing(listener, ""); err != nil {
		return err
	}
	return server.Serve(cmd.Context(), listener)
}

// listenHere listens on this machine only.
func (a *app) listenHere(cmd *cobra.Command, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &usageError{cmd: cmd, say: sayBadListen, about: address}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &usageError{cmd: cmd, say: sayServeLoopback}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &plainError{say: sayPortTaken, next: nextPortTaken, code: exitFailed}
	}
	return listener, nil
}

func (a *app) tellServing(listener net.Listener, token string) error {
	url := "http://" + listener.Addr().String() + "/"
	if a.asJSON {
		return a.json(serveReady{url, token})
	}
	if a.unattended {
		a.printf(sayServingAlone, url)
		return nil
	}
	a.printf(sayServing, url)
	if token != "" {
		a.printf(sayServeToken, a.bold(token))
	}
	return nil
}

// explainHere is the catalogue of the command line, for pages: a file's name or a
// technical detail has no place there.
func explainHere(err error) (say, next string) {
	f := failureOf(err)
	var slow *stopped
	if errors.As(err, &slow) {
		return sayPageSlow, nextStopped
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return sayPageSlow, nextStopped
	}
	return f.say, f.next
}

// words are the words of the sheet.
type words struct{}

func (words) Entry(s *record.Summary, id record.SectionID, i int, at time.Time) string {
	return print.EntryTextAt(s, id, i, at)
}

func (words) Contact(c record.Contact) string { return print.ContactText(c) }
