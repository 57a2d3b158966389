package foreign

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
)

const (
	// maxHCERT bounds a certificate once inflated; the largest real ones have 2 KB.
	maxHCERT = 64 << 10
	// maxCard bounds a SMART Health Card once inflated: a dozen codes of 1195
	// characters at a ratio of ten.
	maxCard = 256 << 10
)

var (
	errInflate = errors.New("not a compressed stream that ends where it should")
	errBomb    = errors.New("too large once inflated")
)

// inflate undoes raw DEFLATE (RFC 1951).
func inflate(data []byte, limit int) ([]byte, error) {
	in := bytes.NewReader(data)
	return drain(flate.NewReader(in), in, limit)
}

// unzlib undoes zlib (RFC 1950), and checks its sum.
func unzlib(data []byte, limit int) ([]byte, error) {
	in := bytes.NewReader(data)
	r, err := zlib.NewReader(in)
	if err != nil {
		return nil, errInflate
	}
	return drain(r, in, limit)
}

// drain reads at most limit bytes, and refuses a stream that ends before or after
// its input. A reader of bytes is one that the decompressors do not read ahead of.
func drain(r io.Reader, in *bytes.Reader, limit int) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case len(out) > limit:
		return nil, errBomb
	case err != nil || in.Len() > 0:
		return nil, errInflate
	}
	return out, nil
}
