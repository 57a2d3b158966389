package record

import "reflect"

// This file takes entries apart and puts them together again, field by field,
// whatever their type: subtract gives the details of an entry, that is what its
// core does not say, and add gives the entry back. A zero value in details means
// "as in the core".
//
// Text, numbers and booleans are in the core or in the details, never in both.
// Lists go by rank: an item of the details completes the item of the same rank of
// the core, and the items beyond the core's follow. Zero items at the end, where
// they would say nothing, are left out.

// detailsOf returns the details of the entries that have a core, zero values at
// the end left out.
func detailsOf[E any](entries, cores []E) []E {
	details := make([]E, len(cores))
	for i := range details {
		subtract(reflect.ValueOf(&details[i]).Elem(), reflect.ValueOf(entries[i]), reflect.ValueOf(cores[i]))
	}
	return withoutTail(details)
}

func isZero[E any](e E) bool { return reflect.ValueOf(&e).Elem().IsZero() }

// withoutTail leaves out the items at the end that say nothing; nil when none
// says anything.
func withoutTail[E any](items []E) []E {
	for n := len(items); n > 0; n-- {
		if !isZero(items[n-1]) {
			return items[:n:n]
		}
	}
	return nil
}

// isPart reports whether core says nothing that entry does not.
func isPart[E any](entry, core E) bool {
	var rest E
	return subtract(reflect.ValueOf(&rest).Elem(), reflect.ValueOf(entry), reflect.ValueOf(core))
}

// subtract sets rest, which is zero, to what core lacks of whole. It returns
// false when core is not a part of whole.
func subtract(rest, whole, core reflect.Value) bool {
	switch whole.Kind() {
	case reflect.Struct:
		ok := true
		for i := range whole.NumField() {
			ok = subtract(rest.Field(i), whole.Field(i), core.Field(i)) && ok
		}
		return ok
	case reflect.Slice:
		return subtractList(rest, whole, core)
	}
	switch {
	case whole.Equal(core):
	case core.IsZero():
		rest.Set(whole)
	default:
		return false
	}
	return true
}

func subtractList(rest, whole, core reflect.Value) bool {
	n := core.Len()
	if n > whole.Len() {
		return false
	}
	ok, last := true, 0 // last counts the items up to the last that says something
	items := reflect.MakeSlice(whole.Type(), whole.Len(), whole.Len())
	for i := range whole.Len() {
		if i >= n {
			items.Index(i).Set(whole.Index(i))
			last = i + 1
			continue
		}
		ok = subtract(items.Index(i), whole.Index(i), core.Index(i)) && ok
		if !items.Index(i).IsZero() {
			last = i + 1
		}
	}
	if last > 0 {
		rest.Set(items.Slice3(0, last, last))
	}
	return ok
}

// merge gives the entry back. It returns false when the details contradict the
// core, whose word then stands, or are spelled as no writer does.
func merge[E any](core, details E) (entry E, ok bool) {
	ok = add(reflect.ValueOf(&entry).Elem(), reflect.ValueOf(core), reflect.ValueOf(details))
	return entry, ok
}

// add sets whole, which is zero, to core completed by rest.
func add(whole, core, rest reflect.Value) bool {
	switch core.Kind() {
	case reflect.Struct:
		ok := true
		for i := range core.NumField() {
			ok = add(whole.Field(i), core.Field(i), rest.Field(i)) && ok
		}
		return ok
	case reflect.Slice:
		return addList(whole, core, rest)
	}
	if core.IsZero() {
		whole.Set(rest)
		return true
	}
	whole.Set(core)
	return rest.IsZero()
}

func addList(whole, core, rest reflect.Value) bool {
	n, m := core.Len(), rest.Len()
	switch {
	case m == 0:
		whole.Set(core)
		return true
	case n == 0:
		whole.Set(rest)
		return true
	}
	ok := m > n || !rest.Index(m-1).IsZero()
	items := reflect.MakeSlice(core.Type(), max(n, m), max(n, m))
	for i := range items.Len() {
		switch {
		case i >= m:
			items.Index(i).Set(core.Index(i))
		case i >= n:
			items.Index(i).Set(rest.Index(i))
		default:
			ok = add(items.Index(i), core.Index(i), rest.Index(i)) && ok
		}
	}
	whole.Set(items)
	return ok
}
