package outboxtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/outboxtest"
)

// The double used by every other test keeps the same rules as the real outbox.
func TestMemory(t *testing.T) {
	outboxtest.Run(t, func(t *testing.T) outboxtest.Harness {
		m := new(outboxtest.Memory)
		n := 0
		return outboxtest.Harness{
			Outbox: m,
			Add: func(t *testing.T, actedAt time.Time) (string, record.Submission) {
				n++
				s := record.Submission{
					DocumentID:   fmt.Sprintf("urn:uuid:00000000-0000-7000-8000-%012d", n),
					Body:         []byte("bytes"),
					DocumentSHA1: make([]byte, 20),
					DocumentSize: 5,
					Entries:      3,
				}
				entry := fmt.Sprintf("entry-%d", n)
				m.Add(entry, actedAt, s)
				return entry, s
			},
			Correct: func(t *testing.T, of record.Item, actedAt time.Time) (string, record.Submission) {
				n++
				s := record.Submission{DocumentID: fmt.Sprintf("urn:uuid:00000000-0000-7000-8000-%012d", n), Body: []byte("bytes"), Entries: 4}
				entry := fmt.Sprintf("entry-%d", n)
				m.AddCorrection(entry, of.Entry, actedAt, s)
				return entry, s
			},
			Reopen: func(*testing.T) outsync.Outbox { return m },
		}
	})
}
