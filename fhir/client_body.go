package fhir

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/zoneblanche/zoneblanche/record"
)

// body is what a request sends. It can be opened more than once.
type body struct {
	size int64
	open func() (io.ReadCloser, error)
}

// bodyOf returns the bytes of a submission, its attached document included.
func bodyOf(s record.Submission) body {
	return body{BodySize(s), func() (io.ReadCloser, error) { return OpenBody(s) }}
}

func bytesBody(b []byte) body {
	return body{int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// BodySize is how many bytes [OpenBody] gives.
func BodySize(s record.Submission) int64 {
	size := int64(len(s.Body))
	if s.Attached != nil {
		size += (s.Attached.Size + 2) / 3 * 4
	}
	return size
}

var errAttachment = errors.New("the attached document is not as long as it was when it was frozen")

// OpenBody gives the bytes that are sent of a submission, which are the same each
// time. An attached document is read while it is sent and put into base64 a few
// kilobytes at a time, so that a photograph is never held whole. Reading fails when
// the document is not as long as it was.
func OpenBody(s record.Submission) (io.ReadCloser, error) {
	a := s.Attached
	if a == nil {
		return io.NopCloser(bytes.NewReader(s.Body)), nil
	}
	if a.At < 0 || a.At > len(s.Body) || a.Size <= 0 || a.Open == nil {
		return nil, errEntries
	}
	content, err := a.Open()
	if err != nil {
		return nil, fmt.Errorf("open attached document: %w", err)
	}
	return &struct {
		io.Reader
		io.Closer
	}{
		io.MultiReader(bytes.NewReader(s.Body[:a.At]), &base64Reader{from: content, left: a.Size}, bytes.NewReader(s.Body[a.At:])),
		content,
	}, nil
}

// base64Reader reads exactly left bytes and gives them in base64.
type base64Reader struct {
	from    io.Reader
	left    int64
	raw     [24 << 10]byte // a multiple of 3: padding stands at the end alone
	encoded [32 << 10]byte
	ready   []byte
}

func (r *base64Reader) Read(b []byte) (int, error) {
	if len(r.ready) == 0 {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

func (r *base64Reader) fill() error {
	if r.left == 0 {
		if n, err := io.ReadFull(r.from, r.raw[:1]); n != 0 || err != io.EOF {
			return errAttachment
		}
		return io.EOF
	}
	raw := r.raw[:min(int64(len(r.raw)), r.left)]
	if _, err := io.ReadFull(r.from, raw); err != nil {
		return errors.Join(errAttachment, err)
	}
	r.left -= int64(len(raw))
	r.ready = r.encoded[:base64.StdEncoding.EncodedLen(len(raw))]
	base64.StdEncoding.Encode(r.ready, raw)
	return nil
}

// zipping knows whether the recipient takes compressed requests. It says so itself,
// by Accept-Encoding in an answer (RFC 9110, section 12.5.3); guessing would have a
// note refused as bad JSON.
type zipping struct{ takes, refuses atomic.Bool }

func (z *zipping) learn(h http.Header) {
	for _, coding := range strings.Split(h.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") && strings.ReplaceAll(quality, " ", "") != "q=0" {
			z.takes.Store(true)
		}
	}
}

func (z *zipping) wanted() bool { return z.takes.Load() && !z.refuses.Load() }

// zipped compresses what is read from a stream.
func zipped(from io.ReadCloser) io.ReadCloser {
	out, in := io.Pipe()
	go func() {
		defer from.Close()
		z := gzip.NewWriter(in)
		_, err := io.Copy(z, from)
		if err == nil {
			err = z.Close()
		}
		in.CloseWithError(err) // nil is the end
	}()
	return out
}
