package main

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/handover"
	"github.com/zoneblanche/zoneblanche/qr"
	"github.com/zoneblanche/zoneblanche/qr/advice"
	"github.com/zoneblanche/zoneblanche/qr/foreign"
	"github.com/zoneblanche/zoneblanche/qr/picture"
	"github.com/zoneblanche/zoneblanche/qr/scan"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/web"
)

// desk is what the doctor's pages stand on: the reader of codes, the open journal,
// and the worker that delivers, when there is one.
type desk struct {
	*app
	journal *store.Journal
	trust   string // a list given by its file, "" for the data folder's
	foreign foreign.Keys
	worker  atomic.Pointer[outsync.Worker]
	deposit *deposit // nil when nobody asked for it
	// newAccount lets one account be made, or only the first one, and returns the token
	// that makes it; "" when there is a first one.
	newAccount func(first bool) string
}

var (
	_ web.Reader      = (*desk)(nil)
	_ web.Journal     = (*desk)(nil)
	_ web.Drafts      = (*desk)(nil)
	_ web.Photographs = (*desk)(nil)
	_ web.Ruler       = (*desk)(nil)
	_ web.Corrections = (*desk)(nil)
	_ web.Outbox      = (*desk)(nil)
)

// Picture reads every page of a picture or PDF, and says what to change where none has
// a code.
func (d *desk) Picture(ctx context.Context, data []byte, advise bool) (texts []string, say string, err error) {
	f, err := picture.OpenBytes(ctx, data, picture.Options{DPI: dpi})
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	why := advice.NoCode
	for i := range f.Pages() {
		page, err := f.Page(ctx, i)
		if err != nil {
			return texts, "", err
		}
		symbols, err := scan.Symbols(ctx, page)
		for _, s := range symbols {
			texts = append(texts, s.Text)
		}
		if err != nil {
			return texts, "", err
		}
		// A page of words says nothing of why the one with a code was not read.
		if advise && len(texts) == 0 && i < advisedPages && why == advice.NoCode {
			if cause := advice.Of(ctx, page).Cause; ctx.Err() == nil {
				why = cause
			}
		}
	}
	if advise && len(texts) == 0 {
		say = why.French()
	}
	return texts, say, nil
}

// Typed undoes what the keyboard's layout made of a scanner's lines, where a signature
// holds for the result. Without a trust list the lines stay as they came: Read says why.
func (d *desk) Typed(t web.Typed) []string {
	var c collection
	if err := c.addLines("", strings.NewReader(t.Text)); err != nil {
		return []string{t.Text}
	}
	keys, err := d.keySource(d.trust)
	if err != nil {
		return c.texts
	}
	now := time.Now()
	_ = d.undoKeyboard(context.Background(), &c, qr.Reader{Keys: keys, Now: now}, foreign.Reader{Keys: d.foreign, Now: now})
	return c.texts
}

// Read judges texts by the trust list as it is now, and against the newest card of
// the person that the journal has seen.
func (d *desk) Read(ctx context.Context, texts []string, code string) ([]web.Reading, error) {
	if code != "" {
		if _, err := qr.ParsePatientCode(code); err != nil {
			return nil, err
		}
	}
	keys, err := d.keySource(d.trust)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	others, rest := foreign.Reader{Keys: d.foreign, Now: now, Repeats: true}.Read(texts)
	var all []reading
	for _, r := range (qr.Reader{Keys: keys, Now: now, Code: code}).Read(rest) {
		all = append(all, reading{Reading: r})
	}
	readAt(all, now)
	judgeNewer(ctx, all, d.journal.NewestCard, now)
	for _, r := range apart(others, all) {
		all = append(all, ofForeign(r, ""))
	}
	out := make([]web.Reading, len(all))
	for i, r := range all {
		out[i] = pageReading(r)
	}
	return out, nil
}

func pageReading(r reading) web.Reading {
	out := web.Reading{
		Card: r.Kind == qr.KindCard, Judgement: r.Judgement, Issuer: r.Issuer, Ref: cardOf(r), Complete: r.Complete,
		Locked: r.Locked, Withheld: r.Withheld, Declared: r.Declared, Summary: r.Summary, Texts: r.Texts,
	}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, w.Text)
	}
	if r.other != nil {
		out.Title, out.Verified = r.other.Title, r.other.Verified
		for _, f := range r.other.Facts {
			out.Facts = append(out.Facts, web.Fact{Label: f.Label, Value: f.Value})
		}
	}
	return out
}

// Opened makes an entry of the opening, which also remembers the card as the newest of
// its person, and wakes the worker.
func (d *desk) Opened(ctx context.Context, o web.Opening) error {
	// Once it has begun, a browser that hangs up does not stop it.
	_, _, err := recordConsulted(context.WithoutCancel(ctx), d.journal, record.Consulted{
		Patient: o.Patient, Card: o.Card, At: o.At, Author: o.Author, Reason: o.Reason,
	})
	d.wake(err)
	return err
}

// Record freezes a consultation that a verb beside the pages made, puts it in the
// journal and wakes the worker.
func (d *desk) Record(ctx context.Context, c record.Consultation, signedAt time.Time) (entry string, duplicate bool, err error) {
	submission, err := freezeNote(d.journal, c, fhir.SubmissionOptions{SignedAt: signedAt})
	if err != nil {
		return "", false, err
	}
	// Once it has begun, who hangs up does not stop it.
	entry, duplicate, err = d.journal.Record(context.WithoutCancel(ctx), c, submission)
	d.wake(err)
	return entry, duplicate, err
}

// wake lets the worker look at what was just added or put back.
func (d *desk) wake(err error) {
	if worker := d.worker.Load(); err == nil && worker != nil {
		worker.Wake()
	}
	if err == nil && d.deposit != nil {
		d.deposit.soon()
	}
}

// Sign freezes a consultation and its photographs, makes entries of its draft and
// wakes the worker.
func (d *desk) Sign(ctx context.Context, c record.Consultation, signedAt time.Time) (entry string, duplicate bool, err error) {
	// Once it has begun, a browser that hangs up does not stop it.
	entry, duplicate, err = signDraft(context.WithoutCancel(ctx), d.journal, c, fhir.SubmissionOptions{SignedAt: signedAt})
	d.wake(err)
	return entry, duplicate, err
}

// Status sums the outbox up.
func (d *desk) Status(ctx context.Context) (web.Status, error) {
	c, err := d.journal.Counts(ctx)
	if err != nil {
		return web.Status{}, err
	}
	s := web.Status{
		Waiting: c.Pending + c.InFlight, Attention: c.Attention, Late: c.Late,
		NextDeadline: c.OldestDeadline, LastContact: c.LastContact,
	}
	s.DepositFails = d.deposit != nil && d.deposit.failing.Load()
	if worker := d.worker.Load(); worker != nil {
		s.Delivers = true
		if at := worker.Status().LastContact; at.After(s.LastContact) {
			s.LastContact = at
		}
	}
	return s, nil
}

// Entries walks the journal: what owes a delivery first, by its deadline, and then
// what was delivered, the latest first.
func (d *desk) Entries(ctx context.Context, limit int) ([]web.Entry, error) {
	var owed, cleared []web.Entry
	err := d.journal.Entries(ctx, func(e store.EntryInfo) error {
		entry := web.Entry{Item: e.Item, Patient: whoseIs(e)}
		if e.Item.State == record.Cleared {
			cleared = append(cleared, entry)
			if len(cleared) > 2*limit {
				cleared = slices.Clone(cleared[len(cleared)-limit:])
			}
			return nil
		}
		owed = append(owed, entry)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := d.whereabouts(ctx, owed); err != nil {
		return nil, err
	}
	slices.SortStableFunc(owed, func(a, b web.Entry) int { return a.Item.Deadline.Compare(b.Item.Deadline) })
	slices.Reverse(cleared)
	all := append(owed, cleared...)
	return all[:min(len(all), limit)], nil
}

// whoseIs names the patient, or says that another machine keeps the name.
func whoseIs(e store.EntryInfo) string {
	if e.From != "" {
		return sayHandedBy
	}
	return e.Patient
}

// Entry is one entry with what was written.
func (d *desk) Entry(ctx context.Context, id string) (web.EntryDetail, error) {
	info, err := d.journal.Entry(ctx, id)
	if err != nil {
		return web.EntryDetail{}, err
	}
	c, err := d.journal.Consultation(ctx, id)
	if err != nil {
		return web.EntryDetail{}, err
	}
	attempts, err := d.journal.Attempts(ctx, id)
	if err != nil {
		return web.EntryDetail{}, err
	}
	entry := []web.Entry{{Item: info.Item, Patient: whoseIs(info)}}
	err = d.whereabouts(ctx, entry)
	return web.EntryDetail{Entry: entry[0], Consultation: c, Reason: info.Reason, Attempts: attempts}, err
}

// whereabouts says of entries which other machines have them.
func (d *desk) whereabouts(ctx context.Context, entries []web.Entry) error {
	all, err := handover.Status(ctx, d.journal, time.Now())
	if err != nil {
		return err
	}
	held := map[string]handover.Holding{}
	for _, h := range all {
		held[h.Entry] = h
	}
	for i := range entries {
		h, ok := held[entries[i].Item.Entry]
		if !ok {
			continue
		}
		entries[i].Unsafe = h.Safety != handover.OnCourse
		if h.Origin != nil {
			entries[i].From = h.Origin.Name
		}
		for _, p := range h.Holders {
			if p.Revoked {
				continue // it delivers nothing more of ours
			}
			entries[i].Holders = append(entries[i].Holders, web.Holder{Name: p.Name, Given: p.GivenAt, Taken: p.TakenAt, Attention: p.Attention})
		}
	}
	return nil
}

// Requeue puts back an entry that a person has looked at.
func (d *desk) Requeue(ctx context.Context, id string) error {
	info, err := d.journal.Entry(ctx, id)
	if err != nil {
		return err
	}
	_, err = d.journal.Requeue(ctx, info.Item)
	d.wake(err)
	return err
}
