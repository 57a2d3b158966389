package scan

import "context"

// Symbols beyond this have alignment patterns enough.
const maxPolished = 6

// effort is how many modules may still be told apart in vain on one page. Who has
// none left looks at each symbol once, and no longer in every way.
type effort int

// A page of symbols that are damaged beyond reading takes some seconds with this; six
// symbols of our sheets need a tenth of it.
const pageEffort effort = 12 << 20

// decode reads the symbol of a frame.
func (p *plane) decode(ctx context.Context, f *frame, left *effort) (hit, bool) {
	for _, v := range f.versions {
		if l := layouts[v](); l != nil {
			if h, ok := p.decodeAs(ctx, f, l, left); ok {
				return h, true
			}
		}
	}
	return hit{}, false
}

// decodeAs reads the symbol of a frame as one of a version, through better meshes as
// long as there are signs that it is one.
func (p *plane) decodeAs(ctx context.Context, f *frame, l *layout, left *effort) (h hit, ok bool) {
	m, known, ok := p.weave(f, l)
	if !ok {
		return hit{}, false
	}
	text, agreement, ok := p.sample(m, l.dim).read(ctx, l, left)
	better := []func(){
		func() {
			if l.version <= maxPolished {
				p.polish(m)
			}
		},
		func() { // as if the sheet were bent
			if f.row.at != nil || f.column.at != nil {
				return
			}
			bent := *f
			p.walk(&bent)
			if w, k, ok := p.weave(&bent, l); ok && len(k) > len(known) {
				m, known = w, k
			}
		},
		func() { m = p.relax(m, known) },
	}
	for i := 0; !ok && i < len(better) && agreement >= minAgreement && *left > 0 && ctx.Err() == nil; i++ {
		better[i]()
		var again float64
		text, again, ok = p.sample(m, l.dim).read(ctx, l, left)
		agreement = max(agreement, again)
	}
	if !ok {
		return hit{}, false
	}
	d := float64(l.dim)
	h = hit{quad: [4]point{m.at(0, 0), m.at(d, 0), m.at(d, d), m.at(0, d)}}
	h.Text, h.Format = text, FormatQR
	return h, true
}

// The least agreement of the timing and alignment patterns at which a symbol is
// tried. Symbols that are read have 0.75 and more, noise has 0.3 at most.
const minAgreement = 0.4

// ways of telling dark from light, likeliest first.
var ways = []struct {
	sharpen       float32
	across, along int
}{
	{0, 3, 3},
	{0.12, 3, 3},
	{0, 6, 6},
	{0.25, 4, 4},
	{0, 0, 8},
	{0, 8, 0},
	{0.12, 0, 8},
	{0.12, 8, 0},
}

// read tries the ways one after the other. It returns how well the patterns of the
// layout are there besides.
func (m *modules) read(ctx context.Context, l *layout, left *effort) (text string, agreement float64, ok bool) {
	for i, w := range ways {
		if ctx.Err() != nil || i > 0 && *left <= 0 {
			return "", agreement, false
		}
		v := m
		if w.sharpen != 0 {
			v = m.sharpened(w.sharpen)
		}
		s := v.signals(w.across, w.along)
		if i == 0 {
			if agreement = s.agreement(l); agreement < minAgreement {
				return "", agreement, false
			}
		}
		if text, ok := s.read(l, 2); ok {
			return text, agreement, true
		}
		*left -= effort(len(m.v))
	}
	text, ok = m.transposed().signals(3, 3).read(l, 1)
	return text, agreement, ok
}
