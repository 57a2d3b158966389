package scan

import "image"

// plane is grey pixels, 0 dark. Pixel (i, j) covers the square from (i, j) to
// (i+1, j+1), so that edges of runs are positions as they stand, and scaling a
// picture scales its positions.
type plane struct {
	pix    []uint8
	w, h   int
	stride int
}

func planeOf(img *image.Gray) *plane {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w <= 0 || h <= 0 {
		return &plane{}
	}
	return &plane{pix: img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y):], w: w, h: h, stride: img.Stride}
}

func newPlane(w, h int) *plane {
	return &plane{pix: make([]uint8, w*h), w: w, h: h, stride: w}
}

func (p *plane) row(y int) []uint8 { return p.pix[y*p.stride:][:p.w] }

// at returns the grey value at a position between pixels. Beyond the border all is
// paper: pictures cut to the symbol itself leave no light around it.
func (p *plane) at(x, y float64) float64 {
	x -= 0.5
	y -= 0.5
	if x < -1 || y < -1 || x > float64(p.w) || y > float64(p.h) {
		return 255
	}
	if !(x > 0) {
		x = 0
	}
	if !(y > 0) {
		y = 0
	}
	i, j := int(x), int(y)
	if i >= p.w-1 || j >= p.h-1 {
		i, j = min(i, p.w-1), min(j, p.h-1)
		return float64(p.pix[j*p.stride+i])
	}
	fx, fy := x-float64(i), y-float64(j)
	o := j*p.stride + i
	a, b := float64(p.pix[o]), float64(p.pix[o+1])
	c, d := float64(p.pix[o+p.stride]), float64(p.pix[o+p.stride+1])
	top := a + (b-a)*fx
	return top + (c+(d-c)*fx-top)*fy
}

// inside reports whether a position lies on the plane, give or take some pixels.
func (p *plane) inside(q point, slack float64) bool {
	return q.x >= -slack && q.y >= -slack && q.x <= float64(p.w)+slack && q.y <= float64(p.h)+slack
}

// half returns the plane at half its size.
func (p *plane) half() *plane {
	out := newPlane(max(1, p.w/2), max(1, p.h/2))
	if p.w < 2 || p.h < 2 {
		copy(out.pix, p.pix)
		return out
	}
	for y := range out.h {
		a, b := p.row(2*y), p.row(2*y+1)
		dst := out.row(y)
		for x := range dst {
			s := int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1])
			dst[x] = uint8((s + 2) >> 2)
		}
	}
	return out
}

// double returns the plane at twice its size, smoothly.
func (p *plane) double() *plane {
	out := newPlane(2*p.w, 2*p.h)
	// Each new pixel lies a quarter of an old one away from the nearest old centre:
	// weights 3/4 and 1/4 each way.
	for y := range out.h {
		near := y / 2
		far := near - 1 + 2*(y&1)
		far = min(max(far, 0), p.h-1)
		a, b := p.row(near), p.row(far)
		dst := out.row(y)
		for x := range p.w {
			l, r := max(x-1, 0), min(x+1, p.w-1)
			m := 3*int(a[x]) + int(b[x])
			dst[2*x] = uint8((3*m + 3*int(a[l]) + int(b[l]) + 8) >> 4)
			dst[2*x+1] = uint8((3*m + 3*int(a[r]) + int(b[r]) + 8) >> 4)
		}
	}
	return out
}

// enlarged makes each pixel a square of k by k.
func (p *plane) enlarged(k int) *plane {
	out := newPlane(k*p.w, k*p.h)
	for y := range out.h {
		src, dst := p.row(y/k), out.row(y)
		for x := range dst {
			dst[x] = src[x/k]
		}
	}
	return out
}

// inverted returns the negative.
func (p *plane) inverted() *plane {
	out := newPlane(p.w, p.h)
	for y := range p.h {
		dst := out.row(y)
		for x, v := range p.row(y) {
			dst[x] = 255 - v
		}
	}
	return out
}

// sharpened undoes some of the blur that closes the rings of small finders.
func (p *plane) sharpened() *plane {
	const r = 3
	out := newPlane(p.w, p.h)
	// Means over 7 × 7 pixels: columns first, kept running.
	sums := make([]int, p.w)
	for y := -r; y < p.h+r; y++ {
		if in := y + r; in < p.h && in >= 0 && y >= -r {
			for x, v := range p.row(in) {
				sums[x] += int(v)
			}
		}
		if out := y - r - 1; out >= 0 {
			for x, v := range p.row(out) {
				sums[x] -= int(v)
			}
		}
		if y < 0 || y >= p.h {
			continue
		}
		rows := min(y+r, p.h-1) - max(y-r, 0) + 1
		run := 0
		for x := range min(r, p.w) {
			run += sums[x]
		}
		src, dst := p.row(y), out.row(y)
		for x := range dst {
			if x+r < p.w {
				run += sums[x+r]
			}
			if x-r-1 >= 0 {
				run -= sums[x-r-1]
			}
			n := rows * (min(x+r, p.w-1) - max(x-r, 0) + 1)
			mean := run / n
			dst[x] = uint8(min(max(3*int(src[x])-2*mean, 0), 255))
		}
	}
	return out
}
