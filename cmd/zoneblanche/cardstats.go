package main

import (
	"crypto/ed25519"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
)

func newCard(a *app) *cobra.Command {
	var masks []string
	stats := verb("stats FICHIER.json...", helpCardStats, atLeast(1, sayOneSummary), func(_ *cobra.Command, args []string) error {
		return a.cardStats(args, masks)
	})
	stats.Flags().StringArrayVar(&masks, "mask", nil, flagMask)
	a.jsonFlag(stats.Flags())
	return group("card", helpCard, stats)
}

// statsResult is one line of card stats --json. Bits counts the data bits of the
// emergency and full symbols; parity symbols are listed and not counted.
type statsResult struct {
	File    string           `json:"file"`
	Entries int              `json:"entries"`
	Carried int              `json:"carried"`
	LeftOut []record.LeftOut `json:"left_out"`
	CBOR    int              `json:"cbor"`
	Signed  int              `json:"signed"`
	Symbols []statsSymbol    `json:"symbols"`
	Bits    int              `json:"bits"`
}

type statsSymbol struct {
	Role    qr.Role `json:"role"`
	Chars   int     `json:"chars"`
	Version int     `json:"version"`
	ECC     string  `json:"ecc"`
}

// cardStats goes on after a summary that makes no card: the others' figures are true.
func (a *app) cardStats(paths, masks []string) error {
	failed, done := exitDone, 0
	for _, path := range paths {
		result, err := a.statsOf(path, masks)
		if err != nil {
			failed = max(failed, a.tell(err))
			continue
		}
		done++
		if !a.asJSON {
			a.showStats(result)
		} else if err := a.json(result); err != nil {
			return err
		}
	}
	if failed != exitDone && done > 0 {
		failed = exitPart
	}
	return exitWith(failed)
}

// statsOf makes a card of one summary and measures it. The figures do not depend on
// the key: any Ed25519 key signs in 64 bytes.
func (a *app) statsOf(path string, masks []string) (statsResult, error) {
	key := qr.SigningKey{ID: make([]byte, record.KeyIDSize), Algorithm: record.EdDSA,
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	now := time.Now()
	s, left, err := readSummary(a.in, path, masks, now)
	if err != nil {
		return statsResult{}, err
	}
	card, err := qr.Encode(s, qr.EncodeOptions{Key: key, IssuedAt: now})
	if err != nil {
		return statsResult{}, aboutFile(path, err)
	}
	left = append(left, card.LeftOut...)
	carried := card.Emergency.Entries() + card.Full.Entries()
	result := statsResult{
		File: path, Entries: carried + len(left), Carried: carried, LeftOut: nonNil(left),
		CBOR: card.CBORBytes, Signed: card.SignedBytes, Bits: card.Bits,
	}
	for _, s := range card.Symbols {
		result.Symbols = append(result.Symbols, statsSymbol{s.Role, len(s.Text), s.Version, s.ECC})
	}
	return result, nil
}

func (a *app) showStats(r statsResult) {
	a.printf(sayStats, r.File, r.Carried, r.Entries, r.CBOR, r.Signed, r.Bits)
	for _, s := range r.Symbols {
		a.printf(sayStatsSymbol, roleInFrench(s.Role), s.Chars, s.Version, s.ECC)
	}
	for _, l := range r.LeftOut {
		a.printf("  - %s (%s)\n", clean(l.What), clean(l.Why))
	}
}
