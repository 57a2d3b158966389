package advice

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"github.com/zoneblanche/zoneblanche/qr/scan"
)

// Measures are what advice rests on. Those of a patch are zero without one.
type Measures struct {
	Width, Height int     // of the picture, in pixels
	Paper, Ink    float64 // grey levels of the lightest and the darkest part, 0 to 255
	Seen          bool    // something that looks like a code was found
	Finders       int     // squares of a QR code's corners on it
	Module        float64 // pixels a module
	Blur          float64 // spread of edges, as the deviation of a Gaussian in pixels
	Margin        float64 // modules between the patch and the nearest border
	Glare, Stain  float64 // parts of the patch that are blank: light ones, dark ones
	patch         patch
}

// Measure measures a picture. It takes some tens of milliseconds a megapixel and
// stops early when the context ends; what it returns then is worth nothing.
func Measure(ctx context.Context, img *image.Gray) Measures {
	m := Measures{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	if m.tiny() {
		return m
	}
	m.Ink, m.Paper = spread(img, img.Rect, 0.02, 0.98)
	m.patch, m.Seen = findPatch(ctx, img, m.Paper-m.Ink)
	if !m.Seen || ctx.Err() != nil {
		return m
	}
	on := m.patch.Rectangle.Add(img.Rect.Min)
	m.Ink, m.Paper = spread(img, on, 0.02, 0.98)
	m.Glare, m.Stain = m.patch.light, m.patch.dark
	m.edges(img, on)
	m.finders(ctx, img)
	m.margin(img)
	return m
}

// tiny reports whether no code fits the picture: the smallest has 21 modules.
func (m *Measures) tiny() bool { return min(m.Width, m.Height) < 21 }

// spread returns two quantiles of the grey levels of a part of the picture.
func spread(img *image.Gray, part image.Rectangle, low, high float64) (lo, hi float64) {
	var hist [256]int
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for _, v := range img.Pix[img.PixOffset(part.Min.X, y):][:part.Dx()] {
			hist[v]++
		}
		n += part.Dx()
	}
	quantile := func(q float64) float64 {
		rest := int(q * float64(n))
		for v, k := range hist {
			if rest -= k; rest < 0 {
				return float64(v)
			}
		}
		return 255
	}
	return quantile(low), quantile(high)
}

// maxLines bounds how many rows and columns of a patch are measured.
const maxLines = 400

// edges measures the blur and the size of modules from how fast and how often the
// patch changes. Over a random pattern of modules, rows change every second module;
// what a blur of deviation σ leaves of any pattern has a deviation of its steps that
// is 1/(√2 σ) of its own, while a single edge has its greatest step of 1/(√(2π) σ).
func (m *Measures) edges(img *image.Gray, on image.Rectangle) {
	const noise = 3
	var steps [256]int
	n, crossings, length := 0, 0.0, 0.0
	walk := func(at, stride, count int) {
		line := make([]float64, count)
		mean := 0.0
		for i := range line {
			line[i] = float64(img.Pix[at+i*stride])
			mean += line[i] / float64(count)
		}
		// Crossings of the mean nearby, which follows shadows; a crossing counts when
		// the line goes on to either side by more than noise.
		slack := max(noise, 0.08*(m.Paper-m.Ink))
		reach := max(12, count/6)
		sum, from, to := 0.0, 0, 0
		side := 0
		for i, v := range line {
			for to < min(count, i+reach) {
				sum += line[to]
				to++
			}
			for from < i-reach {
				sum -= line[from]
				from++
			}
			d := v - sum/float64(to-from)
			switch {
			case d > slack && side <= 0, d < -slack && side >= 0:
				if side != 0 {
					crossings++
				}
				side = 1
				if d < 0 {
					side = -1
				}
			}
			if i > 0 && i+1 < count {
				steps[min(255, int(math.Abs(line[i+1]-line[i-1])/2+0.5))]++
				n++
			}
		}
		length += float64(count)
	}
	for y := on.Min.Y; y < on.Max.Y; y += max(1, on.Dy()/maxLines) {
		walk(img.PixOffset(on.Min.X, y), 1, on.Dx())
	}
	for x := on.Min.X; x < on.Max.X; x += max(1, on.Dx()/maxLines) {
		walk(img.PixOffset(x, on.Min.Y), img.Stride, on.Dy())
	}
	if crossings > 0 {
		m.Module = 0.5 * length / crossings
	}
	// The steepest part of the steps is that of whole edges.
	rest := n / 50
	for v := 255; v > 0; v-- {
		if rest -= steps[v]; rest < 0 {
			m.Blur = (m.Paper - m.Ink) / (2.5 * float64(v))
			break
		}
	}
}

// finders measures modules where squares of the code's corners are seen, which is
// surer than counting changes.
func (m *Measures) finders(ctx context.Context, img *image.Gray) {
	near := m.patch.Inset(-max(m.patch.Dx(), m.patch.Dy()) / 6)
	var sizes []float64
	for _, f := range scan.FinderMarks(ctx, img) {
		if (image.Point{int(f.X), int(f.Y)}).In(near) {
			sizes = append(sizes, f.Module)
		}
	}
	slices.SortFunc(sizes, cmp.Compare[float64])
	// Two squares of one size are a code's; a single one may be chance.
	m.Finders = len(sizes)
	if len(sizes) >= 2 && sizes[len(sizes)/2] < 1.5*sizes[0] {
		m.Module = sizes[len(sizes)/2]
	}
}

// margin measures how far the code ends from the picture's border: rows and columns
// beyond which nothing changes any more.
func (m *Measures) margin(img *image.Gray) {
	m.Margin = math.Inf(1)
	if m.Module <= 0 {
		return
	}
	p := m.patch.Rectangle
	size := image.Pt(m.Width, m.Height)
	reach := 2*m.patch.cells.size + int(4*m.Module)
	// The picture is looked at from each side: i counts rows or columns from there.
	sides := []struct {
		distance int // from the patch to the border
		deep     int
		value    func(i, t int) uint8
		from, to int
	}{
		{p.Min.X, size.X, func(i, t int) uint8 { return img.Pix[t*img.Stride+i] }, p.Min.Y, p.Max.Y},
		{size.X - p.Max.X, size.X, func(i, t int) uint8 { return img.Pix[t*img.Stride+size.X-1-i] }, p.Min.Y, p.Max.Y},
		{p.Min.Y, size.Y, func(i, t int) uint8 { return img.Pix[i*img.Stride+t] }, p.Min.X, p.Max.X},
		{size.Y - p.Max.Y, size.Y, func(i, t int) uint8 { return img.Pix[(size.Y-1-i)*img.Stride+t] }, p.Min.X, p.Max.X},
	}
	for _, s := range sides {
		if s.distance > reach {
			continue
		}
		line := func(i int) float64 {
			var c cell
			for t := s.from; t < s.to; t++ {
				f := float64(s.value(i, t))
				c.n, c.sum, c.squares = c.n+1, c.sum+f, c.squares+f*f
			}
			return c.deviation()
		}
		full := 0.0
		inside := min(s.distance+p.Dx()/4, s.deep-1)
		for i := s.distance; i <= inside; i += max(1, (inside-s.distance)/16) {
			full = max(full, line(i))
		}
		for i := range s.deep / 2 {
			if line(i) > 0.5*full {
				m.Margin = min(m.Margin, float64(i)/m.Module)
				break
			}
		}
	}
}
