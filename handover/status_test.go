package handover

import (
	"context"
	"testing"
	"time"

	"github.com/zoneblanche/zoneblanche/record"
	"github.com/zoneblanche/zoneblanche/store"
)

// Who holds what, from when on, on both sides.
func TestStatus(t *testing.T) {
	ctx := context.Background()
	laptop, practice := openStore(t, t.TempDir()), openStore(t, t.TempDir())
	introduce(t, laptop, practice)
	entry := recordOne(t, laptop)
	key := Dir(t.TempDir())
	look := func(j *store.Journal) Holding {
		t.Helper()
		all, err := Status(ctx, j, time.Now())
		if err != nil || len(all) != 1 || all[0].Entry != entry {
			t.Fatalf("got %+v, %v", all, err)
		}
		return all[0]
	}
	if h := look(laptop); len(h.Holders) != 0 || h.Origin != nil || h.Safety != OnCourse {
		t.Errorf("at first: got %+v", h)
	}
	exports(t, laptop, key)
	if h := look(laptop); len(h.Holders) != 1 || h.Holders[0].GivenAt.IsZero() || !h.Holders[0].TakenAt.IsZero() {
		t.Errorf("given: got %+v", h)
	}
	imports(t, practice, key)
	if h := look(practice); h.Origin == nil || h.Origin.TakenAt.IsZero() || h.Origin.Name != "Poste" {
		t.Errorf("at the holder: got %+v", h)
	}
	exports(t, practice, key)
	imports(t, laptop, key)
	if h := look(laptop); h.Holders[0].TakenAt.IsZero() || h.Safety != OnCourse {
		t.Errorf("taken: got %+v", h)
	}
	deliver(t, practice, entry)
	exports(t, practice, key)
	imports(t, laptop, key)
	if all, err := Status(ctx, laptop, time.Now()); err != nil || len(all) != 0 {
		t.Errorf("cleared: got %+v, %v", all, err)
	}
}

func TestSafety(t *testing.T) {
	held, waiting := Party{TakenAt: time.Now()}, Party{GivenAt: time.Now()}
	for name, c := range map[string]struct {
		state   record.DeliveryState
		holders []Party
		left    time.Duration
		want    Safety
	}{
		"two days":                          {record.Pending, nil, 47 * time.Hour, OnCourse},
		"less than a day, nobody took it":   {record.InFlight, []Party{waiting}, 20 * time.Hour, AtRisk},
		"less than a day, somebody took it": {record.InFlight, []Party{waiting, held}, 20 * time.Hour, OnCourse},
		"the last night":                    {record.InFlight, []Party{held}, 8 * time.Hour, AtRisk},
		"the holder needs a person":         {record.InFlight, []Party{{TakenAt: time.Now(), Attention: true}}, 20 * time.Hour, AtRisk},
		"the holder was revoked":            {record.InFlight, []Party{{TakenAt: time.Now(), Revoked: true}}, 20 * time.Hour, AtRisk},
		"it needs a person here":            {record.Attention, nil, 40 * time.Hour, AtRisk},
		"it needs a person here alone":      {record.Attention, []Party{held}, 40 * time.Hour, OnCourse},
		"over":                              {record.InFlight, []Party{held}, -time.Minute, Missed},
	} {
		if got := safety(Holding{State: c.state, Holders: c.holders}, c.left); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
