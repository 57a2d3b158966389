package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// patientForm is a summary as a person fills it in: words, one entry a line.
type patientForm struct {
	BirthName, UsedName, GivenNames string
	BirthDate                       string // yyyy-mm-dd, as browsers send a date
	Sex                             string
	Allergies, Treatments, Problems answer
	ContactName, ContactPhone       string
	DoctorName, DoctorPhone         string
	Error                           string
}

// answer is one question with three answers: a list, none, or no answer.
type answer struct {
	State string // "liste", "aucun" or ""
	List  string
}

func (c *call) patientForm() error {
	var form patientForm
	if d := c.draft(); d != nil {
		form = d.form
	}
	return c.showForm(http.StatusOK, form)
}

// formRefresh is when the form forgets itself in a kiosk without JavaScript, where
// nobody can tell who types from who has left: filling it in takes minutes.
const formRefresh = 900

func (c *call) showForm(status int, form patientForm) error {
	p := page{Title: titleForm, Tab: "patient", Body: form}
	if c.opt.Kiosk {
		p.Refresh = formRefresh
	}
	return c.show(status, "saisie", p)
}

func (c *call) patientFilled() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	value := func(name string) string { return strings.Join(strings.Fields(c.r.PostFormValue(name)), " ") }
	list := func(name string) answer { return answer{value(name + "-reponse"), c.r.PostFormValue(name)} }
	form := patientForm{
		BirthName: value("nom-naissance"), UsedName: value("nom-utilise"), GivenNames: value("prenoms"),
		BirthDate: value("naissance"), Sex: value("sexe"),
		Allergies: list("allergies"), Treatments: list("traitements"), Problems: list("problemes"),
		ContactName: value("contact-nom"), ContactPhone: value("contact-telephone"),
		DoctorName: value("medecin-nom"), DoctorPhone: value("medecin-telephone"),
	}
	s, refused := form.summary(c.now)
	if refused != "" {
		form.Error = refused
		return c.showForm(http.StatusBadRequest, form)
	}
	c.setDraft(&sheetDraft{summary: s, form: form})
	return c.redirect("/patient/choix")
}

// Bounds of a form.
const (
	maxLine  = 300 // characters of one entry
	maxLines = 60
)

// summary is what the form says, or why it cannot be taken.
func (f patientForm) summary(now time.Time) (s *record.Summary, refused string) {
	all := []string{f.BirthName, f.UsedName, f.GivenNames, f.ContactName, f.ContactPhone, f.DoctorName, f.DoctorPhone}
	entries := map[string][]string{}
	for name, a := range map[string]answer{"allergies": f.Allergies, "traitements": f.Treatments, "problemes": f.Problems} {
		entries[name] = lines(a.List)
		switch {
		case a.State == "aucun" && len(entries[name]) > 0:
			return nil, sayContradiction
		case len(entries[name]) > maxLines:
			return nil, sayTooLong
		}
		all = append(all, entries[name]...)
	}
	for _, text := range all {
		if len([]rune(text)) > maxLine || !clean(text) {
			return nil, sayTooLong
		}
	}
	birth, err := record.ParseDate(f.BirthDate)
	switch {
	case f.BirthName == "" || f.GivenNames == "":
		return nil, sayNoIdentity
	case err != nil || birth.InFuture(now):
		return nil, sayBirthDate
	}
	s = &record.Summary{UpdatedAt: today(now), Language: "fr-FR", Patient: record.Patient{
		BirthName: f.BirthName, UsedName: f.UsedName, GivenNames: strings.Fields(f.GivenNames), BirthDate: birth,
	}}
	switch record.Sex(f.Sex) {
	case record.Female, record.Male, record.Other:
		s.Patient.Sex = record.Sex(f.Sex)
	}
	for _, text := range entries["allergies"] {
		s.Allergies.Entries = append(s.Allergies.Entries, record.Allergy{Substance: record.Text(text), Status: "active"})
	}
	for _, text := range entries["traitements"] {
		drug, how, _ := strings.Cut(text, " : ")
		m := record.Medication{Drug: record.Text(drug), Status: "active"}
		if how != "" {
			m.Dosages = []record.Dosage{{Text: how}}
		}
		s.Medications.Entries = append(s.Medications.Entries, m)
	}
	for _, text := range entries["problemes"] {
		s.Problems.Entries = append(s.Problems.Entries, record.Problem{Condition: record.Text(text), Status: "active"})
	}
	s.Allergies.None = f.Allergies.State == "aucun"
	s.Medications.None = f.Treatments.State == "aucun"
	s.Problems.None = f.Problems.State == "aucun"
	contact := func(role record.Role, name, phone string) {
		if name != "" || phone != "" {
			s.Contacts = append(s.Contacts, record.Contact{Role: role, Name: name, Phone: phone})
		}
	}
	contact(record.RoleEmergency, f.ContactName, f.ContactPhone)
	contact(record.RoleDoctor, f.DoctorName, f.DoctorPhone)
	return s, ""
}
