package main

import (
	"context"
	"errors"
	"io"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/web"
)

// api is what the practice's own software may ask of the desk.
func (d *desk) api() *web.API {
	return &web.API{
		Allowed: func(token string) bool { return allows(d.journal.Dir(), token) },
		Entries: d.apiEntries,
		Entry: func(ctx context.Context, id string) (io.ReadCloser, error) {
			return bundleOf(ctx, d.journal, id)
		},
		Summary: func(s *record.Summary) ([]byte, error) { return fhir.ExportBundle(s, fhir.ExportOptions{}) },
	}
}

// errEnough ends a walk.
var errEnough = errors.New("enough entries")

func (d *desk) apiEntries(ctx context.Context, after uint64, limit int) ([]web.APIEntry, error) {
	var list []web.APIEntry
	err := d.journal.EntriesAfter(ctx, after, func(e store.EntryInfo) error {
		list = append(list, web.APIEntry{
			ID: e.ID, Sequence: e.Seq, Kind: string(e.Kind), Of: e.Of, Replaces: e.Item.Replaces, ActedAt: e.ActedAt, RecordedAt: e.RecordedAt,
			State: string(e.Item.State), Purged: !e.Purged.IsZero(),
		})
		if len(list) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// signing tells the folder of the practice's software what a consultation rests on.
func (d *desk) signing(consultation string, s *record.Summary) {
	if d.deposit != nil {
		d.deposit.signing(consultation, s)
	}
}
