package fhir

import (
	"encoding/binary"
	"math/big"

	"github.com/google/uuid"
)

// submissionSpace is the name space of the identifiers that are derived from a
// consultation's. It never changes: the same consultation has the same document
// id for ever.
var submissionSpace = uuid.MustParse("b7d1c1f4-55a5-4bb0-9b1e-8d0f9a2f6c11")

const (
	systemURI  = "urn:ietf:rfc:3986" // values are URIs
	urnUUID    = "urn:uuid:"
	urnOID     = "urn:oid:"
	nullUniqID = urnUUID + "00000000-0000-0000-0000-000000000000"
)

// submissionIDs are the identifiers of one submission. The three fullUrls differ
// from the two lasting identifiers on purpose: a recipient that replaces each
// fullUrl by the address it gave would otherwise replace the identifiers too.
type submissionIDs struct {
	document   uuid.UUID // DocumentReference.masterIdentifier
	submission uuid.UUID // List.identifier
	listURL    string    // fullUrls, which mean something in this Bundle only
	refURL     string
	binaryURL  string
}

func idsOf(consultation string, opt SubmissionOptions) submissionIDs {
	ids := submissionIDs{document: opt.DocumentID, submission: opt.SubmissionID}
	if ids.document == uuid.Nil {
		ids.document = derive("document", consultation)
	}
	if ids.submission == uuid.Nil {
		ids.submission = derive("submission", consultation)
	}
	ids.listURL = urnUUID + derive("list", ids.submission.String()).String()
	ids.refURL = urnUUID + derive("reference", ids.document.String()).String()
	binaryID := opt.BinaryID
	if binaryID == uuid.Nil {
		binaryID = derive("binary", ids.document.String())
	}
	ids.binaryURL = urnUUID + binaryID.String()
	return ids
}

// derive returns a UUID of version 5 (RFC 9562, section 5.5).
func derive(kind, name string) uuid.UUID {
	return uuid.NewSHA1(submissionSpace, []byte(kind+":"+name))
}

// oidOf writes a UUID as an object identifier: 2.25 and the number that the UUID
// is (ITU-T X.667, section 6.3). MHD wants the unique id of a SubmissionSet, and
// its source, to be object identifiers (IHE.MHD.SubmissionSetUniqueIdIdentifier,
// invariant mhd-startswithoid).
func oidOf(id uuid.UUID) string {
	var n, low big.Int
	n.SetUint64(binary.BigEndian.Uint64(id[:8]))
	n.Lsh(&n, 64)
	low.SetUint64(binary.BigEndian.Uint64(id[8:]))
	n.Or(&n, &low)
	return urnOID + "2.25." + n.String()
}

// ifNoneExist is the condition of a create that must happen once only: "unless
// there is one with this identifier" (hl7.org/fhir/R4/http.html#ccreate).
func ifNoneExist(value string) string {
	return "identifier=" + systemURI + "|" + value
}
