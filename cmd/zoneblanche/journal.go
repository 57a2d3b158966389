package main

import (
	"context"
	"encoding/hex"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

func newJournal(a *app) *cobra.Command {
	list := verb("list", helpJournalList, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalList(cmd)
	}))
	show := verb("show ENTRÉE", helpJournalShow, exactly(1, sayOneEntry), a.beside(func(cmd *cobra.Command, args []string) error {
		return a.journalShow(cmd, args[0])
	}))
	var head, document string
	check := verb("verify", helpJournalVerify, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalVerify(cmd, head, document)
	}))
	check.Flags().StringVar(&head, "head", "", flagVerifyHead)
	check.Flags().StringVar(&document, "document", "", flagVerifyDocument)
	for _, cmd := range []*cobra.Command{list, show, check} {
		a.jsonFlag(cmd.Flags())
	}
	return group("journal", helpJournal, list, show, check, newJournalSalvaged(a), newJournalDrafts(a),
		newJournalCorrect(a), newJournalProtect(a), newJournalBackup(a), newJournalRestore(a), newJournalPurge(a), newJournalCompact(a),
		newJournalHead(a), newJournalExport(a), newJournalVerifyExport(a))
}

// openJournal opens the journal that is there; it never creates one. Within serve it
// is the one that serve holds. Whoever opened it calls [app.closeJournal].
func (a *app) openJournal(readOnly bool) (*store.Journal, error) {
	if a.held != nil {
		return a.held, nil
	}
	data, err := a.folder()
	if err != nil {
		return nil, err
	}
	o := a.storeOptions()
	o.MustExist, o.ReadOnly = true, readOnly
	journal, err := store.Open(data, &o)
	a.tellSalvaged(journal)
	return journal, err
}

// probeVerb is the hidden verb that reads a journal's file in a process of its own,
// which a damaged file may bring down or hold for ever.
const probeVerb = "probe-journal"

func newProbe() *cobra.Command {
	return &cobra.Command{
		Use: probeVerb + " DOSSIER", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return store.Probe(args[0]) },
	}
}

// probeJournal starts this program again to look at a journal's file.
func probeJournal(ctx context.Context, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return nil // nobody to send ahead
	}
	return exec.CommandContext(ctx, self, probeVerb, dir).Run()
}

// closeJournal closes what openJournal opened.
func (a *app) closeJournal(journal *store.Journal) error {
	if journal == a.held {
		return nil
	}
	return journal.Close()
}

// entryResult is one line of journal list --json.
type entryResult struct {
	Entry     string               `json:"entry"`
	Kind      record.EntryKind     `json:"kind"`
	Patient   string               `json:"patient"`
	ActedAt   time.Time            `json:"acted_at"`
	Deadline  time.Time            `json:"deadline"`
	State     record.DeliveryState `json:"state"`
	Late      bool                 `json:"late"`
	Attempts  int                  `json:"attempts"`
	LastError string               `json:"last_error"`
	Receipt   *record.Receipt      `json:"receipt"`

	From        string     `json:"from,omitempty"` // the peer that handed it over
	Of          string     `json:"of,omitempty"`   // of a photograph: its consultation
	Photographs []string   `json:"photographs,omitempty"`
	Complete    bool       `json:"complete"` // cleared, photographs included
	PurgedAt    *time.Time `json:"purged_at,omitempty"`
	Replaces    string     `json:"replaces,omitempty"` // of a correction: what it corrects
	CorrectedBy string     `json:"corrected_by,omitempty"`
	Waits       bool       `json:"waits,omitempty"`  // a correction that may not leave before what it corrects
	Reason      string     `json:"reason,omitempty"` // of a card that was opened, where one was asked for

	photographsOwed int
}

func resultOf(e store.EntryInfo, now time.Time) entryResult {
	r := entryResult{
		Entry: e.ID, Kind: e.Kind, Patient: e.Patient, ActedAt: e.ActedAt.UTC(), Deadline: e.Item.Deadline.UTC(), State: e.Item.State,
		Late: e.Item.Late(now), Attempts: e.Item.Attempts, LastError: e.Item.LastError,
		From: e.From, Of: e.Of, Photographs: e.Photographs, Complete: e.Item.State == record.Cleared, PurgedAt: instant(e.Purged),
		Replaces: e.Item.Replaces, CorrectedBy: e.Item.CorrectedBy, Waits: e.Item.Waits, Reason: e.Reason,
	}
	if !e.Item.Receipt.Empty() {
		receipt := e.Item.Receipt
		receipt.At = receipt.At.UTC()
		r.Receipt = &receipt
	}
	return r
}

// whole adds to a consultation how its photographs stand: it is cleared when all of
// them are.
func (r entryResult) whole(ctx context.Context, journal *store.Journal) (entryResult, error) {
	for _, p := range r.Photographs {
		info, err := journal.Entry(ctx, p)
		if err != nil {
			return r, err
		}
		if info.Item.State != record.Cleared {
			r.photographsOwed++
			r.Complete = false
		}
	}
	return r, nil
}

func (a *app) journalList(cmd *cobra.Command) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	now, n := time.Now(), 0
	err = journal.Entries(cmd.Context(), func(e store.EntryInfo) error {
		n++
		r, err := resultOf(e, now).whole(cmd.Context(), journal)
		if err != nil {
			return err
		}
		if a.asJSON {
			return a.json(r)
		}
		a.showEntry(r)
		return nil
	})
	if err == nil && n == 0 && !a.asJSON {
		a.notef("%s\n", sayJournalEmpty)
	}
	return err
}

// entryDetail is what journal show tells: the entry, what was written, and every
// attempt to deliver it.
type entryDetail struct {
	entryResult
	Consultation *record.Consultation `json:"consultation"` // null when purged
	Tries        []record.AttemptInfo `json:"tries"`
}

func (a *app) journalShow(cmd *cobra.Command, id string) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	e, err := journal.Entry(cmd.Context(), id)
	if err != nil {
		return err
	}
	c, err := journal.Consultation(cmd.Context(), id)
	if err != nil && record.ReasonOf(err) != store.ReasonEntryPurged {
		return err
	}
	tries, err := journal.Attempts(cmd.Context(), id)
	if err != nil {
		return err
	}
	r, err := resultOf(e, time.Now()).whole(cmd.Context(), journal)
	if err != nil {
		return err
	}
	detail := entryDetail{r, &c, nonNil(tries)}
	if !e.Purged.IsZero() {
		detail.Consultation = nil
	}
	if a.asJSON {
		return a.json(detail)
	}
	a.showDetail(detail)
	return nil
}

// verifyResult is what journal verify tells.
type verifyResult struct {
	Entries  uint64          `json:"entries"`
	Head     string          `json:"head"`
	OK       bool            `json:"ok"`
	Problems []store.Problem `json:"problems"`
	Salvages int             `json:"salvages"` // how often the file was found damaged: journal salvaged
}

func (a *app) journalVerify(cmd *cobra.Command, head, document string) error {
	var held store.Head
	if head != "" {
		var err error
		if held, err = store.ParseHead(head); err != nil {
			return err
		}
	}
	result := verifyResult{Problems: []store.Problem{}}
	journal, err := a.openJournal(true)
	switch {
	case record.ReasonOf(err) == store.ReasonJournalDamaged:
		// That it cannot be opened is what there is to tell.
		result.Problems = append(result.Problems, store.Problem{Code: store.ProblemUnreadable, What: err.Error()})
	case err != nil:
		return err
	default:
		defer a.closeJournal(journal)
		report, err := journal.Verify(cmd.Context())
		if err != nil {
			return err
		}
		if head != "" {
			problems, err := journal.CheckHead(cmd.Context(), held)
			if err != nil {
				return err
			}
			report.Problems = append(report.Problems, problems...)
		}
		if document != "" {
			known, err := journal.HasDocument(cmd.Context(), document)
			if err != nil && record.ReasonOf(err) != store.ReasonJournalDamaged {
				return err
			}
			if !known {
				report.Problems = append(report.Problems, store.Problem{What: unknownDocument})
			}
		}
		// A list that cannot be read says all the same that there was something to list.
		salvages, err := journal.Salvages()
		times := len(salvages)
		if err != nil {
			times = 1
		}
		result = verifyResult{report.Entries, hex.EncodeToString(report.Head), len(report.Problems) == 0, nonNil(report.Problems), times}
	}
	if a.asJSON {
		if err := a.json(result); err != nil {
			return err
		}
	} else {
		a.showVerify(result)
		if result.Salvages > 0 {
			a.printf(saySalvagedMentioned, result.Salvages)
		}
		if head != "" && result.OK {
			a.printf(sayHeadAgrees, frenchTime(held.At))
		}
	}
	if !result.OK {
		return exitWith(exitFailed)
	}
	return nil
}
