package foreign

import (
	"context"
	"image"
	"image/color"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/datamatrix"

	"github.com/zoneblanche/zoneblanche/qr/scan"
	"github.com/zoneblanche/zoneblanche/record"
)

func qualified() record.Patient {
	return record.Patient{
		INS: record.INS{Matricule: "278122A00401584", OID: record.OIDINSTest}, Qualified: true,
		BirthName: "Colonna-Çelik", UsedName: "Œuvrard", GivenNames: []string{"Ghjùlia", "Zoë", "Françoise"},
		BirthDate: "1978-12-03", Sex: record.Female, BirthPlace: "2A004",
	}
}

func TestINSText(t *testing.T) {
	const want = "IS010000000000000000000000S1278122A00401584S21.2.250.1.213.1.4.10S3GHJULIA ZOE FRANCOISE\x1dS4COLONNA-CELIK\x1dS5FS603-12-1978S72A004"
	if got, ok := INSText(qualified()); !ok || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, change := range map[string]func(*record.Patient){
		"not checked":        func(p *record.Patient) { p.Qualified = false },
		"no number":          func(p *record.Patient) { p.INS = record.INS{} },
		"a month of birth":   func(p *record.Patient) { p.BirthDate = "1978-12" },
		"no name":            func(p *record.Patient) { p.BirthName = "" },
		"a foreign letter":   func(p *record.Patient) { p.BirthName = "Þórsdóttir" },
		"no sex":             func(p *record.Patient) { p.Sex = "" },
		"a place of nothing": func(p *record.Patient) { p.BirthPlace = "Ajaccio" },
	} {
		p := qualified()
		if change(&p); INSModules(p) != nil {
			t.Errorf("%s: a datamatrix was made", name)
		}
	}
}

// What is written is read back, by our ladder and by a decoder that others wrote, as
// the identity that it was made from.
func TestINSDatamatrixReadsBack(t *testing.T) {
	p := qualified()
	want, _ := INSText(p)
	page := drawn(INSModules(p), 4)
	found, err := scan.Symbols(context.Background(), page)
	if err != nil || len(found) != 1 || found[0].Text != want {
		t.Fatalf("got %v, %v, want one symbol %q", found, err, want)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := zxing.NewDataMatrixReader().DecodeWithoutHints(bitmap); err != nil || got.GetText() != want {
		t.Errorf("zxing: got %v, %v, want %q", got, err, want)
	}
	readings, _ := Reader{}.Read([]string{found[0].Text})
	if len(readings) != 1 || readings[0].Kind != KindINS || readings[0].Patient.INS != p.INS || len(readings[0].Warnings) != 0 ||
		readings[0].Patient.BirthDate != p.BirthDate || readings[0].Patient.BirthPlace != p.BirthPlace {
		t.Errorf("got %+v", readings)
	}
}

// drawn draws modules of so many pixels, with a margin.
func drawn(modules [][]bool, pixels int) *image.Gray {
	n := len(modules) + 8
	page := image.NewGray(image.Rect(0, 0, n*pixels, n*pixels))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for y, row := range modules {
		for x, dark := range row {
			for i := range pixels * pixels {
				if dark {
					page.SetGray((x+4)*pixels+i%pixels, (y+4)*pixels+i/pixels, color.Gray{})
				}
			}
		}
	}
	return page
}
