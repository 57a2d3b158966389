// Package photo reads a photograph from outside, tells whether it is one, and takes
// away what it says beside its pixels.
//
// A camera writes where it stood, when, its serial number, and often a second
// picture, from before somebody cropped the first. None of it belongs into a
// patient's record: the journal notes itself who took the photograph, of whom and
// when. So [Clean] copies pixels, colour profile and orientation, and nothing else.
// The pixels' own bytes are never touched. What the file was before is not kept:
// the hash that the journal holds is that of what was kept.
//
// It streams: memory does not grow with the photograph.
package photo

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Media types that Clean accepts.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
)

// Errors of [Clean]. Others are those of reader and writer.
var (
	ErrFormat    = errors.New("the file is neither a JPEG nor a PNG picture")
	ErrTruncated = errors.New("the picture ends too early")
)

// Clean copies a picture from r to w without its metadata and returns its media
// type. It stops at the picture's end: what stands behind, such as a film or a
// second picture, is dropped.
func Clean(w io.Writer, r io.Reader) (mediaType string, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := in.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	switch {
	case bytes.HasPrefix(first, []byte{0xff, markerStart}):
		mediaType, err = JPEG, cleanJPEG(out, in)
	case bytes.Equal(first, pngSignature):
		mediaType, err = PNG, cleanPNG(out, in)
	default:
		return "", ErrFormat
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	if err == nil {
		err = out.Flush()
	}
	return mediaType, err
}
