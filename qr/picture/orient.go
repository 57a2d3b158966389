package picture

import "image"

// upright turns and mirrors a picture as its orientation tag says.
func upright(g *image.Gray, orientation int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	// Destination pixel (x, y) comes from source offset o + x·dx + y·dy.
	var o, dx, dy int
	s := g.Stride
	swap := orientation >= 5
	switch orientation {
	case 2: // mirrored left to right
		o, dx, dy = w-1, -1, s
	case 3: // upside down
		o, dx, dy = (h-1)*s+w-1, -1, -s
	case 4: // mirrored top to bottom
		o, dx, dy = (h-1)*s, 1, -s
	case 5: // mirrored along the main diagonal
		o, dx, dy = 0, s, 1
	case 6: // to be turned clockwise
		o, dx, dy = (h-1)*s, -s, 1
	case 7: // mirrored along the other diagonal
		o, dx, dy = (h-1)*s+w-1, -s, -1
	case 8: // to be turned counter-clockwise
		o, dx, dy = w-1, s, -1
	default:
		return g
	}
	if swap {
		w, h = h, w
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		from := o + y*dy
		row := out.Pix[y*out.Stride:][:w]
		for x := range row {
			row[x] = g.Pix[from]
			from += dx
		}
	}
	return out
}
