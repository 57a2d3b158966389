package fhir_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
)

const replacedID = "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e"

// wholeBody is what is sent of a submission, attached document included.
func wholeBody(t testing.TB, s record.Submission) []byte {
	t.Helper()
	from, err := fhir.OpenBody(s)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(body)) != fhir.BodySize(s) {
		t.Errorf("the body has %d bytes, BodySize says %d", len(body), fhir.BodySize(s))
	}
	return body
}

// obeys checks a Bundle of ours against every rule, and against R4.
func obeys(t *testing.T, body []byte) {
	t.Helper()
	for _, p := range fhir.CheckOwnBundle(body) {
		t.Error(p)
	}
	if err := fhirschema.Validate(body); err != nil {
		t.Error(err)
	}
}

func TestCorrection(t *testing.T) {
	for _, c := range []struct {
		name, location, patched, reference string
	}{
		{"still on its way", "", "DocumentReference?identifier=urn:ietf:rfc:3986|" + replacedID, ""},
		{"cleared", "DocumentReference/x-1", "DocumentReference/x-1", "DocumentReference/x-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{Replaces: &fhir.Replaced{DocumentID: replacedID, Location: c.location}})
			obeys(t, s.Body)
			if s.Entries != 4 {
				t.Errorf("got %d entries, want 4", s.Entries)
			}
			reference := dig(t, s.Body, "entry", 1, "resource", "relatesTo", 0, "target", "reference")
			if c.reference == "" && reference != nil || c.reference != "" && reference != c.reference {
				t.Errorf("the target is %v, want %q", reference, c.reference)
			}
			for _, want := range []struct {
				path []any
				want any
			}{
				{[]any{"entry", 1, "resource", "relatesTo", 0, "code"}, "replaces"},
				{[]any{"entry", 1, "resource", "relatesTo", 0, "target", "identifier", "value"}, replacedID},
				{[]any{"entry", 1, "resource", "status"}, "current"},
				{[]any{"entry", 2, "request", "method"}, "PATCH"},
				{[]any{"entry", 2, "request", "url"}, c.patched},
			} {
				if got := dig(t, s.Body, want.path...); got != want.want {
					t.Errorf("%v: got %v, want %v", want.path, got, want.want)
				}
			}
		})
	}
	own := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}).DocumentID
	for _, r := range []fhir.Replaced{{}, {DocumentID: "urn:uuid:x"}, {DocumentID: own}, {DocumentID: replacedID, Location: "List/1"}, {DocumentID: replacedID, Location: "DocumentReference/../x"}} {
		if _, err := fhir.NewSubmission(sampleConsultation(), fhir.SubmissionOptions{Replaces: &r}); record.ReasonOf(err) != "replaces" {
			t.Errorf("%+v: got %v, want reason replaces", r, err)
		}
	}
}

// TestCheckOfReplacements: a replacement without its patch, and the reverse, are
// seen, and so is a patch that does more.
func TestCheckOfReplacements(t *testing.T) {
	s := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{Replaces: &fhir.Replaced{DocumentID: replacedID}})
	plain := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	patch := dig(t, s.Body, "entry", 2)
	for _, c := range []struct {
		name, want string
		body       []byte
	}{
		{"no patch", "each replaced document is marked", edit(t, plain.Body, []any{map[string]any{"code": "replaces", "target": map[string]any{"reference": "DocumentReference/1"}}}, "entry", 1, "resource", "relatesTo")},
		{"patch of nothing", "each replaced document is marked", edit(t, plain.Body, patch, "entry", 2)},
		{"patch of another", "no document of this Bundle replaces", edit(t, s.Body, "DocumentReference/other", "entry", 2, "request", "url")},
		{"patch of everything", "a patch names one document", edit(t, s.Body, "DocumentReference", "entry", 2, "request", "url")},
		{"patch of the text", "replaces the status by superseded", edit(t, s.Body, "DocumentReference.content", "entry", 2, "resource", "parameter", 0, "part", 1, "valueString")},
		{"back to current", "replaces the status by superseded", edit(t, s.Body, "current", "entry", 2, "resource", "parameter", 0, "part", 2, "valueCode")},
		{"unknown relation", "not a relation", edit(t, s.Body, "likes", "entry", 1, "resource", "relatesTo", 0, "code")},
		{"two relations", "a replacement has one relation", edit(t, s.Body, []any{
			map[string]any{"code": "replaces", "target": map[string]any{"reference": "DocumentReference/1"}},
			map[string]any{"code": "appends", "target": map[string]any{"reference": "DocumentReference/2"}}}, "entry", 1, "resource", "relatesTo")},
	} {
		if text := problemText(fhir.CheckProvideBundle(c.body)); !strings.Contains(text, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
	}
}

// TestCodesAreThoseOfTheLists: what a document is typed and classed as stands, label
// included, in the lists of the French nomenclatures. The extract has no photograph
// among its types; 72170-4 is LOINC's "Photographic image".
func TestCodesAreThoseOfTheLists(t *testing.T) {
	file, err := os.Open("testdata/delivery/codes-documents.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 20 {
		t.Fatalf("got %d rows (%v)", len(rows), err)
	}
	listed := map[string]bool{}
	for _, row := range rows {
		listed[strings.Join(row, "|")] = true
	}
	photo, err := fhir.NewPhotograph(sampleConsultation(), photographOf(picture(9)), replacedID, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	coding := func(body []byte, list string, path ...any) string {
		c := dig(t, body, append([]any{"entry", 1, "resource"}, path...)...).(map[string]any)
		return fmt.Sprintf("%s|%s|%s|%s", list, c["system"], c["code"], c["display"])
	}
	note := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	for _, row := range []string{
		coding(note.Body, "type", "type", "coding", 0), coding(note.Body, "class", "category", 0, "coding", 0),
		coding(photo.Body, "class", "category", 0, "coding", 0),
	} {
		if !listed[row] {
			t.Errorf("%s is in no list", row)
		}
	}
	if got := coding(photo.Body, "type", "type", "coding", 0); !strings.HasPrefix(got, "type|http://loinc.org|72170-4|") {
		t.Errorf("a photograph is typed %s", got)
	}
}

// picture is a file of n bytes that begins like a JPEG.
func picture(n int) []byte {
	data := make([]byte, n)
	rand.Read(data)
	copy(data, "\xff\xd8\xff")
	return data
}

func photographOf(data []byte) fhir.Photograph {
	return fhir.Photograph{ID: "0193a1b2-0000-7000-8000-0000000000aa", MediaType: "image/jpeg",
		TakenAt: time.Date(2026, 3, 14, 9, 50, 0, 0, paris),
		Open:    func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func TestPhotograph(t *testing.T) {
	note := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{})
	for _, size := range []int{3, 4, 5, 24 << 10, 24<<10 + 1, 100_003} {
		data := picture(size)
		taken := photographOf(data)
		taken.Caption = "Talon droit,\nenviron 34 mm"
		s, err := fhir.NewPhotograph(sampleConsultation(), taken, note.DocumentID, fhir.SubmissionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		body := wholeBody(t, s)
		obeys(t, body)
		if got := dig(t, body, "entry", 1, "resource", "description"); got != "Talon droit, environ 34 mm" {
			t.Errorf("described as %q", got)
		}
		if got := dig(t, body, "entry", 2, "resource", "data"); got != base64.StdEncoding.EncodeToString(data) {
			t.Errorf("%d bytes: the picture that is sent is another one", size)
		}
		sum := sha1.Sum(data)
		if !bytes.Equal(s.DocumentSHA1, sum[:]) || s.DocumentSize != size || s.DocumentID == note.DocumentID {
			t.Errorf("got %x, %d bytes, id %s", s.DocumentSHA1, s.DocumentSize, s.DocumentID)
		}
		if got := dig(t, body, "entry", 1, "resource", "context", "related", 0, "identifier", "value"); got != note.DocumentID {
			t.Errorf("belongs to %v, want %s", got, note.DocumentID)
		}
		if len(s.Body) > 16<<10 {
			t.Errorf("the body without the picture has %d bytes", len(s.Body))
		}
	}
}

func TestPhotographRefusesAtOnce(t *testing.T) {
	const note = "urn:uuid:e4be9784-520e-582f-a882-46e914e88a95"
	for _, c := range []struct {
		reason string
		change func(*fhir.Photograph) string
	}{
		{"photograph", func(p *fhir.Photograph) string { p.ID = ""; return note }},
		{"photograph", func(p *fhir.Photograph) string { p.MediaType = "image/svg+xml"; return note }},
		{"photograph", func(p *fhir.Photograph) string { p.MediaType = "image/png"; return note }},
		{"photograph", func(p *fhir.Photograph) string { p.TakenAt = time.Time{}; return note }},
		{"note_id", func(*fhir.Photograph) string { return "urn:oid:1.2" }},
		{"photograph", func(p *fhir.Photograph) string {
			p.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader("\xff\xd8\xff"), io.LimitReader(zeros{}, fhir.MaxPhotograph))), nil
			}
			return note
		}},
	} {
		p := photographOf(picture(10))
		id := c.change(&p)
		if _, err := fhir.NewPhotograph(sampleConsultation(), p, id, fhir.SubmissionOptions{}); record.ReasonOf(err) != c.reason {
			t.Errorf("got %v, want reason %q", err, c.reason)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestAttachmentThatChanged: a document that is not what was frozen is not sent.
func TestAttachmentThatChanged(t *testing.T) {
	data := picture(50_000)
	s, err := fhir.NewPhotograph(sampleConsultation(), photographOf(data), replacedID, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, now := range map[string][]byte{"shorter": data[:49_999], "longer": append(bytes.Clone(data), 0)} {
		s.Attached.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(now)), nil }
		from, err := fhir.OpenBody(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, from); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
	s.Attached.Open = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	if _, err := fhir.OpenBody(s); err == nil {
		t.Error("opened what is gone")
	}
}

// TestPhotographIsNeverHeld: freezing and reading a picture of 20 MiB allocates a
// small part of it.
func TestPhotographIsNeverHeld(t *testing.T) {
	const size = 20 << 20
	p := photographOf(nil)
	p.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("\xff\xd8\xff"), io.LimitReader(zeros{}, size-3))), nil
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := fhir.NewPhotograph(sampleConsultation(), p, replacedID, fhir.SubmissionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	from, err := fhir.OpenBody(s)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, from)
	runtime.ReadMemStats(&after)
	if err != nil || n != fhir.BodySize(s) || n < size*4/3 {
		t.Fatalf("read %d bytes (%v), want %d", n, err, fhir.BodySize(s))
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 2<<20 {
		t.Errorf("%d KiB were allocated for a picture of 20 MiB", took>>10)
	}
}

func sampleConsulted() (record.Consulted, fhir.ConsultedOptions) {
	c := sampleConsultation()
	return record.Consulted{ID: c.ID, Patient: c.Patient, Card: c.Card, At: c.ActedAt, Author: c.Author, Reason: "patient\ninconscient"},
		fhir.ConsultedOptions{Device: "poste-1", JournalHead: "ZBHEAD 12 abcdef0123 c2lnbmF0dXJl"}
}

// TestConsulted goes through IHE BALP PatientRead, element by element.
func TestConsulted(t *testing.T) {
	s, err := fhir.NewConsulted(sampleConsulted())
	if err != nil {
		t.Fatal(err)
	}
	if err := fhirschema.Validate(s.Body); err != nil {
		t.Error(err)
	}
	if again, _ := fhir.NewConsulted(sampleConsulted()); !bytes.Equal(again.Body, s.Body) {
		t.Error("two events of one consultation differ")
	}
	event, _ := json.Marshal(dig(t, s.Body, "entry", 0, "resource"))
	for _, c := range []struct {
		path []any
		want any
	}{
		{[]any{"type", "code"}, "rest"}, {[]any{"subtype", 0, "code"}, "read"}, {[]any{"action"}, "R"}, {[]any{"outcome"}, "0"},
		{[]any{"recorded"}, "2026-03-14T09:42:07+01:00"},
		{[]any{"agent", 0, "type", "coding", 0, "code"}, "110153"}, {[]any{"agent", 0, "network", "type"}, "5"}, {[]any{"agent", 0, "requestor"}, false},
		{[]any{"agent", 1, "type", "coding", 0, "code"}, "110152"}, {[]any{"agent", 1, "network", "address"}, "poste-1"},
		{[]any{"agent", 2, "type", "coding", 0, "code"}, "IRCP"}, {[]any{"agent", 2, "requestor"}, true},
		{[]any{"agent", 2, "who", "identifier", "value"}, "899700218896"}, {[]any{"agent", 2, "network"}, nil},
		{[]any{"source", "observer", "display"}, "poste-1"},
		{[]any{"entity", 0, "type", "code"}, "1"}, {[]any{"entity", 0, "role", "code"}, "1"},
		{[]any{"entity", 0, "what", "identifier", "value"}, "279035121518989"}, {[]any{"entity", 0, "what", "type"}, "Patient"},
		{[]any{"entity", 1, "type", "code"}, "2"}, {[]any{"entity", 1, "role", "code"}, "4"},
		{[]any{"entity", 1, "what", "identifier", "value"}, "00112233aabbccdd"},
		{[]any{"entity", 1, "detail", 0, "type"}, "reason"}, {[]any{"entity", 1, "detail", 0, "valueString"}, "patient inconscient"},
		{[]any{"entity", 2, "type", "code"}, "XrequestId"}, {[]any{"entity", 2, "what", "identifier", "value"}, s.SubmissionID}, {[]any{"entity", 2, "name"}, s.SubmissionID},
		{[]any{"entity", 3, "detail", 0, "valueString"}, "ZBHEAD 12 abcdef0123 c2lnbmF0dXJl"},
	} {
		if got := dig(t, event, c.path...); got != c.want {
			t.Errorf("%v: got %v, want %v", c.path, got, c.want)
		}
	}
	if got := dig(t, s.Body, "entry", 0, "request", "ifNoneExist"); got != "entity-name="+s.SubmissionID {
		t.Errorf("got condition %v", got)
	}
	for reason, change := range map[string]func(*record.Consulted, *fhir.ConsultedOptions){
		"consulted":  func(_ *record.Consulted, o *fhir.ConsultedOptions) { o.JournalHead = "two\nlines" },
		"no_patient": func(c *record.Consulted, _ *fhir.ConsultedOptions) { c.Patient = record.Patient{} },
		"ins":        func(c *record.Consulted, _ *fhir.ConsultedOptions) { c.Patient.INS.Matricule = "279035121518988" },
		"rpps":       func(c *record.Consulted, _ *fhir.ConsultedOptions) { c.Author.RPPS = "1" },
	} {
		c, o := sampleConsulted()
		change(&c, &o)
		if _, err := fhir.NewConsulted(c, o); record.ReasonOf(err) != reason {
			t.Errorf("got %v, want reason %q", err, reason)
		}
	}
	bare, _ := sampleConsulted()
	bare.Patient, bare.Reason = record.Patient{BirthName: "X"}, ""
	if s, err = fhir.NewConsulted(bare, fhir.ConsultedOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := fhirschema.Validate(s.Body); err != nil {
		t.Error(err)
	}
}
