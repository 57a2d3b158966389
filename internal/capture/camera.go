package capture

import (
	"image"
	"math"
	"math/rand/v2"
)

// Pose is where the camera is and what lens it has.
type Pose struct {
	W, H int     // pixels
	View float64 // horizontal angle of view, radians: 1.0-1.2 for webcams, 1.15 for telephones
	// Scale is pixels per mm on the sheet where the optical axis would meet it straight
	// on: with the view it gives the distance.
	Scale float64
	// Tilt is the angle between the sheet and the picture, Toward its direction, Roll
	// the turn within the picture, all in radians.
	Tilt, Toward, Roll float64
	// X and Y are the place of the sheet that the camera is pointed at, in mm, and DX
	// and DY where that is seen beside the middle of the picture, in pixels.
	X, Y   float64
	DX, DY float64
	// Barrel is radial distortion at the corner of the picture, as a share of the
	// distance from the middle: 0-0.05.
	Barrel float64
	Mirror bool // as selfie cameras show it
}

// distance from the lens to the sheet in mm, and the focal length in pixels.
func (p *Pose) distance() (mm, focal float64) {
	focal = float64(p.W) / 2 / math.Tan(p.View/2)
	return focal / p.Scale, focal
}

// Light is what falls on the sheet. Lengths are in mm on the sheet, from the place
// that the camera is pointed at.
type Light struct {
	Slope, SlopeAngle float64 // share by which it changes over 100 mm, and where to
	// A shadow beyond a line: what is left there, and how wide its edge is.
	Shadow, ShadowAngle, ShadowAt, Penumbra float64
	// Glare is light mirrored by the surface, as a share of what white paper sends
	// back, in the middle of a spot with this radius (deviation).
	Glare, GlareX, GlareY, GlareRadius float64
	// Grid is the contrast of the lattice that the dots of a display make with those of
	// the sensor, and GridPitch its spacing in mm.
	Grid, GridPitch float64
}

// Lens is blur, in pixels.
type Lens struct {
	Sigma               float64 // of the optics and the colour filter: 0.4-0.8
	Defocus             float64 // diameter of the disc
	Motion, MotionAngle float64 // length and direction of the line
	Vignette            float64 // share of light lost in the corners
}

// Shot is a sheet with a way of photographing it.
type Shot struct {
	Sheet   Sheet
	Printer Printer
	Paper   Paper
	Damage  Damage
	Surface Surface
	Pose    Pose
	Light   Light
	Lens    Lens
	Sensor  Sensor
	// Invert prints light modules dark, on a dark ground.
	Invert bool
}

// Take makes the picture.
func (s *Shot) Take(r *rand.Rand) *image.Gray {
	ink := s.Sheet.draw(r)
	if s.Invert {
		for i, v := range ink.pix {
			ink.pix[i] = 255 - v
		}
	}
	sheet := s.Printer.print(ink, s.Paper, r)
	s.Damage.apply(sheet, s.Paper, r)
	light := s.expose(sheet, r)
	light.blur(&s.Lens)
	return s.Sensor.read(light, r)
}

// picture is linear light, 1 being what white paper in full light sends back.
type picture struct {
	v    []float32
	w, h int
}

func (p *picture) row(y int) []float32 { return p.v[y*p.w:][:p.w] }

// Rays are traced at the corners of cells of this many pixels, and interpolated.
const cell = 8

// ray is where on the sheet (mm) the light of a pixel comes from, and what the
// light does there.
type ray struct{ x, y, light, glare float64 }

// expose projects the sheet onto the sensor.
func (s *Shot) expose(sheet *raster, r *rand.Rand) *picture {
	out := &picture{v: make([]float32, s.Pose.W*s.Pose.H), w: s.Pose.W, h: s.Pose.H}
	// The level whose dots are as large as a pixel or somewhat smaller.
	for sheet.res > 2*s.Pose.Scale {
		sheet = sheet.half()
	}
	behind := background(r)
	trace := s.tracer()
	cw := out.w/cell + 2
	rays := make([]ray, cw*(out.h/cell+2))
	for i := range rays {
		rays[i] = trace(float64(i%cw*cell), float64(i/cw*cell))
	}
	for y := range out.h {
		top, bottom := rays[y/cell*cw:][:cw], rays[(y/cell+1)*cw:][:cw]
		fy := (float64(y%cell) + 0.5) / cell
		dst := out.row(y)
		for i := 0; i*cell < out.w; i++ {
			a, b := between(top[i], bottom[i], fy), between(top[i+1], bottom[i+1], fy)
			for k := range min(cell, out.w-i*cell) {
				q := between(a, b, (float64(k)+0.5)/cell)
				v := sheet.sample(q.x, q.y)
				if v < 0 {
					v = behind.at(q.x, q.y)
				}
				if s.Light.Grid > 0 {
					p := 2 * math.Pi / s.Light.GridPitch
					q.light *= 1 + s.Light.Grid*math.Cos(q.x*p)*math.Cos(q.y*p)
				}
				dst[i*cell+k] = float32(v*q.light + q.glare)
			}
		}
	}
	return out
}

func between(a, b ray, f float64) ray {
	return ray{a.x + (b.x-a.x)*f, a.y + (b.y-a.y)*f, a.light + (b.light-a.light)*f, a.glare + (b.glare-a.glare)*f}
}

// sample returns the reflectance at a place in mm, −1 beside the sheet.
func (r *raster) sample(x, y float64) float64 {
	x, y = x*r.res-0.5, y*r.res-0.5
	if x < 0 || y < 0 || x >= float64(r.w-1) || y >= float64(r.h-1) {
		return -1
	}
	i, j := int(x), int(y)
	fx, fy := x-float64(i), y-float64(j)
	p := r.pix[j*r.w+i:]
	a, b := float64(p[0]), float64(p[1])
	p = p[r.w:]
	c, d := float64(p[0]), float64(p[1])
	top := a + (b-a)*fx
	return (top + (c+(d-c)*fx-top)*fy) / 255
}

// at returns the reflectance of a pattern that repeats, without smoothing.
func (r *raster) at(x, y float64) float64 {
	i, j := int(x*r.res)%r.w, int(y*r.res)%r.h
	if i < 0 {
		i += r.w
	}
	if j < 0 {
		j += r.h
	}
	return float64(r.pix[j*r.w+i]) / 255
}

// background is what lies behind the sheet: cloth, wood, a hand; soft patches from
// dark to light.
func background(r *rand.Rand) *raster {
	const size = 128 // mm, then repeated
	out := newRaster(size*2, size*2, 2)
	base, contrast := 0.1+0.5*r.Float64(), 0.05+0.15*r.Float64()
	rows, columns := smooth(r, out.h, 6+40*r.Float64()), smooth(r, out.w, 6+40*r.Float64())
	for y := range out.h {
		for x := range out.w {
			out.pix[y*out.w+x] = level(255 * (base + contrast*rows[y]*columns[x] + 0.01*r.NormFloat64()))
		}
	}
	return out
}

// tracer returns the function from pixels to rays.
func (s *Shot) tracer() func(px, py float64) ray {
	p := &s.Pose
	mm, focal := p.distance()
	flat := s.Surface.cut(600)
	// The camera looks along +z. Axes of the sheet in the camera's coordinates: turned
	// by Roll within the picture, then tilted about an axis at Toward.
	x, y, z := vector{1, 0, 0}, vector{0, 1, 0}, vector{0, 0, 1}
	for _, v := range []*vector{&x, &y, &z} {
		*v = v.about(vector{0, 0, 1}, p.Roll).about(vector{math.Cos(p.Toward), math.Sin(p.Toward), 0}, p.Tilt)
	}
	// The place pointed at is at distance mm on the ray that DX and DY say.
	origin := vector{p.DX / focal * mm, p.DY / focal * mm, mm}
	sinR, cosR := math.Sincos(s.Surface.Ruling)
	corner := math.Hypot(float64(p.W), float64(p.H)) / 2
	return func(px, py float64) ray {
		dx, dy := px-float64(p.W)/2, py-float64(p.H)/2
		if p.Mirror {
			dx = -dx
		}
		q := math.Hypot(dx, dy) / corner
		undistort := 1 + p.Barrel*q*q
		d := vector{dx * undistort / focal, dy * undistort / focal, 1}
		// In the sheet's coordinates the eye is at e and looks along l.
		e := vector{-origin.dot(x), -origin.dot(y), -origin.dot(z)}
		l := vector{d.dot(x), d.dot(y), d.dot(z)}
		var u, v, height, paper, slope, across float64
		for range 6 {
			t := (height - e.z) / l.z
			if t < 0 {
				return ray{-1e4, -1e4, 0.5, 0}
			}
			u, v = e.x+t*l.x, e.y+t*l.y
			across = -u*sinR + v*cosR
			var next float64
			next, paper, slope = flat.at(across)
			height += 0.8 * (next - height)
		}
		along := u*cosR + v*sinR
		u, v = along*cosR-paper*sinR, along*sinR+paper*cosR
		// Light comes from half a metre above the camera's side: slopes turn away from it.
		light := (1 + 0.35*slope) / math.Sqrt(1+slope*slope)
		light *= 1 - s.Lens.Vignette*q*q
		glare := s.Light.at(u, v, &light)
		return ray{u + p.X, v + p.Y, light, glare}
	}
}

// at changes the light that falls on a place, and returns what is mirrored there.
func (l *Light) at(u, v float64, light *float64) (glare float64) {
	sin, cos := math.Sincos(l.SlopeAngle)
	*light *= max(0.1, 1+l.Slope*(u*cos+v*sin)/100)
	if l.Shadow > 0 {
		sin, cos := math.Sincos(l.ShadowAngle)
		t := min(max((u*cos+v*sin-l.ShadowAt)/max(l.Penumbra, 0.5)+0.5, 0), 1)
		*light *= 1 - (1-l.Shadow)*t*t*(3-2*t)
	}
	if l.Glare > 0 {
		d := math.Hypot(u-l.GlareX, v-l.GlareY) / l.GlareRadius
		glare = l.Glare * math.Exp(-d*d/2)
	}
	return glare
}

type vector struct{ x, y, z float64 }

func (a vector) dot(b vector) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

// about turns a vector about a unit axis (Rodrigues).
func (a vector) about(k vector, angle float64) vector {
	sin, cos := math.Sincos(angle)
	d := k.dot(a) * (1 - cos)
	return vector{
		a.x*cos + (k.y*a.z-k.z*a.y)*sin + k.x*d,
		a.y*cos + (k.z*a.x-k.x*a.z)*sin + k.y*d,
		a.z*cos + (k.x*a.y-k.y*a.x)*sin + k.z*d,
	}
}
