package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// notePage is the body of the page on which a doctor writes.
type notePage struct {
	Visit     string
	Identity  identity
	Allergies sectionView
	Written   written
	Error     string
}

// signPage is the body of the page on which it is read once more and signed.
type signPage struct {
	Visit         string
	Identity      identity
	Allergies     sectionView
	Note          string
	Prescriptions []checked
	Orders        []checked
	Reason        string
	Danger        bool // a prescription of a class of an allergy
	Author        record.Author
	Version       string
	Deadline      time.Time
	Disclaimer    string
	Error         string
}

// checked is one line with what the rules say of it.
type checked struct {
	Line   string
	Codes  string // by which it was compared
	Alerts []record.Alert
}

// signedPage is the body of the page after signing.
type signedPage struct {
	Visit     string
	Patient   string
	Entry     string
	Deadline  time.Time
	Duplicate bool
	Delivers  bool
}

// writable returns the visit when something may be written about it, or where to go
// instead.
func (c *call) writable() (v *visit, elsewhere string, err error) {
	v, err = c.visit()
	if err != nil {
		return nil, "", err
	}
	v.mu.Lock()
	switch {
	case v.entry != "":
		elsewhere = "/lecture/" + v.id + "/fin"
	case v.confirmed.IsZero() || v.needsReason():
		elsewhere = "/lecture/" + v.id
	default:
		return v, "", nil // held: the caller lets go
	}
	v.mu.Unlock()
	return v, elsewhere, nil
}

func (c *call) noteForm() error {
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		return c.redirect(elsewhere)
	}
	defer v.mu.Unlock()
	return c.showNote(http.StatusOK, v, v.written, "")
}

func (c *call) showNote(status int, v *visit, w written, failure string) error {
	s := v.reading.Summary
	info, _ := record.InfoOf(record.Allergies)
	return c.show(status, "note", page{Title: titleNote, Tab: "lecture", Scripts: []string{"note.js"}, Body: notePage{
		Visit: v.id, Identity: identityOf(s, c.now), Allergies: c.section(s, info, v.reading), Written: w, Error: failure,
	}})
}

// maxWritten bounds what is written, in bytes: a note is at most 1 MiB with its lists.
const maxWritten = 900 << 10

// written reads the form.
func (c *call) written() (written, error) {
	err := parseForm(c.w, c.r)
	// Forms send line ends as CR LF, scripts as they are: one text has one form here.
	value := func(name string) string { return strings.ReplaceAll(c.r.PostFormValue(name), "\r\n", "\n") }
	return written{Note: value("note"), Prescriptions: value("prescriptions"), Orders: value("examens")}, err
}

// refused says why something written cannot be taken, or "".
func (w written) refused() string {
	all := w.Note + w.Prescriptions + w.Orders
	switch {
	case w.empty():
		return sayNothingWritten
	case len(all) > maxWritten || !clean(all):
		return sayNoteRefused
	}
	return ""
}

func (c *call) noteWritten() error {
	w, err := c.written()
	if err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		return c.redirect(elsewhere)
	}
	defer v.mu.Unlock()
	if say := w.refused(); say != "" {
		return c.showNote(http.StatusBadRequest, v, w, say)
	}
	v.written = w
	return c.redirect("/lecture/" + v.id + "/signer")
}

// noteKept keeps what is being written while the page is open, so that a locked or
// reloaded page loses nothing. The script of the page asks for it.
func (c *call) noteKept() error {
	w, err := c.written()
	if err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		c.w.WriteHeader(http.StatusConflict)
		return nil
	}
	defer v.mu.Unlock()
	if len(w.Note)+len(w.Prescriptions)+len(w.Orders) > maxWritten {
		c.w.WriteHeader(http.StatusRequestEntityTooLarge)
		return nil
	}
	v.written = w
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) signForm() error {
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		return c.redirect(elsewhere)
	}
	defer v.mu.Unlock()
	if v.written.empty() {
		return c.redirect("/lecture/" + v.id + "/note")
	}
	return c.showSign(http.StatusOK, v, "")
}

func (c *call) signPageOf(v *visit) signPage {
	s := v.reading.Summary
	info, _ := record.InfoOf(record.Allergies)
	body := signPage{
		Visit: v.id, Identity: identityOf(s, c.now), Allergies: c.section(s, info, v.reading),
		Note: strings.TrimSpace(v.written.Note), Reason: v.reason, Author: c.session.account.author(),
		Version: v.written.version(), Deadline: v.confirmed.Add(record.SyncWithin), Disclaimer: record.NoInteractionChecker,
	}
	for _, text := range lines(v.written.Prescriptions) {
		drug := drugOf(text)
		one := checked{Line: text, Codes: strings.Join(record.ATCOf(drug), ", "), Alerts: plainAlerts(s.CheckPrescription(drug, c.now))}
		for _, a := range one.Alerts {
			body.Danger = body.Danger || a.Level == record.Danger
		}
		body.Prescriptions = append(body.Prescriptions, one)
	}
	for _, text := range lines(v.written.Orders) {
		body.Orders = append(body.Orders, checked{Line: text, Alerts: plainAlerts(s.CheckOrder(record.Text(text), c.now))})
	}
	return body
}

func (c *call) showSign(status int, v *visit, failure string) error {
	body := c.signPageOf(v)
	body.Error = failure
	return c.show(status, "signer", page{Title: titleSign, Tab: "lecture", Body: body})
}

// sign writes the consultation to the journal.
func (c *call) sign() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		return c.redirect(elsewhere)
	}
	defer v.mu.Unlock()
	body := c.signPageOf(v)
	switch {
	case v.written.refused() != "":
		return c.redirect("/lecture/" + v.id + "/note")
	case c.r.PostFormValue("version") != body.Version:
		// Another tab changed it after this one was read.
		return c.showSign(http.StatusConflict, v, sayChangedMeanwhile)
	case body.Danger && c.r.PostFormValue("malgre") != "oui":
		return c.showSign(http.StatusBadRequest, v, sayDangerUnread)
	}
	consultation, err := v.consult(c.session.account.author())
	if err != nil {
		return err
	}
	if c.opt.Signing != nil {
		c.opt.Signing(consultation.ID, v.reading.Summary)
	}
	entry, duplicate, err := c.opt.Journal.Record(c.r.Context(), consultation, c.now)
	if err != nil {
		say, next := c.explain(err)
		return c.showSign(statusOf(err), v, sayNotRecorded+" "+say+" "+next)
	}
	v.entry, v.duplicate, v.deadline = entry, duplicate, consultation.Deadline()
	return c.redirect("/lecture/" + v.id + "/fin")
}

func (c *call) signed() error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.entry == "" {
		return c.redirect("/lecture/" + v.id)
	}
	status, err := c.opt.Outbox.Status(c.r.Context())
	return c.show(http.StatusOK, "fin", page{Title: titleSigned, Tab: "lecture", Body: signedPage{
		Visit: v.id, Patient: plain(v.reading.Summary.Patient.Name()), Entry: v.entry, Deadline: v.deadline,
		Duplicate: v.duplicate, Delivers: err == nil && status.Delivers,
	}})
}
