package transporttest

import (
	"bytes"
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

// Correction returns submission number n, which replaces another one.
func Correction(n int, of record.Submission) record.Submission {
	s := Submission(n)
	s.Body = fmt.Appendf(s.Body, "%s%s", replaces, of.DocumentID)
	return s
}

const replaces = "\nreplaces "

// replaced is the unique id of what a submission replaces, or "".
func replaced(s record.Submission) string {
	_, id, _ := bytes.Cut(s.Body, []byte(replaces))
	return string(id)
}
