package capture

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Code is a symbol on a sheet: true modules are dark.
type Code struct {
	Modules    [][]bool
	X, Y, Size float64 // upper left corner and side without the quiet zone, mm
}

// Module is the side of one module in mm.
func (c *Code) Module() float64 { return c.Size / float64(len(c.Modules)) }

// Sheet is a piece of paper with what is printed on it.
type Sheet struct {
	W, H  float64 // mm
	Codes []Code
	// Lines fills what no code and its quiet zone need with lines of small print.
	Lines bool
}

// dots is the resolution at which sheets are drawn, per mm. It is 254 dpi: twice
// what the finest capture here needs.
const dots = 10

// raster is reflectance: 0 reflects nothing, 255 all.
type raster struct {
	pix  []uint8
	w, h int
	res  float64 // pixels per mm
}

func newRaster(w, h int, res float64) *raster {
	return &raster{pix: make([]uint8, w*h), w: w, h: h, res: res}
}

func (r *raster) row(y int) []uint8 { return r.pix[y*r.w:][:r.w] }

// half returns the raster at half its resolution.
func (r *raster) half() *raster {
	out := newRaster(max(1, r.w/2), max(1, r.h/2), r.res/2)
	if r.w < 2 || r.h < 2 {
		return r
	}
	for y := range out.h {
		a, b, dst := r.row(2*y), r.row(2*y+1), out.row(y)
		for x := range dst {
			dst[x] = uint8((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) / 4)
		}
	}
	return out
}

// draw returns how much of each dot is meant to be ink, 255 all of it.
func (s *Sheet) draw(r *rand.Rand) *raster {
	out := newRaster(int(s.W*dots), int(s.H*dots), dots)
	if s.Lines {
		s.print(out, r)
	}
	for i := range s.Codes {
		c := &s.Codes[i]
		m := c.Module()
		out.fill(c.X-4*m, c.Y-4*m, c.Size+8*m, c.Size+8*m, 0)
		for y, row := range c.Modules {
			for x := 0; x < len(row); x++ {
				n := 0
				for x+n < len(row) && row[x+n] {
					n++
				}
				if n > 0 {
					out.fill(c.X+float64(x)*m, c.Y+float64(y)*m, float64(n)*m, m, 255)
				}
				x += n
			}
		}
	}
	return out
}

// fill inks a rectangle, its borders as far as they cover a dot.
func (r *raster) fill(x, y, w, h float64, ink uint8) {
	x0, y0, x1, y1 := x*r.res, y*r.res, (x+w)*r.res, (y+h)*r.res
	part := func(i int, from, to float64) float64 {
		return max(0, min(float64(i+1), to)-max(float64(i), from))
	}
	for j := max(0, int(y0)); j < r.h && float64(j) < y1; j++ {
		py := part(j, y0, y1)
		row := r.row(j)
		for i := max(0, int(x0)); i < r.w && float64(i) < x1; i++ {
			p := py * part(i, x0, x1)
			if ink == 0 {
				row[i] = uint8(float64(row[i]) * (1 - p))
			} else {
				row[i] = uint8(min(255, float64(row[i])+p*float64(ink)))
			}
		}
	}
}

// print writes lines of words, 3 mm high, as sheets of ours have them.
func (s *Sheet) print(out *raster, r *rand.Rand) {
	words := []string{"Allergie ", "Paracetamol ", "1 g ", "3 fois par jour ", "oui ", "01/02/1951 ", "##E ", "[X] "}
	const size = 2 // dots for each pixel of the font
	w := out.w / size
	line := image.NewAlpha(image.Rect(0, 0, w, 13))
	for y := 15; y+13*size < out.h; y += 20 * size {
		clear(line.Pix)
		d := font.Drawer{Dst: line, Src: image.Opaque, Face: basicfont.Face7x13, Dot: fixed.P(6, 11)}
		for d.Dot.X < fixed.I(w-70) && r.IntN(14) > 0 {
			d.DrawString(words[r.IntN(len(words))])
		}
		for j := range 13 * size {
			dst := out.row(y + j)
			for i := range w * size {
				dst[i] = line.Pix[j/size*line.Stride+i/size]
			}
		}
	}
}

// smooth makes n values of mean zero and deviation about one that change over
// length steps, by cosine interpolation between random ones.
func smooth(r *rand.Rand, n int, length float64) []float64 {
	out := make([]float64, n)
	a, b, at := r.NormFloat64(), r.NormFloat64(), 0.0
	for i := range out {
		if at >= 1 {
			a, b, at = b, r.NormFloat64(), at-1
		}
		t := (1 - math.Cos(math.Pi*at)) / 2
		out[i] = a + (b-a)*t
		at += 1 / length
	}
	return out
}

// grain is a strip of normal noise that rows begin at random places of: drawing a
// number for every pixel would take most of the time.
type grain []float32

func newGrain(r *rand.Rand) grain {
	g := make(grain, 1<<16)
	for i := range g {
		g[i] = float32(r.NormFloat64())
	}
	return g
}

func (g grain) row(r *rand.Rand, w int) []float32 {
	if w >= len(g) {
		out := make([]float32, w)
		for i := range out {
			out[i] = g[i%len(g)]
		}
		return out
	}
	return g[r.IntN(len(g)-w):][:w]
}
