package sync

import (
	"context"

	"github.com/zoneblanche/zoneblanche/record"
)

// Recheck asks what the recipient holds today of an entry that was cleared. A
// recipient that was restored from a backup may have lost what it receipted, and
// nothing tells us of that by itself.
//
// It changes nothing. Held says that exactly our document is there, replaced by a
// correction or not; cause is what was found, a stable key. The error is the
// transport's, and then nothing is known.
func Recheck(ctx context.Context, t Transport, s record.Submission) (held bool, cause string, err error) {
	hits, err := t.Lookup(ctx, s.DocumentID)
	if err != nil {
		return false, "", err
	}
	found, _ := weigh(s, hits)
	return found == findingOurs, string(found), nil
}
