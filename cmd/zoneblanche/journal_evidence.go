package main

import (
	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/store"
)

// This file has the verbs by which somebody else can check the journal.

func newJournalHead(a *app) *cobra.Command {
	cmd := verb("head", helpJournalHead, exactly(0, sayNoArguments), a.beside(func(*cobra.Command, []string) error {
		return a.journalHead()
	}))
	a.jsonFlag(cmd.Flags())
	return cmd
}

// headResult is what journal head --json tells.
type headResult struct {
	Head        string `json:"head"`
	Entries     uint64 `json:"entries"`
	Fingerprint string `json:"fingerprint"`
}

func (a *app) journalHead() error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	head, err := journal.Head()
	if err != nil {
		return err
	}
	result := headResult{head.String(), head.Seq, store.Fingerprint(journal.PublicKey())}
	if a.asJSON {
		return a.json(result)
	}
	a.printf(sayHead, result.Head, result.Entries, result.Fingerprint)
	return nil
}

func newJournalExport(a *app) *cobra.Command {
	var out string
	var o store.ExportOptions
	cmd := verb("export -o PREUVE.zip", helpJournalExport, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalExport(cmd, out, o)
	}))
	cmd.Flags().StringVarP(&out, "output", "o", "", flagExportOut)
	cmd.Flags().BoolVar(&o.Content, "content", false, flagExportContent)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// exportResult is what journal export --json tells.
type exportResult struct {
	File string `json:"file"`
	store.Exported
	Content bool `json:"content"`
}

func (a *app) journalExport(cmd *cobra.Command, out string, o store.ExportOptions) error {
	if out == "" {
		return &usageError{cmd: cmd, say: sayNoZip, about: "preuve.zip"}
	}
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	made, err := journal.Export(cmd.Context(), out, o)
	if err != nil {
		return aboutFile(out, err)
	}
	if o.Content {
		a.notef("%s\n", sayExportContent)
	}
	if made.Unreadable > 0 {
		a.notef(sayExportUnreadable+"\n", made.Unreadable)
	}
	if a.asJSON {
		err = a.json(exportResult{out, made, o.Content})
	} else {
		a.printf(sayExported, out, made.Entries, made.Fingerprint)
	}
	if err == nil && made.Unreadable > 0 {
		err = exitWith(exitPart)
	}
	return err
}

func newJournalVerifyExport(a *app) *cobra.Command {
	cmd := verb("verify-export PREUVE.zip", helpJournalVerifyExport, exactly(1, sayOneExport), func(_ *cobra.Command, args []string) error {
		return a.journalVerifyExport(args[0])
	})
	a.jsonFlag(cmd.Flags())
	return cmd
}

// exportCheck is what journal verify-export --json tells.
type exportCheck struct {
	OK          bool            `json:"ok"`
	Entries     uint64          `json:"entries"`
	Head        string          `json:"head"`
	Fingerprint string          `json:"fingerprint"`
	Problems    []store.Problem `json:"problems"`
}

// journalVerifyExport needs no journal.
func (a *app) journalVerifyExport(path string) error {
	r, err := store.VerifyExport(path)
	if err != nil {
		return aboutFile(path, err)
	}
	result := exportCheck{len(r.Problems) == 0, r.Entries, r.Head.String(), r.Fingerprint, nonNil(r.Problems)}
	if a.asJSON {
		err = a.json(result)
	} else if result.OK {
		a.printf(sayExportSound, r.Entries, frenchTime(r.Head.At), r.Fingerprint)
	} else {
		a.printf(sayExportUnsound, len(r.Problems))
		a.showProblems(r.Problems)
	}
	if err == nil && !result.OK {
		err = exitWith(exitFailed)
	}
	return err
}
