package fhir

import (
	"slices"
	"strconv"
	"strings"
)

// references checks every Reference below e, inside the resource owner: it says
// something, and what it points to within the Bundle is there
// (hl7.org/fhir/R4/bundle.html#references).
func (c *check) references(owner, e element) {
	switch v := e.value.(type) {
	case map[string]any:
		if reference, ok := v["reference"].(string); ok {
			c.reference(owner, e, reference)
		}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			c.references(owner, e.get(name))
		}
	case []any:
		for i, item := range v {
			c.references(owner, element{item, e.path + "[" + strconv.Itoa(i) + "]"})
		}
	}
}

func (c *check) reference(owner, at element, reference string) {
	kind, query, conditional := strings.Cut(reference, "?")
	switch {
	case strings.HasPrefix(reference, "#"):
		c.require(containedOf(owner, reference).exists(), at, ruleR4, "the contained resource is not there")
	case strings.HasPrefix(reference, urnUUID):
		_, there := c.byURL[reference]
		c.require(there, at, ruleR4, "the referenced entry is not in the Bundle")
	case conditional:
		c.require(kind != "" && strings.Contains(query, "="), at, ruleR4, "not a conditional reference")
	default:
		c.require(literalPattern.MatchString(reference), at, ruleR4, "not a reference as FHIR writes them")
	}
}

// containedOf returns the contained resource that "#id" names.
func containedOf(owner element, reference string) element {
	for _, resource := range owner.list("contained") {
		if id := resource.text("id"); id != "" && reference == "#"+id {
			return resource
		}
	}
	return element{nil, owner.path + ".contained"}
}

// contained checks that at refers to a contained resource of one of the types.
// MHD's comprehensive profiles want authors and patient inside, so that the
// description stands by itself.
func (c *check) contained(owner, at element, rule string, types ...string) {
	if !c.require(at.exists(), at, rule, "a reference is required") {
		return
	}
	target := containedOf(owner, at.text("reference"))
	if c.require(target.exists(), at, ruleMHD, "must refer to a contained resource") {
		c.require(slices.Contains(types, target.kind()), at, rule, "refers to a resource of another type than "+strings.Join(types, ", "))
	}
}

// allContained checks each contained resource: an id of its own, and somebody who
// refers to it (invariants dom-2 to dom-5 of DomainResource).
func (c *check) allContained(owner element) {
	items := owner.list("contained")
	c.require(len(items) > 0, owner.get("contained"), rulePDSm, "a contained author is required")
	used, ids := map[string]bool{}, map[string]bool{}
	localReferences(owner.value, used)
	for _, item := range items {
		id := item.text("id")
		c.require(id != "" && !ids[id], item.get("id"), ruleR4, "a contained resource needs an id of its own")
		ids[id] = true
		c.require(item.kind() != "", item, ruleR4, "a contained resource needs its type")
		c.require(used["#"+id], item, ruleR4, "nothing refers to this contained resource")
		c.require(!item.get("contained").exists(), item, ruleR4, "a contained resource contains none")
	}
}

func localReferences(v any, used map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if reference, ok := v["reference"].(string); ok && strings.HasPrefix(reference, "#") {
			used[reference] = true
		}
		for _, child := range v {
			localReferences(child, used)
		}
	case []any:
		for _, child := range v {
			localReferences(child, used)
		}
	}
}

// identifies checks a Reference to a patient, a custodian or the like: something
// that leads to somebody.
func (c *check) identifies(at element, rule string) {
	c.require(at.text("reference") != "" || at.get("identifier").text("value") != "", at, rule, "a reference or an identifier is required")
}
