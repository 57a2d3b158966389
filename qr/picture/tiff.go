package picture

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"
)

// This file reads what a TIFF says of its pages, and picks who decodes them. The
// common ones are x/image's; the kinds that fax machines and office scanners write
// besides (fax group 3, JPEG, four bits, CMYK) go through the PDF renderer, which
// knows them all (tiffpdf.go).

const (
	// More pages than any fax has; a loop of directories ends here at the latest.
	maxTIFFPages = 1000
	// Entries of one directory, and values of one of them, that are looked at.
	maxTIFFEntries = 512
	maxTIFFValues  = 1 << 16
)

// Tags, and values of Compression and PhotometricInterpretation (TIFF 6.0).
const (
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripBytes      = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileBytes       = 325
	tagExtraSamples    = 338
	tagJPEGTables      = 347
	compressNone       = 1
	compressRLE        = 2 // modified Huffman, rows begin on bytes
	compressG3         = 3
	compressG4         = 4
	compressLZW        = 5
	compressJPEG       = 7
	compressDeflate    = 8
	compressPackBits   = 32773
	compressDeflateOld = 32946
	photoWhiteIsZero   = 0
	photoBlackIsZero   = 1
	photoRGB           = 2
	photoCMYK          = 5
	photoYCbCr         = 6
)

// tiffDirectories returns where the directory of each page begins.
func tiffDirectories(src *source) []uint32 {
	head := src.head(8)
	if len(head) < 8 || string(head[:4]) != "II*\x00" && string(head[:4]) != "MM\x00*" {
		return nil
	}
	order := tiffOrder(head)
	var out []uint32
	seen := map[uint32]bool{}
	for at := order.Uint32(head[4:]); at != 0 && !seen[at] && len(out) < maxTIFFPages; {
		n := src.at(int64(at), 2)
		if len(n) < 2 {
			break
		}
		seen[at] = true
		out = append(out, at)
		next := src.at(int64(at)+2+12*int64(order.Uint16(n)), 4)
		if len(next) < 4 {
			break
		}
		at = order.Uint32(next)
	}
	return out
}

// tiffOrder returns the byte order that a TIFF header states.
func tiffOrder(head []byte) binary.ByteOrder {
	if head[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// tiffPage is the directory of one page: the values of each tag that are numbers.
type tiffPage struct {
	src  *source
	tags map[uint16][]uint32
}

// readTIFFPage reads the directory at dir.
func readTIFFPage(src *source, dir uint32) *tiffPage {
	p := &tiffPage{src: src, tags: map[uint16][]uint32{}}
	order := tiffOrder(src.head(8))
	n := src.at(int64(dir), 2)
	if len(n) < 2 {
		return p
	}
	entries := src.at(int64(dir)+2, 12*min(int64(order.Uint16(n)), maxTIFFEntries))
	for ; len(entries) >= 12; entries = entries[12:] {
		size := map[uint16]int64{1: 1, typeShort: 2, 4: 4, 7: 1}[order.Uint16(entries[2:])]
		count := int64(order.Uint32(entries[4:]))
		if size == 0 || count > maxTIFFValues {
			continue
		}
		raw := entries[8:12]
		if size*count > 4 {
			raw = src.at(int64(order.Uint32(raw)), size*count)
		}
		var values []uint32
		for i := int64(0); i < count && size*(i+1) <= int64(len(raw)); i++ {
			switch b := raw[size*i:]; size {
			case 1:
				values = append(values, uint32(b[0]))
			case 2:
				values = append(values, uint32(order.Uint16(b)))
			case 4:
				values = append(values, order.Uint32(b))
			}
		}
		p.tags[order.Uint16(entries)] = values
	}
	return p
}

// first returns the first value of a tag, or what stands when it is absent.
func (p *tiffPage) first(tag uint16, otherwise uint32) uint32 {
	if v := p.tags[tag]; len(v) > 0 {
		return v[0]
	}
	return otherwise
}

func tiffOrientation(src *source, dir uint32) int {
	if o := readTIFFPage(src, dir).first(tagOrientation, upRight); o >= 1 && o <= 8 {
		return int(o)
	}
	return upRight
}

// config is the size of a page as the directory states it, for pages that x/image
// does not know.
func (p *tiffPage) config() (image.Config, error) {
	w, h := p.first(tagWidth, 0), p.first(tagHeight, 0)
	if w == 0 || h == 0 || w > maxPixels || h > maxPixels {
		return image.Config{}, fmt.Errorf("a page of %d × %d pixels", w, h)
	}
	return image.Config{Width: int(w), Height: int(h)}, nil
}

// needsRenderer reports whether x/image cannot decode the page.
func (p *tiffPage) needsRenderer() bool {
	bits := p.first(tagBits, 1)
	switch p.first(tagCompression, compressNone) {
	case compressRLE, compressG3, compressJPEG:
		return true
	}
	photo := p.first(tagPhotometric, photoWhiteIsZero)
	return photo == photoCMYK || photo <= photoBlackIsZero && (bits == 2 || bits == 4)
}

// plain reports whether the page is rows of bytes as they are: one, three, or three and
// an opacity each.
func (p *tiffPage) plain() bool {
	for _, bits := range p.tags[tagBits] {
		if bits != 8 {
			return false
		}
	}
	samples, photo := p.first(tagSamples, 1), p.first(tagPhotometric, photoWhiteIsZero)
	return p.first(tagCompression, compressNone) == compressNone && len(p.tags[tagBits]) > 0 &&
		p.first(tagPredictor, 1) == 1 && p.first(tagPlanar, 1) == 1 && len(p.tags[tagTileOffsets]) == 0 &&
		(samples == 1 && photo <= photoBlackIsZero || (samples == 3 || samples == 4) && photo == photoRGB)
}

// rows reads a plain page row by row. x/image reads strips whole, and scanners write
// pages of one strip.
func (p *tiffPage) rows() (*image.Gray, error) {
	c, err := p.config()
	if err != nil {
		return nil, err
	}
	samples := int(p.first(tagSamples, 1))
	invert := samples == 1 && p.first(tagPhotometric, photoWhiteIsZero) == photoWhiteIsZero
	perStrip := int(max(1, min(p.first(tagRowsPerStrip, uint32(c.Height)), uint32(c.Height))))
	offsets := p.tags[tagStripOffsets]
	if len(offsets) < (c.Height+perStrip-1)/perStrip {
		return nil, io.ErrUnexpectedEOF
	}
	out := image.NewGray(image.Rect(0, 0, c.Width, c.Height))
	row := make([]byte, c.Width*samples)
	for y := range c.Height {
		at := int64(offsets[y/perStrip]) + int64(y%perStrip)*int64(len(row))
		if n, err := p.src.ReadAt(row, at); n < len(row) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		dst := out.Pix[y*out.Stride:][:c.Width]
		if samples == 4 {
			copy(dst, toGray(p.withOpacity(row)).Pix)
			continue
		}
		for x := range dst {
			switch {
			case samples == 3:
				dst[x] = uint8(luma(row[3*x], row[3*x+1], row[3*x+2]))
			case invert:
				dst[x] = ^row[x]
			default:
				dst[x] = row[x]
			}
		}
	}
	return out, nil
}

// withOpacity is a row of four samples as ExtraSamples says: colours multiplied by their
// opacity (1), or beside it (2). A fourth sample of another meaning is refused before.
func (p *tiffPage) withOpacity(row []byte) image.Image {
	rect := image.Rect(0, 0, len(row)/4, 1)
	if p.first(tagExtraSamples, 0) == 1 {
		return &image.RGBA{Pix: row, Stride: len(row), Rect: rect}
	}
	return &image.NRGBA{Pix: row, Stride: len(row), Rect: rect}
}

// tiffReader returns the bytes as x/image wants them. It reads the first directory
// only, so the header is made to point at another.
func (r *raster) tiffReader(i int) io.Reader {
	p := &patched{SectionReader: io.NewSectionReader(r.src, 0, r.src.size)}
	head := r.src.head(8)
	copy(p.head[:], head)
	tiffOrder(head).PutUint32(p.head[4:], r.dirs[i])
	return p
}

// patched is a file of which the first eight bytes are others.
type patched struct {
	*io.SectionReader
	head [8]byte
}

func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.SectionReader.ReadAt(b, off)
	if off >= 0 && off < int64(len(p.head)) {
		copy(b[:n], p.head[off:])
	}
	return n, err
}
