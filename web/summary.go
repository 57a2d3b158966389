package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// summaryPage is the body of the page that shows a card.
type summaryPage struct {
	Visit     string
	Identity  identity
	Verdict   verdictView
	Partial   string // what a card that is not whole lacks, "" for a whole one
	Locked    bool
	WrongCode bool
	Withheld  bool
	Declared  bool
	Warnings  []string
	Allergies sectionView
	Treatment sectionView
	Alerts    []record.Alert
	Rest      []sectionView
	Contacts  []string
	Hidden    int // contacts that are not shown
	Abridged  int
	MayLack   string
	AskReason bool
	Reason    string
	Kept      bool // the journal has an entry of the opening
	Confirmed bool
	Signed    bool
	CanSign   bool
	Error     string
}

// identity is what is compared with the person in front of the doctor.
type identity struct {
	Name, Original, Born, Age, Sex, INS string
	Qualified                           bool
	Updated                             string
}

// verdictView is a verdict in words, and the class of its look.
type verdictView struct {
	Sentence, Next, Look string
}

// sectionView is one section: entries, or one of the two answers that are none.
type sectionView struct {
	Title   string
	Look    string // entries | none | unknown
	Answer  string // the words of none or unknown
	Lines   []line
	Missing string // entries that exist and are not shown
}

// Many reports whether the lines are better set in two columns.
func (s sectionView) Many() bool { return len(s.Lines) > 5 }

// line is one entry: what changes its meaning, what it is, the rest.
type line struct {
	Chips []string
	Name  string
	Rest  string
}

func (c *call) summary() error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return c.showSummary(http.StatusOK, v, "")
}

// showSummary shows a card whose visit is held.
func (c *call) showSummary(status int, v *visit, failure string) error {
	if !v.reading.openable() {
		return c.showScan(status, scanAgain(v))
	}
	body := c.summaryOf(v)
	body.Error = failure
	if !body.AskReason {
		c.journalOpening(v)
		body.Kept = v.opened
	}
	return c.show(status, "lecture", page{
		Title: titleSummary, Tab: "lecture", Wide: true, Refresh: int(c.opt.Idle.Seconds()) + 5, Body: body,
	})
}

// journalOpening makes an entry, once, of a card that is being read. A journal that
// cannot write must not keep allergies from a doctor: the card is shown, what failed is
// said, and the next page tries again.
func (c *call) journalOpening(v *visit) {
	if v.opened {
		return
	}
	err := c.opt.Journal.Opened(c.r.Context(), Opening{
		At: c.now, Author: c.session.account.author(), Patient: v.reading.Summary.Patient, Card: v.reading.Ref, Reason: v.reason,
	})
	if err != nil {
		say, next := c.explain(err)
		c.session.say(sayOpeningUnkept + " " + say + " " + next)
	}
	v.opened = err == nil
}

// summaryOf is all that the page shows of a visit.
func (c *call) summaryOf(v *visit) summaryPage {
	s, r := v.reading.Summary, v.reading
	body := summaryPage{
		Visit: v.id, Identity: identityOf(s, c.now), Verdict: verdictOf(r), Locked: r.Locked,
		WrongCode: r.Judgement.Lock == record.WrongCode, Withheld: r.Withheld, Declared: r.Declared,
		Warnings: plainAll(r.Warnings), AskReason: v.needsReason(), Reason: v.reason,
		Confirmed: !v.confirmed.IsZero(), Signed: v.entry != "", CanSign: true,
		Abridged: s.Abridged, MayLack: record.MayBeIncomplete, Hidden: s.ContactsOmitted,
	}
	if r.Judgement.Verdict == record.Incomplete {
		body.Partial = partialWords(r)
	}
	body.Alerts = plainAlerts(s.Alerts(c.now))
	for _, info := range record.SectionInfos {
		view := c.section(s, info, r)
		switch info.ID {
		case record.Allergies:
			body.Allergies = view
		case record.Medications:
			body.Treatment = view
		default:
			if info.Mandatory || s.Section(info.ID).State() != record.NoInformation {
				body.Rest = append(body.Rest, view)
			}
		}
	}
	for _, contact := range s.Contacts {
		body.Contacts = append(body.Contacts, plain(c.opt.Words.Contact(contact)))
	}
	return body
}

func identityOf(s *record.Summary, now time.Time) identity {
	p := s.Patient
	id := identity{
		Name: plain(p.Name()), Born: bornWords(p, now), Sex: p.Sex.French(), INS: p.INS.Grouped(),
		Qualified: p.Qualified, Updated: s.UpdatedAt.French(),
	}
	if p.Original != p.Name() {
		id.Original = plain(p.Original)
	}
	if age, ok := record.AgeAt(p.BirthDate, now); ok {
		id.Age = ageWords(age)
	}
	return id
}

func (c *call) section(s *record.Summary, info record.SectionInfo, r Reading) sectionView {
	section := s.Section(info.ID)
	view := sectionView{Title: info.Title, Look: "entries"}
	switch section.State() {
	case record.NoneKnown:
		view.Look, view.Answer = "none", info.NoneKnown
	case record.NoInformation:
		view.Look, view.Answer = "unknown", record.NotFilledIn
	}
	for i := range section.Len() {
		view.Lines = append(view.Lines, lineOf(c.opt.Words.Entry(s, info.ID, i, c.now), section.TitleOf(i)))
	}
	if n := section.Missing(); n > 0 {
		view.Missing = missingWords(n, section.Len() > 0, r)
		if r.Withheld && section.Len() == 0 {
			view.Look = "unknown"
		}
	}
	return view
}

// lineOf takes the words of an entry apart around its title: what stands before it
// in brackets changes its meaning, what follows completes it.
func lineOf(text, title string) line {
	text, title = unbroken.Replace(plain(text)), unbroken.Replace(plain(title))
	at := strings.Index(text, title)
	if title == "" || at < 0 {
		return line{Name: text}
	}
	l := line{Name: title}
	for _, chip := range strings.FieldsFunc(text[:at], func(r rune) bool { return r == '[' || r == ']' }) {
		if chip = strings.TrimSpace(chip); chip != "" {
			l.Chips = append(l.Chips, chip)
		}
	}
	l.Rest = strings.TrimLeft(text[at+len(title):], " \u00a0\u202f:,;")
	return l
}

// summaryReason opens a card whose consent has expired, for a reason that is kept.
func (c *call) summaryReason() error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	reason := strings.Join(strings.Fields(c.r.PostFormValue("motif")), " ")
	if n := len([]rune(reason)); n < 4 || n > 500 || !clean(reason) {
		return c.showSummary(http.StatusBadRequest, v, sayReasonMissing)
	}
	if v.reason == "" {
		v.reason = reason
	}
	return c.redirect("/lecture/" + v.id)
}

// summaryCode tries the patient's code.
func (c *call) summaryCode() error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	// Each try takes 64 MiB for a moment: two at a time at most.
	leave, err := c.busy(c.readings)
	if err != nil {
		return err
	}
	defer leave()
	code := c.r.PostFormValue("code")
	readings, err := c.opt.Reader.Read(c.r.Context(), v.texts, code)
	if err != nil {
		say, next := c.explain(err)
		return c.showSummary(http.StatusBadRequest, v, say+" "+next)
	}
	for _, r := range readings {
		if v.sameCard(r) && v.entry == "" {
			v.take(r)
			if !r.Locked {
				v.code = code
			}
		}
	}
	return c.redirect("/lecture/" + v.id)
}

// summaryConfirm is "c'est bien la personne devant moi": without it nothing is
// written, and so nothing is signed.
func (c *call) summaryConfirm() error {
	v, err := c.visit()
	if err != nil {
		return err
	}
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.needsReason() || !v.reading.openable():
		return c.redirect("/lecture/" + v.id)
	case c.r.PostFormValue("personne") != "oui":
		return c.showSummary(http.StatusBadRequest, v, sayNotConfirmed)
	}
	if v.confirmed.IsZero() {
		v.confirmed = c.now
	}
	return c.redirect("/lecture/" + v.id + "/note")
}
