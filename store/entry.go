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
	periods *periods
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

// An entry is written as a header in clear, the slot of its data key, and a sealed
// fact:
//
//	format      1 byte: 1
//	kind        1 byte: 1 a consultation, 2 a photograph, 3 that a card was opened,
//	            4 a correction
//	id         16 bytes
//	previous   32 bytes: the hash of the entry before
//	commitment 32 bytes: SHA-256 of the sealed fact
//	keeper      1 byte: what wraps the data key; 1 a period key, 0 nothing: purged
//	period      8 bytes: which period key
//	wrapped    72 bytes: the entry's own data key
//	fact       the rest, sealed under the data key
//
// The chain is made of headers alone, up to the commitment. So a data key can be
// wrapped anew, and a purged entry, which ends after a keeper of 0, still holds its
// place in a chain that verifies.
const (
	entryFormat      = 1
	kindConsultation = 1
	kindPhotograph   = 2
	kindConsulted    = 3
	kindCorrection   = 4
	keeperPurged     = 0
	keeperPeriod     = 1
	offsetID         = 2
	offsetPrevious   = offsetID + 16
	offsetCommitment = offsetPrevious + sha256.Size
	headerSize       = offsetCommitment + sha256.Size
	slotSize         = 1 + periodIDSize + wrapSize
	offsetFact       = headerSize + slotSize
	purgedSize       = headerSize + 1
)

// kindNames says the kinds of entries in words.
var kindNames = map[byte]record.EntryKind{
	kindConsultation: record.KindConsultation, kindPhotograph: record.KindPhotograph,
	kindConsulted: record.KindConsulted, kindCorrection: record.KindCorrection,
}

// fact is the sealed part of an entry. It never changes.
type fact struct {
	RecordedAt   time.Time           `json:"recorded_at"`
	Boot         string              `json:"boot,omitempty"`          // which boot of the machine
	SinceBoot    time.Duration       `json:"since_boot_ns,omitempty"` // a clock that nobody can set
	Device       string              `json:"device,omitempty"`
	Consultation record.Consultation `json:"consultation"`
	Submission   frozen              `json:"submission"`
	// Photographs are those of a consultation, in the order in which they were taken
	// up; each is an entry of its own.
	Photographs []photoRef `json:"photographs,omitempty"`
	// Of is set in the entry of a photograph.
	Of *photoOf `json:"of,omitempty"`
	// Consulted is set in the entry of a card that was opened; its consultation has no
	// note.
	Consulted *openedWhy `json:"consulted,omitempty"`
	// Replaces is set in the entry of a correction.
	Replaces *corrected `json:"replaces,omitempty"`
	// From is set in an entry that another journal handed over. Its consultation has
	// an identifier and a time, and its body is all there is to deliver.
	From *handedFrom `json:"from,omitempty"`
}

// openedWhy is what the entry of an opened card says beside who, when and which.
type openedWhy struct {
	Reason string `json:"reason,omitempty"`
}

// corrected is what the entry of a correction says of the one that it replaces.
type corrected struct {
	Entry   string `json:"entry"`
	Instead bool   `json:"instead,omitempty"` // the recipient had refused it
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

// hash is what the next entry and the head hold of an entry. It covers the header
// alone, which commits to the fact.
func (c codec) hash(seq uint64, entry []byte) []byte {
	h := sha256.New()
	h.Write(associate(c.journal, "chain", seqKey(seq)))
	h.Write(entry[:min(headerSize, len(entry))])
	return h.Sum(nil)
}

// newDataKey makes the key of one entry.
func newDataKey() []byte {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		panic(err) // documented never to happen
	}
	return key
}

// wrapKey returns the slot of a data key, under a period key.
func (c codec) wrapKey(p *periodKey, id uuid.UUID, key []byte) []byte {
	slot := append([]byte{keeperPeriod}, p.id[:]...)
	return append(slot, seal(p.key, key, associate(c.journal, "data key", id[:], p.id[:]))...)
}

// unwrapKey is the inverse of wrapKey.
func (c codec) unwrapKey(id uuid.UUID, slot []byte) ([]byte, error) {
	const op = "open data key"
	if len(slot) != slotSize || slot[0] != keeperPeriod {
		return nil, damaged(op, errShape)
	}
	period := slotPeriod(slot)
	p, err := c.periods.find(period)
	if err != nil {
		return nil, err
	}
	key, err := unseal(p.key, slot[1+periodIDSize:], associate(c.journal, "data key", id[:], period[:]))
	if err != nil {
		return nil, damaged(op, err)
	}
	return key, nil
}

func slotPeriod(slot []byte) periodID { return periodID(slot[1 : 1+periodIDSize]) }

// factPlace is the associated data of a fact.
func (c codec) factPlace(seq uint64, kind byte, id uuid.UUID, previous []byte) []byte {
	return associate(c.journal, "fact", seqKey(seq), []byte{entryFormat, kind}, id[:], previous)
}

// sealEntry writes an entry.
func (c codec) sealEntry(seq uint64, kind byte, id uuid.UUID, previous, slot, key, factText []byte) []byte {
	out := make([]byte, 0, offsetFact+len(factText)+sealExtra)
	out = append(out, entryFormat, kind)
	out = append(out, id[:]...)
	out = append(out, previous...)
	out = append(out, make([]byte, sha256.Size)...)
	out = append(out, slot...)
	out = appendSealed(out, key, factText, c.factPlace(seq, kind, id, previous))
	commitment := sha256.Sum256(out[offsetFact:])
	copy(out[offsetCommitment:], commitment[:])
	return out
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

// entryHeader is the part of an entry that needs no key. The parts share the
// entry's memory.
type entryHeader struct {
	kind       byte
	id         uuid.UUID
	previous   []byte
	commitment []byte
	slot       []byte // nil when purged
	sealed     []byte // nil when purged
}

func (h entryHeader) purged() bool { return h.slot == nil }

// parseHeader splits an entry.
func parseHeader(entry []byte) (entryHeader, error) {
	if len(entry) < purgedSize || entry[0] != entryFormat || kindNames[entry[1]] == "" {
		return entryHeader{}, damaged("read entry", errShape)
	}
	h := entryHeader{
		kind:       entry[1],
		id:         uuid.UUID(entry[offsetID:offsetPrevious]),
		previous:   entry[offsetPrevious:offsetCommitment],
		commitment: entry[offsetCommitment:headerSize],
	}
	switch {
	case entry[headerSize] == keeperPurged && len(entry) == purgedSize:
		return h, nil
	case entry[headerSize] != keeperPeriod || len(entry) < offsetFact+sealExtra:
		return entryHeader{}, damaged("read entry", errShape)
	}
	h.slot, h.sealed = entry[headerSize:offsetFact], entry[offsetFact:]
	return h, nil
}

// opened is an entry that authenticated.
type opened struct {
	seq      uint64
	kind     byte
	id       uuid.UUID
	previous []byte
	key      []byte
	fact     fact
}

// itemKind is the kind by which an entry is delivered: what was handed over is, for the
// chain, one kind of entry, and is delivered as its origin would.
func (o *opened) itemKind() record.EntryKind {
	if o.fact.From != nil {
		return o.fact.From.Kind
	}
	return kindNames[o.kind]
}

// openEntry decrypts an entry, which may lie in a mapped page. Of a purged one it
// says so, with the reason "entry_purged".
func (c codec) openEntry(seq uint64, entry []byte) (*opened, error) {
	const op = "read entry"
	if entry == nil {
		return nil, damaged(op, errShape)
	}
	h, err := parseHeader(entry)
	if err != nil {
		return nil, err
	}
	if h.purged() {
		return nil, errPurged(op)
	}
	o := &opened{seq: seq, kind: h.kind, id: h.id, previous: bytes.Clone(h.previous)}
	if o.key, err = c.unwrapKey(h.id, h.slot); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(h.sealed); !bytes.Equal(sum[:], h.commitment) {
		return nil, damaged(op, errFlipped)
	}
	text, err := unseal(o.key, h.sealed, c.factPlace(seq, h.kind, h.id, h.previous))
	if err != nil {
		return nil, damaged(op, err)
	}
	if err := json.Unmarshal(text, &o.fact); err != nil {
		return nil, damaged(op, errShape)
	}
	if o.fact.Consultation.ID != o.id.String() || (o.kind == kindPhotograph) != (o.fact.Of != nil) ||
		(o.kind == kindConsulted) != (o.fact.Consulted != nil) || (o.kind == kindCorrection) != (o.fact.Replaces != nil) {
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
