package scan

import (
	"context"
	"image"
)

// FinderMark is one of the squares in a QR code's corners as it was seen, whether or
// not a symbol could be read around it.
type FinderMark struct {
	X, Y   float64 // of its middle, in pixels of the page
	Module float64 // pixels a module, measured along the row
}

// FinderMarks returns the squares that one quick pass sees, those that most rows
// cross first. It serves whoever explains why nothing was read.
func FinderMarks(ctx context.Context, img *image.Gray) []FinderMark {
	p := planeOf(img)
	scale := 1.0
	for p.w*p.h > firstPixels {
		p = p.half()
		scale *= 2
	}
	var out []FinderMark
	for _, f := range findFinders(ctx, localMask(p)) {
		if f.hits > 1 {
			out = append(out, FinderMark{f.c.x * scale, f.c.y * scale, f.size * scale})
		}
	}
	return out
}
