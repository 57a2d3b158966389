package print

import (
	"io"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
)

// calibrationSize is the width of the one code, in millimetres: handheld scanners
// differ most in what they make of large ones.
const calibrationSize = 45

// WriteCalibration writes the page that teaches how a handheld scanner types on this
// computer: one code, and what to do with it. It names nobody.
func WriteCalibration(w io.Writer, code Code, at time.Time) error {
	fail := func(err error) error {
		return &record.Error{Code: record.CodeInternal, Op: "print calibration", Err: err}
	}
	if !code.square() {
		return fail(errSymbol)
	}
	faces, err := loadFaces()
	if err != nil {
		return fail(err)
	}
	set := typesetter{faces: faces, cleaned: map[string]cleanText{}}
	p := &page{}
	y := marginTop + 8
	put := func(bold bool, size, gap float64, words string) {
		for _, l := range set.lines([]span{{text: fr(words), bold: bold, size: size}}, textWidth) {
			p.line(marginSide, y, l)
			y += l.height
		}
		y += gap
	}
	put(true, titleSize+4, 4, calibrationTitle)
	put(false, runningSize+1, 6, calibrationWhy)
	for _, step := range calibrationSteps {
		put(false, runningSize+1, 2, step)
	}
	y += 14
	p.symbols = append(p.symbols, symbol{(pageWidth - calibrationSize) / 2, y, calibrationSize, code.Modules})
	y += calibrationSize + 16
	put(false, runningSize, 2, calibrationAfter)
	if err := draw(w, calibrationTitle, []*page{p}, at); err != nil {
		return fail(err)
	}
	return nil
}
