package qr

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zoneblanche/zoneblanche/record"
)

// TestVectorsSayEverything: each field of each struct, each rank of each table and a
// text without a rank stand in some vector that is believed.
func TestVectorsSayEverything(t *testing.T) {
	files, err := filepath.Glob(vectorFolder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	said := coverage{}
	for _, file := range files {
		v, err := storedVector(strings.TrimSuffix(filepath.Base(file), ".json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range v.Expect {
			var s record.Summary
			if e.Content == nil || !e.Complete {
				continue
			}
			if err := json.Unmarshal(e.Content, &s); err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			said.walk(summarySchema, reflect.ValueOf(s))
		}
	}
	want := coverage{}
	want.all(summarySchema, map[codec]bool{})
	for what := range want {
		if !said[what] {
			t.Errorf("no vector says %s", what)
		}
	}
	if len(want) < 450 {
		t.Errorf("only %d things to say", len(want))
	}
}

// coverage is what was said: "Allergy.Onset", "Allergy.Status active".
type coverage map[string]bool

const unranked = "something without a rank"

// elsewhere are the counts of what no message carries, which a whole summary has not.
var elsewhere = []string{"Summary.ContactsOmitted", "Summary.Abridged"}

func tableName(c enumCodec) string {
	for _, t := range rankTables {
		if &t.table[0] == &c[0] {
			return t.name
		}
	}
	return "a table"
}

func (c coverage) walk(by codec, v reflect.Value) {
	fields := func(name string, fields []field) {
		for _, f := range fields {
			value := v.FieldByName(f.name)
			if !f.codec.empty(value) {
				c[name+"."+f.name] = true
			}
			c.walk(f.codec, value)
		}
	}
	items := func(item codec, v reflect.Value) {
		for i := range v.Len() {
			c.walk(item, v.Index(i))
		}
	}
	switch by := by.(type) {
	case *structCodec:
		fields(structName(by), by.fields)
	case *tupleCodec:
		fields(by.typ.Name(), by.fields)
	case sectionCodec:
		items(by.entries.item, v.FieldByName("Entries"))
	case listCodec:
		items(by.item, v)
	case componentsCodec:
		items(componentSchema, v)
	case enumCodec:
		if rank := slices.Index(by, v.String()); rank >= 0 {
			c[fmt.Sprintf("rank %d of %s", rank, tableName(by))] = true
		} else {
			c[unranked+" of "+tableName(by)] = true
		}
	case conceptCodec:
		for _, code := range v.Interface().(record.Concept).Codes {
			c[fmt.Sprintf("a code of system %d", systemRank(code.System))] = true
		}
	}
}

// all is what there is to say.
func (c coverage) all(by codec, seen map[codec]bool) {
	fields := func(name string, fields []field) {
		for _, f := range fields {
			if what := name + "." + f.name; !slices.Contains(elsewhere, what) {
				c[what] = true
			}
			c.all(f.codec, seen)
		}
	}
	switch by := by.(type) {
	case *structCodec:
		if !seen[by] {
			seen[by] = true
			fields(structName(by), by.fields)
		}
	case *tupleCodec:
		fields(by.typ.Name(), by.fields)
	case sectionCodec:
		c.all(by.entries.item, seen)
	case listCodec:
		c.all(by.item, seen)
	case componentsCodec:
		c.all(componentSchema, seen)
	case enumCodec:
		for rank := range by {
			c[fmt.Sprintf("rank %d of %s", rank, tableName(by))] = true
		}
		c[unranked+" of "+tableName(by)] = true
	case conceptCodec:
		for rank := range systems {
			c[fmt.Sprintf("a code of system %d", rank)] = true
		}
	}
}
