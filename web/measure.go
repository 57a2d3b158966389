package web

import (
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/internal/ruler"
	"github.com/zoneblanche/zoneblanche/record"
)

// measurePage is the body of the page on which a photograph is measured.
type measurePage struct {
	Visit   string
	Number  int
	W, H    int
	Refused problem // why there is no scale; empty when there is one
	Ask     bool    // whether the code is that of the page or of the card to cut out
	Sizes   CodeSizes
	Error   string
}

// scale is what gives a photograph its measure: the sheet's codes in it.
type scale struct {
	w, h    int
	page    *ruler.Ruler // by the sheet's other codes, or by its emergency code
	wallet  *ruler.Ruler // by the same emergency code, were it that of the card to cut out
	refused problem
}

// printScale is how far a printer may be off, beyond what a code's own size varies: a
// share of the length.
const printScale = 0.01

// scaleOf finds the scale of a photograph, once. The visit is held.
func (c *call) scaleOf(v *visit, p record.Photograph) (*scale, error) {
	if s := v.rulers[string(p.SHA256)]; s != nil {
		return s, nil
	}
	leave, err := c.busy(c.readings)
	if err != nil {
		return nil, err
	}
	defer leave()
	from, err := c.opt.Photographs.Photograph(c.r.Context(), v.id, p.Number)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	data, err := io.ReadAll(from)
	if err != nil {
		return nil, err
	}
	s := new(scale)
	var codes []PlacedCode
	if s.w, s.h, codes, err = c.opt.Ruler.Codes(c.r.Context(), data); err != nil {
		return nil, err
	}
	if err := c.fit(s, v, codes); err != nil {
		return nil, err
	}
	if v.rulers == nil {
		v.rulers = map[string]*scale{}
	}
	v.rulers[string(p.SHA256)] = s
	return s, nil
}

// fit makes rulers of those codes that are the patient's own card's: others may be of
// any size, and of a photograph of somebody else.
func (c *call) fit(s *scale, v *visit, codes []PlacedCode) error {
	s.refused = problem{sayNoScale, nextNoScale}
	largest := func(a, b PlacedCode) int { return int(extent(b) - extent(a)) }
	slices.SortFunc(codes, largest)
	sizes := c.opt.Ruler.Sizes()
	for _, code := range codes {
		emergency, ours, err := c.ofThisCard(v, code.Text)
		if err != nil {
			return err
		}
		if !ours {
			if s.refused.Say == sayNoScale {
				s.refused = problem{sayOtherScale, nextOtherScale}
			}
			continue
		}
		side, vary := (sizes.FullMin+sizes.FullMax)/2, (sizes.FullMax-sizes.FullMin)/2
		if emergency {
			side, vary = sizes.Emergency, 0
		}
		r, err := ruler.New(code.Corners, side, vary/side+printScale)
		if err != nil {
			s.refused = scaleProblem(err)
			continue
		}
		s.page, s.wallet, s.refused = r, nil, problem{}
		if !emergency {
			return nil // of the sheet, there is nothing to ask
		}
		s.wallet, _ = ruler.New(code.Corners, sizes.Wallet, printScale)
		// A code that is only on the sheet tells more, if there is one.
	}
	return nil
}

func extent(c PlacedCode) float64 {
	return math.Hypot(c.Corners[0].X-c.Corners[2].X, c.Corners[0].Y-c.Corners[2].Y)
}

// ofThisCard tells whether a code belongs to the visit's card, and whether it is its
// emergency code.
func (c *call) ofThisCard(v *visit, text string) (emergency, ours bool, err error) {
	if len(v.texts) == 0 {
		return false, false, nil
	}
	if text == v.texts[0] {
		return true, true, nil
	}
	if slices.Contains(v.texts, text) {
		return false, true, nil
	}
	// Beside the emergency code alone, so that a part which a whole card does not need
	// is known too.
	readings, err := c.opt.Reader.Read(c.r.Context(), []string{v.texts[0], text}, "")
	for _, r := range readings {
		if r.Card && r.Ref.ID == v.reading.Ref.ID && slices.Contains(r.Texts, text) {
			return false, true, nil
		}
	}
	return false, false, err
}

func scaleProblem(err error) problem {
	switch {
	case errors.Is(err, ruler.ErrSmall):
		return problem{sayScaleSmall, nextScaleSmall}
	case errors.Is(err, ruler.ErrOblique):
		return problem{sayScaleOblique, nextScaleOblique}
	}
	return problem{sayNoScale, nextNoScale}
}

func (c *call) measureForm() error {
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return c.orElsewhere(elsewhere, err)
	}
	defer v.mu.Unlock()
	return c.showMeasure(http.StatusOK, v, "")
}

func (c *call) showMeasure(status int, v *visit, failure string) error {
	p, err := c.photo(v)
	if err != nil {
		return err
	}
	s, err := c.scaleOf(v, p)
	if err != nil {
		return err
	}
	return c.show(status, "mesurer", page{Title: titleMeasure, Tab: "lecture", Wide: true, Scripts: []string{"mesure.js"}, Body: measurePage{
		Visit: v.id, Number: p.Number, W: s.w, H: s.h, Refused: s.refused, Ask: s.wallet != nil, Sizes: c.opt.Ruler.Sizes(), Error: failure,
	}})
}

// measureAnswer is what the page's script is told.
type measureAnswer struct {
	Say string `json:"say"`
	OK  bool   `json:"ok"` // it may be noted
}

// measured measures between two points, and notes that in the caption when asked.
func (c *call) measured() error {
	if err := parseForm(c.w, c.r); err != nil {
		return err
	}
	v, elsewhere, err := c.writable()
	if err != nil || elsewhere != "" {
		return c.orElsewhere(elsewhere, err)
	}
	defer v.mu.Unlock()
	p, err := c.photo(v)
	if err != nil {
		return err
	}
	s, err := c.scaleOf(v, p)
	if err != nil {
		return err
	}
	length, say := c.length(s)
	if c.wantsJSON() {
		answer := measureAnswer{Say: say}
		if say == "" {
			answer = measureAnswer{measuredWords(length), true}
		}
		c.json(http.StatusOK, answer)
		return nil
	}
	if say != "" {
		return c.showMeasure(http.StatusBadRequest, v, say)
	}
	caption := strings.TrimPrefix(p.Caption+", "+captionWords(length), ", ")
	if len([]rune(caption)) > maxCaption {
		return c.showMeasure(http.StatusBadRequest, v, sayCaptionRefused)
	}
	if err := c.opt.Photographs.Caption(c.r.Context(), v.id, p.Number, caption); err != nil {
		return err
	}
	return c.redirect("/lecture/" + v.id + "/photos")
}

// length measures between the points of the form, or says why that cannot be done.
func (c *call) length(s *scale) (ruler.Length, string) {
	if s.refused.Say != "" {
		return ruler.Length{}, s.refused.Say + " " + s.refused.Next
	}
	by := s.page
	switch c.r.PostFormValue("code") {
	case "feuille":
	case "carte":
		if by = s.wallet; by == nil {
			by = s.page
		}
	default:
		if s.wallet != nil {
			return ruler.Length{}, sayWhichCode
		}
	}
	var n [5]float64
	for i, name := range []string{"x1", "y1", "x2", "y2", "echelle"} {
		var err error
		n[i], err = strconv.ParseFloat(c.r.PostFormValue(name), 64)
		if err != nil || math.IsNaN(n[i]) || n[i] < 0 || n[i] > 1e6 {
			return ruler.Length{}, sayNoPoints
		}
	}
	l, err := by.Between(ruler.Point{X: n[0], Y: n[1]}, ruler.Point{X: n[2], Y: n[3]}, n[4])
	switch {
	case errors.Is(err, ruler.ErrUncertain):
		return l, sayUncertain
	case err != nil:
		p := scaleProblem(err)
		return l, p.Say + " " + p.Next
	case l.MM < 1:
		return l, sayNoPoints
	}
	return l, ""
}
