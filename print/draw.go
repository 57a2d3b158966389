package print

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

const fontFamily = "noto"

// draw writes pages as a PDF. Everything is black on white: grey is what a bad
// printer, a fax and a photocopier lose first.
func draw(w io.Writer, title string, pages []*page, at time.Time) error {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetCatalogSort(true)
	// The document's properties are shown by file managers and print queues: they
	// never name the patient.
	pdf.SetTitle(title, true)
	pdf.SetCreator(program, true)
	pdf.SetProducer(program, true)
	pdf.SetLang("fr-FR")
	pdf.SetDisplayMode("fullpage", "single")
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(fontFamily, "", []byte(regularTTF))
	pdf.AddUTF8FontFromBytes(fontFamily, "B", []byte(boldTTF))
	for _, p := range pages {
		pdf.AddPage()
		drawPage(pdf, p)
	}
	return pdf.Output(w)
}

func drawPage(pdf *fpdf.Fpdf, p *page) {
	pdf.SetDrawColor(0, 0, 0)
	pdf.SetFillColor(0, 0, 0)
	pdf.SetFont(fontFamily, "", footerSize) // of a Unicode font, for the marks' titles
	for _, m := range p.marks {
		pdf.Bookmark(m.title, 0, m.y)
	}
	for _, b := range p.boxes {
		drawBox(pdf, b)
	}
	for _, s := range p.symbols {
		pdf.RawWriteStr(symbolPath(s, pdf.GetConversionRatio()))
	}
	for _, t := range p.texts {
		style, grey := "", 0
		if t.bold {
			style = "B"
		}
		if t.white {
			grey = 255
		}
		pdf.SetFont(fontFamily, style, t.size)
		pdf.SetTextColor(grey, grey, grey)
		pdf.Text(t.x, t.y, t.text)
	}
}

func drawBox(pdf *fpdf.Fpdf, b box) {
	if b.solid {
		pdf.Rect(b.x, b.y, b.w, b.h, "F")
		return
	}
	pdf.SetLineWidth(b.pen)
	if b.dashed {
		pdf.SetDashPattern([]float64{3, 2}, 0)
	}
	if b.h == 0 {
		pdf.Line(b.x, b.y, b.x+b.w, b.y)
	} else {
		pdf.Rect(b.x, b.y, b.w, b.h, "D")
	}
	if b.dashed {
		pdf.SetDashPattern(nil, 0)
	}
}

// symbolPath draws a symbol as one filled path in units of a module: one path
// leaves no hairlines between rectangles that touch, and whole numbers keep the
// page small and the modules exactly equal. ratio is points per millimetre.
func symbolPath(s symbol, ratio float64) string {
	var b strings.Builder
	module := s.size / float64(len(s.modules)) * ratio
	fmt.Fprintf(&b, "q 0 g %.5f 0 0 %.5f %.4f %.4f cm\n", module, -module, s.x*ratio, (pageHeight-s.y)*ratio)
	for _, r := range darkRectangles(s.modules) {
		fmt.Fprintf(&b, "%d %d %d %d re\n", r.x, r.y, r.w, r.h)
	}
	b.WriteString("f Q")
	return b.String()
}

// rectangle is a part of a symbol, in modules.
type rectangle struct{ x, y, w, h int }

// darkRectangles covers the dark modules with rectangles that do not overlap:
// runs along a row, grown downwards while the rows below have the same run.
func darkRectangles(modules [][]bool) []rectangle {
	var out []rectangle
	open := map[[2]int]int{} // run (start, width) of the row above → index in out
	for y, row := range modules {
		next := map[[2]int]int{}
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			start := x
			for x < len(row) && row[x] {
				x++
			}
			key := [2]int{start, x - start}
			i, ok := open[key]
			if ok {
				out[i].h++
			} else {
				i = len(out)
				out = append(out, rectangle{start, y, x - start, 1})
			}
			next[key] = i
		}
		open = next
	}
	return out
}
