package picture

import (
	"bytes"
	"encoding/binary"
)

const (
	tagOrientation = 0x0112
	typeShort      = 3

	upRight = 1 // the orientation of a picture that is to be shown as it is stored

	// An EXIF block has at most 64 KiB in JPEG, and no reason for more elsewhere.
	maxEXIF = 64 << 10
	// Chunks and segments that are passed by in the search for it.
	maxChunks = 10_000
)

// orientation returns how a picture is to be turned, 1 to 8 as EXIF numbers it, 1
// (upright) when nothing says. Telephones store the sensor's picture and say how to
// turn it.
func orientation(k kind, src *source) int {
	switch k {
	case kindJPEG:
		return exifOrientation(jpegEXIF(src))
	case kindPNG:
		return exifOrientation(pngEXIF(src))
	case kindWebP:
		return exifOrientation(webpEXIF(src))
	}
	return upRight
}

// exifOrientation reads an EXIF block, which is a TIFF file without a picture.
func exifOrientation(block []byte) int {
	// Some writers keep JPEG's mark in front of it elsewhere, too.
	block, _ = bytes.CutPrefix(block, []byte("Exif\x00\x00"))
	src := inMemory(block)
	if dirs := tiffDirectories(src); len(dirs) > 0 {
		return tiffOrientation(src, dirs[0])
	}
	return upRight
}

// jpegEXIF looks through the segments before the picture.
func jpegEXIF(src *source) []byte {
	at := int64(2)
	for range maxChunks {
		head := src.at(at, 4)
		if len(head) < 4 || head[0] != 0xff {
			return nil
		}
		marker, size := head[1], int64(binary.BigEndian.Uint16(head[2:]))
		switch {
		case marker == 0xff: // fill byte
			at++
			continue
		case marker == 0xda || marker == 0xd9 || size < 2:
			return nil // the picture itself begins: no EXIF before it
		case marker == 0xe1:
			if body := src.at(at+4, size-2); bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
				return body
			}
		}
		at += 2 + size
	}
	return nil
}

// pngEXIF looks for the chunk eXIf, which may follow the picture.
func pngEXIF(src *source) []byte {
	at := int64(8)
	for range maxChunks {
		head := src.at(at, 8)
		if len(head) < 8 {
			return nil
		}
		size := int64(binary.BigEndian.Uint32(head))
		if string(head[4:]) == "eXIf" {
			return src.at(at+8, min(size, maxEXIF))
		}
		at += 12 + size
	}
	return nil
}

// webpEXIF looks for the chunk EXIF, which follows the picture.
func webpEXIF(src *source) []byte {
	at := int64(12)
	for range maxChunks {
		head := src.at(at, 8)
		if len(head) < 8 {
			return nil
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "EXIF" {
			return src.at(at+8, min(size, maxEXIF))
		}
		at += 8 + size + size&1
	}
	return nil
}
