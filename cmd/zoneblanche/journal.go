package main

import (
	"encoding/hex"
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
	check := verb("verify", helpJournalVerify, exactly(0, sayNoArguments), a.beside(func(cmd *cobra.Command, _ []string) error {
		return a.journalVerify(cmd)
	}))
	for _, cmd := range []*cobra.Command{list, show, check} {
		a.jsonFlag(cmd.Flags())
	}
	return group("journal", helpJournal, list, show, check)
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
	return store.Open(data, &store.Options{MustExist: true, ReadOnly: readOnly})
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
	Patient   string               `json:"patient"`
	ActedAt   time.Time            `json:"acted_at"`
	Deadline  time.Time            `json:"deadline"`
	State     record.DeliveryState `json:"state"`
	Late      bool                 `json:"late"`
	Attempts  int                  `json:"attempts"`
	LastError string               `json:"last_error"`
	Receipt   *record.Receipt      `json:"receipt"`
}

func resultOf(e store.EntryInfo, now time.Time) entryResult {
	r := entryResult{
		Entry: e.ID, Patient: e.Patient, ActedAt: e.ActedAt.UTC(), Deadline: e.Item.Deadline.UTC(), State: e.Item.State,
		Late: e.Item.Late(now), Attempts: e.Item.Attempts, LastError: e.Item.LastError,
	}
	if !e.Item.Receipt.Empty() {
		receipt := e.Item.Receipt
		receipt.At = receipt.At.UTC()
		r.Receipt = &receipt
	}
	return r
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
		if a.asJSON {
			return a.json(resultOf(e, now))
		}
		a.showEntry(resultOf(e, now))
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
	Consultation record.Consultation  `json:"consultation"`
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
	if err != nil {
		return err
	}
	tries, err := journal.Attempts(cmd.Context(), id)
	if err != nil {
		return err
	}
	detail := entryDetail{resultOf(e, time.Now()), c, nonNil(tries)}
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
}

func (a *app) journalVerify(cmd *cobra.Command) error {
	journal, err := a.openJournal(true)
	if err != nil {
		return err
	}
	defer a.closeJournal(journal)
	report, err := journal.Verify(cmd.Context())
	if err != nil {
		return err
	}
	result := verifyResult{report.Entries, hex.EncodeToString(report.Head), len(report.Problems) == 0, nonNil(report.Problems)}
	if a.asJSON {
		if err := a.json(result); err != nil {
			return err
		}
	} else {
		a.showVerify(result)
	}
	if !result.OK {
		return exitWith(exitFailed)
	}
	return nil
}
