package picture

import (
	"image"
	"image/color"
)

// toGray returns a picture's luma, its upper left corner at the origin. What is
// transparent lies on white paper. The direct paths are the pictures that decoders
// return in practice: going through At for each pixel takes twenty times as long.
func toGray(img image.Image) *image.Gray {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	rows := func(pix []uint8, stride, step int, convert func(dst, src []uint8)) {
		for y := range h {
			convert(out.Pix[y*out.Stride:][:w], pix[y*stride:][:w*step])
		}
	}
	switch m := img.(type) {
	case *image.Gray:
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 1, func(dst, src []uint8) { copy(dst, src) })
	case *image.YCbCr:
		rows(m.Y[m.YOffset(b.Min.X, b.Min.Y):], m.YStride, 1, func(dst, src []uint8) { copy(dst, src) })
	case *image.NYCbCrA:
		rows(m.Y[m.YOffset(b.Min.X, b.Min.Y):], m.YStride, 1, func(dst, src []uint8) { copy(dst, src) })
		for y := range h {
			for x := range w {
				a := uint32(m.A[m.AOffset(b.Min.X+x, b.Min.Y+y)])
				p := &out.Pix[y*out.Stride+x]
				*p = uint8((uint32(*p)*a + 255*(255-a) + 127) / 255)
			}
		}
	case *image.Paletted:
		var table [256]uint8
		for i, c := range m.Palette {
			table[i&255] = onWhite(c)
		}
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 1, func(dst, src []uint8) {
			for x := range dst {
				dst[x] = table[src[x]]
			}
		})
	case *image.RGBA:
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 4, func(dst, src []uint8) {
			for x := range dst {
				p := src[4*x:][:4]
				// Colours are already multiplied by their opacity.
				dst[x] = uint8(min(255, luma(p[0], p[1], p[2])+255-uint32(p[3])))
			}
		})
	case *image.NRGBA:
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 4, func(dst, src []uint8) {
			for x := range dst {
				p := src[4*x:][:4]
				l, a := luma(p[0], p[1], p[2]), uint32(p[3])
				dst[x] = uint8((l*a + 255*(255-a) + 127) / 255)
			}
		})
	case *image.CMYK:
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 4, func(dst, src []uint8) {
			for x := range dst {
				p := src[4*x:][:4]
				r, g, b := color.CMYKToRGB(p[0], p[1], p[2], p[3])
				dst[x] = uint8(luma(r, g, b))
			}
		})
	case *image.Gray16:
		rows(m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, 2, func(dst, src []uint8) {
			for x := range dst {
				dst[x] = src[2*x]
			}
		})
	default:
		for y := range h {
			row := out.Pix[y*out.Stride:][:w]
			for x := range row {
				row[x] = onWhite(img.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return out
}

// luma weighs the channels as JPEG does.
func luma(r, g, b uint8) uint32 {
	return (19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16
}

// onWhite returns the luma of a colour laid over white.
func onWhite(c color.Color) uint8 {
	r, g, b, a := c.RGBA()
	l := (19595*r + 38470*g + 7471*b + 1<<15) >> 16
	return uint8(min(0xffff, l+0xffff-a) >> 8)
}
