package scan

import (
	"math"
	"slices"
	"sync"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// version is the size class of a QR code, 1 to 40.
type version int

func (v version) dimension() int { return 17 + 4*int(v) }

// layout is what a version prescribes.
type layout struct {
	version version
	dim     int
	centres []int   // rows and columns of alignment patterns
	fixed   []uint8 // per module: isData, or the colour of a pattern that reading checks
	order   []int32 // data modules in reading order
	tables  *decoder.Version
}

const (
	isData   = iota // carries codewords
	isLight         // timing or alignment pattern, light
	isDark          // timing or alignment pattern, dark
	isFormat        // format or version information
	isFinder        // finder or its border
)

// layouts are made when they are first needed.
var layouts = func() (fs [41]func() *layout) {
	for v := 1; v <= 40; v++ {
		fs[v] = sync.OnceValue(func() *layout { return newLayout(version(v)) })
	}
	return fs
}()

func newLayout(v version) *layout {
	tables, err := decoder.Version_GetVersionForNumber(int(v))
	if err != nil {
		return nil
	}
	d := v.dimension()
	l := &layout{version: v, dim: d, centres: tables.GetAlignmentPatternCenters(), tables: tables,
		fixed: make([]uint8, d*d)}
	set := func(x, y int, dark bool) {
		if x < 0 || y < 0 || x >= d || y >= d {
			return
		}
		l.fixed[y*d+x] = isLight
		if dark {
			l.fixed[y*d+x] = isDark
		}
	}
	for i := range d { // timing patterns
		set(i, 6, i%2 == 0)
		set(6, i, i%2 == 0)
	}
	for _, y := range l.centres {
		for _, x := range l.centres {
			if x == 6 && y == 6 || x == 6 && y == d-7 || x == d-7 && y == 6 {
				continue
			}
			for j := -2; j <= 2; j++ {
				for i := -2; i <= 2; i++ {
					set(x+i, y+j, max(i, -i, j, -j) != 1)
				}
			}
		}
	}
	for _, c := range [][2]int{{0, 0}, {d - 8, 0}, {0, d - 8}} { // finders and their borders
		for j := range 8 {
			for i := range 8 {
				l.fixed[(c[1]+j)*d+c[0]+i] = isFinder
			}
		}
	}
	info := func(x, y int) { l.fixed[y*d+x] = isFormat }
	for i := range 9 {
		if i != 6 {
			info(i, 8)
			info(8, i)
		}
	}
	for i := range 8 {
		info(d-1-i, 8)
		info(8, d-1-i)
	}
	set(8, d-8, true) // the module that is always dark
	if v >= 7 {
		for i := range 6 {
			for j := range 3 {
				info(i, d-11+j)
				info(d-11+j, i)
			}
		}
	}
	// Codewords run up and down in columns two wide, from the right.
	up := true
	for x := d - 1; x > 0; x -= 2 {
		if x == 6 {
			x--
		}
		for k := range d {
			y := k
			if up {
				y = d - 1 - k
			}
			for _, x := range [2]int{x, x - 1} {
				if l.fixed[y*d+x] == isData {
					l.order = append(l.order, int32(y*d+x))
				}
			}
		}
		up = !up
	}
	return l
}

// guessVersions returns the versions that a frame may have, best first, and how
// well the timing patterns of the best alternate, from 0 to 1. The size of the
// modules gives a first idea, which at three pixels a module may be three versions
// off; the timing patterns decide, and above version 6 the symbol says it itself.
func (p *plane) guessVersions(f *frame) ([]version, float64) {
	span := func(a, b *outline, step func(*outline) point) float64 {
		d := b.centre.sub(a.centre)
		u := unit(d)
		return d.length() / ((step(a).dot(u) + step(b).dot(u)) / 2)
	}
	h := span(&f.corner, &f.right, func(o *outline) point { return o.right })
	v := span(&f.corner, &f.down, func(o *outline) point { return o.down })
	if !(h > 0 && v > 0) || h > 1.6*v || v > 1.6*h {
		return nil, 0
	}
	n := (h + v) / 2
	guess := (n + 7 - 17) / 4
	slack := max(1, 0.13*n/4)
	from, to := max(1, int(math.Round(guess-slack))), min(40, int(math.Round(guess+slack)))
	type scored struct {
		v     version
		score float64
	}
	var all []scored
	for v := from; v <= to; v++ {
		d := version(v).dimension()
		h, ok := f.flat(d)
		if !ok {
			continue
		}
		all = append(all, scored{version(v), (p.alternates(&h, d, false) + p.alternates(&h, d, true)) / 2})
	}
	if len(all) == 0 {
		return nil, 0
	}
	slices.SortStableFunc(all, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var out []version
	if all[0].score < minTiming {
		return nil, 0
	}
	if all[0].v >= 6 || to >= 7 {
		if v := p.statedVersion(f, version(from), version(to)); v > 0 {
			out = append(out, v)
		}
	}
	for _, s := range all[:min(len(all), 3)] {
		if s.score > minTiming/2 && !slices.Contains(out, s.v) {
			out = append(out, s.v)
		}
	}
	return out, all[0].score
}

// The least alternation of the best version at which a frame is looked at further.
// Symbols that are read have 0.95 and more unless a timing pattern is damaged, and
// of two patterns one may be gone altogether.
const minTiming = 0.4

// alternates measures how well a timing pattern alternates where a version would
// have it.
func (p *plane) alternates(h *homography, d int, column bool) float64 {
	return p.alternation(func(i int) point {
		if column {
			return h.at(6.5, float64(i)+0.5)
		}
		return h.at(float64(i)+0.5, 6.5)
	}, d)
}

// alternation is the correlation of the modules of a timing pattern with dark,
// light, dark, …, given where each of them lies and the dimension.
func (p *plane) alternation(at func(int) point, d int) float64 {
	value := func(i int) float64 {
		q := at(i)
		return p.at(q.x, q.y)
	}
	var signed, total float64
	n := 0
	prev, this := value(7), value(8)
	for i := 8; i < d-8; i++ {
		next := value(i + 1)
		// Against the mean of its neighbours, so that shadows do not count.
		e := this - (prev+next)/2
		if i%2 == 0 {
			e = -e
		}
		signed += e
		total += math.Abs(e)
		prev, this = this, next
		n++
	}
	if total < 8*float64(n) {
		return 0
	}
	return signed / total
}

// statedVersion reads the version information beside the right and the lower
// finder, which needs no knowledge of the dimension.
func (p *plane) statedVersion(f *frame, from, to version) version {
	best, bestScore := version(0), 0.0
	read := func(o *outline, column bool) (v [18]float64) {
		// Modules relative to the finder's own upper left corner.
		h, ok := fit([]tie{{0, 0, o.corner[0], 1}, {7, 0, o.corner[1], 1}, {7, 7, o.corner[2], 1}, {0, 7, o.corner[3], 1}})
		if !ok {
			return v
		}
		sum := 0.0
		for i := range 18 {
			x, y := float64(i%3)-4+0.5, float64(i/3)+0.5
			if column {
				x, y = y, x
			}
			q := h.at(x, y)
			v[i] = p.at(q.x, q.y)
			sum += v[i]
		}
		// Dark and light of the finder give the middle.
		dark, light := h.at(3.5, 3.5), h.at(3.5, 1.5)
		mid := (p.at(dark.x, dark.y) + p.at(light.x, light.y)) / 2
		for i := range v {
			v[i] = mid - v[i]
		}
		return v
	}
	for _, v := range [2][18]float64{read(&f.right, false), read(&f.down, true)} {
		total := 0.0
		for _, e := range v {
			total += math.Abs(e)
		}
		if total == 0 {
			continue
		}
		for n := max(from, 7); n <= to; n++ {
			s, bits := 0.0, versionBits(n)
			for i, e := range v {
				if bits>>i&1 == 0 {
					e = -e
				}
				s += e
			}
			if s /= total; s > bestScore {
				best, bestScore = n, s
			}
		}
	}
	if bestScore < 0.5 {
		return 0
	}
	return best
}

// versionBits is the version with its twelve check bits (BCH, generator 0x1f25),
// bit 0 beside the timing pattern's far end first.
func versionBits(v version) uint32 {
	r := uint32(v) << 12
	for i := 17; i >= 12; i-- {
		if r>>i&1 != 0 {
			r ^= 0x1f25 << (i - 12)
		}
	}
	return uint32(v)<<12 | r
}
