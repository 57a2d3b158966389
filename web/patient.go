package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// sheetDraft is what a patient is about to print. It is guarded by its session's mu
// and is never changed once it is there: a change is another draft.
type sheetDraft struct {
	summary *record.Summary
	left    []record.LeftOut // of the import
	sheet   *Sheet
	form    patientForm
}

func (c *call) draft() *sheetDraft {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return c.session.draft
}

func (c *call) setDraft(d *sheetDraft) {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.session.draft = d
}

// showPatient renders one page of the patient's corner.
func (c *call) showPatient(status int, name, title string, body any) error {
	return c.show(status, name, page{Title: title, Tab: "patient", Body: body})
}

// patientStartPage is the body of the first page.
type patientStartPage struct {
	Draft string // whose sheet is under way, "" for none
	Error string
}

func (c *call) patientStart() error {
	var body patientStartPage
	if d := c.draft(); d != nil && d.summary != nil {
		body.Draft = plain(d.summary.Patient.Name())
	}
	return c.showPatient(http.StatusOK, "patient", titlePatient, body)
}

// patientImport takes a summary from a file.
func (c *call) patientImport() error {
	leave, err := c.busy(c.uploads)
	if err != nil {
		return err
	}
	defer leave()
	u, err := c.upload()
	if err != nil {
		return err
	}
	if len(u.files["fichier"]) != 1 {
		return c.showPatient(http.StatusBadRequest, "patient", titlePatient, patientStartPage{Error: sayNoSummary})
	}
	s, left, err := c.opt.Printer.Import(c.r.Context(), u.files["fichier"][0])
	if err != nil {
		say, next := c.explain(err)
		return c.showPatient(statusOf(err), "patient", titlePatient, patientStartPage{Error: say + " " + next})
	}
	s.SortAt(c.now)
	left = append(left, s.ApplyAge(c.now)...)
	c.setDraft(&sheetDraft{summary: s, left: left})
	return c.redirect("/patient/choix")
}

// choosePage is the body of the page on which elements are masked.
type choosePage struct {
	Identity identity
	Gaps     []gap
	Sections []maskSection
	Left     []record.LeftOut
	Issuer   string // who signs on this machine, "" for nobody
	Error    string
}

// gap is something that the sheet lacks and a doctor will look for.
type gap struct {
	Title, Why string
	Loud       bool
}

type maskSection struct {
	Title  string
	Answer string // for a section without entries
	Look   string
	Lines  []maskLine
}

type maskLine struct {
	line
	Element string // as [record.Summary.Mask] takes it
}

func (c *call) patientChoose() error {
	d := c.draft()
	if d == nil || d.summary == nil {
		return c.redirect("/patient")
	}
	return c.showChoice(http.StatusOK, d, "")
}

func (c *call) showChoice(status int, d *sheetDraft, failure string) error {
	s := d.summary
	body := choosePage{Identity: identityOf(s, c.now), Gaps: gapsOf(s), Left: plainLeft(d.left), Issuer: c.signer(), Error: failure}
	for _, info := range record.SectionInfos {
		section := s.Section(info.ID)
		if !info.Mandatory && section.State() == record.NoInformation {
			continue
		}
		view := c.section(s, info, Reading{Complete: true})
		m := maskSection{Title: info.Title, Answer: view.Answer, Look: view.Look}
		for i, l := range view.Lines {
			m.Lines = append(m.Lines, maskLine{l, string(info.ID) + ":" + strconv.Itoa(i+1)})
		}
		body.Sections = append(body.Sections, m)
	}
	if len(s.Contacts) > 0 {
		m := maskSection{Title: titleContacts, Look: "entries"}
		for i, contact := range s.Contacts {
			m.Lines = append(m.Lines, maskLine{line{Name: plain(c.opt.Words.Contact(contact))}, "contacts:" + strconv.Itoa(i+1)})
		}
		body.Sections = append(body.Sections, m)
	}
	return c.showPatient(status, "choix", titleChoose, body)
}

// signer is who may sign a sheet, "" for nobody. In a kiosk nobody has looked at what
// was filled in, and so nobody vouches for it.
func (c *call) signer() string {
	if c.opt.Kiosk {
		return ""
	}
	return c.opt.Issuer
}

// gapsOf tells what is missing, allergies first.
func gapsOf(s *record.Summary) []gap {
	var all []gap
	if s.Allergies.State() == record.NoInformation {
		all = append(all, gap{gapAllergies, gapAllergiesWhy, true})
	}
	if s.Medications.State() == record.NoInformation {
		all = append(all, gap{gapTreatments, gapTreatmentsWhy, true})
	}
	if !s.Patient.BirthDate.Known() {
		all = append(all, gap{gapBirth, gapBirthWhy, false})
	}
	if len(s.Contacts) == 0 {
		all = append(all, gap{gapContact, gapContactWhy, false})
	}
	if s.Problems.State() == record.NoInformation {
		all = append(all, gap{gapProblems, gapProblemsWhy, false})
	}
	return all
}

// patientPrint makes the sheet.
func (c *call) patientPrint() error {
	d := c.draft()
	if d == nil || d.summary == nil {
		return c.redirect("/patient")
	}
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	masked := *d.summary
	left, err := masked.Mask(c.r.PostForm["masquer"]...)
	if err != nil {
		say, next := c.explain(err)
		return c.showChoice(statusOf(err), d, say+" "+next)
	}
	leave, err := c.busy(c.readings)
	if err != nil {
		return err
	}
	defer leave()
	sheet, err := c.opt.Printer.Sheet(c.r.Context(), &masked, SheetOptions{
		At: c.now, Declared: c.signer() == "" || c.r.PostFormValue("signature") != "cabinet",
		Code: c.r.PostFormValue("code") == "oui", Wallet: c.r.PostFormValue("carte") == "oui",
	})
	if err != nil {
		say, next := c.explain(err)
		return c.showChoice(statusOf(err), d, say+" "+next)
	}
	sheet.LeftOut = append(append(append([]record.LeftOut{}, d.left...), left...), sheet.LeftOut...)
	c.setDraft(&sheetDraft{summary: d.summary, left: d.left, form: d.form, sheet: &sheet})
	return c.redirect("/patient/feuille")
}

// sheetPage is the body of the page that shows the sheet.
type sheetPage struct {
	Name     string
	Pages    []int
	Code     string
	Symbols  int
	Left     []record.LeftOut
	Warnings []string
	Issuer   string
	Gaps     []gap
}

func (c *call) patientSheet() error {
	d := c.draft()
	if d == nil || d.sheet == nil {
		return c.redirect("/patient")
	}
	body := sheetPage{
		Name: plain(d.summary.Patient.Name()), Code: d.sheet.Code, Symbols: d.sheet.Symbols, Left: plainLeft(d.sheet.LeftOut),
		Warnings: plainAll(d.sheet.Warnings), Issuer: plain(d.sheet.Issuer),
	}
	for i := range d.sheet.Pages {
		body.Pages = append(body.Pages, i+1)
	}
	return c.showPatient(http.StatusOK, "feuille", titleSheet, body)
}

// pdfPolicy lets the browser's own viewer show the sheet.
const pdfPolicy = "default-src 'none'; object-src 'self'; frame-ancestors 'none'"

func (c *call) patientPDF() error {
	d := c.draft()
	if d == nil || d.sheet == nil {
		return c.redirect("/patient")
	}
	c.w.Header().Set("Content-Security-Policy", pdfPolicy)
	c.w.Header().Set("Content-Type", "application/pdf")
	c.w.Header().Set("Content-Disposition", `inline; filename="feuille.pdf"`)
	_, _ = c.w.Write(d.sheet.PDF)
	return nil
}

func (c *call) patientPage() error {
	d := c.draft()
	n, err := strconv.Atoi(c.r.PathValue("n"))
	if d == nil || d.sheet == nil || err != nil || n < 1 || n > len(d.sheet.Pages) {
		return errNowhere
	}
	c.w.Header().Set("Content-Type", "image/png")
	_, _ = c.w.Write(d.sheet.Pages[n-1])
	return nil
}

// patientEnd forgets everything. In a kiosk the next person is another session.
func (c *call) patientEnd() error {
	c.setDraft(nil)
	if c.opt.Kiosk {
		c.sessions.end(c.w, c.session)
	}
	return c.redirect("/patient")
}

// today is the date of update of a summary that is filled in now.
func today(now time.Time) record.Date { return record.DayOf(now) }
