package capture

import (
	"math"
	"math/rand/v2"
)

// Printer is how ink or toner comes onto the paper. The zero value prints what was
// drawn, in full black.
type Printer struct {
	// Gain is how far dark edges move outwards, in µm: 10-40 for a laser printer,
	// 40-120 for ink on plain paper.
	Gain float64
	// Faint is how much of the ink is lacking everywhere: 0 full black, 0.7 barely grey.
	Faint float64
	// Streaks is how much is lacking more in streaks along the paper's path, as when
	// toner runs out, and StreakWidth how wide these are, in mm.
	Streaks, StreakWidth float64
	// Mottle is the standard deviation of ink from dot to dot: 0.02-0.15.
	Mottle float64
}

// Paper is what is printed on. The zero value reflects nothing: use [plain].
type Paper struct {
	White float64 // reflectance: 0.80-0.92 for office paper, 0.6 for recycled or aged
	Fibre float64 // standard deviation of it: 0.005-0.02
}

var plain = Paper{White: 0.86, Fibre: 0.008}

// ink reflects this of the light: a density of 1.35.
const inkReflectance = 0.045

// print turns ink into reflectance.
func (p *Printer) print(ink *raster, paper Paper, r *rand.Rand) *raster {
	// A dot of 42 µm, the 600th of an inch, is soft; the drawing's own dots of 100 µm
	// are softened by about as much as they are large, which makes edges continuous.
	// Along an edge the softened ink follows an error function with this deviation in
	// µm, so that a gain is a threshold. Ink that spreads far is softer.
	soft, deviation := ink.blurred(), 75.
	if p.Gain > 60 {
		soft, deviation = soft.blurred(), 105
	}
	t := 0.5 * math.Erfc(p.Gain/deviation/math.Sqrt2)
	// A curve from no ink to all of it that is half at the threshold.
	power := math.Log(0.5) / math.Log(t)
	var tone [256]float32
	for i := range tone {
		tone[i] = float32(math.Pow(float64(i)/255, power))
	}
	streaks := make([]float32, ink.w)
	if p.Streaks > 0 {
		for i, v := range smooth(r, ink.w, max(p.StreakWidth, 0.3)*ink.res) {
			streaks[i] = float32(p.Streaks * max(0, v*0.8))
		}
	}
	fine := newGrain(r)
	out := newRaster(ink.w, ink.h, ink.res)
	white, full := float32(paper.White), float32(1-p.Faint)
	for y := range ink.h {
		src, dst := soft.row(y), out.row(y)
		a, b := fine.row(r, ink.w), fine.row(r, ink.w)
		for x, c := range src {
			density := tone[c]
			if density > 0 {
				density *= max(0, full*(1-streaks[x])+float32(p.Mottle)*a[x])
			}
			v := white*(1-min(density, 1)) + inkReflectance*min(density, 1) + float32(paper.Fibre)*b[x]
			dst[x] = uint8(min(max(v, 0), 1)*255 + 0.5)
		}
	}
	return out
}

// blurred is the raster under the weights 1 2 1 both ways.
func (r *raster) blurred() *raster {
	out := newRaster(r.w, r.h, r.res)
	sums := make([]int, r.w+2)
	for y := range r.h {
		a, b, c := r.row(max(y-1, 0)), r.row(y), r.row(min(y+1, r.h-1))
		for x := range r.w {
			sums[x+1] = int(a[x]) + 2*int(b[x]) + int(c[x])
		}
		sums[0], sums[r.w+1] = sums[1], sums[r.w]
		dst := out.row(y)
		for x := range dst {
			dst[x] = uint8((sums[x] + 2*sums[x+1] + sums[x+2] + 8) >> 4)
		}
	}
	return out
}
