package advice

import (
	"context"
	"image"
	"math"
)

// cell is what a square of the picture is made of.
type cell struct {
	n, sum, squares float64
	across, down    float64 // total grey steps between neighbours, along rows and columns
	lo, hi          uint8
	between         float64 // variance of the means of its quarters
}

func (c *cell) mean() float64 { return c.sum / c.n }

func (c *cell) deviation() float64 {
	return math.Sqrt(max(0, c.squares/c.n-c.mean()*c.mean()))
}

// join adds another cell.
func (c *cell) join(o *cell) {
	if o.n == 0 {
		return
	}
	if c.n == 0 {
		*c = *o
		return
	}
	c.n, c.sum, c.squares = c.n+o.n, c.sum+o.sum, c.squares+o.squares
	c.across, c.down = c.across+o.across, c.down+o.down
	c.lo, c.hi = min(c.lo, o.lo), max(c.hi, o.hi)
}

// grid is a picture cut into cells of size pixels.
type grid struct {
	size, w, h int
	cells      []cell
}

// finestCell is the size of the smallest cells, in pixels.
const finestCell = 8

func newGrid(ctx context.Context, img *image.Gray) *grid {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	g := &grid{finestCell, (w + finestCell - 1) / finestCell, (h + finestCell - 1) / finestCell, nil}
	g.cells = make([]cell, g.w*g.h)
	for i := range g.cells {
		g.cells[i].lo = 255
	}
	for y := range h {
		if y&255 == 0 && ctx.Err() != nil {
			return g
		}
		row := img.Pix[y*img.Stride:][:w]
		above := row
		if y > 0 {
			above = img.Pix[(y-1)*img.Stride:][:w]
		}
		cells := g.cells[y/finestCell*g.w:]
		for x, v := range row {
			c := &cells[x/finestCell]
			f := float64(v)
			c.n++
			c.sum += f
			c.squares += f * f
			c.lo, c.hi = min(c.lo, v), max(c.hi, v)
			if x > 0 {
				c.across += math.Abs(f - float64(row[x-1]))
			}
			c.down += math.Abs(f - float64(above[x]))
		}
	}
	return g
}

// coarser returns the grid of cells twice the size.
func (g *grid) coarser() *grid {
	out := &grid{2 * g.size, (g.w + 1) / 2, (g.h + 1) / 2, nil}
	out.cells = make([]cell, out.w*out.h)
	for y := range g.h {
		for x := range g.w {
			out.cells[y/2*out.w+x/2].join(&g.cells[y*g.w+x])
		}
	}
	for y := range g.h {
		for x := range g.w {
			if quarter, c := &g.cells[y*g.w+x], &out.cells[y/2*out.w+x/2]; quarter.n > 0 {
				d := quarter.mean() - c.mean()
				c.between += d * d * quarter.n / c.n
			}
		}
	}
	return out
}

// mixed reports whether a cell may lie on a code: dark and light in about equal
// parts, in each of its quarters alike, and as many steps along the rows as along the
// columns. Text has less ink, a table has no grain, the border of a sheet parts a cell
// in two, and stripes have one direction.
func (c *cell) mixed(least float64) bool {
	if c.n == 0 || c.deviation() < least {
		return false
	}
	if v := c.deviation(); c.between > 0.75*v*v {
		return false
	}
	dark := (float64(c.hi) - c.mean()) / float64(c.hi-c.lo)
	return dark > 0.28 && dark < 0.75 && c.across < 2.2*c.down && c.down < 2.2*c.across
}

// patch is a part of the picture that looks like a code.
type patch struct {
	image.Rectangle
	cells *grid
	// Parts of the rectangle's inside where nothing is mixed: light and dark ones.
	light, dark float64
	quality     float64
}

const (
	// A patch has so many cells at least: fewer are a coincidence.
	leastCells = 16
	// And fills so much of its rectangle.
	leastFill = 0.4
	// How much a patch must look like a code, 1 being a whole one.
	leastQuality = 0.5
	// A code half outside of the picture is twice as long as it is wide.
	mostOblong = 2.4
)

// findPatch returns the part of a picture that looks most like a code.
func findPatch(ctx context.Context, img *image.Gray, contrast float64) (patch, bool) {
	least := max(4, 0.06*contrast)
	var best patch
	for g := newGrid(ctx, img); g.w >= 4 && g.h >= 4 && ctx.Err() == nil; g = g.coarser() {
		for _, near := range [][][2]int{neighbours[:4], neighbours[:]} {
			for _, p := range g.patches(least, near) {
				if p.quality > 1.1*best.quality {
					best = p
				}
			}
		}
	}
	best.Rectangle = best.Intersect(img.Rect.Sub(img.Rect.Min))
	return best, best.quality > leastQuality
}

// neighbours are the cells that belong together: the four beside each other, or all
// about, over a gap of one, where a stain or a reflection would part a code.
var neighbours = [12][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}, {2, 0}, {-2, 0}, {0, 2}, {0, -2}}

// patches returns the connected mixed parts of one grid.
func (g *grid) patches(least float64, near [][2]int) []patch {
	label := make([]int, len(g.cells))
	for i := range g.cells {
		if g.cells[i].mixed(least) {
			label[i] = -1
		}
	}
	var out []patch
	var queue []int
	for start := range label {
		if label[start] != -1 {
			continue
		}
		id := len(out) + 1
		box := image.Rectangle{}
		n := 0
		queue = append(queue[:0], start)
		label[start] = id
		for len(queue) > 0 {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			n++
			x, y := i%g.w, i/g.w
			box = box.Union(image.Rect(x, y, x+1, y+1))
			for _, d := range near {
				if nx, ny := x+d[0], y+d[1]; nx >= 0 && ny >= 0 && nx < g.w && ny < g.h && label[ny*g.w+nx] == -1 {
					label[ny*g.w+nx] = id
					queue = append(queue, ny*g.w+nx)
				}
			}
		}
		out = append(out, g.judge(box, n))
	}
	return out
}

// judge tells how much a connected part looks like a code. What a reflection or a
// stain blanks in it costs little.
func (g *grid) judge(box image.Rectangle, n int) patch {
	p := patch{cells: g}
	w, h := box.Dx(), box.Dy()
	oblong := float64(max(w, h)) / float64(min(w, h))
	if n < leastCells || oblong > mostOblong {
		return p
	}
	fill := float64(n) / float64(w*h)
	if fill < leastFill {
		return p
	}
	var all cell
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			all.join(&g.cells[y*g.w+x])
		}
	}
	inside := box.Inset(1)
	count := 0.0
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		for x := inside.Min.X; x < inside.Max.X; x++ {
			count++
			// A finder's middle and its rings are as large as a small cell, and flat.
			switch c := &g.cells[y*g.w+x]; {
			case c.n == 0 || c.deviation() > all.deviation()/3:
			case c.mean() > all.mean():
				p.light++
			default:
				p.dark++
			}
		}
	}
	if count > 0 {
		p.light, p.dark = p.light/count, p.dark/count
	}
	p.Rectangle = image.Rect(box.Min.X*g.size, box.Min.Y*g.size, box.Max.X*g.size, box.Max.Y*g.size)
	fill = min(1, fill+0.8*(p.light+p.dark)*count/float64(w*h))
	p.quality = fill / math.Sqrt(oblong) * math.Sqrt(min(1, float64(n)/64))
	return p
}
