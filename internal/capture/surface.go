package capture

import "math"

// Surface is how a sheet lies in space. It is bent in one direction only, as paper
// is that was rolled or folded, and keeps its lengths. The zero value is flat.
type Surface struct {
	// Ruling is the direction that stays straight, in radians.
	Ruling float64
	// Radius is that of a roll, in mm; 0 none, negative towards the camera.
	Radius float64
	// Folds are kinks along the ruling.
	Folds []Fold
	// Waves have this height (mm) and length (mm).
	Wave, WaveLength float64
}

// Fold is a kink of a sheet.
type Fold struct {
	At    float64 // mm beside the place that the camera is pointed at
	Angle float64 // radians by which the sheet turns away there
}

// section is a surface cut across its ruling: for each position seen from in
// front, the height, the position on the paper and the slope.
type section struct {
	z, s, slope []float64
	from, step  float64
}

// cut tabulates a surface within reach mm of its middle.
func (f *Surface) cut(reach float64) *section {
	const step = 0.25
	n := 2*int(reach/step) + 1
	c := &section{z: make([]float64, n), s: make([]float64, n), slope: make([]float64, n), from: -float64(n/2) * step, step: step}
	slope := func(w float64) float64 {
		t := 0.0
		if f.Radius != 0 {
			// A roll of which no more than 60° to either side is seen.
			q := min(max(w/math.Abs(f.Radius), -0.87), 0.87)
			t = math.Copysign(q/math.Sqrt(1-q*q), w*f.Radius)
		}
		for _, k := range f.Folds {
			if (w-k.At)*sign(k.At) > 0 {
				t += math.Tan(k.Angle) * sign(k.At)
			}
		}
		if f.Wave != 0 {
			t += f.Wave * 2 * math.Pi / f.WaveLength * math.Cos(2*math.Pi*w/f.WaveLength+1)
		}
		return t
	}
	// Outwards from the middle, which stays where it is.
	for _, dir := range []int{1, -1} {
		for i := n/2 + dir; i >= 0 && i < n; i += dir {
			w := c.from + (float64(i)-0.5*float64(dir))*step
			t := slope(w)
			c.slope[i] = t
			c.z[i] = c.z[i-dir] + float64(dir)*t*step
			c.s[i] = c.s[i-dir] + float64(dir)*math.Sqrt(1+t*t)*step
		}
	}
	return c
}

func sign(v float64) float64 {
	if v < 0 {
		return -1
	}
	return 1
}

func (c *section) at(w float64) (z, s, slope float64) {
	p := (w - c.from) / c.step
	i := min(max(int(p), 0), len(c.z)-2)
	f := p - float64(i)
	return c.z[i] + (c.z[i+1]-c.z[i])*f, c.s[i] + (c.s[i+1]-c.s[i])*f, c.slope[i] + (c.slope[i+1]-c.slope[i])*min(max(f, 0), 1)
}
