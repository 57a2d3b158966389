package picture

import (
	"bufio"
	"bytes"
	"context"
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
	src  *source
	opt  Options
	dirs []uint32 // TIFF: where each page's directory begins
}

// openRaster looks at the header only: a file that is too large is refused before
// its pixels are touched.
func openRaster(k kind, src *source, opt Options) (*raster, error) {
	r := &raster{kind: k, src: src, opt: opt}
	if k == kindTIFF {
		if r.dirs = tiffDirectories(src); len(r.dirs) == 0 {
			return nil, invalid(ReasonTruncated, errors.New("no picture inside the TIFF"))
		}
	}
	if err := r.check(0); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *raster) count() int { return max(1, len(r.dirs)) }

func (r *raster) close() error { return r.src.Close() }

// check refuses page i when its header promises too much.
func (r *raster) check(i int) (err error) {
	defer recoverInto(&err)
	c, err := r.config(i)
	if err != nil {
		return classify(err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return invalid(ReasonFormat, fmt.Errorf("%d × %d pixels", c.Width, c.Height))
	}
	pixels := int64(c.Width) * int64(c.Height)
	if pixels > maxPixels || pixels*r.bytesPerPixel(c.ColorModel) > maxDecoded {
		return tooLarge(fmt.Errorf("%d × %d pixels", c.Width, c.Height))
	}
	return nil
}

func (r *raster) config(i int) (image.Config, error) {
	if r.kind != kindTIFF {
		return decoders[r.kind].config(r.reader())
	}
	if p := readTIFFPage(r.src, r.dirs[i]); p.needsRenderer() {
		return p.config()
	}
	return tiff.DecodeConfig(r.tiffReader(i))
}

func (r *raster) page(ctx context.Context, i int) (*image.Gray, error) {
	if err := r.check(i); err != nil {
		return nil, err
	}
	type result struct {
		g   *image.Gray
		err error
	}
	// Decoders know nothing of contexts. One that does not end is left behind, and
	// stops when it reads on.
	done := make(chan result, 1)
	go func() {
		within := &raster{kind: r.kind, src: r.src.until(ctx), opt: r.opt, dirs: r.dirs}
		g, err := within.decode(ctx, i)
		done <- result{g, err}
	}()
	select {
	case d := <-done:
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return d.g, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *raster) decode(ctx context.Context, i int) (g *image.Gray, err error) {
	defer recoverInto(&err)
	if r.kind == kindTIFF {
		g, err = r.tiffPage(ctx, i)
	} else {
		g, err = r.picture(ctx)
	}
	if err != nil {
		return nil, classify(err)
	}
	return g, nil
}

// picture decodes the picture of a file that has one, upright.
func (r *raster) picture(ctx context.Context) (*image.Gray, error) {
	g, err := r.grey(ctx)
	if err != nil {
		return nil, err
	}
	return upright(g, orientation(r.kind, r.src)), nil
}

func (r *raster) grey(ctx context.Context) (*image.Gray, error) {
	if r.kind == kindJPEG {
		if g, err := decodeLuma(ctx, r.reader(), largeProgressive); err != errNotLuma {
			return g, err
		}
	}
	img, err := decoders[r.kind].decode(r.reader())
	if err != nil && r.kind == kindJPEG {
		// The standard library takes no progressive JPEG with restart markers.
		if g, err := decodeLuma(ctx, r.reader(), 0); err == nil {
			return g, nil
		}
		if isTruncated(err) {
			img, err = r.decodePadded()
		}
	}
	if err != nil {
		return nil, err
	}
	// A frame may be larger than what the header of the file announced.
	if b := img.Bounds(); int64(b.Dx())*int64(b.Dy()) > maxPixels {
		return nil, tooLarge(fmt.Errorf("%d × %d pixels", b.Dx(), b.Dy()))
	}
	return toGray(img), nil
}

func (r *raster) tiffPage(ctx context.Context, i int) (*image.Gray, error) {
	p := readTIFFPage(r.src, r.dirs[i])
	turn := tiffOrientation(r.src, r.dirs[i])
	if p.needsRenderer() {
		g, err := p.render(ctx, r.opt)
		if err != nil {
			return nil, err
		}
		return upright(g, turn), nil
	}
	if p.plain() {
		g, err := p.rows()
		if err != nil {
			return nil, err
		}
		return upright(g, turn), nil
	}
	img, err := tiff.Decode(r.tiffReader(i))
	if err != nil {
		return nil, err
	}
	return upright(toGray(img), turn), nil
}

func (r *raster) reader() io.Reader { return bufio.NewReaderSize(r.src.stream(), 64<<10) }

type decoder struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var decoders = map[kind]decoder{
	kindPNG:  {png.DecodeConfig, png.Decode},
	kindJPEG: {jpeg.DecodeConfig, jpeg.Decode},
	kindGIF:  {gif.DecodeConfig, gif.Decode},
	kindWebP: {webp.DecodeConfig, webp.Decode},
	kindBMP:  {bmp.DecodeConfig, bmp.Decode},
}

// bytesPerPixel is what decoding takes for each pixel before it is grey.
func (r *raster) bytesPerPixel(m color.Model) int64 {
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
func (r *raster) decodePadded() (image.Image, error) {
	const enough = 64 << 20
	return jpeg.Decode(io.MultiReader(r.reader(), io.LimitReader(zeros{}, enough),
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
