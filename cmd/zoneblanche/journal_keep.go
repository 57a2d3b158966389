package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// This file has the verbs that keep the journal, and those that let it forget.

func newJournalBackup(a *app) *cobra.Command {
	var out, passphrase string
	var days int
	cmd := verb("backup -o SAUVEGARDE.zip", helpJournalBackup, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalBackup(cmd, out, passphrase, days)
	}))
	cmd.Flags().StringVarP(&out, "output", "o", "", flagBackupOut)
	cmd.Flags().StringVar(&passphrase, "passphrase-file", "", flagBackupPassphrase)
	cmd.Flags().IntVar(&days, "keep", 0, flagBackupKeep)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// backupResult is what journal backup --json tells.
type backupResult struct {
	File string `json:"file"`
	store.Backed
	Alone     bool       `json:"alone"` // can be opened elsewhere, with nothing else to keep
	KeepUntil *time.Time `json:"keep_until"`
}

func (a *app) journalBackup(cmd *cobra.Command, out, passphrase string, days int) error {
	switch {
	case out == "":
		return &usageError{cmd: cmd, say: sayNoZip, about: "sauvegarde.zip"}
	case days < 0:
		return &usageError{cmd: cmd, say: sayBadDays}
	}
	var o store.BackupOptions
	if days > 0 {
		o.KeepUntil = time.Now().AddDate(0, 0, days)
	}
	if passphrase != "" {
		chosen, err := readPassphrase(passphrase)
		if err != nil {
			return err
		}
		o.Passphrase = func() ([]byte, error) { return bytes.Clone(chosen), nil }
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	made, err := journal.Backup(cmd.Context(), out, o)
	if err != nil {
		return aboutFile(out, err)
	}
	if a.asJSON {
		return a.json(backupResult{out, made, made.Alone(), instant(o.KeepUntil)})
	}
	a.printf(sayBackedUp, out, made.Entries)
	a.printf("%s\n", backupKeyInFrench(made.Custody))
	return nil
}

func newJournalRestore(a *app) *cobra.Command {
	cmd := verb("restore SAUVEGARDE.zip", helpJournalRestore, exactly(1, sayOneBackup), func(cmd *cobra.Command, args []string) error {
		return a.journalRestore(cmd, args[0])
	})
	a.jsonFlag(cmd.Flags())
	return cmd
}

// restoreResult is what journal restore --json tells.
type restoreResult struct {
	Entries uint64 `json:"entries"`
	Owed    int    `json:"owed"` // looked up at the recipient before anything is sent
	Epoch   uint64 `json:"epoch"`
	OK      bool   `json:"ok"`
}

// journalRestore puts a backup in place, opens it, which starts a new epoch, and
// verifies all of it.
func (a *app) journalRestore(cmd *cobra.Command, path string) error {
	data, err := a.folder()
	if err != nil {
		return err
	}
	if err := store.Restore(path, data); err != nil {
		return aboutFile(path, err)
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	report, err := journal.Verify(cmd.Context())
	if err != nil {
		return err
	}
	left, err := journal.Counts(cmd.Context())
	if err != nil {
		return err
	}
	result := restoreResult{report.Entries, left.Pending + left.InFlight + left.Attention, journal.Epoch(), len(report.Problems) == 0}
	if a.asJSON {
		err = a.json(result)
	} else {
		a.printf(sayRestored, result.Entries, result.Owed)
	}
	if err == nil && !result.OK {
		a.notef("%s\n", sayRestoredDamaged)
		err = exitWith(exitPart)
	}
	return err
}

func newJournalPurge(a *app) *cobra.Command {
	days, dry := -1, false
	cmd := verb("purge --after JOURS", helpJournalPurge, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalPurge(cmd, days, dry)
	}))
	cmd.Flags().IntVar(&days, "after", -1, flagPurgeAfter)
	cmd.Flags().BoolVar(&dry, "dry-run", false, flagPurgeDry)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// purgeResult is what journal purge --json tells.
type purgeResult struct {
	store.Purged
	DryRun bool             `json:"dry_run"`
	Size   *store.Compacted `json:"size"`
}

func (a *app) journalPurge(cmd *cobra.Command, days int, dry bool) error {
	if days < 0 {
		return &usageError{cmd: cmd, say: sayBadDays}
	}
	journal, err := a.openJournal(false)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	result := purgeResult{DryRun: dry}
	o := store.PurgeOptions{After: time.Duration(days) * 24 * time.Hour, DryRun: dry}
	if result.Purged, err = journal.Purge(cmd.Context(), o); err != nil {
		return err
	}
	var uncompacted error
	if !dry && len(result.Entries) > 0 {
		// The content is gone already; this gives the room back.
		var size store.Compacted
		if size, uncompacted = journal.Compact(cmd.Context()); uncompacted == nil {
			result.Size = &size
		}
	}
	if a.asJSON {
		result.Entries, result.Keys, result.Backups = nonNil(result.Entries), nonNil(result.Keys), nonNil(result.Backups)
		err = a.json(result)
	} else {
		a.showPurge(result)
	}
	if err == nil && uncompacted != nil {
		a.notef("%s\n", sayUncompacted)
		err = exitWith(exitPart)
	}
	return err
}

func (a *app) showPurge(r purgeResult) {
	if r.DryRun {
		a.printf(sayWouldPurge, len(r.Entries), r.Kept)
	} else {
		a.printf(sayPurged, len(r.Entries), r.Kept, len(r.Keys))
	}
	if len(r.Entries) == 0 {
		return
	}
	for _, b := range r.Backups {
		until := sayBackupNoEnd
		if !b.KeepUntil.IsZero() {
			until = fmt.Sprintf(sayBackupUntil, frenchDay(b.KeepUntil))
		}
		a.printf(sayBackupHolds, frenchDay(b.At), clean(b.Name), until)
	}
	a.notef("%s\n", sayPurgeDisk)
}

func newJournalCompact(a *app) *cobra.Command {
	cmd := verb("compact", helpJournalCompact, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		journal, err := a.openJournal(false)
		if err != nil {
			return err
		}
		defer a.closeJournal(journal)
		size, err := journal.Compact(cmd.Context())
		if err != nil {
			return err
		}
		if a.asJSON {
			return a.json(size)
		}
		a.printf(sayCompacted, size.Before, size.After)
		return nil
	}))
	a.jsonFlag(cmd.Flags())
	return cmd
}

func newJournalDrafts(a *app) *cobra.Command {
	var drop string
	cmd := verb("drafts", helpJournalDrafts, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalDrafts(cmd, drop)
	}))
	cmd.Flags().StringVar(&drop, "drop", "", flagDraftDrop)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// draftResult is one line of journal drafts --json.
type draftResult struct {
	Draft       string    `json:"draft"`
	Patient     string    `json:"patient"`
	SavedAt     time.Time `json:"saved_at"`
	Photographs int       `json:"photographs"`
}

func (a *app) journalDrafts(cmd *cobra.Command, drop string) error {
	journal, err := a.openJournal(drop == "")
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	if drop != "" {
		// One that cannot be read can be dropped.
		if _, err := journal.Draft(cmd.Context(), drop); err != nil && record.ReasonOf(err) != store.ReasonJournalDamaged {
			return err
		}
		if err := journal.DropDraft(cmd.Context(), drop); err != nil {
			return err
		}
	}
	drafts, err := journal.Drafts(cmd.Context())
	for _, d := range drafts {
		r := draftResult{d.Consultation.ID, d.Consultation.Patient.Name(), d.SavedAt.UTC(), len(d.Photographs)}
		if a.asJSON {
			if err := a.json(r); err != nil {
				return err
			}
			continue
		}
		a.printf(sayDraft, r.Draft, frenchTime(r.SavedAt), clean(r.Patient), r.Photographs)
	}
	if err == nil && len(drafts) == 0 && !a.asJSON {
		a.notef("%s\n", sayNoDrafts)
	}
	return err
}

// frenchDay writes a day as it is read in France, in local time.
func frenchDay(t time.Time) string { return t.Local().Format("02/01/2006") }
