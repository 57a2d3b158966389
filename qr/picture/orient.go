package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

const (
	tagOrientation = 0x0112
	typeShort      = 3

	// More pages than any fax has; a loop of directories ends here at the latest.
	maxTIFFPages = 1000
)

// jpegOrientation returns the EXIF orientation of a photograph, 1 (upright) when
// there is none. Telephones store the sensor's picture and say how to turn it.
func jpegOrientation(b []byte) int {
	for p := 2; p+4 <= len(b) && b[p] == 0xff; {
		marker, size := b[p+1], int(binary.BigEndian.Uint16(b[p+2:]))
		if marker == 0xff { // fill byte
			p++
			continue
		}
		if marker == 0xda || marker == 0xd9 || size < 2 || p+2+size > len(b) {
			return 1 // the picture itself begins: no EXIF before it
		}
		body := b[p+4 : p+2+size]
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			if dirs := tiffDirectories(exif); len(dirs) > 0 {
				return tiffOrientation(exif, dirs[0])
			}
			return 1
		}
		p += 2 + size
	}
	return 1
}

// tiffDirectories returns where the directory of each page begins.
func tiffDirectories(b []byte) []uint32 {
	if len(b) < 8 || string(b[:4]) != "II*\x00" && string(b[:4]) != "MM\x00*" {
		return nil
	}
	order := tiffOrder(b)
	var out []uint32
	seen := map[uint32]bool{}
	for at := order.Uint32(b[4:]); at != 0 && !seen[at] && len(out) < maxTIFFPages; {
		if int64(at)+2 > int64(len(b)) {
			break
		}
		seen[at] = true
		out = append(out, at)
		next := int64(at) + 2 + 12*int64(order.Uint16(b[at:]))
		if next+4 > int64(len(b)) {
			break
		}
		at = order.Uint32(b[next:])
	}
	return out
}

// tiffOrientation reads the orientation tag of the directory at dir.
func tiffOrientation(b []byte, dir uint32) int {
	order := tiffOrder(b)
	n := int(order.Uint16(b[dir:]))
	for i := range n {
		p := int64(dir) + 2 + 12*int64(i)
		if p+12 > int64(len(b)) {
			break
		}
		e := b[p : p+12]
		if order.Uint16(e) != tagOrientation || order.Uint16(e[2:]) != typeShort {
			continue
		}
		if o := int(order.Uint16(e[8:])); o >= 1 && o <= 8 {
			return o
		}
		break
	}
	return 1
}

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
