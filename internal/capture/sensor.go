package capture

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Sensor is how light becomes a file.
type Sensor struct {
	// Exposure is the level, 0-1, that white paper in full light comes to before
	// gamma: 0.5-0.9 well exposed, 0.1 dark, above 1.1 burnt out.
	Exposure float64
	// Noise is its standard deviation where the level is 1, of shot noise mostly:
	// 0.005 in daylight, 0.05 in a dim room.
	Noise float64
	// Smooth removes noise as webcams do: the mean of three by three, to this share.
	Smooth float64
	// Sharpen is how much of the difference from the mean about it a pixel gains: 0-1.
	Sharpen float64
	Quality int // of JPEG, 1-100; 0 writes none
	Bilevel bool
}

const gamma = 1 / 2.2

func (s *Sensor) read(p *picture, r *rand.Rand) *image.Gray {
	fine := newGrain(r)
	const steps = 4096
	var tone [steps + 1]float32
	for i := range tone {
		tone[i] = float32(255 * math.Pow(float64(i)/steps, gamma))
	}
	exposure, noise := float32(s.Exposure), float32(s.Noise)
	for y := range p.h {
		row, n := p.row(y), fine.row(r, p.w)
		for x, v := range row {
			v *= exposure
			// Shot noise grows with the root of the light; a tenth is read noise.
			v += noise * n[x] * (0.1 + float32(math.Sqrt(float64(max(v, 0)))))
			row[x] = tone[int(min(max(v, 0), 1)*steps)]
		}
	}
	if s.Smooth != 0 {
		p.unsharp(float32(-s.Smooth))
	}
	if s.Sharpen != 0 {
		p.unsharp(float32(s.Sharpen))
	}
	out := image.NewGray(image.Rect(0, 0, p.w, p.h))
	for i, v := range p.v {
		out.Pix[i] = uint8(min(max(v+0.5, 0), 255))
	}
	if s.Bilevel {
		bilevel(out)
	}
	if s.Quality > 0 {
		return asJPEG(out, s.Quality)
	}
	return out
}

// unsharp adds a share of what tells each pixel from the mean of three by three.
func (p *picture) unsharp(share float32) {
	out := make([]float32, len(p.v))
	sums := make([]float32, p.w+2)
	for y := range p.h {
		a, b, c := p.row(max(y-1, 0)), p.row(y), p.row(min(y+1, p.h-1))
		for x := range p.w {
			sums[x+1] = a[x] + b[x] + c[x]
		}
		sums[0], sums[p.w+1] = sums[1], sums[p.w]
		dst := out[y*p.w:][:p.w]
		for x := range dst {
			mean := (sums[x] + sums[x+1] + sums[x+2]) / 9
			dst[x] = b[x] + share*(b[x]-mean)
		}
	}
	p.v = out
}

// bilevel is what a fax leaves: black or white, by the middle of the darkest and
// lightest tenths.
func bilevel(g *image.Gray) {
	var hist [256]int
	for _, v := range g.Pix {
		hist[v]++
	}
	quantile := func(share float64) int {
		n := 0
		for v, c := range hist {
			if n += c; float64(n) >= share*float64(len(g.Pix)) {
				return v
			}
		}
		return 255
	}
	t := uint8((quantile(0.05) + quantile(0.9)) / 2)
	for i, v := range g.Pix {
		g.Pix[i] = 0
		if v > t {
			g.Pix[i] = 255
		}
	}
}

func asJPEG(g *image.Gray, quality int) *image.Gray {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality}); err != nil {
		return g // the writer is a buffer: cannot be
	}
	m, err := jpeg.Decode(&b)
	if err != nil {
		return g
	}
	return m.(*image.Gray)
}
