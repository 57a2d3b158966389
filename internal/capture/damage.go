package capture

import (
	"math"
	"math/rand/v2"
)

// Damage is what happens to a sheet between printing and reading.
type Damage struct {
	Creases []Crease
	Stains  []Stain
	Strokes []Stroke
	// Specks is the number of holes in the print and of dark spots beside it, for each
	// cm², each 0.1-0.4 mm wide.
	Specks float64
	// Yellow is how much of its white the paper lost, 0-0.3.
	Yellow float64
}

// Crease is a line along which toner was worn off.
type Crease struct {
	X, Y, Angle float64 // through a place in mm, at an angle in radians
	Width       float64 // mm over which toner suffers: 0.2-1
	Loss        float64 // share of toner that is gone in the middle
}

// Stain is a drop of coffee that dried: a darker disc with a still darker rim.
type Stain struct {
	X, Y, Radius float64 // mm
	Dark         float64 // share of light that is lost: 0.1-0.5; the rim loses half as much again
}

// Stroke is a pen's line across the print, slightly bent.
type Stroke struct {
	X, Y, Angle, Length float64 // begins at a place in mm, in radians and mm
	Width               float64 // mm: 0.4 for a ballpoint, 0.8-1.2 for a felt pen
	Ink                 float64 // share of light that is lost
	Bend                float64 // radians for each mm
}

func (d *Damage) apply(s *raster, paper Paper, r *rand.Rand) {
	white := paper.White * 255
	for _, c := range d.Creases {
		sin, cos := math.Sincos(c.Angle)
		fine := newGrain(r)
		for y := range s.h {
			row := s.row(y)
			noise := fine.row(r, s.w)
			for x := range row {
				dx, dy := (float64(x)+0.5)/s.res-c.X, (float64(y)+0.5)/s.res-c.Y
				away := math.Abs(dx*sin-dy*cos) / c.Width
				if away > 1 {
					continue
				}
				loss := c.Loss*(1-away)*1.3 + 0.3*c.Loss*float64(noise[x])
				row[x] = level(float64(row[x]) + (white-float64(row[x]))*min(max(loss, 0), 1))
			}
		}
	}
	for _, t := range d.Stains {
		s.about(t.X, t.Y, t.Radius*1.1, func(p *uint8, dx, dy float64) {
			q := math.Hypot(dx, dy)/t.Radius + 0.05*math.Sin(5*math.Atan2(dy, dx))
			switch {
			case q > 1:
			case q > 0.93:
				*p = level(float64(*p) * (1 - 1.5*t.Dark))
			default:
				*p = level(float64(*p) * (1 - t.Dark))
			}
		})
	}
	for _, k := range d.Strokes {
		x, y, angle := k.X, k.Y, k.Angle
		for at := 0.0; at < k.Length; at += 0.1 {
			s.about(x, y, k.Width/2, func(p *uint8, dx, dy float64) {
				if math.Hypot(dx, dy) < k.Width/2 {
					*p = min(*p, level(white*(1-k.Ink)))
				}
			})
			sin, cos := math.Sincos(angle)
			x, y, angle = x+0.1*cos, y+0.1*sin, angle+0.1*k.Bend
		}
	}
	for range int(d.Specks * float64(s.w*s.h) / (s.res * s.res * 100)) {
		v := level(white)
		if r.IntN(2) == 0 {
			v = level(white * 0.2)
		}
		radius := 0.05 + 0.15*r.Float64()
		s.about(r.Float64()*float64(s.w)/s.res, r.Float64()*float64(s.h)/s.res, radius, func(p *uint8, dx, dy float64) {
			if math.Hypot(dx, dy) < radius {
				*p = v
			}
		})
	}
	if d.Yellow > 0 {
		for i, v := range s.pix {
			s.pix[i] = level(float64(v) * (1 - d.Yellow))
		}
	}
}

// about calls change for the dots within radius of a place, both in mm.
func (r *raster) about(x, y, radius float64, change func(p *uint8, dx, dy float64)) {
	for j := max(0, int((y-radius)*r.res)); j < r.h && float64(j) <= (y+radius)*r.res; j++ {
		for i := max(0, int((x-radius)*r.res)); i < r.w && float64(i) <= (x+radius)*r.res; i++ {
			change(&r.pix[j*r.w+i], (float64(i)+0.5)/r.res-x, (float64(j)+0.5)/r.res-y)
		}
	}
}

func level(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
