package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// Corrections are what is done about an entry beside sending it.
type Corrections interface {
	// Correct makes an entry that corrects the one of that identifier, as c says it. The
	// same correction twice is one entry, and duplicate is true; another one of an entry
	// that has one is a conflict.
	Correct(ctx context.Context, entry string, c record.Consultation, signedAt time.Time) (made string, duplicate bool, err error)
	// Evidence writes what somebody else can check of an entry, as a zip file: of all
	// entries what says nothing of patients, and the content of this one when asked.
	Evidence(ctx context.Context, w io.Writer, entry string, content bool) error
}

// correctPage is the body of the page on which a signed entry is corrected.
type correctPage struct {
	Entry   string
	Patient string
	Signed  string // what was signed
	Written written
	Author  record.Author
	Instead bool // the recipient refused the entry
	Error   string
}

// correctable returns an entry that a correction may be made of.
func (c *call) correctable() (EntryDetail, error) {
	d, err := c.opt.Outbox.Entry(c.r.Context(), c.r.PathValue("entry"))
	if err == nil && !d.correctable() {
		err = &record.Error{Code: record.CodeConflict, Op: "correct entry", Reason: ReasonNotCorrectable}
	}
	return d, err
}

func (d EntryDetail) correctable() bool {
	note := d.Item.Kind == record.KindConsultation || d.Item.Kind == record.KindCorrection
	return note && d.Item.CorrectedBy == ""
}

// ReasonNotCorrectable is the reason of an entry that no correction can be made of.
const ReasonNotCorrectable = "not_correctable"

func (c *call) correctForm() error {
	d, err := c.correctable()
	if err != nil {
		return err
	}
	w, kept := c.session.correction(d.Item.Entry)
	if !kept {
		w = writtenOf(d.Consultation)
	}
	return c.showCorrect(http.StatusOK, d, w, "")
}

func (c *call) showCorrect(status int, d EntryDetail, w written, failure string) error {
	body := correctPage{
		Entry: d.Item.Entry, Patient: plain(d.Patient), Signed: plain(d.Consultation.Text()), Written: w,
		Author: c.session.account.author(), Instead: d.Item.State == record.Attention, Error: failure,
	}
	return c.show(status, "corriger", page{Title: titleCorrect, Tab: "envois", Scripts: []string{"note.js"}, Body: body})
}

// correctKept keeps what is being written in the session, so that a locked or reloaded
// page loses nothing.
func (c *call) correctKept() error {
	w, _, err := c.written()
	if err != nil {
		return err
	}
	if say := w.refused(); say != "" {
		c.json(http.StatusBadRequest, keptAnswer{Say: say})
		return nil
	}
	c.session.keepCorrection(c.r.PathValue("entry"), w)
	c.json(http.StatusOK, keptAnswer{Version: w.version(), Say: sayCorrectionKept})
	return nil
}

// correctLocked keeps what was typed into a page whose session was locked meanwhile.
func (c *call) correctLocked() error {
	if w, _, err := c.written(); err == nil && w.refused() == "" {
		c.session.keepCorrection(c.r.PathValue("entry"), w)
	}
	c.session.mu.Lock()
	c.session.back = "/envois/" + c.r.PathValue("entry") + "/corriger"
	c.session.mu.Unlock()
	return c.redirect("/verrou")
}

// corrected signs a correction.
func (c *call) corrected() error {
	w, _, err := c.written()
	if err != nil {
		return err
	}
	d, err := c.correctable()
	if err != nil {
		return err
	}
	made := d.Consultation
	made.ID, made.Author = "", c.session.account.author()
	made.Note, made.Prescriptions, made.Orders = strings.TrimSpace(w.Note), lines(w.Prescriptions), lines(w.Orders)
	switch say := w.unsignable(); {
	case say != "":
		return c.showCorrect(http.StatusBadRequest, d, w, say)
	case made.Text() == d.Consultation.Text():
		return c.showCorrect(http.StatusBadRequest, d, w, sayNothingCorrected)
	case c.r.PostFormValue("signer") != "oui":
		return c.showCorrect(http.StatusBadRequest, d, w, sayCorrectionUnsigned)
	}
	id, duplicate, err := c.opt.Corrections.Correct(c.r.Context(), d.Item.Entry, made, c.now)
	if err != nil {
		say, next := c.explain(err)
		return c.showCorrect(statusOf(err), d, w, sayNotRecorded+" "+say+" "+next)
	}
	c.session.dropCorrection(d.Item.Entry)
	c.session.say(correctedWords(duplicate))
	return c.redirect("/envois/" + id)
}

// maxCorrections is how many corrections one session keeps while they are written.
const maxCorrections = 20

func (s *session) correction(entry string) (written, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.corrections[entry]
	return w, ok
}

func (s *session) keepCorrection(entry string, w written) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corrections == nil || len(s.corrections) >= maxCorrections {
		s.corrections = map[string]written{}
	}
	s.corrections[entry] = w
}

func (s *session) dropCorrection(entry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.corrections, entry)
}

// evidence sends what somebody else can check of an entry.
func (c *call) evidence() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	id := c.r.PathValue("entry")
	if _, err := c.opt.Outbox.Entry(c.r.Context(), id); err != nil {
		return err
	}
	out := &lateHeader{w: c.w}
	err := c.opt.Corrections.Evidence(c.r.Context(), out, id, c.r.PostFormValue("contenu") == "oui")
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // half an export must not look like a whole one
	}
	return err
}

// lateHeader says what a file is when its first bytes come, so that an error before
// them is a page.
type lateHeader struct {
	w     http.ResponseWriter
	begun bool
}

func (l *lateHeader) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/zip")
		l.w.Header().Set("Content-Disposition", `attachment; filename="preuve-zone-blanche.zip"`)
	}
	return l.w.Write(p)
}
