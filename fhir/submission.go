package fhir

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// MediaType is what FHIR resources in JSON are sent as.
const MediaType = "application/fhir+json"

// MaxNote bounds a note, in bytes. A longer one is a file that somebody pasted.
const MaxNote = 1 << 20

// SubmissionOptions refine a submission. The zero value is the ordinary case.
// Whoever builds a submission twice must give the same options twice.
type SubmissionOptions struct {
	// DocumentID and SubmissionID are the lasting identifiers, BinaryID the name
	// that the content has within the Bundle. The zero UUID derives each from the
	// consultation's id.
	DocumentID, SubmissionID, BinaryID uuid.UUID
	// SourceID identifies the sending system as "urn:oid:…" (ihe-sourceId). ""
	// derives one from the structure's FINESS, or from the author's RPPS.
	SourceID string
	// SignedAt is when the note became final: the document's creation and, since
	// the submission is frozen at that moment and may leave much later, the
	// submission's date. The zero time means at the time of the act.
	SignedAt time.Time
	// Location is where dates are written, with its offset; nil keeps the offset
	// that each time has.
	Location *time.Location
	// Custodian keeps the document; its zero value is the author's structure.
	Custodian record.Issuer
	// Facility is the sector of activity (TRE_R02-SecteurActivite) and Practice
	// the setting (TRE_A01-CadreExercice). Their zero values are a one-doctor
	// office, ambulatory care.
	Facility, Practice record.CodeValue
	// Replaces is the document that this note corrects; nil when it corrects none.
	Replaces *Replaced
	// JournalHead is what the journal's head was when the submission was frozen, signed
	// by the journal, as one line of text. It stands in an extension of the
	// SubmissionSet ([ExtensionJournalHead]): whoever holds the set can show later that
	// the journal was cut or written anew. "" leaves it out.
	JournalHead string
}

// NewSubmission freezes what is delivered of c: an ITI-65 transaction Bundle in
// the shape of PDSm 3.1.1, with the note as a document of plain text. It returns
// the same bytes for the same arguments.
//
// List and DocumentReference are created "if none exist" under their unique ids,
// so that sending the Bundle again changes nothing. A Binary has no identifier to
// make such a condition of. Our recipient keeps no second one when the
// DocumentReference is already there; another recipient may keep an extra Binary
// that nothing points to. That is accepted: a DocumentReference is what a person
// finds and opens, and there is one of them. A PUT of the Binary under an id of
// our choice would avoid the orphan, but MHD has documents created by POST, and
// many servers choose their ids themselves.
//
// Errors are CodeInvalid, with Reason "id", "acted_at", "note", "no_patient",
// "ins", "rpps", "finess", "source_id", "journal_head" or "replaces", or CodeTooLarge
// with Reason "note".
func NewSubmission(c record.Consultation, opt SubmissionOptions) (record.Submission, error) {
	if err := checkConsultation(c, opt); err != nil {
		return record.Submission{}, err
	}
	if err := checkNote(c, opt); err != nil {
		return record.Submission{}, err
	}
	ids := idsOf(c.ID, opt)
	content := noteDocument(c, opt, ids)
	sum := sha1.Sum(content)
	day := titleOnDay + record.DayOf(opt.local(c.ActedAt)).French()
	d := document{
		kind: coded(record.SystemLOINC, codeNote, displayNoteType), class: coded(systemClass, codeReport, displayNoteClass),
		mediaType: textPlain, title: titleNote + day, size: len(content), sum: sum[:],
		begun: c.ActedAt, made: opt.signedAt(c), replaces: opt.Replaces,
	}
	return freeze(c, opt, ids, titleSubmission+day, d, content)
}

// freeze writes the Bundle of one document. Content is nil for a document that is
// attached: its place is then empty.
func freeze(c record.Consultation, opt SubmissionOptions, ids submissionIDs, title string, d document, content []byte) (record.Submission, error) {
	if content == nil {
		content = []byte{}
	}
	bundle := itiBundle{
		ResourceType: "Bundle", Meta: itiMeta{Profile: []string{profileBundle}}, Type: "transaction",
		Entry: []itiEntry{
			{ids.listURL, submissionList(c, opt, ids, title), itiRequest{"POST", "List", ifNoneExist(urnUUID + ids.submission.String())}},
			{ids.refURL, documentReference(c, opt, ids, d), itiRequest{"POST", "DocumentReference", ifNoneExist(urnUUID + ids.document.String())}},
		},
	}
	if d.replaces != nil {
		bundle.Entry = append(bundle.Entry, d.replaces.supersede(ids))
	}
	bundle.Entry = append(bundle.Entry, itiEntry{ids.binaryURL, itiBinary{"Binary", d.mediaType, content}, itiRequest{Method: "POST", URL: "Binary"}})
	body, err := encodeJSON(bundle)
	if err != nil {
		return record.Submission{}, &record.Error{Code: record.CodeInternal, Op: opSubmission, Err: err}
	}
	return record.Submission{
		DocumentID:   urnUUID + ids.document.String(),
		SubmissionID: urnUUID + ids.submission.String(),
		MediaType:    MediaType,
		Body:         body,
		DocumentSHA1: d.sum,
		DocumentSize: d.size,
		Entries:      len(bundle.Entry),
	}, nil
}

// encodeJSON writes JSON without turning < and > into escapes.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

const opSubmission = "build submission"

var (
	errNoID      = errors.New("the consultation has no id")
	errNoActTime = errors.New("the consultation has no time")
	errNote      = errors.New("the note is empty or not UTF-8")
	errNoteLong  = errors.New("the note is longer than 1 MiB")
	errNoPatient = errors.New("the patient has neither name nor identifier")
	errHead      = errors.New("the journal's head is not one line of text")
	errSourceID  = errors.New(`the source id does not begin with "urn:oid:"`)
)

// checkConsultation refuses what no recipient could file. It is strict because a
// note is signed in front of a person, who can still add what is missing, and
// refused two days later in front of nobody.
func checkConsultation(c record.Consultation, opt SubmissionOptions) error {
	fail := func(reason string, err error) error {
		return &record.Error{Code: record.CodeInvalid, Op: opSubmission, Reason: reason, Err: err}
	}
	switch {
	case c.ID == "" && (opt.DocumentID == uuid.Nil || opt.SubmissionID == uuid.Nil):
		return fail("id", errNoID)
	case c.ActedAt.IsZero():
		return fail("acted_at", errNoActTime)
	case len(patientIdentifiers(c.Patient)) == 0 && oneLine(c.Patient.Name()) == "":
		return fail("no_patient", errNoPatient)
	case opt.SourceID != "" && !strings.HasPrefix(opt.SourceID, urnOID):
		return fail("source_id", errSourceID)
	case !validHead(opt.JournalHead):
		return fail("journal_head", errHead)
	}
	if ins := c.Patient.INS; !ins.Empty() {
		if _, err := record.ParseINS(ins.Matricule, ins.OID); err != nil {
			return fail("ins", err)
		}
	}
	if !record.LooksLikeRPPS(c.Author.RPPS) {
		return fail("rpps", errors.New("an RPPS number has 11 digits"))
	}
	if finess := opt.custodianFINESS(c); finess != "" {
		if err := record.CheckFINESS(finess); err != nil {
			return fail("finess", err)
		}
	}
	return nil
}

func checkNote(c record.Consultation, opt SubmissionOptions) error {
	switch {
	case len(c.Text()) > MaxNote:
		return &record.Error{Code: record.CodeTooLarge, Op: opSubmission, Reason: "note", Err: errNoteLong}
	case strings.TrimSpace(c.Text()) == "" || !utf8.ValidString(c.Text()):
		return &record.Error{Code: record.CodeInvalid, Op: opSubmission, Reason: "note", Err: errNote}
	case opt.Replaces != nil && !opt.Replaces.valid(urnUUID+idsOf(c.ID, opt).document.String()):
		return &record.Error{Code: record.CodeInvalid, Op: opSubmission, Reason: "replaces", Err: errReplaces}
	}
	return nil
}

func (o SubmissionOptions) local(t time.Time) time.Time {
	if o.Location != nil {
		t = t.In(o.Location)
	}
	return t
}

func (o SubmissionOptions) signedAt(c record.Consultation) time.Time {
	if o.SignedAt.IsZero() {
		return o.local(c.ActedAt)
	}
	return o.local(o.SignedAt)
}

// custodianName returns the structure's name as told, or "".
func (o SubmissionOptions) custodianName(c record.Consultation) string {
	if o.Custodian.Name != "" {
		return o.Custodian.Name
	}
	return c.Author.Organisation
}

func (o SubmissionOptions) custodianFINESS(c record.Consultation) string {
	if o.Custodian.FINESS != "" || o.Custodian.Name != "" {
		return o.Custodian.FINESS
	}
	return c.Author.FINESS
}

func (o SubmissionOptions) sourceID(c record.Consultation) string {
	if o.SourceID != "" {
		return o.SourceID
	}
	if finess := o.custodianFINESS(c); finess != "" {
		return oidOf(derive("source", "finess:"+finess))
	}
	return oidOf(derive("source", "rpps:"+c.Author.RPPS))
}
