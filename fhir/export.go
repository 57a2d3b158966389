package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/zoneblanche/zoneblanche/record"
)

// ExportOptions says what the summary itself does not. The zero value works.
type ExportOptions struct {
	// ID identifies the document. The zero value derives it from the summary and
	// Timestamp, so that the same summary makes the same bytes.
	ID uuid.UUID
	// Timestamp is when the document is assembled. The zero value stands for the
	// moment at which the summary was last updated and, where that is unknown too,
	// for the first second of 1970, since FHIR demands one.
	Timestamp time.Time
}

// exportSpace is the name space of the identifiers of exported documents. It
// never changes: the same summary has the same identifiers for ever.
var exportSpace = uuid.MustParse("6f0a5d0e-0d5b-4c5e-8a54-2d8f3d0c7b19")

var (
	errExportNothing = errors.New("no summary")
	errExportValue   = errors.New("the summary holds a value that FHIR cannot say")
)

// ExportBundle writes s as a FHIR R4 document Bundle in the form of an
// International Patient Summary, which [ImportBundle] reads back to the same
// summary. Its bytes depend on s and opt alone. Text is cleaned as the import
// cleans it. Errors are of code invalid: the summary holds something that is no
// value of its kind, and the reason says of which: "summary" (there is none),
// "date", "number", "count", "section_state", "observation_value" (a quantity and
// another value at once) or "component" (a part of a panel that has a date, a
// status or parts of its own).
func ExportBundle(s *record.Summary, opt ExportOptions) ([]byte, error) {
	x := &exporter{s: s, serial: map[string]int{}}
	if s == nil {
		return nil, exportError("summary", errExportNothing)
	}
	own, err := json.Marshal(s)
	if err != nil {
		return nil, &record.Error{Code: record.CodeInternal, Op: "export summary", Err: err}
	}
	timestamp := x.timestamp(opt.Timestamp)
	if x.base = opt.ID; x.base == uuid.Nil {
		x.base = uuid.NewSHA1(exportSpace, append(own, timestamp...))
	}
	x.document()
	if x.reason != "" {
		return nil, exportError(x.reason, errExportValue)
	}
	return x.bundle(timestamp), nil
}

func exportError(reason string, err error) error {
	return &record.Error{Code: record.CodeInvalid, Op: "export summary", Reason: reason, Err: err}
}

// exporter is one export under way.
type exporter struct {
	s       *record.Summary
	base    uuid.UUID
	entries []*expObject
	serial  map[string]int
	patient string // reference to the patient
	// professionals are the references of the practitioners and organisations
	// written so far, by what they say.
	professionals map[expPerson]string
	// reason is why the summary cannot be exported, "" while it can.
	reason string
}

// fail notes the first reason why the summary cannot be exported.
func (x *exporter) fail(reason string) {
	if x.reason == "" {
		x.reason = reason
	}
}

// resource adds an empty resource to the document and returns it with the
// reference to it.
func (x *exporter) resource(kind string) (*expObject, string) {
	x.serial[kind]++
	id := uuid.NewSHA1(x.base, []byte(kind+"/"+strconv.Itoa(x.serial[kind]))).String()
	r := &expObject{}
	r.put("resourceType", kind)
	r.put("id", id)
	x.entries = append(x.entries, newObject("fullUrl", urnUUID+id, "resource", r))
	return r, urnUUID + id
}

// timestamp is the document's instant, as FHIR writes one.
func (x *exporter) timestamp(at time.Time) string {
	updated := x.s.UpdatedAt
	switch {
	case !at.IsZero():
	case len(updated) > len(time.DateOnly):
		return x.date(updated)
	case updated.Known():
		at = updated.Time()
	}
	if at.Year() < 1 || at.Year() > 9999 || at.IsZero() {
		at = time.Unix(0, 0).UTC()
	}
	return at.Format(time.RFC3339)
}

// bundle writes the entries, the Composition first.
func (x *exporter) bundle(timestamp string) []byte {
	b := newObject("resourceType", "Bundle")
	b.put("language", x.language())
	b.put("identifier", newObject("system", systemURI, "value", urnUUID+x.base.String()))
	b.put("type", "document")
	b.put("timestamp", timestamp)
	b.put("entry", x.entries)
	var out bytes.Buffer
	b.write(&out)
	return out.Bytes()
}

// language is the language of the labels; the record leaves the usual one out.
func (x *exporter) language() string {
	if lang := ipsClean(x.s.Language); lang != "" {
		return lang
	}
	return languageFrench
}
