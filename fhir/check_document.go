package fhir

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"strings"

	"github.com/zoneblanche/zoneblanche/record"
)

// documentReference checks against pdsm-comprehensive-document-reference 3.1.1
// and its parent, IHE.MHD.Comprehensive.DocumentReference.
func (c *check) documentReference(d element) {
	c.allContained(d)
	master := d.get("masterIdentifier")
	c.require(master.text("system") == systemURI && strings.HasPrefix(master.text("value"), "urn:"), master, ruleMHD, "a unique id, a URN, is required")
	status := d.text("status")
	c.require(status == "current" || status == "superseded", d.get("status"), ruleMHD, "the status is neither current nor superseded")
	c.require(!d.get("docStatus").exists(), d.get("docStatus"), ruleMHD, "not allowed")
	c.coded(d.get("type"), ruleMHD)
	c.require(len(d.list("category")) == 1, d.get("category"), ruleMHD, "exactly one class is required")
	c.coded(d.first("category"), ruleMHD)
	c.identifies(d.get("subject"), ruleMHD)
	c.date(d.get("date"), rulePDSm, true)
	c.require(len(d.list("author")) > 0, d.get("author"), rulePDSm, "an author is required")
	for _, author := range d.list("author") {
		c.contained(d, author, rulePDSm, "Practitioner", "PractitionerRole", "Device", "Patient")
	}
	if d.get("authenticator").exists() {
		c.contained(d, d.get("authenticator"), rulePDSm, "Practitioner", "PractitionerRole", "Organization")
	}
	c.identifies(d.get("custodian"), rulePDSm)
	c.require(len(d.list("securityLabel")) > 0, d.get("securityLabel"), ruleMHD, "a confidentiality is required")
	for _, label := range d.list("securityLabel") {
		c.coded(label, ruleMHD)
	}
	if c.require(len(d.list("content")) == 1, d.get("content"), ruleMHD, "exactly one content is required") {
		c.content(d.first("content"))
	}
	context := d.get("context")
	c.date(context.get("period").get("start"), rulePDSm, false)
	c.coded(context.get("facilityType"), ruleMHD)
	c.coded(context.get("practiceSetting"), ruleMHD)
	c.contained(d, context.get("sourcePatientInfo"), ruleMHD, "Patient")
}

// content checks the attachment, and that what it says of the document is true.
func (c *check) content(content element) {
	attachment, format := content.get("attachment"), content.get("format")
	for _, name := range []string{"contentType", "language", "url", "hash", "title"} {
		c.require(attachment.text(name) != "", attachment.get(name), rulePDSm, "required")
	}
	c.require(attachment.whole("size") >= 0, attachment.get("size"), rulePDSm, "a size is required")
	c.date(attachment.get("creation"), ruleMHD, false)
	c.require(!attachment.get("data").exists(), attachment.get("data"), ruleMHD, "the content goes into a Binary")
	c.require(format.text("system") != "" && format.text("code") != "", format, ruleMHD, "a format with its system is required")

	url := attachment.text("url")
	if !strings.HasPrefix(url, urnUUID) {
		return
	}
	target := c.byURL[url]
	if !c.require(target.kind() == "Binary", attachment.get("url"), rulePDSm, "the document is not in the Bundle") {
		return
	}
	data, err := base64.StdEncoding.DecodeString(target.text("data"))
	if err != nil {
		return // said of the Binary
	}
	sum := sha1.Sum(data)
	hash, err := base64.StdEncoding.DecodeString(attachment.text("hash"))
	c.require(err == nil && bytes.Equal(hash, sum[:]), attachment.get("hash"), ruleMHD, "not the SHA-1 of the document")
	c.require(attachment.whole("size") == len(data), attachment.get("size"), ruleMHD, "not the size of the document")
	c.require(attachment.text("contentType") == target.text("contentType"), attachment.get("contentType"), ruleMHD, "not the type that the document has")
}

// binary checks a document's bytes: base64 and not nothing.
func (c *check) binary(b element) {
	c.require(b.text("contentType") != "", b.get("contentType"), ruleR4, "a media type is required")
	data, err := base64.StdEncoding.DecodeString(b.text("data"))
	c.require(err == nil && len(data) > 0, b.get("data"), ruleMHD, "a document in base64 is required")
}

// own checks what we demand of ourselves on top.
func (c *check) own() {
	for _, entry := range c.entries {
		resource, request := entry.get("resource"), entry.get("request")
		condition := request.get("ifNoneExist")
		switch resource.kind() {
		case "List":
			unique, id := uniqueID(resource), entryUUID(resource)
			c.require(strings.HasPrefix(unique, urnOID), resource.get("identifier"), ruleOurs, "the unique id is not an object identifier")
			c.require(strings.HasPrefix(id, urnUUID) && condition.value == ifNoneExist(id), condition, ruleOurs,
				"sent twice, it would be there twice")
			c.require(id != entry.text("fullUrl"), entry.get("fullUrl"), ruleOurs, "the fullUrl is also an identifier")
		case "DocumentReference":
			id := resource.get("masterIdentifier").text("value")
			c.require(strings.HasPrefix(id, urnUUID) && condition.value == ifNoneExist(id), condition, ruleOurs,
				"sent twice, it would be there twice")
			c.require(id != entry.text("fullUrl"), entry.get("fullUrl"), ruleOurs, "the fullUrl is also an identifier")
			c.ownKind(resource)
			c.require(resource.get("authenticator").exists(), resource.get("authenticator"), ruleOurs, "nobody answers for it")
			c.require(resource.first("content").get("attachment").text("language") == languageFrench, resource.first("content"), ruleOurs, "not in French")
		}
	}
}

// ownKind checks that a document is a note, or a photograph that names its note.
func (c *check) ownKind(d element) {
	attachment := d.first("content").get("attachment")
	mediaType := attachment.text("contentType")
	c.require(hasCode(d.first("securityLabel"), systemSecurity, codeNormal), d.get("securityLabel"), ruleOurs, "not of normal confidentiality")
	c.require(hasCode(element{map[string]any{"coding": []any{d.first("content").get("format").value}}, d.path}, systemFormats, formatByMimeType),
		d.first("content").get("format"), ruleOurs, "the format is not the one of the media type")
	if hasCode(d.get("type"), record.SystemLOINC, codePhotograph) {
		c.require(hasCode(d.first("category"), systemClass, codeImaging), d.first("category"), ruleOurs, "not classed as imaging")
		c.require(beginnings[mediaType] != nil, attachment.get("contentType"), ruleOurs, "not a picture")
		id := d.get("context").first("related").get("identifier")
		c.require(id.text("system") == systemURI && strings.HasPrefix(id.text("value"), urnUUID) && hasCode(id.get("type"), systemURI, typeUniqueID),
			d.get("context").get("related"), ruleOurs, "does not name the note that it belongs to")
		return
	}
	c.require(hasCode(d.get("type"), record.SystemLOINC, codeNote), d.get("type"), ruleOurs, "not typed as a consultation note")
	c.require(hasCode(d.first("category"), systemClass, codeReport), d.first("category"), ruleOurs, "not classed as a report")
	c.require(mediaType == textPlain, attachment.get("contentType"), ruleOurs, "a note is plain text")
}

func hasCode(concept element, system, code string) bool {
	for _, coding := range concept.list("coding") {
		if coding.text("system") == system && coding.text("code") == code {
			return true
		}
	}
	return false
}
