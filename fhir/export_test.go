package fhir

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
)

type failer interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// checkRoundTrip exports s, checks the document, and imports it again.
func checkRoundTrip(t failer, s *record.Summary, opt ExportOptions) []byte {
	t.Helper()
	data, err := ExportBundle(s, opt)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	if err := fhirschema.Validate(data); err != nil {
		t.Errorf("%v", err)
	}
	checkDocument(t, data)
	again, left, err := ImportBundle(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("import what was exported: %v", err)
	}
	if len(left) != 0 {
		t.Errorf("got %q left out, want nothing", left)
	}
	if !reflect.DeepEqual(again, s) {
		t.Errorf("the summary changed at %s", difference(reflect.ValueOf(again).Elem(), reflect.ValueOf(s).Elem(), "Summary"))
	}
	return data
}

// difference names the first field that differs, with both values.
func difference(got, want reflect.Value, path string) string {
	if reflect.DeepEqual(got.Interface(), want.Interface()) {
		return ""
	}
	switch {
	case got.Kind() == reflect.Struct:
		for i := range got.NumField() {
			if d := difference(got.Field(i), want.Field(i), path+"."+got.Type().Field(i).Name); d != "" {
				return d
			}
		}
	case got.Kind() == reflect.Slice && got.Len() == want.Len() && got.Len() > 0:
		for i := range got.Len() {
			if d := difference(got.Index(i), want.Index(i), path+"[]"); d != "" {
				return d
			}
		}
	}
	a, _ := json.Marshal(got.Interface())
	b, _ := json.Marshal(want.Interface())
	return path + ": got " + string(a) + ", want " + string(b)
}

// checkDocument checks what the schema does not: the rules of a document Bundle,
// that each reference leads to an entry, and that each entry is led to.
func checkDocument(t failer, data []byte) {
	t.Helper()
	var bundle struct {
		Type, Timestamp string
		Identifier      struct{ System, Value string }
		Entry           []struct {
			FullURL  string         `json:"fullUrl"`
			Resource map[string]any `json:"resource"`
		}
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		t.Fatalf("read the document: %v", err)
	}
	if bundle.Type != "document" || bundle.Timestamp == "" || !strings.HasPrefix(bundle.Identifier.Value, urnUUID) || len(bundle.Entry) < 2 {
		t.Fatalf("not a document with an identifier, a date and entries")
	}
	resources, led := map[string]map[string]any{}, map[string]bool{}
	for i, e := range bundle.Entry {
		if resources[e.FullURL] != nil || e.FullURL != urnUUID+e.Resource["id"].(string) {
			t.Errorf("entry %d: got fullUrl %s, want one of its own", i, e.FullURL)
		}
		if _, err := uuid.Parse(strings.TrimPrefix(e.FullURL, urnUUID)); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		resources[e.FullURL] = e.Resource
	}
	if kind := bundle.Entry[0].Resource["resourceType"]; kind != "Composition" {
		t.Errorf("got %v first, want the Composition", kind)
	}
	sections, _ := bundle.Entry[0].Resource["section"].([]any)
	for i, section := range sections {
		s := section.(map[string]any)
		if s["text"] == nil || (s["entry"] == nil) == (s["emptyReason"] == nil) {
			t.Errorf("section %d: want a narrative, and either entries or the reason why there are none", i)
		}
	}
	for i, e := range bundle.Entry {
		eachReference(e.Resource, func(ref string) {
			if resources[ref] == nil {
				t.Errorf("entry %d refers to %s, which is not there", i, ref)
			}
			led[ref] = true
		})
	}
	for url, r := range resources {
		if !led[url] && r["resourceType"] != "Composition" {
			t.Errorf("nothing leads to a %v", r["resourceType"])
		}
	}
}

func eachReference(v any, yield func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["reference"].(string); ok {
			yield(ref)
		}
		for _, inner := range v {
			eachReference(inner, yield)
		}
	case []any:
		for _, inner := range v {
			eachReference(inner, yield)
		}
	}
}

// TestRoundTrip is the promise of the export: what a summary says comes back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkRoundTrip(t, genSummary().Draw(t, "summary"), ExportOptions{})
	})
}

// TestRoundTripCoversEveryField fails for a field of the domain that the generator
// never fills.
func TestRoundTripCoversEveryField(t *testing.T) {
	filled := map[string]bool{}
	for seed := range 300 {
		markFilled(reflect.ValueOf(*genSummary().Example(seed)), "Summary", filled)
	}
	for _, path := range fieldPaths(reflect.TypeFor[record.Summary](), "Summary", 0) {
		if !filled[path] {
			t.Errorf("%s is never filled", path)
		}
	}
}

func markFilled(v reflect.Value, path string, filled map[string]bool) {
	if v.IsZero() {
		return
	}
	filled[path] = true
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			markFilled(v.Field(i), path+"."+v.Type().Field(i).Name, filled)
		}
	case reflect.Slice:
		for i := range v.Len() {
			markFilled(v.Index(i), path, filled)
		}
	}
}

// fieldPaths lists the fields that a whole summary has. Details stand between the
// two messages of a card only, and a component has neither status, date nor
// components.
func fieldPaths(t reflect.Type, path string, depth int) []string {
	switch t.Kind() {
	case reflect.Slice:
		return fieldPaths(t.Elem(), path, depth)
	case reflect.Struct:
		var out []string
		for i := range t.NumField() {
			f := t.Field(i)
			inner := path + "." + f.Name
			// A dose is a SimpleQuantity in FHIR, which has no comparator.
			skipped := f.Name == "Details" || inner == "Summary.Medications.Entries.Dosages.Dose.Comparator" || depth > 0 && slices.Contains([]string{"Status", "Date", "Components"}, f.Name)
			if skipped || !f.IsExported() {
				continue
			}
			below := depth
			if f.Name == "Components" {
				below++
			}
			out = append(append(out, inner), fieldPaths(f.Type, inner, below)...)
		}
		return out
	}
	return nil
}

// TestPublishedRoundTrip exports what published Bundles and our patients say.
func TestPublishedRoundTrip(t *testing.T) {
	for _, file := range ipsFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, _, err := ImportBundle(bytes.NewReader(readFile(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			im, err := importIPS(checkRoundTrip(t, s, ExportOptions{}))
			if err != nil {
				t.Fatal(err)
			}
			checkFates(t, im)
		})
	}
}

// TestDamagedRoundTrip exports what damaged Bundles are read as: values that no
// sound source has. Only what is no value of its kind may be refused.
func TestDamagedRoundTrip(t *testing.T) {
	var trees []any
	for _, file := range ipsFiles(t) {
		var tree any
		if err := json.Unmarshal(readFile(t, file), &tree); err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	rapid.Check(t, func(t *rapid.T) {
		tree := rapid.SampledFrom(trees).Draw(t, "bundle")
		chance := rapid.IntRange(20, 2000).Draw(t, "one in")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		data, err := json.Marshal(damage(tree, tree, chance, random))
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		s, _, err := ImportBundle(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := ExportBundle(s, ExportOptions{}); record.CodeOf(err) == record.CodeInvalid {
			return
		}
		checkRoundTrip(t, s, ExportOptions{})
	})
}

func TestExportIsDeterministic(t *testing.T) {
	s, _, err := ImportBundle(bytes.NewReader(readFile(t, "../testdata/patients/ehpad-neuf-traitements.json")))
	if err != nil {
		t.Fatal(err)
	}
	one := checkRoundTrip(t, s, ExportOptions{})
	two, _ := ExportBundle(s, ExportOptions{})
	if !bytes.Equal(one, two) {
		t.Error("two exports of one summary differ")
	}
	opt := ExportOptions{ID: uuid.MustParse("11111111-2222-4333-8444-555555555555"), Timestamp: time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("", 3600))}
	three := checkRoundTrip(t, s, opt)
	for _, want := range []string{`"value":"urn:uuid:11111111-2222-4333-8444-555555555555"`, `"timestamp":"2026-11-22T09:30:00+01:00"`} {
		if !bytes.Contains(three, []byte(want)) {
			t.Errorf("%s is not in the document", want)
		}
	}
	s.Contacts[0].Phone = "15"
	if other, _ := ExportBundle(s, ExportOptions{}); bytes.Equal(other[:200], one[:200]) {
		t.Error("another summary has the same identifier")
	}
}
