package main

import (
	"context"
	"slices"
	"time"

	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// This file asks the journal whether a newer card of the same person was seen
// (the verdict "superseded"). It is a question and no more: it makes no journal,
// changes none, and never keeps a doctor from what was read.

// warnNewerUnchecked is the code of the warning that the journal could not be asked.
const warnNewerUnchecked = "newer_unchecked"

// askFor is how long a journal that another program holds is waited for: allergies
// are to be on the screen in under a second.
const askFor = 100 * time.Millisecond

// cardOf is what the journal keeps of the card of a reading.
func cardOf(r reading) record.CardRef {
	c := record.CardRef{ID: hexID(r.CardID), Issuer: r.Issuer.Name, Issued: r.Issued, Verdict: r.Judgement.Verdict}
	if r.Summary != nil {
		c.UpdatedAt = r.Summary.UpdatedAt
	}
	return c
}

// comparable reports whether a newer card would change the verdict.
func (r reading) comparable() bool {
	v := r.Judgement.Verdict
	return r.Kind == qr.KindCard && r.Summary != nil && (v == record.Authentic || v == record.Stale)
}

// supersede judges each card against the newest of its person that the journal has
// seen. When there is a journal that cannot be asked, the readings carry a warning.
func (a *app) supersede(ctx context.Context, readings []reading, now time.Time) {
	if !slices.ContainsFunc(readings, reading.comparable) {
		return
	}
	data, err := a.place()
	if err != nil {
		return
	}
	o := a.storeOptions()
	o.ReadOnly, o.Wait, o.Probe = true, askFor, nil
	if a.passphrase == nil {
		o.Secrets.Passphrase = a.givenJournalPassphrase // nobody is asked before the allergies are shown
	}
	journal, err := store.Open(data, &o)
	switch {
	case record.ReasonOf(err) == store.ReasonNoJournal:
		return
	case err != nil:
		judgeNewer(ctx, readings, func(ctx context.Context, p record.Patient) (seen record.CardSeen, _ error) {
			if asked, wrong := a.askJSON(ctx, askNewest, p, &seen); !asked || wrong != nil {
				return seen, err
			}
			return seen, nil
		}, now)
	default:
		judgeNewer(ctx, readings, journal.NewestCard, now)
		_ = journal.Close()
	}
}

// judgeNewer judges each card against the newest of its person; newest asks a journal.
func judgeNewer(ctx context.Context, readings []reading, newest func(context.Context, record.Patient) (record.CardSeen, error), now time.Time) {
	for i := range readings {
		r := &readings[i]
		if !r.comparable() {
			continue
		}
		seen, err := newest(ctx, r.Summary.Patient)
		if err != nil {
			r.Warnings = append(r.Warnings, qr.Warning{Code: warnNewerUnchecked, Text: unaskedInFrench(err)})
			continue
		}
		seen.At = seen.At.Local()
		before := r.Judgement
		r.Judgement = record.JudgeSeen(before, cardOf(*r), seen, now)
		if r.Judgement.Verdict == record.Superseded && before.Verdict == record.Stale {
			// Both are true, and a verdict says one thing.
			r.Warnings = append(r.Warnings, qr.Warning{Code: qr.WarnStale, Text: before.Sentence()})
		}
	}
}

// unaskedInFrench says why the journal could not be asked.
func unaskedInFrench(err error) string {
	if record.ReasonOf(err) == store.ReasonJournalLocked {
		return sayNewerLocked
	}
	return sayNewerUnread
}
