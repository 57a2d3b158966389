package fhir

import "strings"

// submissionSet checks the List against pdsm-submissionset-comprehensive 3.1.1
// and its parent, IHE.MHD.Comprehensive.SubmissionSet.
func (c *check) submissionSet(list element, documents []element) {
	c.allContained(list)
	c.coded(extension(list, extDesignation).get("valueCodeableConcept"), ruleMHD)
	source := extension(list, extSourceID).get("valueIdentifier")
	c.require(strings.HasPrefix(source.text("value"), urnOID), source, ruleMHD, "a source id beginning with urn:oid: is required")
	c.require(uniqueID(list) != "", list.get("identifier"), ruleMHD, "an identifier of use usual, a URN, is required")
	for _, id := range list.list("identifier") {
		value := id.text("value")
		c.require(id.text("system") == systemURI && (strings.HasPrefix(value, urnOID) || strings.HasPrefix(value, urnUUID)),
			id, ruleMHD, "an identifier of a SubmissionSet is a URN")
	}
	c.require(list.text("status") == "current", list.get("status"), ruleMHD, "the status is not current")
	c.require(list.text("mode") == "working", list.get("mode"), ruleMHD, "the mode is not working")
	c.identifies(list.get("subject"), ruleMHD)
	c.date(list.get("date"), ruleMHD, true)
	c.contained(list, list.get("source"), rulePDSm, "PractitionerRole", "Device", "Patient")
	for _, name := range []string{"encounter", "orderedBy", "emptyReason"} {
		c.require(!list.get(name).exists(), list.get(name), ruleMHD, "not allowed in a SubmissionSet")
	}
	c.members(list, documents)
}

// members checks that the set names each document of the Bundle, and that all of
// them are about the same person.
func (c *check) members(list element, documents []element) {
	named := map[string]bool{}
	for _, entry := range list.list("entry") {
		item := entry.get("item")
		c.identifies(item, ruleR4)
		if at, inside := c.byURL[item.text("reference")]; inside {
			named[at.path] = true
			kind := at.kind()
			c.require(kind == "DocumentReference" || kind == "List", item, ruleMHD, "a SubmissionSet holds documents and folders")
		}
	}
	about := list.get("subject").text("reference")
	for _, document := range documents {
		c.require(named[document.path], document, ruleMHD, "the SubmissionSet does not name this document")
		c.require(document.get("subject").text("reference") == about, document.get("subject"), ruleMHD,
			"the document and its SubmissionSet have different subjects")
	}
}

// uniqueID returns the SubmissionSet's unique id: MHD tells it by use "usual".
func uniqueID(list element) string { return identifierOfUse(list, "usual") }

// entryUUID returns the SubmissionSet's UUID, of use "official".
func entryUUID(list element) string { return identifierOfUse(list, "official") }

func identifierOfUse(list element, use string) string {
	for _, id := range list.list("identifier") {
		if id.text("use") == use {
			return id.text("value")
		}
	}
	return ""
}

// extension returns the extension of that URL.
func extension(e element, url string) element {
	for _, x := range e.list("extension") {
		if x.text("url") == url {
			return x
		}
	}
	return element{nil, e.path + ".extension"}
}
