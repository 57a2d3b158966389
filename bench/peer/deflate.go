package peer

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"

	kflate "github.com/klauspost/compress/flate"
)

// deflaters are encoders of DEFLATE at their best level, the quickest first. No
// exhaustive one is to be had in Go; zopfli would take another 2.4 % off the public
// summaries.
var deflaters = []func(io.Writer) (io.WriteCloser, error){
	func(w io.Writer) (io.WriteCloser, error) { return kflate.NewWriter(w, kflate.BestCompression) },
	func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) },
}

// deflate compresses with each encoder and returns the shortest outcome; only with
// the first one where time counts.
func deflate(data []byte, quick bool) ([]byte, error) {
	var best []byte
	for i, open := range deflaters {
		if quick && i > 0 {
			break
		}
		var out bytes.Buffer
		w, err := open(&out)
		if err == nil {
			_, err = w.Write(data)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("deflate: %w", err)
		}
		if best == nil || out.Len() < len(best) {
			best = out.Bytes()
		}
	}
	return best, nil
}

// toZlib is deflate in the frame of RFC 1950, with the header of the best level.
func toZlib(data []byte, quick bool) ([]byte, error) {
	raw, err := deflate(data, quick)
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(append([]byte{0x78, 0xda}, raw...), adler32.Checksum(data)), nil
}

// maxContent bounds what is read back; the largest public summary has 280 kB.
const maxContent = 4 << 20

func inflate(data []byte) ([]byte, error) {
	return readAll(flate.NewReader(bytes.NewReader(data)))
}

func fromZlib(data []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	return readAll(r)
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxContent+1))
	if err == nil && len(data) > maxContent {
		err = fmt.Errorf("more than %d bytes", maxContent)
	}
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	return data, nil
}
