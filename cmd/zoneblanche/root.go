package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/store"
)

// run executes one command line and returns its exit status.
func run(ctx context.Context, args []string, t terminal) int {
	out := &failing{Writer: t.out}
	t.tty = isTerminal(t.out)
	t.out = out
	a := &app{terminal: t, version: version()}
	root := rootOf(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil && out.err != nil {
		err = &plainError{say: sayUnshown, next: nextUnshown, code: exitFailed}
	}
	return report(t, a.aboutService(err))
}

// app is what every verb shares: where it writes and its data folder.
type app struct {
	terminal
	data    string // --data
	asJSON  bool   // --json
	version string

	unattended bool           // this is the service
	passphrase []byte         // of the journal, once it was given
	held       *store.Journal // the journal that serve holds, for verbs that it runs for others
}

// rootOf builds the tree of verbs.
func rootOf(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "zoneblanche",
		Short:         helpRoot.short,
		Long:          helpRoot.long,
		Example:       helpRoot.example,
		Version:       a.version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noVerb,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().StringVar(&a.data, "data", "", flagData)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.SetVersionTemplate("zoneblanche {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.SetHelpCommand(&cobra.Command{
		Use: "help [verbe]", Short: "montre cette aide, ou celle d’un verbe", Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, _, err := cmd.Root().Find(args)
			if err != nil || target == nil {
				return noVerb(cmd.Root(), args)
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	})
	root.AddCommand(
		newDemo(a), newServe(a), newAPI(a), newPrint(a), newScan(a), newVerify(a), newQR(a), newCard(a),
		newJournal(a), newProbe(), newSync(a), newIssuer(a), newTrust(a), newRevoke(a), newRecipient(a), newService(a),
		newHandover(a),
	)
	frenchHelpFlags(root)
	return root
}

// frenchHelpFlags replaces the library's English sentence on every --help.
func frenchHelpFlags(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Usage = flagHelp
	if cmd.Version != "" {
		cmd.InitDefaultVersionFlag()
		cmd.Flags().Lookup("version").Usage = flagVersion
	}
	for _, sub := range cmd.Commands() {
		frenchHelpFlags(sub)
	}
}

// verb builds a command from its help and its function.
func verb(use string, h help, args cobra.PositionalArgs, fn func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: h.short, Long: h.long, Example: h.example, Args: args, RunE: fn}
}

// group builds a command that only holds others.
func group(use string, h help, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: h.short, Long: h.long, Example: h.example, Args: noVerb,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return &usageError{cmd: cmd, say: sayVerbMissing}
		}}
	cmd.AddCommand(subs...)
	return cmd
}

// jsonFlag adds --json to a verb that prints facts.
func (a *app) jsonFlag(flags *pflag.FlagSet) {
	flags.BoolVar(&a.asJSON, "json", false, flagJSON)
}

// noVerb refuses arguments where a verb should stand.
func noVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{cmd: cmd, say: sayVerbUnknown, about: args[0]}
}

// atLeast demands n arguments or more.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return &usageError{cmd: cmd, say: what}
		}
		return nil
	}
}

// exactly demands n arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return &usageError{cmd: cmd, say: what}
		}
		return nil
	}
}

// flagError turns the flag library's typed errors into ours.
func flagError(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		bad     *pflag.InvalidValueError
	)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown):
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return &usageError{cmd: cmd, say: sayFlagUnknown, about: dashes + unknown.GetSpecifiedName()}
	case errors.As(err, &bare):
		return &usageError{cmd: cmd, say: sayFlagBare, about: bare.GetFlag().Name}
	case errors.As(err, &bad):
		return &usageError{cmd: cmd, say: sayFlagBad, about: bad.GetFlag().Name}
	}
	return &usageError{cmd: cmd, say: sayFlagBad, about: cmd.Name()}
}

// folder is [app.place], to work in: root is kept out of the service's.
func (a *app) folder() (string, error) {
	data, err := a.place()
	if err != nil {
		return "", err
	}
	return data, ownFolder(data)
}

// place returns the data folder: --data, else ZONEBLANCHE_DATA, else the platform's
// usual place for an application's own data.
func (a *app) place() (string, error) {
	if a.data != "" {
		return a.data, nil
	}
	if dir := os.Getenv("ZONEBLANCHE_DATA"); dir != "" {
		return dir, nil
	}
	return defaultFolder(runtime.GOOS, os.Getenv)
}

// defaultFolder is the usual place on each platform.
func defaultFolder(goos string, env func(string) string) (string, error) {
	join := func(base string, parts ...string) (string, error) {
		if base == "" {
			return "", errNoHome
		}
		return filepath.Join(append([]string{base}, parts...)...), nil
	}
	switch goos {
	case "windows":
		return join(env("LOCALAPPDATA"), "ZoneBlanche")
	case "darwin":
		return join(env("HOME"), "Library", "Application Support", "ZoneBlanche")
	}
	if dir := env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return join(dir, "zoneblanche")
	}
	return join(env("HOME"), ".local", "share", "zoneblanche")
}

var errNoHome = errors.New("no home folder")
