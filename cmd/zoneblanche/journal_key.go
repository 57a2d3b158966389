package main

import (
	"bytes"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/store"
)

// journalPassphraseEnv names a file with the journal's passphrase, for those who
// script. The environment itself would be read by other programs of the account.
const journalPassphraseEnv = "ZONEBLANCHE_JOURNAL_PASSPHRASE_FILE"

// storeOptions say how to reach the store key, wherever it is kept, and how to look at
// a journal that was not closed.
func (a *app) storeOptions() store.Options {
	return store.Options{Probe: probeJournal, Secrets: store.Secrets{
		Passphrase:  a.journalPassphrase,
		Credentials: os.Getenv("CREDENTIALS_DIRECTORY"),
	}}
}

// journalPassphrase returns the passphrase from the file that the environment names,
// or asks for it, once.
func (a *app) journalPassphrase() ([]byte, error) {
	if a.passphrase == nil {
		given, err := a.givenJournalPassphrase()
		if err != nil {
			return nil, err
		}
		if len(given) == 0 && isTerminal(a.in) {
			if given, err = askPassphrase(a.terminal, sayAskJournalPassphrase); err != nil {
				return nil, err
			}
		}
		a.passphrase = given
	}
	return bytes.Clone(a.passphrase), nil // the store overwrites what it is given
}

func (a *app) givenJournalPassphrase() ([]byte, error) {
	path := os.Getenv(journalPassphraseEnv)
	if path == "" {
		return nil, nil
	}
	return readPassphrase(path)
}

func readPassphrase(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, aboutFile(path, err)
	}
	return []byte(strings.TrimRight(string(data), "\r\n")), nil
}

type protectOptions struct {
	file, keyring, dpapi, passphrase bool
	credential                       string
	from                             string // --passphrase-file
}

func newJournalProtect(a *app) *cobra.Command {
	var o protectOptions
	cmd := verb("protect", helpJournalProtect, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.journalProtect(cmd, o)
	})
	flags := cmd.Flags()
	flags.BoolVar(&o.passphrase, "passphrase", false, flagProtectPassphrase)
	flags.StringVar(&o.from, "passphrase-file", "", flagJournalPassphraseFile)
	flags.BoolVar(&o.keyring, "keyring", false, flagProtectKeyring)
	flags.StringVar(&o.credential, "credential", "", flagProtectCredential)
	flags.BoolVar(&o.dpapi, "dpapi", false, flagProtectDPAPI)
	flags.BoolVar(&o.file, "file", false, flagProtectFile)
	a.jsonFlag(flags)
	return cmd
}

// custody returns what the options ask for; ok is false when they ask for several.
func (o protectOptions) custody() (to store.Custody, ok bool) {
	n := 0
	for _, c := range []struct {
		asked bool
		kind  store.Custody
	}{
		{o.passphrase || o.from != "", store.CustodyPassphrase}, {o.keyring, store.CustodyKeyring},
		{o.credential != "", store.CustodyCredential}, {o.dpapi, store.CustodyDPAPI}, {o.file, store.CustodyFile},
	} {
		if c.asked {
			to, n = c.kind, n+1
		}
	}
	return to, n <= 1
}

// custodyResult is what journal protect --json tells.
type custodyResult struct {
	store.CustodyInfo
	Unattended bool   `json:"unattended"` // works with nobody present
	Sentence   string `json:"sentence"`
}

// journalProtect shows what keeps the store key, after it gave it to another keeper
// where that was asked.
func (a *app) journalProtect(cmd *cobra.Command, o protectOptions) error {
	to, ok := o.custody()
	if !ok {
		return &usageError{cmd: cmd, say: sayOneCustody}
	}
	journal, err := a.openJournal(to == "")
	if err != nil {
		return err
	}
	defer journal.Close()
	if to != "" {
		secrets := a.storeOptions().Secrets
		if to == store.CustodyPassphrase {
			chosen, err := a.chooseJournalPassphrase(o.from)
			if err != nil {
				return err
			}
			secrets.Passphrase = func() ([]byte, error) { return bytes.Clone(chosen), nil }
		}
		if err := journal.Protect(cmd.Context(), to, o.credential, secrets); err != nil {
			return err
		}
	}
	info, err := journal.Custody()
	if err != nil {
		return err
	}
	result := custodyResult{info, info.Kind != store.CustodyPassphrase && info.Kind != store.CustodyKeyring, custodyInFrench(info)}
	if a.asJSON {
		return a.json(result)
	}
	a.printf("%s\n", result.Sentence)
	if to != "" && to != store.CustodyFile {
		a.notef("%s\n", sayOldKeyFile)
	}
	return nil
}

// chooseJournalPassphrase takes a new passphrase from a file or, twice, from a person.
func (a *app) chooseJournalPassphrase(path string) ([]byte, error) {
	if path != "" {
		return readPassphrase(path)
	}
	if !isTerminal(a.in) {
		return nil, nil // the store refuses an empty one
	}
	first, err := askPassphrase(a.terminal, sayNewJournalPassphrase)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	second, err := askPassphrase(a.terminal, sayRepeatPassphrase)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, &plainError{say: sayPassphrasesDiffer, next: nextAgain, code: exitFailed}
	}
	return first, nil
}
