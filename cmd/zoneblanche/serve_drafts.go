package main

import (
	"context"

	"github.com/zoneblanche/zoneblanche/store"
	"github.com/zoneblanche/zoneblanche/web"
)

// SaveDraft keeps what is being written on the pages, and the codes of its card.
func (d *desk) SaveDraft(ctx context.Context, draft web.Draft) error {
	_, err := d.journal.SaveCardDraft(context.WithoutCancel(ctx), draft.Consultation, draft.Codes)
	return err
}

// Draft returns a draft, whoever wrote it.
func (d *desk) Draft(ctx context.Context, id string) (web.Draft, error) {
	kept, err := d.journal.Draft(ctx, id)
	return pageDraft(kept), err
}

// Drafts returns all drafts; those that can be read come with an error about others.
func (d *desk) Drafts(ctx context.Context) ([]web.Draft, error) {
	all, err := d.journal.Drafts(ctx)
	out := make([]web.Draft, len(all))
	for i, kept := range all {
		out[i] = pageDraft(kept)
	}
	return out, err
}

// DropDraft forgets a draft and its photographs.
func (d *desk) DropDraft(ctx context.Context, id string) error { return d.journal.DropDraft(ctx, id) }

func pageDraft(d store.Draft) web.Draft {
	return web.Draft{Consultation: d.Consultation, Codes: d.Codes, SavedAt: d.SavedAt, Photographs: d.Photographs}
}
