package handover

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// manifest says what the bytes of an entry are.
type manifest struct {
	store.Content
	SubmissionID string           `json:"submission_id"`
	MediaType    string           `json:"media_type"`
	Entries      int              `json:"entries"`
	Kind         record.EntryKind `json:"kind"`
	ActedAt      time.Time        `json:"acted_at"`
	Head         string           `json:"head"` // the origin's, signed, when the package was made
}

// receipt is the content of the packages that go back.
type receipt struct {
	store.Content
	TakenAt   time.Time      `json:"taken_at"`
	Attention bool           `json:"attention"` // the holder's own delivery needs a person
	Receipt   record.Receipt `json:"receipt"`   // the recipient's, in a final one
}

// strict reads JSON of which there is one spelling: what is written from it again is
// the same.
func strict(b []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return wrong(ReasonPackage, "the description cannot be read")
	}
	again, err := json.Marshal(v)
	if err != nil || !bytes.Equal(again, b) {
		return wrong(ReasonPackage, "the description is not spelt as it should be")
	}
	return nil
}

func entryContent(m manifest, body []byte) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(text) > maxManifest-4 {
		return nil, wrong(ReasonPackage, "the description is too long")
	}
	out := make([]byte, 0, 4+len(text)+len(body))
	out = binary.BigEndian.AppendUint32(out, uint32(len(text)))
	return append(append(out, text...), body...), nil
}

// readEntry takes the content of an entry's package apart and compares it with the
// header and with itself.
func readEntry(h Header, content []byte) (store.Handed, error) {
	var m manifest
	if len(content) < 4 {
		return store.Handed{}, wrong(ReasonPackage, "the content is too short")
	}
	n := int64(binary.BigEndian.Uint32(content))
	if n > maxManifest-4 || n > int64(len(content)-4) {
		return store.Handed{}, wrong(ReasonPackage, "the description is too long")
	}
	if err := strict(content[4:4+n], &m); err != nil {
		return store.Handed{}, err
	}
	body := content[4+n:]
	sum := sha256.Sum256(body)
	switch {
	case !bytes.Equal(sum[:], m.BodySHA256):
		return store.Handed{}, wrong(ReasonPackage, "the bytes are not those that are described")
	case m.ActedAt.Add(record.SyncWithin).Unix() != h.Deadline.Unix():
		return store.Handed{}, wrong(ReasonPackage, "the deadline is not that of the act")
	}
	if _, err := store.ParseHead(m.Head); err != nil {
		return store.Handed{}, wrong(ReasonPackage, "the head cannot be read")
	}
	return store.Handed{
		Entry: h.Entry, Peer: h.From, Kind: m.Kind, ActedAt: m.ActedAt, MadeAt: h.Made, Head: m.Head,
		Submission: record.Submission{
			DocumentID: m.DocumentID, SubmissionID: m.SubmissionID, MediaType: m.MediaType, Body: body,
			DocumentSHA1: m.DocumentSHA1, DocumentSize: m.DocumentSize, Entries: m.Entries,
		},
	}, nil
}

func readReceipt(h Header, content []byte) (receipt, error) {
	var r receipt
	if len(content) > maxManifest {
		return r, wrong(ReasonPackage, "the receipt is too long")
	}
	if err := strict(content, &r); err != nil {
		return r, err
	}
	if (h.Kind == KindFinal) != !r.Receipt.Empty() {
		return r, wrong(ReasonPackage, "kind and receipt do not go together")
	}
	return r, nil
}
