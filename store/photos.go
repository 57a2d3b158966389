package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"io"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// A photograph is kept in chunks, each sealed by itself under the data key of its
// consultation, with its place and whether it is the last as associated data: none
// can be cut off, moved, or taken from another photograph. It is read and written a
// few chunks at a time.
//
// Each is an entry and an item of the outbox of its own, whose body is what stands
// before and after the photograph in what is sent.
const (
	// MaxPhoto is the largest photograph that is kept, in bytes.
	MaxPhoto = 20 << 20

	// photoChunk leaves room for a row's overhead within 16 pages.
	photoChunk = 64<<10 - 512

	// MaxPhotos is how many photographs one consultation may have.
	MaxPhotos = 50
)

// photoRef is a photograph as its consultation's entry names it.
type photoRef struct {
	Entry string `json:"entry"`
	record.Photograph
}

// photoOf is what the entry of a photograph says of it.
type photoOf struct {
	Entry string `json:"entry"` // of the consultation
	record.Photograph
	At int `json:"at"` // where in the body its base64 belongs
}

// photoKey is where a chunk is: consultation, number of the photograph, number of
// the chunk from 0.
func photoKey(id uuid.UUID, number, chunk int) []byte {
	return binary.BigEndian.AppendUint32(photoPrefix(id, number), uint32(chunk))
}

func photoPrefix(id uuid.UUID, number int) []byte {
	return binary.BigEndian.AppendUint16(bytes.Clone(id[:]), uint16(number))
}

func (c codec) photoPlace(id uuid.UUID, number, chunk int, last bool) []byte {
	var at [9]byte
	binary.BigEndian.PutUint32(at[:], uint32(number))
	binary.BigEndian.PutUint32(at[4:], uint32(chunk))
	if last {
		at[8] = 1
	}
	return associate(c.journal, "photograph", id[:], at[:])
}

func photoChunks(size int64) int { return int((size + photoChunk - 1) / photoChunk) }

// photoWriter cuts what is written to it into sealed chunks. keep stores a run of
// them. The last chunk is only known as such by finish.
type photoWriter struct {
	c      codec
	id     uuid.UUID
	key    []byte
	number int
	keep   func(first int, sealed [][]byte) error

	buf           []byte
	next          int // number of the chunk in buf
	run           [][]byte
	size          int64
	strong, plain hash.Hash // SHA-256, SHA-1
}

// photoRun is how many chunks one transaction takes.
const photoRun = 16

var errPhotoTooLarge = &record.Error{Code: record.CodeTooLarge, Op: "keep photograph", Reason: ReasonPhotoTooLarge}

func (w *photoWriter) Write(p []byte) (int, error) {
	n := len(p)
	w.strong.Write(p)
	w.plain.Write(p)
	if w.size += int64(n); w.size > MaxPhoto {
		return 0, errPhotoTooLarge
	}
	for len(p) > 0 {
		if len(w.buf) == photoChunk {
			if err := w.flush(false); err != nil {
				return 0, err
			}
		}
		take := min(photoChunk-len(w.buf), len(p))
		w.buf = append(w.buf, p[:take]...)
		p = p[take:]
	}
	return n, nil
}

func (w *photoWriter) flush(last bool) error {
	w.run = append(w.run, seal(w.key, w.buf, w.c.photoPlace(w.id, w.number, w.next, last)))
	w.buf, w.next = w.buf[:0], w.next+1
	if !last && len(w.run) < photoRun {
		return nil
	}
	err := w.keep(w.next-len(w.run), w.run)
	w.run = nil
	return err
}

// photoReader reads a photograph, a few chunks in each transaction.
type photoReader struct {
	j    *Journal
	id   uuid.UUID
	key  []byte
	info record.Photograph

	next int
	buf  []byte
	err  error
}

func (r *photoReader) Read(p []byte) (int, error) {
	for len(r.buf) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.err = r.fill()
	}
	n := copy(p, r.buf)
	r.buf = r.buf[n:]
	return n, nil
}

const photoReadAhead = 4

func (r *photoReader) fill() error {
	const op = "read photograph"
	of := photoChunks(r.info.Size)
	if r.next >= of {
		return io.EOF
	}
	return fail(op, r.j.viewRaw(op, func(tx *snapshot) error {
		var out []byte
		for n := r.next; n < min(r.next+photoReadAhead, of); n++ {
			text, err := r.j.codec.photoChunk(tx, r.id, r.key, r.info, n)
			if err != nil {
				return err
			}
			out = append(out, text...)
		}
		r.buf, r.next = out, min(r.next+photoReadAhead, of)
		return nil
	}))
}

// Close forgets the key.
func (r *photoReader) Close() error {
	clear(r.key)
	r.buf, r.err = nil, errors.New("read photograph: closed")
	return nil
}

func (c codec) photoChunk(tx *snapshot, id uuid.UUID, key []byte, info record.Photograph, n int) ([]byte, error) {
	const op = "read photograph"
	row, err := get(tx, bucketPhotos, photoKey(id, info.Number, n))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, damaged(op, errors.New("a part of the photograph is missing"))
	}
	text, err := unseal(key, row, c.photoPlace(id, info.Number, n, n == photoChunks(info.Size)-1))
	if err != nil {
		return nil, damaged(op, err)
	}
	return text, nil
}

// photoOwner returns identifier and data key of the consultation that a photograph
// belongs to.
func (c codec) photoOwner(tx *snapshot, o *opened) (uuid.UUID, []byte, error) {
	const op = "read photograph"
	seq, err := c.seqOf(tx, op, o.fact.Of.Entry)
	if err != nil {
		return uuid.Nil, nil, damaged(op, errors.New("its consultation is missing"))
	}
	return c.dataKey(tx, seq)
}

// attach gives a submission its photograph, to be read as it is sent.
func (j *Journal) attach(o *opened, s *record.Submission) {
	s.Attached = &record.Attachment{
		At: o.fact.Of.At, Size: o.fact.Of.Size,
		Open: func() (io.ReadCloser, error) { return j.openPhotograph(o) },
	}
}

func (j *Journal) openPhotograph(o *opened) (io.ReadCloser, error) {
	const op = "read photograph"
	r := &photoReader{j: j, info: o.fact.Of.Photograph}
	err := fail(op, j.viewRaw(op, func(tx *snapshot) (err error) {
		r.id, r.key, err = j.codec.photoOwner(tx, o)
		return err
	}))
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Photograph returns a photograph and what is known of it, by its entry. The caller
// closes the reader.
func (j *Journal) Photograph(entry string) (io.ReadCloser, record.Photograph, error) {
	const op = "read photograph"
	var o *opened
	err := fail(op, j.viewRaw(op, func(tx *snapshot) (err error) {
		o, err = j.codec.entryByID(tx, entry)
		return err
	}))
	if err != nil {
		return nil, record.Photograph{}, err
	}
	if o.fact.Of == nil {
		return nil, record.Photograph{}, noEntry(op)
	}
	r, err := j.openPhotograph(o)
	return r, o.fact.Of.Photograph, err
}

// verifyPhotograph reads a photograph to its end and compares it with what its entry
// says, and looks for those of a consultation.
func (c codec) verifyPhotograph(tx *snapshot, o *opened) error {
	const op = "read photograph"
	for _, p := range o.fact.Photographs {
		if seq, err := c.seqOf(tx, op, p.Entry); err != nil || seq <= o.seq {
			return damaged(op, errors.New("the entry of a photograph is missing"))
		}
	}
	if o.fact.Of == nil {
		return nil
	}
	id, key, err := c.photoOwner(tx, o)
	if err != nil {
		return err
	}
	return c.checkPhoto(tx, id, key, o.fact.Of.Photograph)
}

// DraftPhotograph returns a photograph of a draft. The caller closes the reader.
func (j *Journal) DraftPhotograph(draft string, number int) (io.ReadCloser, error) {
	const op = "read photograph"
	id, err := parseID(op, draft)
	if err != nil {
		return nil, noDraft(op)
	}
	r := &photoReader{j: j, id: id}
	err = fail(op, j.viewRaw(op, func(tx *snapshot) error {
		d, _, key, err := j.codec.openDraft(tx, id)
		if err != nil {
			return err
		}
		if d == nil {
			return noDraft(op)
		}
		for _, p := range d.Photographs {
			if p.Number == number {
				r.info, r.key = p, key
				return nil
			}
		}
		return noEntry(op)
	}))
	if err != nil {
		return nil, err
	}
	return r, nil
}
