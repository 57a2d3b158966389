package qr

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
	"pgregory.net/rapid"
)

// Random summaries for the properties, made by walking the Go types, so that a
// field added to the domain takes part without anybody remembering it.

var (
	dateType    = reflect.TypeFor[record.Date]()
	insType     = reflect.TypeFor[record.INS]()
	summaryType = reflect.TypeFor[record.Summary]()

	words = []string{"", "", "Paracétamol 1 g", "1 comprimé le matin", "Œdème", "active", "confirmed", "final", "completed",
		"R", "mg", "7.2", "0.050", "12", "08", "-3", "1e5", "I10", "E11.9", "N02BE01", "2339-0", "2339-1", "10100862514",
		"0612345678", "06 12 34 56 78", "+33612345678", "+33 6 12 34 56 78", "emergency", "F", "d", "1", "fr-FR", "75056", "2A004", "0",
		"\x00", "\u2028", strings.Repeat("é", 30)}

	someINS = []record.INS{{}, {}, {Matricule: ins("2790351215189"), OID: record.OIDINSTest}, {Matricule: ins("148022B963001"), OID: record.OIDINSNIR},
		{Matricule: ins("180112A004012"), OID: record.OIDINSNIA}, {Matricule: ins("1801120004012"), OID: ""}, {Matricule: "123456789012345", OID: record.OIDINSTest}, {Matricule: "12", OID: "1.2.3"}, {OID: "1.2.3"}}
)

func ins(thirteen string) string {
	key, err := record.INSKey(thirteen)
	if err != nil {
		panic(err)
	}
	return thirteen + key
}

func genText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(words), rapid.StringN(0, 12, 40))
}

func genSystem() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 4).Draw(t, "other") == 0 {
			return rapid.StringN(0, 12, 30).Draw(t, "system")
		}
		return rapid.SampledFrom(systems).Draw(t, "known").uri
	})
}

func genDate() *rapid.Generator[record.Date] {
	return rapid.Custom(func(t *rapid.T) record.Date {
		day := fmt.Sprintf("%04d-%02d-%02d", rapid.OneOf(rapid.IntRange(1890, 2100), rapid.IntRange(0, 9999)).Draw(t, "year"),
			rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
		at := fmt.Sprintf("T%02d:%02d:%02d", rapid.IntRange(0, 23).Draw(t, "h"), rapid.IntRange(0, 59).Draw(t, "min"), rapid.SampledFrom([]int{0, 0, 7, 59, 60}).Draw(t, "s"))
		zone := rapid.SampledFrom([]string{"Z", "+01:00", "+02:00", "+00:00", "-00:00", "-04:30", "+05:45", "+05:41", "+14:59"}).Draw(t, "zone")
		switch rapid.IntRange(0, 5).Draw(t, "precision") {
		case 0:
			return ""
		case 1:
			return record.Date(day[:4])
		case 2:
			return record.Date(day[:7])
		case 3:
			return record.Date(day + at + zone)
		case 4:
			return record.Date(day + at + rapid.SampledFrom([]string{".5", ".123", ".000000001"}).Draw(t, "fraction") + zone)
		}
		return record.Date(day)
	})
}

// fillValue gives v a random value that the format can carry. size bounds the
// entries of a list.
func fillValue(t *rapid.T, v reflect.Value, size, depth int) {
	switch {
	case v.Type() == dateType:
		v.SetString(string(genDate().Draw(t, "date")))
	case v.Type() == insType:
		v.Set(reflect.ValueOf(rapid.SampledFrom(someINS).Draw(t, "ins")))
	case v.Kind() == reflect.String:
		v.SetString(genText().Draw(t, "text"))
	case v.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case v.Kind() == reflect.Int:
		v.SetInt(int64(rapid.SampledFrom([]int{0, 0, 1, 2, 24, 300, 70000}).Draw(t, "int")))
	case v.Kind() == reflect.Slice:
		if n := rapid.IntRange(0, size).Draw(t, "len"); n > 0 && depth < 7 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fillValue(t, v.Index(i), size, depth+1)
			}
		}
	case v.Type() == reflect.TypeFor[record.CodeValue]():
		v.Set(reflect.ValueOf(record.CodeValue{System: genSystem().Draw(t, "system"), Value: genText().Draw(t, "code"), Label: genText().Draw(t, "label")}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			// Only the rest of a split has details: see genMessage.
			if v.Type().Field(i).Name != "Details" {
				fillValue(t, v.Field(i), size, depth+1)
			}
		}
		if none := v.FieldByName("None"); none.IsValid() && (v.FieldByName("Entries").Len() > 0 || v.FieldByName("Omitted").Int() > 0) {
			none.SetBool(false)
		}
	default:
		t.Fatalf("no generator for %v", v.Type())
	}
}

// genSummary makes sorted summaries with up to size entries in each list.
func genSummary(size int) *rapid.Generator[*record.Summary] {
	return rapid.Custom(func(t *rapid.T) *record.Summary {
		s := new(record.Summary)
		v := reflect.ValueOf(s).Elem()
		for i := range v.NumField() {
			// Leave most sections out now and then, as real summaries do.
			if rapid.IntRange(0, 2).Draw(t, "present") > 0 {
				fillValue(t, v.Field(i), size, 0)
			}
		}
		s.Sort()
		return s
	})
}

// genMessage makes what a message may say that is not a whole summary: sections
// with details.
func genMessage(size int) *rapid.Generator[*record.Summary] {
	return rapid.Custom(func(t *rapid.T) *record.Summary {
		s := genSummary(size).Draw(t, "summary")
		v := reflect.ValueOf(s).Elem()
		for i := range v.NumField() {
			details := v.Field(i)
			if details.Kind() != reflect.Struct {
				continue
			}
			if details = details.FieldByName("Details"); !details.IsValid() || !rapid.Bool().Draw(t, "detailed") {
				continue
			}
			fillValue(t, details, size, 1)
			n := details.Len()
			for n > 0 && details.Index(n-1).IsZero() {
				n--
			}
			details.Set(details.Slice(0, n))
			if n == 0 {
				details.SetZero()
				continue
			}
			v.Field(i).FieldByName("None").SetBool(false)
		}
		return s
	})
}
