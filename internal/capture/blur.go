package capture

import "math"

// blur applies motion, defocus and the optics, in this order, which does not matter.
func (p *picture) blur(l *Lens) {
	if l.Motion > 0.1 {
		p.smear(l.Motion, l.MotionAngle)
	}
	if l.Defocus > 0.5 {
		p.disc(l.Defocus / 2)
	}
	if l.Sigma > 0.1 {
		p.gauss(l.Sigma)
	}
}

// smear is the mean along a line of the given length.
func (p *picture) smear(length, angle float64) {
	n := int(length/0.7) + 2
	sin, cos := math.Sincos(angle)
	out := make([]float32, len(p.v))
	for i := range n {
		t := ((float64(i)+0.5)/float64(n) - 0.5) * length
		p.addShifted(out, t*cos, t*sin, 1/float32(n))
	}
	p.v = out
}

// addShifted adds the picture, moved and weighed, to sums.
func (p *picture) addShifted(sums []float32, dx, dy float64, weight float32) {
	ix, iy := int(math.Floor(dx)), int(math.Floor(dy))
	fx, fy := float32(dx-float64(ix)), float32(dy-float64(iy))
	wa, wb, wc, wd := weight*(1-fx)*(1-fy), weight*fx*(1-fy), weight*(1-fx)*fy, weight*fx*fy
	for y := range p.h {
		a := p.row(min(max(y+iy, 0), p.h-1))
		c := p.row(min(max(y+iy+1, 0), p.h-1))
		dst := sums[y*p.w:][:p.w]
		for x := range dst {
			l, r := min(max(x+ix, 0), p.w-1), min(max(x+ix+1, 0), p.w-1)
			dst[x] += wa*a[l] + wb*a[r] + wc*c[l] + wd*c[r]
		}
	}
}

// disc is the mean over a disc, row by row from running sums.
func (p *picture) disc(radius float64) {
	reach := int(math.Ceil(radius))
	sums := make([]float32, p.w+1)
	out := make([]float32, len(p.v))
	type run struct {
		dy   int
		half float64
	}
	var runs []run
	area := 0.0
	for dy := -reach; dy <= reach; dy++ {
		if q := radius*radius - float64(dy*dy); q > 0 {
			runs = append(runs, run{dy, math.Sqrt(q)})
			area += 2 * math.Sqrt(q)
		}
	}
	cover := func(at float64) float32 { // of the row, up to a position
		at = min(max(at, 0), float64(p.w))
		i := min(int(at), p.w-1)
		return sums[i] + (sums[i+1]-sums[i])*float32(at-float64(i))
	}
	for y := range p.h {
		row := p.row(y)
		for x, v := range row {
			sums[x+1] = sums[x] + v
		}
		for _, k := range runs {
			if y+k.dy < 0 || y+k.dy >= p.h {
				continue
			}
			dst := out[(y+k.dy)*p.w:][:p.w]
			for x := range dst {
				c := float64(x) + 0.5
				dst[x] += cover(c+k.half) - cover(c-k.half)
			}
		}
	}
	scale := float32(1 / area)
	for i := range out {
		out[i] *= scale
	}
	p.v = out
}

func (p *picture) gauss(sigma float64) {
	reach := int(3*sigma) + 1
	k := make([]float32, reach+1)
	var sum float32
	for i := range k {
		k[i] = float32(math.Exp(-float64(i*i) / (2 * sigma * sigma)))
		sum += k[i]
		if i > 0 {
			sum += k[i]
		}
	}
	for i := range k {
		k[i] /= sum
	}
	tmp := make([]float32, len(p.v))
	for y := range p.h {
		src, dst := p.row(y), tmp[y*p.w:][:p.w]
		for x := range dst {
			v := k[0] * src[x]
			for i := 1; i <= reach; i++ {
				v += k[i] * (src[max(x-i, 0)] + src[min(x+i, p.w-1)])
			}
			dst[x] = v
		}
	}
	for y := range p.h {
		dst := p.row(y)
		for x, v := range tmp[y*p.w:][:p.w] {
			dst[x] = k[0] * v
		}
		for i := 1; i <= reach; i++ {
			a, b := tmp[max(y-i, 0)*p.w:][:p.w], tmp[min(y+i, p.h-1)*p.w:][:p.w]
			for x := range dst {
				dst[x] += k[i] * (a[x] + b[x])
			}
		}
	}
}
