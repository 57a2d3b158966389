package print

import (
	_ "embed" // the fonts are part of the program
	"encoding/binary"
	"errors"
	"math"
)

// The fonts are strings because nothing can write into a string: the PDF writer
// is given copies of its own, which it changes while it works.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	regularTTF string
	//go:embed fonts/NotoSans-Bold.ttf
	boldTTF string
)

// mmPerPoint converts the sizes of letters into the unit of the page.
const mmPerPoint = 25.4 / 72

var errFont = errors.New("a built-in font is not a TrueType font as expected")

// face knows which characters a font can draw and how wide they are. It exists
// beside the PDF writer's own tables because those answer a guess for a
// character that is not there, and a sheet must never guess.
type face struct {
	advance [1 << 16]float64 // in thousandths of the letters' size
	drawn   [1 << 16]bool
}

// faces are the two weights of the sheet.
type faces struct{ regular, bold *face }

func loadFaces() (*faces, error) {
	regular, err := parseFace(regularTTF)
	if err != nil {
		return nil, err
	}
	bold, err := parseFace(boldTTF)
	if err != nil {
		return nil, err
	}
	return &faces{regular, bold}, nil
}

func (f *faces) of(bold bool) *face {
	if bold {
		return f.bold
	}
	return f.regular
}

// has reports whether both weights can draw r.
func (f *faces) has(r rune) bool {
	return r >= 0 && r < 1<<16 && f.regular.drawn[r] && f.bold.drawn[r]
}

// width returns the width of s in millimetres at a size in points.
func (f *faces) width(s string, bold bool, size float64) float64 {
	sum := 0.0
	for _, r := range s {
		sum += f.letter(r, bold, size)
	}
	return sum
}

// letter is the width of one character that the fonts have.
func (f *faces) letter(r rune, bold bool, size float64) float64 {
	return f.of(bold).advance[r&0xFFFF] / 1000 * size * mmPerPoint
}

// parseFace reads what is needed of a TrueType file (OpenType 1.9, tables head,
// hhea, hmtx and cmap format 4, which covers the basic plane).
func parseFace(ttf string) (out *face, err error) {
	defer func() {
		if recover() != nil { // an index past the end of a damaged file
			out, err = nil, errFont
		}
	}()
	data := []byte(ttf)
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	tables := map[string]int{}
	for i := range u16(4) {
		row := 12 + 16*i
		tables[string(data[row:row+4])] = u32(row + 8)
	}
	perEm := float64(u16(tables["head"] + 18))
	metrics := u16(tables["hhea"] + 34)
	advance := func(glyph int) float64 {
		// The writer of the PDF rounds widths to thousandths; rounding in the same
		// way keeps what is measured and what is shown equal.
		return math.Round(float64(u16(tables["hmtx"]+4*min(glyph, metrics-1))) * 1000 / perEm)
	}
	sub := 0
	for i := range u16(tables["cmap"] + 2) {
		at := tables["cmap"] + u32(tables["cmap"]+4+8*i+4)
		if u16(at) == 4 {
			sub = at
			break
		}
	}
	if sub == 0 || perEm == 0 {
		return nil, errFont
	}
	f := &face{}
	doubled := u16(sub + 6) // twice the number of segments
	for seg := 0; seg < doubled; seg += 2 {
		end, start := u16(sub+14+seg), u16(sub+16+doubled+seg)
		delta := u16(sub + 16 + 2*doubled + seg)
		offsetAt := sub + 16 + 3*doubled + seg
		for c := start; c <= end && c != 0xFFFF; c++ {
			glyph := c + delta
			if offset := u16(offsetAt); offset != 0 {
				glyph = u16(offsetAt + offset + 2*(c-start))
				if glyph != 0 {
					glyph += delta
				}
			}
			if glyph &= 0xFFFF; glyph != 0 {
				f.advance[c], f.drawn[c] = advance(glyph), true
			}
		}
	}
	return f, nil
}

// FontFile is the TrueType file of the sheet's letters, for whoever shows the same
// words on a screen.
func FontFile(bold bool) string {
	if bold {
		return boldTTF
	}
	return regularTTF
}
