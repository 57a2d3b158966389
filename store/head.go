package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Head is where the journal stood at a time, signed with the journal's own key.
// Whoever holds one can later show that the journal was cut short or rewritten,
// whoever did it: the hash covers every entry before.
type Head struct {
	Journal   [16]byte
	Seq       uint64    // of the last entry; 0 when there is none
	Hash      [32]byte  // of the last entry
	At        time.Time // to the second
	Signature []byte    // Ed25519 over headText
}

// A head as text: the mark, then one base64url field.
const (
	headMark = "zbh1."
	headSize = 16 + 8 + 8 + 32
)

// signed is what the signature covers, after a context that nothing else has.
func (h Head) signed() []byte {
	out := append([]byte("zoneblanche head 1\x00"), h.Journal[:]...)
	out = binary.BigEndian.AppendUint64(out, h.Seq)
	out = binary.BigEndian.AppendUint64(out, uint64(h.At.Unix()))
	return append(out, h.Hash[:]...)
}

const headContext = len("zoneblanche head 1\x00")

// String is the text that travels: 176 characters of the base64url alphabet after
// "zbh1.".
func (h Head) String() string {
	return headMark + base64.RawURLEncoding.EncodeToString(append(h.signed()[headContext:], h.Signature...))
}

// ParseHead reads the text of a head. It does not check the signature.
func ParseHead(text string) (Head, error) {
	var h Head
	wrong := func() (Head, error) {
		return Head{}, invalid("read head", ReasonHead, "this is not the head of a journal")
	}
	body, ok := strings.CutPrefix(strings.TrimSpace(text), headMark)
	if !ok || len(body) > 200 {
		return wrong()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || len(raw) != headSize+ed25519.SignatureSize {
		return wrong()
	}
	copy(h.Journal[:], raw)
	h.Seq = binary.BigEndian.Uint64(raw[16:])
	h.At = time.Unix(int64(binary.BigEndian.Uint64(raw[24:])), 0).UTC()
	copy(h.Hash[:], raw[32:])
	h.Signature = raw[headSize:]
	return h, nil
}

// Verify reports whether the key's owner signed the head.
func (h Head) Verify(public ed25519.PublicKey) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, h.signed(), h.Signature)
}

func (c codec) signer() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(c.keys.sign) }

// PublicKey returns the key that checks what this journal signs. It is derived from
// the store key and stays the same for as long as the journal lives.
func (j *Journal) PublicKey() ed25519.PublicKey {
	return j.codec.signer().Public().(ed25519.PublicKey)
}

func (j *Journal) signHead(h head, at time.Time) Head {
	out := Head{Journal: j.codec.journal, Seq: h.Seq, At: at.UTC().Truncate(time.Second)}
	copy(out.Hash[:], h.Hash)
	out.Signature = ed25519.Sign(j.codec.signer(), out.signed())
	return out
}

// Head returns where the journal stands now, signed.
func (j *Journal) Head() (Head, error) {
	var out Head
	err := j.view(context.Background(), "read head", func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		if err == nil {
			out = j.signHead(h, j.now())
		}
		return err
	})
	return out, err
}

// HasDocument reports whether an entry is delivered under that unique id. A recipient
// that holds a document of this journal which no entry owns shows that the journal was
// cut or rewritten, as a head does, down to the latest entry.
func (j *Journal) HasDocument(ctx context.Context, documentID string) (bool, error) {
	found := false
	err := j.Entries(ctx, func(e EntryInfo) error {
		found = found || e.Item.DocumentID == documentID
		return nil
	})
	if isDamaged(err) && found {
		err = nil
	}
	return found, err
}

// CheckHead compares the journal with a head that somebody else holds. A problem in
// the answer says that the journal is not the one that the head was taken of any
// more; none says that every entry up to the head is as it was then.
func (j *Journal) CheckHead(ctx context.Context, held Head) (problems []Problem, err error) {
	const op = "check head"
	add := func(code ProblemCode, format string, a ...any) {
		problems = append(problems, Problem{Code: code, What: fmt.Sprintf(format, a...)})
	}
	if held.Journal != j.codec.journal {
		return nil, invalid(op, ReasonHead, "the head is that of another journal")
	}
	if !held.Verify(j.PublicKey()) {
		return nil, invalid(op, ReasonHead, "the head was not signed by this journal, or was altered")
	}
	err = j.view(ctx, op, func(tx *snapshot) error {
		h, err := j.codec.readHead(tx)
		if err != nil {
			return err
		}
		switch {
		case held.Seq > h.Seq:
			add(ProblemCut, "the journal was cut short: the head knows %d entries, the journal %d", held.Seq, h.Seq)
			return nil
		case held.Seq == 0:
			if !bytes.Equal(held.Hash[:], j.codec.genesis()) {
				add(ProblemRewritten, "the head does not begin as this journal does")
			}
			return nil
		}
		row, err := get(tx, bucketEntries, entryKey(held.Seq, 0))
		if err != nil {
			return err
		}
		if row == nil {
			return damaged(op, errors.New("the entry that the head names is missing"))
		}
		if !bytes.Equal(j.codec.hash(held.Seq, row), held.Hash[:]) {
			add(ProblemRewritten, "the journal was rewritten: entry %d is not the one that the head names", held.Seq)
		}
		return nil
	})
	if isDamaged(err) {
		add(ProblemMissing, "%v", err)
		err = nil
	}
	return problems, err
}

// readHead returns the head as tx sees it.
func (c codec) readHead(tx *snapshot) (head, error) {
	var h head
	row, err := get(tx, bucketMeta, keyHead)
	if err != nil {
		return h, err
	}
	return h, c.openRow(row, &h, "head")
}
