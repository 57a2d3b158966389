package picture

import "bytes"

// kind is a family of formats that one decoder reads.
type kind int

const (
	kindUnknown kind = iota
	kindPNG
	kindJPEG
	kindGIF
	kindTIFF
	kindWebP
	kindBMP
	kindPDF
	kindHEIF // recognised only to say so
)

// A PDF may begin with rubbish: readers in use accept its mark anywhere in the
// first 1024 bytes, and mail gateways do prepend lines.
const pdfMarkWithin = 1024

// sniff tells what the bytes are. Names lie too often: photographs are sent as
// ".pdf", and scans as ".jpg" that are TIFF.
func sniff(b []byte) kind {
	has := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return kindPNG
	case has("\xff\xd8\xff"):
		return kindJPEG
	case has("GIF87a"), has("GIF89a"):
		return kindGIF
	case has("II*\x00"), has("MM\x00*"):
		return kindTIFF
	case has("RIFF") && len(b) >= 12 && string(b[8:12]) == "WEBP":
		return kindWebP
	case has("BM") && len(b) >= 14 && b[6] == 0 && b[7] == 0 && b[8] == 0 && b[9] == 0:
		return kindBMP
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		switch string(b[8:12]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis":
			return kindHEIF
		}
	case bytes.Contains(b[:min(len(b), pdfMarkWithin)], []byte("%PDF-")):
		return kindPDF
	}
	return kindUnknown
}
