package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/zoneblanche/zoneblanche/record"
)

// raster is a picture file: one page, or as many as a TIFF has directories.
type raster struct {
	kind kind
	data []byte
	dirs []uint32 // TIFF: where each page's directory begins
}

// openRaster looks at the header only: a file that is too large is refused before
// its pixels are touched.
func openRaster(k kind, data []byte) (*raster, error) {
	r := &raster{kind: k, data: data}
	if k == kindTIFF {
		if r.dirs = tiffDirectories(data); len(r.dirs) == 0 {
			return nil, invalid(ReasonTruncated, errors.New("no picture inside the TIFF"))
		}
	}
	if err := r.check(0); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *raster) count() int { return max(1, len(r.dirs)) }

func (r *raster) close() error { return nil }

// check refuses page i when its header promises too much.
func (r *raster) check(i int) (err error) {
	defer recoverInto(&err)
	c, err := decoders[r.kind].config(r.reader(i))
	if err != nil {
		return classify(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return invalid(ReasonFormat, fmt.Errorf("%d × %d pixels", c.Width, c.Height))
	}
	pixels := int64(c.Width) * int64(c.Height)
	if pixels > maxPixels || pixels*bytesPerPixel(c.ColorModel) > maxDecoded {
		return tooLarge(fmt.Errorf("%d × %d pixels", c.Width, c.Height))
	}
	return nil
}

func (r *raster) page(ctx context.Context, i int) (g *image.Gray, err error) {
	defer recoverInto(&err)
	if err := r.check(i); err != nil {
		return nil, err
	}
	img, err := decoders[r.kind].decode(r.reader(i))
	if err != nil && r.kind == kindJPEG && isTruncated(err) {
		img, err = decodePadded(r.data)
	}
	if err != nil {
		return nil, classify(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A frame may be larger than what the header of the file announced.
	if b := img.Bounds(); int64(b.Dx())*int64(b.Dy()) > maxPixels {
		return nil, tooLarge(fmt.Errorf("%d × %d pixels", b.Dx(), b.Dy()))
	}
	g = toGray(img)
	switch r.kind {
	case kindJPEG:
		g = upright(g, jpegOrientation(r.data))
	case kindTIFF:
		g = upright(g, tiffOrientation(r.data, r.dirs[i]))
	}
	return g, nil
}

// reader returns the bytes of page i as a decoder wants them. The TIFF decoder
// reads the first directory only, so the header is made to point at another.
func (r *raster) reader(i int) io.Reader {
	if r.kind != kindTIFF || i == 0 {
		return bytes.NewReader(r.data)
	}
	var head [8]byte
	copy(head[:], r.data)
	tiffOrder(r.data).PutUint32(head[4:], r.dirs[i])
	return &patched{bytes.NewReader(r.data), head}
}

// patched is a file of which the first eight bytes are others.
type patched struct {
	*bytes.Reader
	head [8]byte
}

func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.Reader.ReadAt(b, off)
	if off >= 0 && off < int64(len(p.head)) {
		copy(b[:n], p.head[off:])
	}
	return n, err
}

type decoder struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var decoders = map[kind]decoder{
	kindPNG:  {png.DecodeConfig, png.Decode},
	kindJPEG: {jpeg.DecodeConfig, jpeg.Decode},
	kindGIF:  {gif.DecodeConfig, gif.Decode},
	kindTIFF: {tiff.DecodeConfig, tiff.Decode},
	kindWebP: {webp.DecodeConfig, webp.Decode},
	kindBMP:  {bmp.DecodeConfig, bmp.Decode},
}

func bytesPerPixel(m color.Model) int64 {
	switch m {
	case color.GrayModel, color.AlphaModel:
		return 1
	case color.Gray16Model, color.Alpha16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// decodePadded reads what there is of a JPEG that stops early, as pictures do that
// came over a line that broke: zero bits stand for the missing end, and the part
// that arrived is right. It fails on the kinds of JPEG that cannot be read so.
func decodePadded(data []byte) (image.Image, error) {
	const enough = 64 << 20
	return jpeg.Decode(io.MultiReader(bytes.NewReader(data), io.LimitReader(zeros{}, enough),
		bytes.NewReader([]byte{0xff, 0xd9})))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// isTruncated tells a file that stops early from one that is wrong. Several
// decoders have only words for it.
func isTruncated(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	for _, words := range []string{"unexpected EOF", "not enough", "short Huffman data"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// classify gives a decoder's complaint its reason.
func classify(err error) error {
	var ours *record.Error
	switch {
	case errors.As(err, &ours):
		return err
	case isTruncated(err):
		return invalid(ReasonTruncated, err)
	}
	return invalid(ReasonFormat, err)
}

// recoverInto makes an error of a panic inside a decoder.
func recoverInto(err *error) {
	if p := recover(); p != nil {
		*err = invalid(ReasonFormat, fmt.Errorf("decoder failed: %v", p))
	}
}

// tiffOrder returns the byte order that a TIFF header states.
func tiffOrder(b []byte) interface {
	binary.ByteOrder
	binary.AppendByteOrder
} {
	if b[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
