package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
	outsync "github.com/zoneblanche/zoneblanche/sync"
)

// statusResult is what sync status --json tells.
type statusResult struct {
	Pending        int         `json:"pending"`
	InFlight       int         `json:"in_flight"`
	Attention      int         `json:"attention"`
	Cleared        int         `json:"cleared"`
	Waits          int         `json:"waits"` // of those pending: corrections of what is not cleared
	Late           int         `json:"late"`
	OldestDeadline *time.Time  `json:"oldest_deadline"`
	LastContact    *time.Time  `json:"last_contact"`
	Running        bool        `json:"running"` // a worker holds the journal
	AsOf           time.Time   `json:"as_of"`
	Endpoint       string      `json:"endpoint"` // untested, up, down, busy or unauthorized
	Cause          string      `json:"cause"`
	RetryAt        *time.Time  `json:"retry_at"`
	ClockOffset    *int64      `json:"clock_offset_s"` // how far this machine's clock is ahead of the recipient's
	Pressing       []pressing  `json:"pressing"`
	Held           []heldEntry `json:"held"`

	endpoint endpointState
}

// pressing counts the entries of one level.
type pressing struct {
	Level outsync.Level `json:"level"`
	Count int           `json:"count"`
}

// heldEntry is an entry that needs a person. Words are the recipient's own, or the
// cause where it gave none.
type heldEntry struct {
	Entry    string    `json:"entry"`
	Deadline time.Time `json:"deadline"`
	Words    string    `json:"words,omitempty"`
	// CorrectedBy is the entry that is delivered instead of it, or that waits for it.
	CorrectedBy string `json:"corrected_by,omitempty"`
}

// statusOf sums up what is owed.
func statusOf(c store.Counts, owed []record.Item, e endpointState, now time.Time) statusResult {
	if e.State == "" {
		e.State = outsync.Untested
	}
	contact := c.LastContact
	if e.LastContact.After(contact) {
		contact = e.LastContact
	}
	s := statusResult{
		Pending: c.Pending, InFlight: c.InFlight, Attention: c.Attention, Cleared: c.Cleared, Late: c.Late,
		OldestDeadline: instant(c.OldestDeadline), LastContact: instant(contact), AsOf: now.UTC().Round(time.Second),
		Endpoint: string(e.State), Cause: e.Cause, RetryAt: instant(e.RetryAt),
		Pressing: []pressing{}, Held: []heldEntry{}, endpoint: e,
	}
	if !e.Compared.IsZero() {
		seconds := int64(e.ClockOffset / time.Second)
		s.ClockOffset = &seconds
	}
	for _, n := range outsync.Pressing(owed, now) {
		s.Pressing = append(s.Pressing, pressing{n.Level, len(n.Entries)})
	}
	for _, item := range owedByPeople(owed) {
		s.Held = append(s.Held, heldEntry{item.Entry, item.DueAt().UTC(), item.LastError, item.CorrectedBy})
	}
	// What is owed counts by a clock that nobody can set, where there is one.
	if len(owed) > 0 {
		s.Late, s.OldestDeadline = 0, nil
		for _, item := range owed {
			if item.Waits && item.State == record.Pending {
				s.Waits++
			}
			if item.Late(now) {
				s.Late++
			}
			if due := item.DueAt(); s.OldestDeadline == nil || due.Before(*s.OldestDeadline) {
				s.OldestDeadline = instant(due)
			}
		}
	}
	return s
}

// forgetWords drops what the recipient said, which may name a patient.
func (s *statusResult) forgetWords() {
	for i := range s.Held {
		s.Held[i].Words = ""
	}
}

func (a *app) syncStatus(cmd *cobra.Command) error {
	result, err := a.status(cmd)
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.json(result)
	}
	a.showStatus(result)
	return nil
}

// status reads the journal or, while a worker holds it, what that worker last saw.
func (a *app) status(cmd *cobra.Command) (statusResult, error) {
	data, err := a.folder()
	if err != nil {
		return statusResult{}, err
	}
	keeper, err := openDeliveryKeeper(data)
	if err != nil {
		return statusResult{}, err
	}
	known := keeper.now()
	journal, err := a.openJournal(true)
	if err != nil {
		if record.CodeOf(err) == record.CodeLocked && record.ReasonOf(err) == store.ReasonJournalLocked && known.Status != nil {
			known.Status.Running = true
			return *known.Status, nil
		}
		return statusResult{}, err
	}
	counts, err := journal.Counts(cmd.Context())
	owed, owedErr := journal.Owed(cmd.Context())
	if err := errors.Join(err, owedErr, a.closeJournal(journal)); err != nil {
		return statusResult{}, err
	}
	return statusOf(counts, owed, known.Endpoint, time.Now()), nil
}

// showStatus says in one glance what waits, until when, and why.
func (a *app) showStatus(r statusResult) {
	waiting := r.Pending + r.InFlight
	a.printf("À envoyer : %d. À reprendre par une personne : %d. Envois confirmés : %d.\n", waiting, r.Attention, r.Cleared)
	if r.OldestDeadline != nil {
		a.printf("Prochaine échéance : %s (%s).\n", frenchTime(*r.OldestDeadline), frenchLeft(time.Until(*r.OldestDeadline)))
	}
	if r.Late > 0 {
		a.printf("%s\n", a.bold(fmt.Sprintf("En retard : %d.", r.Late)))
	}
	if r.LastContact != nil {
		a.printf("Dernier contact avec le destinataire : %s.\n", frenchTime(*r.LastContact))
	} else {
		a.printf("Aucun contact avec le destinataire jusqu’ici.\n")
	}
	if r.ClockOffset != nil {
		if say, next, wrong := clockInFrench(time.Duration(*r.ClockOffset) * time.Second); wrong {
			a.printf("%s\n→ %s\n", a.bold(say), next)
		}
	}
	if waiting > 0 {
		say, next := whyWaiting(r)
		a.printf("Pourquoi : %s\n→ %s\n", say, next)
	}
	for _, h := range r.Held {
		a.printf("À reprendre : %s (échéance %s)\n", h.Entry, frenchTime(h.Deadline))
		if h.Words != "" {
			a.printf("  « %s »\n", clean(h.Words))
		}
		if h.CorrectedBy != "" {
			a.printf("  "+sayHeldCorrected+"\n", h.CorrectedBy)
		}
	}
	if len(r.Held) > 0 {
		a.printf("→ %s\n", nextHeld)
	}
	if r.Running {
		a.printf(sayStatusRunning, frenchTime(r.AsOf))
	}
}

// instant returns nil for the zero time, which JSON writes as null.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
