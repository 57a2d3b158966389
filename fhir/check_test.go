package fhir_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/fhir"
)

// edit changes one place of a Bundle that obeys every rule. A nil value deletes.
func edit(t *testing.T, body []byte, value any, path ...any) []byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(body, &root); err != nil {
		t.Fatal(err)
	}
	at := root
	for _, step := range path[:len(path)-1] {
		switch step := step.(type) {
		case string:
			at = at.(map[string]any)[step]
		case int:
			at = at.([]any)[step]
		}
	}
	switch last := path[len(path)-1].(type) {
	case string:
		if m := at.(map[string]any); value == nil {
			delete(m, last)
		} else {
			m[last] = value
		}
	case int:
		at.([]any)[last] = value
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	body := mustSubmission(t, sampleConsultation(), fhir.SubmissionOptions{}).Body
	list, document, binary := []any{"entry", 0, "resource"}, []any{"entry", 1, "resource"}, []any{"entry", 2, "resource"}
	at := func(base []any, more ...any) []any { return append(append([]any{}, base...), more...) }
	attachment := at(document, "content", 0, "attachment")
	for _, c := range []struct {
		name  string
		path  []any
		value any
		want  string // part of a problem
	}{
		{"not a transaction", []any{"type"}, "batch", "Bundle.type: not a transaction"},
		{"no profile", []any{"meta"}, nil, "meta.profile: a profile is required"},
		{"no fullUrl", []any{"entry", 2, "fullUrl"}, nil, "a fullUrl is required"},
		{"fullUrl twice", []any{"entry", 1, "fullUrl"}, "urn:uuid:83e57394-667e-5039-aaa5-3fc1162756ec", "two entries have this fullUrl"},
		{"a put", []any{"entry", 1, "request", "method"}, "PUT", "only a folder or a patient may be put"},
		{"wrong address", []any{"entry", 1, "request", "url"}, "List", "a create is sent to the type of its resource"},
		{"wrong resource", at(binary, "resourceType"), "Observation", "no place here"},
		{"no list", at(list, "code", "coding", 0, "code"), "folder", "exactly one SubmissionSet"},
		{"no designation", at(list, "extension", 0, "url"), "https://example.org/x", "extension.valueCodeableConcept: a code"},
		{"source is no OID", at(list, "extension", 1, "valueIdentifier", "value"), "here", "beginning with urn:oid:"},
		{"no unique id", at(list, "identifier", 0), map[string]any{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2"}, "of use usual"},
		{"list without date", at(list, "date"), nil, "resource.date: a date is required"},
		{"date without time", at(list, "date"), "2026-03-14", "with time and offset"},
		{"date without offset", at(list, "date"), "2026-03-14T09:00:00", "not a date"},
		{"source outside", at(list, "source", "reference"), "PractitionerRole/7", "must refer to a contained resource"},
		{"bare practitioner", at(list, "source", "reference"), "#practitioner", "of another type than PractitionerRole"},
		{"set without document", at(list, "entry", 0, "item", "reference"), "DocumentReference/7", "does not name this document"},
		{"item not there", at(list, "entry", 0, "item", "reference"), "urn:uuid:00000000-0000-0000-0000-000000000000", "not in the Bundle"},
		{"status", at(document, "status"), "entered-in-error", "neither current nor superseded"},
		{"docStatus", at(document, "docStatus"), "final", "docStatus: not allowed"},
		{"no unique id of document", at(document, "masterIdentifier"), nil, "a unique id, a URN, is required"},
		{"no type", at(document, "type"), nil, "resource.type: a code"},
		{"type without system", at(document, "type", "coding", 0, "system"), nil, "resource.type: a code"},
		{"no class", at(document, "category"), nil, "exactly one class"},
		{"no subject", at(document, "subject"), nil, "resource.subject: a reference"},
		{"another subject", at(document, "subject", "reference"), "Patient/7", "different subjects"},
		{"no author", at(document, "author"), nil, "an author is required"},
		{"no custodian", at(document, "custodian"), nil, "custodian: a reference or an identifier is required (PDSm)"},
		{"no confidentiality", at(document, "securityLabel"), nil, "a confidentiality is required"},
		{"no contained", at(document, "contained"), nil, "a contained author is required"},
		{"contained unused", at(document, "contained", 3, "practitioner", "reference"), "Practitioner/7", "nothing refers to this contained resource"},
		{"contained twice", at(document, "contained", 1, "id"), "patient", "an id of its own"},
		{"no period", at(document, "context", "period"), nil, "context.period.start: a date is required"},
		{"no facility", at(document, "context", "facilityType"), nil, "facilityType: a code"},
		{"no setting", at(document, "context", "practiceSetting"), nil, "practiceSetting: a code"},
		{"no patient inside", at(document, "context", "sourcePatientInfo"), nil, "sourcePatientInfo: a reference"},
		{"no size", at(attachment, "size"), nil, "a size is required"},
		{"wrong size", at(attachment, "size"), 3, "not the size"},
		{"wrong hash", at(attachment, "hash"), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "not the SHA-1"},
		{"no title", at(attachment, "title"), nil, "title: required"},
		{"no creation", at(attachment, "creation"), nil, "creation: a date"},
		{"data inside", at(attachment, "data"), "YQ==", "goes into a Binary"},
		{"content elsewhere", at(attachment, "url"), "urn:uuid:00000000-0000-0000-0000-000000000000", "the document is not in the Bundle"},
		{"another media type", at(binary, "contentType"), "application/pdf", "not the type that the document has"},
		{"not base64", at(binary, "data"), "é", "a document in base64"},
		{"empty string", at(document, "description"), " ", "a string must not be empty"},
		{"empty array", at(document, "relatesTo"), []any{}, "an array must not be empty"},
		{"empty object", at(document, "extension"), []any{map[string]any{}}, "an object must not be empty"},
		{"broken reference", at(document, "custodian", "reference"), "nowhere", "not a reference"},
		{"nothing contained there", at(document, "custodian", "reference"), "#nobody", "the contained resource is not there"},
		{"no condition", []any{"entry", 1, "request", "ifNoneExist"}, nil, "it would be there twice (ours)"},
		{"another condition", []any{"entry", 0, "request", "ifNoneExist"}, "identifier=x|y", "it would be there twice (ours)"},
		{"class 11", at(document, "category", 0, "coding", 0, "code"), "11", "not classed as a report (ours)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := problemText(fhir.CheckOwnBundle(edit(t, body, c.value, c.path...)))
			if !strings.Contains(all, c.want) {
				t.Errorf("got %q, want %q among it", all, c.want)
			}
			if strings.Contains(c.want, "(ours)") {
				if got := fhir.CheckProvideBundle(edit(t, body, c.value, c.path...)); len(got) != 0 {
					t.Errorf("others must be allowed this: %v", got)
				}
			}
			if strings.Contains(all, "279035121518989") || strings.Contains(all, "PATIENTE") {
				t.Error("a problem quotes the patient")
			}
		})
	}
}

func problemText(problems []fhir.Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func TestCheckRefusesLooseJSON(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":         "",
		"not JSON":        "{",
		"a list":          "[]",
		"no type":         `{"type":"transaction"}`,
		"another type":    `{"resourceType":"Patient"}`,
		"a name twice":    `{"resourceType":"Bundle","resourceType":"Bundle"}`,
		"something after": `{"resourceType":"Bundle"} {}`,
		"not UTF-8":       "{\"resourceType\":\"Bundle\",\"type\":\"\xff\"}",
		"too deep":        `{"resourceType":"Bundle","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	} {
		if len(fhir.CheckProvideBundle([]byte(body))) == 0 {
			t.Errorf("%s: no problem found", name)
		}
	}
	many := `{"resourceType":"Bundle","x":[` + strings.Repeat(`"",`, 5000) + `""]}`
	if n := len(fhir.CheckProvideBundle([]byte(many))); n > 50 {
		t.Errorf("got %d problems: an answer must stay short", n)
	}
}

// TestCheckOfPublishedExample: the DMP's draft example is in the shape that we
// follow, and departs from PDSm 3.1.1 in these places alone.
func TestCheckOfPublishedExample(t *testing.T) {
	body, err := os.ReadFile("testdata/delivery/dmp-td2-iti65.json")
	if err != nil {
		t.Fatal(err)
	}
	got := problemText(fhir.CheckProvideBundle(body))
	want := strings.Join([]string{
		"Bundle.entry[1].resource.custodian: a reference or an identifier is required (PDSm)",
		"Bundle.entry[0].resource.identifier: an identifier of use usual, a URN, is required (MHD)",
		"Bundle.entry[0].resource.source: refers to a resource of another type than PractitionerRole, Device, Patient (PDSm)",
	}, "\n")
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// FuzzCheckProvideBundle: no input makes the rules panic or answer at length.
func FuzzCheckProvideBundle(f *testing.F) {
	f.Add(mustSubmission(f, sampleConsultation(), fhir.SubmissionOptions{}).Body)
	if body, err := os.ReadFile("testdata/delivery/dmp-td2-iti65.json"); err == nil {
		f.Add(body)
	}
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","contained":[[]],"identifier":{"use":"usual"}}},null,7]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if n := len(fhir.CheckOwnBundle(body)); n > 50 {
			t.Errorf("got %d problems", n)
		}
	})
}
