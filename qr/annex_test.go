package qr

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var updateAnnex = flag.Bool("update-annex", false, "write the tables of doc/card-format-tables.md from the schema")

const annexFile = "../doc/card-format-tables.md"

const annexHead = `# The card format: tables

Normative, part of [card-format.md](card-format.md), sections 4 and 5. These tables are
written out of the program's own (` + "`go test ./qr -run Annex -update-annex`" + `), which a test
compares with this file. How each kind of value is written stands in section 4.

`

// annex writes the schema as the tables of the specification.
type annex struct {
	b    strings.Builder
	done map[string]bool
	next []*structCodec
}

// name says what a codec is called in the specification.
func (a *annex) name(c codec) string {
	switch c := c.(type) {
	case textCodec:
		return "text"
	case intCodec:
		return "number"
	case boolCodec:
		return "true or absent"
	case dateCodec:
		return "date"
	case conceptCodec:
		return "concept"
	case matriculeCodec:
		return "matricule"
	case componentsCodec:
		return "list of Component"
	case listCodec:
		return "list of " + a.name(c.item)
	case packedCodec:
		for name, p := range map[string]packing{"whole number": whole, "decimal": decimal, "RPPS": rpps, "FINESS": finess, "telephone": phone} {
			if reflect.ValueOf(p.pack).Pointer() == reflect.ValueOf(c.pack).Pointer() && p.unpackSample() == c.unpackSample() {
				return "packed " + name
			}
		}
	case enumCodec:
		for _, t := range rankTables {
			if len(t.table) == len(c) && &t.table[0] == &c[0] {
				return "rank of " + t.name
			}
		}
	case *structCodec:
		a.next = append(a.next, c)
		return structName(c)
	case *tupleCodec:
		return "tuple " + c.typ.Name()
	case sectionCodec:
		return "section of " + a.name(c.entries.item)
	}
	return fmt.Sprintf("? %T", c)
}

// unpackSample tells packings apart that are made by the same function.
func (p packing) unpackSample() string {
	s, _ := p.unpack(12)
	return s
}

func structName(c *structCodec) string {
	if c == componentSchema {
		return "Component"
	}
	if c.typ.Name() == "Statement" {
		return "Statement (" + defaultOf(c.fields[1]) + ")"
	}
	return c.typ.Name()
}

// rankTables are the tables of ranks by the name that the specification gives them.
var rankTables = []struct {
	name  string
	table enumCodec
}{
	{"systems", systemNames}, {"INS authorities", insOIDs}, {"sexes", sexes}, {"languages", languages}, {"roles", roles},
	{"relations", relations}, {"allergy types", allergyTypes}, {"categories", categories}, {"criticality", criticality},
	{"severities", severities}, {"verification", verification}, {"statuses", statuses}, {"comparators", comparators},
	{"period units", periodUnits}, {"moments", moments}, {"units", units},
}

// defaultOf describes the default of a field.
func defaultOf(f field) string {
	switch f.name {
	case "Sex":
		return "that of the matricule"
	case "BirthPlace":
		return "characters 6 to 10 of the matricule"
	case "Period", "PeriodUnit":
		dosage := reflect.New(dosageSchema.typ).Elem()
		dosage.FieldByName("Frequency").SetInt(1)
		return fmt.Sprintf("%q if frequency is there", f.def(dosage))
	case "OID":
		return f.def(reflect.Value{})
	}
	if f.def == nil {
		return ""
	}
	return f.def(reflect.Value{})
}

// jsonName is how the program's JSON calls a field.
func jsonName(t reflect.Type, name string) string {
	f, _ := t.FieldByName(name)
	tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if tag == "" || tag == "-" {
		return name
	}
	return tag
}

func (a *annex) fields(t reflect.Type, fields []field) {
	a.b.WriteString("| key | field | written as | default |\n|---|---|---|---|\n")
	for _, f := range fields {
		def := ""
		if f.def != nil {
			def = "`" + defaultOf(f) + "`"
			if strings.Contains(def, " ") {
				def = defaultOf(f)
			}
		}
		fmt.Fprintf(&a.b, "| %d | %s | %s | %s |\n", f.key, jsonName(t, f.name), a.name(f.codec), def)
	}
	a.b.WriteString("\n")
}

func (a *annex) structs(c *structCodec) {
	if a.done[structName(c)] {
		return
	}
	a.done[structName(c)] = true
	bare := ""
	if c.bare {
		bare = ", bare"
	}
	fmt.Fprintf(&a.b, "### %s%s\n\n", structName(c), bare)
	a.fields(c.typ, c.fields)
	for len(a.next) > 0 {
		next := a.next[0]
		a.next = a.next[1:]
		a.structs(next)
	}
}

func annexText() string {
	a := &annex{done: map[string]bool{}}
	a.b.WriteString(annexHead)
	a.b.WriteString("## A. Keys\n\nA field is left out when it has its default, which is emptiness where none is given. Fields\nhave the names that the program's JSON gives them.\n\n")
	a.structs(summarySchema)
	a.structs(componentSchema)
	a.b.WriteString("## B. Tuples\n\nHere the key is the place in the array, from 0.\n\n")
	for _, c := range []*tupleCodec{insSchema, identifierSchema, quantitySchema} {
		fmt.Fprintf(&a.b, "### %s\n\n", c.typ.Name())
		a.fields(c.typ, c.fields)
	}
	a.b.WriteString("## C. Ranks\n\nFrom rank 0 on; `\"\"` is the empty text.\n\n")
	for _, t := range rankTables {
		fmt.Fprintf(&a.b, "**%s**: ", t.name)
		for i, s := range t.table {
			if i > 0 {
				a.b.WriteString(", ")
			}
			if s == "" {
				s = `""`
			}
			fmt.Fprintf(&a.b, "%d `%s`", i, s)
		}
		a.b.WriteString(".\n\n")
	}
	a.b.WriteString("## D. How the codes of a system are packed\n\n| ranks of systems | codes |\n|---|---|\n")
	for _, p := range []struct {
		name string
		packing
	}{{"packed ATC", atcCode}, {"packed ICD-10", icdCode}, {"packed LOINC", loincCode}, {"packed RPPS", rpps}, {"packed FINESS", finess}, {"packed whole number", whole}} {
		var ranks []string
		for i, s := range systems {
			if reflect.ValueOf(s.value.pack).Pointer() == reflect.ValueOf(p.pack).Pointer() && s.value.unpackSample() == p.unpackSample() {
				ranks = append(ranks, fmt.Sprint(i))
			}
		}
		fmt.Fprintf(&a.b, "| %s | %s |\n", strings.Join(ranks, ", "), p.name)
	}
	return a.b.String()
}

func TestAnnexIsTheSchema(t *testing.T) {
	got := annexText()
	if strings.Contains(got, "? ") {
		t.Error("something of the schema has no name")
	}
	if *updateAnnex {
		if err := os.WriteFile(annexFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(annexFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("doc/card-format-tables.md is not what the schema says: go test ./qr -run Annex -update-annex, and think whether cards that are printed stay readable")
	}
}
