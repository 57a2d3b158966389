package fhir

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// MaxPhotograph bounds a photograph, in bytes.
const MaxPhotograph = 32 << 20

// Photograph is a picture taken at a consultation. It is a document and a
// submission of its own, related to the note and sent apart from it: a line that
// carries a note may not carry a picture.
type Photograph struct {
	ID        string // of the journal's item, unique
	MediaType string // "image/jpeg" or "image/png"
	TakenAt   time.Time
	Caption   string // what the doctor says of it, or ""
	// Open gives the picture's bytes, the same ones each time. It is called once when
	// the submission is frozen, and each time that it is sent.
	Open func() (io.ReadCloser, error)
}

// beginnings are the first bytes of what is accepted: a recipient shows a picture
// as what its description says.
var beginnings = map[string][]byte{
	"image/jpeg": {0xff, 0xd8, 0xff},
	"image/png":  []byte("\x89PNG\r\n\x1a\n"),
}

var (
	errPhotograph     = errors.New("the photograph has no id, no time, or is neither JPEG nor PNG")
	errPhotographSize = errors.New("the photograph is larger than 32 MiB")
	errNoteID         = errors.New("the note's unique id is not a UUID as URN")
)

// NewPhotograph freezes what is delivered of a photograph that belongs to the note
// noteID (a [record.Submission.DocumentID]) of consultation c. The picture is read
// once, for its size and hash, and is not held: the submission has it attached.
//
// The relation is by the note's unique id (XDS referenceIdList), not by relatesTo:
// a picture is not an addition to the text, and goes out even while the note waits
// for somebody.
//
// Errors are those of [NewSubmission] but for the note's, CodeInvalid with Reason
// "photograph" or "note_id", CodeTooLarge with Reason "photograph", and what Open
// and reading give.
func NewPhotograph(c record.Consultation, p Photograph, noteID string, opt SubmissionOptions) (record.Submission, error) {
	fail := func(code record.Code, reason string, err error) (record.Submission, error) {
		return record.Submission{}, &record.Error{Code: code, Op: opSubmission, Reason: reason, Err: err}
	}
	if err := checkConsultation(c, opt); err != nil {
		return record.Submission{}, err
	}
	begin, known := beginnings[p.MediaType]
	if !known || p.ID == "" || p.TakenAt.IsZero() || p.Open == nil {
		return fail(record.CodeInvalid, "photograph", errPhotograph)
	}
	if id, ok := strings.CutPrefix(noteID, urnUUID); !ok || uuid.Validate(id) != nil {
		return fail(record.CodeInvalid, "note_id", errNoteID)
	}
	size, sum, head, err := measure(p.Open)
	switch {
	case err != nil:
		return record.Submission{}, fmt.Errorf("read photograph: %w", err)
	case size > MaxPhotograph:
		return fail(record.CodeTooLarge, "photograph", errPhotographSize)
	case !bytes.HasPrefix(head, begin):
		return fail(record.CodeInvalid, "photograph", errPhotograph)
	}

	opt.DocumentID, opt.SubmissionID, opt.BinaryID, opt.Replaces = uuid.Nil, uuid.Nil, uuid.Nil, nil
	ids := idsOf("photograph:"+p.ID, opt)
	day := titleOnDay + record.DayOf(opt.local(p.TakenAt)).French()
	s, err := freeze(c, opt, ids, titlePhotoSent+day, document{
		kind: coded(record.SystemLOINC, codePhotograph, displayPhotoType), class: coded(systemClass, codeImaging, displayImaging),
		mediaType: p.MediaType, title: titlePhotograph + day, size: int(size), sum: sum,
		begun: c.ActedAt, made: p.TakenAt, noteID: noteID, caption: p.Caption,
	}, nil)
	if err != nil {
		return record.Submission{}, err
	}
	const place = `"data":"`
	at := bytes.LastIndex(s.Body, []byte(place+`"`))
	if at < 0 {
		return fail(record.CodeInternal, "", errEntries)
	}
	s.Attached = &record.Attachment{At: at + len(place), Size: size, Open: p.Open}
	return s, nil
}

// measure reads a document to its end and keeps its first bytes.
func measure(open func() (io.ReadCloser, error)) (size int64, sum, head []byte, err error) {
	from, err := open()
	if err != nil {
		return 0, nil, nil, err
	}
	defer from.Close()
	head = make([]byte, 8)
	n, err := io.ReadFull(from, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return 0, nil, nil, err
	}
	head = head[:n]
	hash := sha1.New()
	hash.Write(head)
	rest, err := io.Copy(hash, io.LimitReader(from, MaxPhotograph+1))
	return int64(n) + rest, hash.Sum(nil), head, err
}
