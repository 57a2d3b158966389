package picture

import (
	"io"
	"os"
)

// Recognised reports whether the file at path begins as a picture or a PDF does.
// A file that cannot be read is not one.
func Recognised(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, pdfMarkWithin)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return false
	}
	return sniff(head[:n]) != kindUnknown
}
