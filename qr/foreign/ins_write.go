package foreign

import (
	"image/color"
	"strings"
	"unicode"

	"github.com/boombuler/barcode/datamatrix"
	"golang.org/x/text/unicode/norm"

	"github.com/zoneblanche/zoneblanche/record"
)

// INSText returns the text of the INS datamatrix of p (ANS, "INS : format
// datamatrix", 2.2), and false when p has none: an identity that was not checked
// against the national service must not look as if it had been, and one that lacks
// a mandatory trait is no identity.
func INSText(p record.Patient) (string, bool) {
	born := p.BirthDate
	if !p.Qualified || p.INS.Empty() || len(born) != len("2009-03-14") {
		return "", false
	}
	fields := []struct{ id, value string }{
		{"S1", p.INS.Matricule}, {"S2", p.INS.OID},
		{"S3", registerName(strings.Join(p.GivenNames, " "))}, {"S4", registerName(p.BirthName)},
		{"S5", string(p.Sex)}, {"S6", string(born[8:] + "-" + born[5:7] + "-" + born[:4])}, {"S7", p.BirthPlace},
	}
	var b strings.Builder
	b.WriteString(prefixINS + strings.Repeat("0", headerINS-len(prefixINS)))
	for _, f := range fields {
		if f.id == "S7" && f.value == "" {
			continue // the one optional trait
		}
		if !insFields[f.id].MatchString(f.value) {
			return "", false
		}
		b.WriteString(f.id + f.value)
		if f.id == "S3" || f.id == "S4" {
			b.WriteByte(groupSeparator)
		}
	}
	return b.String(), true
}

// INSModules returns the modules of the INS datamatrix of p, rows of columns, true
// is dark, no quiet zone; nil when p has none.
func INSModules(p record.Patient) [][]bool {
	text, ok := INSText(p)
	if !ok {
		return nil
	}
	symbol, err := datamatrix.Encode(text)
	if err != nil { // no text of these fields is too long for the largest symbol
		return nil
	}
	bounds := symbol.Bounds()
	modules := make([][]bool, bounds.Dy())
	for y := range modules {
		modules[y] = make([]bool, bounds.Dx())
		for x := range modules[y] {
			modules[y][x] = symbol.At(bounds.Min.X+x, bounds.Min.Y+y) == color.Black
		}
	}
	return modules
}

// registerName spells a name as the national register does: capitals without
// accents, spaces, hyphens and apostrophes. It is empty when a letter is left that
// the register would not have written.
func registerName(s string) string {
	var b strings.Builder
	joined := strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss", "’", "'").Replace(s)
	for _, r := range norm.NFD.String(joined) {
		switch r = unicode.ToUpper(r); {
		case unicode.Is(unicode.Mn, r):
		case r >= 'A' && r <= 'Z', r == ' ', r == '-', r == '\'':
			b.WriteRune(r)
		default:
			return ""
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
