package advice

import (
	"image"
	"math"
	"math/rand/v2"

	"github.com/zoneblanche/zoneblanche/qr"
)

// scene is a sheet with a code on a desk, as a camera sees it. Lengths are in
// pixels of the picture.
type scene struct {
	w, h        int
	modules     [][]bool
	module      float64
	x, y, angle float64 // the middle of the code, and how it is turned
	blur        float64 // deviation
	gain        float64 // of the light
	noise       float64
	text        bool // lines of text around
	blobs       []blob
	paper, desk float64
	ink         float64
}

// blob is a round patch of one level with a soft edge.
type blob struct{ x, y, r, level float64 }

// newScene is a good photograph with a seed of its own.
func newScene(r *rand.Rand) *scene {
	between := func(a, b float64) float64 { return a + (b-a)*r.Float64() }
	s := &scene{
		w: 720, h: 560, module: between(4, 5), angle: between(-0.25, 0.25), blur: between(0.5, 0.8), gain: 1,
		noise: between(1, 3), text: r.IntN(3) > 0, paper: between(190, 240), desk: between(60, 150), ink: between(15, 45),
	}
	// 150 to 350 characters: versions 6 to 11.
	const chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	text := make([]byte, 150+r.IntN(200))
	for i := range text {
		text[i] = chars[r.IntN(len(chars))]
	}
	symbol, err := qr.NewSymbol(string(text))
	if err != nil {
		panic(err)
	}
	if s.modules, err = symbol.Modules(); err != nil {
		panic(err)
	}
	half := s.side() * 0.8
	s.x, s.y = between(half, float64(s.w)-half), between(half, float64(s.h)-half)
	return s
}

func (s *scene) side() float64 { return s.module * float64(len(s.modules)) }

// at is the light that a point sends out.
func (s *scene) at(x, y float64) float64 {
	sin, cos := math.Sincos(s.angle)
	dx, dy := x-s.x, y-s.y
	u, v := dx*cos+dy*sin, dy*cos-dx*sin // on the sheet, from the code's middle
	half := s.side() / 2
	switch {
	case math.Abs(u) > half+160+12*s.module || math.Abs(v) > half+140+12*s.module:
		return s.desk + 12*math.Sin(x/37)*math.Sin(y/23+x/51)
	case len(s.modules) > 0 && math.Abs(u) < half && math.Abs(v) < half:
		if s.modules[int((v+half)/s.module)][int((u+half)/s.module)] {
			return s.ink
		}
	case s.text && (math.Abs(v) > half+6*s.module || math.Abs(u) > half+6*s.module):
		// Strokes of 2 pixels in words, in lines 18 pixels apart.
		line := math.Floor(v / 18)
		in := v - 18*line
		word := math.Mod(math.Abs(u*0.9+line*31), 47)
		stroke := math.Mod(math.Abs(u*1.3+line*7+3*math.Sin(u/9+line)), 7)
		if in > 4 && in < 13 && word > 9 && (stroke < 1.7 || in < 5.2 && stroke < 4) {
			return s.ink + 10
		}
	}
	return s.paper
}

// photograph renders the scene.
func (s *scene) photograph(r *rand.Rand) *image.Gray {
	light := make([]float64, s.w*s.h)
	const sub = 2
	for y := range s.h {
		for x := range s.w {
			v := 0.0
			for j := range sub {
				for i := range sub {
					v += s.at(float64(x)+(float64(i)+0.5)/sub, float64(y)+(float64(j)+0.5)/sub)
				}
			}
			light[y*s.w+x] = v / (sub * sub)
		}
	}
	light = gaussian(light, s.w, s.h, s.blur)
	img := image.NewGray(image.Rect(0, 0, s.w, s.h))
	for i, v := range light {
		x, y := float64(i%s.w), float64(i/s.w)
		for _, b := range s.blobs {
			d := math.Hypot(x-b.x, y-b.y)
			k := 1 / (1 + math.Exp((d-b.r)/(0.06*b.r)))
			v += (b.level - v) * k
		}
		img.Pix[i] = uint8(min(max(v*s.gain+r.NormFloat64()*s.noise, 0), 255))
	}
	return img
}

// gaussian blurs rows, then columns.
func gaussian(v []float64, w, h int, sigma float64) []float64 {
	n := int(math.Ceil(3 * sigma))
	kernel := make([]float64, 2*n+1)
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-n)*(i-n)) / (2 * sigma * sigma))
		sum += kernel[i]
	}
	pass := func(src []float64, stride, count, lines, step int) []float64 {
		dst := make([]float64, len(src))
		for l := range lines {
			for i := range count {
				t := 0.0
				for k, weight := range kernel {
					j := min(max(i+k-n, 0), count-1)
					t += weight * src[l*step+j*stride]
				}
				dst[l*step+i*stride] = t / sum
			}
		}
		return dst
	}
	return pass(pass(v, 1, w, h, w), w, h, w, 1)
}
