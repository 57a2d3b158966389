package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/trust"
)

func newTrustUpdate(a *app) *cobra.Command {
	var words string
	cmd := verb("update LISTE", helpTrustUpdate, exactly(1, sayOneList), func(_ *cobra.Command, args []string) error {
		return a.trustUpdate(args[0], words)
	})
	cmd.Flags().StringVar(&words, "words", "", flagWords)
	a.jsonFlag(cmd.Flags())
	return cmd
}

// trustUpdateResult is what trust update --json tells: the list, and what it says
// that the one before did not.
type trustUpdateResult struct {
	listFacts
	Previous     uint64        `json:"previous"` // 0: there was none
	First        bool          `json:"first"`    // its root is believed from now on
	RootReplaced bool          `json:"root_replaced"`
	Added        []issuerFacts `json:"added"`
	Removed      []issuerFacts `json:"removed"`
	Revoked      []issuerFacts `json:"revoked"`
	Changed      []issuerFacts `json:"changed"`
	Cards        []string      `json:"cards"`
}

// trustUpdate puts a list that came by file in service.
func (a *app) trustUpdate(path, words string) error {
	data, err := readTrustFile(path)
	if err != nil {
		return aboutFile(path, err)
	}
	list, err := trust.OpenList(data)
	if err != nil {
		return aboutFile(path, err)
	}
	if words != "" && !trust.SameWords(words, list.RootFingerprint()) {
		return &plainError{say: sayWordsDiffer, next: nextWordsDiffer, code: exitFailed}
	}
	folder, err := a.trustFolder()
	if err != nil {
		return err
	}
	// A list that is damaged here is no reason to refuse a good one.
	before, err := folder.Current()
	if err != nil {
		before = nil
	}
	list, first, err := folder.Install(data, time.Now())
	if err != nil {
		return aboutFile(path, err)
	}
	changes := list.Since(before)
	facts := factsOfList(list, folder.Path(trust.ListFile))
	result := trustUpdateResult{
		listFacts: facts, First: first, RootReplaced: changes.RootReplaced,
		Added: factsOfAll(changes.Added), Removed: factsOfAll(changes.Removed),
		Revoked: factsOfAll(changes.Revoked), Changed: factsOfAll(changes.Changed),
		Cards: []string{},
	}
	if before != nil {
		result.Previous = before.Sequence()
	}
	for _, id := range changes.Cards {
		result.Cards = append(result.Cards, hexID(id))
	}
	if facts.Stale {
		a.notef(sayListStale+"\n", frenchDate(facts.NextUpdate))
	}
	if first && words == "" {
		a.notef(sayFirstRoot, facts.Words, filepath.Dir(facts.List))
	}
	if a.asJSON {
		return a.json(result)
	}
	a.showUpdate(result, words != "")
	return nil
}

func (a *app) showUpdate(r trustUpdateResult, compared bool) {
	if r.Previous == r.Sequence {
		a.printf(sayListSame, r.Sequence)
		return
	}
	a.printf(sayListNew, r.Sequence, r.List, frenchTime(r.Issued), frenchTime(r.NextUpdate))
	if compared {
		a.printf(sayWordsMatch, r.Words)
	}
	if r.RootReplaced {
		a.printf(sayRootFollowed, r.Words)
	}
	for _, part := range []struct {
		word string
		keys []issuerFacts
	}{{changeAdded, r.Added}, {changeRevoked, r.Revoked}, {changeChanged, r.Changed}, {changeRemoved, r.Removed}} {
		for _, k := range part.keys {
			a.printf(sayListChange, part.word, clean(k.Name), kindInFrench(k.Kind), k.KeyID)
		}
	}
	for _, id := range r.Cards {
		a.printf(sayListCard, id)
	}
}

func factsOfAll(keys []record.TrustedKey) []issuerFacts {
	all := []issuerFacts{}
	for _, k := range keys {
		all = append(all, factsOf(k, ""))
	}
	return all
}
