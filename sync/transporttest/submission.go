package transporttest

import (
	"crypto/sha1"
	"fmt"

	"github.com/zoneblanche/zoneblanche/record"
)

// Submission returns submission number n: bytes that only [Memory] understands,
// the same for the same n.
func Submission(n int) record.Submission {
	document := fmt.Appendf(nil, "document %d", n)
	sum := sha1.Sum(document)
	return record.Submission{
		DocumentID:   fmt.Sprintf("urn:uuid:0192f000-0000-7000-8000-%012x", n),
		SubmissionID: fmt.Sprintf("urn:uuid:0192f000-0000-7000-9000-%012x", n),
		MediaType:    "application/octet-stream",
		Body:         fmt.Appendf(nil, "envelope of %s", document),
		DocumentSHA1: sum[:],
		DocumentSize: len(document),
		Entries:      3,
	}
}
