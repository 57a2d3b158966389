package fhir

import "unicode/utf8"

// ExtensionJournalHead is the extension of a SubmissionSet that says, as a string, what
// the sending journal's signed head was. It changes nothing of what the set means, so
// that a recipient who does not know it keeps it and ignores it (R4, 2.4.1). The
// profiles of PDSm and MHD leave the extensions of a List open.
const ExtensionJournalHead = "https://zoneblanche.example/fhir/StructureDefinition/journal-head"

// maxHead bounds what a caller may say of its journal, in bytes.
const maxHead = 4 << 10

// validHead reports whether a journal's head can be told, or there is none to tell.
func validHead(head string) bool {
	return len(head) <= maxHead && utf8.ValidString(head) && head == oneLine(head)
}

// JournalHeadOf returns the head that a SubmissionSet or an AuditEvent carries, as
// [ParseResource] has read it, or "".
func JournalHeadOf(resource map[string]any) string {
	e := element{resource, ""}
	switch e.kind() {
	case "List":
		return extension(e, ExtensionJournalHead).text("valueString")
	case "AuditEvent":
		for _, entity := range e.list("entity") {
			for _, detail := range entity.list("detail") {
				if detail.text("type") == detailHead {
					return detail.text("valueString")
				}
			}
		}
	}
	return ""
}
