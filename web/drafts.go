package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// draftView is one draft of the list that is offered after sign-in.
type draftView struct {
	ID      string
	Patient string
	ActedAt time.Time
	SavedAt time.Time
	Photos  int
}

// dropPage is the body of the page that asks before a draft is forgotten.
type dropPage struct {
	Visit     string
	Patient   string
	Text      string
	Photos    int
	Closed    bool // its card cannot be opened again
	Verdict   verdictView
	SavedAt   time.Time
	CanResume bool
}

// drafts are what the account has begun and not signed. One that cannot be read does
// not keep the others away.
func (c *call) drafts() []draftView {
	all, err := c.opt.Drafts.Drafts(c.r.Context())
	if err != nil {
		say, next := c.explain(err)
		c.session.say(sayDraftsUnread + " " + say + " " + next)
	}
	var out []draftView
	for _, d := range all {
		if d.Consultation.Author != c.session.account.author() {
			continue
		}
		out = append(out, draftView{
			ID: d.Consultation.ID, Patient: plain(d.Consultation.Patient.Name()), ActedAt: d.Consultation.ActedAt,
			SavedAt: d.SavedAt, Photos: len(d.Photographs),
		})
	}
	return out
}

// visit returns the visit that the address names: one that the session has open, or
// else a draft of the same account, opened again.
func (c *call) visit() (*visit, error) {
	id := c.r.PathValue("visit")
	if v := c.session.visit(id); v != nil {
		return v, nil
	}
	if v := c.sessions.shared(id, c.session.account); v != nil {
		return c.session.add(v), nil
	}
	d, err := c.ownDraft(id)
	if err != nil {
		return nil, err
	}
	return c.resume(d)
}

// ownDraft returns a draft of the account.
func (c *call) ownDraft(id string) (Draft, error) {
	gone := &record.Error{Code: record.CodeNotFound, Op: "find card", Reason: ReasonNoVisit}
	d, err := c.opt.Drafts.Draft(c.r.Context(), id)
	switch {
	case err == nil && d.Consultation.Author == c.session.account.author():
		return d, nil
	case err == nil:
		return Draft{}, gone
	case record.CodeOf(err) != record.CodeNotFound:
		return Draft{}, err
	}
	// A page that stayed open since before the program started again, and whose draft was
	// signed meanwhile.
	if e, err := c.opt.Outbox.Entry(c.r.Context(), id); err == nil && e.Consultation.Author == c.session.account.author() {
		return Draft{}, &record.Error{Code: record.CodeConflict, Op: "find card", Reason: ReasonSigned}
	}
	return Draft{}, gone
}

// resume opens a draft's card again, as it is judged now, and puts what was written
// beside it.
func (c *call) resume(d Draft) (*visit, error) {
	r, err := c.draftCard(d)
	if err != nil {
		return nil, err
	}
	if !r.openable() {
		return nil, &record.Error{Code: record.CodeConflict, Op: "open draft", Reason: ReasonDraftClosed}
	}
	v := &visit{
		id: d.Consultation.ID, author: c.session.account, texts: r.Texts, reading: r, readAt: c.now, reason: d.Consultation.Reason,
		confirmed: d.Consultation.ActedAt, written: writtenOf(d.Consultation), savedAt: d.SavedAt,
	}
	c.journalOpening(v)
	return c.session.add(v), nil
}

// draftCard reads the codes of a draft; its zero value is a card that is not there.
func (c *call) draftCard(d Draft) (Reading, error) {
	if len(d.Codes) == 0 {
		return Reading{}, nil
	}
	readings, err := c.opt.Reader.Read(c.r.Context(), d.Codes, "")
	if err != nil {
		return Reading{}, err
	}
	for _, r := range readings {
		if r.Card && r.Ref.ID == d.Consultation.Card.ID {
			return r, nil
		}
	}
	return Reading{}, nil
}

// Reasons of errors about drafts.
const (
	ReasonSigned      = "signed_already"
	ReasonDraftClosed = "draft_closed" // its card cannot be opened any more
)

// save writes what is being written to the journal. The visit is held.
func (c *call) save(v *visit) error {
	if err := c.opt.Drafts.SaveDraft(c.r.Context(), v.draft()); err != nil {
		return err
	}
	v.savedAt = c.now
	return nil
}

// dropForm shows a draft before it is forgotten: all of it, also when its card cannot
// be opened any more, so that what was written can still be read and copied.
func (c *call) dropForm() error {
	d, err := c.ownDraft(c.r.PathValue("visit"))
	if err != nil {
		return err
	}
	r, err := c.draftCard(d)
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, "abandonner", page{Title: titleDrop, Tab: "lecture", Body: dropPage{
		Visit: d.Consultation.ID, Patient: plain(d.Consultation.Patient.Name()), Text: plain(d.Consultation.Text()),
		Photos: len(d.Photographs), Closed: !r.openable(), Verdict: verdictOf(r), SavedAt: d.SavedAt,
	}})
}

// drop forgets a draft.
func (c *call) drop() error {
	d, err := c.ownDraft(c.r.PathValue("visit"))
	if err != nil {
		return err
	}
	if v := c.sessions.shared(d.Consultation.ID, c.session.account); v != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.written, v.savedAt, v.rulers = written{}, time.Time{}, nil
	}
	if err := c.opt.Drafts.DropDraft(c.r.Context(), d.Consultation.ID); err != nil {
		return err
	}
	c.session.say(noticeDropped)
	return c.redirect("/lire")
}

// signedMeanwhile reports whether an error says that the draft was signed.
func signedMeanwhile(err error) bool {
	return errors.As(err, new(*record.Error)) && record.CodeOf(err) == record.CodeConflict && record.ReasonOf(err) == entryExists
}

// entryExists is the reason of the journal for a draft that was signed.
const entryExists = "entry_exists"
