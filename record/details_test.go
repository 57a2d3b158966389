package record

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// drawValue gives v a random value by walking its type, so that a field added to
// an entry takes part without anybody remembering it.
func drawValue(t *rapid.T, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "", "a", "b", "active", "intended", "2 fois par jour", "au repas"}).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int:
		v.SetInt(int64(rapid.IntRange(0, 2).Draw(t, "int")))
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "len"); n > 0 && depth < 4 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				drawValue(t, v.Index(i), depth+1)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			drawValue(t, v.Field(i), depth+1)
		}
	default:
		t.Fatalf("no generator for %v", v.Type())
	}
}

func draw[E any](t *rapid.T) (e E) {
	drawValue(t, reflect.ValueOf(&e).Elem(), 0)
	return e
}

// impoverish empties fields and shortens lists of v at random, as any core might.
func impoverish(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			impoverish(t, v.Field(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, v.Len()).Draw(t, "kept")
		if n == 0 {
			v.SetZero()
			return
		}
		items := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			items.Index(i).Set(v.Index(i))
			impoverish(t, items.Index(i))
		}
		v.Set(items)
	default:
		if rapid.Bool().Draw(t, "emptied") {
			v.SetZero()
		}
	}
}

// comesBack checks that an entry is made of its core and its details.
func comesBack[E any](t *rapid.T, entry, core E) {
	if !isPart(entry, core) {
		t.Fatalf("%+v is no part of %+v", core, entry)
	}
	var rest E
	if d := detailsOf([]E{entry}, []E{core}); d != nil {
		rest = d[0]
	}
	if got, ok := merge(core, rest); !ok || !reflect.DeepEqual(got, entry) {
		t.Fatalf("core  %+v\nwith  %+v\ngives %+v, %v\nwant  %+v", core, rest, got, ok, entry)
	}
}

func anyCoreComesBack[E any](t *rapid.T) {
	entry := draw[E](t)
	core := entry
	impoverish(t, reflect.ValueOf(&core).Elem())
	comesBack(t, entry, core)
}

func TestEntriesAreMadeOfAnyCoreAndDetails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anyCoreComesBack[Allergy](t)
		anyCoreComesBack[Medication](t)
		anyCoreComesBack[Problem](t)
		anyCoreComesBack[Procedure](t)
		anyCoreComesBack[Device](t)
		anyCoreComesBack[Immunization](t)
		anyCoreComesBack[Observation](t)
		anyCoreComesBack[Statement](t)
	})
}

func TestDetailsThatAreRefused(t *testing.T) {
	words := func(w ...string) (c []Concept) {
		for _, s := range w {
			c = append(c, Text(s))
		}
		return c
	}
	core := Allergy{Substance: Text("latex"), Reactions: []Reaction{{Manifestations: words("urticaire", "")}}}
	for _, c := range []struct {
		name    string
		details Allergy
		ok      bool
	}{
		{"none", Allergy{}, true},
		{"a field that is not there", Allergy{Note: "gants"}, true},
		{"an item after the others", Allergy{Reactions: []Reaction{{}, {Severity: "mild"}}}, true},
		{"an item that completes another", Allergy{Reactions: []Reaction{{Manifestations: words("", "toux")}}}, true},
		{"an empty item after the others", Allergy{Reactions: []Reaction{{Manifestations: words("", "", "")}}}, true},
		{"another value", Allergy{Substance: Text("lait")}, false},
		{"the same value again", Allergy{Substance: Text("latex")}, false},
		{"another value inside", Allergy{Reactions: []Reaction{{Manifestations: words("toux")}}}, false},
		{"items that say nothing", Allergy{Reactions: []Reaction{{}}}, false},
		{"items that say nothing at the end", Allergy{Reactions: []Reaction{{Manifestations: words("", "")}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := merge(core, c.details)
			if ok != c.ok {
				t.Errorf("got %v, want %v", ok, c.ok)
			}
			if got.Title() != "latex" || got.Reactions[0].Manifestations[0].Label != "urticaire" {
				t.Errorf("the core changed: %+v", got)
			}
		})
	}
}

func TestWhatIsNoPart(t *testing.T) {
	whole := Medication{Drug: Text("a"), Dosages: []Dosage{{Text: "1"}}}
	for _, core := range []Medication{
		{Drug: Text("b")},
		{Drug: Text("a"), Note: "n"},
		{Dosages: []Dosage{{Text: "1"}, {}}},
		{Dosages: []Dosage{{AsNeeded: true}}},
	} {
		if isPart(whole, core) {
			t.Errorf("%+v passes for a part of %+v", core, whole)
		}
	}
}
