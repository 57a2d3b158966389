package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math/bits"
)

// This file hands TIFF pages that x/image does not decode to the PDF renderer, as a
// PDF of one page: the compressed data of TIFF are those of PDF, so that only what
// describes them has to be written anew (TIFF 6.0, ISO 32000-1 7.4).

// Strips and tiles of one page; a strip has one row at least.
const maxTIFFPieces = 1 << 14

// render draws the page.
func (p *tiffPage) render(ctx context.Context, opt Options) (*image.Gray, error) {
	data, err := p.pdf()
	if err != nil {
		return nil, err
	}
	opt.DPI = 72 // a point of the page is a pixel of the picture
	doc, err := openPDF(ctx, data, opt)
	if err != nil {
		return nil, err
	}
	defer doc.close()
	return doc.page(ctx, 0)
}

// piece is a strip or a tile with its place, in pixels from the upper left.
type piece struct {
	x, y, w, h int
	data       []byte
}

// pdf wraps the page.
func (p *tiffPage) pdf() ([]byte, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	describe, err := p.describe()
	if err != nil {
		return nil, err
	}
	pieces, err := p.pieces(config.Width, config.Height)
	if err != nil {
		return nil, err
	}
	var b, content, names bytes.Buffer
	var at []int
	object := func(head string, stream []byte) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\n", len(at), head)
		if stream != nil {
			b.WriteString("stream\n")
			b.Write(stream)
			b.WriteString("\nendstream\n")
		}
		b.WriteString("endobj\n")
	}
	const first = 5 // number of the first picture's object
	for i, s := range pieces {
		fmt.Fprintf(&content, "q %d 0 0 %d %d %d cm /I%d Do Q\n", s.w, s.h, s.x, config.Height-s.y-s.h, i)
		fmt.Fprintf(&names, "/I%d %d 0 R ", i, first+i)
	}
	b.WriteString("%PDF-1.5\n")
	object("<< /Type /Catalog /Pages 2 0 R >>", nil)
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", nil)
	object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /XObject << %s>> >> >>",
		config.Width, config.Height, names.String()), nil)
	object(fmt.Sprintf("<< /Length %d >>", content.Len()), content.Bytes())
	for _, s := range pieces {
		object(fmt.Sprintf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /Length %d %s >>",
			s.w, s.h, len(s.data), describe(s)), s.data)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes(), nil
}

// describe returns how PDF describes a piece: colours and compression.
func (p *tiffPage) describe() (func(piece) string, error) {
	var (
		compression = p.first(tagCompression, compressNone)
		photo       = p.first(tagPhotometric, photoWhiteIsZero)
		depth       = p.first(tagBits, 1)
		samples     = p.first(tagSamples, 1)
	)
	if samples > 1 && p.first(tagPlanar, 1) != 1 {
		return nil, errors.New("a TIFF with separate planes")
	}
	fax := compression == compressRLE || compression == compressG3 || compression == compressG4
	var colours string
	switch {
	case photo == photoWhiteIsZero && samples == 1 && fax, photo == photoBlackIsZero && samples == 1 && !fax:
		colours = "/ColorSpace /DeviceGray"
	case photo <= photoBlackIsZero && samples == 1:
		colours = "/ColorSpace /DeviceGray /Decode [1 0]"
	case photo == photoRGB && samples == 3, photo == photoYCbCr && samples == 3 && compression == compressJPEG:
		colours = "/ColorSpace /DeviceRGB"
	case photo == photoCMYK && samples == 4 && depth == 8:
		colours = "/ColorSpace /DeviceCMYK"
	default:
		return nil, fmt.Errorf("a TIFF of %d samples, colours %d", samples, photo)
	}
	switch depth {
	case 1, 2, 4, 8:
	default:
		return nil, fmt.Errorf("a TIFF of %d bits a sample", depth)
	}
	predictor := func(s piece) string {
		if p.first(tagPredictor, 1) != 2 {
			return ""
		}
		return fmt.Sprintf(" /DecodeParms << /Predictor 2 /Colors %d /BitsPerComponent %d /Columns %d >>", samples, depth, s.w)
	}
	// Fax data say which rows are coded against the one above (K); a negative K is
	// group 4.
	group := func(k int, aligned bool) func(piece) string {
		return func(s piece) string {
			return fmt.Sprintf("/Filter /CCITTFaxDecode /DecodeParms << /K %d /Columns %d /Rows %d /EncodedByteAlign %t >>",
				k, s.w, s.h, aligned)
		}
	}
	var filter func(piece) string
	switch compression {
	case compressNone:
		filter = func(piece) string { return "" }
	case compressRLE:
		filter = group(0, true)
	case compressG3:
		filter = group(int(p.first(tagT4Options, 0)&1), false)
	case compressG4:
		filter = group(-1, false)
	case compressLZW:
		filter = func(s piece) string { return "/Filter /LZWDecode" + predictor(s) }
	case compressDeflate, compressDeflateOld:
		filter = func(s piece) string { return "/Filter /FlateDecode" + predictor(s) }
	case compressPackBits:
		filter = func(piece) string { return "/Filter /RunLengthDecode" }
	case compressJPEG:
		transform := 0
		if photo == photoYCbCr {
			transform = 1
		}
		filter = func(piece) string {
			return fmt.Sprintf("/Filter /DCTDecode /DecodeParms << /ColorTransform %d >>", transform)
		}
	default:
		return nil, fmt.Errorf("a TIFF of compression %d", compression)
	}
	return func(s piece) string {
		return fmt.Sprintf("%s /BitsPerComponent %d %s", colours, depth, filter(s))
	}, nil
}

// pieces reads the strips or tiles of a page.
func (p *tiffPage) pieces(width, height int) ([]piece, error) {
	w, h := width, int(min(p.first(tagRowsPerStrip, uint32(height)), uint32(height)))
	offsets, sizes := p.tags[tagStripOffsets], p.tags[tagStripBytes]
	tiled := len(p.tags[tagTileOffsets]) > 0
	if tiled {
		w, h = int(p.first(tagTileWidth, 0)), int(p.first(tagTileHeight, 0))
		offsets, sizes = p.tags[tagTileOffsets], p.tags[tagTileBytes]
	}
	if w <= 0 || h <= 0 || w > maxPixels || h > maxPixels {
		return nil, fmt.Errorf("pieces of %d × %d pixels", w, h)
	}
	across := (width + w - 1) / w
	n := across * ((height + h - 1) / h)
	if n > maxTIFFPieces {
		return nil, tooLarge(fmt.Errorf("%d pieces", n))
	}
	if len(offsets) < n || len(sizes) < n {
		return nil, errors.New("a TIFF that lacks pieces")
	}
	var total int64
	out := make([]piece, n)
	for i := range out {
		// Pieces may overlap in a hostile file: what counts is what is read.
		if total += int64(sizes[i]); total > maxBytes {
			return nil, tooLarge(fmt.Errorf("%d bytes in %d pieces", total, i+1))
		}
		s := piece{x: i % across * w, y: i / across * h, w: w, h: h}
		if !tiled {
			s.h = min(h, height-s.y)
		}
		s.data = p.prepare(p.src.at(int64(offsets[i]), int64(sizes[i])))
		out[i] = s
	}
	return out, nil
}

// prepare makes a piece's data whole: tables that all JPEG pieces share go in
// front, bits that are stored last first are turned round.
func (p *tiffPage) prepare(data []byte) []byte {
	if p.first(tagCompression, compressNone) == compressJPEG {
		tables := p.tags[tagJPEGTables]
		if len(tables) < 4 || len(data) < 2 {
			return data
		}
		out := make([]byte, 0, len(tables)+len(data))
		for _, v := range tables[:len(tables)-2] { // without the end mark
			out = append(out, byte(v))
		}
		return append(out, data[2:]...) // without the start mark
	}
	if p.first(tagFillOrder, 1) == 2 {
		for i, b := range data {
			data[i] = bits.Reverse8(b)
		}
	}
	return data
}
