package scan

import (
	"context"
	"math"
	"slices"
)

// finder is one square of dark, light, dark in the proportions 1:1:3:1:1.
type finder struct {
	c    point
	size float64 // of a module, along the row: too long by 1/cos of the turn
	hits int     // rows that crossed it
}

func (f finder) scaled(k float64) finder {
	f.c, f.size = f.c.mul(k), f.size*k
	return f
}

const (
	// Distinct squares kept while searching, and those that go on to be combined.
	// A page of our sheets has 30 at most; only a page of decoys has more.
	maxSeen    = 4000
	maxFinders = 240
)

// findFinders searches every second row for the proportions, and checks each hit
// along its column and its diagonal.
func findFinders(ctx context.Context, m *mask) []finder {
	if m.w < 7 || m.h < 7 {
		return nil
	}
	s := seen{cells: map[[2]int][]int{}}
	var edges []int
	// Even at two pixels a module the middle is six rows high.
	for y := 1; y < m.h; y += 2 {
		if y&63 == 1 && ctx.Err() != nil {
			return nil
		}
		edges = m.appendEdges(edges[:0], y)
		for i := 0; i+5 < len(edges); i += 2 {
			e := (*[6]int)(edges[i:])
			size, ok := proportions(e[1]-e[0], e[2]-e[1], e[3]-e[2], e[4]-e[3], e[5]-e[4])
			if !ok {
				continue
			}
			x := float64(e[2]+e[3]) / 2
			if s.near(x, float64(y)+0.5, size) {
				continue
			}
			if c, size, ok := confirm(m, x, y, size); ok {
				s.add(c, size)
			}
		}
	}
	slices.SortStableFunc(s.found, func(a, b finder) int { return b.hits - a.hits })
	return s.found[:min(len(s.found), maxFinders)]
}

// proportions reports whether five runs are about 1:1:3:1:1, and of what module.
// Ink spreads and light does: a dark run may gain half a module at the cost of the
// light ones beside it.
func proportions(a, b, c, d, e int) (size float64, ok bool) {
	total := a + b + c + d + e
	if total < 7 {
		return 0, false
	}
	size = float64(total) / 7
	tol := size * 0.6
	near := func(n int) bool { return math.Abs(float64(n)-size) < tol }
	if !near(a) || !near(b) || !near(d) || !near(e) || math.Abs(float64(c)-3*size) >= 3*size*0.5 {
		return 0, false
	}
	return size, true
}

// confirm checks a hit of the row y at x along its column, again along the row
// through the centre that the column gave, and along one diagonal.
func confirm(m *mask, x float64, y int, size float64) (point, float64, bool) {
	cx := min(int(x), m.w-1)
	lo, hi, vsize, ok := through(m, cx, y, 0, 1, size)
	if !ok || vsize > 2*size || size > 2*vsize {
		return point{}, 0, false
	}
	cy := (lo + hi) / 2
	lo, hi, hsize, ok := through(m, cx, min(int(cy), m.h-1), 1, 0, size)
	if !ok {
		return point{}, 0, false
	}
	c := point{(lo + hi) / 2, cy}
	if _, _, _, ok := through(m, min(int(c.x), m.w-1), min(int(c.y), m.h-1), 1, 1, size); !ok {
		return point{}, 0, false
	}
	return c, (hsize + vsize) / 2, true
}

// through walks both ways from (x, y) and returns where the middle run begins and
// ends along the axis of the walk, and the module if the proportions hold. The
// diagonal is held to less: corners of squares are the first that blur takes.
func through(m *mask, x, y, dx, dy int, size float64) (lo, hi, module float64, ok bool) {
	if !m.dark(x, y) {
		return
	}
	limit := int(5*size) + 3
	a, okA := outward(m, x, y, -dx, -dy, limit)
	b, okB := outward(m, x, y, dx, dy, limit)
	if !okA || !okB {
		return
	}
	mid := a[0] + b[0] - 1
	if dx != 0 && dy != 0 {
		total := float64(a[1] + a[2] + b[1] + b[2] + mid)
		ok = math.Abs(float64(mid)-total*3/7) < total*3/7*0.6
		return
	}
	module, ok = proportions(a[2], a[1], mid, b[1], b[2])
	at := float64(x)
	if dy != 0 {
		at = float64(y)
	}
	return at + 1 - float64(a[0]), at + float64(b[0]), module, ok
}

// outward counts dark, light, dark pixels from (x, y) on.
func outward(m *mask, x, y, dx, dy, limit int) (n [3]int, ok bool) {
	for i := range n {
		want := i != 1
		for x >= 0 && y >= 0 && x < m.w && y < m.h && m.dark(x, y) == want {
			n[i]++
			if n[i] > limit {
				return n, false
			}
			x, y = x+dx, y+dy
		}
		if n[i] == 0 {
			return n, false
		}
	}
	return n, true
}

// seen gathers hits of the same square. Squares are kept by the cell that their
// centre falls in, so that a page of decoys stays linear.
type seen struct {
	found []finder
	cells map[[2]int][]int
}

const cellSize = 16

// near counts a hit on a square that is known already.
func (s *seen) near(x, y, size float64) bool {
	r := int(size/cellSize) + 1
	cx, cy := int(x)/cellSize, int(y)/cellSize
	if r > 3 {
		r = 3
	}
	for j := cy - r; j <= cy+r; j++ {
		for i := cx - r; i <= cx+r; i++ {
			for _, k := range s.cells[[2]int{i, j}] {
				f := &s.found[k]
				if math.Abs(f.c.x-x) < f.size && math.Abs(f.c.y-y) < 2*f.size && size < 1.5*f.size && f.size < 1.5*size {
					f.hits++
					return true
				}
			}
		}
	}
	return false
}

func (s *seen) add(c point, size float64) {
	if s.near(c.x, c.y, size) || len(s.found) >= maxSeen {
		return
	}
	k := [2]int{int(c.x) / cellSize, int(c.y) / cellSize}
	s.cells[k] = append(s.cells[k], len(s.found))
	s.found = append(s.found, finder{c: c, size: size, hits: 1})
}
