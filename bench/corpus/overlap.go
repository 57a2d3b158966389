package corpus

import (
	"reflect"
	"slices"
)

const (
	gram = 8 // bytes
	// vocabulary is how many families a piece of text stands in before it is a
	// common word and says nothing about who copied whom.
	vocabulary = 4
)

// Overlap is how much of the smaller of two files stands in the other.
type Overlap struct {
	A, B  string
	Share float64 // 0 to 1
}

// Overlaps compares the words of files of different families by pieces of eight
// bytes, and returns the pairs that share at least the given part, most alike
// first. Names of code systems do not count, nor does what several families say.
func Overlaps(files []File, share float64) []Overlap {
	grams := make([]map[string]bool, len(files))
	families := map[string]map[string]bool{}
	for i, f := range files {
		grams[i] = gramsOf(f)
		for g := range grams[i] {
			if families[g] == nil {
				families[g] = map[string]bool{}
			}
			families[g][f.Family] = true
		}
	}
	for _, of := range grams {
		for g := range of {
			if len(families[g]) > vocabulary {
				delete(of, g)
			}
		}
	}
	var out []Overlap
	for i := range files {
		for j := range i {
			if files[i].Family == files[j].Family {
				continue
			}
			common := 0
			for g := range grams[i] {
				if grams[j][g] {
					common++
				}
			}
			if n := min(len(grams[i]), len(grams[j])); n > 0 && float64(common) >= share*float64(n) {
				out = append(out, Overlap{files[j].Name, files[i].Name, float64(common) / float64(n)})
			}
		}
	}
	slices.SortFunc(out, func(a, b Overlap) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	return out
}

// gramsOf are the pieces of every text of a summary.
func gramsOf(f File) map[string]bool {
	out := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				if field := v.Type().Field(i); field.IsExported() && field.Name != "System" {
					walk(v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.String:
			text := v.String()
			for i := range len(text) - gram + 1 {
				out[text[i:i+gram]] = true
			}
		}
	}
	walk(reflect.ValueOf(f.Summary))
	return out
}
