package print

import (
	"strconv"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// Posology says in French how a treatment is taken: the words of the source where
// it has any, completed by its numbers where the words leave them out, otherwise
// words made from its numbers. It is empty when the source says nothing at all.
func Posology(d record.Dosage) string {
	if text := strings.TrimSpace(d.Text); text != "" {
		return strings.Join(append([]string{text}, unsaid(d, strings.ToLower(text))...), ", ")
	}
	var parts []string
	rhythm := rhythm(d.Frequency, d.Period, d.PeriodUnit)
	if first := strings.TrimSpace(dose(d.Dose) + " " + rhythm); first != "" {
		parts = append(parts, first)
	}
	var moments []string
	for _, code := range d.When {
		moments = append(moments, said(momentWords, code))
	}
	if words := enumerate(moments); words != "" {
		parts = append(parts, words)
	}
	if d.AsNeeded {
		parts = append(parts, asNeeded)
	}
	if route := routeWords(d.Route); route != "" {
		parts = append(parts, route)
	}
	return strings.Join(parts, ", ")
}

// unsaid returns what the numbers of d say and its words, given in lower case, do
// not: a text of "à jeun" alone would hide the dose. The number of the dose and a
// word of rhythm are looked for; where they are there, the words are believed.
func unsaid(d record.Dosage, text string) []string {
	var parts []string
	if v := d.Dose.Value; v != "" && !mentions(text, v, strings.Replace(v, ".", ",", 1)) && !(v == "1" && mentions(text, "un ", "une ")) {
		parts = append(parts, dose(d.Dose))
	}
	if words := rhythm(d.Frequency, d.Period, d.PeriodUnit); words != "" && len(d.When) == 0 && !mentions(text, rhythmWords...) {
		parts = append(parts, words)
	}
	if d.AsNeeded && !mentions(text, asNeededWords...) {
		parts = append(parts, asNeeded)
	}
	// By mouth goes without saying; a vein, a muscle or the skin does not.
	if route := routeWords(d.Route); route != "" && !mentions(strings.ToLower(route), oralWords...) && !mentions(text, routeNouns(route)...) {
		parts = append(parts, route)
	}
	return parts
}

// routeWords says by which way a drug is given.
func routeWords(c record.Concept) string {
	route := c.String()
	if route == "" {
		return ""
	}
	if !strings.HasPrefix(strings.ToLower(route), routePrefix) {
		route = routePrefix + " " + route
	}
	return strings.ToLower(route[:1]) + route[1:]
}

// routeNouns are the words of a route that a text may have said already, by their
// stems: sous-cutanée is also "sous-cutané".
func routeNouns(route string) []string {
	var out []string
	for _, word := range strings.Fields(strings.ToLower(route))[1:] {
		if stem := strings.TrimSuffix(word, "e"); len(stem) > 3 {
			out = append(out, stem)
		}
	}
	return out
}

func mentions(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// dose writes a quantity with its unit in the plural where French wants it.
func dose(q record.Quantity) string {
	words := q.String()
	value, err := strconv.ParseFloat(q.Value, 64)
	if err != nil || value < 2 {
		return words
	}
	number, unit, ok := strings.Cut(words, "\u00a0")
	if !ok {
		return words
	}
	first, rest, _ := strings.Cut(unit, " ")
	if !countedUnits[strings.ToLower(first)] {
		return words
	}
	if rest != "" {
		rest = " " + rest
	}
	if strings.HasSuffix(first, "eau") {
		return number + "\u00a0" + first + "x" + rest
	}
	return number + "\u00a0" + first + "s" + rest
}

// rhythm says how often. A period without a frequency is once a period.
func rhythm(frequency int, period, unit string) string {
	if unit == "" {
		if frequency > 0 {
			return times(frequency)
		}
		return ""
	}
	u, known := periodUnits[unit]
	if !known {
		u = periodUnit{one: "par " + unit, every: "tous les", many: unit}
	}
	frequency = max(frequency, 1)
	if period == "" || period == "1" || period == "1.0" {
		if u.each != "" && frequency == 1 {
			return u.each
		}
		return times(frequency) + " " + u.one
	}
	each := u.every + " " + strings.Replace(period, ".", ",", 1) + " " + u.many
	if frequency == 1 {
		return each
	}
	return times(frequency) + " " + each
}

func times(n int) string { return strconv.Itoa(n) + " fois" }

// enumerate joins words as French does: le matin, à midi et le soir.
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + and + words[last]
}
