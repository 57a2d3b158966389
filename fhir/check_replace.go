package fhir

import (
	"regexp"
	"slices"
	"strings"
)

// patchTarget is what marks a document as replaced may be sent to.
var patchTarget = regexp.MustCompile(`^DocumentReference(/[A-Za-z0-9\-.]{1,64}|\?identifier=[^&|]+\|[^&|]+)$`)

// relations are the codes that a document may relate to another by
// (hl7.org/fhir/R4/valueset-document-relationship-type.html).
var relations = []string{codeReplaces, "transforms", "signs", "appends"}

// supersedes checks what marks a document as replaced against
// IHE.MHD.Patch.Parameters: a FHIRPath patch of its status, and of nothing else.
func (c *check) supersedes(parameters element) {
	operations := parameters.list("parameter")
	if !c.require(len(operations) == 1 && operations[0].text("name") == "operation", parameters.get("parameter"), ruleMHD, "exactly one operation is required") {
		return
	}
	want := map[string]string{"type": "replace", "path": "DocumentReference.status", "value": "superseded"}
	parts := operations[0].list("part")
	for _, part := range parts {
		value := part.text("valueCode")
		if part.text("name") == "path" {
			value = part.text("valueString")
		}
		c.require(want[part.text("name")] == value && value != "", part, ruleMHD, "a patch replaces the status by superseded, and no more")
		delete(want, part.text("name"))
	}
	c.require(len(want) == 0 && len(parts) == 3, operations[0], ruleMHD, "a patch has a type, a path and a value")
}

// replacements checks that documents that replace others and the patches of those
// go together: the one without the other leaves two documents that count, or none.
func (c *check) replacements(documents, patches []element) {
	var targets []string
	for _, document := range documents {
		for _, relation := range document.list("relatesTo") {
			code, target := relation.text("code"), relation.get("target")
			c.require(slices.Contains(relations, code), relation.get("code"), ruleR4, "not a relation that documents may have")
			c.identifies(target, ruleMHD)
			if code != codeReplaces {
				continue
			}
			c.require(len(document.list("relatesTo")) == 1, document.get("relatesTo"), rulePDSm, "a replacement has one relation")
			id := target.get("identifier")
			targets = append(targets, target.text("reference"), "DocumentReference?identifier="+id.text("system")+"|"+id.text("value"))
		}
	}
	c.require(len(targets) == 2*len(patches), c.root.get("entry"), ruleMHD, "each replaced document is marked as superseded, and no other")
	for _, entry := range patches {
		url := entry.get("request").get("url")
		named := slices.ContainsFunc(targets, func(target string) bool {
			return target != "" && (target == url.value || strings.HasSuffix(target, "/"+entry.get("request").text("url")))
		})
		c.require(named, url, ruleMHD, "no document of this Bundle replaces that one")
	}
}
