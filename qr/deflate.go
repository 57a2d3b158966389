package qr

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// This file compresses a message's body: raw DEFLATE (RFC 1951) with a preset
// dictionary.

// methodStored is the dictionary id of a body that is not compressed at all.
const methodStored = 0xff

var (
	errDictionary = errors.New("deflate: a dictionary that this version does not have")
	errInflate    = errors.New("deflate: not a stream that ends where it should")
	errBomb       = errors.New("deflate: too large once inflated")
)

// writers keeps compressors, each of which takes more than a megabyte.
var writers = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, dictionaries[currentDictionary].data)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return w
}}

// compress returns the shortest form of body and the id of its dictionary, or
// [methodStored].
func compress(body []byte) (id byte, data []byte) {
	var out bytes.Buffer
	w := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	w.Reset(&out)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	data = finish(out.Bytes(), body)
	// A buffer does not fail; were it to, what is stored is always right.
	if err != nil || len(data) >= len(body) {
		return methodStored, body
	}
	return currentDictionary, data
}

// finish takes five bytes off a stream of the standard library, which marks no
// block as the last and ends with an empty stored one. When there is a single
// block before it, that block can be marked instead: the mark is its first bit
// (RFC 1951, 3.2.3). The result is checked, so that a change in the library
// costs bytes and never a card.
func finish(stream, body []byte) []byte {
	if len(stream) < 6 {
		return stream
	}
	for cut := 5; cut >= 4; cut-- {
		short := bytes.Clone(stream[:len(stream)-cut])
		short[0] |= 1
		if got, err := inflate(currentDictionary, short); err == nil && bytes.Equal(got, body) {
			return short
		}
	}
	return stream
}

// inflate is the inverse of [compress]. It never makes more than [maxBody]
// bytes, and refuses streams that end before or after their input.
func inflate(id byte, data []byte) ([]byte, error) {
	if id == methodStored {
		if len(data) > maxBody {
			return nil, errBomb
		}
		return data, nil
	}
	dictionary, ok := dictionaries[id]
	if !ok {
		return nil, errDictionary
	}
	// A reader of bytes is one that flate does not read ahead of.
	in := bytes.NewReader(data)
	body, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(in, dictionary.data), maxBody+1))
	switch {
	case len(body) > maxBody:
		return nil, errBomb
	case err != nil || in.Len() > 0:
		return nil, errInflate
	}
	return body, nil
}
