package peer

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/internal/fhirschema"
	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/testdata/patients"
)

// summaries are our own patients and, where they are at hand, the public ones.
func summaries(t testing.TB) map[string]*record.Summary {
	t.Helper()
	out := map[string]*record.Summary{}
	add := func(name string, data []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := fhir.ImportBundle(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = s
	}
	own, err := patients.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range own {
		data, err := patients.Files.ReadFile(e.Name())
		add(e.Name(), data, err)
	}
	public, err := filepath.Glob(filepath.Join(publicFolder(), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range public {
		data, err := os.ReadFile(path)
		add(filepath.Base(path), data, err)
	}
	return out
}

// publicFolder is where the public summaries are, if they are.
func publicFolder() string {
	if folder := os.Getenv("ZONEBLANCHE_IPS"); folder != "" {
		return folder
	}
	return "../../../shared/ips"
}

// TestContentSaysWhatTheCardSays imports what the peers sign, and finds the summary
// again but for what neither peer carries. A leaner content than this would be
// unfair to us, a richer one to them: TestContentIsLean has the other half.
func TestContentSaysWhatTheCardSays(t *testing.T) {
	for name, s := range summaries(t) {
		t.Run(name, func(t *testing.T) {
			c, err := NewContent(s)
			if err != nil {
				t.Fatal(err)
			}
			document, err := c.Document()
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := fhir.ImportBundle(bytes.NewReader(document))
			if err != nil {
				t.Fatal(err)
			}
			want := copyOf(t, s)
			forget(want)
			want.Sort()
			// A Bundle without a language is of an unknown one to the import.
			if want.Language == "" {
				want.Language = "und"
			}
			// A Bundle's timestamp has a time of day, even where the summary has none.
			if day := want.UpdatedAt; len(got.UpdatedAt) > len(day) {
				got.UpdatedAt = got.UpdatedAt[:len(day)]
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the content changed at %s", difference(reflect.ValueOf(got).Elem(), reflect.ValueOf(want).Elem(), "Summary"))
			}
		})
	}
}

// forget takes from a summary what the peers do not carry, all of it to their
// advantage: who wrote it, what the card counts, and "none known" where FHIR has
// no code for it.
func forget(s *record.Summary) {
	s.Author = record.Author{}
	s.ContactsOmitted, s.Abridged = 0, 0
	coded := map[record.SectionID]bool{record.Allergies: true, record.Medications: true, record.Problems: true,
		record.Procedures: true, record.Devices: true, record.Immunizations: true}
	for _, info := range record.SectionInfos {
		section := reflect.ValueOf(s).Elem().FieldByNameFunc(func(field string) bool {
			f, _ := reflect.TypeFor[record.Summary]().FieldByName(field)
			return strings.Split(f.Tag.Get("json"), ",")[0] == string(info.ID)
		})
		section.FieldByName("Omitted").SetInt(0)
		if !coded[info.ID] {
			section.FieldByName("None").SetBool(false)
		}
	}
	relabel(reflect.ValueOf(s).Elem())
}

// relabel gives each concept without a label that of its first code that has one,
// as every FHIR reader shows it.
func relabel(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if c, ok := v.Addr().Interface().(*record.Concept); ok && c.Label == "" {
			c.Label = ""
			for i := range c.Codes {
				if c.Label == "" {
					c.Label = c.Codes[i].Label
				}
				if c.Codes[i].Label == c.Label {
					c.Codes[i].Label = ""
				}
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				relabel(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			relabel(v.Index(i))
		}
	}
}

func TestContentIsLean(t *testing.T) {
	all := summaries(t)
	t.Chdir("../..") // where the schema is found
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			c, err := NewContent(s)
			if err != nil {
				t.Fatal(err)
			}
			data, err := c.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := fhirschema.Validate(data); err != nil {
				t.Error("not FHIR R4 any more: ", err)
			}
			for i, e := range objects(c.tree["entry"]) {
				resource := e["resource"].(object)
				for _, name := range forbidden {
					if resource[name] != nil {
						t.Errorf("entry %d has %s, which a health card must not have", i, name)
					}
				}
				if kind := resource["resourceType"]; kind == "Composition" || kind == "Medication" {
					t.Errorf("entry %d: a %s is not needed", i, kind)
				}
				checkAbsent(t, resource["resourceType"].(string), resource)
			}
			plain, err := NewPlainContent(s)
			if err != nil {
				t.Fatal(err)
			}
			if more, err := plain.JSON(); err != nil || len(more) <= len(data) {
				t.Errorf("the plain content has %d bytes, error %v: no more than the lean one's %d", len(more), err, len(data))
			}
			if bytes.Contains(data, []byte("-entries")) {
				t.Error("the content has the card's counts")
			}
		})
	}
}

// checkAbsent finds what is said to be unknown where it could be left out.
func checkAbsent(t *testing.T, kind string, o object) {
	t.Helper()
	for name, value := range o {
		if onlyAbsent(value) && !slices.Contains(demanded[kind], name) {
			t.Errorf("%s.%s says that it is unknown, and could say nothing", kind, name)
		}
		if inner, ok := value.(object); ok {
			checkAbsent(t, kind, inner)
		}
		for _, inner := range objects(value) {
			checkAbsent(t, kind, inner)
		}
	}
}

func copyOf(t *testing.T, s *record.Summary) *record.Summary {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out record.Summary
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// difference names the first field that differs, with both values.
func difference(got, want reflect.Value, path string) string {
	switch {
	case reflect.DeepEqual(got.Interface(), want.Interface()):
		return ""
	case got.Kind() == reflect.Struct:
		for i := range got.NumField() {
			if d := difference(got.Field(i), want.Field(i), path+"."+got.Type().Field(i).Name); d != "" {
				return d
			}
		}
	case got.Kind() == reflect.Slice && got.Len() == want.Len():
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
