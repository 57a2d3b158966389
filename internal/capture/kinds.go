package capture

import (
	"hash/fnv"
	"image"
	"math"
	"math/rand/v2"
)

// Kind is a degradation: what it changes in a shot that is otherwise an ordinary
// one. Strength 1 draws from what somebody meets who holds the paper as a leaflet
// would say; 2 from twice as much.
type Kind struct {
	Name  string
	About string // with the ranges at strength 1
	set   func(s *Shot, r *rand.Rand, strength float64)
}

// View says how the sheet is looked at.
type View struct {
	W, H int // pixels of the picture
	// PixelsPerModule is the range of the resolution in the middle of the picture,
	// straight on. Less than the least of it is never drawn; the symbol must fit, which
	// can cut its upper part off.
	PixelsPerModule [2]float64
	Strength        float64 // 1 when zero
	// Page shows the whole sheet, and not its first code.
	Page bool
}

// Webcam is the view of a 720p camera held as recommended: 4.5 pixels a module and
// more.
var Webcam = View{W: 1280, H: 720, PixelsPerModule: [2]float64{4.5, 9}}

// between01 draws from a range.
func draw(r *rand.Rand, from, to float64) float64 { return from + (to-from)*r.Float64() }

const degree = math.Pi / 180

// Kinds are all degradations, the ordinary shot first.
func Kinds() []Kind {
	return append([]Kind{
		{"plain", "an ordinary webcam, office light, a sheet held by hand: tilt to 12°, rolled to a radius of 300 mm or more",
			func(*Shot, *rand.Rand, float64) {}},
	}, append(single(), Kind{"mixed", "two of the others at once, at 0.7 of their strength", mixed})...)
}

func mixed(s *Shot, r *rand.Rand, strength float64) {
	all := single()
	i := r.IntN(len(all))
	j := (i + 1 + r.IntN(len(all)-1)) % len(all)
	all[i].set(s, r, 0.7*strength)
	all[j].set(s, r, 0.7*strength)
}

func single() []Kind {
	return []Kind{
		{"tilt", "15° to 35° in any direction", func(s *Shot, r *rand.Rand, k float64) {
			s.Pose.Tilt = min(draw(r, 15, 35)*k, 60) * degree
		}},
		{"turned", "turned by any angle", func(s *Shot, r *rand.Rand, k float64) {
			s.Pose.Roll = draw(r, 0, 360) * degree
		}},
		{"rolled", "a roll with a radius of 60 to 250 mm", func(s *Shot, r *rand.Rand, k float64) {
			s.Surface.Radius = draw(r, 60, 250) / k * pick(r)
		}},
		{"folded", "one or two folds of 8° to 25° across the symbol, their toner worn over 0.3 to 0.8 mm", folded},
		{"worn", "four to ten creases, specks, paper gone yellow: two years in a wallet", worn},
		{"defocus", "a disc of 0.5 to 1.1 modules", func(s *Shot, r *rand.Rand, k float64) {
			s.Lens.Defocus = draw(r, 0.5, 1.1) * k * s.module()
		}},
		{"motion", "a line of 0.3 to 0.9 modules", func(s *Shot, r *rand.Rand, k float64) {
			s.Lens.Motion, s.Lens.MotionAngle = draw(r, 0.3, 0.9)*k*s.module(), draw(r, 0, 180)*degree
		}},
		{"dim", "paper at 8 to 20 % of full scale, noise of 3 to 6 %, smoothed by the camera", func(s *Shot, r *rand.Rand, k float64) {
			s.Sensor.Exposure = draw(r, 0.08, 0.2) / k
			s.Sensor.Noise, s.Sensor.Smooth = draw(r, 0.03, 0.06)*k*math.Sqrt(s.Sensor.Exposure), draw(r, 0.3, 0.9)
		}},
		{"burnt out", "paper at 1.2 to 1.8 times full scale", func(s *Shot, r *rand.Rand, k float64) {
			s.Sensor.Exposure = draw(r, 1.2, 1.8) * k
		}},
		{"shadow", "a shadow of 0.2 to 0.5 of the light, its edge 2 to 15 mm wide, across the symbol", func(s *Shot, r *rand.Rand, k float64) {
			side := s.Sheet.Codes[0].Size
			s.Light.Shadow, s.Light.Penumbra = draw(r, 0.2, 0.5)/k, draw(r, 2, 15)
			s.Light.ShadowAngle, s.Light.ShadowAt = draw(r, 0, 360)*degree, draw(r, -0.4, 0.4)*side
		}},
		{"glare", "a lamp mirrored in a spot of 4 to 9 mm deviation, 0.3 to 1 times the paper's white in its middle", func(s *Shot, r *rand.Rand, k float64) {
			side := s.Sheet.Codes[0].Size
			s.Light.Glare, s.Light.GlareRadius = draw(r, 0.3, 1), draw(r, 4, 9)*k
			s.Light.GlareX, s.Light.GlareY = draw(r, -0.4, 0.4)*side, draw(r, -0.4, 0.4)*side
		}},
		{"stain", "one to three drops of coffee of 6 to 20 mm radius, 15 to 45 % darker", func(s *Shot, r *rand.Rand, k float64) {
			for range 1 + r.IntN(3) {
				x, y := s.somewhere(r)
				s.Damage.Stains = append(s.Damage.Stains, Stain{x, y, draw(r, 6, 20), min(draw(r, 0.15, 0.45)*k, 0.6)})
			}
		}},
		{"pen", "one to three strokes of a ballpoint, 0.4 to 0.7 mm wide and 20 to 60 mm long", func(s *Shot, r *rand.Rand, k float64) {
			for range int(float64(1+r.IntN(3)) * k) {
				x, y := s.somewhere(r)
				s.Damage.Strokes = append(s.Damage.Strokes, Stroke{x, y, draw(r, 0, 360) * degree, draw(r, 20, 60), draw(r, 0.4, 0.7), draw(r, 0.5, 0.9), draw(r, -0.03, 0.03)})
			}
		}},
		{"faint", "20 to 50 % of the toner lacking, up to 40 % more in streaks of 1 to 6 mm", func(s *Shot, r *rand.Rand, k float64) {
			s.Printer.Faint = min(draw(r, 0.2, 0.5)*k, 0.75)
			s.Printer.Streaks, s.Printer.StreakWidth, s.Printer.Mottle = draw(r, 0, 0.4)*k, draw(r, 1, 6), draw(r, 0.03, 0.12)
		}},
		{"bleed", "ink that spreads by 50 to 120 µm", func(s *Shot, r *rand.Rand, k float64) {
			s.Printer.Gain, s.Printer.Mottle = draw(r, 50, 120)*k, draw(r, 0.02, 0.08)
		}},
		{"compressed", "JPEG of quality 15 to 40, as messengers send", func(s *Shot, r *rand.Rand, k float64) {
			s.Sensor.Quality = int(draw(r, 15, 40) / k)
		}},
		{"screen", "shown on a display: its dots 0.18 to 0.28 mm apart beat with the sensor's, by 5 to 20 %", func(s *Shot, r *rand.Rand, k float64) {
			s.Printer, s.Paper.White, s.Paper.Fibre = Printer{}, 1, 0
			s.Light.Grid, s.Light.GridPitch = draw(r, 0.05, 0.2)*k, draw(r, 0.18, 0.28)
		}},
		{"inverted", "light on dark", func(s *Shot, r *rand.Rand, k float64) { s.Invert, s.Sheet.Lines = true, false }},
		{"mirrored", "as a selfie camera shows it", func(s *Shot, r *rand.Rand, k float64) { s.Pose.Mirror = true }},
	}
}

func folded(s *Shot, r *rand.Rand, k float64) {
	side := s.Sheet.Codes[0].Size
	s.Surface.Ruling = draw(r, -8, 8)*degree + float64(r.IntN(2))*math.Pi/2
	for range 1 + r.IntN(2) {
		at := draw(r, -0.35, 0.35) * side
		s.Surface.Folds = append(s.Surface.Folds, Fold{at, draw(r, 8, 25) * k * degree * pick(r)})
		sin, cos := math.Sincos(s.Surface.Ruling)
		s.Damage.Creases = append(s.Damage.Creases, Crease{s.Pose.X - at*sin, s.Pose.Y + at*cos, s.Surface.Ruling,
			draw(r, 0.3, 0.8), draw(r, 0.3, 1)})
	}
}

func worn(s *Shot, r *rand.Rand, k float64) {
	for range int(draw(r, 4, 11) * k) {
		x, y := s.somewhere(r)
		s.Damage.Creases = append(s.Damage.Creases, Crease{x, y, draw(r, 0, 180) * degree, draw(r, 0.2, 0.6), draw(r, 0.2, 0.9)})
	}
	s.Damage.Specks, s.Damage.Yellow = draw(r, 1, 8)*k, draw(r, 0.05, 0.25)
	s.Surface.Ruling, s.Surface.Wave, s.Surface.WaveLength = draw(r, 0, 180)*degree, draw(r, 0.2, 0.8)*k, draw(r, 25, 60)
}

func pick(r *rand.Rand) float64 { return float64(1 - 2*r.IntN(2)) }

// module is pixels a module.
func (s *Shot) module() float64 { return s.Pose.Scale * s.Sheet.Codes[0].Module() }

// somewhere is a place on or about the first code.
func (s *Shot) somewhere(r *rand.Rand) (x, y float64) {
	c := s.Sheet.Codes[0]
	return c.X + c.Size*draw(r, -0.05, 1.05), c.Y + c.Size*draw(r, -0.05, 1.05)
}

// Shot draws one way of taking a picture of a sheet.
func (k *Kind) Shot(sheet Sheet, v View, seed uint64) (*Shot, *rand.Rand) {
	h := fnv.New64a()
	h.Write([]byte(k.Name))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	c := sheet.Codes[0]
	s := &Shot{
		Sheet:   sheet,
		Printer: Printer{Gain: draw(r, 5, 40), Faint: draw(r, 0, 0.15), Mottle: draw(r, 0.01, 0.05)},
		Paper:   Paper{White: draw(r, 0.8, 0.92), Fibre: draw(r, 0.005, 0.015)},
		Surface: Surface{Ruling: draw(r, 0, 180) * degree, Radius: draw(r, 300, 1500) * pick(r)},
		Pose: Pose{W: v.W, H: v.H, View: draw(r, 1.0, 1.2), X: c.X + c.Size/2, Y: c.Y + c.Size/2,
			Tilt: draw(r, 0, 12) * degree, Toward: draw(r, 0, 360) * degree, Roll: draw(r, -15, 15) * degree, Barrel: draw(r, 0, 0.03)},
		Light: Light{Slope: draw(r, 0, 0.3), SlopeAngle: draw(r, 0, 360) * degree},
		Lens:  Lens{Sigma: draw(r, 0.45, 0.75), Vignette: draw(r, 0, 0.3)},
		Sensor: Sensor{Exposure: draw(r, 0.4, 0.95), Noise: draw(r, 0.006, 0.02), Sharpen: draw(r, 0, 0.7),
			Quality: 70 + r.IntN(23)},
	}
	if v.Page {
		s.Pose.X, s.Pose.Y = sheet.W/2, sheet.H/2
	}
	// Scale first: blur is drawn in modules.
	wanted := draw(r, v.PixelsPerModule[0], v.PixelsPerModule[1])
	s.Pose.Scale = wanted / c.Module()
	k.set(s, r, max(v.Strength, 0)+float64(b2i(v.Strength == 0)))
	s.place(v, r, wanted)
	return s, r
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// place sees to it that what is photographed is within the picture, and moves it
// about there.
func (s *Shot) place(v View, r *rand.Rand, wanted float64) {
	c := s.Sheet.Codes[0]
	w, h := c.Size+4*c.Module(), c.Size+4*c.Module()
	if v.Page {
		w, h = s.Sheet.W*0.9, s.Sheet.H*0.9
	}
	sin, cos := math.Abs(math.Sin(s.Pose.Roll)), math.Abs(math.Cos(s.Pose.Roll))
	across, down := w*cos+h*sin, w*sin+h*cos
	// The near side looks larger.
	grow := 1.03 + s.Pose.Barrel
	if mm, _ := s.Pose.distance(); mm > 0 {
		grow += max(across, down) / 2 * math.Sin(s.Pose.Tilt) / mm
	}
	across, down = across*grow, down*grow
	s.Pose.Scale = min(s.Pose.Scale, float64(v.W)/across, float64(v.H)/down)
	s.Pose.Scale = max(s.Pose.Scale, v.PixelsPerModule[0]/c.Module())
	// Blur was drawn for the scale that was wanted.
	shrink := s.module() / wanted
	s.Lens.Defocus, s.Lens.Motion = s.Lens.Defocus*shrink, s.Lens.Motion*shrink
	s.Pose.DX = draw(r, -1, 1) * max(0, float64(v.W)-across*s.Pose.Scale) / 2
	s.Pose.DY = draw(r, -1, 1) * max(0, float64(v.H)-down*s.Pose.Scale) / 2
}

// Frame draws a shot and takes it. It returns the resolution in the middle besides,
// in pixels a module of the first code.
func (k *Kind) Frame(sheet Sheet, v View, seed uint64) (*image.Gray, float64) {
	s, r := k.Shot(sheet, v, seed)
	return s.Take(r), s.module()
}

// Around is a sheet with one code in its middle and as much of the print about it as
// a camera sees.
func Around(modules [][]bool, size float64) Sheet {
	const margin = 25 // mm
	return Sheet{W: size + 2*margin, H: size + 2*margin, Lines: true,
		Codes: []Code{{Modules: modules, X: margin, Y: margin, Size: size}}}
}

// Grid is an A4 sheet with its codes in two columns, as large as given.
func Grid(codes [][][]bool, size float64) Sheet {
	s := Sheet{W: 210, H: 297, Lines: true}
	gap := (s.W - 2*size) / 3
	rows := (len(codes) + 1) / 2
	below := (s.H - float64(rows)*size) / float64(rows+1)
	for i, m := range codes {
		s.Codes = append(s.Codes, Code{m, gap + float64(i%2)*(size+gap), below + float64(i/2)*(size+below), size})
	}
	return s
}

// Flatbed is the shot of a scanner at a resolution, 1 when bilevel as a fax leaves
// it: straight on, in its own light, hardly turned.
func Flatbed(sheet Sheet, dpi float64, quality int, bilevel bool, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 0xf1a7))
	scale := dpi / 25.4
	s := &Shot{
		Sheet:   sheet,
		Printer: Printer{Gain: draw(r, 5, 60), Faint: draw(r, 0, 0.4), Streaks: draw(r, 0, 0.3), StreakWidth: draw(r, 1, 6), Mottle: draw(r, 0.01, 0.08)},
		Paper:   Paper{White: draw(r, 0.8, 0.92), Fibre: 0.01},
		// A lens far away: hardly any perspective.
		Pose: Pose{W: int(sheet.W * scale), H: int(sheet.H * scale), View: 0.05, Scale: scale, X: sheet.W / 2, Y: sheet.H / 2,
			Roll: draw(r, -2.5, 2.5) * degree},
		Light:  Light{Slope: draw(r, 0, 0.05), SlopeAngle: draw(r, 0, 360) * degree},
		Lens:   Lens{Sigma: draw(r, 0.4, 0.7)},
		Sensor: Sensor{Exposure: draw(r, 0.8, 1.05), Noise: 0.008, Quality: quality, Bilevel: bilevel},
	}
	return s.Take(r)
}

// Resolution is pixels a module of the first code, in the middle, straight on.
func (s *Shot) Resolution() float64 { return s.module() }
