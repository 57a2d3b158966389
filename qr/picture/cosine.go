package picture

import "image"

// picture turns the coefficients into grey pixels.
func (d *progressive) picture() *image.Gray {
	// The factors of Arai, Agui and Nakajima's transform go into the quantisation.
	factors := [8]float32{1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379}
	var scale [64]float32
	for i, q := range d.quant[d.components[0].table] {
		scale[i] = float32(q) * factors[i/8] * factors[i%8] / 8
	}
	out := image.NewGray(image.Rect(0, 0, d.w, d.h))
	for by := 0; 8*by < d.h; by++ {
		for bx := 0; 8*bx < d.w; bx++ {
			var b [64]float32
			for i, c := range d.at(bx, by) {
				b[i] = float32(c) * scale[i]
			}
			for x := range 8 {
				inverseCosine(b[x:], 8)
			}
			for y := range min(8, d.h-8*by) {
				row := b[8*y : 8*y+8]
				inverseCosine(row, 1)
				dst := out.Pix[(8*by+y)*out.Stride+8*bx:]
				for x := range min(8, d.w-8*bx) {
					dst[x] = uint8(min(max(row[x]+128.5, 0), 255))
				}
			}
		}
	}
	return out
}

// inverseCosine transforms eight values, stride apart, in place: Y. Arai, T. Agui and
// M. Nakajima, "A fast DCT-SQ scheme for images", 1988.
func inverseCosine(v []float32, stride int) {
	_ = v[7*stride]
	// The even part.
	sum, difference := v[0]+v[4*stride], v[0]-v[4*stride]
	b := v[2*stride] + v[6*stride]
	a := (v[2*stride]-v[6*stride])*1.414213562 - b
	e0, e3, e1, e2 := sum+b, sum-b, difference+a, difference-a
	// The odd part.
	z13, z10 := v[5*stride]+v[3*stride], v[5*stride]-v[3*stride]
	z11, z12 := v[stride]+v[7*stride], v[stride]-v[7*stride]
	o7 := z11 + z13
	z5 := (z10 + z12) * 1.847759065
	o6 := z5 - 2.613125930*z10 - o7
	o5 := (z11-z13)*1.414213562 - o6
	o4 := 1.082392200*z12 - z5 + o5
	v[0], v[7*stride] = e0+o7, e0-o7
	v[stride], v[6*stride] = e1+o6, e1-o6
	v[2*stride], v[5*stride] = e2+o5, e2-o5
	v[4*stride], v[3*stride] = e3+o4, e3-o4
}
