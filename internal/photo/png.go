package photo

import (
	"bufio"
	"encoding/binary"
	"io"
)

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// pngKept are the ancillary chunks that change how pixels look (PNG, third edition,
// section 11.3). Critical chunks stay whatever they are; text, times, EXIF and what
// is private go.
var pngKept = map[string]bool{
	"cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true, "cICP": true,
	"bKGD": true, "hIST": true, "tRNS": true, "pHYs": true, "sPLT": true,
}

// cleanPNG copies a PNG picture.
func cleanPNG(w *bufio.Writer, r *bufio.Reader) error {
	if _, err := r.Discard(len(pngSignature)); err != nil {
		return err
	}
	if _, err := w.Write(pngSignature); err != nil {
		return err
	}
	for n := 0; ; n++ {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return err
		}
		size, kind := binary.BigEndian.Uint32(head[:]), string(head[4:])
		if size > 1<<31-1 || n == 0 && kind != "IHDR" || !letters(kind) {
			return ErrFormat
		}
		rest := int64(size) + 4 // the checksum too
		critical := kind[0]&0x20 == 0
		if !critical && !pngKept[kind] {
			if _, err := io.CopyN(io.Discard, r, rest); err != nil {
				return err
			}
			continue
		}
		if _, err := w.Write(head[:]); err != nil {
			return err
		}
		if _, err := io.CopyN(w, r, rest); err != nil {
			return err
		}
		if kind == "IEND" {
			if size != 0 {
				return ErrFormat
			}
			return nil
		}
	}
}

func letters(kind string) bool {
	for _, b := range []byte(kind) {
		if (b|0x20) < 'a' || (b|0x20) > 'z' {
			return false
		}
	}
	return true
}
