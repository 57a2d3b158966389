package store

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/zoneblanche/zoneblanche/record"
)

// codec knows how values of one journal are written.
type codec struct {
	keys    *keys
	journal [16]byte
}

// sealRow writes a value that changes: the head, an item, an attempt.
func (c codec) sealRow(v any, kind string, where ...[]byte) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return seal(c.keys.rows, text, associate(c.journal, kind, where...)), nil
}

func (c codec) openRow(row []byte, v any, kind string, where ...[]byte) error {
	text, err := unseal(c.keys.rows, row, associate(c.journal, kind, where...))
	if err != nil {
		return damaged("read "+kind, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return damaged("read "+kind, errShape)
	}
	return nil
}

// An entry is written as a header in clear and a sealed fact. The header is bound
// to the fact as associated data, together with journal and sequence:
//
//	format   1 byte: 1
//	kind     1 byte: 1 is a consultation
//	keeper   1 byte: which key wraps the data key; 1 is the store key
//	id      16 bytes
//	previous 32 bytes: the hash of the entry before
//	wrapped 72 bytes: the entry's own data key
const (
	entryFormat      = 1
	kindConsultation = 1
	keeperStore      = 1
	offsetID         = 3
	offsetPrevious   = offsetID + 16
	offsetWrapped    = offsetPrevious + sha256.Size
	headerSize       = offsetWrapped + wrapSize
)

// fact is the sealed part of an entry. It never changes.
type fact struct {
	RecordedAt   time.Time           `json:"recorded_at"`
	Boot         string              `json:"boot,omitempty"`          // which boot of the machine
	SinceBoot    time.Duration       `json:"since_boot_ns,omitempty"` // a clock that nobody can set
	Device       string              `json:"device,omitempty"`
	Consultation record.Consultation `json:"consultation"`
	Submission   frozen              `json:"submission"`
}

// frozen is a submission without its body, which it names by size and SHA-256.
type frozen struct {
	DocumentID   string `json:"document_id"`
	SubmissionID string `json:"submission_id,omitempty"`
	MediaType    string `json:"media_type,omitempty"`
	BodySize     int    `json:"body_size"`
	BodySHA256   []byte `json:"body_sha256"`
	DocumentSHA1 []byte `json:"document_sha1,omitempty"`
	DocumentSize int    `json:"document_size,omitempty"`
	Entries      int    `json:"entries,omitempty"`
}

// genesis stands for the hash of the entry before the first.
func (c codec) genesis() []byte {
	sum := sha256.Sum256(associate(c.journal, "genesis"))
	return sum[:]
}

// hash is what the next entry and the head hold of an entry.
func (c codec) hash(seq uint64, entry []byte) []byte {
	h := sha256.New()
	h.Write(associate(c.journal, "chain", seqKey(seq)))
	h.Write(entry)
	return h.Sum(nil)
}

// newDataKey makes the key of one entry, as it is and wrapped.
func (c codec) newDataKey(id uuid.UUID) (key, wrapped []byte) {
	key = make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		panic(err) // documented never to happen
	}
	return key, seal(c.keys.wrap, key, associate(c.journal, "data key", id[:]))
}

// sealEntry writes an entry.
func (c codec) sealEntry(seq uint64, id uuid.UUID, previous, wrapped, key, factText []byte) []byte {
	out := make([]byte, 0, headerSize+len(factText)+sealExtra)
	out = append(out, entryFormat, kindConsultation, keeperStore)
	out = append(out, id[:]...)
	out = append(out, previous...)
	out = append(out, wrapped...)
	return append(out, seal(key, factText, associate(c.journal, "fact", seqKey(seq), out))...)
}

// chunkSize is how much of a body one row holds.
const chunkSize = 16 << 10

// chunks is how many rows a body takes.
func chunks(size int) int { return (size + chunkSize - 1) / chunkSize }

// bodyPart is the associated data of one chunk: nothing can be cut off, moved or
// taken from another body.
func (c codec) bodyPart(id uuid.UUID, n, of int) []byte {
	var at [8]byte
	binary.BigEndian.PutUint32(at[:], uint32(n))
	binary.BigEndian.PutUint32(at[4:], uint32(of))
	return associate(c.journal, "body", id[:], at[:])
}

// sealBody writes what is delivered for an entry, under the entry's data key.
func (c codec) sealBody(id uuid.UUID, key, body []byte) [][]byte {
	of := chunks(len(body))
	out := make([][]byte, 0, of)
	for n := range of {
		part := body[n*chunkSize : min((n+1)*chunkSize, len(body))]
		out = append(out, seal(key, part, c.bodyPart(id, n+1, of)))
	}
	return out
}

// entryHeader is the part of an entry that needs no key.
type entryHeader struct {
	id       uuid.UUID
	previous []byte
	wrapped  []byte
}

// parseHeader splits an entry. The parts share its memory.
func parseHeader(entry []byte) (entryHeader, error) {
	if len(entry) < headerSize+sealExtra ||
		entry[0] != entryFormat || entry[1] != kindConsultation || entry[2] != keeperStore {
		return entryHeader{}, damaged("read entry", errShape)
	}
	return entryHeader{
		id:       uuid.UUID(entry[offsetID:offsetPrevious]),
		previous: entry[offsetPrevious:offsetWrapped],
		wrapped:  entry[offsetWrapped:headerSize],
	}, nil
}

// opened is an entry that authenticated.
type opened struct {
	seq      uint64
	id       uuid.UUID
	previous []byte
	key      []byte
	fact     fact
}

// openEntry decrypts an entry, which may lie in a mapped page.
func (c codec) openEntry(seq uint64, entry []byte) (*opened, error) {
	const op = "read entry"
	if entry == nil {
		return nil, damaged(op, errShape)
	}
	h, err := parseHeader(entry)
	if err != nil {
		return nil, err
	}
	o := &opened{seq: seq, id: h.id, previous: bytes.Clone(h.previous)}
	if o.key, err = unseal(c.keys.wrap, h.wrapped, associate(c.journal, "data key", o.id[:])); err != nil {
		return nil, damaged(op, err)
	}
	text, err := unseal(o.key, entry[headerSize:], associate(c.journal, "fact", seqKey(seq), entry[:headerSize]))
	if err != nil {
		return nil, damaged(op, err)
	}
	if err := json.Unmarshal(text, &o.fact); err != nil {
		return nil, damaged(op, errShape)
	}
	if o.fact.Consultation.ID != o.id.String() {
		return nil, damaged(op, errShape)
	}
	return o, nil
}

// openBody decrypts the body of an entry and compares it with what the entry says
// of it.
func (c codec) openBody(tx *snapshot, o *opened) ([]byte, error) {
	const op = "read body"
	size := o.fact.Submission.BodySize
	if size < 0 || size > MaxBody {
		return nil, damaged(op, errShape)
	}
	body := make([]byte, 0, size)
	for n := range chunks(size) {
		row, err := get(tx, bucketEntries, entryKey(o.seq, n+1))
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, damaged(op, errors.New("a part of the body is missing"))
		}
		part, err := unseal(o.key, row, c.bodyPart(o.id, n+1, chunks(size)))
		if err != nil {
			return nil, damaged(op, err)
		}
		body = append(body, part...)
	}
	sum := sha256.Sum256(body)
	if len(body) != o.fact.Submission.BodySize || !bytes.Equal(sum[:], o.fact.Submission.BodySHA256) {
		return nil, damaged(op, errFlipped)
	}
	return body, nil
}

// submission joins the frozen facts with their body.
func (f frozen) submission(body []byte) record.Submission {
	return record.Submission{
		DocumentID: f.DocumentID, SubmissionID: f.SubmissionID, MediaType: f.MediaType, Body: body,
		DocumentSHA1: f.DocumentSHA1, DocumentSize: f.DocumentSize, Entries: f.Entries,
	}
}

func freeze(s record.Submission) frozen {
	sum := sha256.Sum256(s.Body)
	return frozen{
		DocumentID: s.DocumentID, SubmissionID: s.SubmissionID, MediaType: s.MediaType,
		BodySize: len(s.Body), BodySHA256: sum[:],
		DocumentSHA1: s.DocumentSHA1, DocumentSize: s.DocumentSize, Entries: s.Entries,
	}
}

// seqOfID reads a row of the ids bucket.
func seqOfID(row []byte) (uint64, bool) {
	if len(row) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(row), true
}
