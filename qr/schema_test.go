package qr

import (
	"reflect"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

// TestEveryFieldIsInTheTable walks the types of the domain beside the table. It
// fails for a field that the table lacks: such a field would be dropped from
// every card in silence.
func TestEveryFieldIsInTheTable(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(goType reflect.Type, c codec)
	check := func(goType reflect.Type, fields []field) {
		for i := range goType.NumField() {
			f := goType.Field(i)
			found := false
			for _, line := range fields {
				if line.name == f.Name {
					found = true
					walk(f.Type, line.codec)
				}
			}
			if !found {
				t.Errorf("%v.%s is not in the schema", goType, f.Name)
			}
		}
	}
	walk = func(goType reflect.Type, c codec) {
		switch c := c.(type) {
		case *structCodec:
			if c.typ != goType {
				t.Errorf("a schema of %v stands for %v", c.typ, goType)
			}
			if !seen[goType] {
				seen[goType] = true
				check(goType, c.fields)
			}
		case *tupleCodec:
			if c.typ != goType {
				t.Errorf("a schema of %v stands for %v", c.typ, goType)
			}
			check(goType, c.fields)
		case listCodec:
			walk(goType.Elem(), c.item)
		case componentsCodec:
			walk(goType.Elem(), componentSchema)
		case sectionCodec:
			if goType.NumField() != 4 { // None, besides the three of the map
				t.Errorf("%v has %d fields, the section codec knows 4", goType, goType.NumField())
			}
			walk(goType.Field(0).Type, c.entries)
			for _, line := range c.detailed.fields {
				f, _ := goType.FieldByName(line.name)
				walk(f.Type, line.codec)
			}
		case conceptCodec:
			if goType != reflect.TypeFor[record.Concept]() || goType.NumField() != 2 || reflect.TypeFor[record.CodeValue]().NumField() != 3 {
				t.Errorf("the concept codec does not know %v any more", goType)
			}
		case dateCodec:
			if goType != reflect.TypeFor[record.Date]() {
				t.Errorf("a date stands for %v", goType)
			}
		case boolCodec:
			if goType.Kind() != reflect.Bool {
				t.Errorf("a boolean stands for %v", goType)
			}
		case intCodec:
			if goType.Kind() != reflect.Int {
				t.Errorf("a number stands for %v", goType)
			}
		default:
			if goType.Kind() != reflect.String {
				t.Errorf("text stands for %v", goType)
			}
		}
	}
	walk(summaryType, summarySchema)
	if len(seen) < 15 {
		t.Errorf("only %d types were walked", len(seen))
	}
}

// fullValue gives every field of v a value that no default stands for.
func fullValue(v reflect.Value, depth int) {
	switch {
	case v.Type() == dateType:
		v.SetString("1987-06-05")
	case v.Type() == insType:
		v.Set(reflect.ValueOf(someINS[3]))
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.Kind() == reflect.Bool:
		v.SetBool(v.Type().Kind() == reflect.Bool)
	case v.Kind() == reflect.Int:
		v.SetInt(3)
	case v.Kind() == reflect.Slice:
		if depth < 7 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fullValue(v.Index(0), depth+1)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fullValue(v.Field(i), depth+1)
		}
		if none := v.FieldByName("None"); none.IsValid() {
			none.SetBool(false)
		}
	}
}

func TestEveryFieldComesBack(t *testing.T) {
	s := new(record.Summary)
	fullValue(reflect.ValueOf(s).Elem(), 0)
	body, err := encodeBody(s)
	if err != nil {
		t.Fatal(err)
	}
	got, unknown, err := decodeBody(body)
	if err != nil || unknown != 0 || !reflect.DeepEqual(got, s) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, s)
	}
}

func TestBodyEncodeDecodeIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genMessage(2).Draw(t, "message")
		body, err := encodeBody(s)
		if err != nil {
			t.Fatal(err)
		}
		got, unknown, err := decodeBody(body)
		if err != nil || unknown != 0 {
			t.Fatalf("%v, %d unknown keys, in %x", err, unknown, body)
		}
		if !reflect.DeepEqual(got, s) {
			t.Fatalf("got  %+v\nwant %+v", got, s)
		}
	})
}

func TestWhatCannotBeCarriedIsRefused(t *testing.T) {
	deep := record.Observation{What: record.Text("x")}
	for range 20 {
		deep = record.Observation{Components: []record.Observation{deep}}
	}
	for _, c := range []struct {
		name string
		s    record.Summary
	}{
		{"text that is not UTF-8", record.Summary{Language: "\xff"}},
		{"a date that is none", record.Summary{UpdatedAt: "2024-02-30"}},
		{"none known with entries", record.Summary{Problems: record.Section[record.Problem]{None: true, Entries: make([]record.Problem, 1)}}},
		{"none known with omitted entries", record.Summary{Problems: record.Section[record.Problem]{None: true, Omitted: 1}}},
		{"none known with details", record.Summary{Problems: record.Section[record.Problem]{None: true, Details: []record.Problem{{Note: "n"}}}}},
		{"details that say nothing", record.Summary{Problems: record.Section[record.Problem]{Details: make([]record.Problem, 1)}}},
		{"fewer than no entries", record.Summary{Problems: record.Section[record.Problem]{Omitted: -1}}},
		{"nested without end", record.Summary{Results: record.Section[record.Observation]{Entries: []record.Observation{deep}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := encodeBody(&c.s); record.CodeOf(err) != record.CodeInvalid {
				t.Errorf("got %v, want an invalid summary", err)
			}
		})
	}
}

func TestEmptyListsAreNoLists(t *testing.T) {
	s := record.Summary{
		Patient:   record.Patient{GivenNames: []string{}, Identifiers: []record.CodeValue{}},
		Contacts:  []record.Contact{},
		Problems:  record.Section[record.Problem]{Entries: []record.Problem{}},
		Allergies: record.Section[record.Allergy]{Entries: []record.Allergy{{Substance: record.Concept{Codes: []record.CodeValue{}}, Status: "active", Verification: "confirmed"}}},
	}
	body, err := encodeBody(&s)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\xa1\x05\x81\xa0"; string(body) != want {
		t.Errorf("got %x, want %x", body, want)
	}
	if _, _, err := decodeBody(body); err != nil {
		t.Error(err)
	}
}
