package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// testNow is when the pages of tests are looked at.
var testNow = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

// doubles stand for everything that the pages stand on.
type doubles struct {
	mu        sync.Mutex
	readings  []Reading // what Read answers
	readErr   error
	pictures  int
	typed     []Typed
	openings  []Opening
	openErr   error
	recorded  []record.Consultation
	recordErr error
	drafts    map[string]Draft
	draftErr  error
	photos    map[string][]byte // by draft and number
	placed    []PlacedCode      // what Codes finds
	entries   []EntryDetail
	requeued  []string
	corrected []record.Consultation
	status    Status
	statusErr error
	sheets    []SheetOptions
	printed   []*record.Summary
}

var (
	_ Reader      = (*doubles)(nil)
	_ Journal     = (*doubles)(nil)
	_ Drafts      = (*doubles)(nil)
	_ Photographs = (*doubles)(nil)
	_ Ruler       = (*doubles)(nil)
	_ Corrections = (*doubles)(nil)
	_ Outbox      = (*doubles)(nil)
	_ Printer     = (*doubles)(nil)
	_ Words       = wordsDouble{}
)

func (d *doubles) Picture(_ context.Context, data []byte, advise bool) (texts []string, advice string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pictures++
	if bytes.HasPrefix(data, []byte("code ")) {
		return []string{string(data[5:])}, "", nil
	}
	if bytes.HasPrefix(data, []byte("broken")) {
		return nil, "", &record.Error{Code: record.CodeInvalid, Op: "open picture", Reason: "format"}
	}
	if advise {
		advice = "Approchez la feuille."
	}
	return nil, advice, nil
}

func (d *doubles) Typed(t Typed) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.typed = append(d.typed, t)
	return []string{t.Text}
}

func (d *doubles) Read(_ context.Context, texts []string, code string) ([]Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := append([]Reading{}, d.readings...)
	for i := range out {
		if out[i].Texts == nil {
			out[i].Texts = texts
		}
	}
	return out, d.readErr
}

func (d *doubles) Opened(_ context.Context, o Opening) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.openErr == nil {
		d.openings = append(d.openings, o)
	}
	return d.openErr
}

func (d *doubles) Sign(_ context.Context, c record.Consultation, _ time.Time) (string, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.recordErr != nil {
		return "", false, d.recordErr
	}
	if _, ok := d.drafts[c.ID]; !ok {
		return "", false, &record.Error{Code: record.CodeNotFound, Op: "sign", Reason: "no_draft"}
	}
	delete(d.drafts, c.ID)
	d.recorded = append(d.recorded, c)
	return c.ID, false, nil
}

func (d *doubles) SaveDraft(_ context.Context, one Draft) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.recorded {
		if c.ID == one.Consultation.ID {
			return &record.Error{Code: record.CodeConflict, Op: "save draft", Reason: entryExists}
		}
	}
	if d.draftErr != nil {
		return d.draftErr
	}
	if d.drafts == nil {
		d.drafts = map[string]Draft{}
	}
	one.Photographs = d.drafts[one.Consultation.ID].Photographs
	d.drafts[one.Consultation.ID] = one
	return nil
}

func (d *doubles) Draft(_ context.Context, id string) (Draft, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, ok := d.drafts[id]
	if !ok {
		return one, &record.Error{Code: record.CodeNotFound, Op: "find draft", Reason: "no_draft"}
	}
	return one, nil
}

func (d *doubles) Drafts(context.Context) (all []Draft, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.drafts {
		all = append(all, one)
	}
	return all, nil
}

func (d *doubles) DropDraft(_ context.Context, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.drafts, id)
	return nil
}

func photoKey(draft string, n int) string { return fmt.Sprint(draft, " ", n) }

func (d *doubles) Attach(_ context.Context, draft string, r io.Reader) (p record.Photograph, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return p, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if bytes.HasPrefix(data, []byte("broken")) {
		return p, &record.Error{Code: record.CodeInvalid, Op: "keep photograph", Reason: "photo_format"}
	}
	one, ok := d.drafts[draft]
	if !ok {
		return p, &record.Error{Code: record.CodeNotFound, Op: "keep photograph", Reason: "no_draft"}
	}
	p = record.Photograph{Number: len(one.Photographs) + 1, MediaType: "image/jpeg", Size: int64(len(data)), SHA256: data}
	if d.photos == nil {
		d.photos = map[string][]byte{}
	}
	d.photos[photoKey(draft, p.Number)] = data
	one.Photographs = append(one.Photographs, p)
	d.drafts[draft] = one
	return p, nil
}

func (d *doubles) Photograph(_ context.Context, draft string, n int) (io.ReadCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return io.NopCloser(bytes.NewReader(d.photos[photoKey(draft, n)])), nil
}

func (d *doubles) Caption(_ context.Context, draft string, n int, caption string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drafts[draft].Photographs[n-1].Caption = caption
	return nil
}

func (d *doubles) Detach(_ context.Context, draft string, n int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.drafts[draft]
	one.Photographs = slices.Delete(slices.Clone(one.Photographs), n-1, n)
	d.drafts[draft] = one
	return nil
}

func (d *doubles) Codes(context.Context, []byte) (int, int, []PlacedCode, error) {
	return 4000, 3000, d.placed, nil
}

func (d *doubles) Sizes() CodeSizes { return CodeSizes{62, 54, 70, 72} }

func (d *doubles) Status(context.Context) (Status, error) { return d.status, d.statusErr }

func (d *doubles) Entries(_ context.Context, limit int) ([]Entry, error) {
	var out []Entry
	for _, e := range d.entries {
		out = append(out, e.Entry)
	}
	return out, nil
}

func (d *doubles) Entry(_ context.Context, id string) (EntryDetail, error) {
	for _, e := range d.entries {
		if e.Item.Entry == id {
			return e, nil
		}
	}
	return EntryDetail{}, &record.Error{Code: record.CodeNotFound, Op: "find entry", Reason: "no_entry"}
}

func (d *doubles) Requeue(_ context.Context, id string) error {
	d.requeued = append(d.requeued, id)
	return nil
}

func (d *doubles) Correct(_ context.Context, entry string, c record.Consultation, _ time.Time) (string, bool, error) {
	if d.recordErr != nil {
		return "", false, d.recordErr
	}
	d.corrected = append(d.corrected, c)
	return entry, false, nil
}

func (d *doubles) Evidence(_ context.Context, w io.Writer, entry string, content bool) error {
	if d.recordErr != nil {
		return d.recordErr
	}
	_, err := fmt.Fprint(w, "PK ", entry, " ", content)
	return err
}

func (d *doubles) Import(_ context.Context, data []byte) (*record.Summary, []record.LeftOut, error) {
	if !bytes.HasPrefix(data, []byte("{")) {
		return nil, nil, &record.Error{Code: record.CodeInvalid, Op: "read summary", Reason: "json"}
	}
	return sample(), nil, nil
}

func (d *doubles) Sheet(_ context.Context, s *record.Summary, o SheetOptions) (Sheet, error) {
	d.sheets, d.printed = append(d.sheets, o), append(d.printed, s)
	sheet := Sheet{PDF: []byte("%PDF-1.7 test"), Pages: [][]byte{[]byte("\x89PNG")}, Symbols: 1, Issuer: "Cabinet d’essai"}
	if o.Declared {
		sheet.Issuer = ""
	}
	if o.Code {
		sheet.Code = "ABCDE FGHJK"
	}
	return sheet, nil
}

// wordsDouble names entries by their titles.
type wordsDouble struct{}

func (wordsDouble) Entry(s *record.Summary, id record.SectionID, i int, _ time.Time) string {
	return "[MARQUE] " + s.Section(id).TitleOf(i) + " : la suite"
}

func (wordsDouble) Contact(c record.Contact) string { return c.Role.French() + " : " + c.Name }

// sample is an invented patient.
func sample() *record.Summary {
	s := &record.Summary{
		Patient:   record.Patient{BirthName: "Kervella", UsedName: "Le Gall", GivenNames: []string{"Odette"}, BirthDate: "1937-11-02", Sex: record.Female},
		UpdatedAt: "2026-11-09", Consents: []record.Consent{{Status: "active", Given: "2026-06-01"}},
		Contacts: []record.Contact{{Role: record.RoleEmergency, Name: "Martine"}},
	}
	s.Allergies.Entries = []record.Allergy{{Substance: record.Concept{Label: "Pénicilline", Codes: []record.CodeValue{{System: record.SystemATC, Value: "J01C"}}}}}
	s.Medications.Entries = []record.Medication{{Drug: record.Text("Ramipril 5 mg"), Status: "active"}, {Drug: record.Text("Paracétamol 1 g"), Status: "active"}}
	s.Problems.None, s.Devices.None = true, true
	s.Results.None = true
	s.Immunizations.Entries = []record.Immunization{{Vaccine: record.Text("Vaccin dTP"), Date: "2023-01-01"}, {Vaccine: record.Text("Grippe"), Date: "2026-10-20"}}
	return s
}

// reading is a card that may be believed.
func cardReading(s *record.Summary) Reading {
	return Reading{
		Card: true, Complete: true, Summary: s, Issuer: record.Issuer{Name: "Cabinet d’essai"},
		Judgement: record.Judgement{Verdict: record.Authentic, Detail: "Cabinet d’essai"},
		Ref:       record.CardRef{ID: "0011223344556677", Issuer: "Cabinet d’essai", Verdict: record.Authentic},
	}
}

// rig is a server on a loopback port and a browser without JavaScript.
type rig struct {
	*doubles
	t      *testing.T
	server *Server
	url    string
	client *http.Client

	mu  sync.Mutex
	now time.Time
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func newRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	r := &rig{doubles: &doubles{}, t: t, now: testNow}
	accounts, err := OpenAccounts(filepath.Join(t.TempDir(), "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Accounts: accounts, Reader: r.doubles, Journal: r.doubles, Drafts: r.doubles, Photographs: r.doubles, Ruler: r.doubles, Outbox: r.doubles, Corrections: r.doubles, Printer: r.doubles, Words: wordsDouble{},
		Explain: func(err error) (string, string) {
			return "Cela a échoué (" + record.ReasonOf(err) + ").", "Recommencez."
		},
		Now: r.clock, Issuer: "Cabinet d’essai",
	}
	if change != nil {
		change(&opt)
	}
	if r.server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.url = "http://" + listener.Addr().String()
	r.client = r.browser()
	return r
}

// browser is another browser, which shares nothing.
func (r *rig) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// doctor is an account whose password is known, without the cost of making one.
var doctor = Account{Name: "Dr Camille Morel", RPPS: "99970000008"}

// signIn gives the browser a session.
func (r *rig) signIn() *session {
	r.t.Helper()
	r.server.opt.Accounts.mu.Lock()
	if len(r.server.opt.Accounts.list) == 0 {
		r.server.opt.Accounts.list = []Account{doctor}
	}
	r.server.opt.Accounts.mu.Unlock()
	w := httptest.NewRecorder()
	s := r.server.sessions.begin(w, doctor, r.clock())
	at, _ := url.Parse(r.url)
	r.client.Jar.SetCookies(at, w.Result().Cookies())
	return s
}

// get follows redirections and returns the page.
func (r *rig) get(path string) (status int, at, body string) {
	r.t.Helper()
	response, err := r.client.Get(r.url + path)
	return r.answer(response, err)
}

func (r *rig) answer(response *http.Response, err error) (status int, at, body string) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, response.Request.URL.Path, string(data)
}

func (r *rig) post(path string, fields ...string) (status int, at, body string) {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	response, err := r.client.PostForm(r.url+path, form)
	return r.answer(response, err)
}

// send posts a form with files, by field and content.
func (r *rig) send(path string, values map[string]string, files ...string) (status int, at, body string) {
	r.t.Helper()
	data, kind := multipartOf(r.t, values, files...)
	response, err := r.client.Post(r.url+path, kind, bytes.NewReader(data))
	return r.answer(response, err)
}

func multipartOf(t *testing.T, values map[string]string, files ...string) (data []byte, kind string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range values {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateFormFile(files[i], "photo.jpg")
		if err == nil {
			_, err = io.WriteString(part, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	return body.Bytes(), w.FormDataContentType()
}

// open reads a card and returns the path of its summary.
func (r *rig) open(s *record.Summary) string {
	r.t.Helper()
	r.readings = []Reading{cardReading(s)}
	status, at, body := r.send("/lire", nil, "fichiers", "code ZB1:A")
	if status != http.StatusOK || !strings.HasPrefix(at, "/lecture/") {
		r.t.Fatalf("got %d at %s: %s", status, at, body)
	}
	return at
}

// want fails unless the page has each of the texts.
func (r *rig) want(body string, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			r.t.Errorf("the page does not say %q:\n%s", text, body)
		}
	}
}
