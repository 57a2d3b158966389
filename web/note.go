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
	Version   string    // of the text that the visit has
	SavedAt   time.Time // when that was kept; zero: it is not
	Photos    int
	Other     string // what another tab wrote, where it differs
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
	Photos        []photoView
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
	Error     string
	Lost      string // what another tab wrote and nobody signed
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
		c.journalOpening(v)
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
	body := notePage{
		Visit: v.id, Identity: identityOf(s, c.now), Allergies: c.section(s, info, v.reading), Written: w, Error: failure,
		Version: v.written.version(), SavedAt: v.savedAt,
	}
	photos, err := c.photographs(v)
	if err != nil {
		return err
	}
	body.Photos = len(photos)
	if w.version() != body.Version && !v.written.empty() {
		body.Other = plain(v.consultation().Text())
	}
	return c.show(status, "note", page{Title: titleNote, Tab: "lecture", Scripts: []string{"note.js"}, Body: body})
}

// maxWritten bounds what is written, in bytes: a note is at most 1 MiB with its lists.
const maxWritten = 900 << 10

// written reads the form. version is that of the text which the page began with.
func (c *call) written() (w written, version string, err error) {
	err = parseForm(c.w, c.r)
	// Forms send line ends as CR LF, scripts as they are: one text has one form here.
	value := func(name string) string { return strings.ReplaceAll(c.r.PostFormValue(name), "\r\n", "\n") }
	w = written{Note: value("note"), Prescriptions: value("prescriptions"), Orders: value("examens")}
	return w, c.r.PostFormValue("version"), err
}

// refused says why something written cannot be kept, or "".
func (w written) refused() string {
	if all := w.Note + w.Prescriptions + w.Orders; len(all) > maxWritten || !clean(all) {
		return sayNoteRefused
	}
	return ""
}

// unsignable says why something written cannot be signed, or "".
func (w written) unsignable() string {
	if w.empty() {
		return sayNothingWritten
	}
	return w.refused()
}

// keep takes what a page says over into the visit and into the journal's drafts. A
// page that began with another text than the visit has must not undo what another tab
// wrote. status is 200 when it is kept. The visit is held.
func (c *call) keep(v *visit, w written, version string) (status int, say string) {
	same := w.version() == v.written.version()
	switch {
	case w.refused() != "":
		return http.StatusBadRequest, w.refused()
	case !same && !v.written.empty() && version != v.written.version():
		return http.StatusConflict, sayWrittenElsewhere
	case same && !v.savedAt.IsZero(), same && w.empty():
		return http.StatusOK, ""
	}
	before := v.written
	v.written = w
	err := c.save(v)
	switch {
	case err == nil:
		return http.StatusOK, ""
	case signedMeanwhile(err):
		v.written = before
		return http.StatusConflict, saySignedElsewhere
	}
	// Memory has it, so that a reloaded page still shows it; the disk has not.
	v.savedAt = time.Time{}
	why, next := c.explain(err)
	return statusOf(err), sayDraftUnkept + " " + why + " " + next
}

func (c *call) noteWritten() error {
	w, version, err := c.written()
	if err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		return c.tooLate(elsewhere, w)
	}
	defer v.mu.Unlock()
	if status, say := c.keep(v, w, version); say != "" {
		return c.showNote(status, v, w, say)
	}
	if say := w.unsignable(); say != "" {
		return c.showNote(http.StatusBadRequest, v, w, say)
	}
	return c.redirect("/lecture/" + v.id + "/signer")
}

// keptAnswer is what the page's script is told.
type keptAnswer struct {
	Version string `json:"version,omitempty"` // of the text that is kept
	Say     string `json:"say"`
}

// noteKept keeps what is being written. The script of the page asks for it, and a
// button of the page where there is no script.
func (c *call) noteKept() error {
	w, version, err := c.written()
	if err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil {
		return err
	}
	if elsewhere != "" {
		if c.wantsJSON() {
			c.json(http.StatusConflict, keptAnswer{Say: saySignedElsewhere})
			return nil
		}
		return c.tooLate(elsewhere, w)
	}
	defer v.mu.Unlock()
	status, say := c.keep(v, w, version)
	if !c.wantsJSON() {
		if say == "" && c.r.URL.Query().Get("puis") == "photos" {
			return c.redirect("/lecture/" + v.id + "/photos")
		}
		return c.showNote(status, v, w, say)
	}
	answer := keptAnswer{Say: say}
	if say == "" {
		answer = keptAnswer{Version: w.version(), Say: keptWords(v.savedAt)}
	}
	c.json(status, answer)
	return nil
}

// noteLocked keeps what was typed into a page whose session was locked meanwhile, and
// shows nothing: without it a page without scripts would lose an hour's typing.
func (c *call) noteLocked() error {
	back := "/lecture/" + c.r.PathValue("visit")
	if w, version, err := c.written(); err == nil {
		if v := c.session.visit(c.r.PathValue("visit")); v != nil {
			v.mu.Lock()
			if v.entry == "" && !v.confirmed.IsZero() && !v.needsReason() {
				back += "/note"
				if _, say := c.keep(v, w, version); say != "" {
					c.session.say(say)
				}
			}
			v.mu.Unlock()
		}
	}
	c.session.mu.Lock()
	c.session.back = back
	c.session.mu.Unlock()
	return c.redirect("/verrou")
}

// tooLate says that a consultation was signed while another tab still wrote, and shows
// what that tab wrote and nobody signed.
func (c *call) tooLate(elsewhere string, w written) error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.entry == "" {
		return c.redirect(elsewhere)
	}
	lost := ""
	if w.version() != v.written.version() && !w.empty() {
		c := v.consultation()
		c.Note, c.Prescriptions, c.Orders = strings.TrimSpace(w.Note), lines(w.Prescriptions), lines(w.Orders)
		lost = plain(c.Text())
	}
	return c.showSigned(http.StatusConflict, v, saySignedElsewhere, lost)
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

func (c *call) signPageOf(v *visit) (signPage, error) {
	photos, err := c.photographs(v)
	s := v.reading.Summary
	info, _ := record.InfoOf(record.Allergies)
	body := signPage{
		Visit: v.id, Identity: identityOf(s, c.now), Allergies: c.section(s, info, v.reading),
		Note: strings.TrimSpace(v.written.Note), Reason: v.reason, Author: c.session.account.author(),
		Version: v.written.version() + photoVersion(photos), Photos: photoViews(v.id, photos), Deadline: v.confirmed.Add(record.SyncWithin), Disclaimer: record.NoInteractionChecker,
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
	return body, err
}

func (c *call) showSign(status int, v *visit, failure string) error {
	body, err := c.signPageOf(v)
	if err != nil {
		return err
	}
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
		return c.tooLate(elsewhere, written{})
	}
	defer v.mu.Unlock()
	body, err := c.signPageOf(v)
	if err != nil {
		return err
	}
	switch {
	case v.written.unsignable() != "":
		return c.redirect("/lecture/" + v.id + "/note")
	case c.r.PostFormValue("version") != body.Version:
		// Another tab changed it after this one was read.
		return c.showSign(http.StatusConflict, v, sayChangedMeanwhile)
	case body.Danger && c.r.PostFormValue("malgre") != "oui":
		return c.showSign(http.StatusBadRequest, v, sayDangerUnread)
	}
	if v.savedAt.IsZero() {
		err = c.save(v)
	}
	var duplicate bool
	var entry string
	consultation := v.consultation()
	if err == nil {
		if c.opt.Signing != nil {
			c.opt.Signing(consultation.ID, v.reading.Summary)
		}
		entry, duplicate, err = c.opt.Journal.Sign(c.r.Context(), consultation, c.now)
	}
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
	return c.showSigned(http.StatusOK, v, "", "")
}

func (c *call) showSigned(status int, v *visit, failure, lost string) error {
	outbox, err := c.opt.Outbox.Status(c.r.Context())
	return c.show(status, "fin", page{Title: titleSigned, Tab: "lecture", Body: signedPage{
		Visit: v.id, Patient: plain(v.reading.Summary.Patient.Name()), Entry: v.entry, Deadline: v.deadline,
		Duplicate: v.duplicate, Delivers: err == nil && outbox.Delivers, Error: failure, Lost: lost,
	}})
}
