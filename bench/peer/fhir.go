package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/zoneblanche/zoneblanche/fhir"
	"github.com/zoneblanche/zoneblanche/record"
)

// object is a JSON object, list a JSON array. Numbers are json.Number throughout,
// so that "5.0" stays "5.0".
type (
	object = map[string]any
	list   = []any
)

// Content is what both peers sign: a FHIR R4 Bundle of type collection.
type Content struct {
	tree object
	// sections are the entries of each section, by their place in the Bundle. No
	// peer carries them; the check of the content needs them ([Content.Document]).
	sections []section
}

type section struct {
	code    any
	entries []int
}

// NewContent turns what a card carries into the least FHIR that says the same.
func NewContent(s *record.Summary) (*Content, error) {
	g, c, err := export(s)
	if err != nil {
		return nil, err
	}
	for _, url := range g.order {
		slim(g, g.resources[url])
	}
	c.fill(g, g.roots())
	return c, nil
}

// NewPlainContent is the FHIR that the program exports, its author included, with
// no more taken away than SMART Health Cards demand: the Composition is not carried
// either, but identifiers have types, drugs are resources of their own, and what is
// unknown is said to be. It tells how much the care of [NewContent] is worth.
func NewPlainContent(s *record.Summary) (*Content, error) {
	g, c, err := export(s)
	if err != nil {
		return nil, err
	}
	for _, url := range g.order {
		for _, name := range forbidden {
			delete(g.resources[url], name)
		}
	}
	c.fill(g, g.order)
	return c, nil
}

// forbidden are the elements that no resource of a health card has.
var forbidden = []string{"id", "meta", "text", "language"}

// export writes s as FHIR, and starts a content of it.
func export(s *record.Summary) (*graph, *Content, error) {
	data, err := fhir.ExportBundle(s, fhir.ExportOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("write the content as FHIR: %w", err)
	}
	var document object
	if err := parse(data, &document); err != nil {
		return nil, nil, fmt.Errorf("read the exported document: %w", err)
	}
	c := &Content{tree: object{"resourceType": "Bundle", "type": "collection"}}
	if s.Language != "" {
		c.tree["language"] = s.Language
	}
	if s.UpdatedAt.Known() {
		c.tree["timestamp"] = document["timestamp"] // exported from UpdatedAt
	}
	return newGraph(document), c, nil
}

// fill puts the resources that roots lead to into the content.
func (c *Content) fill(g *graph, roots []string) {
	places := g.number(roots)
	var entries list
	for i, url := range g.numbered {
		resource := g.resources[url]
		renumber(resource, places)
		entries = append(entries, object{"fullUrl": place(i), "resource": resource})
	}
	c.tree["entry"] = entries
	for _, from := range g.sections {
		to := section{code: from["code"]}
		for _, ref := range references(from["entry"]) {
			to.entries = append(to.entries, places[ref])
		}
		if len(to.entries) > 0 {
			c.sections = append(c.sections, to)
		}
	}
}

// JSON is the content, minified, with members in alphabetical order.
func (c *Content) JSON() ([]byte, error) { return minify(c.tree) }

// Document is the content with the Composition that neither peer carries, so that
// the program's own import can say what the content says.
func (c *Content) Document() ([]byte, error) {
	composition := object{"resourceType": "Composition", "status": "final", "subject": object{"reference": place(0)}}
	var sections list
	for _, s := range c.sections {
		var entries list
		for _, i := range s.entries {
			entries = append(entries, object{"reference": place(i)})
		}
		sections = append(sections, object{"code": s.code, "entry": entries})
	}
	composition["section"] = sections
	document := object{"type": "document"}
	for name, value := range c.tree {
		if name != "type" && name != "entry" {
			document[name] = value
		}
	}
	document["entry"] = append(list{object{"fullUrl": "resource:composition", "resource": composition}}, c.tree["entry"].(list)...)
	return minify(document)
}

// graph is a document's resources by their fullUrl.
type graph struct {
	order     []string // as they stand in the document, the Composition left out
	resources map[string]object
	sections  []object
	numbered  []string // those that the content keeps, in its order
}

func newGraph(document object) *graph {
	g := &graph{resources: map[string]object{}}
	for _, e := range objects(document["entry"]) {
		url, resource := e["fullUrl"].(string), e["resource"].(object)
		if resource["resourceType"] == "Composition" {
			g.sections = objects(resource["section"])
			continue
		}
		g.order = append(g.order, url)
		g.resources[url] = resource
	}
	return g
}

// roots are the patient and the entries of the sections. Who wrote the document
// is led to by the Composition alone, and goes with it.
func (g *graph) roots() []string {
	var out []string
	for _, url := range g.order {
		if g.resources[url]["resourceType"] == "Patient" {
			out = append(out, url)
		}
	}
	for _, s := range g.sections {
		out = append(out, references(s["entry"])...)
	}
	return out
}

// number gives each resource that roots lead to its place in the content.
func (g *graph) number(roots []string) map[string]int {
	places := map[string]int{}
	var visit func(url string)
	visit = func(url string) {
		if _, done := places[url]; done || g.resources[url] == nil {
			return
		}
		places[url] = len(g.numbered)
		g.numbered = append(g.numbered, url)
		for _, ref := range references(g.resources[url]) {
			visit(ref)
		}
	}
	for _, url := range roots {
		visit(url)
	}
	return places
}

// place is a fullUrl as SMART Health Cards want them.
func place(i int) string { return "resource:" + strconv.Itoa(i) }

// references lists the references within v, in a fixed order.
func references(v any) []string {
	var out []string
	switch v := v.(type) {
	case object:
		if ref, ok := v["reference"].(string); ok {
			out = append(out, ref)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, references(v[name])...)
		}
	case list:
		for _, item := range v {
			out = append(out, references(item)...)
		}
	}
	return out
}

func renumber(v any, places map[string]int) {
	switch v := v.(type) {
	case object:
		if ref, ok := v["reference"].(string); ok {
			v["reference"] = place(places[ref])
		}
		for _, inner := range v {
			renumber(inner, places)
		}
	case list:
		for _, item := range v {
			renumber(item, places)
		}
	}
}

func parse(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(to)
}

// minify writes JSON without spaces and without the escapes that only HTML needs.
func minify(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// objects are the objects of an array.
func objects(v any) []object {
	items, _ := v.(list)
	var out []object
	for _, item := range items {
		if o, ok := item.(object); ok {
			out = append(out, o)
		}
	}
	return out
}
