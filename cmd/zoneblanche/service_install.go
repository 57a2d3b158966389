package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/internal/daemon"
)

// installOptions are serve's, and whether to show instead of doing.
type installOptions struct {
	serve serveOptions
	print bool
}

// Flags of serve whose value is a file: those that systemd hands over, so that a key
// can stay the administrator's alone, and those that go by their name.
var (
	handedOver = []string{"ca", "client-cert", "client-key", "token-key", "passphrase-file"}
	byName     = []string{"trust", "deposit"}
)

// serviceStarts is how long a service may take until it answers: it opens the journal
// and checks it.
const serviceStarts = 60 * time.Second

func (a *app) serviceInstall(cmd *cobra.Command, o installOptions) error {
	platform, err := servicePlatform()
	if o.print && err != nil {
		platform, err = daemon.Systemd, nil // to look at it where there is none
	}
	if err != nil {
		return err
	}
	plan, err := a.plan(cmd, platform, o)
	if err != nil {
		return err
	}
	if o.print {
		a.printf("%s", printedPlan(plan))
		return nil
	}
	if !isAdministrator() {
		return notAdministrator()
	}
	if err := checkProgram(plan.Program); err != nil {
		return err
	}
	facts := serviceFacts{URL: "http://" + plan.Listen + "/", Data: plan.Data, Account: plan.Account}
	if err := install(plan, facts); err != nil {
		return err
	}
	a.printf("%s\n", sayServiceInstalled)
	if o.serve.sync.url == "" {
		a.notef("%s\n", sayServiceWithoutURL)
	}
	return a.tellStarted(cmd.Context(), platform, facts)
}

// plan puts together what is to run from the flags of serve.
func (a *app) plan(cmd *cobra.Command, platform daemon.Platform, o installOptions) (daemon.Plan, error) {
	p := daemon.Plan{
		Platform: platform, Title: titleService, Description: describeService,
		Account: daemon.AccountOn(platform), Listen: o.serve.listen,
	}
	p.Data, p.Cache = serviceFolders(platform, os.Getenv)
	if a.data != "" {
		p.Data = a.data
	}
	var err error
	if p.Program, err = os.Executable(); err != nil {
		return p, err
	}
	if p.Program, err = filepath.EvalSymlinks(p.Program); err != nil {
		return p, err
	}
	if p.Data, err = resolved(p.Data); err != nil {
		return p, err
	}
	if p.Args, p.Files, err = passedOn(cmd.Flags()); err != nil {
		return p, err
	}
	if o.serve.deposit != "" {
		folder, err := existing(o.serve.deposit)
		if err != nil {
			return p, err
		}
		p.Writes = []string{folder}
	}
	if platform == daemon.Systemd {
		p.StoreKey, p.StoreKeySealed = credentialOf(daemon.StoreKeyCredential)
	}
	return p, refused(p.Check(homes()), p)
}

// passedOn are the flags that serve is to get: those that were given, here or by the
// environment, which a service does not inherit.
func passedOn(flags *pflag.FlagSet) (args []string, files []daemon.File, err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		value := f.Value.String()
		switch {
		case err != nil, !f.Changed && (f.Value.Type() != "string" || value == ""):
		case f.Name == "print" || f.Name == "data" || f.Name == "listen" || f.Name == "help":
		case slices.Contains(handedOver, f.Name):
			if value, err = existing(value); err == nil {
				files = append(files, daemon.File{Flag: f.Name, Path: value})
			}
		case f.Value.Type() == "stringArray":
			for _, one := range f.Value.(pflag.SliceValue).GetSlice() {
				if one, err = existing(one); err == nil {
					args = append(args, "--"+f.Name+"="+one)
				}
			}
		case slices.Contains(byName, f.Name), f.Name == "hook" && !strings.Contains(value, "://"):
			if value, err = existing(value); err == nil {
				args = append(args, "--"+f.Name+"="+value)
			}
		default:
			args = append(args, "--"+f.Name+"="+value)
		}
	})
	return args, files, err
}

// existing returns the absolute name of a file that is there.
func existing(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(absolute)
	}
	return absolute, aboutFile(path, err)
}

// resolved follows links as far as the folder exists, so that a link does not lead
// into somebody's home.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	above := filepath.Dir(path)
	if above == path {
		return path, nil
	}
	above, err = resolved(above)
	return filepath.Join(above, filepath.Base(path)), err
}

// homes are people's folders that the plan cannot know.
func homes() []string {
	var known []string
	for _, home := range []string{os.Getenv("HOME"), os.Getenv("USERPROFILE")} {
		// A service account's home may well be the folder of its data.
		if home != "" && home != "/" && !strings.HasPrefix(home, "/var/lib/") {
			known = append(known, home)
		}
	}
	return known
}

// credentialOf finds the journal's key where systemd keeps credentials.
func credentialOf(name string) (path string, sealed bool) {
	for _, c := range []struct {
		folder string
		sealed bool
	}{{"/etc/credstore.encrypted", true}, {"/etc/credstore", false}} {
		path := filepath.Join(c.folder, name)
		if _, err := os.Stat(path); err == nil {
			return path, c.sealed
		}
	}
	return "", false
}

// serviceFolders are the usual places of a service's data and of what it can compute
// again.
func serviceFolders(platform daemon.Platform, env func(string) string) (data, cache string) {
	switch platform {
	case daemon.Windows:
		above := env("ProgramData")
		if above == "" {
			above = `C:\ProgramData`
		}
		return above + `\ZoneBlanche\journal`, ""
	case daemon.Launchd:
		return "/Library/Application Support/ZoneBlanche/journal", "/Library/Caches/ZoneBlanche"
	}
	return "/var/lib/zoneblanche", "/var/cache/zoneblanche"
}

// config is the plan in the library's words.
func config(p daemon.Plan) *service.Config {
	c := &service.Config{
		Name: daemon.NameOn(p.Platform), DisplayName: p.Title, Description: p.Description,
		Executable: p.Program, Arguments: p.Arguments(), UserName: p.Account,
	}
	switch p.Platform {
	case daemon.Systemd:
		c.Option = service.KeyValue{"SystemdScript": p.Unit()}
	case daemon.Launchd:
		c.Option = service.KeyValue{"LaunchdConfig": p.Plist()}
	case daemon.Windows:
		c.Option = service.KeyValue{
			"StartType": "automatic", "DelayedAutoStart": true,
			"OnFailure": "restart", "OnFailureDelayDuration": "15s", "OnFailureResetPeriod": 24 * 60 * 60,
		}
	}
	return c
}

// install makes account and folders, then the service, in place of the one that is
// there. What fails half-way leaves no service behind.
func install(p daemon.Plan, facts serviceFacts) error {
	s, err := service.New(nil, config(p))
	if err != nil {
		return err
	}
	if err := prepareMachine(p); err != nil {
		return err
	}
	if _, err := s.Status(); !errors.Is(err, service.ErrNotInstalled) {
		_ = s.Stop()
		if err := s.Uninstall(); err != nil {
			return cannot(p.Platform, err)
		}
	}
	if err := s.Install(); err != nil {
		_ = s.Uninstall()
		return cannot(p.Platform, err)
	}
	if err := writeFacts(facts); err != nil {
		_ = s.Uninstall()
		return err
	}
	if err := s.Start(); err != nil {
		return cannot(p.Platform, err)
	}
	return nil
}

// tellStarted waits until the service answers and says where, with the token of the
// first account when nobody can sign in yet.
func (a *app) tellStarted(ctx context.Context, platform daemon.Platform, facts serviceFacts) error {
	answer, err := a.askAccount(ctx, facts.Data, true, serviceStarts)
	if err != nil {
		return &plainError{say: sayServiceSilent, next: whereItSpeaks(platform), code: exitFailed}
	}
	a.printf(sayServiceReady, facts.URL)
	if answer.Token != "" {
		a.printf(sayServiceToken, facts.URL, a.bold(answer.Token))
	}
	return nil
}

// printedPlan is what install writes, for people to look at first.
func printedPlan(p daemon.Plan) string {
	switch p.Platform {
	case daemon.Launchd:
		return "# /Library/LaunchDaemons/" + daemon.LaunchdName + ".plist\n" + p.Plist() +
			"\n# /etc/newsyslog.d/zoneblanche.conf\n" + p.Newsyslog()
	case daemon.Windows:
		return fill(sayWindowsPlan, daemon.WindowsName, p.Title, p.Account, p.CommandLine(), p.Data, daemon.FolderAccess())
	}
	return "# /etc/systemd/system/" + daemon.Name + ".service\n" + p.Unit()
}

// refused turns a refusal into its sentence.
func refused(err error, p daemon.Plan) error {
	r, ok := daemon.RefusalOf(err)
	if !ok {
		return err
	}
	f := serviceRefusals[r.Why]
	next := f.next
	if r.Why == daemon.WhyProgramHome && runtime.GOOS != "windows" {
		next = fill(nextMoveProgram, p.Program)
	}
	return &plainError{say: fill(f.say, r.About), next: next, code: exitUsage}
}
