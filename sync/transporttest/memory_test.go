package transporttest_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/sync/transporttest"
)

// The recipient in memory keeps the contract that it is used to test others with.
func TestMemory(t *testing.T) {
	t.Run("correct", func(t *testing.T) { transporttest.Run(t, open(&transporttest.Memory{})) })
	t.Run("publishes no hash", func(t *testing.T) {
		transporttest.Run(t, open(&transporttest.Memory{Unpublished: true}))
	})
}

func open(m *transporttest.Memory) func(t *testing.T) transporttest.Harness {
	const words = "author is not known here"
	n := 0
	return func(t *testing.T) transporttest.Harness {
		var kind atomic.Value
		kind.Store(transporttest.NoFault)
		m.Fault = func(transporttest.Request) transporttest.Fault {
			return transporttest.Fault{Kind: kind.Load().(transporttest.Kind), RetryAfter: 90 * time.Second, Words: words}
		}
		return transporttest.Harness{
			Transport: m,
			NewSubmission: func(*testing.T) record.Submission {
				n++
				return transporttest.Submission(n)
			},
			NewCorrection: func(_ *testing.T, of record.Submission) record.Submission {
				n++
				return transporttest.Correction(n, of)
			},
			NewConsulted: func(*testing.T) record.Submission {
				n++
				return transporttest.Submission(n)
			},
			Held:       func(_ *testing.T, id string) int { return len(m.Held(id)) },
			Break:      func(_ *testing.T, k transporttest.Kind) bool { kind.Store(k); return true },
			Words:      words,
			RetryAfter: 90 * time.Second,
		}
	}
}
