package sync

import (
	"bytes"

	"github.com/zoneblanche/zoneblanche/record"
)

// finding is what a look-up shows. Its values are causes in the journal and in
// the timeline.
type finding string

const (
	findingOurs      finding = "found"             // one document, and it is ours
	findingNone      finding = "not_found"         // the recipient holds nothing of that identifier
	findingSeveral   finding = "found_several"     // more than one: something went in twice
	findingDifferent finding = "found_different"   // one, with another content
	findingWithdrawn finding = "found_withdrawn"   // one, which somebody marked as an error
	findingNowhere   finding = "found_no_location" // one that cannot be pointed at
)

// weigh compares what a recipient says it holds with what was sent. Only
// [findingOurs] is proof of delivery and only [findingNone] allows sending again;
// everything else needs a person.
//
// A recipient need not publish hash and size. The unique identifier is a random
// UUID of ours, so that a single document under it is ours unless something that
// is published says otherwise.
func weigh(s record.Submission, hits []record.Held) (finding, record.Held) {
	hits = distinct(hits)
	switch len(hits) {
	case 0:
		return findingNone, record.Held{}
	case 1:
	default:
		return findingSeveral, hits[0]
	}
	h := hits[0]
	switch {
	case h.Location == "":
		return findingNowhere, h
	case len(s.DocumentSHA1) > 0 && len(h.SHA1) > 0 && !bytes.Equal(h.SHA1, s.DocumentSHA1):
		return findingDifferent, h
	case s.DocumentSize > 0 && h.Size > 0 && h.Size != s.DocumentSize:
		return findingDifferent, h
	case h.Status == "entered-in-error":
		return findingWithdrawn, h
	}
	return findingOurs, h
}

// distinct drops a document that is listed twice at the same location, as the
// pages of a search may do. Documents without a location all count.
func distinct(hits []record.Held) []record.Held {
	seen := make(map[string]bool, len(hits))
	kept := make([]record.Held, 0, len(hits))
	for _, h := range hits {
		if h.Location != "" && seen[h.Location] {
			continue
		}
		seen[h.Location] = true
		kept = append(kept, h)
	}
	return kept
}
