package simulation_test

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	outsync "github.com/zoneblanche/zoneblanche/sync"
	"github.com/zoneblanche/zoneblanche/sync/simulation"
)

var (
	runs = flag.Int("sim.runs", 300, "number of simulated 48 h")
	seed = flag.Uint64("sim.seed", 1, "seed of the first of them")
)

// want is the part of the eligible entries that has to be cleared in time.
const want = 0.98

func play(t *testing.T, seed uint64, mutate func(*outsync.Worker)) (tally simulation.Tally, err error) {
	synctest.Test(t, func(t *testing.T) { tally, err = simulation.New(seed).Play(t.Context(), mutate) })
	return tally, err
}

// TestSimulations plays 48 hours as many times as asked. Some lines are open for
// minutes in a day; what may never happen on any of them is a loss, a double or a
// clearance that the recipient knows nothing of.
func TestSimulations(t *testing.T) {
	var total simulation.Tally
	start := time.Now()
	for i := range *runs {
		tally, err := play(t, *seed+uint64(i), nil)
		if err != nil {
			t.Errorf("seed %d: %v", *seed+uint64(i), err)
		}
		total.Add(tally)
	}
	t.Logf("%d simulations of %v in %v\n%v", *runs, simulation.Length, time.Since(start).Round(time.Millisecond), total)
	if total.Rate() < want {
		t.Errorf("%.2f %% of the eligible entries were cleared in time, want %.0f %%", 100*total.Rate(), 100*want)
	}
}
