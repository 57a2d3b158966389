package web

import (
	"net/http"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// outboxLine is the state of the outbox in words, on every page.
type outboxLine struct {
	Words  string
	Loud   bool // somebody must act
	Late   bool // within hours, or already too late
	Broken bool
}

func (c *call) outboxLine() *outboxLine {
	status, err := c.opt.Outbox.Status(c.r.Context())
	if err != nil {
		return &outboxLine{Words: sayOutboxUnread, Loud: true, Broken: true}
	}
	stage := outboxStage(status, c.now)
	return &outboxLine{
		Words: outboxWords(status, c.now),
		Loud:  stage > 0 || status.Attention > 0 || status.DepositFails, Late: stage >= 3,
	}
}

// outboxPage is the body of the page of the outbox.
type outboxPage struct {
	Entries []entryView
}

// entryView is one line of it.
type entryView struct {
	ID                    string
	Kind                  string
	Patient               string
	ActedAt               time.Time
	State                 string
	Look                  string // waiting | attention | cleared | late
	Deadline              time.Time
	Left                  string // until the deadline, or since it
	Late                  bool
	Attempts              int
	Cause                 string
	Words                 string // the recipient's own
	Next                  string // when it is tried again
	Receipt               record.Receipt
	Held                  bool     // a person may put it back
	Replaces, CorrectedBy string   // entries
	Where                 []string // which other machines have it
}

// listed is how many entries the page shows.
const listed = 200

func (c *call) outbox() error {
	entries, err := c.opt.Outbox.Entries(c.r.Context(), listed)
	if err != nil {
		return err
	}
	var body outboxPage
	for _, e := range entries {
		body.Entries = append(body.Entries, c.entryView(e))
	}
	return c.show(http.StatusOK, "envois", page{Title: titleOutbox, Tab: "envois", Wide: true, Body: body})
}

func (c *call) entryView(e Entry) entryView {
	i := e.Item
	v := entryView{
		ID: i.Entry, Kind: kindWords(i.Kind), Replaces: i.Replaces, CorrectedBy: i.CorrectedBy, Patient: plain(e.Patient), ActedAt: i.ActedAt.Local(), State: stateWords(i.State), Look: "waiting",
		Deadline: i.Deadline.Local(), Left: leftWords(i.Deadline.Sub(c.now)), Late: i.Late(c.now),
		Attempts: i.Attempts, Receipt: i.Receipt, Held: i.State == record.Attention && i.CorrectedBy == "",
	}
	v.Cause, v.Words = causeWords(i.LastError)
	v.Where = whereWords(e)
	switch {
	case i.State == record.Cleared:
		v.Look, v.Left, v.Cause, v.Words = "cleared", "", "", ""
	case i.State == record.Attention:
		v.Look = "attention"
	case v.Late:
		v.Look = "late"
	}
	switch {
	case i.Waits:
		v.Next = sayWaits
	case i.State == record.Pending:
		v.Next = nextTryWords(i.NextAttempt, c.now)
	}
	return v
}

// entryPage is the body of the page of one entry.
type entryPage struct {
	entryView
	Author      record.Author
	Text        string
	Reason      string // why a card was opened
	Correctable bool
	Card        record.CardRef
	Verdict     string
	Attempts    []attemptView
}

type attemptView struct {
	Number  int
	Started time.Time
	Outcome string
	Cause   string
}

func (c *call) outboxEntry() error {
	detail, err := c.opt.Outbox.Entry(c.r.Context(), c.r.PathValue("entry"))
	if err != nil {
		return err
	}
	body := entryPage{
		entryView: c.entryView(detail.Entry), Author: detail.Consultation.Author, Text: plain(detail.Consultation.Text()), Reason: plain(detail.Reason), Correctable: detail.correctable(),
		Card: detail.Consultation.Card, Verdict: detail.Consultation.Card.Verdict.French(),
	}
	for _, a := range detail.Attempts {
		cause, _ := causeWords(a.Cause)
		body.Attempts = append(body.Attempts, attemptView{a.Number, a.Started.Local(), outcomeWords(a.Outcome), cause})
	}
	return c.show(http.StatusOK, "envoi", page{Title: titleEntry, Tab: "envois", Body: body})
}

func (c *call) outboxRetry() error {
	id := c.r.PathValue("entry")
	if err := c.opt.Outbox.Requeue(c.r.Context(), id); err != nil {
		return err
	}
	c.session.say(noticeRequeued)
	return c.redirect("/envois/" + id)
}
