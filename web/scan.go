package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// scanPage is the body of the page on which a card is read.
type scanPage struct {
	Visit    string // that the next codes go to, "" for a new card
	Patient  string // whose card it is
	Missing  []string
	Found    []foundCard // several cards at once, or other people's codes
	Problems []problem
	Waiting  int // codes read so far of a card whose emergency code is missing
	Drafts   []draftView
}

// problem is a picture that could not be read, or codes that say nothing.
type problem struct{ Say, Next string }

// foundCard is one of several readings.
type foundCard struct {
	Visit    string
	Name     string
	Born     string
	Part     bool // codes are still missing
	Known    bool // whose it is was on the screen before
	Verdict  verdictView
	Title    string
	Facts    []Fact
	Verified bool
}

func (c *call) scanForm() error {
	body := scanPage{}
	if v := c.session.visit(c.r.URL.Query().Get("suite")); v != nil {
		v.mu.Lock()
		body = scanAgain(v)
		v.mu.Unlock()
	}
	if body.Visit == "" {
		body.Drafts = c.drafts()
	}
	return c.showScan(http.StatusOK, body)
}

// scanAgain is the page for more codes of a visit.
func scanAgain(v *visit) scanPage {
	body := scanPage{Visit: v.id, Missing: v.reading.Missing(), Waiting: len(v.texts)}
	if v.reading.Summary != nil {
		body.Patient = plain(v.reading.Summary.Patient.Name())
	}
	return body
}

// Missing names what is missing of the card, for the person who reads it.
func (r Reading) Missing() []string {
	if r.Judgement.Verdict != record.Incomplete || r.Judgement.Detail == "" {
		return nil
	}
	return []string{r.Judgement.Detail}
}

func (c *call) showScan(status int, body scanPage) error {
	return c.show(status, "lire", page{Title: titleScan, Tab: "lire", Scripts: []string{"zxing.js", "lire.js"}, Body: body})
}

// pictureTime bounds the reading of one file: somebody is waiting.
const pictureTime = 15 * time.Second

// scanUpload reads pictures, PDF files and typed codes.
func (c *call) scanUpload() error {
	leave, err := c.busy(c.uploads)
	if err != nil {
		return err
	}
	defer leave()
	u, err := c.upload()
	if err != nil {
		return err
	}
	var texts []string
	var problems []problem
	for _, data := range u.files["fichiers"] {
		found, advice, err := c.picture(data, true)
		texts = append(texts, found...)
		switch {
		case err != nil:
			say, next := c.explain(err)
			problems = append(problems, problem{say, next})
		case len(found) == 0:
			problems = append(problems, problem{sayNoCode, advice})
		}
	}
	if u.values["texte"] != "" {
		typed := Typed{Text: u.values["texte"]}
		_ = json.Unmarshal([]byte(u.values["touches"]), &typed.Keys) // without them the text is all there is
		texts = append(texts, c.opt.Reader.Typed(typed)...)
	}
	if len(texts) == 0 && len(problems) == 0 {
		problems = []problem{{sayNothingGiven, nextNothingGiven}}
	}
	body, err := c.read(texts, u.values["suite"])
	if err != nil {
		return err
	}
	body.Problems = problems
	if len(body.Found) == 1 && body.Found[0].Visit != "" && len(problems) == 0 {
		return c.redirect("/lecture/" + body.Found[0].Visit)
	}
	if len(body.Found) == 1 && body.Found[0].Visit != "" {
		c.session.say(noticePartRead)
		return c.redirect("/lecture/" + body.Found[0].Visit)
	}
	return c.showScan(http.StatusOK, body)
}

// picture reads one file within its time.
func (c *call) picture(data []byte, advise bool) (texts []string, advice string, err error) {
	leave, err := c.busy(c.readings)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	within, cancel := context.WithTimeout(c.r.Context(), pictureTime)
	defer cancel()
	return c.opt.Reader.Picture(within, data, advise)
}

// read judges texts, together with those that a visit has already.
func (c *call) read(texts []string, visitID string) (scanPage, error) {
	if v := c.session.visit(visitID); v != nil {
		return c.readMore(v, texts)
	}
	if len(texts) == 0 {
		return scanPage{}, nil
	}
	readings, err := c.opt.Reader.Read(c.r.Context(), texts, "")
	if err != nil {
		return scanPage{}, err
	}
	var body scanPage
	for _, r := range readings {
		card, err := c.found(r)
		if err != nil {
			return scanPage{}, err
		}
		body.Found = append(body.Found, card)
	}
	return body, nil
}

// found opens a visit for a card, and shows any other reading as it is.
func (c *call) found(r Reading) (foundCard, error) {
	card := foundCard{Verdict: verdictOf(r), Title: plain(r.Title), Verified: r.Verified}
	for _, f := range r.Facts {
		card.Facts = append(card.Facts, Fact{plain(f.Label), plain(f.Value)})
	}
	// A card whose emergency code is still missing is a visit too: its codes wait.
	if r.openable() || r.Card && r.Judgement.Verdict == record.Incomplete {
		v, err := newVisit(r, c.session.account, c.now)
		if err != nil {
			return card, err
		}
		c.session.add(v)
		card.Visit = v.id
	}
	if r.openable() {
		p := r.Summary.Patient
		card.Name, card.Born = plain(p.Name()), bornWords(p, c.now)
		card.Part = r.Judgement.Verdict == record.Incomplete && !r.Locked
	}
	return card, nil
}

// readMore adds codes to a visit. Codes of another card do not replace it: they are
// said, and become a visit of their own.
func (c *call) readMore(v *visit, texts []string) (scanPage, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := append(v.texts[:len(v.texts):len(v.texts)], texts...)
	readings, err := c.opt.Reader.Read(c.r.Context(), all, v.code)
	if err != nil {
		return scanPage{}, err
	}
	known := v.reading.Summary != nil
	var body scanPage
	for _, r := range readings {
		if v.sameCard(r) {
			if v.entry == "" {
				v.take(r)
				c.keepCodes(v)
			}
			card := foundCard{Visit: v.id, Verdict: verdictOf(r), Part: r.Judgement.Verdict == record.Incomplete && !r.Locked, Known: known}
			if r.Summary != nil {
				card.Name, card.Born = plain(r.Summary.Patient.Name()), bornWords(r.Summary.Patient, c.now)
			}
			body.Found = append([]foundCard{card}, body.Found...)
			continue
		}
		card, err := c.found(r)
		if err != nil {
			return scanPage{}, err
		}
		body.Found = append(body.Found, card)
	}
	return body, nil
}

// keepCodes keeps what was read of a card with the draft that is about it. When that
// cannot be done the next text that is kept tries again; until then only codes could be
// lost, which are still on paper.
func (c *call) keepCodes(v *visit) {
	if !v.savedAt.IsZero() && v.reading.Summary != nil {
		_ = c.save(v)
	}
}

// sameCard reports whether a reading is of the visit's own card: it rests on the
// codes that the visit has.
func (v *visit) sameCard(r Reading) bool {
	if !r.Card {
		return false
	}
	if v.reading.Ref.ID != "" && r.Ref.ID != "" {
		return v.reading.Ref.ID == r.Ref.ID && v.reading.Declared == r.Declared
	}
	for _, text := range v.texts {
		for _, other := range r.Texts {
			if text == other {
				return true
			}
		}
	}
	return false
}

// frameAnswer is what the camera's script is told.
type frameAnswer struct {
	Open  string `json:"open,omitempty"`  // where to go
	Suite string `json:"suite,omitempty"` // the visit that codes so far belong to
	Say   string `json:"say,omitempty"`
	Codes int    `json:"codes"`
}

// maxFrame bounds one picture of the camera, in bytes.
const maxFrame = 8 << 20

// scanFrame reads one picture of the camera. It is no act of a person: a camera that
// looks at an empty desk keeps no session open.
func (c *call) scanFrame() error {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxFrame)
	data, err := readAll(c.r.Body)
	if err != nil {
		return err
	}
	texts, advice, err := c.frame(data)
	if err != nil && len(texts) == 0 {
		if record.CodeOf(err) == record.CodeInvalid {
			return err
		}
		c.json(http.StatusOK, frameAnswer{})
		return nil
	}
	suite := c.r.Header.Get("X-Suite")
	if len(texts) == 0 {
		c.json(http.StatusOK, frameAnswer{Suite: suite, Say: advice})
		return nil
	}
	body, err := c.read(texts, suite)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, frameOf(body, suite, len(texts)))
	return nil
}

// frame reads one picture of the camera, unless the page has read it itself and sends
// the texts of its codes. They are judged like any other.
func (c *call) frame(data []byte) (texts []string, advice string, err error) {
	if kind := c.r.Header.Get("Content-Type"); kind != "application/json" {
		return c.picture(data, c.r.Header.Get("X-Advise") != "")
	}
	if err := json.Unmarshal(data, &texts); err != nil || len(texts) > maxFrameCodes {
		return nil, "", &record.Error{Code: record.CodeInvalid, Op: "read codes", Reason: ReasonForm, Err: err}
	}
	return texts, "", nil
}

// maxFrameCodes bounds the codes of one picture.
const maxFrameCodes = 16

// frameOf opens the first card that says whose it is, so that allergies are on the
// screen at once, and goes on with any other. When the camera was opened for the rest
// of a card, it goes on until nothing is missing.
func frameOf(body scanPage, suite string, codes int) frameAnswer {
	a := frameAnswer{Suite: suite, Codes: codes}
	for _, f := range body.Found {
		switch {
		case f.Visit != "" && f.Name != "" && !(f.Known && f.Part):
			a.Open = "/lecture/" + f.Visit
			return a
		case f.Visit != "":
			a.Suite, a.Say = f.Visit, f.Verdict.Sentence
		default:
			a.Say = strings.TrimSpace(f.Verdict.Sentence + " " + f.Verdict.Next)
		}
	}
	return a
}

func (c *call) wantsJSON() bool {
	return strings.Contains(c.r.Header.Get("Accept"), "application/json")
}

func (c *call) json(status int, v any) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(v)
}
