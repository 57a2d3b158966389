package sync_test

import (
	"testing"

	"github.com/zoneblanche/zoneblanche/sync/simulation"
)

// The harness of TestNothingLostNothingTwice is worth what it catches: each of these
// workers, which are wrong in one way, within a few hundred bad days.
func TestHarnessCatchesMutants(t *testing.T) {
	for name, m := range simulation.Mutants() {
		t.Run(name, func(t *testing.T) {
			for seed := range 600 {
				if err := trial(t, plans.Example(seed), m); err != nil {
					t.Logf("caught on day %d", seed)
					return
				}
			}
			t.Error("not caught in 600 bad days")
		})
	}
}
