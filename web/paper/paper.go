// Package paper writes a printed sheet as one HTML file: the same words as on paper,
// from the same model, and the same symbols at the same sizes, for people who read
// with a screen reader or large letters, or print from a browser.
//
// The file stands alone. It has no script, asks nothing of anybody, and forbids both
// to itself by its content policy.
package paper

import (
	_ "embed" // the template is part of the program
	"fmt"
	"html/template"
	"io"

	"github.com/zoneblanche/zoneblanche/print"
	"github.com/zoneblanche/zoneblanche/record"
)

//go:embed sheet.html
var source string

// Write writes the sheet as an HTML page to w. It fails as [print.Write] does.
func Write(w io.Writer, s print.Sheet) error {
	outline, err := s.Outline()
	if err != nil {
		return err
	}
	page, err := template.New("sheet").Funcs(template.FuncMap{"svg": svg, "mm": mm}).Parse(source)
	if err == nil {
		err = page.Execute(w, outline)
	}
	if err != nil {
		return &record.Error{Code: record.CodeInternal, Op: "write sheet as a page", Err: err}
	}
	return nil
}

// svg is what the template draws a symbol from: its margin is part of the picture, so
// that nothing can come into it.
func svg(d print.Drawing, alt string) map[string]any {
	side := d.Modules + 2*d.Quiet
	return map[string]any{
		"Alt": alt, "Path": d.Path,
		"Box": fmt.Sprintf("%d %d %d %d", -d.Quiet, -d.Quiet, side, side),
		"MM":  mm(d.SizeMM * float64(side) / float64(d.Modules)),
	}
}

// mm writes a length in millimetres.
func mm(length float64) string { return fmt.Sprintf("%.2fmm", length) }
