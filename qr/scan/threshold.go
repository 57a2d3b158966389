package scan

// mask tells dark pixels (1) from light ones (0). It serves to find finder
// patterns only; modules are measured in grey.
type mask struct {
	pix  []uint8
	w, h int
}

func (m *mask) row(y int) []uint8 { return m.pix[y*m.w:][:m.w] }

func (m *mask) dark(x, y int) bool { return m.pix[y*m.w+x] != 0 }

const (
	blockSize = 8
	// A block with less contrast than this is taken to be all paper or all ink.
	flatRange = 24
)

// localMask thresholds each pixel against the 40 × 40 pixels around it. A block
// without contrast has no threshold of its own and takes its neighbours', which is
// what keeps the inside of large dark squares dark and empty paper empty.
func localMask(p *plane) *mask {
	m := &mask{pix: make([]uint8, p.w*p.h), w: p.w, h: p.h}
	bw, bh := (p.w+blockSize-1)/blockSize, (p.h+blockSize-1)/blockSize
	black := make([]int32, bw*bh)
	for by := range bh {
		y0, y1 := by*blockSize, min((by+1)*blockSize, p.h)
		for bx := range bw {
			x0, x1 := bx*blockSize, min((bx+1)*blockSize, p.w)
			var sum int32
			lo, hi := uint8(255), uint8(0)
			for y := y0; y < y1; y++ {
				for _, v := range p.pix[y*p.stride+x0 : y*p.stride+x1] {
					sum += int32(v)
					lo, hi = min(lo, v), max(hi, v)
				}
			}
			t := sum / int32((y1-y0)*(x1-x0))
			if hi-lo <= flatRange {
				t = int32(lo) * 7 / 8
				if bx > 0 && by > 0 {
					near := (black[(by-1)*bw+bx] + 2*black[by*bw+bx-1] + black[(by-1)*bw+bx-1]) / 4
					if int32(lo) < near {
						t = near
					}
				}
			}
			black[by*bw+bx] = t
		}
	}
	// Sums over five blocks by five, rows first.
	const r = 2
	rows := make([]int32, bw*bh)
	for by := range bh {
		for bx := range bw {
			var s int32
			for k := -r; k <= r; k++ {
				s += black[by*bw+min(max(bx+k, 0), bw-1)]
			}
			rows[by*bw+bx] = s
		}
	}
	for by := range bh {
		y0, y1 := by*blockSize, min((by+1)*blockSize, p.h)
		for bx := range bw {
			x0, x1 := bx*blockSize, min((bx+1)*blockSize, p.w)
			var s int32
			for k := -r; k <= r; k++ {
				s += rows[min(max(by+k, 0), bh-1)*bw+bx]
			}
			t := uint8(s / 25)
			for y := y0; y < y1; y++ {
				dst := m.pix[y*p.w+x0 : y*p.w+x1]
				for i, v := range p.pix[y*p.stride+x0 : y*p.stride+x1] {
					if v <= t {
						dst[i] = 1
					}
				}
			}
		}
	}
	return m
}

// globalMask thresholds the whole plane at the level that separates its two kinds
// of pixels best (Otsu). It is the better one for clean pictures with very large
// modules, where a neighbourhood of 40 pixels sees one module only.
func globalMask(p *plane) *mask {
	var hist [256]int
	for y := range p.h {
		for _, v := range p.row(y) {
			hist[v]++
		}
	}
	total, sum := 0, 0
	for v, n := range hist {
		total += n
		sum += v * n
	}
	var best float64
	level, n0, s0 := 127, 0, 0
	for v, n := range hist[:255] {
		n0 += n
		s0 += v * n
		n1 := total - n0
		if n0 == 0 || n1 == 0 {
			continue
		}
		d := float64(s0)/float64(n0) - float64(sum-s0)/float64(n1)
		if between := d * d * float64(n0) * float64(n1); between > best {
			best, level = between, v
		}
	}
	m := &mask{pix: make([]uint8, p.w*p.h), w: p.w, h: p.h}
	t := uint8(level)
	for y := range p.h {
		dst := m.row(y)
		for x, v := range p.row(y) {
			if v <= t {
				dst[x] = 1
			}
		}
	}
	return m
}
