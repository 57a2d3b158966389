package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/internal/atomicfile"
	"github.com/zoneblanche/zoneblanche/internal/daemon"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

func newService(a *app) *cobra.Command {
	var o installOptions
	install := verb("install", helpServiceInstall, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.serviceInstall(cmd, o)
	})
	o.serve.flags(install.Flags())
	install.Flags().BoolVar(&o.print, "print", false, flagServicePrint)
	plain := func(use string, h help, fn func(*cobra.Command) error) *cobra.Command {
		return verb(use, h, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error { return fn(cmd) })
	}
	status := plain("status", helpServiceStatus, a.serviceStatus)
	account := plain("add-account", helpServiceAddAccount, a.serviceAddAccount)
	a.jsonFlag(status.Flags())
	a.jsonFlag(account.Flags())
	return group("service", helpService, install, status, account,
		plain("start", helpServiceStart, a.serviceStart),
		plain("stop", helpServiceStop, a.serviceStop),
		plain("uninstall", helpServiceUninstall, a.serviceUninstall))
}

// servicePlatform is what starts services here.
func servicePlatform() (daemon.Platform, error) {
	switch service.Platform() {
	case "linux-systemd":
		return daemon.Systemd, nil
	case "darwin-launchd":
		return daemon.Launchd, nil
	case "windows-service":
		return daemon.Windows, nil
	}
	return "", &plainError{say: sayNoServiceManager, next: nextNoServiceManager, code: exitFailed}
}

// manager returns the service as its platform knows it, for all but its installation.
func manager(platform daemon.Platform) (service.Service, error) {
	return service.New(nil, &service.Config{Name: daemon.NameOn(platform)})
}

// administered returns the service for who may change it.
func administered() (daemon.Platform, service.Service, error) {
	platform, err := servicePlatform()
	if err != nil {
		return "", nil, err
	}
	if !isAdministrator() {
		return "", nil, notAdministrator()
	}
	s, err := manager(platform)
	return platform, s, err
}

func notAdministrator() error {
	next := nextNotAdministrator
	if runtime.GOOS == "windows" {
		next = nextNotAdministratorWindows
	}
	return &plainError{say: sayNotAdministrator, next: next, code: exitFailed}
}

// serviceFacts is what an installation leaves for everybody to read: where the pages
// and the journal are.
type serviceFacts struct {
	URL     string `json:"url"`
	Data    string `json:"data"`
	Account string `json:"account"`
}

// factsFile is where they are.
func factsFile(goos string, env func(string) string) string {
	switch goos {
	case "windows":
		return env("ProgramData") + `\ZoneBlanche\service.json`
	case "darwin":
		return "/Library/Application Support/ZoneBlanche/service.json"
	}
	return "/etc/zoneblanche/service.json"
}

// installedFacts returns them; ok is false when no service is installed.
func installedFacts() (facts serviceFacts, ok bool) {
	text, err := readBounded(factsFile(runtime.GOOS, os.Getenv), 64<<10)
	if err != nil || json.Unmarshal(text, &facts) != nil {
		return facts, false
	}
	u, err := url.Parse(facts.URL)
	return facts, err == nil && onThisMachine("http://"+u.Host) && filepath.IsAbs(facts.Data)
}

func writeFacts(facts serviceFacts) error {
	path := factsFile(runtime.GOOS, os.Getenv)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(text, '\n'), 0o644)
}

func removeFacts() error {
	path := factsFile(runtime.GOOS, os.Getenv)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_ = os.Remove(filepath.Dir(path)) // when nothing else is in it
	return nil
}

// aboutService adds to the error of a verb where the service's journal is, when that is
// why it failed: a person's own account cannot read it, and does not have it at home.
func (a *app) aboutService(err error) error {
	if err == nil || a.unattended {
		return err
	}
	refused := errors.Is(err, fs.ErrPermission)
	missing := record.ReasonOf(err) == store.ReasonNoJournal && a.data == "" && os.Getenv("ZONEBLANCHE_DATA") == ""
	if !refused && !missing {
		return err
	}
	facts, ok := installedFacts()
	if !ok {
		return err
	}
	if missing {
		return &plainError{say: sayJournalIsServices, next: fill(nextPagesOf, facts.URL), code: exitNoJournal}
	}
	data, wrong := a.place()
	if wrong == nil {
		data, wrong = filepath.Abs(data)
	}
	if below, outside := filepath.Rel(facts.Data, data); wrong != nil || outside != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return err
	}
	return &plainError{say: sayJournalIsServices, next: fill(nextPagesOf, facts.URL), code: exitFailed}
}

// serviceResult is what service status --json tells.
type serviceResult struct {
	Installed bool   `json:"installed"`
	Running   bool   `json:"running"`
	URL       string `json:"url,omitempty"`
	Data      string `json:"data,omitempty"`
	Account   string `json:"account,omitempty"`
}

// serviceStatus exits with 0 when the service runs and 1 when it does not.
func (a *app) serviceStatus(*cobra.Command) error {
	platform, err := servicePlatform()
	if err != nil {
		return err
	}
	s, err := manager(platform)
	if err != nil {
		return err
	}
	status, err := s.Status()
	unknown := errors.Is(err, service.ErrNotInstalled) // or nobody to ask, without a bus
	result := serviceResult{Installed: !unknown, Running: err == nil && status == service.StatusRunning}
	if facts, ok := installedFacts(); ok {
		result = serviceResult{Installed: true, URL: facts.URL, Data: facts.Data, Account: facts.Account,
			// A service that ends and is started again, over and over, runs for its manager.
			Running: (unknown || result.Running) && listens(facts.URL)}
	}
	if a.asJSON {
		if err := a.json(result); err != nil {
			return err
		}
	} else {
		a.tellService(platform, result)
	}
	if !result.Running {
		return exitWith(exitFailed)
	}
	return nil
}

// listens reports whether anything takes connections where the pages are.
func listens(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, 2*time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func (a *app) tellService(platform daemon.Platform, r serviceResult) {
	switch {
	case !r.Installed:
		a.printf("%s\n", sayServiceAbsent)
		return
	case r.Running:
		a.printf("%s\n", sayServiceRuns)
	default:
		a.printf("%s\n→ %s\n", sayServiceStopped, nextServiceStopped)
	}
	if r.URL != "" {
		a.printf(sayServiceWhere, r.URL, r.Data, r.Account)
	}
	a.printf("%s\n", whereItSpeaks(platform))
}

func (a *app) serviceStart(cmd *cobra.Command) error {
	platform, s, err := administered()
	if err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return cannot(platform, err)
	}
	facts, ok := installedFacts()
	if !ok {
		return nil
	}
	return a.tellStarted(cmd.Context(), platform, facts)
}

func (a *app) serviceStop(*cobra.Command) error {
	platform, s, err := administered()
	if err != nil {
		return err
	}
	if err := s.Stop(); err != nil {
		return cannot(platform, err)
	}
	a.printf("%s\n", sayServiceIsStopped)
	return nil
}

// serviceUninstall takes away what starts the service. Journal and account stay: what
// was recorded is the practice's, and a file without its account is anybody's.
func (a *app) serviceUninstall(*cobra.Command) error {
	platform, s, err := administered()
	if err != nil {
		return err
	}
	facts, known := installedFacts()
	if _, err := s.Status(); errors.Is(err, service.ErrNotInstalled) {
		return &plainError{say: sayServiceAbsent, next: nextServiceAbsent, code: exitFailed}
	}
	_ = s.Stop() // it may not run
	if err := s.Uninstall(); err != nil {
		return cannot(platform, err)
	}
	if err := removeFacts(); err != nil {
		return err
	}
	a.printf("%s\n", sayServiceGone)
	if known {
		a.printf(sayServiceKept, facts.Data, facts.Account)
	}
	return nil
}

// serviceAddAccount asks the service for the token that makes an account. It answers
// whoever can read its folder, and that is its own account and administrators.
func (a *app) serviceAddAccount(cmd *cobra.Command) error {
	if !isAdministrator() {
		return notAdministrator()
	}
	facts, ok := installedFacts()
	if !ok {
		return &plainError{say: sayServiceAbsent, next: nextServiceAbsent, code: exitFailed}
	}
	answer, err := a.askAccount(cmd.Context(), facts.Data, false, 3*time.Second)
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.json(serveReady{facts.URL, answer.Token})
	}
	a.printf(sayServiceToken, facts.URL, a.bold(answer.Token))
	return nil
}

var errSilent = &plainError{say: sayServiceSilent, next: nextServiceSilent, code: exitFailed}

// askAccount asks again until the service answers or the time is over.
func (a *app) askAccount(ctx context.Context, data string, first bool, within time.Duration) (answer accountAnswer, err error) {
	beside := &app{terminal: a.terminal, data: data}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		asked, err := beside.askJSON(ctx, askAccount, first, &answer)
		if asked && err == nil {
			return answer, nil
		}
		select {
		case <-ctx.Done():
			return answer, errSilent
		case <-tick.C:
		}
	}
}

// cannot tells what the service manager refused, with its own words for who is called
// for help.
func cannot(platform daemon.Platform, err error) error {
	return &plainError{say: fill(sayServiceRefused, clean(err.Error())), next: whereItSpeaks(platform), code: exitFailed}
}
