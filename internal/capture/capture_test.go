package capture

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// square is a code of one dark module with a light border, 3 × 3.
var square = [][]bool{{false, false, false}, {false, true, false}, {false, false, false}}

// checks is a code whose modules alternate.
func checks(n int) [][]bool {
	out := make([][]bool, n)
	for y := range out {
		out[y] = make([]bool, n)
		for x := range out[y] {
			out[y][x] = (x+y)%2 == 0
		}
	}
	return out
}

func TestSameSeedSameFrame(t *testing.T) {
	sheet, v := Around(checks(21), 40), View{W: 320, H: 240, PixelsPerModule: [2]float64{4, 6}}
	for _, k := range Kinds() {
		a, px := k.Frame(sheet, v, 7)
		b, again := k.Frame(sheet, v, 7)
		c, _ := k.Frame(sheet, v, 8)
		if !bytes.Equal(a.Pix, b.Pix) || px != again {
			t.Errorf("%s: the same seed gave two pictures", k.Name)
		}
		if bytes.Equal(a.Pix, c.Pix) {
			t.Errorf("%s: two seeds gave the same picture", k.Name)
		}
		if a.Rect != image.Rect(0, 0, 320, 240) || px < 3.99 || px > 6.01 {
			t.Errorf("%s: %v at %.2f pixels a module", k.Name, a.Rect, px)
		}
		if k.Name == "" || k.About == "" {
			t.Errorf("a kind without words: %+v", k)
		}
	}
}

// straight is a shot from straight on without blur or noise, 10 pixels a mm.
func straight(sheet Sheet) *Shot {
	c := sheet.Codes[0]
	return &Shot{Sheet: sheet, Paper: plain,
		Pose:   Pose{W: 600, H: 600, View: 1, Scale: 10, X: c.X + c.Size/2, Y: c.Y + c.Size/2},
		Sensor: Sensor{Exposure: 0.9}}
}

// extent returns the middle of what is dark, and the root of its area.
func extent(g *image.Gray) (x, y, side float64) {
	var n, sx, sy float64
	for j := range g.Rect.Dy() {
		for i := range g.Rect.Dx() {
			if g.Pix[j*g.Stride+i] < 120 {
				n, sx, sy = n+1, sx+float64(i)+0.5, sy+float64(j)+0.5
			}
		}
	}
	return sx / n, sy / n, math.Sqrt(n)
}

func TestScaleAndPlace(t *testing.T) {
	shot := straight(Sheet{W: 90, H: 90, Codes: []Code{{square, 15, 15, 60}}})
	if x, y, side := extent(shot.Take(rand.New(rand.NewPCG(1, 1)))); math.Abs(x-300) > 1 || math.Abs(y-300) > 1 || math.Abs(side-200) > 2 {
		t.Errorf("20 mm at 10 pixels a mm: %.1f pixels about (%.1f, %.1f)", side, x, y)
	}
	// Tilted by 60°, half as high, but for perspective.
	shot.Pose.Tilt = 60 * degree
	_, _, side := extent(shot.Take(rand.New(rand.NewPCG(1, 1))))
	if got := side * side / (200 * 200); math.Abs(got-0.5) > 0.05 {
		t.Errorf("tilted by 60°: %.2f of the area", got)
	}
	// What is mirrored at an angle lies on the other side.
	shot.Pose.Tilt, shot.Pose.DX = 0, 50
	a, _, _ := extent(shot.Take(rand.New(rand.NewPCG(1, 1))))
	shot.Pose.Mirror = true
	b, _, _ := extent(shot.Take(rand.New(rand.NewPCG(1, 1))))
	if math.Abs(a-350) > 1 || math.Abs(b-250) > 1 {
		t.Errorf("50 pixels aside: at %.1f, mirrored at %.1f", a, b)
	}
}

func TestInkSpreads(t *testing.T) {
	sheet := Sheet{W: 30, H: 30, Codes: []Code{{square, -15, -15, 60}}} // a square of 20 mm
	r := rand.New(rand.NewPCG(1, 1))
	for _, gain := range []float64{0, 25, 50, 75, 100} {
		p := Printer{Gain: gain}
		printed := p.print(sheet.draw(r), Paper{White: 1}, r)
		area := 0.0
		for _, v := range printed.pix {
			area += (255 - float64(v)) / (255 - 255*inkReflectance) / (dots * dots)
		}
		// It grows by the gain on each side.
		if got := (math.Sqrt(area) - 20) / 2 * 1000; math.Abs(got-gain) > 20 {
			t.Errorf("%.0f µm: edges moved by %.0f", gain, got)
		}
	}
}

// Paper keeps its lengths, whatever it is bent to.
func TestSurfaceKeepsLengths(t *testing.T) {
	roll := (&Surface{Radius: 80}).cut(200)
	for _, w := range []float64{-60, -20, 0, 35, 60} {
		_, s, _ := roll.at(w)
		if want := 80 * math.Asin(w/80); math.Abs(s-want) > 0.3 {
			t.Errorf("roll at %v mm: %.2f of paper, want %.2f", w, s, want)
		}
	}
	fold := (&Surface{Folds: []Fold{{10, 30 * degree}}}).cut(200)
	if _, s, _ := fold.at(30); math.Abs(s-(10+20/math.Cos(30*degree))) > 0.3 {
		t.Errorf("fold: %.2f of paper", s)
	}
	if z, s, _ := fold.at(-50); z != 0 || s != -50 {
		t.Errorf("before the fold: height %v, paper %v", z, s)
	}
}

func TestBlurKeepsLight(t *testing.T) {
	for name, l := range map[string]Lens{"motion": {Motion: 6, MotionAngle: 1}, "defocus": {Defocus: 9}, "optics": {Sigma: 1.5}} {
		p := &picture{v: make([]float32, 100*100), w: 100, h: 100}
		p.v[50*100+50] = 1
		p.blur(&l)
		var sum, x, y, spread float64
		for i, v := range p.v {
			sum, x, y = sum+float64(v), x+float64(v)*float64(i%100), y+float64(v)*float64(i/100)
			spread += float64(v) * (math.Pow(float64(i%100-50), 2) + math.Pow(float64(i/100-50), 2))
		}
		if math.Abs(sum-1) > 0.02 || math.Abs(x/sum-50) > 0.1 || math.Abs(y/sum-50) > 0.1 {
			t.Errorf("%s: %.3f of the light, about (%.2f, %.2f)", name, sum, x/sum, y/sum)
		}
		// Variances of a line, a disc and a Gaussian.
		want := map[string]float64{"motion": 36. / 12, "defocus": 4.5 * 4.5 / 2, "optics": 2 * 1.5 * 1.5}[name]
		if math.Abs(spread-want) > 0.2*want {
			t.Errorf("%s: variance %.2f, want %.2f", name, spread, want)
		}
	}
}

func TestSensorNoise(t *testing.T) {
	p := &picture{v: make([]float32, 300*300), w: 300, h: 300}
	for i := range p.v {
		p.v[i] = 1
	}
	g := (&Sensor{Exposure: 0.5, Noise: 0.02}).read(p, rand.New(rand.NewPCG(1, 1)))
	var sum, squares float64
	for _, v := range g.Pix {
		l := math.Pow(float64(v)/255, 2.2)
		sum, squares = sum+l, squares+l*l
	}
	n := float64(len(g.Pix))
	mean := sum / n
	if dev := math.Sqrt(squares/n - mean*mean); math.Abs(mean-0.5) > 0.01 || math.Abs(dev-0.02*(0.1+math.Sqrt(0.5))) > 0.003 {
		t.Errorf("mean %.3f, deviation %.4f", mean, dev)
	}
}

func TestFlatbed(t *testing.T) {
	sheet := Grid([][][]bool{checks(21), checks(21), checks(21)}, 60)
	if g := Flatbed(sheet, 100, 0, true, 1); g.Rect.Dx() != 826 || g.Rect.Dy() != 1169 {
		t.Errorf("A4 at 100 dpi is %v", g.Rect)
	} else if bytes.ContainsFunc(g.Pix, func(r rune) bool { return r != 0 && r != 255 && r != 0xfffd }) {
		t.Error("a fax has grey")
	}
}
