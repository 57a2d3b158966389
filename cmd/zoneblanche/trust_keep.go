package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

// keeper is what the verbs that sign this machine's own list share: where its
// root's secret key is, and how it opens.
type keeper struct {
	root       string
	passphrase passphraseFlag
}

func (k *keeper) flags(flags *pflag.FlagSet) {
	flags.StringVar(&k.root, "root", "", flagRoot)
	k.passphrase.flag(flags)
}

// keep runs act on the trust folder with the root's passphrase. At a terminal it
// is asked for when the key turns out to need it, and act runs once more: act
// must have written nothing when it returns the reason "passphrase".
func (a *app) keep(k *keeper, act func(f *trust.Folder, passphrase []byte) error) error {
	folder, err := a.trustFolder()
	if err != nil {
		return err
	}
	folder.KeyPath = k.root
	passphrase, err := k.passphrase.given()
	if err != nil {
		return err
	}
	err = act(folder, passphrase)
	if record.ReasonOf(err) == "passphrase" && len(passphrase) == 0 && isTerminal(a.in) {
		if passphrase, err = askPassphrase(a.terminal, sayAskRoot); err == nil {
			err = act(folder, passphrase)
		}
	}
	return err
}

// trustFolder opens the data folder's trust list.
func (a *app) trustFolder() (*trust.Folder, error) {
	data, err := a.folder()
	if err != nil {
		return nil, err
	}
	return trust.OpenFolder(filepath.Join(data, "trust"))
}

// unrooted reports whether nothing of a root is in the folder yet, so that the
// next signature makes one.
func unrooted(f *trust.Folder) bool {
	if _, err := f.Current(); record.CodeOf(err) != record.CodeNotFound {
		return false
	}
	path, err := f.RootPath()
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return os.IsNotExist(err)
}

// listFacts is what every verb tells of a list as JSON.
type listFacts struct {
	List        string    `json:"list"`
	Sequence    uint64    `json:"sequence"`
	Issued      time.Time `json:"issued"`
	NextUpdate  time.Time `json:"next_update"`
	Stale       bool      `json:"stale"`
	Words       string    `json:"words"`
	Fingerprint string    `json:"fingerprint"`
}

func factsOfList(l *trust.List, path string) listFacts {
	issued, next := l.ListDate()
	return listFacts{
		List: path, Sequence: l.Sequence(), Issued: issued, NextUpdate: next, Stale: l.StaleAt(time.Now()),
		Words: trust.Words(l.RootFingerprint()), Fingerprint: hexID(l.RootFingerprint()),
	}
}

// atMostOne allows one argument or none.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return &usageError{cmd: cmd, say: what}
		}
		return nil
	}
}
