package fhir

import (
	"bytes"
	"encoding/json"
	"strings"
)

// ipsFate is what became of a resource.
type ipsFate int

const (
	ipsPending        ipsFate = iota
	ipsCarried                // its content is in the summary
	ipsInfrastructure         // it serves others: patient, author, organisation, drug
	ipsListed                 // it is in the list of what was left out
)

// ipsResource is one resource of a Bundle, or one that another contains.
type ipsResource struct {
	*ipsNode
	Type      string
	ID        string
	FullURL   string
	fate      ipsFate
	contained map[string]*ipsResource
	order     []string // of contained, by identifier
}

// newIPSResource reads a resource's frame. A resource that is none has Type "".
func newIPSResource(raw json.RawMessage, fullURL string, nested bool) *ipsResource {
	r := &ipsResource{ipsNode: &ipsNode{read: map[string]bool{}}, FullURL: fullURL}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		return r
	}
	if err := json.Unmarshal(raw, r.ipsNode); err != nil {
		return r
	}
	r.Type, r.ID = r.text("resourceType"), r.text("id")
	if nested {
		return r
	}
	for _, c := range ipsAll[json.RawMessage](r.ipsNode, "contained") {
		inner := newIPSResource(c, "", true)
		inner.FullURL = fullURL
		if r.contained == nil {
			r.contained = map[string]*ipsResource{}
		}
		if _, ok := r.contained[inner.ID]; !ok {
			r.contained[inner.ID] = inner
			r.order = append(r.order, inner.ID)
		}
		inner.contained = r.contained // a contained resource may name its siblings
	}
	return r
}

// ipsIndex finds the resource that a reference means. Sources mix five ways of
// writing one: the entry's fullUrl, a relative "Type/id", an absolute URL of
// another server, "urn:uuid:" with the resource's id, and an identifier.
type ipsIndex struct {
	byURL        map[string]*ipsResource
	byType       map[string]*ipsResource
	byID         map[string]*ipsResource // nil for an id that two resources share
	byIdentifier map[string]*ipsResource
}

func newIPSIndex(resources []*ipsResource) *ipsIndex {
	x := &ipsIndex{
		byURL:        map[string]*ipsResource{},
		byType:       map[string]*ipsResource{},
		byID:         map[string]*ipsResource{},
		byIdentifier: map[string]*ipsResource{},
	}
	for _, r := range resources {
		if r.Type == "" {
			continue
		}
		x.add(x.byURL, ipsURL(r.FullURL), r)
		if r.ID != "" {
			x.add(x.byType, r.Type+"/"+r.ID, r)
			x.unique(r.ID, r)
		}
		if last := ipsLast(r.FullURL); last != "" && last != r.ID {
			x.add(x.byType, r.Type+"/"+last, r)
			x.unique(last, r)
		}
		if raw, ok := r.fields["identifier"]; ok {
			var ids ipsMany[ipsIdentifier]
			if json.Unmarshal(raw, &ids) == nil {
				for _, id := range ids {
					if id.Value != "" {
						x.add(x.byIdentifier, string(id.System)+"|"+string(id.Value), r)
					}
				}
			}
		}
	}
	return x
}

func (x *ipsIndex) add(m map[string]*ipsResource, key string, r *ipsResource) {
	if key == "" {
		return
	}
	if _, ok := m[key]; !ok {
		m[key] = r
	}
}

func (x *ipsIndex) unique(id string, r *ipsResource) {
	id = strings.ToLower(id)
	if other, ok := x.byID[id]; ok && other != r {
		x.byID[id] = nil
		return
	}
	x.byID[id] = r
}

// ipsURL is a fullUrl without what may differ between two spellings of it.
func ipsURL(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, "/_history/"); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimRight(s, "/"))
}

// ipsLast is the last part of a URL or URN.
func ipsLast(s string) string {
	if i := strings.Index(s, "/_history/"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimRight(strings.TrimSpace(s), "/")
	return s[strings.LastIndexAny(s, "/:")+1:]
}

// resolve returns the resource that ref means inside from, or nil.
func (x *ipsIndex) resolve(from *ipsResource, ref ipsReference) *ipsResource {
	s := strings.TrimSpace(string(ref.Reference))
	switch {
	case s == "":
		if ref.Identifier.Value != "" {
			return x.byIdentifier[string(ref.Identifier.System)+"|"+string(ref.Identifier.Value)]
		}
		return nil
	case strings.HasPrefix(s, "#"):
		if from == nil {
			return nil
		}
		if c, ok := from.contained[s[1:]]; ok {
			return c
		}
		return from.contained[s] // some sources write the mark into the id
	}
	if r := x.byURL[ipsURL(s)]; r != nil {
		return r
	}
	last := ipsLast(s)
	before := strings.TrimSuffix(s[:strings.LastIndex(s, last)], "/")
	typed := ipsLast(before) + "/" + last
	// A relative reference is relative to where the referring entry lives.
	if from != nil && !strings.Contains(s, ":") {
		if own := from.Type + "/" + ipsLast(from.FullURL); strings.HasSuffix(from.FullURL, "/"+own) {
			if r := x.byURL[ipsURL(strings.TrimSuffix(from.FullURL, own)+s)]; r != nil {
				return r
			}
		}
	}
	if r := x.byType[typed]; r != nil {
		return r
	}
	// A URN, or a bare id: the id alone decides, where one resource only has it.
	if strings.HasPrefix(strings.ToLower(s), "urn:") || !strings.ContainsAny(s, "/") {
		return x.byID[strings.ToLower(last)]
	}
	return nil
}
