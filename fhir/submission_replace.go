package fhir

import (
	"errors"
	"strings"

	"github.com/google/uuid"
)

// profilePatch is MHD's profile of what marks a document as replaced.
const profilePatch = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Patch.Parameters"

var errReplaces = errors.New("the document that is replaced has no unique id of ours, or a location that is none")

// Replaced is a document that a correction replaces (TD2.1). The correction is a
// document of its own; the recipient marks the replaced one as superseded in the
// same transaction, or does neither.
//
// A corrected correction replaces the correction, not the first note.
type Replaced struct {
	// DocumentID is its unique id, "urn:uuid:…". It is known as soon as the document
	// is frozen, so that a note can be corrected while it is still on its way.
	DocumentID string
	// Location is "DocumentReference/id" when its receipt tells; "" names the
	// document by its unique id alone, also to the recipient (a conditional patch).
	Location string
}

func (r *Replaced) valid(own string) bool {
	id, ok := strings.CutPrefix(r.DocumentID, urnUUID)
	if _, err := uuid.Parse(id); !ok || err != nil || r.DocumentID == own {
		return false
	}
	return r.Location == "" || strings.HasPrefix(r.Location, "DocumentReference/") && literalPattern.MatchString(r.Location)
}

// target names the replaced document by its unique id, which holds wherever the
// resource lies, and by its location where that is known.
func (r *Replaced) target() itiReference {
	return itiReference{Reference: r.Location, Type: "DocumentReference",
		Identifier: &itiIdentifier{System: systemURI, Value: r.DocumentID}}
}

// supersede is the entry that marks the replaced document: a FHIRPath patch of its
// status (MHD's slice UpdateDocumentRefs). Sent twice, it says the same twice. A
// recipient that does not hold the document must refuse the whole, so that no
// correction stands beside a note that still counts.
func (r *Replaced) supersede(ids submissionIDs) itiEntry {
	url := r.Location
	if url == "" {
		url = "DocumentReference?" + ifNoneExist(r.DocumentID)
	}
	patch := itiParameters{ResourceType: "Parameters", Meta: itiMeta{Profile: []string{profilePatch}},
		Parameter: []itiParameter{{Name: "operation", Part: []itiParameter{
			{Name: "type", Code: "replace"},
			{Name: "path", String: "DocumentReference.status"},
			{Name: "value", Code: "superseded"},
		}}}}
	return itiEntry{urnUUID + derive("supersede", ids.document.String()).String(), patch, itiRequest{Method: "PATCH", URL: url}}
}
