package simulation_test

import (
	"flag"
	"fmt"
	"maps"
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

// wantPhotos is the same of photographs, which go last: many lines have no more than the
// 120 s in which one fits exactly.
const wantPhotos = 0.95

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
		if done := i + 1; done%1000 == 0 && done < *runs {
			t.Logf("after %d: %v", done, total)
		}
	}
	t.Logf("%d simulations of %v in %v\n%v", *runs, simulation.Length, time.Since(start).Round(time.Millisecond), total)
	if total.PhotoRate() < wantPhotos {
		t.Errorf("%.2f %% of the eligible photographs were cleared in time, want %.0f %%: they starve", 100*total.PhotoRate(), 100*wantPhotos)
	}
	if total.Rate() < want {
		t.Errorf("%.2f %% of the eligible entries were cleared in time, want %.0f %%", 100*total.Rate(), 100*want)
	}
}

// TestMutantsAreCaught: a worker that cheats does not get through, whether by what it
// does or by what it leaves undone. The true one does, in the same worlds.
func TestMutantsAreCaught(t *testing.T) {
	all := simulation.Mutants()
	maps.Copy(all, simulation.LongMutants())
	for name, mutate := range all {
		t.Run(name, func(t *testing.T) {
			if verdict := judge(t, mutate); verdict == nil {
				t.Error("not caught")
			} else {
				t.Logf("caught: %v", verdict)
			}
		})
	}
	if verdict := judge(t, nil); verdict != nil {
		t.Errorf("the true worker is taken for one that cheats: %v", verdict)
	}
}

// judge plays some worlds and says what is wrong with a worker.
func judge(t *testing.T, mutate func(*outsync.Worker)) error {
	var total simulation.Tally
	for seed := range uint64(20) {
		tally, err := play(t, seed, mutate)
		if err != nil {
			return fmt.Errorf("simulation %d: %w", seed, err)
		}
		total.Add(tally)
	}
	if total.Rate() < want {
		return fmt.Errorf("%.2f %% of the eligible entries in time", 100*total.Rate())
	}
	return nil
}

// The same seed is the same world and the same outcome.
func TestSimulationsRepeat(t *testing.T) {
	for seed := range uint64(20) {
		first, _ := play(t, seed, nil)
		second, _ := play(t, seed, nil)
		if first.String() != second.String() {
			t.Errorf("seed %d: first\n%v\nthen\n%v", seed, first, second)
		}
	}
}
