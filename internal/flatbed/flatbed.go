// Package flatbed makes of a drawn page what an ordinary office scanner makes of it
// once printed, so that demonstrations and tests read paper and not a drawing.
//
// The printer's dots spread and its toner is uneven; the sheet lies a little askew,
// and its paper is not white; the lens blurs, the lamp is brighter on one side, and
// the sensor has noise. All of it is mild: a page that cannot be read after this
// could not be read in any practice. The same seed gives the same scan.
package flatbed

import (
	"image"
	"math"
	"math/rand/v2"
)

const (
	maxSkew    = 1.5 * math.Pi / 180
	maxOffset  = 0.004 // of the width
	maxStretch = 0.003

	paper = 238 // what the sensor makes of white paper
	toner = 28  // and of black
	lid   = 250 // what it sees beside the sheet

	// Standard deviations: of the sensor, of paper, and of toner in dark places.
	sensorNoise = 2.5
	tonerNoise  = 9
)

// Scan returns what a scanner makes of the page at the page's own resolution.
func Scan(page *image.Gray, seed uint64) *image.Gray {
	w, h := page.Rect.Dx(), page.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	if w == 0 || h == 0 {
		return out
	}
	r := rand.New(rand.NewPCG(seed, 0x5ca9))
	printed := soften(page, tones(0.10+0.10*r.Float64()))

	// The page is walked backwards, from each pixel of the scan to its place on the
	// sheet, in 16.16 fixed point.
	const one = 1 << 16
	angle := (2*r.Float64() - 1) * maxSkew
	stretch := 1 + (2*r.Float64()-1)*maxStretch
	sin, cos := math.Sincos(angle)
	dx, dy := int(math.Round(one*cos*stretch)), int(math.Round(one*sin*stretch))
	cx := float64(w)/2 + (2*r.Float64()-1)*maxOffset*float64(w)
	cy := float64(h)/2 + (2*r.Float64()-1)*maxOffset*float64(w)
	x0 := int(one * (float64(w)/2 - (cx*cos-cy*sin)*stretch))
	y0 := int(one * (float64(h)/2 - (cx*sin+cy*cos)*stretch))

	// The lamp: a slope to either side, and a bow down the length.
	slope, bow := (2*r.Float64()-1)*0.05, r.Float64()*0.04
	across := make([]int, w)
	for x := range across {
		across[x] = int(one * (1 + slope*(float64(x)/float64(w)-0.5)))
	}
	// Noise by grey level, in 1/256 for a strip of deviation 32: toner is more uneven
	// than paper.
	var grainAt [256]int
	for g := range grainAt {
		grainAt[g] = int(256 * (sensorNoise + (tonerNoise-sensorNoise)*float64(255-g)/255))
	}
	noise := newNoise(r)
	for y := range h {
		t := 2*float64(y)/float64(h) - 1
		light := int(256 * (1 - bow*t*t))
		u, v := x0-y*dy, y0+y*dx
		dst := out.Pix[y*out.Stride:][:w]
		grain := noise.row(r, w)
		for x := range dst {
			g := int(lid)
			if i, j := u>>16, v>>16; i >= 0 && j >= 0 && i < w-1 && j < h-1 {
				fx, fy := u&(one-1)>>8, v&(one-1)>>8
				p := printed.Pix[j*printed.Stride+i:]
				a, b := int(p[0]), int(p[1])
				p = p[printed.Stride:]
				c, d := int(p[0]), int(p[1])
				top, bottom := a<<8+(b-a)*fx, c<<8+(d-c)*fx
				g = (top<<8 + (bottom-top)*fy) >> 16
			}
			g += int(grain[x]) * grainAt[g] >> 13
			g = (g * (across[x] >> 8) >> 8) * light >> 8
			dst[x] = uint8(min(max(g, 0), 255))
			u += dx
			v += dy
		}
	}
	return out
}

// tones maps what was drawn to what is printed. Printing makes the half dark places
// darker, which along blurred edges is what spreads the dots.
func tones(gain float64) *[256]uint8 {
	var t [256]uint8
	for i := range t {
		ink := 1 - float64(i)/255
		ink += gain * 4 * ink * (1 - ink)
		t[i] = uint8(math.Round(paper + (toner-paper)*min(ink, 1)))
	}
	return &t
}

// soften blurs with the weights 1 2 1 both ways, printer and lens together, and
// applies the tones.
func soften(page *image.Gray, t *[256]uint8) *image.Gray {
	w, h := page.Rect.Dx(), page.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	row := func(y int) []uint8 {
		y = min(max(y, 0), h-1)
		return page.Pix[page.PixOffset(page.Rect.Min.X, page.Rect.Min.Y+y):][:w]
	}
	sums := make([]int, w+2)
	for y := range h {
		a, b, c := row(y-1), row(y), row(y+1)
		for x := range w {
			sums[x+1] = int(a[x]) + 2*int(b[x]) + int(c[x])
		}
		sums[0], sums[w+1] = sums[1], sums[w]
		dst := out.Pix[y*out.Stride:][:w]
		for x := range dst {
			dst[x] = t[(sums[x]+2*sums[x+1]+sums[x+2]+8)>>4]
		}
	}
	return out
}

// noise is a long strip of normal noise, of deviation 32, that each row begins at
// another place of: drawing a number for every pixel would take most of the time.
type noise []int8

func newNoise(r *rand.Rand) noise {
	n := make(noise, 1<<16)
	for i := range n {
		n[i] = int8(min(max(math.Round(r.NormFloat64()*32), -127), 127))
	}
	return n
}

func (n noise) row(r *rand.Rand, w int) []int8 {
	if w > len(n)/2 {
		out := make([]int8, w)
		for i := range out {
			out[i] = n[i%len(n)]
		}
		return out
	}
	return n[r.IntN(len(n)-w):][:w]
}
